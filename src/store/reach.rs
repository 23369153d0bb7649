//! How far a search must look: between which places its days stand, and when its sources have few notices.
//!
//! Nearly all notices stand where their day puts them. The others (whose day was learned after their first sight, or is still to
//! come) are in indexes of their own, `notices_early` and `notices_late`.

use jiff::{Timestamp, civil::Date};

use super::{
    Place,
    stored::{DAY, span},
};

/// The day is long before the place, as the index has it.
pub(super) const EARLY: &str = "day * 86400000000 < sort - 172800000000";

/// The day is long after the place, as the index has it.
pub(super) const LATE: &str = "day * 86400000000 > sort + 172800000000";

/// In sources that have so many notices at most, only those are looked at of what holds a common word. Of more sources a page is full
/// before many others were looked at.
pub(super) const FEW: i64 = 2_000;

/// So far may the day of a notice be from its place, in days. A day of a source's zone is not one of UTC.
const NEAR: i64 = 2;

/// Nothing of `day` and later stands before this place; `late` is the first `sort` of those that are late.
pub(super) fn first(day: Date, late: Option<i64>) -> Place {
    let near = (number(day) - NEAR) * span(DAY);
    Place::of(time(late.map_or(near, |late| late.min(near))), 0)
}

/// Nothing before `day` stands at this place or behind it; `early` is the last `sort` of those that are early.
pub(super) fn end(day: Date, early: Option<i64>) -> Place {
    let near = (number(day) + NEAR) * span(DAY);
    let last = early.map_or(near, |early| early.max(near));
    Place::of(time(last.saturating_add(1_000_000)), 0)
}

/// The number of `day`, as it is stored.
pub(super) fn number(day: Date) -> i64 {
    day.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

fn time(micros: i64) -> Timestamp {
    let furthest = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(micros).unwrap_or(furthest)
}
