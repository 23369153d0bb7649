//! What a hub pushed is read as if it had been polled, except for what it does not show: a push may hold the new entries alone.
//!
//! A push that can't be read makes the source be asked at once; its hub is relied on while pushes arrive and polls find nothing
//! that they should have told.

use tracing::{debug, info};

use super::{
    Outcome, Turn,
    once::{Came, learn, read},
};
use crate::{
    fetch::Fetcher,
    source::Page,
    store::{Store, StoreError},
};

/// What the push taught; `None` when the source is to be asked.
///
/// # Errors
///
/// [`StoreError`]
pub(super) async fn take(turn: &Turn<'_>, fetcher: &Fetcher, store: &dyn Store) -> Result<Option<Outcome>, StoreError> {
    let Some(push) = turn.push.clone() else { return Ok(None) };
    // What was never read before, or is read otherwise from now on, must be seen whole first.
    let is_known = !turn.is_baseline() && turn.is_read_as_before();
    if !is_known || push.body.is_empty() {
        return Ok(None);
    }
    let page = Page {
        url: turn.address().clone(),
        content_type: push.content_type.clone(),
        content_language: None,
        links: Vec::new(),
        body: push.body.clone(),
        validators: Default::default(),
        fresh_for: None,
        moved: None,
        at: push.at,
    };
    let shown = match read(turn.source(), page).await {
        Ok(shown) => shown,
        Err(unreadable) => {
            info!(source = %turn.source().id, "what its hub pushed can't be read, so it is asked: {unreadable}");
            return Ok(None);
        }
    };
    let visit = fetcher.visit(&turn.watched.manner);
    let outcome = learn(turn.clone(), shown, Came::Pushed, &visit.fetcher(), store).await?;
    // What contradicts all that is known is asked for.
    Ok((!matches!(outcome, Outcome::Missed { .. })).then_some(outcome))
}

/// From now on the hub of the source is relied on to tell of its news: it did.
///
/// # Errors
///
/// [`StoreError`]
pub(super) async fn trust(turn: &mut Turn<'_>, store: &dyn Store) -> Result<(), StoreError> {
    prove(turn, true, store).await
}

/// From now on it is not relied on: a poll found what it did not tell.
///
/// # Errors
///
/// [`StoreError`]
pub(super) async fn doubt(turn: &mut Turn<'_>, store: &dyn Store) -> Result<(), StoreError> {
    prove(turn, false, store).await
}

async fn prove(turn: &mut Turn<'_>, proven: bool, store: &dyn Store) -> Result<(), StoreError> {
    let Some(upstream) = turn.upstream.as_mut().filter(|upstream| upstream.proven != proven) else {
        return Ok(());
    };
    upstream.proven = proven;
    // Who changed it meanwhile heard from the hub; the next push or poll tells again.
    if !store.change_upstream(upstream).await? {
        debug!(source = %upstream.source, "its subscription changed meanwhile");
    }
    Ok(())
}
