//! The words: what a notice is, whatever page it stood on and whichever format it leaves in.
//!
//! Pure: no clock, no network, no disk, no format.

mod id;
mod published;
mod html;
mod attachment;
mod change;
mod difference;
mod entry;

pub use attachment::Attachment;
pub use change::{Change, Corrections, Known, compare};
pub use difference::{Difference, Stretch};
pub use entry::{Entry, Revision, day_of};
pub use html::SafeHtml;
pub use id::{Fingerprint, InvalidSourceId, NoticeId, SourceId};
pub use published::Published;

use serde::{Deserialize, Serialize};
use url::Url;

/// One official announcement, believed and normalised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The same for ever: made of the source's id and [`key`](Self::key).
    pub id: NoticeId,
    /// What tells this notice from its neighbours on the same source: the feed's guid, or what varies between the links.
    pub key: String,
    /// One line of plain text, never empty, no control characters.
    pub title: String,
    /// The notice's own page, absolute, http or https.
    pub link: Option<Url>,
    /// When the source says it was published.
    pub published: Option<Published>,
    /// When the source says it was last changed.
    pub updated: Option<Published>,
    /// A person or a department.
    pub author: Option<String>,
    /// Labels that the source gave it.
    pub categories: Vec<String>,
    /// How often it had been read, by the source's own count.
    pub views: Option<u64>,
    /// Whether the board keeps it on top.
    pub pinned: bool,
    /// A short form of the text, when the source offers one.
    pub summary: Option<SafeHtml>,
    /// The text itself.
    pub content: Option<SafeHtml>,
    /// Files that belong to it.
    pub attachments: Vec<Attachment>,
    /// BCP 47 tag of the text, when it differs from the source's.
    pub language: Option<String>,
    /// The id that a feed gave the entry.
    pub guid: Option<String>,
}

impl Notice {
    /// What makes a revision when it changes: title, text and attachments; not counters, pins, dates or white space.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = id::Digest::default();
        digest.words(&self.title);
        digest.words(&self.text());
        for file in &self.attachments {
            digest.words(&file.name);
        }
        digest.finish()
    }

    /// What there is to read: the text, else its short form.
    pub fn body(&self) -> Option<&SafeHtml> {
        self.content.as_ref().or(self.summary.as_ref())
    }

    /// [`body`](Self::body) without markup; empty when there is none.
    pub fn text(&self) -> String {
        self.body().map(SafeHtml::text).unwrap_or_default()
    }

    /// Of the row on the list page alone, before the article was read: another one calls for reading the article again.
    ///
    /// The link is not part of it: the notice's key is, in effect, and the rest of a link may change at each visit.
    pub fn row_fingerprint(&self) -> Fingerprint {
        let mut digest = id::Digest::default();
        digest.words(&self.title);
        for date in [self.published, self.updated] {
            digest.words(&date.map(|date| date.to_string()).unwrap_or_default());
        }
        for file in &self.attachments {
            digest.words(&file.name);
        }
        digest.finish()
    }

    /// This notice of a list, with what its own page says of it. The page's words win where it has any.
    pub fn completed(self, page: Notice) -> Notice {
        Notice {
            title: page.title,
            published: page.published.or(self.published),
            updated: page.updated.or(self.updated),
            author: page.author.or(self.author),
            categories: if page.categories.is_empty() {
                self.categories
            } else {
                page.categories
            },
            views: page.views.or(self.views),
            summary: page.summary.or(self.summary),
            content: page.content.or(self.content),
            attachments: if page.attachments.is_empty() {
                self.attachments
            } else {
                page.attachments
            },
            language: page.language.or(self.language),
            ..self
        }
    }
}
