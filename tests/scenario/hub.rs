//! Promises of our WebSub hub. The numbers are those of websub.rocks.

use std::time::Duration;

use url::form_urlencoded;

use crate::{
    support::subscriber::{Says, Subscriber},
    town::Town,
};

const HOUR: Duration = Duration::from_secs(3_600);

const TOPIC: &str = "https://notices.example.org/feeds/town.atom";

/// A town whose feeds have a subscriber.
struct Square {
    town: Town,
    subscriber: Subscriber,
    posted: u32,
}

impl Square {
    async fn open() -> Self {
        let town = Town::start().await;
        town.board_shows(["Water off | 2026.11.09 | /1"]);
        town.poll_and_send().await;
        Self {
            town,
            subscriber: Subscriber::start().await,
            posted: 0,
        }
    }

    /// What the hub answers to this form.
    async fn asks(&self, form: &[(&str, &str)]) -> (u16, String) {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let (status, body) = self.town.posts_form("/hub", &form).await;
        (status, String::from_utf8(body).expect("a text"))
    }

    /// Asks for `mode` at the callback `path`, with `more`; the status.
    async fn wants(&self, mode: &str, path: &str, more: &[(&str, &str)]) -> u16 {
        let callback = self.subscriber.callback(path);
        let whole = [("hub.mode", mode), ("hub.topic", TOPIC), ("hub.callback", &callback)];
        self.asks(&[&whole, more].concat()).await.0
    }

    /// Subscribes, and lets the hub ask whether that is meant.
    async fn subscribes(&self, path: &str, more: &[(&str, &str)]) {
        assert_eq!(self.wants("subscribe", path, more).await, 202);
        self.town.send().await;
    }

    /// The board has one more notice, and what is owed is sent.
    async fn publishes(&mut self) {
        self.posted += 1;
        let row = format!(
            "News {} | 2026.11.{:02} | /n{}",
            self.posted,
            10 + self.posted,
            self.posted
        );
        self.town.board_shows([row.as_str(), "Water off | 2026.11.09 | /1"]);
        self.town.later(Duration::from_secs(900));
        self.town.poll_and_send().await;
    }

    async fn feed(&self) -> Vec<u8> {
        self.town.get("/feeds/town.atom").await
    }
}

#[tokio::test]
async fn the_feeds_name_the_hub_in_themselves_and_in_their_headers() {
    let square = Square::open().await;
    for format in ["atom", "rss", "json"] {
        let feed = square.town.get(&format!("/feeds/town.{format}")).await;
        assert!(
            String::from_utf8_lossy(&feed).contains("https://notices.example.org/hub"),
            "{format}"
        );
    }
    let searched = square.town.get("/feeds/town.atom?q=water").await;
    assert!(!String::from_utf8_lossy(&searched).contains("/hub"));
}

/// 100: a typical subscriber.
#[tokio::test]
async fn a_subscriber_that_means_it_is_told_the_very_bytes_of_the_feed() {
    let mut square = Square::open().await;
    assert_eq!(square.wants("subscribe", "/100", &[]).await, 202);
    assert_eq!(
        square.subscriber.questions("/100").len(),
        0,
        "nobody is asked while somebody waits"
    );
    square.town.send().await;
    let question = square.subscriber.questions("/100").remove(0);
    assert_eq!(question["hub.mode"], "subscribe");
    assert_eq!(question["hub.topic"], TOPIC);
    assert_eq!(question["hub.lease_seconds"], "864000");
    assert!(question["hub.challenge"].len() >= 32);
    assert_eq!(
        square.subscriber.pushes("/100").len(),
        0,
        "only what comes later is told"
    );

    square.publishes().await;
    let [push] = &square.subscriber.pushes("/100")[..] else {
        panic!("one push");
    };
    assert_eq!(push.body, square.feed().await);
    assert_eq!(push.header("content-type"), "application/atom+xml; charset=utf-8");
    assert_eq!(
        push.header("link"),
        format!("<https://notices.example.org/hub>; rel=\"hub\", <{TOPIC}>; rel=\"self\"")
    );
    assert_eq!(push.header("x-hub-signature"), "");
    square.town.send().await;
    assert_eq!(square.subscriber.pushes("/100").len(), 1);
}

