//! A board that has moved for good is read where it is.

use std::time::Duration;

use crate::town::Town;

async fn polls(town: &Town, number: u32) {
    for _ in 0..number {
        town.later(Duration::from_secs(6 * 3_600));
        town.poll_and_send().await;
    }
}

async fn ids(town: &Town) -> Vec<String> {
    let scope = gazetted::store::Scope::Source("town".parse().expect("an id"));
    let entries = town.app.store().newest(&scope, 100).await.expect("a store");
    entries.iter().map(|entry| entry.notice.id.to_string()).collect()
}

#[tokio::test]
async fn a_board_that_says_three_times_that_it_has_moved_is_asked_there_and_its_notices_stay_who_they_are() {
    let town = Town::start().await;
    town.board_shows([
        "Water off | 2026.11.20 | /view.do?id=1",
        "Road | 2026.11.19 | /view.do?id=2",
    ]);
    polls(&town, 1).await;
    let before = ids(&town).await;
    town.board_is_at(Some("/new.do"));
    polls(&town, 3).await;
    assert_eq!(town.asked_at_old_address(), 3);
    polls(&town, 3).await;
    assert_eq!(town.asked_at_old_address(), 3, "it is asked where it is");
    let moved = town.state().await.moved.expect("it is noted");
    assert_eq!((moved.to.path(), moved.seen), ("/new.do", 3));
    assert_eq!(ids(&town).await, before);
    assert_eq!(town.mailed(), [""; 0]);
}

#[tokio::test]
async fn a_board_that_comes_back_is_read_at_its_own_address() {
    let town = Town::start().await;
    town.board_shows([
        "Water off | 2026.11.20 | /view.do?id=1",
        "Road | 2026.11.19 | /view.do?id=2",
    ]);
    town.board_is_at(Some("/new.do"));
    polls(&town, 4).await;
    town.board_is_at(None);
    polls(&town, 1).await;
    assert_eq!(town.state().await.failures, 1, "nothing is there any more");
    polls(&town, 1).await;
    let state = town.state().await;
    assert_eq!((state.failures, state.moved), (0, None));
}
