//! What becomes of an address that mails come back from.

use std::sync::Arc;

use jiff::Timestamp;
use tracing::{info, warn};

use crate::{
    delivery::{Blame, strike::suspension},
    store::{Store, StoreError},
};

/// Records that the mail of `delivery` came back, and leaves its address alone when that is enough. To do so again changes
/// nothing. `false` when there is no such delivery.
///
/// # Errors
///
/// When the store fails; then it is to be done again.
pub async fn strike(
    store: &Arc<dyn Store>,
    delivery: i64,
    blame: Blame,
    why: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(struck) = store.strike(delivery, blame, why, now).await? else {
        return Ok(false);
    };
    if struck.is_new {
        info!(delivery, blame = blame.as_str(), "a mail came back: {why}");
    }
    // Who runs the server hears of what is broken as long as they want to.
    if struck.receiver.is_admin() {
        return Ok(true);
    }
    if let Some(why) = suspension(&struck.strikes, now) {
        store.stop_receiver(&struck.receiver, &why, now).await?;
        warn!(delivery, "no more mail to its address: {why}");
    }
    Ok(true)
}
