//! What happened to a source, as those who run the server are told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::notice::SourceId;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trouble {
    /// It gave no good answer, twice running.
    Failing,
    /// It says that it is gone for good, and is not asked any more.
    Gone,
    /// It is well again.
    Recovered,
    /// It showed so many new notices at once that they wait for an admin.
    Held,
    /// It has been quiet for much longer than is its way.
    Silent,
}

impl Trouble {
    /// The word for it, which is part of a delivery's key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Gone => "gone",
            Self::Recovered => "recovered",
            Self::Held => "held",
            Self::Silent => "silent",
        }
    }
}

/// Something that happened to a source and is told once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Incident {
    /// Which source.
    pub source: SourceId,
    /// What happened.
    pub trouble: Trouble,
    /// When it was seen.
    pub at: Timestamp,
    /// What was seen, in words: one line.
    pub why: String,
    /// When the source was last well.
    pub last_good: Option<Timestamp>,
}
