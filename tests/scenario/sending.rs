//! What becomes of messages when the other side misbehaves.

use std::time::Duration;

use gazetted::{
    delivery::{Occasion, State},
    store::{Lane, NewDelivery, Retry},
    subscription::ReceiverId,
};

use crate::{support::smtp::Mood, town::Town};

const WATER: &str = "Water off on Monday | 2026.11.20 | /view.do?id=1";
const LIBRARY: &str = "Library closed | 2026.11.23 | /view.do?id=2";
const NONE: [&str; 0] = [];

/// Of a mail between two tries, the spread included.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);

async fn with_news() -> Town {
    let town = Town::start().await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows([LIBRARY, WATER]);
    town.poll().await;
    town
}

#[tokio::test]
async fn a_dead_relay_delays_and_loses_nothing() {
    let town = with_news().await;
    town.relay.is(Mood::Dead);
    for _ in 0..20 {
        town.send().await;
        town.later(Duration::from_secs(3600));
    }
    assert_eq!(town.mailed(), NONE);
    assert_eq!(town.posted(), ["Library closed"], "webhooks do not wait for the relay");
    let town = town.restart().await;
    town.relay.is(Mood::Good);
    town.later(LONGEST_WAIT);
    town.send().await;
    assert_eq!(town.mailed(), ["Library closed"]);
    town.later(Duration::from_secs(86_400));
    town.send().await;
    assert_eq!(town.mailed().len(), 1);
}

