//! A webhook receiver on loopback that checks signatures with another implementation and answers by plan.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use tokio::net::TcpListener;

/// The secret of every webhook here.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A post as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub id: String,
    pub body: Vec<u8>,
    pub answered: u16,
}

impl Post {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// The receiver.
#[derive(Clone)]
pub struct Hooks {
    pub address: SocketAddr,
    state: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    answers: VecDeque<u16>,
    retry_after: Option<u32>,
    posts: Vec<Post>,
}

impl Hooks {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let hooks = Self {
            address: listener.local_addr().expect("an address"),
            state: Arc::default(),
        };
        let router = Router::new().route("/hook", post(receive)).with_state(hooks.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hooks
    }

    /// The next answers; 200 after them.
    pub fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.state.lock().expect("a lock").answers.extend(statuses);
    }

    /// Every answer asks for so many seconds of rest.
    pub fn asks_for_rest(&self, seconds: u32) {
        self.state.lock().expect("a lock").retry_after = Some(seconds);
    }

    /// What came, in order.
    pub fn posts(&self) -> Vec<Post> {
        self.state.lock().expect("a lock").posts.clone()
    }
}

async fn receive(State(hooks): State<Hooks>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_signed(&headers, &body) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut plan = hooks.state.lock().expect("a lock");
    let answered = plan.answers.pop_front().unwrap_or(200);
    let id = headers
        .get("webhook-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    plan.posts.push(Post {
        id,
        body: body.to_vec(),
        answered,
    });
    let status = StatusCode::from_u16(answered).expect("a status");
    match plan.retry_after {
        Some(seconds) => (status, [("retry-after", seconds.to_string())]).into_response(),
        None => status.into_response(),
    }
}

/// Whether the signature is right for the timestamp beside it, which the test's clock made.
fn is_signed(headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(at)) = (header("webhook-id"), header("webhook-timestamp")) else {
        return false;
    };
    let Ok(at) = at.parse() else { return false };
    let verifier = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    verifier.sign(id, at, body).ok().as_deref() == header("webhook-signature")
}
