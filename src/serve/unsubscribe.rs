//! Unsubscribing by the link in a mail (RFC 8058). Looking at the page changes nothing; a POST does, at once, without
//! cookies, redirects or questions, and as often as it comes.

use std::sync::Arc;

use aws_lc_rs::digest;
use axum::{
    body::Body,
    extract::{Path, State},
    http::{
        HeaderMap, HeaderValue, Response, StatusCode, Uri,
        header::{CACHE_CONTROL, REFERRER_POLICY},
    },
};

use super::{language::Spoken, renderings::Missing, routes::House, store::in_time};
use crate::store::ReceiverRow;

/// Longest body, in bytes. What it says does not matter; it is read so that the sender gets an answer.
const MAX_BODY: usize = 16 * 1024;

/// Shows the button.
pub(super) async fn ask(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let answer = match receiver(&house, &token).await {
        Ok(Some(row)) if row.stopped.is_none() => house.pages.unsubscribe(Spoken::of(uri.query(), &headers)),
        Ok(Some(_)) => house.word(StatusCode::OK, "unsubscribed", &uri, &headers),
        Ok(None) => house.missing(&Missing::Unknown, &uri, &headers),
        Err(failure) => house.missing(&failure, &uri, &headers),
    };
    private(answer)
}

/// Unsubscribes.
pub(super) async fn stop(
    State(house): State<Arc<House>>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let read = tokio::time::timeout(house.serve.limits.body, axum::body::to_bytes(body, MAX_BODY)).await;
    if !matches!(read, Ok(Ok(_))) {
        let code = if read.is_err() {
            StatusCode::REQUEST_TIMEOUT
        } else {
            StatusCode::PAYLOAD_TOO_LARGE
        };
        return private(house.word(code, "body", &uri, &headers));
    }
    let answer = match stopped(&house, &token).await {
        Ok(true) => house.word(StatusCode::OK, "unsubscribed", &uri, &headers),
        Ok(false) => house.missing(&Missing::Unknown, &uri, &headers),
        Err(failure) => house.missing(&failure, &uri, &headers),
    };
    private(answer)
}

async fn stopped(house: &House, token: &str) -> Result<bool, Missing> {
    let Some(row) = receiver(house, token).await? else {
        return Ok(false);
    };
    let now = house.serve.clock.now();
    let why = "unsubscribed by the link in a mail";
    Ok(in_time(house.serve.store.stop_receiver(&row.receiver.id, why, now)).await?)
}

async fn receiver(house: &House, token: &str) -> Result<Option<ReceiverRow>, Missing> {
    let plausible = (16..=128).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !plausible {
        return Ok(None);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    Ok(in_time(house.serve.store.receiver_by_token(&hash)).await?)
}

/// Keeps the token out of other sites' logs, caches and search engines.
fn private(mut answer: Response<Body>) -> Response<Body> {
    let headers = answer.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    answer
}
