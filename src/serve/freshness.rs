//! How long what a feed says is good: until one of its sources is asked again.
//!
//! Worked out once for each answer of the store about its sources, not for each reader.

use std::{collections::HashMap, time::Duration};

use axum::http::HeaderValue;
use jiff::Timestamp;

use super::{SourceInfo, renderings::Of};
use crate::{notice::SourceId, store::Standing};

/// So long a feed is good at least and at most. The latter is also how late a reader may see what comes unexpectedly.
const CLAMP: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3600));

/// A poll takes a moment. Who comes back just when it begins comes too early.
const A_MOMENT: Duration = Duration::from_secs(10);

/// What `Cache-Control` says of each feed.
#[derive(Debug)]
pub(super) struct Freshness {
    all: HeaderValue,
    sources: HashMap<SourceId, HeaderValue>,
    tags: HashMap<String, HeaderValue>,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            all: told(CLAMP.0),
            sources: HashMap::new(),
            tags: HashMap::new(),
        }
    }
}

impl Freshness {
    /// As of `now`.
    pub(super) fn of(sources: &[SourceInfo], standings: &HashMap<SourceId, Standing>, now: Timestamp) -> Self {
        let mut soonest = CLAMP.1;
        let mut of_tags: HashMap<&str, Duration> = HashMap::new();
        let mut of_sources = HashMap::with_capacity(sources.len());
        for source in sources {
            let next = standings.get(&source.id).map_or(now, |standing| standing.next_poll);
            let wait = Duration::try_from(next.duration_since(now)).unwrap_or_default();
            let wait = (wait + A_MOMENT).clamp(CLAMP.0, CLAMP.1);
            soonest = soonest.min(wait);
            for tag in &source.tags {
                let of_tag = of_tags.entry(tag).or_insert(wait);
                *of_tag = wait.min(*of_tag);
            }
            of_sources.insert(source.id.clone(), told(wait));
        }
        let of_tags = of_tags.into_iter().map(|(tag, wait)| (tag.to_owned(), told(wait)));
        Self {
            all: told(soonest),
            sources: of_sources,
            tags: of_tags.collect(),
        }
    }

    /// What `Cache-Control` says of this feed.
    pub(super) fn header(&self, of: &Of) -> &HeaderValue {
        match of {
            Of::All | Of::Search(_) => Some(&self.all),
            Of::Source(id) => self.sources.get(id),
            Of::Tag(tag) => self.tags.get(tag),
        }
        .unwrap_or(&self.all)
    }
}

fn told(wait: Duration) -> HeaderValue {
    let text = format!("public, max-age={}, stale-if-error=86400", wait.as_secs());
    HeaderValue::from_str(&text).expect("digits can be a header")
}
