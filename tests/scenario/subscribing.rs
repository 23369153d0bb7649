//! People subscribe themselves: asked before anything counts, and gone as soon as they wish.

use std::time::Duration;

use crate::{
    support::smtp::Mail,
    town::{Settings, Town},
};

const DAY: Duration = Duration::from_secs(86_400);

/// A town without a subscriber in its configuration, that has looked at its board.
async fn town() -> Town {
    let town = Town::with(Settings::default())
        .await
        .reconfigured("[[subscriber]]\nemail = \"reader@example.net\"\n", "")
        .await;
    town.board_shows(["Old | 2026-11-20 | /view.do?id=1"]);
    town.poll_and_send().await;
    town
}

/// Fills in the form; the mail to the address that came of it, when one did.
async fn subscribes(town: &Town, form: &str) -> Option<Mail> {
    let before = town.relay.mails().len();
    let (code, page) = town.posts_form("/subscribe", form).await;
    assert_eq!(code, 202, "{}", String::from_utf8_lossy(&page));
    town.settles().await;
    town.relay.mails().get(before).cloned()
}

/// The path of the first link in `mail` that goes to `/{page}/`.
fn link(mail: &Mail, page: &str) -> String {
    let text = mail.text();
    let start = text.find(&format!("/{page}/")).unwrap_or_else(|| panic!("{text}"));
    text[start..].split_whitespace().next().expect("a link").to_owned()
}

pub async fn confirms(town: &Town, form: &str) -> Mail {
    let mail = subscribes(town, form).await.expect("a mail");
    let (code, page) = town.posts_form(&link(&mail, "confirm"), "").await;
    assert_eq!(code, 200, "{}", String::from_utf8_lossy(&page));
    mail
}

async fn notice(town: &Town, number: u32) -> Vec<Mail> {
    let before = town.relay.mails().len();
    let rows = [
        format!("Notice {number} | 2026-11-23 | /view.do?id={number}"),
        "Old | 2026-11-20 | /view.do?id=1".to_owned(),
    ];
    town.board_shows([rows[0].as_str(), rows[1].as_str()]);
    town.poll_and_send().await;
    town.relay.mails().split_off(before)
}

#[tokio::test]
async fn from_the_form_to_the_last_mail() {
    let town = town().await;
    let asked = subscribes(&town, "email=Ann@example.net&sources=town&digest=immediate&language=en")
        .await
        .expect("a question");
    assert_eq!(asked.to, "Ann@example.net");
    assert_eq!(asked.header("Auto-Submitted"), "auto-generated");
    assert_eq!(asked.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(asked.header("Message-ID").contains("@example.org"));

    // Scanners open links; nothing comes of it.
    let confirm = link(&asked, "confirm");
    for method in ["GET", "HEAD", "GET"] {
        assert_eq!(town.ask(method, &confirm).await.0, 200);
    }
    assert!(notice(&town, 2).await.is_empty());
    assert_eq!(town.posts_form(&confirm, "").await.0, 200);
    assert_eq!(town.posts_form(&confirm, "").await.0, 404, "good for once");
    let mails = notice(&town, 3).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject(), "Notice 3 (Town)");

    // Weekly from now on.
    let manage = link(&mails[0], "manage");
    let change = "action=change&subscription=1&sources=town&digest=weekly&hour=9&timezone=Asia/Seoul";
    assert_eq!(town.posts_form(&manage, change).await.0, 303);
    assert_eq!(
        town.ask("GET", &manage).await.0,
        404,
        "a link is good until it changed something"
    );
    assert!(notice(&town, 4).await.is_empty());
    town.later(7 * DAY);
    town.send().await;
    let digest = town.relay.mails().pop().expect("a digest");
    assert!(digest.text().contains("Notice 4"), "{}", digest.text());

    // Away by the header's link: one POST, as often as it comes.
    let leave = link(&digest, "unsubscribe");
    let leave = leave.split('?').next().expect("an address").to_owned();
    assert!(digest.header("List-Unsubscribe").contains(&format!("{leave}>")));
    assert!(notice(&town, 5).await.is_empty());
    for _ in 0..2 {
        assert_eq!(town.ask("POST", &leave).await.0, 200);
    }
    town.later(8 * DAY);
    assert!(notice(&town, 6).await.is_empty());
    town.later(8 * DAY);
    town.send().await;
    assert_eq!(town.relay.mails().len(), 3, "the question, the notice, the digest");
}

#[tokio::test]
async fn the_links_of_a_mail_lead_to_pages_in_its_language() {
    let town = town().await;
    for (language, page) in [("ko", "<html lang=\"ko\""), ("en", "<html lang=\"en\"")] {
        let form = format!("email=ann.{language}@example.net&sources=town&language={language}");
        let question = subscribes(&town, &form).await.expect("a mail");
        let (_, asked) = town.ask("GET", &link(&question, "confirm")).await;
        assert!(String::from_utf8_lossy(&asked).contains(page));
    }
}

