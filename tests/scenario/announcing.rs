//! What is told, and what is not.

use std::time::Duration;

use crate::town::{Settings, Town};

const WATER: &str = "Water off on Monday | 2026.11.20 | /view.do?id=1";
const LIBRARY: &str = "Library closed | 2026.11.23 | /view.do?id=2";
const NONE: [&str; 0] = [];

#[tokio::test]
async fn the_first_look_is_a_baseline_and_tells_nothing() {
    let town = Town::start().await;
    town.board_shows([LIBRARY, WATER]);
    town.poll_and_send().await;
    assert_eq!(town.fed().await, ["Library closed", "Water off on Monday"]);
    assert_eq!(town.mailed(), NONE);
    assert_eq!(town.posted(), NONE);
}

#[tokio::test]
async fn a_notice_posted_after_the_first_look_is_fed_and_told_once() {
    let town = Town::start().await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows([LIBRARY, WATER]);
    for _ in 0..3 {
        town.poll_and_send().await;
    }
    assert_eq!(town.fed().await, ["Library closed", "Water off on Monday"]);
    assert_eq!(town.mailed(), ["Library closed"]);
    assert_eq!(town.posted(), ["Library closed"]);
    let town = town.restart().await;
    town.poll_and_send().await;
    assert_eq!((town.mailed().len(), town.posted().len()), (1, 1));
}

#[tokio::test]
async fn a_backlog_is_told_when_the_admin_wants_it() {
    let town = Town::with(Settings {
        source: "notify_backlog = true",
        ..Settings::default()
    })
    .await;
    town.board_shows([LIBRARY, WATER]);
    town.poll_and_send().await;
    assert_eq!(town.mailed().len(), 2);
}

#[tokio::test]
async fn an_edited_title_is_a_revision_and_not_a_new_entry() {
    let town = Town::start().await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    let before = town.feed().await["items"][0].clone();
    town.later(Duration::from_secs(3600));
    town.board_shows(["Water off on Tuesday | 2026.11.20 | /view.do?id=1"]);
    town.poll_and_send().await;
    let after = town.feed().await["items"][0].clone();
    assert_eq!(town.fed().await, ["Water off on Tuesday"]);
    assert_eq!(
        (&before["id"], &before["date_published"]),
        (&after["id"], &after["date_published"])
    );
    assert_ne!(before["date_modified"], after["date_modified"]);
    assert_eq!(town.mailed(), NONE);
    let id = after["id"].as_str().expect("an id").replace("urn:uuid:", "");
    let page = String::from_utf8(town.get(&format!("/notices/{id}")).await).expect("text");
    assert!(
        page.contains("Water off on Tuesday") && page.contains("Water off on Monday"),
        "{page}"
    );
}

