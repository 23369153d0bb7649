//! When new notices are too many, or too familiar, to be told without an admin having looked at them.
//!
//! A board that was rebuilt, moved or re-keyed shows old notices under new addresses: as many mails to everybody as it has
//! rows. They are fed, and held.

use std::collections::{HashMap, HashSet};

use super::Turn;
use crate::{
    notice::{Known, Notice, NoticeId},
    store::{Announce, Scope, Store, StoreError},
};

/// Fewer new notices than this are no flood, whatever they are called.
const FEWEST: usize = 5;

/// What becomes of the announcements of what is new among `shown`. Notices that wait for their article were counted when
/// they came.
///
/// # Errors
///
/// When the store can't say which titles it knows.
pub(super) async fn judge(
    turn: &Turn<'_>,
    shown: &[Notice],
    known: &HashMap<NoticeId, Known>,
    store: &dyn Store,
) -> Result<Announce, StoreError> {
    let pace = &turn.watched.pace;
    if turn.is_baseline() {
        return Ok(if pace.notify_backlog {
            Announce::Tell
        } else {
            Announce::Baseline
        });
    }
    let waiting = &turn.lease.state.waiting;
    let mut seen = HashSet::new();
    let new: Vec<&Notice> = shown
        .iter()
        .filter(|notice| seen.insert(notice.id))
        .filter(|notice| !known.contains_key(&notice.id) && !waiting.contains_key(&notice.key))
        .collect();
    if new.len() > pace.flood_limit {
        return Ok(Announce::Hold);
    }
    let most = |count: usize| count >= FEWEST && count * 2 > seen.len();
    if !most(new.len()) {
        return Ok(Announce::Tell);
    }
    let newest = store
        .newest(&Scope::Source(turn.source().id.clone()), seen.len() * 2)
        .await?;
    let titles: HashSet<&str> = newest.iter().map(|entry| entry.notice.title.as_str()).collect();
    let familiar = new
        .iter()
        .filter(|notice| titles.contains(notice.title.as_str()))
        .count();
    Ok(if most(familiar) { Announce::Hold } else { Announce::Tell })
}