/// 101: a subscriber with a secret.
#[tokio::test]
async fn what_a_subscriber_with_a_secret_is_told_is_signed() {
    let mut square = Square::open().await;
    let secret = "s".repeat(199);
    square.subscribes("/101", &[("hub.secret", &secret)]).await;
    square.publishes().await;
    assert!(square.subscriber.pushes("/101")[0].is_signed_with(&secret));
}

/// 102: a subscriber that says more than hubs know.
#[tokio::test]
async fn unknown_parameters_are_ignored_and_the_callback_keeps_its_own() {
    let mut square = Square::open().await;
    square
        .subscribes("/102?a=1&b=%20", &[("foo", "bar"), ("hub.foo", "hub.bar")])
        .await;
    let question = square.subscriber.questions("/102").remove(0);
    assert_eq!((question["a"].as_str(), question["b"].as_str()), ("1", " "));
    square.publishes().await;
    assert_eq!(square.subscriber.pushes("/102")[0].address, "/102?a=1&b=%20");
}

/// 103: a subscriber that asks again.
#[tokio::test]
async fn who_subscribes_again_is_told_once_and_signed_with_the_new_secret() {
    let mut square = Square::open().await;
    square.subscribes("/103", &[("hub.secret", "first")]).await;
    square.subscribes("/103", &[("hub.secret", "second")]).await;
    assert_eq!(square.subscriber.questions("/103").len(), 2);
    square.publishes().await;
    let [push] = &square.subscriber.pushes("/103")[..] else {
        panic!("one push");
    };
    assert!(push.is_signed_with("second"));
    square.subscriber.says("/103", Says::No);
    square.subscribes("/103", &[("hub.secret", "forged")]).await;
    square.publishes().await;
    assert!(
        square.subscriber.pushes("/103")[1].is_signed_with("second"),
        "what is not meant changes nothing"
    );
}

/// 104: a subscriber that leaves.
#[tokio::test]
async fn who_leaves_is_asked_whether_that_is_meant_and_told_no_more() {
    let mut square = Square::open().await;
    square.subscribes("/104", &[]).await;
    square.subscriber.says("/104", Says::No);
    assert_eq!(square.wants("unsubscribe", "/104", &[]).await, 202);
    square.town.send().await;
    square.publishes().await;
    assert_eq!(
        square.subscriber.pushes("/104").len(),
        1,
        "somebody else asked for that"
    );
    square.subscriber.says("/104", Says::Yes);
    assert_eq!(square.wants("unsubscribe", "/104", &[]).await, 202);
    square.town.send().await;
    let question = square.subscriber.questions("/104").pop().expect("a question");
    assert_eq!(question["hub.mode"], "unsubscribe");
    assert!(!question.contains_key("hub.lease_seconds"));
    square.publishes().await;
    assert_eq!(square.subscriber.pushes("/104").len(), 1);
}

#[tokio::test]
async fn a_feed_that_there_is_no_more_can_be_left() {
    let mut square = Square::open().await;
    square.subscribes("/left", &[]).await;
    square.town = square.town.reconfigured("id = \"town\"", "id = \"other\"").await;
    assert_eq!(square.wants("unsubscribe", "/left", &[]).await, 202);
    square.town.send().await;
    let asked = square.subscriber.questions("/left");
    assert_eq!(
        asked.last().map(|question| question["hub.mode"].as_str()),
        Some("unsubscribe")
    );
    assert_eq!(square.wants("subscribe", "/left", &[]).await, 404);
}

