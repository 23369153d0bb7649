//! A notice as the ledger holds it: with its place, its history and when it was learned.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Notice, Published, SourceId};

/// A stored notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the ledger, growing; breaks ties between notices of one day.
    pub seq: i64,
    /// The source it came from.
    pub source: SourceId,
    /// The newest version.
    pub notice: Notice,
    /// 1, and one more for each revision.
    pub revision: u32,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When the newest revision was seen; `first_seen` for the first.
    pub revised: Timestamp,
    /// When it was found to have been taken away from its source.
    pub withdrawn: Option<Timestamp>,
}

impl Entry {
    /// The day on which it was published by its source's own word, else that of its first sight (UTC).
    pub fn day(&self) -> Date {
        day_of(self.notice.published, self.first_seen)
    }
}

/// The day of a notice, as [`Entry::day`] tells it.
pub fn day_of(published: Option<Published>, first_seen: Timestamp) -> Date {
    published.map_or_else(|| first_seen.to_zoned(TimeZone::UTC).date(), Published::day)
}

/// An earlier version of a notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Its number, from 1.
    pub revision: u32,
    /// The notice as it was.
    pub notice: Notice,
    /// When that version was first seen.
    pub seen: Timestamp,
}
