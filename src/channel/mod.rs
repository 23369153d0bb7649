//! Tells one receiver: by mail, by webhook, in a chat. Says what the other side said.
//!
//! Does not know the store or when something is tried again.

pub mod chat;
pub mod email;
pub mod signature;
pub mod webhook;

use jiff::tz::TimeZone;
use url::Url;

use crate::notice::{Difference, Entry, Published};

/// A notice as receivers are told of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The notice, in the revision that is told.
    pub entry: Entry,
    /// What changed since the revision before, when a revision is told.
    pub changed: Option<Difference>,
    /// What its source is called.
    pub source_name: String,
    /// BCP 47 tag of its text.
    pub language: Option<String>,
    /// The zone of its source.
    pub zone: TimeZone,
    /// Its page on this server.
    pub page: Url,
}

impl Told {
    /// Where people read it: at its source, else here.
    fn address(&self) -> &Url {
        self.entry.notice.link.as_ref().unwrap_or(&self.page)
    }

    /// Its date as its source told it, for people: `2020-11-10`, or with the time when there is one.
    fn date(&self) -> Option<String> {
        self.entry.notice.published.map(|published| match published {
            Published::Day(day) => day.to_string(),
            instant @ Published::Instant(..) => instant.zoned(&self.zone).strftime("%F %H:%M").to_string(),
        })
    }

    /// Its text, without markup.
    fn text(&self) -> String {
        self.entry.notice.text()
    }

    /// The first `limit` characters of its text, cut between words.
    fn excerpt(&self, limit: usize) -> String {
        shorten(&self.text(), limit)
    }
}

/// The first `limit` characters of `text`, cut between words and marked with an ellipsis when anything is left out.
fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => {
            let cut = &text[..end];
            let word = cut.rfind(char::is_whitespace).filter(|at| *at > end / 2).unwrap_or(end);
            format!("{}…", cut[..word].trim_end())
        }
    }
}

/// What the other side said, fit for a log and a table: one line, no control characters, not long.
fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
