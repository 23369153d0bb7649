//! What an admin hears of a source: once when it breaks, once when it is well again, once when it is held or gone.

use super::Turn;
use crate::{
    delivery::{Incident, Trouble},
    store::{Health, SourceState},
};

/// So many polls in a row must fail before anybody is told: one hiccup is no news.
pub(super) const TOLD_AFTER: u32 = 2;

/// What there is to be told when a source's state becomes `next`: what changed, and not what stays.
pub(super) fn between(turn: &Turn<'_>, next: &SourceState) -> Option<Incident> {
    let last = &turn.lease.state;
    let became = |health: Health| next.health == health && last.health != health;
    let trouble = if became(Health::Gone) {
        Trouble::Gone
    } else if became(Health::Held) {
        Trouble::Held
    } else if next.failures >= TOLD_AFTER && last.failures < TOLD_AFTER {
        Trouble::Failing
    } else if next.failures == 0 && last.failures >= TOLD_AFTER {
        Trouble::Recovered
    } else {
        return None;
    };
    let why = match trouble {
        Trouble::Recovered => last.last_error.clone(),
        _ => next.last_error.clone(),
    };
    Some(Incident {
        source: turn.source().id.clone(),
        trouble,
        at: turn.now,
        why: why.unwrap_or_default(),
        last_good: last.last_good,
    })
}
