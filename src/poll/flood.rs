//! When new notices are too many, or too familiar, to be told without an admin having looked at them.
//!
//! A board that was rebuilt, moved or re-keyed shows old notices under new addresses: as many mails to everybody as it has
//! rows. Where titles and dates say which are which, they keep their ids and nobody hears of it; else they are fed, and held.

use std::collections::{HashMap, HashSet};

use super::Turn;
use crate::{
    notice::{Entry, Known, Notice, NoticeId, Published},
    store::{Announce, Scope, Store, StoreError},
};

/// Fewer new notices than this are no flood, whatever they are called.
const FEWEST: usize = 5;

/// What was made of the new notices of a page.
pub(super) struct Judged {
    /// What becomes of their announcements.
    pub(super) announce: Announce,
    /// Those that are known under other ids, with the ids that they keep.
    pub(super) moved: HashMap<NoticeId, NoticeId>,
}

impl From<Announce> for Judged {
    fn from(announce: Announce) -> Self {
        Self {
            announce,
            moved: HashMap::new(),
        }
    }
}

/// What becomes of what is new among `shown`. Where a board gave its notices new addresses and kept their titles and dates,
/// they are known again, and nobody hears of it. Notices that wait for their article were counted when they came.
///
/// # Errors
///
/// When the store can't say which titles it knows.
pub(super) async fn judge(
    turn: &Turn<'_>,
    shown: &[Notice],
    known: &HashMap<NoticeId, Known>,
    store: &dyn Store,
) -> Result<Judged, StoreError> {
    let pace = &turn.watched.pace;
    if turn.is_baseline() {
        let announce = if pace.notify_backlog {
            Announce::Tell
        } else {
            Announce::Baseline
        };
        return Ok(announce.into());
    }
    let waiting = &turn.lease.state.waiting;
    let mut seen = HashSet::new();
    let new: Vec<&Notice> = shown
        .iter()
        .filter(|notice| seen.insert(notice.id))
        .filter(|notice| !known.contains_key(&notice.id) && !waiting.contains_key(&notice.key))
        .collect();
    let is_flood = |count: usize| count > pace.flood_limit;
    let most = |count: usize| count >= FEWEST && count * 2 > seen.len();
    if !is_flood(new.len()) && !most(new.len()) {
        return Ok(Announce::Tell.into());
    }
    let newest = store
        .newest(&Scope::Source(turn.source().id.clone()), seen.len() * 2)
        .await?;
    let moved = known_again(&new, &newest, &seen);
    let rest = new.len() - moved.len();
    // Nearly all of them: a few that only look like others are no board that moved.
    if moved.len() * 5 >= new.len() * 4 && !is_flood(rest) {
        return Ok(Judged {
            announce: Announce::Tell,
            moved,
        });
    }
    let titles: HashSet<&str> = newest.iter().map(|entry| entry.notice.title.as_str()).collect();
    let familiar = new
        .iter()
        .filter(|notice| titles.contains(notice.title.as_str()))
        .count();
    let hold = is_flood(new.len()) || most(familiar);
    Ok(if hold { Announce::Hold } else { Announce::Tell }.into())
}

/// The notices among `new` that have title and date of exactly one known notice which the page does not show otherwise, and
/// share them with no other.
fn known_again(new: &[&Notice], newest: &[Entry], shown: &HashSet<NoticeId>) -> HashMap<NoticeId, NoticeId> {
    let name = |notice: &Notice| (notice.title.clone(), notice.published.map(Published::day));
    let mut kept: HashMap<_, Vec<NoticeId>> = HashMap::new();
    for entry in newest.iter().filter(|entry| !shown.contains(&entry.notice.id)) {
        kept.entry(name(&entry.notice)).or_default().push(entry.notice.id);
    }
    let mut twins: HashMap<_, usize> = HashMap::new();
    for notice in new {
        *twins.entry(name(notice)).or_default() += 1;
    }
    let again = |notice: &&&Notice| {
        let name = name(notice);
        match kept.get(&name).map(Vec::as_slice) {
            Some([only]) if twins.get(&name) == Some(&1) => Some((notice.id, *only)),
            _ => None,
        }
    };
    new.iter().filter_map(|notice| again(&notice)).collect()
}