/// 105: plain text and JSON are told as what they are.
#[tokio::test]
async fn who_subscribed_before_the_source_had_another_name_is_told_on() {
    let mut square = Square::open().await;
    square.subscribes("/renamed", &[]).await;
    let renamed = "id = \"city\"\naliases = [\"town\"]";
    square.town = square.town.reconfigured("id = \"town\"", renamed).await;
    let published = async |square: &Square, row: &str| {
        square.town.board_shows([row, "Water off | 2026.11.09 | /1"]);
        square.town.later(Duration::from_secs(900));
        square.town.poll_board("city").await;
        square.town.send().await;
        let pushed = square.subscriber.pushes("/renamed").pop().expect("a push");
        assert_eq!(pushed.body, square.town.get("/feeds/city.atom").await);
        assert!(String::from_utf8_lossy(&pushed.body).contains(row.split(' ').next().expect("a word")));
    };
    published(&square, "Roadworks | 2026.11.10 | /2").await;
    // The old name is not in the configuration any more.
    square.town = square.town.reconfigured(renamed, "id = \"city\"").await;
    published(&square, "Elections | 2026.11.11 | /3").await;
    assert_eq!(square.town.ask("GET", "/feeds/town.atom").await.0, 301);
    let found = square.town.get("/search?q=source%3Atown").await;
    assert!(String::from_utf8_lossy(&found).contains("Elections"));
    // Who asks again, or leaves, says what was said first.
    square.subscribes("/renamed", &[]).await;
    assert_eq!(square.wants("unsubscribe", "/renamed", &[]).await, 202);
    square.town.send().await;
    let told = square.subscriber.pushes("/renamed").len();
    square.town.board_shows(["Library | 2026.11.12 | /4"]);
    square.town.later(Duration::from_secs(900));
    square.town.poll_board("city").await;
    square.town.send().await;
    assert_eq!(square.subscriber.pushes("/renamed").len(), told);
}

#[tokio::test]
async fn each_format_is_a_topic_of_its_own_and_so_are_all_feeds_together() {
    let mut square = Square::open().await;
    for (topic, kind) in [
        ("town.rss", "application/rss+xml; charset=utf-8"),
        ("town.json", "application/feed+json; charset=utf-8"),
        ("all.atom", "application/atom+xml; charset=utf-8"),
    ] {
        let path = format!("/{topic}");
        let callback = square.subscriber.callback(&path);
        let topic = format!("https://notices.example.org/feeds/{topic}");
        let form = [
            ("hub.mode", "subscribe"),
            ("hub.topic", &topic),
            ("hub.callback", &callback),
        ];
        assert_eq!(square.asks(&form).await.0, 202, "{topic}");
        square.town.send().await;
        square.publishes().await;
        let push = square.subscriber.pushes(&path).remove(0);
        assert_eq!(push.header("content-type"), kind);
        assert_eq!(push.body, square.town.get(&format!("/feeds{path}")).await);
    }
}

#[tokio::test]
async fn what_can_t_be_asked_is_refused_with_a_word() {
    let square = Square::open().await;
    let callback = square.subscriber.callback("/x");
    let whole = [
        ("hub.mode", "subscribe"),
        ("hub.topic", TOPIC),
        ("hub.callback", callback.as_str()),
    ];
    let with =
        |name: &'static str, value: &'static str| whole.map(|pair| if pair.0 == name { (name, value) } else { pair });
    let long = "s".repeat(200);
    for (form, status, word) in [
        (with("hub.mode", ""), 400, "hub.mode"),
        (with("hub.mode", "dance"), 400, "hub.mode"),
        (with("hub.topic", ""), 400, "hub.topic"),
        (
            with("hub.topic", "https://notices.example.org/feeds/nobody.atom"),
            404,
            "hub.topic",
        ),
        (
            with("hub.topic", "https://notices.example.org/feeds/town.atom?limit=3"),
            404,
            "hub.topic",
        ),
        (
            with("hub.topic", "https://elsewhere.example/feeds/town.atom"),
            404,
            "hub.topic",
        ),
        (with("hub.topic", "https://notices.example.org/"), 404, "hub.topic"),
        (with("hub.callback", ""), 400, "hub.callback"),
        (with("hub.callback", "file:///etc/passwd"), 400, "hub.callback"),
        (with("hub.callback", "http://10.0.0.1/"), 400, "hub.callback"),
        (
            with("hub.callback", "http://169.254.169.254/latest"),
            400,
            "hub.callback",
        ),
        (with("hub.callback", "http://8.8.8.8:22/"), 400, "hub.callback"),
    ] {
        let (answered, text) = square.asks(&form).await;
        assert_eq!(answered, status, "{form:?}: {text}");
        assert!(text.contains(word), "{text}");
    }
    let (answered, _) = square
        .asks(&[&whole[..], &[("hub.secret", long.as_str())]].concat())
        .await;
    assert_eq!(answered, 400);
    assert_eq!(square.town.ask("GET", "/hub").await.0, 405);
    square.town.send().await;
    assert_eq!(square.subscriber.questions("/x").len(), 0);
}

