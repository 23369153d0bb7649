//! Promises about feeds that name a hub: news is pushed, and polls are there to be safe.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use gazetted::{
    app::App,
    config,
    ops::{Clock, Listen, Listener},
    poll::Outcome,
    serve,
    store::SourceState,
    websub::{Standing, Upstream},
};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::{self, hub::Hub};

const HOUR: Duration = Duration::from_secs(3_600);

/// A daemon that reads one feed, its clock moved by the test.
struct Office {
    app: App,
    hub: Hub,
    address: SocketAddr,
    clock: Arc<AtomicI64>,
    text: String,
    stop: CancellationToken,
    folder: TempDir,
}

fn configuration(folder: &Path, public: SocketAddr, topic: &str, source: &str) -> String {
    format!(
        "[server]\npublic_url = \"http://{public}/\"\n[store]\nurl = \"sqlite:{}/gazetted.db\"\n\
         [fetch]\nallow_networks = [\"127.0.0.0/8\"]\nper_host_interval = \"0s\"\n\
         [[source]]\nid = \"town\"\nurl = \"{topic}\"\nkind = \"feed\"\n{source}\n",
        folder.display()
    )
}

async fn listener(address: SocketAddr) -> Listener {
    Listener::open(&Listen::Tcp(address)).await.expect("a port")
}

impl Office {
    async fn start() -> Self {
        Self::with("").await
    }

    async fn with(source: &str) -> Self {
        let hub = Hub::start().await;
        hub.shows(["Water off", "Road closed"]);
        let folder = tempfile::tempdir().expect("a folder");
        let socket = listener(([127, 0, 0, 1], 0).into()).await;
        let address = socket.address().expect("an address");
        let text = configuration(folder.path(), address, &hub.topic(), source);
        let clock = Arc::new(AtomicI64::new(
            "2026-11-23T10:00:00+09:00"
                .parse::<Timestamp>()
                .expect("a time")
                .as_microsecond(),
        ));
        let (app, stop) = open(&text, &clock, socket).await;
        Self {
            app,
            hub,
            address,
            clock,
            text,
            stop,
            folder,
        }
    }

