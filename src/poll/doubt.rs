//! An answer that can be read, and yet is not the board: what it says contradicts what is known.

use std::collections::HashMap;

use super::Turn;
use crate::{
    notice::{Known, Notice, NoticeId},
    source::{Believed, Unreadable},
    store::{Scope, Store, StoreError},
};

/// Fewer notices than this contradict nothing.
const FEWEST: usize = 3;

/// After so many polls running that show it, a list whose rows all changed is believed: then they did.
const PATIENCE: u32 = 3;

/// Whether what a page shows is to be believed, beside what is known.
///
/// # Errors
///
/// [`StoreError`]; inside, [`Unreadable`] says what contradicts it.
pub(super) async fn judge(
    turn: &Turn<'_>,
    shown: &Believed,
    known: &HashMap<NoticeId, Known>,
    store: &dyn Store,
) -> Result<Result<(), Unreadable>, StoreError> {
    let many = |count: usize, of: usize| of >= FEWEST && count * 5 >= of * 4;
    let Believed {
        notices: shown, same, ..
    } = shown;
    let garbled = shown.iter().filter(|notice| notice.title.contains('\u{fffd}')).count();
    if garbled * 5 >= shown.len() && garbled > 1 {
        return Ok(Err(Unreadable(format!(
            "{garbled} of {} titles hold characters that can't be read: the page is in another charset than it says",
            shown.len()
        ))));
    }
    // What the admin, or another version of the program, reads otherwise is no contradiction.
    if !turn.is_read_as_before() {
        return Ok(Ok(()));
    }
    let pairs: Vec<(&Notice, &Known)> = shown
        .iter()
        .filter_map(|notice| Some((notice, known.get(&notice.id)?)))
        .collect();
    let dated = pairs.iter().filter(|(_, known)| known.published.is_some());
    let (dated, undated) = dated.fold((0, 0), |(all, without), (notice, _)| {
        (all + 1, without + usize::from(notice.published.is_none()))
    });
    if many(undated, dated) {
        return Ok(Err(Unreadable(format!(
            "{undated} of {dated} rows have lost their dates: the page was rearranged"
        ))));
    }
    let changed = pairs
        .iter()
        .filter(|(notice, known)| !same.contains(&notice.id) && known.row != notice.row_fingerprint())
        .count();
    if changed <= FEWEST || !many(changed, pairs.len()) || was_seen(turn) {
        return Ok(Ok(()));
    }
    // Rows change all at once where they say how long ago they are; titles don't.
    let newest = store
        .newest(&Scope::Source(turn.source().id.clone()), 2 * shown.len())
        .await?;
    let titles: HashMap<NoticeId, &str> = newest
        .iter()
        .map(|entry| (entry.notice.id, entry.notice.title.as_str()))
        .collect();
    let compared: Vec<bool> = pairs
        .iter()
        .filter_map(|(notice, known)| Some(*titles.get(&known.id)? != notice.title))
        .collect();
    let changed = compared.iter().filter(|changed| **changed).count();
    if changed > FEWEST && many(changed, compared.len()) {
        let why = format!(
            "{changed} of {} known rows have other titles all at once",
            compared.len()
        );
        return Ok(Err(Unreadable(why)));
    }
    Ok(Ok(()))
}

/// Whether the contradiction has been there for a while.
fn was_seen(turn: &Turn<'_>) -> bool {
    turn.lease.state.failures + 1 >= PATIENCE
}
