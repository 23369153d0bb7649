//! How what is told is owed: an announcement says that something must be told, a delivery that one receiver must be told.
//!
//! Pure: knows notices and subscriptions; does not know how anything is sent.

mod incident;
pub mod retry;
mod stencil;
pub mod strike;

pub use incident::{Incident, Trouble};
pub use stencil::{Rendered, Stencil};
pub use strike::{Blame, Strike};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    notice::{NoticeId, SourceId},
    subscription::ReceiverId,
};

/// A notice as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The notice.
    pub notice: NoticeId,
    /// Its revision; 1 when it is new.
    pub revision: u32,
}

/// What an announcement tells.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A notice, or its revision.
    Notice(Subject),
    /// Something that happened to a source.
    Incident(Incident),
}

impl News {
    /// The notice that is told, when it is one.
    pub fn notice(&self) -> Option<Subject> {
        match self {
            Self::Notice(subject) => Some(*subject),
            Self::Incident(_) => None,
        }
    }
}

/// This must be told to everyone whose rule wants it. A cursor walks over the receivers.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// Its place in the ledger.
    pub seq: i64,
    /// What is told.
    pub news: News,
    /// From where.
    pub source: SourceId,
    /// The last receiver that the fan-out has dealt with.
    pub cursor: Option<ReceiverId>,
    /// Fencing number of the lease.
    pub fence: i64,
}

/// What a delivery is about. One receiver gets one delivery for it, ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Occasion {
    /// One notice, at once.
    Notice(Subject),
    /// All that a digest window, known by its end, gathered.
    Digest(Timestamp),
    /// Something that happened to a source.
    Incident(Incident),
    /// Request `request` waits for the word of whom it names.
    Confirmation {
        /// Its id.
        request: String,
    },
    /// Somebody asked for a link to the own page of the reader at this address, in this edition of the reader.
    Link {
        /// The edition.
        edition: u64,
    },
    /// A feed of ours that a subscriber of our hub wants became this version.
    Topic(i64),
    /// Feeds of ours changed, which another hub distributes; part `part` of what version `version` of all of them changed.
    Ping {
        /// The addresses of the feeds.
        topics: Vec<String>,
        /// The version.
        version: i64,
        /// The number of the part.
        part: usize,
    },
}

impl Occasion {
    /// The text that, with the receiver's id, identifies the delivery and seeds its Message-ID or webhook-id.
    pub fn key(&self) -> String {
        match self {
            Self::Notice(subject) => format!("{};rev={}", subject.notice, subject.revision),
            Self::Digest(end) => format!("digest;until={}", end.as_second()),
            Self::Incident(incident) => format!(
                "source;{};{};at={}",
                incident.source,
                incident.trouble.as_str(),
                incident.at.as_second()
            ),
            Self::Confirmation { .. } => "confirm".to_owned(),
            Self::Link { edition } => format!("link;edition={edition}"),
            Self::Topic(version) => format!("topic;version={version}"),
            Self::Ping { version, part, .. } => format!("ping;version={version};part={part}"),
        }
    }
}

/// A delivery that was leased: it must be sent now, or the lease given back.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Row number; what `gazetted deliveries retry` takes.
    pub id: i64,
    /// To whom.
    pub receiver: ReceiverId,
    /// About what.
    pub occasion: Occasion,
    /// The notices it tells: more than one in a digest, none where it tells of a source.
    pub subjects: Vec<Subject>,
    /// This attempt's number, from 1; raised before the work began.
    pub attempt: u32,
    /// What the first attempt sent, which every later one repeats.
    pub rendered: Option<Rendered>,
    /// Fencing number of the lease.
    pub fence: i64,
    /// Until when this worker may send it.
    pub lease_until: Timestamp,
    /// When it was queued.
    pub queued: Timestamp,
}

/// What the other side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has taken responsibility.
    Delivered,
    /// Not now.
    Later {
        /// What it said, one line, without addresses or secrets.
        why: String,
        /// When it asked to be tried again.
        not_before: Option<Timestamp>,
        /// It may have taken the message: the answer was cut off.
        ambiguous: bool,
    },
    /// It was not asked: another message had its turn, or it wants to be left alone. This was no attempt.
    Untried {
        /// Why, one line.
        why: String,
        /// From when on it can be asked.
        until: Timestamp,
    },
    /// Never this one.
    Refused {
        /// What it said, one line.
        why: String,
    },
    /// Never anything again: the receiver is gone (410), or the address does not exist.
    Gone {
        /// What it said, one line.
        why: String,
    },
}

/// What is to become of a delivery after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Done.
    Sent,
    /// To be tried again.
    Again {
        /// When.
        at: Timestamp,
        /// Why it did not work.
        why: String,
        /// Count one more ambiguous attempt.
        ambiguous: bool,
    },
    /// Nothing was tried: it goes back as it was before the lease, due at `at`. The attempt does not count.
    Untried {
        /// When.
        at: Timestamp,
    },
    /// Nobody wants it any more: cancelled, and no matter for an admin.
    Dropped {
        /// Why.
        why: String,
    },
    /// Given up: a dead letter, which an admin can queue again.
    Dead {
        /// Why.
        why: String,
        /// Count one more ambiguous attempt.
        ambiguous: bool,
    },
}

/// The state in which a delivery waits or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum State {
    Queued,
    Leased,
    Sent,
    Dead,
    Cancelled,
}