#[tokio::test]
async fn who_does_not_say_that_it_is_meant_is_told_nothing() {
    let mut square = Square::open().await;
    for (path, says) in [
        ("/no", Says::No),
        ("/nonsense", Says::Nonsense),
        ("/elsewhere-from", Says::Elsewhere),
        ("/not-now", Says::NotNow),
    ] {
        square.subscriber.says(path, says);
        square.subscribes(path, &[]).await;
    }
    square.publishes().await;
    for path in [
        "/no",
        "/nonsense",
        "/elsewhere-from",
        "/elsewhere",
        "/not-now",
        "/moved",
    ] {
        assert_eq!(square.subscriber.pushes(path).len(), 0, "{path}");
    }
    assert_eq!(
        square.subscriber.questions("/elsewhere").len(),
        0,
        "redirects are not followed"
    );
    assert_eq!(square.subscriber.questions("/no").len(), 1);
    assert!(square.subscriber.questions("/not-now").len() > 1, "it is asked again");
    square.subscriber.says("/not-now", Says::Yes);
    square.town.later(Duration::from_secs(61));
    square.town.send().await;
    square.publishes().await;
    assert_eq!(square.subscriber.pushes("/not-now").len(), 1);
}

#[tokio::test]
async fn nobody_can_turn_the_hub_on_somebody_else() {
    let square = Square::open().await;
    square.subscriber.says("/victim", Says::No);
    for _ in 0..30 {
        assert_eq!(square.wants("subscribe", "/victim", &[]).await, 202);
        square.town.send().await;
    }
    assert_eq!(square.subscriber.questions("/victim").len(), 4, "an hour");
    let mut asked = 4;
    for nth in 0..30 {
        let path = format!("/victim/{nth}");
        square.subscriber.says(&path, Says::No);
        square.wants("subscribe", &path, &[]).await;
        square.town.send().await;
        asked += square.subscriber.questions(&path).len();
    }
    assert_eq!(asked, 20, "of one host an hour");
    square.town.later(HOUR + Duration::from_secs(1));
    square.town.send().await;
    assert_eq!(
        square.subscriber.questions("/victim").len(),
        5,
        "what was put off comes later"
    );

    let mut answers = Vec::new();
    for nth in 0..110 {
        answers.push(square.wants("subscribe", &format!("/many/{nth}"), &[]).await);
    }
    assert_eq!(answers.last(), Some(&429));
    let taken = answers.iter().filter(|status| **status == 202).count();
    assert!((80..=100).contains(&taken), "{taken} at one host");
}

#[tokio::test]
async fn what_fails_is_tried_again_with_what_the_feed_says_then_and_410_ends_it() {
    let mut square = Square::open().await;
    square.subscribes("/rt", &[]).await;
    square.subscribes("/mv", &[]).await;
    square.subscribes("/gone", &[]).await;
    square.subscriber.answers("/rt", [500]);
    square.subscriber.answers("/mv", [307]);
    square.subscriber.answers("/gone", [410]);
    square.publishes().await;
    assert_eq!(
        square.subscriber.pushes("/moved").len(),
        0,
        "redirects are not followed"
    );
    square.town.later(Duration::from_secs(7));
    square.town.send().await;
    let pushes = square.subscriber.pushes("/rt");
    assert_eq!(pushes.len(), 2);
    assert_eq!(pushes[1].body, square.feed().await);
    square.publishes().await;
    assert_eq!(square.subscriber.pushes("/rt").len(), 3);
    assert_eq!(square.subscriber.pushes("/gone").len(), 1);
}

#[tokio::test]
async fn many_changes_while_a_subscriber_is_away_are_one_push() {
    let mut square = Square::open().await;
    square.subscribes("/rt", &[]).await;
    square.subscriber.answers("/rt", [503]);
    square.publishes().await;
    for _ in 0..3 {
        square.subscriber.answers("/rt", [503]);
        square.publishes().await;
    }
    square.town.later(HOUR);
    let before = square.subscriber.pushes("/rt").len();
    square.town.send().await;
    let pushes = square.subscriber.pushes("/rt");
    assert_eq!(pushes.len(), before + 1);
    assert_eq!(pushes[before].body, square.feed().await);
    square.town.later(HOUR);
    square.town.send().await;
    assert_eq!(
        square.subscriber.pushes("/rt").len(),
        before + 1,
        "nothing else is owed"
    );
}

