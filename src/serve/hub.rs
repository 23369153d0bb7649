//! `POST /hub`: what is asked of our WebSub hub (W3C Recommendation, section 5.1) is kept, and answered 202. Whether it is meant,
//! and all that follows from it, is seen to elsewhere: nothing is asked or sent while somebody waits.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode, header::CONTENT_TYPE},
};

use super::{answer::plain, routes::House, store::in_time, topics};
use crate::{
    net::{guard::Reason, host_of},
    websub::{Intent, Mode},
};

/// Longest form, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// How many subscriptions there may be at one host, those that are asked for included.
const PER_HOST: usize = 100;

/// Takes a subscriber's wish.
pub(super) async fn ask(State(house): State<Arc<House>>, headers: HeaderMap, body: Body) -> Response<Body> {
    if !house.serve.hubs.is_empty() {
        return plain(StatusCode::NOT_FOUND, "these feeds name other hubs: ask one of them");
    }
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a hub is asked by a form: Content-Type: application/x-www-form-urlencoded",
        );
    }
    let read = tokio::time::timeout(house.serve.limits.body, axum::body::to_bytes(body, MAX_BODY));
    let form = match read.await {
        Ok(Ok(form)) => form,
        Ok(Err(_)) => return plain(StatusCode::PAYLOAD_TOO_LARGE, "the form is longer than 16 KiB"),
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "the form took too long"),
    };
    let intent = match Intent::read(&form, house.serve.clock.now(), host_of) {
        Ok(intent) => intent,
        Err(refusal) => return plain(StatusCode::BAD_REQUEST, refusal.0),
    };
    // A feed that there is no more can be left, and not be subscribed to.
    if intent.mode == Mode::Subscribe && topics::named(&house, &intent.topic).is_none() {
        return plain(
            StatusCode::NOT_FOUND,
            "hub.topic is no feed of this server, written as the feed itself writes its address (rel=self)",
        );
    }
    match house.serve.guard.check(&intent.callback) {
        Ok(_) => {}
        Err(Reason::Port) => {
            return plain(
                StatusCode::BAD_REQUEST,
                "hub.callback: its port is not 80, 443 or 8000 to 8999",
            );
        }
        Err(_) => {
            return plain(
                StatusCode::BAD_REQUEST,
                "hub.callback: its address is not on the public Internet",
            );
        }
    }
    match in_time(house.serve.store.ask_hub(&intent, PER_HOST)).await {
        Ok(true) => {
            house.serve.asked.ring();
            plain(StatusCode::ACCEPTED, "the callback will be asked whether it means it")
        }
        Ok(false) => plain(
            StatusCode::TOO_MANY_REQUESTS,
            "too much is asked for at this host, or at all of them",
        ),
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "not now, please try again"),
    }
}
