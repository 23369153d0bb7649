//! A notice that was taken away is kept, and said to have been.

use std::time::Duration;

use crate::town::Town;

/// The rows of six days, the newest first, without those of `left_out`.
async fn shows(town: &Town, left_out: &[u32]) {
    let rows: Vec<String> = (1..=6)
        .rev()
        .filter(|day| !left_out.contains(day))
        .map(|day| format!("Notice of day {day} | 2026.11.{day:02} | /view.do?id={day}"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    match rows[..] {
        [a, b, c, d, e, f] => town.board_shows([a, b, c, d, e, f]),
        [a, b, c, d, e] => town.board_shows([a, b, c, d, e]),
        [a, b, c] => town.board_shows([a, b, c]),
        [a, b] => town.board_shows([a, b]),
        _ => panic!("{rows:?}"),
    }
    town.later(Duration::from_secs(900));
    town.poll_and_send().await;
}

/// The titles of those that are withdrawn.
async fn withdrawn(town: &Town) -> Vec<String> {
    let scope = gazetted::store::Scope::Source("town".parse().expect("an id"));
    let entries = town.app.store().newest(&scope, 100).await.expect("a store");
    let gone = entries.into_iter().filter(|entry| entry.withdrawn.is_some());
    gone.map(|entry| entry.notice.title).collect()
}

#[tokio::test]
async fn what_is_missing_between_its_neighbours_three_times_is_withdrawn_and_kept() {
    let town = Town::start().await;
    shows(&town, &[]).await;
    shows(&town, &[4]).await;
    shows(&town, &[4]).await;
    assert_eq!(withdrawn(&town).await, [""; 0], "two polls are no proof");
    shows(&town, &[4]).await;
    assert_eq!(withdrawn(&town).await, ["Notice of day 4"]);
    assert_eq!(town.fed().await.len(), 5, "feeds show what is still there");
    let id = "town".parse().expect("an id");
    let entries = town.app.store().newest(&gazetted::store::Scope::Source(id), 100).await;
    let entries = entries.expect("a store");
    let entry = entries
        .iter()
        .find(|entry| entry.withdrawn.is_some())
        .expect("it is kept");
    let id = entry.notice.id.uuid();
    let page = String::from_utf8(town.get(&format!("/notices/{id}")).await).expect("a page");
    assert!(page.contains("Withdrawn"), "{page}");
    assert_eq!(town.mailed(), [""; 0]);

    shows(&town, &[]).await;
    assert_eq!(withdrawn(&town).await, [""; 0], "it came back");
}

#[tokio::test]
async fn what_comes_back_in_time_was_never_away() {
    let town = Town::start().await;
    shows(&town, &[]).await;
    for _ in 0..3 {
        shows(&town, &[4]).await;
        shows(&town, &[4]).await;
        shows(&town, &[]).await;
    }
    assert_eq!(withdrawn(&town).await, [""; 0]);
}

#[tokio::test]
async fn polls_that_find_nothing_changed_count_too() {
    let town = Town::start().await;
    shows(&town, &[]).await;
    shows(&town, &[4]).await;
    town.board_has_tag("\"after\"");
    for _ in 0..3 {
        town.later(Duration::from_secs(900));
        town.poll_and_send().await;
    }
    assert_eq!(withdrawn(&town).await, ["Notice of day 4"]);
}

#[tokio::test]
async fn what_leaves_the_end_of_the_page_or_goes_with_many_others_is_not_withdrawn() {
    let town = Town::start().await;
    shows(&town, &[]).await;
    for _ in 0..4 {
        shows(&town, &[1]).await;
    }
    for _ in 0..4 {
        shows(&town, &[2, 3, 4, 5]).await;
    }
    assert_eq!(withdrawn(&town).await, [""; 0]);
}

#[tokio::test]
async fn a_page_that_is_not_the_board_withdraws_nothing() {
    let town = Town::start().await;
    shows(&town, &[]).await;
    shows(&town, &[4]).await;
    for _ in 0..4 {
        town.board_answers(200, "<html><h1>시스템 점검 중입니다</h1>");
        town.poll_and_send().await;
    }
    assert_eq!(withdrawn(&town).await, [""; 0]);
}
