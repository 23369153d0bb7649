//! Which subscriptions of a reader a mail comes from, and what in them fits.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::Telling;
use crate::{
    channel::email::Reason,
    subscription::{Offer, Receiver},
};

/// Whether any subscription of `receiver` asks for what is offered.
pub(super) fn wants(receiver: &Receiver, offer: &Offer<'_>) -> bool {
    receiver.wishes.iter().any(|wish| wish.rule.wants(offer))
}

/// Why `receiver` is told of `news`, each reason once, and the numbers of the subscriptions that it comes from.
pub(super) fn reasons(receiver: &Receiver, news: &[Telling<'_>]) -> (Vec<Reason>, Vec<u32>) {
    let mut found: BTreeMap<u32, Found<'_>> = BTreeMap::new();
    for Telling { told, offer } in news {
        for wish in receiver.wishes.iter().filter(|wish| wish.rule.wants(offer)) {
            let rule = &wish.rule;
            let found = found.entry(wish.number).or_default();
            if rule.sources.contains(&told.entry.source) {
                found.sources.insert(told.source_name.clone());
            }
            found.tags.extend(rule.tags.iter().filter(|tag| offer.has_tag(tag)));
            found.words.extend(rule.words_in(offer));
            found.search = rule.query.as_ref().map(ToString::to_string);
        }
    }
    let numbers = found.keys().copied().collect();
    let mut reasons: Vec<Reason> = Vec::with_capacity(found.len());
    for found in found.into_values() {
        let reason = found.reason();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    (reasons, numbers)
}

/// What of a subscription fits.
#[derive(Default)]
struct Found<'r> {
    sources: BTreeSet<String>,
    tags: BTreeSet<&'r String>,
    words: BTreeSet<&'r String>,
    search: Option<String>,
}

impl Found<'_> {
    fn reason(self) -> Reason {
        let texts = |texts: BTreeSet<&String>| texts.into_iter().cloned().collect();
        Reason {
            sources: self.sources.into_iter().collect(),
            tags: texts(self.tags),
            words: texts(self.words),
            search: self.search,
        }
    }
}
