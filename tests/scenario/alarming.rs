//! Who runs the daemon hears of a source once when it breaks, and once when it is well again.

use std::time::Duration;

use crate::town::{Settings, Town};

const ROWS: [&str; 2] = [
    "Library closed | 2026.11.23 | /view.do?id=2",
    "Water off on Monday | 2026.11.20 | /view.do?id=1",
];

async fn with_an_admin() -> Town {
    Town::with(Settings {
        subscriber: "\n[admin]\nemail = [\"ops@example.org\"]",
        ..Settings::default()
    })
    .await
}

#[tokio::test]
async fn a_source_that_breaks_is_told_after_the_second_time_and_once() {
    let town = with_an_admin().await;
    town.board_shows(ROWS);
    town.poll_and_send().await;
    town.board_answers(200, "<html><title>Login</title><form><input type=password></form>");
    town.poll_and_send().await;
    assert_eq!(town.mailed(), [""; 0], "one hiccup is no news");
    for _ in 0..4 {
        town.poll_and_send().await;
    }
    assert_eq!(town.mailed(), ["Town: no good answer"]);
    let mail = town.relay.mails().remove(0);
    assert_eq!(mail.to, "ops@example.org");
    let text = mail.text();
    for part in [
        "What was seen: ",
        "Last well: 2026-11-23 10:00",
        "gazetted preview town",
        "https://notices.example.org/sources/town",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(town.alarmed(), ["source.failing failing"]);

    town.board_shows(["Road works | 2026.11.23 | /view.do?id=3", ROWS[0], ROWS[1]]);
    for _ in 0..3 {
        town.poll_and_send().await;
    }
    let mut mailed = town.mailed();
    mailed.sort();
    assert_eq!(mailed, ["Road works", "Town: no good answer", "Town: well again"]);
    assert_eq!(town.alarmed(), ["source.failing failing", "source.recovered recovered"]);
    assert_eq!(town.posted(), ["Road works"]);
}

#[tokio::test]
async fn a_hiccup_is_told_to_nobody() {
    let town = with_an_admin().await;
    town.board_shows(ROWS);
    town.poll_and_send().await;
    for _ in 0..3 {
        town.board_answers(503, "");
        town.poll_and_send().await;
        town.board_shows(ROWS);
        town.poll_and_send().await;
    }
    assert_eq!(town.mailed(), [""; 0]);
    assert_eq!(town.alarmed(), [""; 0]);
}

#[tokio::test]
async fn a_flood_that_is_held_is_told_once_with_what_to_do() {
    let town = with_an_admin().await;
    town.board_shows(ROWS);
    town.poll_and_send().await;
    let rows: Vec<String> = (10..50)
        .map(|n| format!("Notice {n} | 2026.11.23 | /view.do?id={n}"))
        .collect();
    let rows: [&str; 40] = std::array::from_fn(|nth| rows[nth].as_str());
    town.board_shows(rows);
    for _ in 0..3 {
        town.poll_and_send().await;
    }
    assert_eq!(town.mailed(), ["Town: new notices wait for you"]);
    let text = town.relay.mails().remove(0).text();
    assert!(text.contains("40 of 40 notices on the page are new"), "{text}");
    assert!(text.contains("gazetted release town"), "{text}");
    assert_eq!(town.alarmed(), ["source.held held"]);
}

#[tokio::test]
async fn a_source_that_is_gone_for_good_is_told() {
    let town = with_an_admin().await;
    town.board_shows(ROWS);
    town.poll_and_send().await;
    town.board_answers(410, "");
    for _ in 0..4 {
        town.poll_and_send().await;
    }
    assert_eq!(town.mailed(), ["Town: no good answer", "Town: gone for good"]);
}

#[tokio::test]
async fn the_word_of_a_broken_source_outlives_a_power_cut() {
    let town = with_an_admin().await;
    town.board_shows(ROWS);
    town.poll_and_send().await;
    town.board_answers(500, "");
    for _ in 0..3 {
        town.poll().await;
    }
    let town = town.restart().await;
    town.send().await;
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Town: no good answer"]);
}

#[tokio::test]
async fn a_board_that_falls_silent_is_told_once() {
    let town = with_an_admin().await;
    let day = Duration::from_secs(86_400);
    let mut rows: Vec<String> = vec!["Water off on Monday | 2026.11.20 | /view.do?id=1".to_owned()];
    for number in 2..=22 {
        town.board_shows([rows[rows.len() - 1].as_str()]);
        town.poll_and_send().await;
        town.later(day);
        let today = town
            .now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .strftime("%Y.%m.%d")
            .to_string();
        rows.push(format!("Notice {number} | {today} | /view.do?id={number}"));
    }
    let told = |town: &Town| {
        town.mailed()
            .iter()
            .filter(|subject| subject.contains("silent"))
            .count()
    };
    for quiet in 0..60 {
        town.poll_and_send().await;
        town.later(day);
        assert!(quiet > 12 || told(&town) == 0, "a holiday is no silence");
    }
    assert_eq!(told(&town), 1);
    let mails = town.relay.mails();
    let mail = mails
        .iter()
        .find(|mail| mail.subject().contains("silent"))
        .expect("a mail");
    assert!(mail.text().contains("nothing new since 2026-12-1"), "{}", mail.text());
    assert_eq!(town.alarmed(), [""; 0], "programs have no name for it");
}
