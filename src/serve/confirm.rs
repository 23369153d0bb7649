//! `/confirm/{token}`: the owner of an address says that a request was meant. Looking changes nothing; mail scanners look.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Extension, Path, State},
    http::{HeaderMap, Response, StatusCode, Uri},
};
use minijinja::{context, value::Serde};

use super::{
    choices, language::Spoken, peer::Peer, private::private, renderings::Missing, routes::House, store::in_time,
};
use crate::{
    store::{Kept, StoreError},
    subscription::{ReceiverId, Request, hash},
};

/// How often a confirmation is tried against others that change the same reader.
const TRIES: usize = 4;

/// Shows what is asked, and the button.
pub(super) async fn look(
    State(house): State<Arc<House>>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    if let Some(refusal) = house.refuses_guesses(peer, &uri, &headers) {
        return refusal;
    }
    let spoken = Spoken::of(uri.query(), &headers);
    match request(&house, &token).await {
        Ok(Some(request)) => {
            let about = context! {
                told => Serde(choices::told(&house, &request.wish, &request.zone, spoken.language)),
                email => request.address.as_str(),
            };
            private(house.pages.page(StatusCode::OK, "confirm.html", spoken, about))
        }
        Ok(None) => house.wrong_token(peer, &uri, &headers),
        Err(error) => private(house.missing(&Missing::from(error), &uri, &headers)),
    }
}

/// Takes the owner's word.
pub(super) async fn confirm(
    State(house): State<Arc<House>>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    if let Some(refusal) = house.refuses_form(peer, &uri, &headers) {
        return refusal;
    }
    let confirmed = match request(&house, &token).await {
        Ok(Some(request)) => keep(&house, request).await,
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    match confirmed {
        Ok(Some(manage)) => {
            let spoken = Spoken::of(uri.query(), &headers);
            private(
                house
                    .pages
                    .page(StatusCode::OK, "confirmed.html", spoken, context! { manage }),
            )
        }
        Ok(None) => house.wrong_token(peer, &uri, &headers),
        Err(error) => private(house.missing(&Missing::from(error), &uri, &headers)),
    }
}

/// Makes a reader of whoever asked: the token of their own page. `None` when the request is not there any more.
async fn keep(house: &House, request: Request) -> Result<Option<String>, StoreError> {
    let (store, tokens, now) = (&house.serve.store, &house.serve.tokens, house.serve.clock.now());
    let id = ReceiverId::mail(&request.address);
    for _ in 0..TRIES {
        let row = in_time(store.receiver(&id)).await?;
        let before = row.as_ref().map(|row| &row.receiver);
        let has_left = row.as_ref().is_some_and(|row| row.stopped.is_some());
        let kept = Kept {
            reader: request.confirmed(before, has_left),
            token_hash: hash(&tokens.unsubscribe(&id)),
            was: before.map(|before| before.edition),
            fulfils: Some(request.id.clone()),
            now,
        };
        let edition = kept.reader.edition;
        if in_time(store.keep_reader(&kept)).await? {
            return Ok(Some(tokens.manage(&id, edition)));
        }
    }
    Ok(None)
}

async fn request(house: &House, token: &str) -> Result<Option<Request>, StoreError> {
    let found = in_time(house.serve.store.request(&hash(token))).await?;
    Ok(found.filter(|request| request.is_open(house.serve.clock.now())))
}