#[tokio::test]
async fn a_mailbox_cannot_be_flooded() {
    let town = town().await;
    let mut pages = std::collections::HashSet::new();
    for nth in 0..400 {
        // The same mailbox in many spellings, and for all that can be subscribed to.
        let spelling = if nth % 2 == 0 {
            format!("vic.tim%2B{nth}")
        } else {
            "VICTIM".to_owned()
        };
        let form = format!("email={spelling}@example.net&digest=daily&hour={}", nth % 24);
        let (code, page) = town.posts_form("/subscribe", &form).await;
        assert_eq!(code, 202);
        pages.insert(page);
        if nth % 3 == 0 {
            town.posts_form("/manage", &format!("email={spelling}@example.net"))
                .await;
        }
    }
    town.settles().await;
    assert_eq!(town.relay.mails().len(), 3);
    assert_eq!(pages.len(), 1, "every answer is the same");
    // A restart forgets nothing, and the next day is a new one.
    let town = town.restart().await;
    assert!(subscribes(&town, "email=victim@example.net").await.is_none());
    town.later(DAY + Duration::from_secs(1));
    assert!(subscribes(&town, "email=victim@example.net").await.is_some());
}

#[tokio::test]
async fn what_nobody_confirmed_in_two_days_is_gone() {
    let town = town().await;
    let mail = subscribes(&town, "email=ann@example.net").await.expect("a question");
    town.later(2 * DAY);
    assert_eq!(town.posts_form(&link(&mail, "confirm"), "").await.0, 404);
    let store = town.app.store();
    store
        .forget_requests(town.now() - 2 * DAY, town.now())
        .await
        .expect("a store");
    assert_eq!(
        store.receivers(None, 9).await.expect("receivers").len(),
        1,
        "the webhook alone"
    );
}

