//! Bytes to notices: what a board, a feed or an API answered becomes drafts, and drafts that can be believed become notices.
//!
//! Pure: does not know the HTTP client, the store or the current time (the moment of the answer is passed in).

pub mod exchange;
pub mod draft;
pub mod charset;
pub mod dates;
pub mod dom;
pub mod pick;
pub mod links;
pub mod board;
pub mod article;
pub mod disposition;
pub mod feed;
pub mod json;
pub mod paging;
pub mod believe;
pub mod preset;
pub mod detect;
pub mod preview;
pub mod recognised;
pub mod wishes;
mod shared;

use std::sync::Arc;

use jiff::tz::TimeZone;
use url::Url;

use crate::notice::{Notice, SourceId};

pub use believe::{Believed, Rows, Unusable, believe, believe_again, believe_article};
pub use draft::{Draft, DraftFile, Parsed, SourceMeta, When};
pub use exchange::{Fetched, FileHead, Form, Page, Request, Validators};
pub use recognised::Recognised;
pub use wishes::{Hub, Wishes};

/// Where notices come from and how they are read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its id, which the ids of its notices are made of.
    pub id: SourceId,
    /// Its name, for people.
    pub name: String,
    /// The page, feed or API address that is polled.
    pub url: Url,
    /// How the answer is read.
    pub kind: Kind,
    /// BCP 47 tag of its texts.
    pub language: Option<String>,
    /// How dates without an offset are read.
    pub zone: TimeZone,
    /// Tags that feeds and subscriptions can ask for.
    pub tags: Vec<String>,
    /// How the page of a single notice is read, when each new notice's link is to be followed.
    pub article: Option<Arc<article::Rules>>,
}

/// What people are told beside the notices of a source: that what the source itself shows prevails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegalNote {
    /// In the words of the pages.
    Usual,
    /// In the admin's own words.
    Told(String),
}

/// How a source's answer is read. A closed set: one file each beside this one. Sources that are read alike share their rules.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A feed when the answer is one, else what its page is found to be ([`Recognised`]).
    Auto,
    /// An HTML list of notices.
    Board(Arc<board::Rules>),
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A JSON API.
    Json(Arc<json::Rules>),
}

/// Why an answer could not be read as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Source {
    /// Reads `page` into drafts, in the page's order.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when the answer is not of the source's kind, or holds no row at all; the text says what was seen.
    pub fn parse(&self, page: &Page) -> Result<Parsed, Unreadable> {
        match &self.kind {
            Kind::Feed | Kind::Auto => feed::parse(page),
            Kind::Board(rules) => board::parse(rules, page),
            Kind::Json(rules) => json::parse(rules, page),
        }
    }

    /// The address that people may open: without what an API asks for, and without parameters that may be secrets.
    pub fn page(&self) -> Url {
        match self.kind {
            Kind::Json(_) => links::bare(self.url.clone()),
            Kind::Auto | Kind::Board(_) | Kind::Feed => links::without_secrets(self.url.clone()),
        }
    }

    /// Completes `notice`, which the list showed, with what its own `page` says. The notice as it is when the source's
    /// articles are not read.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when the text isn't where the rules say, or the page can't be that of the notice.
    pub fn complete(&self, notice: Notice, page: &Page) -> Result<Notice, Unreadable> {
        let Some(rules) = self.article.as_deref() else {
            return Ok(notice);
        };
        let mut draft = Draft {
            title: Some(notice.title.clone()),
            link: Some(page.url.to_string()),
            ..Draft::default()
        };
        article::complete(&mut draft, rules, page)?;
        let parsed = Parsed {
            drafts: vec![draft],
            ..Parsed::default()
        };
        match believe(self, page, parsed).notices.pop() {
            Some(mut read) => {
                // The list's date is the board's own word; one that was worked out may add the time to it.
                if let (Some(row), Some(told), None) = (notice.published, read.published, &rules.date)
                    && row.day() != told.day()
                {
                    read.published = Some(row);
                }
                Ok(notice.completed(read))
            }
            None => Err(Unreadable("the notice's page has no title".to_owned())),
        }
    }
}