#[tokio::test]
async fn a_change_is_rendered_once_however_many_are_told() {
    let mut square = Square::open().await;
    for nth in 0..12 {
        square.subscribes(&format!("/{nth}"), &[]).await;
    }
    let renderings = async |square: &Square| {
        let metrics = String::from_utf8(square.town.get("/metrics").await).expect("a text");
        let line = metrics
            .lines()
            .find(|line| line.starts_with("gazetted_renderings_total"));
        let count = line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        count.expect("a count")
    };
    let before = renderings(&square).await;
    square.publishes().await;
    // One host has so many pushes under way and no more.
    square.town.later(Duration::from_secs(2));
    square.town.send().await;
    assert_eq!(renderings(&square).await, before + 1);
    for nth in 0..12 {
        assert_eq!(square.subscriber.pushes(&format!("/{nth}")).len(), 1);
    }
}

#[tokio::test]
async fn a_callback_that_never_answers_harms_nobody() {
    let mut square = Square::open().await;
    let (slow, quick) = (Subscriber::start().await, square.subscriber.clone());
    square.subscriber = slow.clone();
    for nth in 0..3 {
        slow.says(&format!("/slow/{nth}"), Says::YesAndSleeps);
        square.subscribes(&format!("/slow/{nth}"), &[]).await;
    }
    square.subscriber = quick.clone();
    square.subscribes("/quick", &[]).await;
    let row = "News | 2026.11.20 | /n";
    square.town.board_shows([row, "Water off | 2026.11.09 | /1"]);
    square.town.poll().await;
    let begin = std::time::Instant::now();
    tokio::select! {
        () = square.town.send() => {}
        () = quick.sees(|quick| !quick.pushes("/quick").is_empty()) => {}
    }
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(quick.pushes("/quick").len(), 1);
}

#[tokio::test]
async fn a_lease_ends_and_what_is_owed_survives_a_power_cut() {
    let mut square = Square::open().await;
    square.subscribes("/short", &[("hub.lease_seconds", "60")]).await;
    assert_eq!(square.subscriber.questions("/short")[0]["hub.lease_seconds"], "3600");
    square.subscribes("/long", &[]).await;
    square.subscriber.answers("/long", [500]);
    square.publishes().await;
    assert_eq!(square.subscriber.pushes("/short").len(), 1);
    square.town = square.town.restart().await;
    square.town.later(HOUR);
    square.town.send().await;
    assert_eq!(square.subscriber.pushes("/long").len(), 2);
    square.publishes().await;
    assert_eq!(square.subscriber.pushes("/long").len(), 3);
    assert_eq!(square.subscriber.pushes("/short").len(), 1, "its lease has ended");
}

#[tokio::test]
async fn other_hubs_are_named_and_told_what_changed() {
    let mut square = Square::open().await;
    let other = square.subscriber.callback("/other");
    let line = "public_url = \"https://notices.example.org/\"";
    square.town = square
        .town
        .reconfigured(line, &format!("{line}\nhubs = [\"{other}\"]"))
        .await;
    let feed = String::from_utf8(square.feed().await).expect("a feed");
    assert!(
        feed.contains(&other) && !feed.contains("https://notices.example.org/hub"),
        "{feed}"
    );
    assert_eq!(square.wants("subscribe", "/x", &[]).await, 404);
    square.town.send().await;
    let before = square.subscriber.pushes("/other").len();
    square.subscriber.answers("/other", [500]);
    square.publishes().await;
    square.town.later(Duration::from_secs(7));
    square.town.send().await;
    let pings = square.subscriber.pushes("/other");
    assert_eq!(pings.len(), before + 2, "it is tried again");
    let form: Vec<(String, String)> = form_urlencoded::parse(&pings[before].body).into_owned().collect();
    assert_eq!(form[0], ("hub.mode".to_owned(), "publish".to_owned()));
    let topics: Vec<&str> = form[1..].iter().map(|(_, topic)| topic.as_str()).collect();
    assert!(
        topics.contains(&TOPIC) && topics.contains(&"https://notices.example.org/feeds/all.json"),
        "{topics:?}"
    );
    assert_eq!(pings[before].body, pings[before + 1].body);
    square.town.send().await;
    assert_eq!(square.subscriber.pushes("/other").len(), before + 2);
}
