//! A source of which nothing is written down but its address.

use std::time::Duration;

use gazetted::{poll::Outcome, store::Health};

use crate::town::Town;

const HOUR: Duration = Duration::from_secs(3_600);

/// A town that knows of its board nothing but the address.
async fn town() -> Town {
    let town = Town::start()
        .await
        .reconfigured("kind = \"board\"\n", "")
        .await
        .reconfigured(
            "[source.board]\nrow = \"table.board tbody tr\"\ntitle = \"td.subject a\"\nlink = \"td.subject a @href\"\n\
             date = \"td.date\"\npinned = \"td.num i.pin\"\n",
            "",
        )
        .await;
    for number in 9..=10 {
        town.article_page(&format!("/show/{number}"), &article(number));
    }
    town
}

/// Notices by number, newest first, as a table shows them.
fn as_table(numbers: &[u32]) -> String {
    let row = |number: &u32| {
        format!(
            "<tr><td>{number}</td><td class=subject><a href='/show/{number}'>{}</a></td><td>Roads</td>\
             <td>2026-11-{:02}</td><td>{}</td></tr>",
            title(*number),
            number + 2,
            number * 7
        )
    };
    let rows: String = numbers.iter().map(row).collect();
    format!(
        "<!doctype html><html lang=en><title>Notices - Town</title><ul id=menu><li><a href=/a>Home</a><li><a href=/b>Offices</a></ul>\
         <h1>Notices</h1><table class=board><thead><tr><th>No.<th>Title<th>Office<th>Date<th>Views</thead><tbody>{rows}</tbody></table>"
    )
}

/// The same, after the town has had its pages made anew.
fn as_cards(numbers: &[u32]) -> String {
    let card = |number: &u32| {
        format!(
            "<article class=card><time>{:02}/11/2026</time><h3><a href='/show/{number}'>{}</a></h3><p>By: Roads</p></article>",
            number + 2,
            title(*number)
        )
    };
    let cards: String = numbers.iter().map(card).collect();
    format!(
        "<!doctype html><html lang=en><title>Town</title><nav><a href=/a>Home</a><a href=/b>Offices</a></nav><main><h1>Notices</h1>\
         <div class=cards>{cards}</div></main>"
    )
}

fn article(number: u32) -> String {
    format!(
        "<!doctype html><html lang=en><title>Notices - Town</title><nav><a href=/a>Home</a></nav><main><h1>{}</h1>\
         <p class=facts>Date: 2026-11-{:02} Office: Roads Views: 63</p>\
         <div class=text><p>The works begin on day {number} and are over before the week is.</p><p>Cars go around by the mill.</p></div>\
         <ul class=files><li><a href='/f/{number}.pdf'>plan.pdf</a></ul></main>",
        title(number),
        number + 2
    )
}

fn title(number: u32) -> String {
    format!("Notice of works in street {number} of the old town")
}

const FIRST: [u32; 8] = [8, 7, 6, 5, 4, 3, 2, 1];

#[tokio::test]
async fn a_page_is_recognised_once_and_read_the_same_way_from_then_on() {
    let town = town().await;
    town.board_answers(200, &as_table(&FIRST));
    town.poll_and_send().await;
    assert_eq!(town.fed().await.len(), 8);
    assert!(town.mailed().is_empty(), "the first look is silent");
    let recognised = town.state().await.recognised;
    assert!(recognised.is_some());

    let town = town.restart().await;
    town.board_answers(200, &as_table(&[9, 8, 7, 6, 5, 4, 3, 2]));
    town.poll_and_send().await;
    assert_eq!(town.mailed(), [title(9)]);
    let feed = town.feed().await;
    let text = feed["items"][0]["content_html"].as_str().expect("a text");
    assert!(text.contains("The works begin on day 9"), "{text}");
    assert_eq!(feed["items"][0]["attachments"][0]["title"], "plan.pdf");
    // Of two rows nothing could be recognised; they are read all the same.
    town.board_answers(200, &as_table(&[10, 9]));
    town.poll_and_send().await;
    assert_eq!(town.mailed(), [title(9), title(10)]);
    assert_eq!(town.state().await.recognised, recognised);
}

#[tokio::test]
async fn a_page_that_was_made_anew_is_recognised_again_by_what_is_known() {
    let town = town().await;
    town.board_answers(200, &as_table(&FIRST));
    town.poll_and_send().await;
    let ids = ids(&town).await;

    town.board_answers(200, &as_cards(&[9, 8, 7, 6, 5, 4, 3, 2]));
    for _ in 0..4 {
        town.poll_and_send().await;
        town.later(HOUR);
    }
    assert_eq!(town.state().await.health, Health::Ok);
    let subjects = town.mailed();
    assert_eq!(subjects.iter().filter(|subject| **subject == title(9)).count(), 1);
    assert!(
        subjects.iter().all(|subject| !subject.contains("street 8")),
        "{subjects:?}"
    );
    let after = self::ids(&town).await;
    assert!(ids.iter().all(|id| after.contains(id)), "the ids are the same");
}

#[tokio::test]
async fn what_is_no_list_is_not_taken_for_one() {
    let town = town().await;
    let masks = [
        "",
        "<html><title>Login</title><form><input type=password></form>",
        "<!doctype html><title>Town</title><h1>We are updating our pages</h1><p>Please come back tomorrow.</p>",
    ];
    for mask in masks {
        town.board_answers(200, mask);
        assert!(matches!(town.poll().await, Outcome::Missed { .. }), "{mask}");
    }
    let told = town.state().await.last_error.expect("an error");
    assert!(told.contains("gazetted detect http://"), "{told}");

    town.board_answers(200, &as_table(&FIRST));
    town.poll_and_send().await;
    // Another list, of which nothing is known: the menu of a page that says that the board is away.
    let links: String = (1..9)
        .map(|nth| format!("<tr><td><a href=/other/{nth}>Something of the town number {nth}</a><td>2026-11-{nth:02}"))
        .collect();
    for _ in 0..7 {
        town.board_answers(
            200,
            &format!("<!doctype html><h1>Away</h1><table class=other>{links}</table>"),
        );
        assert!(matches!(town.poll().await, Outcome::Missed { .. }));
        town.later(HOUR);
    }
    town.send().await;
    assert!(town.mailed().is_empty());
    assert_eq!(town.fed().await.len(), 8);
    town.board_answers(200, &as_table(&[9, 8, 7, 6, 5, 4, 3, 2]));
    town.poll_and_send().await;
    assert_eq!(town.mailed(), [title(9)], "the board is back");
}

#[tokio::test]
async fn a_feed_stays_a_feed_when_its_server_shows_a_page_instead() {
    let town = town().await;
    let item = |number: &u32| {
        format!(
            "<item><title>{}</title><link>/show/{number}</link><pubDate>Mon, 02 Nov 2026 0{number}:00:00 +0900</pubDate></item>",
            title(*number)
        )
    };
    let feed = |numbers: &[u32]| {
        let items: String = numbers.iter().map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>Town</title>{items}</channel></rss>")
    };
    town.board_answers(200, &feed(&FIRST));
    town.poll_and_send().await;
    town.board_answers(200, &as_table(&FIRST));
    for _ in 0..4 {
        assert!(matches!(town.poll().await, Outcome::Missed { .. }));
    }
    town.board_answers(200, &feed(&[9, 8, 7]));
    town.poll_and_send().await;
    assert!(town.mailed().contains(&title(9)));
    assert_eq!(town.fed().await.len(), 9);
}

async fn ids(town: &Town) -> Vec<String> {
    let feed = town.feed().await;
    let items = feed["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id").to_owned())
        .collect()
}
