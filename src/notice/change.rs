//! The difference between what a source shows and what is known of it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fingerprint, Notice, NoticeId, Published};

/// What the ledger remembers of a notice, as much as comparing needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The id that it has in the ledger; another one than was asked for where a board gave its notices new addresses.
    pub id: NoticeId,
    /// Of its newest version.
    pub fingerprint: Fingerprint,
    /// Of its row on the list page alone; another one calls for reading the article again.
    pub row: Fingerprint,
    /// When its article page was last read.
    pub article_read: Option<Timestamp>,
    /// Whether it has a text.
    pub has_content: bool,
    /// Its date, as the source told it.
    pub published: Option<Published>,
}

/// How feeds tell that a notice has changed. Most readers show nothing of an entry that they know already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corrections {
    /// Its entry has the new text.
    #[default]
    Same,
    /// So it has, and there is a new entry beside it.
    NewEntry,
}

/// What a poll found out about one notice.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Not known before.
    New(Notice),
    /// Title, text or attachments changed.
    Revised(Notice),
    /// It has a new address and no other text: a board that was rebuilt.
    Moved(Notice),
    /// Only what makes no revision changed, such as the views; or a text arrived that was owed.
    Touched(Notice),
}

impl Change {
    /// The notice, when it was not known before.
    pub fn news(&self) -> Option<&Notice> {
        match self {
            Self::New(notice) => Some(notice),
            Self::Revised(_) | Self::Moved(_) | Self::Touched(_) => None,
        }
    }

    /// The notice as it is now.
    pub fn notice(&self) -> &Notice {
        match self {
            Self::New(notice) | Self::Revised(notice) | Self::Moved(notice) | Self::Touched(notice) => notice,
        }
    }
}

impl Change {
    /// The notice alone.
    pub fn into_notice(self) -> Notice {
        match self {
            Self::New(notice) | Self::Revised(notice) | Self::Moved(notice) | Self::Touched(notice) => notice,
        }
    }
}

/// Compares what a source shows, in its order, with what is known. Of two rows with one id the first counts, pinned or not.
pub fn compare(known: &HashMap<NoticeId, Known>, shown: Vec<Notice>) -> Vec<Change> {
    let mut seen = HashSet::new();
    shown
        .into_iter()
        .filter(|notice| seen.insert(notice.id))
        .map(|notice| match known.get(&notice.id) {
            None => Change::New(notice),
            Some(known) if known.fingerprint == notice.fingerprint() => Change::Touched(notice),
            Some(known) if !known.has_content && notice.content.is_some() => Change::Touched(notice),
            Some(_) => Change::Revised(notice),
        })
        .collect()
}