#[tokio::test]
async fn a_recipient_who_is_put_off_is_tried_again_later() {
    let town = with_news().await;
    town.relay.is(Mood::Later);
    town.send().await;
    town.relay.is(Mood::Good);
    town.send().await;
    assert_eq!(town.mailed(), NONE, "not at once");
    town.later(Duration::from_secs(120));
    town.send().await;
    assert_eq!(town.mailed(), ["Library closed"]);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_after_the_dot_makes_a_copy_with_the_same_id_and_bytes() {
    let town = with_news().await;
    town.relay.is(Mood::CutAfterDot);
    town.send().await;
    town.later(Duration::from_secs(3600));
    town.send().await;
    let [first, second] = &town.relay.mails()[..] else {
        panic!("two copies")
    };
    assert_eq!(first, second);
    let rows = town
        .app
        .store()
        .deliveries(Some(State::Sent), 10)
        .await
        .expect("a store");
    assert_eq!(rows.iter().map(|row| row.ambiguous).sum::<u32>(), 1);
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_a_dead_letter_that_can_be_queued_again() {
    let town = with_news().await;
    town.relay.is(Mood::NoMailbox);
    town.send().await;
    town.later(Duration::from_secs(86_400));
    town.relay.is(Mood::Good);
    town.send().await;
    assert_eq!(town.mailed(), NONE);
    let store = town.app.store();
    let dead = store.deliveries(Some(State::Dead), 10).await.expect("a store");
    assert!(
        dead[0].why.as_deref().is_some_and(|why| why.contains("5.1.1")),
        "{dead:?}"
    );
    assert_eq!(
        store
            .retry_deliveries(&Retry::AllDead, gazetted::ops::Clock::system().now())
            .await
            .expect("a store"),
        1
    );
    town.later(Duration::from_secs(400 * 86_400));
    town.send().await;
    assert_eq!(town.mailed(), ["Library closed"]);
}

#[tokio::test]
async fn a_webhook_that_fails_is_tried_again_with_the_same_id_and_bytes() {
    let town = with_news().await;
    town.hooks.answer([500, 503]);
    for _ in 0..3 {
        town.send().await;
        town.later(Duration::from_secs(3600));
    }
    let posts = town.hooks.posts();
    assert_eq!(
        posts.iter().map(|post| post.answered).collect::<Vec<_>>(),
        [500, 503, 200]
    );
    assert!(
        posts
            .iter()
            .all(|post| post.id == posts[0].id && post.body == posts[0].body)
    );
    let body = posts[0].json();
    assert_eq!(body["type"], "notice.published");
    assert_eq!(
        (&body["data"]["source"], &body["data"]["published"]),
        (&"town".into(), &"2026-11-23".into())
    );
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_never_asked_again() {
    let town = with_news().await;
    town.hooks.answer([410]);
    town.send().await;
    town.board_shows(["C | 2026.11.23 | /view.do?id=3", LIBRARY, WATER]);
    town.poll_and_send().await;
    let town = town.restart().await;
    town.later(Duration::from_secs(86_400));
    town.send().await;
    assert_eq!(town.hooks.posts().len(), 1);
    assert_eq!(town.mailed().len(), 2, "others hear as before");
}

#[tokio::test]
async fn the_mail_carries_what_readers_and_lists_rely_on_and_one_click_ends_it() {
    let town = with_news().await;
    town.send().await;
    let mail = town.relay.mails().remove(0);
    assert_eq!(
        (mail.from.as_str(), mail.to.as_str()),
        ("notices@example.org", "reader@example.net")
    );
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("Content-Language"), "en");
    assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(
        mail.header("List-Id").ends_with("<town.example.org>"),
        "{}",
        mail.header("List-Id")
    );
    let leave = mail.header("List-Unsubscribe");
    assert!(leave.contains("mailto:notices@example.org"), "{leave}");
    let path = leave
        .split(['<', '>'])
        .nth(1)
        .and_then(|url| url.strip_prefix("https://notices.example.org"))
        .expect("an address")
        .to_owned();

    assert_eq!(town.ask("GET", &path).await.0, 200);
    town.board_shows(["C | 2026.11.23 | /view.do?id=3", LIBRARY, WATER]);
    town.poll_and_send().await;
    assert_eq!(
        town.mailed(),
        ["Library closed", "C"],
        "looking at the page changes nothing"
    );

    assert_eq!(town.ask("POST", &path).await.0, 200);
    assert_eq!(town.ask("POST", &path).await.0, 200);
    town.board_shows(["D | 2026.11.23 | /view.do?id=4", LIBRARY, WATER]);
    let town = town.restart().await;
    town.poll_and_send().await;
    assert_eq!(
        town.mailed().len(),
        2,
        "though the configuration still names the reader"
    );
    assert_eq!(town.posted().last().map(String::as_str), Some("D"));
}

/// As [`with_news`], with six notices at once.
async fn with_much_news() -> Town {
    let town = Town::start().await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows([
        "F | 2026.11.23 | /view.do?id=7",
        "E | 2026.11.23 | /view.do?id=6",
        "D | 2026.11.23 | /view.do?id=5",
        "C | 2026.11.23 | /view.do?id=4",
        "B | 2026.11.23 | /view.do?id=3",
        "A | 2026.11.23 | /view.do?id=2",
        WATER,
    ]);
    town.poll().await;
    town
}

async fn waiting(town: &Town, state: State) -> Vec<gazetted::store::DeliveryRow> {
    town.app.store().deliveries(Some(state), 100).await.expect("a store")
}

#[tokio::test]
async fn a_relay_that_has_something_against_us_costs_no_alert() {
    for mood in [Mood::Denied, Mood::Unwanted] {
        let town = with_news().await;
        town.relay.is(mood);
        for _ in 0..8 {
            town.send().await;
            town.later(Duration::from_secs(3600));
        }
        let rows = waiting(&town, State::Queued).await;
        assert_eq!(rows.len(), 1, "{mood:?}: {:?}", waiting(&town, State::Dead).await);
        let why = rows[0].why.as_deref().unwrap_or_default();
        assert!(why.contains("5.7.1") && !why.contains("reader@"), "{why}");
        town.relay.is(Mood::Good);
        town.later(LONGEST_WAIT);
        town.send().await;
        assert_eq!(town.mailed(), ["Library closed"], "{mood:?}");
    }
}

#[tokio::test]
async fn a_relay_that_closes_a_connection_is_called_again_at_once() {
    let town = with_much_news().await;
    town.relay.is(Mood::OneEach);
    town.send().await;
    assert_eq!(town.mailed(), ["A", "B", "C", "D", "E", "F"]);
}

#[tokio::test]
async fn who_unsubscribes_while_mails_are_on_their_way_gets_no_more_of_them() {
    let town = with_much_news().await;
    town.relay.is(Mood::Slow);
    let leaving = async {
        while town.relay.mails().is_empty() {
            tokio::task::yield_now().await;
        }
        let reader = ReceiverId("mail:reader@example.net".into());
        let stopped = town
            .app
            .store()
            .stop_receiver(&reader, "unsubscribed", town.now())
            .await;
        assert!(stopped.expect("a store"));
        town.relay.is(Mood::Good);
    };
    tokio::join!(town.send(), leaving);
    assert_eq!(town.mailed(), ["A"]);
    assert_eq!(waiting(&town, State::Cancelled).await.len(), 5);
}

#[tokio::test]
async fn an_accepted_mail_is_recorded_as_soon_as_the_store_can() {
    let town = with_news().await;
    town.behind_its_back(
        "CREATE TRIGGER no_room BEFORE UPDATE OF state ON deliveries WHEN new.state = 'sent'
         BEGIN SELECT RAISE(FAIL, 'no room'); END",
    );
    let mut sending = std::pin::pin!(town.send());
    let early = tokio::time::timeout(Duration::from_millis(500), &mut sending).await;
    assert!(early.is_err(), "it can't be recorded yet");
    town.behind_its_back("DROP TRIGGER no_room");
    sending.await;
    assert_eq!(waiting(&town, State::Sent).await.len(), 2);
    town.later(Duration::from_secs(86_400));
    town.send().await;
    assert_eq!((town.mailed().len(), town.posted().len()), (1, 1), "no copy");
}

#[tokio::test]
async fn what_kills_the_program_each_time_it_is_rendered_is_given_up_and_its_neighbours_are_not() {
    let town = with_much_news().await;
    let store = town.app.store();
    let second = Duration::from_secs(1);
    let reader = ReceiverId("mail:reader@example.net".into());
    while let Some(announcement) = store.lease_announcement(town.now(), second).await.expect("a store") {
        let owed = NewDelivery {
            receiver: reader.clone(),
            occasion: Occasion::Notice(announcement.news.notice().expect("a notice")),
            subject: announcement.news.notice(),
            due: town.now(),
        };
        let fanned_out = store.fan_out(&announcement, &[owed], None, town.now(), second).await;
        fanned_out.expect("a store");
    }
    // A program that dies leaves what it has leased without bytes.
    for _ in 0..5 {
        let leased = store
            .lease_deliveries(Lane::Mail, town.now(), second, 1, &[])
            .await
            .expect("a store");
        assert_eq!(leased.len(), 1);
        town.behind_its_back(&format!("UPDATE deliveries SET at = 0 WHERE id = {}", leased[0].id));
    }
    for _ in 0..3 {
        let neighbours = store
            .lease_deliveries(Lane::Mail, town.now(), second, 9, &[])
            .await
            .expect("a store");
        assert_eq!(neighbours.len(), 6);
        town.later(2 * second);
    }
    town.send().await;
    assert_eq!(town.mailed(), ["B", "C", "D", "E", "F"]);
    let dead = waiting(&town, State::Dead).await;
    assert!(
        dead[0].why.as_deref().is_some_and(|why| why.contains("rendered")),
        "{dead:?}"
    );
}

#[tokio::test]
async fn a_webhook_that_asks_to_be_left_alone_is_not_sent_what_else_is_due() {
    let town = with_much_news().await;
    town.hooks.answer([429; 4]);
    town.hooks.asks_for_rest(600);
    town.send().await;
    assert_eq!(town.hooks.posts().len(), 4, "those that were under way together");
    let untried = waiting(&town, State::Queued).await;
    let untried = untried.iter().filter(|row| row.attempts == 0);
    assert_eq!(untried.count(), 2, "waiting is no failed attempt");
    town.later(Duration::from_secs(660));
    town.send().await;
    assert_eq!(town.posted().len(), 6);
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_put_off_is_sent_when_the_clock_is_right_again() {
    let town = with_news().await;
    let year = Duration::from_secs(365 * 86_400);
    town.relay.is(Mood::Later);
    town.later(year);
    town.send().await;
    town.relay.is(Mood::Good);
    town.earlier(year);
    town.later(LONGEST_WAIT);
    town.send().await;
    assert_eq!(town.mailed(), NONE);
    town.app.bring_back().await.expect("a store");
    town.send().await;
    assert_eq!(town.mailed(), ["Library closed"]);
}

#[tokio::test]
async fn a_mail_whose_turn_comes_too_late_is_taken_up_anew_and_was_no_attempt() {
    let town = with_much_news().await;
    town.relay.is(Mood::Slow);
    let waking = async {
        while town.relay.mails().is_empty() {
            tokio::task::yield_now().await;
        }
        // Too little is left of the leases for a relay as slow as this one.
        town.later(Duration::from_secs(1_200));
        town.relay.is(Mood::Good);
    };
    tokio::join!(town.send(), waking);
    assert_eq!(town.mailed(), ["A", "B", "C", "D", "E", "F"]);
    let sent = waiting(&town, State::Sent).await;
    assert!(sent.iter().all(|row| row.attempts == 1), "{sent:?}");
    let fences =
        "CREATE TABLE fences AS SELECT max(fence) AS fence, min(fence) AS first FROM deliveries WHERE lane = 'mail:'";
    town.behind_its_back(&format!(
        "{fences}; CREATE TABLE right (n integer CHECK (n)); INSERT INTO right SELECT first = 1 AND fence = 2 FROM fences"
    ));
}

#[tokio::test]
async fn what_is_too_large_for_the_relay_is_sent_as_a_title_with_links() {
    for mood in [Mood::Small, Mood::SmallUnsaid] {
        let settings = crate::town::Settings {
            source: "#ARTICLE",
            ..crate::town::Settings::default()
        };
        let town = Town::with(settings).await;
        town.board_shows([WATER]);
        town.poll_and_send().await;
        town.relay.is(mood);
        town.board_shows([LIBRARY, WATER]);
        town.article(
            "/view.do?id=2",
            200,
            &"The library is closed, and here is why. ".repeat(500),
        );
        town.poll_and_send().await;
        let [mail] = &town.relay.mails()[..] else {
            panic!("one mail")
        };
        assert_eq!(mail.subject(), "Library closed (Town)");
        let text = mail.text();
        assert!(
            !text.contains("here is why") && text.contains("/view.do?id=2"),
            "{text}"
        );
        assert_eq!(waiting(&town, State::Dead).await.len(), 0);
    }
}
