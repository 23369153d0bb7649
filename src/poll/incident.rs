//! What an admin hears of a source: once when it breaks, once when it is well again, once when it is held, gone or silent.

use jiff::Timestamp;

use super::Turn;
use crate::{
    delivery::{Incident, Trouble},
    store::{Health, SourceState},
};

/// So many polls in a row must fail before anybody is told: one hiccup is no news.
pub(super) const TOLD_AFTER: u32 = 2;

/// A source is silent when so many notices should have come since its last, by its own past. Were they to come one by one at
/// that rate, so long a silence had a chance of one in three million; bursts and holidays leave less of that.
const EXPECTED: f64 = 15.0;

/// No silence is shorter, in days: every office has a holiday.
const SHORTEST_SILENCE: f64 = 14.0;

/// Whether a source has been quiet for much longer than its own past allows.
pub fn is_silent(state: &SourceState, now: Timestamp) -> bool {
    quiet(state, now)
        .is_some_and(|weeks| weeks * 7.0 >= SHORTEST_SILENCE && weeks * state.rhythm.weekly_before(weeks) >= EXPECTED)
}

/// For how many weeks a source had nothing new.
fn quiet(state: &SourceState, now: Timestamp) -> Option<f64> {
    let quiet = now.duration_since(state.last_new?).as_secs_f64();
    Some(quiet / (7.0 * 86_400.0))
}

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
    } else if next.health == Health::Ok
        && is_silent(next, turn.now)
        && !last.last_poll.is_some_and(|then| is_silent(last, then))
    {
        Trouble::Silent
    } else {
        return None;
    };
    let why = match trouble {
        Trouble::Silent => next.last_new.map(|last| {
            let day = last.to_zoned(turn.source().zone.clone()).date();
            let weekly = next.rhythm.weekly_before(quiet(next, turn.now).unwrap_or_default());
            format!("nothing new since {day}, where about {weekly:.1} notices a week came before")
        }),
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
