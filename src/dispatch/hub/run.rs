//! The hub's loop: verifies and owes, until told to stop. What is owed goes by the outbox.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{changes, verify};
use crate::{
    dispatch::Dispatch,
    ops::{Doorbell, Outage},
    store::StoreError,
};

/// How long the loop sleeps at most.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// Changes that come within this time are distributed together: a busy poll is one push.
const GATHER: Duration = Duration::from_millis(100);

/// Sees to the hub until `stop` is cancelled; `owed` is rung when something is.
pub(in crate::dispatch) async fn run(dispatch: Dispatch, owed: Doorbell, stop: CancellationToken) {
    let mut outage = Outage::of("see to the hub");
    let mut verifying = JoinSet::new();
    while !stop.is_cancelled() {
        while let Some(verified) = verifying.try_join_next() {
            outage.heed(verified.unwrap_or(Ok(())));
        }
        if outage.heed(changes::owe(&dispatch).await) == Some(true) {
            owed.ring();
        }
        if verifying.len() < verify::AT_ONCE {
            for intent in outage.heed(verify::due(&dispatch).await).unwrap_or_default() {
                verifying.spawn(verify::verify(dispatch.clone(), intent));
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = dispatch.hub.asked.rung() => {}
            () = dispatch.hub.changed.rung() => {
                stop.run_until_cancelled(tokio::time::sleep(GATHER)).await;
            }
            () = tokio::time::sleep(LONGEST_SLEEP) => {}
            Some(verified) = verifying.join_next(), if !verifying.is_empty() => {
                outage.heed(verified.unwrap_or(Ok(())));
            }
        }
    }
    // Who is asked just now is asked again after the next start.
    verifying.shutdown().await;
}

/// Verifies and owes what there is now, once.
///
/// # Errors
///
/// When the store fails.
pub(in crate::dispatch) async fn see_to(dispatch: &Dispatch) -> Result<(), StoreError> {
    loop {
        let due = verify::due(dispatch).await?;
        if due.is_empty() {
            break;
        }
        for intent in due {
            verify::verify(dispatch.clone(), intent).await?;
        }
    }
    changes::owe(dispatch).await?;
    Ok(())
}
