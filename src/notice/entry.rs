//! A notice as the ledger holds it: with its place, its history and when it was learned.

use jiff::Timestamp;

use super::{Notice, SourceId};

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