    /// As after a power cut, with this line of the configuration changed.
    async fn restart(self, line: &str, into: &str) -> Self {
        self.stop.cancel();
        drop(self.app);
        let text = self.text.replace(line, into);
        let socket = loop {
            // The server before lets go of its port when it has ended.
            match Listener::open(&Listen::Tcp(self.address)).await {
                Ok(socket) => break socket,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let (app, stop) = open(&text, &self.clock, socket).await;
        app.reclaim_leases().await.expect("a store");
        Self {
            app,
            stop,
            text,
            ..self
        }
    }

    /// Polls, subscribes, and waits until the hub has verified that.
    async fn subscribed() -> Self {
        let office = Self::start().await;
        office.poll().await;
        office.asks().await;
        office.hub.has_verified(1).await;
        office
    }

    async fn poll(&self) -> Outcome {
        let id = "town".parse().expect("an id");
        let polled = self.app.poller().poll_now(&id).await.expect("a store");
        polled.expect("a free source")
    }

    /// One round of the loop that asks hubs.
    async fn asks(&self) {
        self.app.subscriber().reconcile().await.expect("a store");
        self.app.subscriber().ask_due().await.expect("a store");
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.clock.load(Ordering::SeqCst)).expect("a time")
    }

    fn later(&self, time: Duration) {
        self.clock.fetch_add(time.as_micros() as i64, Ordering::SeqCst);
    }

    async fn state(&self) -> SourceState {
        self.app.store().source_states().await.expect("a store").remove(0)
    }

    async fn wait(&self) -> Duration {
        self.state().await.next_poll.duration_since(self.now()).unsigned_abs()
    }

    async fn upstreams(&self) -> Vec<Upstream> {
        self.app.store().upstreams(None).await.expect("a store")
    }

    async fn titles(&self) -> Vec<String> {
        let scope = gazetted::store::Scope::Source("town".parse().expect("an id"));
        let entries = self.app.store().newest(&scope, 100).await.expect("a store");
        entries.into_iter().map(|entry| entry.notice.title).collect()
    }
}

async fn open(text: &str, clock: &Arc<AtomicI64>, socket: Listener) -> (App, CancellationToken) {
    let config = config::parse(text, Path::new("office.toml")).unwrap_or_else(|problems| panic!("{problems}"));
    let shown = Arc::clone(clock);
    let clock = Clock::shows(move || Timestamp::from_microsecond(shown.load(Ordering::SeqCst)).expect("a time"));
    let app = App::open(config, clock).await.expect("a daemon");
    let stop = CancellationToken::new();
    tokio::spawn(serve::run(socket, app.server(), stop.clone()));
    (app, stop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_hub_pushes_is_in_the_feed_within_a_second() {
    let hub = Hub::start().await;
    hub.shows(["Water off", "Road closed"]);
    let folder = tempfile::tempdir().expect("a folder");
    let socket = listener(([127, 0, 0, 1], 0).into()).await;
    let address = socket.address().expect("an address");
    let text = configuration(folder.path(), address, &hub.topic(), "");
    let config = config::parse(&text, Path::new("office.toml")).unwrap_or_else(|problems| panic!("{problems}"));
    let app = App::open(config, Clock::system()).await.expect("a daemon");
    let stop = CancellationToken::new();
    let daemon = tokio::spawn(app.run(socket, stop.clone()));
    hub.has_verified(1).await;
    let mut slowest = Duration::ZERO;
    for (nth, title) in ["Library closed", "Market moved", "Bridge open"]
        .into_iter()
        .enumerate()
    {
        let begin = Instant::now();
        assert_eq!(hub.pushes([title]).await, 202);
        loop {
            let feed = support::get(address, "/feeds/town.json").await;
            if String::from_utf8_lossy(&feed).contains(title) {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "push {nth} never shows");
            tokio::task::yield_now().await;
        }
        slowest = slowest.max(begin.elapsed());
    }
    println!("from the push to the feed: {slowest:?} at most");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    assert_eq!(hub.polls(), 1, "nobody needed to ask");
    stop.cancel();
    daemon.await.expect("a daemon").expect("an orderly end");
}

#[tokio::test]
async fn a_hub_is_asked_with_a_secret_and_a_callback_that_nobody_can_guess() {
    let office = Office::subscribed().await;
    let question = office.hub.question();
    assert_eq!(question["hub.mode"], "subscribe");
    assert_eq!(question["hub.topic"], office.hub.topic());
    assert!((32..200).contains(&question["hub.secret"].len()));
    let (_, token) = question["hub.callback"].rsplit_once("/websub/").expect("a callback");
    assert_eq!(token.len(), 32);
    let [upstream] = &office.upstreams().await[..] else {
        panic!("one subscription");
    };
    assert_eq!(upstream.standing, Standing::Held);
    office.poll().await;
    office.asks().await;
    assert_eq!(office.hub.asked(), ["subscribe"], "once is enough");
}

#[tokio::test]
async fn only_what_we_asked_for_is_confirmed() {
    let office = Office::subscribed().await;
    let topic = office.hub.topic();
    let verify = async |mode: &str, topic: &str| {
        let parameters = [("hub.mode", mode), ("hub.topic", topic), ("hub.challenge", "c")];
        office.hub.verifies(&parameters).await.0
    };
    assert_eq!(verify("subscribe", "http://other.example/").await, 404);
    assert_eq!(verify("unsubscribe", &topic).await, 404);
    assert_eq!(verify("dance", &topic).await, 404);
    assert_eq!(verify("subscribe", &topic).await, 200);
    let nobody = format!(
        "/websub/{}?hub.mode=subscribe&hub.topic={topic}&hub.challenge=c",
        "0".repeat(32)
    );
    let unknown = support::ask(office.address, "GET", &nobody, &[], Vec::new());
    assert_eq!(unknown.await.0, 404);
}

#[tokio::test]
async fn while_pushes_arrive_the_feed_is_asked_every_six_hours_and_no_later_than_the_lease_ends() {
    let office = Office::subscribed().await;
    office.poll().await;
    assert!(office.wait().await <= HOUR / 4, "no push has arrived yet");
    assert_eq!(office.hub.pushes(["Library closed"]).await, 202);
    assert_eq!(office.wait().await, Duration::ZERO, "a push is read at once");
    office.poll().await;
    assert_eq!(office.titles().await[0], "Library closed");
    assert!((5 * HOUR..=6 * HOUR).contains(&office.wait().await));
    let polls = office.hub.polls();
    office.later(6 * HOUR);
    office.hub.shows(["Library closed", "Water off", "Road closed"]);
    office.poll().await;
    assert_eq!(office.hub.polls(), polls + 1, "a poll, to be safe");
    assert!(office.wait().await > 5 * HOUR, "it found what was known");

    office.later(9 * 24 * HOUR + 12 * HOUR);
    office.poll().await;
    assert!(office.wait().await <= 6 * HOUR, "the lease ends then");
}

#[tokio::test]
async fn a_hub_that_keeps_news_to_itself_is_not_relied_on() {
    let office = Office::subscribed().await;
    office.hub.pushes(["Library closed"]).await;
    office.poll().await;
    office.later(6 * HOUR);
    office
        .hub
        .shows(["Bridge open", "Library closed", "Water off", "Road closed"]);
    office.poll().await;
    assert_eq!(office.titles().await[0], "Bridge open");
    assert!(office.wait().await <= HOUR / 4);
    office.hub.pushes(["Market moved"]).await;
    office.poll().await;
    assert!(office.wait().await > 5 * HOUR, "it pushes again");
}

#[tokio::test]
async fn a_push_with_a_wrong_signature_is_answered_and_dropped() {
    let office = Office::subscribed().await;
    let body = b"<rss><channel><item><title>Forged</title><guid>f</guid></item></channel></rss>";
    for signature in ["sha256=00", "", "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709"] {
        assert_eq!(office.hub.posts(body.to_vec(), signature).await, 202);
    }
    assert_eq!(office.state().await.pushes, 0);
    office.poll().await;
    assert!(!office.titles().await.contains(&"Forged".to_owned()));
    let metrics = support::get(office.address, "/metrics").await;
    let metrics = String::from_utf8_lossy(&metrics).into_owned();
    assert!(
        metrics.contains("gazetted_pushes_total{outcome=\"wrong_signature\"} 3"),
        "{metrics}"
    );
    assert!(metrics.contains("gazetted_upstreams{state=\"held\"} 1"), "{metrics}");
}

#[tokio::test]
async fn a_push_that_is_too_large_is_refused_and_one_to_nobody_is_gone() {
    let office = Office::with("max_body = \"20 kB\"").await;
    office.poll().await;
    office.asks().await;
    office.hub.has_verified(1).await;
    assert_eq!(office.hub.posts(vec![b' '; 30_000], "sha256=00").await, 413);
    let nobody = format!("/websub/{}", "0".repeat(32));
    let gone = support::ask(office.address, "POST", &nobody, &[], b"<rss/>".to_vec());
    assert_eq!(gone.await.0, 410);
}

#[tokio::test]
async fn a_push_that_was_answered_survives_a_power_cut() {
    let office = Office::subscribed().await;
    assert_eq!(office.hub.pushes(["Library closed"]).await, 202);
    assert_eq!(office.hub.pushes(["Bridge open"]).await, 202);
    let office = office.restart("", "").await;
    let polls = office.hub.polls();
    office.poll().await;
    assert_eq!(office.wait().await, Duration::ZERO, "one more is to be read");
    office.poll().await;
    assert_eq!(office.hub.polls(), polls, "nothing was asked for");
    let mut titles = office.titles().await;
    titles.truncate(2);
    titles.sort();
    assert_eq!(titles, ["Bridge open", "Library closed"]);
    assert_eq!(office.state().await.pushes, 0);
}

#[tokio::test]
async fn a_push_that_says_nothing_makes_the_feed_be_asked() {
    let office = Office::subscribed().await;
    office.hub.shows(["Library closed", "Water off", "Road closed"]);
    for body in ["", "this is no feed"] {
        let (polls, signature) = (office.hub.polls(), office.hub.signs(body));
        assert_eq!(office.hub.posts(body.as_bytes().to_vec(), &signature).await, 202);
        office.poll().await;
        assert_eq!(office.hub.polls(), polls + 1);
        assert_eq!(office.state().await.pushes, 0);
    }
    assert_eq!(office.titles().await[0], "Library closed");
}

#[tokio::test]
async fn too_many_new_notices_are_held_when_they_are_pushed_as_well() {
    let office = Office::with("flood_limit = 2").await;
    office.poll().await;
    office.asks().await;
    office.hub.has_verified(1).await;
    assert_eq!(office.hub.pushes(["One", "Two", "Three"]).await, 202);
    office.poll().await;
    assert_eq!(office.state().await.held, 3);
}

#[tokio::test]
async fn a_lease_is_renewed_before_it_ends_also_after_a_restart() {
    let office = Office::start().await;
    office.hub.leases(4_000);
    office.poll().await;
    office.asks().await;
    office.hub.has_verified(1).await;
    office.later(Duration::from_secs(2_900));
    office.asks().await;
    assert_eq!(office.hub.asked().len(), 1, "not yet");
    let office = office.restart("", "").await;
    office.later(Duration::from_secs(200));
    office.asks().await;
    office.hub.has_verified(2).await;
    assert_eq!(office.hub.asked(), ["subscribe"; 2]);
    let upstream = office.upstreams().await.remove(0);
    assert_eq!(upstream.until, Some(office.now() + Duration::from_secs(4_000)));
}

#[tokio::test]
async fn a_hub_that_fails_or_denies_is_asked_again_later_and_the_feed_is_polled() {
    let office = Office::start().await;
    office.hub.answers([500, 404]);
    office.poll().await;
    office.asks().await;
    let why = office.upstreams().await.remove(0).why;
    assert_eq!(why.as_deref(), Some("answered with status 500"));
    office.asks().await;
    assert_eq!(office.hub.asked().len(), 1, "not at once");
    office.later(Duration::from_secs(301));
    office.asks().await;
    office.later(Duration::from_secs(601));
    office.asks().await;
    office.hub.has_verified(1).await;
    office.hub.pushes(["Library closed"]).await;
    office.poll().await;
    assert!(office.wait().await > 5 * HOUR);

    let topic = office.hub.topic();
    let denied = [
        ("hub.mode", "denied"),
        ("hub.topic", &topic),
        ("hub.reason", "too much"),
    ];
    assert_eq!(office.hub.verifies(&denied).await.0, 200);
    assert_eq!(office.wait().await, Duration::ZERO, "it is polled again");
    office.poll().await;
    assert!(office.wait().await <= HOUR / 4);
    let upstream = office.upstreams().await.remove(0);
    assert_eq!(
        (upstream.standing, upstream.why.as_deref()),
        (Standing::Denied, Some("denied: too much"))
    );
    office.later(25 * HOUR);
    office.asks().await;
    office.hub.has_verified(2).await;
}

#[tokio::test]
async fn a_feed_that_names_its_hub_no_more_is_unsubscribed_from() {
    let office = Office::subscribed().await;
    office.hub.is_named_no_more();
    office.hub.shows(["Library closed", "Water off", "Road closed"]);
    office.poll().await;
    office.asks().await;
    office.hub.has_verified(2).await;
    assert_eq!(office.hub.asked(), ["subscribe", "unsubscribe"]);
    assert_eq!(office.upstreams().await, []);
    assert_eq!(office.hub.posts(b"<rss/>".to_vec(), "sha256=00").await, 410);
}

#[tokio::test]
async fn a_source_that_is_removed_or_must_not_be_pushed_is_unsubscribed_from() {
    for (line, into) in [
        ("id = \"town\"", "id = \"other\""),
        ("kind = \"feed\"", "kind = \"feed\"\npush = false"),
    ] {
        let office = Office::subscribed().await.restart(line, into).await;
        office.asks().await;
        office.hub.has_verified(2).await;
        assert_eq!(office.hub.asked(), ["subscribe", "unsubscribe"], "{into}");
        assert_eq!(office.upstreams().await, []);
    }
}

#[tokio::test]
async fn no_hub_is_asked_that_could_not_reach_us() {
    let office = Office::start().await;
    let (from, to) = (format!("http://{}/", office.address), "http://10.1.2.3/");
    let office = office
        .restart(&format!("public_url = \"{from}\""), &format!("public_url = \"{to}\""))
        .await;
    office.poll().await;
    office.asks().await;
    assert_eq!(office.hub.asked(), [""; 0]);
    assert!(office.state().await.hub.is_some(), "it is known, though");
}

#[tokio::test]
async fn a_feed_can_t_make_us_ask_a_hub_in_a_private_network() {
    for address in [
        "http://169.254.169.254/hub",
        "http://10.0.0.1/hub",
        "http://[::ffff:10.0.0.1]/hub",
    ] {
        let office = Office::start().await;
        office.hub.is_at(address);
        office.poll().await;
        office.asks().await;
        let why = office.upstreams().await.remove(0).why.expect("a refusal");
        assert!(why.contains("address"), "{why}");
    }
}

#[tokio::test]
async fn status_says_how_a_hub_stands_and_how_often_the_feed_is_asked() {
    let office = Office::start().await;
    // The command has the machine's clock.
    office.clock.store(Timestamp::now().as_microsecond(), Ordering::SeqCst);
    office.poll().await;
    office.asks().await;
    office.hub.has_verified(1).await;
    let status = async || {
        let file = office.folder.path().join("gazetted.toml");
        std::fs::write(&file, &office.text).expect("a file");
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_gazetted"));
        let output = command.args(["status", "--config"]).arg(&file).output().await;
        String::from_utf8(output.expect("a program").stdout).expect("a text")
    };
    let told = status().await;
    assert!(
        told.contains("too little is known of when it speaks; asked every"),
        "{told}"
    );
    assert!(told.contains("/hub has promised to push it (the lease ends"), "{told}");
    office.hub.pushes(["Library closed"]).await;
    office.poll().await;
    let told = status().await;
    assert!(
        told.contains("pushed by http://") && told.contains("asked every 6 hours to be safe"),
        "{told}"
    );
}

#[tokio::test]
async fn a_hub_that_verifies_nothing_changes_nothing() {
    let office = Office::start().await;
    office.hub.verifies_nothing();
    office.poll().await;
    office.asks().await;
    assert_eq!(office.upstreams().await[0].standing, Standing::Asked);
    office.poll().await;
    assert!(office.wait().await <= HOUR / 4);
}

#[tokio::test]
async fn a_feed_is_not_asked_more_often_than_it_wishes_nor_less_often_than_the_admin_does() {
    let often = "interval = \"4h\"\nmin_interval = \"5m\"\nmean_interval = \"10m\"\npush = false";
    let minutes = async |told: &'static str| {
        let office = Office::with(often).await;
        office.hub.also_says(told);
        let mut waits = Vec::new();
        // The second answer is byte for byte the first.
        for _ in 0..2 {
            office.poll().await;
            let wait = office.wait().await;
            waits.push(wait.as_secs() / 60);
            office.later(wait);
        }
        waits
    };
    assert!(minutes("").await.iter().all(|wait| *wait < 60), "nothing is wished");
    let apart = minutes("<ttl>120</ttl>").await;
    assert!(apart.iter().all(|wait| (120..130).contains(wait)), "{apart:?}");
    let silly = minutes("<ttl>99999999</ttl>").await;
    assert_eq!(silly, [240, 240], "interval is the bound");
    // It is one in the morning, UTC.
    let quiet = minutes("<skipHours><hour>1</hour><hour>2</hour></skipHours>").await;
    assert_eq!(quiet[0], 120, "{quiet:?}");
    assert!(quiet[1] < 60, "{quiet:?}");
    let never = minutes("<skipDays><day>Monday</day></skipDays>").await;
    assert_eq!(never, [240, 240], "interval is the bound");
}
