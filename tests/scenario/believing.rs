//! What is not believed.

use std::time::Duration;

use gazetted::{poll::Outcome, store::Health};

use crate::town::{Settings, Town};

const ROWS: [&str; 2] = [
    "Library closed | 2026.11.23 | /view.do?id=2",
    "Water off on Monday | 2026.11.20 | /view.do?id=1",
];

#[tokio::test]
async fn an_answer_that_is_not_the_board_changes_nothing_but_the_state() {
    let town = Town::start().await;
    town.board_shows(ROWS);
    town.poll_and_send().await;
    let feed = town.get("/feeds/town.atom").await;
    let masks = [
        (200, "<html><title>Login</title><form><input type=password></form>"),
        (
            200,
            "<html><title>Attention Required!</title><h1>Sorry, you have been blocked</h1>",
        ),
        (200, "<html><h1>시스템 점검 중입니다</h1>"),
        (200, "<html><table class=board><tbody></tbody></table>"),
        (
            200,
            "<html><table class=board><tbody><tr><td colspan=3>등록된 게시물이 없습니다.</td></tr></tbody></table>",
        ),
        (200, "OK"),
        (200, ""),
        (500, "<h1>Internal error</h1>"),
        (404, "<h1>Not found</h1>"),
    ];
    for (nth, (status, page)) in masks.iter().enumerate() {
        town.board_answers(*status, page);
        assert!(matches!(town.poll().await, Outcome::Missed { .. }), "{page}");
        town.send().await;
        let state = town.state().await;
        assert_eq!(
            (state.failures as usize, state.health),
            (nth + 1, Health::Failing),
            "{page}"
        );
        assert!(state.last_error.is_some());
        assert_eq!(town.get("/feeds/town.atom").await, feed, "{page}");
    }
    town.board_shows(["Road works | 2026.11.23 | /view.do?id=3", ROWS[0], ROWS[1]]);
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Road works"]);
    assert_eq!(town.state().await.health, Health::Ok);
}

#[tokio::test]
async fn an_empty_or_blocked_page_is_never_the_baseline() {
    let town = Town::start().await;
    town.board_answers(200, "<html><h1>Access denied</h1>");
    town.poll_and_send().await;
    town.board_shows(ROWS);
    town.poll_and_send().await;
    assert_eq!(town.mailed(), [""; 0]);
    assert_eq!(town.fed().await.len(), 2);
}

#[tokio::test]
async fn a_source_that_is_gone_is_left_alone() {
    let town = Town::start().await;
    town.board_shows(ROWS);
    town.poll_and_send().await;
    town.board_answers(410, "");
    for health in [Health::Failing, Health::Failing, Health::Gone] {
        town.poll().await;
        assert_eq!(town.state().await.health, health, "one answer may be a mistake");
    }
    let rest = town.state().await.next_poll.duration_since(town.now()).as_hours();
    assert!(rest > 24 * 300, "{rest} hours");
    assert_eq!(town.fed().await.len(), 2);
    let town = town.reconfigured("/list.do", "/list.do?moved").await;
    assert!(town.state().await.next_poll <= town.now(), "it has another address");
}

#[tokio::test]
async fn a_board_that_always_says_that_nothing_changed_is_read_all_the_same() {
    let town = Town::start().await;
    town.board_shows(ROWS);
    town.board_has_tag("\"v1\"");
    town.poll_and_send().await;
    town.board_shows(["Road works | 2026.11.23 | /view.do?id=3", ROWS[0], ROWS[1]]);
    assert_eq!(town.poll().await, Outcome::Unchanged, "its tag is the same");
    town.later(Duration::from_secs(86_400));
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Road works"]);
}

#[tokio::test]
async fn a_source_that_is_read_otherwise_is_asked_for_all() {
    let town = Town::start().await;
    town.board_shows(ROWS);
    town.board_has_tag("\"v1\"");
    town.poll_and_send().await;
    let town = town
        .reconfigured("row = \"table.board tbody tr\"", "row = \"table.board tr\"")
        .await;
    assert!(matches!(town.poll().await, Outcome::Learned { .. }));
    assert_eq!(town.poll().await, Outcome::Unchanged);
}

/// Eight notices with their dates, numbered from `first` on.
fn numbered(first: u32) -> [String; 8] {
    std::array::from_fn(|nth| {
        let number = first + 8 - nth as u32;
        format!(
            "Notice of day {} | 2026.11.{:02} | /view.do?id={number}",
            8 - nth,
            8 - nth
        )
    })
}

fn shown(rows: &[String; 8]) -> [&str; 8] {
    std::array::from_fn(|nth| rows[nth].as_str())
}

