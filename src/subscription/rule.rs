//! Which notices someone wants.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::notice::{Notice, SourceId};

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
}

/// A notice as rules look at it. Its words are gathered once, when the first rule asks for them, however many ask.
#[derive(Debug)]
pub struct Offer<'a> {
    source: &'a SourceId,
    tags: &'a [String],
    notice: &'a Notice,
    words: OnceLock<String>,
}

impl<'a> Offer<'a> {
    /// `notice` of `source`, which carries `tags`.
    pub fn new(source: &'a SourceId, tags: &'a [String], notice: &'a Notice) -> Self {
        Self {
            source,
            tags,
            notice,
            words: OnceLock::new(),
        }
    }

    fn words(&self) -> &str {
        self.words.get_or_init(|| words_of(self.notice))
    }
}

impl Rule {
    /// Whether the rule asks for anything of `source`, which carries `tags`.
    pub fn follows(&self, source: &SourceId, tags: &[String]) -> bool {
        let anywhere = self.sources.is_empty() && self.tags.is_empty();
        anywhere || self.sources.contains(source) || self.tags.iter().any(|tag| tags.contains(tag))
    }

    /// Whether the rule asks for what is offered.
    pub fn wants(&self, offer: &Offer<'_>) -> bool {
        let here = self.follows(offer.source, offer.tags);
        if !here || (self.include.is_empty() && self.exclude.is_empty()) {
            return here;
        }
        let stands = |word: &String| offer.words().contains(&word.to_lowercase());
        (self.include.is_empty() || self.include.iter().any(stands)) && !self.exclude.iter().any(stands)
    }
}

fn words_of(notice: &Notice) -> String {
    let body = notice
        .content
        .as_ref()
        .or(notice.summary.as_ref())
        .map(|html| html.text())
        .unwrap_or_default();
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
