//! Unsubscribing by the link in a mail (RFC 8058). Looking at the page changes nothing; a POST does, at once, without
//! cookies, redirects or questions, and as often as it comes.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Extension, Path, State},
    http::{HeaderMap, Response, StatusCode, Uri},
};

use super::{language::Spoken, peer::Peer, private::private, renderings::Missing, routes::House, store::in_time};
use crate::{
    store::{Kept, ReceiverRow},
    subscription::{Wish, hash},
};

/// Longest body, in bytes. What it says does not matter; it is read so that the sender gets an answer.
const MAX_BODY: usize = 16 * 1024;

/// Why nothing is sent any more, as admins read it.
const WHY: &str = "unsubscribed by the link in a mail";

/// How often leaving is tried against others that change the same reader.
const TRIES: usize = 4;

/// What the link in a mail ended.
enum Left {
    /// All that was sent.
    All,
    /// What that mail came from; there is something else.
    Some,
    /// Nobody has this link.
    Unknown,
}

/// Shows the button.
pub(super) async fn ask(
    State(house): State<Arc<House>>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let answer = match receiver(&house, &token).await {
        Ok(Some(row)) if row.stopped.is_none() => house.pages.unsubscribe(Spoken::of(uri.query(), &headers)),
        Ok(Some(_)) => house.word(StatusCode::OK, "unsubscribed", &uri, &headers),
        Ok(None) => return house.wrong_token(peer, &uri, &headers),
        Err(failure) => house.missing(&failure, &uri, &headers),
    };
    private(answer)
}

/// Unsubscribes.
pub(super) async fn stop(
    State(house): State<Arc<House>>,
    Extension(peer): Extension<Peer>,
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
        Ok(Left::All) => house.word(StatusCode::OK, "unsubscribed", &uri, &headers),
        Ok(Left::Some) => house.word(StatusCode::OK, "left", &uri, &headers),
        Ok(Left::Unknown) => return house.wrong_token(peer, &uri, &headers),
        Err(failure) => house.missing(&failure, &uri, &headers),
    };
    private(answer)
}

/// What a token names: a receiver, and which of its subscriptions; all of them where it names none.
fn named(token: &str) -> Option<(&str, Vec<u32>)> {
    let mut parts = token.split('-');
    let receiver = parts.next().unwrap_or_default();
    let numbers = parts.map(str::parse).collect::<Result<Vec<u32>, _>>().ok()?;
    let plausible = (16..=128).contains(&receiver.len())
        && receiver.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && numbers.len() <= Wish::MOST;
    plausible.then_some((receiver, numbers))
}

async fn stopped(house: &House, token: &str) -> Result<Left, Missing> {
    for _ in 0..TRIES {
        let (Some(row), Some((_, numbers))) = (receiver(house, token).await?, named(token)) else {
            return Ok(Left::Unknown);
        };
        let receiver = &row.receiver;
        let keeps_something = receiver.wishes.iter().any(|wish| !numbers.contains(&wish.number));
        if numbers.is_empty() || !keeps_something || row.stopped.is_some() {
            let now = house.serve.clock.now();
            let stop = house.serve.store.stop_receiver(&receiver.id, WHY, now);
            return Ok(if in_time(stop).await? { Left::All } else { Left::Unknown });
        }
        if !receiver.wishes.iter().any(|wish| numbers.contains(&wish.number)) {
            return Ok(Left::Some);
        }
        let mut reader = receiver.clone();
        reader.leave(&numbers);
        reader.edition += 1;
        let kept = Kept {
            token_hash: hash(&house.serve.tokens.unsubscribe(&reader.id)),
            was: Some(receiver.edition),
            reader,
            fulfils: None,
            now: house.serve.clock.now(),
        };
        if in_time(house.serve.store.keep_reader(&kept)).await? {
            return Ok(Left::Some);
        }
    }
    Err(Missing::Late)
}

async fn receiver(house: &House, token: &str) -> Result<Option<ReceiverRow>, Missing> {
    match named(token) {
        Some((token, _)) => Ok(in_time(house.serve.store.receiver_by_token(&hash(token))).await?),
        None => Ok(None),
    }
}