#[tokio::test]
async fn a_board_that_was_renumbered_keeps_its_ids_and_is_told_to_nobody() {
    let town = Town::start().await;
    town.board_shows(shown(&numbered(100)));
    town.poll_and_send().await;
    let ids = |feed: &serde_json::Value| -> Vec<String> {
        let items = feed["items"].as_array().expect("items");
        items.iter().map(|item| item["id"].to_string()).collect()
    };
    let before = town.feed().await;
    for first in [5_000, 9_000] {
        town.later(Duration::from_secs(3_600));
        town.board_shows(shown(&numbered(first)));
        for _ in 0..3 {
            town.poll_and_send().await;
        }
        let after = town.feed().await;
        assert_eq!(ids(&after), ids(&before));
        let link = after["items"][0]["url"].as_str().expect("a link").to_owned();
        assert!(link.ends_with(&format!("/view.do?id={}", first + 8)), "{link}");
        assert_eq!(after["items"][0]["date_modified"], before["items"][0]["date_modified"]);
        assert_eq!(town.state().await.health, Health::Ok);
    }
    assert_eq!(town.mailed(), [""; 0]);

    let mut rows = numbered(9_000);
    rows.rotate_right(1);
    rows[0] = "Road works | 2026.11.23 | /view.do?id=9010".to_owned();
    town.board_shows(shown(&rows));
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Road works"]);
}

#[tokio::test]
async fn a_board_that_was_renumbered_and_redated_is_held() {
    let town = Town::start().await;
    town.board_shows(shown(&numbered(100)));
    town.poll_and_send().await;
    let moved = numbered(5_000).map(|row| row.replace("2026.11.0", "2026.10.1"));
    town.board_shows(shown(&moved));
    town.poll_and_send().await;
    assert_eq!(town.state().await.health, Health::Held);
    assert_eq!(town.mailed(), [""; 0]);
}

#[tokio::test]
async fn rows_that_lost_their_dates_or_letters_are_not_the_board() {
    let town = Town::start().await;
    town.board_shows(shown(&numbered(100)));
    town.poll_and_send().await;
    let feed = town.get("/feeds/town.atom").await;
    for (masked, said) in [
        (
            numbered(100).map(|row| row.replace("2026.11.0", "-")),
            "lost their dates",
        ),
        (
            numbered(100).map(|row| row.replace("Notice", "\u{fffd}\u{fffd}")),
            "another charset",
        ),
    ] {
        for _ in 0..4 {
            town.board_shows(shown(&masked));
            town.poll_and_send().await;
            let state = town.state().await;
            assert!(state.last_error.expect("a reason").contains(said), "{said}");
            assert_eq!(town.get("/feeds/town.atom").await, feed);
        }
    }
    town.board_shows(shown(&numbered(100)));
    town.poll_and_send().await;
    assert_eq!(town.state().await.health, Health::Ok);
    assert_eq!(town.get("/feeds/town.atom").await, feed);
    assert_eq!(town.mailed(), [""; 0]);
}

#[tokio::test]
async fn a_list_whose_titles_all_change_is_believed_when_it_stays_so() {
    let town = Town::start().await;
    town.board_shows(shown(&numbered(100)));
    town.poll_and_send().await;
    town.board_shows(shown(&numbered(100).map(|row| row.replace("Notice", "Bulletin"))));
    for _ in 0..2 {
        town.poll_and_send().await;
        assert!(town.fed().await[0].starts_with("Notice"));
    }
    town.poll_and_send().await;
    assert!(town.fed().await[0].starts_with("Bulletin"));
    assert_eq!(town.state().await.health, Health::Ok);
    assert_eq!(town.mailed(), [""; 0]);
}

#[tokio::test]
async fn the_same_rows_are_not_read_again_before_a_page_behind_them_may_have_changed() {
    let town = Town::with(Settings {
        source: "on_revision = \"notify\"\n#ARTICLE",
        ..Settings::default()
    })
    .await;
    let quarter = Duration::from_secs(900);
    town.article("/view.do?id=1", 200, "No water from 9 to 11.");
    town.article("/view.do?id=2", 200, "The library is closed.");
    town.board_shows(ROWS);
    town.poll_and_send().await;
    town.article("/view.do?id=2", 200, "The library is closed until Friday.");
    for _ in 0..3 {
        town.later(quarter);
        assert_eq!(town.poll().await, Outcome::Unchanged);
    }
    town.later(quarter);
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Revised: Library closed"], "after an hour");
    town.later(quarter);
    assert_eq!(town.poll().await, Outcome::Unchanged);
    // A row that changed is read at once, and what is beside it when it is due.
    town.article("/view.do?id=2", 200, "The library is closed until Monday.");
    town.article("/view.do?id=3", 200, "Cars go around.");
    town.board_shows(["Road works | 2026.11.23 | /view.do?id=3", ROWS[0], ROWS[1]]);
    town.poll_and_send().await;
    assert_eq!(town.mailed().last().map(String::as_str), Some("Road works"));
    for _ in 0..3 {
        town.later(quarter);
        town.poll_and_send().await;
    }
    assert_eq!(
        town.mailed().last().map(String::as_str),
        Some("Revised: Library closed")
    );
}
