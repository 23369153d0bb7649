//! Where hubs reach us as a subscriber: `GET /websub/{token}` asks whether a subscription is meant, `POST` pushes a feed.
//!
//! Nothing is read here but the signature. A push that was answered 2xx is in the store until a poll has read it. Programs talk
//! here, so answers are short and plain.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header::CONTENT_TYPE},
};
use tracing::{info, warn};
use url::form_urlencoded;

use super::{answer::plain, metrics::Pushed, routes::House, store::in_time};
use crate::{
    store::StoreError,
    websub::{Offer, Push, Upstream, signature},
};

/// So many pushes of one source may wait to be read; the hub tries the next one again.
const MOST_WAITING: usize = 16;

/// Longest challenge that is echoed, and longest `Content-Type` that is kept, in bytes.
const LONGEST: usize = 1_024;

/// How often a change is tried that somebody else came before.
const TRIES: usize = 3;

/// What a hub says in the address.
#[derive(Default)]
struct Said {
    mode: String,
    topic: String,
    challenge: String,
    reason: String,
    lease: Option<i64>,
}

impl Said {
    fn of(uri: &Uri) -> Self {
        let mut said = Self::default();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "hub.mode" => said.mode = value.into_owned(),
                "hub.topic" => said.topic = value.into_owned(),
                "hub.challenge" => said.challenge = value.into_owned(),
                "hub.reason" => said.reason = value.into_owned(),
                "hub.lease_seconds" => said.lease = value.parse().ok(),
                _ => {}
            }
        }
        said
    }
}

/// Verification of intent (WebSub §5.3), and denial (§5.2). The challenge is echoed only for what we asked for.
pub(super) async fn verify(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
    method: Method,
    uri: Uri,
) -> Response<Body> {
    let said = Said::of(&uri);
    let offer = match said.mode.as_str() {
        "subscribe" => Offer::Subscribe { lease: said.lease },
        "unsubscribe" => Offer::Unsubscribe,
        "denied" => return deny(&house, &token, &said).await,
        _ => return unknown(),
    };
    if method != Method::GET || said.challenge.is_empty() || said.challenge.len() > LONGEST {
        return unknown();
    }
    let confirm = |known: &Upstream| known.confirmed(offer, &said.topic, house.serve.clock.now());
    match changed(&house, &token, confirm).await {
        Ok(Some(upstream)) => {
            if offer == Offer::Unsubscribe {
                // Where that fails, the loop that asks hubs forgets it.
                let _ = in_time(house.serve.store.close_upstream(&token)).await;
            }
            info!(source = %upstream.source, hub = %upstream.hub.url, mode = said.mode, "a hub asked whether this is meant, and it is");
            let mut answer = Response::new(Body::from(said.challenge));
            let kind = HeaderValue::from_static("text/plain; charset=utf-8");
            answer.headers_mut().insert(CONTENT_TYPE, kind);
            answer
        }
        Ok(None) => unknown(),
        Err(_) => later(),
    }
}

async fn deny(house: &House, token: &str, said: &Said) -> Response<Body> {
    let now = house.serve.clock.now();
    let deny = |known: &Upstream| (said.topic == known.hub.topic.as_str()).then(|| known.denied(&said.reason, now));
    match changed(house, token, deny).await {
        Ok(Some(upstream)) => {
            warn!(source = %upstream.source, hub = %upstream.hub.url, why = upstream.why, "a hub pushes no more, so the source is polled");
            hasten(house, &upstream).await;
            plain(StatusCode::OK, "noted")
        }
        Ok(None) => unknown(),
        Err(_) => later(),
    }
}

/// Takes what a hub pushes (WebSub §7). A wrong signature is answered like a right one, and dropped (§8).
pub(super) async fn take(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let upstream = match found(&house, &token).await {
        Ok(Some(upstream)) => upstream,
        Ok(None) => {
            house.serve.metrics.pushed(Pushed::Unknown);
            return plain(StatusCode::GONE, "nobody subscribes here");
        }
        Err(_) => return later(),
    };
    let Some(source) = house.source(&upstream.source) else {
        return plain(StatusCode::GONE, "nobody subscribes here");
    };
    let Ok(_place) = house.pushes.try_acquire() else {
        return later();
    };
    let read = tokio::time::timeout(house.serve.limits.body, axum::body::to_bytes(body, source.max_body));
    let body = match read.await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            house.serve.metrics.pushed(Pushed::TooLarge);
            hasten(&house, &upstream).await;
            return plain(StatusCode::PAYLOAD_TOO_LARGE, "this is larger than is read");
        }
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "this took too long"),
    };
    let signatures = headers.get_all("x-hub-signature").iter();
    let signatures = signatures.filter_map(|value| value.to_str().ok());
    if !signature::is_right(signatures, &upstream.secret, &body) {
        house.serve.metrics.pushed(Pushed::WrongSignature);
        warn!(source = %upstream.source, hub = %upstream.hub.url, "a push was not signed as it should be, and is dropped");
        return plain(StatusCode::ACCEPTED, "thank you");
    }
    match keep(&house, &upstream, &headers, body).await {
        Ok(true) => {
            house.serve.metrics.pushed(Pushed::Taken);
            house.serve.pushed.ring();
            plain(StatusCode::ACCEPTED, "thank you")
        }
        Ok(false) => later(),
        Err(_) => later(),
    }
}

async fn keep(house: &House, upstream: &Upstream, headers: &HeaderMap, body: Bytes) -> Result<bool, StoreError> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let push = Push {
        seq: 0,
        content_type: content_type.filter(|kind| kind.len() <= LONGEST).map(str::to_owned),
        body: body.into(),
        at: house.serve.clock.now(),
    };
    in_time(house.serve.store.push(&upstream.source, &push, MOST_WAITING)).await
}

/// The subscription after `change`, or `None` when there is nothing that may be changed so.
async fn changed(
    house: &House,
    token: &str,
    change: impl Fn(&Upstream) -> Option<Upstream>,
) -> Result<Option<Upstream>, StoreError> {
    for _ in 0..TRIES {
        let Some(next) = found(house, token).await?.as_ref().and_then(&change) else {
            return Ok(None);
        };
        if in_time(house.serve.store.change_upstream(&next)).await? {
            return Ok(Some(next));
        }
    }
    Err(StoreError::LeaseLost)
}

async fn found(house: &House, token: &str) -> Result<Option<Upstream>, StoreError> {
    let plausible = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    match plausible {
        true => in_time(house.serve.store.upstream(token)).await,
        false => Ok(None),
    }
}

/// Makes the source due: its hub can't be relied on. Where that fails, it is asked when it is due anyway.
async fn hasten(house: &House, upstream: &Upstream) {
    let now = house.serve.clock.now();
    let due = [(upstream.source.clone(), now)];
    let _ = in_time(house.serve.store.enrol_sources(&due, now)).await;
}

fn unknown() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "nobody asked for that")
}

fn later() -> Response<Body> {
    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, "not now, please try again");
    answer
        .headers_mut()
        .insert("retry-after", HeaderValue::from_static("30"));
    answer
}