#[tokio::test]
async fn an_edited_text_is_a_revision_too() {
    let town = Town::with(Settings {
        source: "#ARTICLE",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.article("/view.do?id=1", 200, "From eight to ten.");
    town.poll_and_send().await;
    town.article("/view.do?id=1", 200, "From eight to noon.");
    town.poll_and_send().await;
    assert!(
        town.feed().await["items"][0]["content_html"]
            .as_str()
            .expect("a text")
            .contains("ten"),
        "it rests for a while"
    );
    town.later(Duration::from_secs(86_400));
    town.poll_and_send().await;
    let feed = town.feed().await;
    assert!(
        feed["items"][0]["content_html"]
            .as_str()
            .expect("a text")
            .contains("noon"),
        "{feed}"
    );
    assert_eq!(feed["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_pinned_row_that_is_repeated_is_one_entry() {
    let town = Town::start().await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows(["*Library closed | 2026.11.23 | /view.do?id=2", LIBRARY, WATER]);
    town.poll_and_send().await;
    town.board_shows([LIBRARY, WATER]);
    town.poll_and_send().await;
    assert_eq!(town.fed().await, ["Library closed", "Water off on Monday"]);
    assert_eq!(town.mailed(), ["Library closed"]);
}

#[tokio::test]
async fn a_session_id_in_the_links_changes_nothing() {
    let town = Town::start().await;
    town.board_shows([
        "A | 2026.11.20 | /view.do;jsessionid=1A2B?id=1&pageIndex=1",
        "B | 2026.11.19 | /view.do;jsessionid=1A2B?id=0&pageIndex=1",
    ]);
    town.poll_and_send().await;
    let before = town.get("/feeds/town.atom").await;
    town.board_shows([
        "A | 2026.11.20 | /view.do;jsessionid=9Z8Y?id=1&pageIndex=2",
        "B | 2026.11.19 | /view.do;jsessionid=9Z8Y?id=0&pageIndex=2",
    ]);
    town.poll_and_send().await;
    let town = town.restart().await;
    town.poll_and_send().await;
    assert_eq!(town.mailed(), NONE);
    assert_eq!(
        String::from_utf8(town.get("/feeds/town.atom").await),
        String::from_utf8(before)
    );
}

#[tokio::test]
async fn a_new_notice_waits_for_its_text_but_not_for_ever() {
    let town = Town::with(Settings {
        source: "#ARTICLE",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.article("/view.do?id=1", 200, "From eight to ten.");
    town.poll_and_send().await;

    town.board_shows([LIBRARY, WATER]);
    town.article("/view.do?id=2", 503, "");
    town.poll_and_send().await;
    assert_eq!(town.mailed(), NONE);
    town.article("/view.do?id=2", 200, "Until the roof is mended.");
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Library closed"]);
    let mail = town.relay.mails().remove(0);
    assert!(
        mail.text().contains("Until the roof is mended.") && mail.text().contains("plan.pdf"),
        "{}",
        mail.text()
    );

    town.board_shows(["Road works | 2026.11.23 | /view.do?id=3", LIBRARY, WATER]);
    for _ in 0..3 {
        town.poll_and_send().await;
    }
    assert_eq!(town.mailed(), ["Library closed", "Road works"]);
}

#[tokio::test]
async fn a_file_without_a_name_is_called_what_its_server_calls_it() {
    let town = Town::with(Settings {
        source: "#ARTICLE",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.file("/view.do?id=1", "/down.do?no=9", "%EA%B3%B5%EA%B3%A0.hwp");
    town.poll_and_send().await;
    let feed = town.feed().await;
    let file = &feed["items"][0]["attachments"][0];
    assert_eq!(
        (&file["title"], &file["mime_type"]),
        (&"공고.hwp".into(), &"application/x-hwp".into())
    );
    town.later(Duration::from_secs(86_400));
    town.poll_and_send().await;
    assert_eq!(town.feed().await, feed, "reading the page again is no revision");
}

#[tokio::test]
async fn a_flood_is_fed_but_held_until_the_admin_says() {
    let town = Town::with(Settings {
        source: "flood_limit = 1",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows(["C | 2026.11.23 | /view.do?id=3", LIBRARY, WATER]);
    town.poll_and_send().await;
    assert_eq!(town.fed().await, ["C", "Library closed", "Water off on Monday"]);
    assert_eq!(town.mailed(), NONE);
    assert_eq!(town.state().await.held, 2);
    town.app
        .store()
        .release_held(&"town".parse().expect("an id"))
        .await
        .expect("a store");
    town.send().await;
    assert_eq!(town.mailed().len(), 2);
}

#[tokio::test]
async fn a_flood_is_held_although_its_articles_are_read_a_few_at_a_time() {
    let town = Town::with(Settings {
        source: "#ARTICLE",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    let rows: [String; 40] = std::array::from_fn(|nth| format!("Notice {nth} | 2026.11.23 | /view.do?id={}", nth + 9));
    let rows: [&str; 40] = std::array::from_fn(|nth| rows[nth].as_str());
    town.board_shows(rows);
    for _ in 0..3 {
        town.poll_and_send().await;
    }
    assert_eq!((town.mailed(), town.state().await.held), (vec![], 40));
    assert_eq!(town.fed().await.len(), 41, "it is fed at once");
}

#[tokio::test]
async fn a_board_that_calls_most_of_its_old_notices_by_new_ids_is_known_again() {
    let town = Town::start().await;
    let rows = |ids: [u32; 6]| ids.map(|id| format!("Notice {} | 2026.11.20 | /view.do?id={id}", id % 10));
    let show = |rows: [String; 6]| town.board_shows(std::array::from_fn::<&str, 6, _>(|nth| rows[nth].as_str()));
    show(rows([1, 2, 3, 4, 5, 6]));
    town.poll_and_send().await;
    show(rows([11, 12, 13, 14, 15, 6]));
    town.poll_and_send().await;
    assert_eq!(
        (town.mailed(), town.state().await.held, town.fed().await.len()),
        (vec![], 0, 6)
    );
    show(["A", "B", "C", "D", "E", "F"].map(|title| format!("{title} | 2026.11.23 | /view.do?id={title}")));
    town.poll_and_send().await;
    assert_eq!(town.mailed().len(), 6, "what is new by its title too is news");
}

#[tokio::test]
async fn a_notice_that_leaves_the_page_while_it_waits_for_its_text_is_not_lost() {
    let town = Town::with(Settings {
        source: "#ARTICLE",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows([LIBRARY, WATER]);
    town.article("/view.do?id=2", 503, "");
    town.poll_and_send().await;
    town.board_shows([WATER]);
    let town = town.restart().await;
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Library closed"]);
    assert_eq!(town.fed().await, ["Library closed", "Water off on Monday"]);
    town.poll_and_send().await;
    assert_eq!(town.mailed().len(), 1);
}

#[tokio::test]
async fn a_file_whose_server_knows_no_head_costs_the_notice_neither_text_nor_time() {
    let town = Town::with(Settings {
        source: "#ARTICLE",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_knows_no_head();
    town.board_shows([LIBRARY, WATER]);
    town.file("/view.do?id=2", "/down.do?no=9", "plan.hwp");
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Library closed"]);
    let mail = town.relay.mails().remove(0);
    assert!(mail.text().contains("See the file."), "{}", mail.text());
}

#[tokio::test]
async fn a_digest_gathers_a_window_and_leaves_at_its_end() {
    let town = Town::with(Settings {
        subscriber: "digest = \"hourly\"",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows([LIBRARY, WATER]);
    town.poll_and_send().await;
    town.later(Duration::from_secs(600));
    town.board_shows(["C | 2026.11.23 | /view.do?id=3", LIBRARY, WATER]);
    town.poll_and_send().await;
    assert_eq!(town.mailed(), NONE);
    town.later(Duration::from_secs(3600));
    town.send().await;
    town.send().await;
    let [digest] = &town.relay.mails()[..] else {
        panic!("one digest")
    };
    let text = digest.text();
    assert!(
        text.contains("Library closed") && text.contains('C') && !text.contains("Water"),
        "{text}"
    );
}

/// The board edits the title, then the text of the page behind it.
async fn edited(on_revision: &'static str) -> Town {
    let town = Town::with(Settings {
        source: on_revision,
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.article("/view.do?id=1", 200, "The water is off from nine to five on Monday.");
    town.article("/view.do?id=2", 200, "The library is closed on Monday.");
    town.poll_and_send().await;
    town.board_shows([LIBRARY, WATER]);
    town.poll_and_send().await;
    town.later(Duration::from_secs(3600));
    town.article("/view.do?id=2", 200, "The library is closed on Tuesday.");
    town.board_shows(["Library closed on Tuesday | 2026.11.23 | /view.do?id=2", WATER]);
    town.poll_and_send().await;
    town.poll_and_send().await;
    town
}

#[tokio::test]
async fn a_revision_that_is_notified_answers_the_first_mail_and_says_what_changed() {
    let town = edited("on_revision = \"notify\"\n#ARTICLE").await;
    assert_eq!(town.mailed(), ["Library closed", "Revised: Library closed on Tuesday"]);
    let [first, second] = &town.relay.mails()[..] else {
        panic!("two mails")
    };
    assert_eq!(second.header("In-Reply-To"), first.header("Message-ID"));
    assert_eq!(second.header("References"), first.header("Message-ID"));
    let text = second.text();
    assert!(text.contains("The title was: Library closed"), "{text}");
    assert!(text.contains("is closed on [-Monday-][+Tuesday+]."), "{text}");
    let posts = town.hooks.posts();
    let types: Vec<String> = posts.iter().map(|post| post.json()["type"].to_string()).collect();
    assert_eq!(types, ["\"notice.published\"", "\"notice.revised\""]);
}

#[tokio::test]
async fn a_revision_is_fed_and_told_to_nobody_unless_the_admin_wants_it() {
    let town = edited("#ARTICLE").await;
    assert_eq!(town.mailed(), ["Library closed"]);
    let item = town.feed().await["items"][0].clone();
    assert_eq!(item["title"], "Library closed on Tuesday");
    assert_eq!(item["date_modified"], "2026-11-23T11:00:00+09:00");
    let id = item["id"]
        .as_str()
        .expect("an id")
        .trim_start_matches("urn:uuid:")
        .to_owned();
    let page = String::from_utf8(town.get(&format!("/notices/{id}")).await).expect("a page");
    assert!(page.contains("What changed last"), "{page}");
    assert!(page.contains("<del>Monday</del><ins>Tuesday</ins>"), "{page}");
}

#[tokio::test]
async fn a_silent_revision_keeps_its_date() {
    let town = edited("on_revision = \"silent\"\n#ARTICLE").await;
    assert_eq!(town.mailed(), ["Library closed"]);
    let item = town.feed().await["items"][0].clone();
    assert_eq!(item["title"], "Library closed on Tuesday");
    assert_eq!(item["date_modified"], "2026-11-23T10:00:00+09:00");
}
