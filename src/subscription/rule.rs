//! Which notices someone wants.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::{
    notice::{Entry, Notice, SourceId},
    search::{Document, Query},
};

/// Which notices someone wants. An empty rule wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Sources; together with `tags`, one hit is enough. Both empty: every source.
    #[serde(default)]
    pub sources: Vec<SourceId>,
    /// Tags of sources.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Words of which at least one must stand in title, text, author, category or attachment names. Case does not matter.
    #[serde(default)]
    pub include: Vec<String>,
    /// Words of which none may stand there.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// A search, in the language of the search page, that must find the notice too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
}

/// A notice as rules look at it. Its words are gathered once, when the first rule asks for them, however many ask.
#[derive(Debug)]
pub struct Offer<'a> {
    tags: &'a [String],
    entry: &'a Entry,
    text: OnceLock<String>,
    document: OnceLock<Document>,
}

impl<'a> Offer<'a> {
    /// `entry`, whose source carries `tags`.
    pub fn new(tags: &'a [String], entry: &'a Entry) -> Self {
        Self {
            tags,
            entry,
            text: OnceLock::new(),
            document: OnceLock::new(),
        }
    }

    /// Whether its source carries `tag`.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    fn text(&self) -> &str {
        self.text.get_or_init(|| text_of(&self.entry.notice))
    }

    fn holds(&self, word: &str) -> bool {
        self.text().contains(&word.to_lowercase())
    }

    fn is_found_by(&self, query: &Query) -> bool {
        let document = || self.document.get_or_init(|| Document::of(&self.entry.notice));
        query.follows(&self.entry.source, self.tags) && query.matches(document(), self.entry.day())
    }
}

impl Rule {
    /// The same, of sources by the names that they have now: `now` tells the name of one that was called something else.
    #[must_use]
    pub fn renamed(self, now: impl Fn(&SourceId) -> Option<SourceId>) -> Self {
        let mut sources = Vec::new();
        for source in self.sources {
            let source = now(&source).unwrap_or(source);
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Self {
            sources,
            query: self.query.map(|query| query.renamed(now)),
            ..self
        }
    }

    /// Whether the rule asks for anything of `source`, which carries `tags`.
    pub fn follows(&self, source: &SourceId, tags: &[String]) -> bool {
        let anywhere = self.sources.is_empty() && self.tags.is_empty();
        anywhere || self.sources.contains(source) || self.tags.iter().any(|tag| tags.contains(tag))
    }

    /// Whether the rule asks for what is offered.
    pub fn wants(&self, offer: &Offer<'_>) -> bool {
        self.follows(&offer.entry.source, offer.tags)
            && (self.include.is_empty() || self.words_in(offer).next().is_some())
            && !self.exclude.iter().any(|word| offer.holds(word))
            && self.query.as_ref().is_none_or(|query| offer.is_found_by(query))
    }

    /// The words asked for that stand in what is offered.
    pub fn words_in<'r>(&'r self, offer: &Offer<'_>) -> impl Iterator<Item = &'r String> {
        self.include.iter().filter(|word| offer.holds(word))
    }
}

fn text_of(notice: &Notice) -> String {
    let body = notice.text();
    let mut words = format!(
        "{}\n{body}\n{}",
        notice.title,
        notice.author.as_deref().unwrap_or_default()
    );
    for word in notice
        .categories
        .iter()
        .chain(notice.attachments.iter().map(|file| &file.name))
    {
        words.push('\n');
        words.push_str(word);
    }
    words.to_lowercase()
}
