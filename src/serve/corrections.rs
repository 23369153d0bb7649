//! Corrections as entries of their own, for sources whose feeds tell them so.

use jiff::Timestamp;

use super::{feeds, renderings::Of, routes::House};
use crate::{
    feed::{FeedEntry, Telling},
    notice::{Corrections, Entry},
    store::{Scope, StoreError},
};

/// So many a feed has at most.
const MOST: usize = 25;

/// The newest ones of a feed's sources.
pub(super) async fn load(house: &House, of: &Of) -> Result<Vec<Entry>, StoreError> {
    let telling = feeds::in_feed(house, of).filter(|source| source.corrections == Corrections::NewEntry);
    let telling: Vec<_> = telling.map(|source| source.id.clone()).collect();
    if telling.is_empty() {
        return Ok(Vec::new());
    }
    house.serve.store.corrected(&Scope::Sources(telling), MOST).await
}

/// `entries`, newest first, with those of `corrections` that their sources tell, each where it belongs in time. What is older than all
/// entries is left out.
pub(super) fn between(mut entries: Vec<FeedEntry>, corrections: Vec<FeedEntry>) -> Vec<FeedEntry> {
    let Some(oldest) = entries.last().map(place) else {
        return entries;
    };
    let told = corrections
        .into_iter()
        .filter(|correction| correction.corrections == Corrections::NewEntry && correction.entry.withdrawn.is_none());
    let told = told.map(|correction| FeedEntry {
        telling: Telling::Correction,
        ..correction
    });
    entries.extend(told.filter(|correction| place(correction) >= oldest));
    entries.sort_by_key(|entry| std::cmp::Reverse(place(entry)));
    entries
}

/// When the feed's readers could first have seen it.
fn place(entry: &FeedEntry) -> Timestamp {
    let published = entry.published().timestamp();
    match entry.telling {
        Telling::Notice => published.min(entry.entry.first_seen),
        Telling::Correction => published,
    }
}
