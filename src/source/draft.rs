//! The raw text of entries, not yet believed.

use std::time::Duration;

use crate::notice::Published;

/// What was read from one answer.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// What the answer says of the source itself.
    pub meta: SourceMeta,
    /// The entries in the page's order.
    pub drafts: Vec<Draft>,
}

/// What an answer says of the source itself.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the feed formats")]
pub struct SourceMeta {
    pub title: Option<String>,
    pub site_url: Option<String>,
    pub description: Option<String>,
    pub language: Option<String>,
    pub author: Option<String>,
    pub rights: Option<String>,
    pub updated: Option<Published>,
    pub self_url: Option<String>,
    /// WebSub hubs that the feed names.
    pub hubs: Vec<String>,
    /// RSS `ttl`, in minutes.
    pub ttl_minutes: Option<u32>,
    /// RSS `skipHours`: bit 0 is the hour from midnight, UTC.
    pub skip_hours: u32,
    /// RSS `skipDays`: bit 0 is Monday, UTC.
    pub skip_days: u8,
    /// How far apart its changes are (`sy:updatePeriod` over `sy:updateFrequency`).
    pub update_every: Option<Duration>,
}

/// A date as it was found.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum When {
    /// As printed; to be read in the source's zone, with the source's language for the order of day and month.
    Text(String),
    /// As a feed writes it, in one of the ways of feeds (RFC 2822, RFC 3339, and what goes for them).
    Feed(String),
    /// Read already.
    Known(Published),
}

/// The raw text of one entry.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What the source itself uses as id: a feed's guid, a row's id by the configuration.
    pub guid: Option<String>,
    /// Plain text; white space not yet folded.
    pub title: Option<String>,
    /// Absolute or relative; perhaps `javascript:`.
    pub link: Option<String>,
    /// What relative addresses inside this entry are of, when it is not the page's address.
    pub base: Option<String>,
    /// Publication.
    pub published: Option<When>,
    /// Last change.
    pub updated: Option<When>,
    /// Person or department.
    pub author: Option<String>,
    /// Labels.
    pub categories: Vec<String>,
    /// The text that holds the view count ("Read : 9,872").
    pub views: Option<String>,
    /// Kept on top.
    pub pinned: bool,
    /// Raw HTML.
    pub summary: Option<String>,
    /// Raw HTML.
    pub content: Option<String>,
    /// Files.
    pub attachments: Vec<DraftFile>,
    /// BCP 47 tag.
    pub language: Option<String>,
}

/// The raw text of one attachment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DraftFile {
    /// The link's text, title or alt; may be missing.
    pub name: Option<String>,
    /// Absolute or relative.
    pub url: String,
    /// Media type, as told.
    pub media_type: Option<String>,
    /// Size in bytes, as told.
    pub length: Option<u64>,
}
