//! A subscriber of our hub on loopback: each path is a callback of its own, and does what it is told.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aws_lc_rs::hmac;
use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, sync::watch};

/// What a callback answers to the question whether it is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Says {
    /// The challenge.
    #[default]
    Yes,
    /// 404.
    No,
    /// 200, and something else than the challenge.
    Nonsense,
    /// That it is elsewhere.
    Elsewhere,
    /// 503.
    NotNow,
    /// The challenge; pushes are never answered.
    YesAndSleeps,
}

/// A push as it came.
#[derive(Clone, Debug)]
pub struct Pushed {
    pub address: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Pushed {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// Whether it is signed with `secret` by SHA-256.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let hex: String = hmac::sign(&key, &self.body)
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.header("x-hub-signature") == format!("sha256={hex}")
    }
}

/// The subscriber.
#[derive(Clone)]
pub struct Subscriber {
    pub address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
    called: watch::Sender<usize>,
}

#[derive(Default)]
struct Desk {
    says: HashMap<String, Says>,
    answers: HashMap<String, VecDeque<u16>>,
    questions: Vec<(String, HashMap<String, String>)>,
    pushes: Vec<Pushed>,
}

impl Subscriber {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let subscriber = Self {
            address: listener.local_addr().expect("an address"),
            desk: Arc::default(),
            called: watch::Sender::new(0),
        };
        let router = Router::new().fallback(called).with_state(subscriber.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        subscriber
    }

    pub fn callback(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What the callback at `path` says from now on.
    pub fn says(&self, path: &str, says: Says) {
        self.desk.lock().expect("a lock").says.insert(path.to_owned(), says);
    }

    /// What it answers to the next pushes; 204 after them.
    pub fn answers(&self, path: &str, statuses: impl IntoIterator<Item = u16>) {
        let mut desk = self.desk.lock().expect("a lock");
        desk.answers.entry(path.to_owned()).or_default().extend(statuses);
    }

    /// What the callback at `path` was asked.
    pub fn questions(&self, path: &str) -> Vec<HashMap<String, String>> {
        let desk = self.desk.lock().expect("a lock");
        let at = desk.questions.iter().filter(|(asked, _)| asked == path);
        at.map(|(_, question)| question.clone()).collect()
    }

    /// Returns once `is_so`, looking at each call.
    pub async fn sees(&self, is_so: impl Fn(&Self) -> bool) {
        let mut called = self.called.subscribe();
        let seen = async {
            while !is_so(self) {
                called.changed().await.expect("a subscriber");
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), seen)
            .await
            .expect("it comes to be so");
    }

    /// What was pushed to the callback at `path`.
    pub fn pushes(&self, path: &str) -> Vec<Pushed> {
        let desk = self.desk.lock().expect("a lock");
        let at = desk
            .pushes
            .iter()
            .filter(|push| push.address.split('?').next() == Some(path));
        at.cloned().collect()
    }
}

async fn called(
    State(subscriber): State<Subscriber>,
    method: Method,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (answer, sleeps) = answer(&subscriber, method, &uri, query, headers, &body);
    subscriber.called.send_modify(|called| *called += 1);
    if sleeps {
        std::future::pending::<()>().await;
    }
    answer
}

/// The answer, and whether it never comes.
fn answer(
    subscriber: &Subscriber,
    method: Method,
    uri: &Uri,
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: &[u8],
) -> (Response, bool) {
    let path = uri.path().to_owned();
    let mut desk = subscriber.desk.lock().expect("a lock");
    if method == Method::POST {
        let status = desk.answers.get_mut(&path).and_then(VecDeque::pop_front).unwrap_or(204);
        desk.pushes.push(Pushed {
            address: uri.to_string(),
            headers,
            body: body.to_vec(),
        });
        let status = StatusCode::from_u16(status).expect("a status");
        let sleeps = desk.says.get(&path) == Some(&Says::YesAndSleeps);
        return ((status, [("location", "/moved")]).into_response(), sleeps);
    }
    let challenge = query.get("hub.challenge").cloned().unwrap_or_default();
    let says = desk.says.get(&path).copied().unwrap_or_default();
    desk.questions.push((path, query));
    let answer = match says {
        Says::Yes | Says::YesAndSleeps => challenge.into_response(),
        Says::No => StatusCode::NOT_FOUND.into_response(),
        Says::Nonsense => "something else".into_response(),
        Says::Elsewhere => (StatusCode::FOUND, [("location", "/elsewhere")]).into_response(),
        Says::NotNow => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    (answer, false)
}
