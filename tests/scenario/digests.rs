//! What somebody reads who wants one mail instead of many.

use std::time::Duration;

use crate::{
    support::smtp::Mail,
    town::{Settings, Town},
};

const WATER: &str = "Water off | 2026.11.20 | /view.do?id=1";
const LIBRARY: &str = "Library closed | 2026.11.23 | /view.do?id=2";
const ROAD: &str = "Road works | 2026.11.24 | /view.do?id=3";
const HOUR: Duration = Duration::from_secs(3600);

/// A town whose board has shown one notice, and whose reader wants digests.
async fn town(subscriber: &'static str, source: &'static str) -> Town {
    let settings = Settings {
        subscriber,
        source,
        ..Settings::default()
    };
    let town = Town::with(settings).await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town
}

/// The only mail, which there was none of before.
async fn only(town: &Town) -> Mail {
    assert!(town.relay.mails().is_empty());
    town.later(HOUR);
    town.send().await;
    town.send().await;
    let mut mails = town.relay.mails();
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

/// The lines of a digest that name sources and notices.
fn lines(mail: &Mail) -> Vec<String> {
    let text = mail.text().replace("\r\n", "\n");
    let (notices, _) = text.split_once("\n-- \n").expect("a foot");
    let lines = notices.lines().map(str::trim_end);
    let named = lines.filter(|line| !line.is_empty() && !line.starts_with("http") && !line.starts_with("2026-"));
    named.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_digest_gathers_all_subscriptions_by_source_the_newest_first_and_each_notice_once() {
    let town = town("digest = \"hourly\"\nsources = [\"town\"]", "")
        .await
        .with_parish()
        .await;
    town.poll_board("parish").await;
    // The form adds a subscription of its own to the one that the admin wrote.
    let form = "email=reader@example.net&include=Library,Road&digest=hourly&language=en";
    crate::subscribing::confirms(&town, form).await;
    let asked = town.relay.mails().len();
    town.board_shows([ROAD, LIBRARY, WATER]);
    town.poll().await;
    town.poll_board("parish").await;
    town.send().await;
    assert_eq!(town.relay.mails().len(), asked);
    town.later(HOUR);
    town.send().await;
    let [digest] = &town.relay.mails()[asked..] else {
        panic!("one mail")
    };
    let expected = [
        "== Parish ==",
        "Road works",
        "Library closed",
        "== Town ==",
        "Road works",
        "Library closed",
    ];
    assert_eq!(lines(digest), expected);
    assert_eq!(digest.subject(), "Notices: Road works and 3 more");
    assert!(
        digest
            .text()
            .contains("because you follow Town; the words “Library”, “Road”."),
        "{}",
        digest.text()
    );
}

#[tokio::test]
async fn a_notice_that_was_revised_meanwhile_is_told_once_as_it_is_now() {
    let town = town("digest = \"hourly\"", "on_revision = \"notify\"").await;
    town.board_shows([LIBRARY, WATER]);
    town.poll_and_send().await;
    town.board_shows(["Library open | 2026.11.23 | /view.do?id=2", WATER]);
    town.poll_and_send().await;
    let digest = only(&town).await;
    assert_eq!(lines(&digest), ["== Town ==", "Library open"], "it is news");

    town.board_shows(["Library closed after all | 2026.11.23 | /view.do?id=2", WATER]);
    town.poll_and_send().await;
    town.later(HOUR);
    town.send().await;
    let next = town.relay.mails().remove(1);
    assert_eq!(lines(&next), ["== Town ==", "Revised: Library closed after all"]);
}

#[tokio::test]
async fn what_was_taken_away_meanwhile_is_not_told_and_an_empty_digest_is_not_sent() {
    let town = town("digest = \"daily\"", "").await;
    // On the board but those of these days.
    let shows = async |gone: &[u32], times: u32| {
        let days = (10..=16).rev().filter(|day| !gone.contains(day));
        let rows = days.map(|day| format!("Notice {day} | 2026.11.{day:02} | /view.do?id=9{day}"));
        town.board_shows_all(&rows.collect::<Vec<_>>());
        for _ in 0..times {
            town.later(Duration::from_secs(900));
            town.poll_and_send().await;
        }
    };
    shows(&[12], 1).await;
    shows(&[12, 14], 3).await;
    town.later(24 * HOUR);
    town.send().await;
    let digest = town.relay.mails().remove(0);
    let told = [
        "== Town ==",
        "Notice 16",
        "Notice 15",
        "Notice 13",
        "Notice 11",
        "Notice 10",
    ];
    assert_eq!(lines(&digest), told);

    // The only one of the next day goes as it came.
    shows(&[14], 1).await;
    shows(&[12, 14], 3).await;
    town.later(24 * HOUR);
    town.send().await;
    assert_eq!(town.relay.mails().len(), 1);
    let store = town.app.store();
    let cancelled = store.deliveries(Some(gazetted::delivery::State::Cancelled), 9).await;
    assert_eq!(cancelled.expect("a store").len(), 1);
}

#[tokio::test]
async fn a_digest_of_hundreds_is_a_mail_of_ordinary_size() {
    let town = town("digest = \"hourly\"", "flood_limit = 100000")
        .await
        .with_parish()
        .await;
    town.poll_board("parish").await;
    let row =
        |n: u32| format!("Notice {n} of many, with a title that says what it is about | 2026.11.21 | /view.do?id=1{n}");
    let mut rows: Vec<String> = (0..490).map(row).collect();
    rows.push(WATER.to_owned());
    town.board_shows_all(&rows);
    town.poll().await;
    town.board_shows([LIBRARY, WATER]);
    town.poll_board("parish").await;
    town.send().await;
    let digest = only(&town).await;
    let lines = lines(&digest);
    assert_eq!(
        &lines[..3],
        ["== Parish ==", "Library closed", "== Town =="],
        "none crowds out another"
    );
    assert_eq!(
        lines.last().map(String::as_str),
        Some("and 291 more: https://notices.example.org/sources/town")
    );
    assert_eq!(lines.len(), 3 + 199 + 1);
    assert!(digest.subject().ends_with("and 490 more"), "{}", digest.subject());
    assert!(digest.bytes.len() < 100_000, "{}", digest.bytes.len());
}

/// Reads daily digests at `hour` in `zone`; of each notice, `(seen, leaves)` say when it is seen and when its digest leaves.
async fn daily(subscriber: &'static str, days: &[(&str, &str)]) {
    let town = town(subscriber, "").await;
    let mut rows = vec![WATER.to_owned()];
    for (nth, (seen, leaves)) in days.iter().enumerate() {
        town.at(seen);
        rows.insert(0, format!("Notice {nth} | 2026.11.23 | /view.do?id=5{nth}"));
        town.board_shows_all(&rows);
        town.poll_and_send().await;
        assert_eq!(town.relay.mails().len(), nth, "seen at {seen}");
        town.at(leaves);
        town.earlier(Duration::from_secs(1));
        town.send().await;
        assert_eq!(town.relay.mails().len(), nth, "a second before {leaves}");
        town.at(leaves);
        town.send().await;
        assert_eq!(town.relay.mails().len(), nth + 1, "at {leaves}");
    }
}

#[tokio::test]
async fn a_daily_digest_leaves_at_its_hour_on_its_readers_wall() {
    daily(
        "digest = \"daily\"\ntimezone = \"Asia/Seoul\"",
        &[
            ("2026-11-24T07:59:59+09:00", "2026-11-24T08:00:00+09:00"),
            ("2026-11-24T08:00:00+09:00", "2026-11-25T08:00:00+09:00"),
            // It is still the 25th in London.
            ("2026-11-26T00:30:00+09:00", "2026-11-26T08:00:00+09:00"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_daily_digest_keeps_its_hour_when_the_clocks_change() {
    daily(
        "digest = \"daily\"\ndigest_hour = 7\ntimezone = \"Europe/Berlin\"",
        &[
            // To summer time in the night to Sunday, 28 March 2027: 23 hours.
            ("2027-03-27T07:00:00+01:00", "2027-03-28T07:00:00+02:00"),
            ("2027-03-28T07:00:00+02:00", "2027-03-29T07:00:00+02:00"),
            // And back on 31 October: 25 hours.
            ("2027-10-30T07:00:00+02:00", "2027-10-31T07:00:00+01:00"),
            ("2027-10-31T07:00:00+01:00", "2027-11-01T07:00:00+01:00"),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_hour_that_a_day_does_not_have_or_has_twice_is_one_digest() {
    daily(
        "digest = \"daily\"\ndigest_hour = 2\ntimezone = \"Europe/Berlin\"",
        &[
            // Half past two does not exist; the digest leaves when the clocks have jumped.
            ("2027-03-28T01:59:00+01:00", "2027-03-28T03:00:00+02:00"),
            ("2027-03-28T03:00:00+02:00", "2027-03-29T02:00:00+02:00"),
            // Two o'clock comes twice; the digest leaves the first time, and what comes between the two waits for the next day.
            ("2027-10-31T01:00:00+02:00", "2027-10-31T02:00:00+02:00"),
            ("2027-10-31T02:00:00+01:00", "2027-11-01T02:00:00+01:00"),
        ],
    )
    .await;
}
