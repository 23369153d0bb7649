//! A publisher with a feed, and the hub that the feed names, on loopback.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aws_lc_rs::hmac;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::watch};

/// The publisher and its hub.
#[derive(Clone)]
pub struct Hub {
    pub address: SocketAddr,
    state: Arc<Mutex<Desk>>,
    verified: watch::Sender<usize>,
}

#[derive(Default)]
struct Desk {
    entries: Vec<String>,
    names_no_hub: bool,
    also_says: &'static str,
    other: Option<&'static str>,
    polls: usize,
    answers: VecDeque<u16>,
    questions: Vec<HashMap<String, String>>,
    lease: Option<u32>,
    silent: bool,
}

impl Hub {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let hub = Self {
            address: listener.local_addr().expect("an address"),
            state: Arc::default(),
            verified: watch::Sender::new(0),
        };
        let router = Router::new()
            .route("/feed.xml", get(feed))
            .route("/hub", post(asked))
            .with_state(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hub
    }

    /// The feed's own address.
    pub fn topic(&self) -> String {
        format!("http://{}/feed.xml", self.address)
    }

    /// The feed shows these titles, newest first.
    pub fn shows<const N: usize>(&self, titles: [&str; N]) {
        self.desk(|desk| desk.entries = titles.map(str::to_owned).into());
    }

    /// The feed names the hub at this address.
    pub fn is_at(&self, address: &'static str) {
        self.desk(|desk| desk.other = Some(address));
    }

    /// The feed says this of itself, too.
    pub fn also_says(&self, told: &'static str) {
        self.desk(|desk| desk.also_says = told);
    }

    /// The feed names a hub no more.
    pub fn is_named_no_more(&self) {
        self.desk(|desk| desk.names_no_hub = true);
    }

    /// The next answers to questions; 202 after them.
    pub fn answers(&self, statuses: impl IntoIterator<Item = u16>) {
        self.desk(|desk| desk.answers.extend(statuses));
    }

    /// Leases are so many seconds long.
    pub fn leases(&self, seconds: u32) {
        self.desk(|desk| desk.lease = Some(seconds));
    }

    /// The hub takes questions and verifies nothing.
    pub fn verifies_nothing(&self) {
        self.desk(|desk| desk.silent = true);
    }

    /// How often the feed was asked for.
    pub fn polls(&self) -> usize {
        self.desk(|desk| desk.polls)
    }

    /// What the hub was asked, by the modes.
    pub fn asked(&self) -> Vec<String> {
        self.desk(|desk| {
            desk.questions
                .iter()
                .map(|question| question["hub.mode"].clone())
                .collect()
        })
    }

    /// What it was asked last.
    pub fn question(&self) -> HashMap<String, String> {
        self.desk(|desk| desk.questions.last().cloned()).expect("a question")
    }

    /// Returns once so many questions were verified.
    pub async fn has_verified(&self, number: usize) {
        let mut verified = self.verified.subscribe();
        let done = verified.wait_for(|verified| *verified >= number);
        tokio::time::timeout(std::time::Duration::from_secs(20), done)
            .await
            .expect("a verification")
            .expect("a hub");
    }

    /// Asks the callback whether it means it; its answer.
    pub async fn verifies(&self, parameters: &[(&str, &str)]) -> (u16, Vec<u8>) {
        let (address, path) = callback(&self.question()["hub.callback"]);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        super::ask(address, "GET", &format!("{path}?{query}"), &[], Vec::new()).await
    }

    /// Pushes these titles, signed by SHA-256; the answer.
    pub async fn pushes<const N: usize>(&self, titles: [&str; N]) -> u16 {
        let entries = titles.map(str::to_owned);
        let body = document(self.address, &entries, true);
        let signature = self.signs(&body);
        self.posts(body.into_bytes(), &signature).await
    }

    /// The signature of `body`.
    pub fn signs(&self, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.question()["hub.secret"].as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256={hex}")
    }

    /// Posts to the callback; the answer.
    pub async fn posts(&self, body: Vec<u8>, signature: &str) -> u16 {
        let (address, path) = callback(&self.question()["hub.callback"]);
        let headers = [("content-type", "application/rss+xml"), ("x-hub-signature", signature)];
        super::ask(address, "POST", &path, &headers, body).await.0
    }

    fn desk<T>(&self, work: impl FnOnce(&mut Desk) -> T) -> T {
        work(&mut self.state.lock().expect("a lock"))
    }
}

fn callback(url: &str) -> (SocketAddr, String) {
    let url = url::Url::parse(url).expect("an address");
    let address = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
    (address.parse().expect("an address"), url.path().to_owned())
}

fn document(address: SocketAddr, entries: &[String], names_hub: bool) -> String {
    let items: String = entries
        .iter()
        .map(|title| {
            let slug = title.replace(' ', "-");
            format!("<item><title>{title}</title><guid isPermaLink=\"false\">{slug}</guid><link>http://{address}/n/{slug}</link></item>")
        })
        .collect();
    let hub = if names_hub {
        format!("<atom:link rel=\"hub\" href=\"http://{address}/hub\"/>")
    } else {
        String::new()
    };
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>Town</title>\
         <link>http://{address}/</link><description>News</description>\
         <atom:link rel=\"self\" href=\"http://{address}/feed.xml\"/>{hub}{items}</channel></rss>"
    )
}

async fn feed(State(hub): State<Hub>) -> Response {
    let body = hub.desk(|desk| {
        desk.polls += 1;
        let document = document(hub.address, &desk.entries, !desk.names_no_hub);
        let own = format!("http://{}/hub", hub.address);
        let document = document.replace(&own, desk.other.unwrap_or(&own));
        document.replace("<description>", &format!("{}<description>", desk.also_says))
    });
    ([("content-type", "application/rss+xml")], body).into_response()
}

async fn asked(State(hub): State<Hub>, body: Bytes) -> StatusCode {
    let question: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (answer, verifies) = hub.desk(|desk| {
        desk.questions.push(question.clone());
        (desk.answers.pop_front().unwrap_or(202), !desk.silent)
    });
    if answer == 202 && verifies {
        tokio::spawn(async move {
            let lease = hub.desk(|desk| desk.lease).map(|seconds| seconds.to_string());
            let lease = lease.unwrap_or_else(|| question.get("hub.lease_seconds").cloned().unwrap_or_default());
            let parameters = [
                ("hub.mode", question["hub.mode"].as_str()),
                ("hub.topic", &question["hub.topic"]),
                ("hub.challenge", "a challenge & more"),
                ("hub.lease_seconds", &lease),
            ];
            let (status, echo) = hub.verifies(&parameters).await;
            assert_eq!((status, echo.as_slice()), (200, "a challenge & more".as_bytes()));
            hub.verified.send_modify(|verified| *verified += 1);
        });
    }
    StatusCode::from_u16(answer).expect("a status")
}