#[tokio::test]
async fn programs_that_fill_in_everything_are_left_without_a_mail() {
    let town = town().await;
    let page = String::from_utf8(town.get("/subscribe?source=town").await).expect("a page");
    let stamp = page
        .split("name=\"stamp\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let stamp = stamp.expect("a stamp");
    for form in [
        "email=ann@example.net&subject=hello".to_owned(),
        format!("email=ann@example.net&stamp={stamp}"),
        "email=ann@example.net&stamp=1700000000-forged".to_owned(),
        "email=notices@example.org".to_owned(),
    ] {
        assert!(subscribes(&town, &form).await.is_none(), "{form}");
    }
    town.later(Duration::from_secs(3));
    assert!(
        subscribes(&town, &format!("email=ann@example.net&stamp={stamp}"))
            .await
            .is_some()
    );
    assert_eq!(town.posts_form("/subscribe", "email=nobody").await.0, 422);
}

#[tokio::test]
async fn several_subscriptions_are_one_mail_and_each_can_be_left_alone() {
    let town = town().await;
    confirms(&town, "email=ann@example.net&sources=town").await;
    confirms(&town, "email=ann@example.net&include=Notice&digest=daily").await;
    confirms(&town, "email=ann@example.net&include=3,4").await;
    let mails = notice(&town, 3).await;
    assert_eq!(mails.len(), 1, "each notice once");
    let mails = notice(&town, 2).await;
    // It came from the first and the second; the third stays.
    let leave = link(&mails[0], "unsubscribe");
    assert!(leave.contains("-1-2?"), "{leave}");
    for _ in 0..2 {
        assert_eq!(town.ask("POST", &leave).await.0, 200);
    }
    assert!(notice(&town, 5).await.is_empty());
    assert_eq!(notice(&town, 4).await.len(), 1);
}

#[tokio::test]
async fn readers_pause_take_their_data_and_erase_it() {
    let town = town().await;
    confirms(&town, "email=ann@example.net&sources=town&language=ko").await;
    let mails = notice(&town, 2).await;
    let manage = link(&mails[0], "manage");
    assert_eq!(town.posts_form(&manage, "action=pause&until=2026-12-01").await.0, 303);
    assert!(notice(&town, 3).await.is_empty());
    town.later(9 * DAY);
    let mails = notice(&town, 4).await;
    assert_eq!(mails.len(), 1, "after the pause, without what was missed");

    let manage = link(&mails[0], "manage");
    let (_, data) = town.posts_form(&manage, "action=export").await;
    let data: serde_json::Value = serde_json::from_slice(&data).expect("JSON");
    assert_eq!(
        (&data["email"], &data["language"]),
        (&"ann@example.net".into(), &"ko".into())
    );
    assert_eq!(data["subscriptions"][0]["sources"][0], "town");

    assert_eq!(town.posts_form(&manage, "action=erase&never=1").await.0, 200);
    assert_eq!(town.ask("GET", &manage).await.0, 404);
    assert!(notice(&town, 5).await.is_empty());
    assert!(
        subscribes(&town, "email=ann@example.net").await.is_none(),
        "never again"
    );
    town.nothing_is_known_of("ann@example.net");
}

#[tokio::test]
async fn a_link_is_mailed_to_readers_alone() {
    let town = town().await;
    confirms(&town, "email=ann@example.net").await;
    let mut answers = Vec::new();
    for address in ["ann@example.net", "stranger@example.net"] {
        answers.push(town.posts_form("/manage", &format!("email={address}")).await);
    }
    assert_eq!(answers[0], answers[1]);
    town.settles().await;
    let mails = town.relay.mails();
    assert_eq!(mails.len(), 2, "the question, and one link");
    let manage = link(&mails[1], "manage");
    let page = String::from_utf8(town.ask("GET", &manage).await.1).expect("a page");
    assert!(page.contains("ann@example.net"), "{page}");
    let wrong = manage.replace("/manage/", "/confirm/");
    assert_eq!(town.ask("GET", &wrong).await.0, 404, "a token is for one purpose");
}

#[tokio::test]
async fn strangers_cause_so_many_mails_and_no_more() {
    let town = town().await;
    let asks = async |who: &str, domain: &str, proxy_says: &str| {
        let form = format!("email={who}@{domain}");
        let (code, _) = town
            .posts_form_with("/subscribe", &form, &[("x-forwarded-for", proxy_says)])
            .await;
        assert_eq!(code, 202, "whoever asks is not told");
        town.settles().await;
    };
    // One network under many addresses; what it says of itself before the proxy counts for nothing.
    for nth in 0..20 {
        asks(
            &format!("a{nth}"),
            "one.example",
            &format!("203.0.113.{nth}, 198.51.100.{nth}"),
        )
        .await;
    }
    assert_eq!(town.relay.mails().len(), 10);
    asks("b", "one.example", "192.0.2.1").await;
    assert_eq!(town.relay.mails().len(), 11, "another network is heard");
    // One domain from everywhere.
    for nth in 0..120 {
        asks(&format!("c{nth}"), "one.example", &format!("10.{nth}.0.1")).await;
    }
    assert_eq!(town.relay.mails().len(), 100);
    asks("d", "two.example", "10.200.0.1").await;
    assert_eq!(town.relay.mails().len(), 101, "another domain is heard");
    town.later(Duration::from_secs(3_601));
    asks("e", "one.example", "198.51.100.1").await;
    assert_eq!(town.relay.mails().len(), 102, "the next hour is a new one");
}

#[tokio::test]
async fn guesses_end_soon_and_good_links_stay_good() {
    let town = town().await;
    let asked = subscribes(&town, "email=ann@example.net").await.expect("a question");
    let guesser = [("x-forwarded-for", "198.51.100.7")];
    let mut codes = Vec::new();
    for nth in 0..22 {
        let path = format!("/manage/aaaaaaaaaaaaaaaaaaaaaaaaaa{nth}");
        codes.push(town.posts_form_with(&path, "action=export", &guesser).await.0);
    }
    assert_eq!((codes[19], codes[20], codes[21]), (404, 429, 429), "{codes:?}");
    let confirm = link(&asked, "confirm");
    assert_eq!(town.posts_form_with(&confirm, "", &guesser).await.0, 429);
    let owner = [("x-forwarded-for", "192.0.2.9")];
    assert_eq!(town.posts_form_with(&confirm, "", &owner).await.0, 200);
    // Whatever a network has done, leaving works.
    let mails = notice(&town, 2).await;
    let leave = link(&mails[0], "unsubscribe");
    assert_eq!(
        town.posts_form_with(&leave, "List-Unsubscribe=One-Click", &guesser)
            .await
            .0,
        200
    );
    assert!(notice(&town, 3).await.is_empty());
}

#[tokio::test]
async fn another_site_cannot_fill_in_a_form_for_its_visitor() {
    let town = town().await;
    let asked = subscribes(&town, "email=ann@example.net").await.expect("a question");
    let confirm = link(&asked, "confirm");
    for stranger in [
        [("origin", "https://evil.example")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(
            town.posts_form_with(&confirm, "", &stranger).await.0,
            403,
            "{stranger:?}"
        );
    }
    assert!(notice(&town, 2).await.is_empty(), "nothing was confirmed");
    let own = [("sec-fetch-site", "same-origin"), ("origin", "null")];
    assert_eq!(town.posts_form_with(&confirm, "", &own).await.0, 200);
}
