//! Which notices a page does not show although it should: they were taken away.
//!
//! Believed of a list that goes from new to old, of a few notices at a time, and after some polls running: a page that lost
//! half of its rows is broken, and a list in another order has its older notices elsewhere.

use std::collections::HashMap;

use super::Turn;
use crate::{
    notice::{Known, Notice, NoticeId, Published},
    store::{Absent, Store, StoreError},
};

/// So many good polls running make a missing notice withdrawn.
pub(super) const PATIENCE: u32 = 3;

/// More missing notices than this, or than a quarter of the page, are a fault of the page.
const MOST: usize = 3;

/// What is missing from a page that shows `shown`, in the page's order, of which `known` is known.
///
/// # Errors
///
/// When the store can't say what there is.
pub(super) async fn judge(
    turn: &Turn<'_>,
    shown: &[Notice],
    known: &HashMap<NoticeId, Known>,
    store: &dyn Store,
) -> Result<Absent, StoreError> {
    if turn.is_baseline() || !goes_back(shown) {
        return Ok(Absent::Unknown);
    }
    // What is pinned stands out of order.
    let listed = shown
        .iter()
        .filter(|notice| !notice.pinned && known.contains_key(&notice.id));
    let listed: Vec<NoticeId> = listed.map(|notice| notice.id).collect();
    let missing = store.absent(&turn.source().id, &listed).await?;
    let missing: Vec<NoticeId> = missing
        .into_iter()
        .filter(|id| !shown.iter().any(|notice| notice.id == *id))
        .collect();
    if missing.len() > MOST.max(listed.len() / 4) {
        return Ok(Absent::Unknown);
    }
    Ok(Absent::These {
        notices: missing,
        patience: PATIENCE,
    })
}

/// Whether the rows are dated and go from new to old.
fn goes_back(shown: &[Notice]) -> bool {
    let days: Vec<_> = shown
        .iter()
        .filter(|notice| !notice.pinned)
        .map(|notice| notice.published.map(Published::day))
        .collect();
    let in_order = days
        .windows(2)
        .filter(|pair| matches!(pair, [Some(one), Some(next)] if one >= next))
        .count();
    days.len() >= 3 && in_order * 10 >= (days.len() - 1) * 9
}
