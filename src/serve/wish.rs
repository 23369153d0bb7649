//! What a reader asks of a feed beyond its address, and the entries that answer it.
//!
//! Whoever asks may be anybody, so the answer is bounded in entries and in bytes, and so is what is read for it.

use std::time::Duration;

use url::form_urlencoded;

use super::{archive::Month, routes::House};
use crate::{
    feed::FeedEntry,
    notice::{Entry, SafeHtml, SourceId},
    search::{self, Document, Query},
    store::{Scope, Search, Store, StoreError},
};

/// How many entries a feed has at least, as far as there are so many.
const LEAST: usize = 100;

/// How long a reader may be away without missing anything: what was first seen this long before the newest entry stays.
const HOLIDAY: Duration = Duration::from_secs(14 * 86_400);

/// The most that a reader may ask for or search in, and that a holiday may add up to.
pub(super) const MOST: usize = 1_000;

/// How many bytes the texts of the [`LEAST`] entries may have.
pub(super) const LEAST_BYTES: usize = 16 << 20;

/// How many bytes the texts of a longer feed may have.
const MOST_BYTES: usize = 4 << 20;

/// How many bytes of texts a search reads.
const SEARCHED_BYTES: usize = 48 << 20;

/// How many entries are read first; then in steps, while they are short enough.
const FIRST: usize = 25;

/// What a reader asks of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wish {
    length: Length,
    pub(super) query: Option<Query>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Length {
    /// Enough to outlast a reader's holiday.
    Holiday,
    /// As many as the reader asked for.
    Asked(usize),
}

/// A wish that can't be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unwise {
    /// `?limit=` is no number, or too large a one.
    Limit,
    /// `?q=` can't be searched for.
    Search(search::Unwise),
}

impl Default for Wish {
    /// The feed as it is.
    fn default() -> Self {
        Self {
            length: Length::Holiday,
            query: None,
        }
    }
}

impl Wish {
    /// What `?limit=` and `?q=` ask for.
    pub(super) fn read(query: Option<&str>) -> Result<Self, Unwise> {
        let mut wish = Self::default();
        // The first of a name counts.
        let pairs: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
        let told = |name: &str| pairs.iter().find(|(told, _)| told == name).map(|(_, value)| value);
        if let Some(number) = told("limit") {
            let number = number.parse().ok().filter(|limit| (1..=MOST).contains(limit));
            wish.length = Length::Asked(number.ok_or(Unwise::Limit)?);
        }
        if let Some(words) = told("q") {
            wish.query = match words.parse() {
                Ok(query) => Some(query),
                Err(search::Unwise::Nothing) => None,
                Err(unwise) => return Err(Unwise::Search(unwise)),
            };
        }
        Ok(wish)
    }

    /// The same, of sources by the names that they have now.
    pub(super) fn of(self, house: &House) -> Self {
        let query = self.query.map(|query| house.meant(query));
        Self { query, ..self }
    }

    /// Whether it is one of many that anybody can think up.
    pub(super) fn is_particular(&self) -> bool {
        self.query.is_some() || self.length != Length::Holiday
    }

    /// Enough entries of `sources` to [`choose`](Self::choose) from, newest first: those that the wish is about, and of a `saved`
    /// search only what that finds.
    pub(super) async fn load(
        &self,
        store: &dyn Store,
        sources: Vec<SourceId>,
        saved: Option<&Query>,
    ) -> Result<Vec<Entry>, StoreError> {
        let sought = saved.or(self.query.as_ref());
        // What the index was not asked for is looked for in what it found.
        let is_sifted = saved.is_some() && self.query.is_some();
        let bytes = if is_sifted { SEARCHED_BYTES } else { LEAST_BYTES };
        let search = sought.map(|query| Search {
            sources: sources.clone(),
            query: query.clone(),
            behind: None,
        });
        let scope = Scope::Sources(sources);
        let mut step = match self.length {
            Length::Asked(limit) => FIRST.min(limit),
            Length::Holiday => FIRST,
        };
        loop {
            let mut entries: Vec<Entry> = match &search {
                Some(search) => store
                    .search(search, step)
                    .await?
                    .into_iter()
                    .map(|(_, entry)| entry)
                    .collect(),
                None => store.newest(&scope, step).await?,
            };
            let read = entries.iter().map(bytes_of).sum::<usize>();
            let is_served = !is_sifted && self.is_served_by(&entries);
            if entries.len() < step || step == MOST || read >= bytes || is_served {
                if is_sifted {
                    entries.retain(|entry| self.is_about(entry));
                }
                return Ok(entries);
            }
            step = (4 * step).min(MOST);
        }
    }

    /// Those of `entries`, newest first, that the feed shows.
    pub(super) fn choose(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        let (most, outlasts) = match self.length {
            Length::Asked(limit) => (limit, None),
            Length::Holiday => (LEAST, Some(outlasts(&entries))),
        };
        let stays = |entry: &Entry| outlasts.as_ref().is_some_and(|outlasts| outlasts(entry));
        keep(&mut entries, most, |entry| entry, stays);
        let mut bytes = 0;
        let fits = |(nth, entry): &(usize, &Entry)| {
            bytes += bytes_of(entry);
            *nth == 0 || bytes <= if *nth < LEAST { LEAST_BYTES } else { MOST_BYTES }
        };
        let fitting = entries.iter().enumerate().take_while(fits).count();
        entries.truncate(fitting);
        entries
    }

    /// Whether it asks for `entry`.
    pub(super) fn is_about(&self, entry: &Entry) -> bool {
        self.query.as_ref().is_none_or(|query| finds(query, entry))
    }

    /// Takes away what is more than was asked for.
    pub(super) fn shorten(&self, entries: &mut Vec<FeedEntry>) {
        if let Length::Asked(limit) = self.length {
            keep(entries, limit, |one| &one.entry, |_| false);
        }
    }

    /// Whether more entries would change nothing.
    fn is_served_by(&self, entries: &[Entry]) -> bool {
        let shown = entries.iter().filter(|entry| entry.withdrawn.is_none()).count();
        match self.length {
            Length::Asked(limit) => shown >= limit,
            Length::Holiday => shown >= LEAST && !entries.last().is_some_and(outlasts(entries)),
        }
    }
}

/// Keeps the first `most` of what is shown, with what was withdrawn between them, and of the rest what `stays`.
fn keep<T>(entries: &mut Vec<T>, most: usize, entry: impl Fn(&T) -> &Entry, stays: impl Fn(&Entry) -> bool) {
    let mut shown = 0;
    entries.retain(|one| {
        let entry = entry(one);
        shown += usize::from(entry.withdrawn.is_none());
        shown <= most || stays(entry)
    });
}

/// Whether `query` asks for `entry`, wherever it is from.
pub(super) fn finds(query: &Query, entry: &Entry) -> bool {
    query.matches(&Document::of(&entry.notice), entry.day())
}

/// Tells what was first seen within a holiday before the newest of `entries`, or in the same month: pages of the past begin before
/// that.
///
/// Counted from the newest and not from now: a feed changes only when its notices do.
fn outlasts(entries: &[Entry]) -> impl Fn(&Entry) -> bool + use<> {
    let newest = entries.iter().map(|entry| entry.first_seen).max();
    let month = newest.map(|newest| Month::of(newest).span().from);
    move |entry| {
        month.is_some_and(|begins| entry.first_seen >= begins)
            || newest.is_some_and(|newest| newest.duration_since(entry.first_seen).unsigned_abs() <= HOLIDAY)
    }
}

/// How many bytes its texts have in a feed.
pub(super) fn bytes_of(entry: &Entry) -> usize {
    if entry.withdrawn.is_some() {
        return 0;
    }
    let texts = [&entry.notice.content, &entry.notice.summary];
    let texts = texts.into_iter().flatten().map(SafeHtml::as_str).map(str::len);
    entry.notice.title.len() + texts.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: Result<(Length, Option<&str>), Unwise>) {
        let wish = Wish::read(Some(query));
        let seen = wish.map(|wish| (wish.length, wish.query.map(|query| query.to_string())));
        let expected = expected.map(|(length, words)| (length, words.map(str::to_owned)));
        assert_eq!(seen, expected, "{query}");
    }

    #[test]
    fn a_wish_is_a_number_and_words() {
        use Length::{Asked, Holiday};
        check("", Ok((Holiday, None)));
        check("lang=ko&limit=3", Ok((Asked(3), None)));
        check(
            "q=Water+%22off%20now%22&limit=3",
            Ok((Asked(3), Some("water \"off now\""))),
        );
        check("q=%EB%8B%A8%EC%88%98", Ok((Holiday, Some("단수"))));
        check("q=", Ok((Holiday, None)));
        for bad in ["limit=0", "limit=1001", "limit=x", "limit="] {
            check(bad, Err(Unwise::Limit));
        }
        check(
            &format!("q={}", "x".repeat(300)),
            Err(Unwise::Search(search::Unwise::Long)),
        );
    }
    #[test]
    fn a_feed_has_as_many_entries_as_its_bytes_allow() {
        let entry = |content: &Option<SafeHtml>| Entry {
            seq: 1,
            source: "town".parse().expect("an id"),
            notice: crate::notice::Notice {
                id: crate::notice::NoticeId::of(&"town".parse().expect("an id"), "1"),
                key: "1".to_owned(),
                title: "Water off".to_owned(),
                link: None,
                published: None,
                updated: None,
                author: None,
                categories: Vec::new(),
                views: None,
                pinned: false,
                summary: None,
                content: content.clone(),
                attachments: Vec::new(),
                language: None,
                guid: None,
            },
            revision: 1,
            first_seen: jiff::Timestamp::UNIX_EPOCH,
            revised: jiff::Timestamp::UNIX_EPOCH,
            withdrawn: None,
        };
        let [short, long, longer] = [1, 100, 1_000].map(|kib| SafeHtml::of_text(&"x".repeat(kib << 10)));
        let chosen = |query: &str, content: &Option<SafeHtml>, count: usize| {
            let wish = Wish::read(Some(query)).expect("a wish");
            wish.choose((0..count).map(|_| entry(content)).collect()).len()
        };
        assert_eq!(chosen("", &short, 120), 120);
        assert_eq!(chosen("limit=110", &short, 120), 110);
        assert_eq!(chosen("", &longer, 30), 16);
        assert_eq!(chosen("limit=30", &longer, 30), 16);
        assert_eq!(chosen("q=water", &longer, 30), 16);
        assert_eq!(chosen("", &long, 150), 100);
        assert_eq!(chosen("limit=150", &long, 150), 100);
        assert_eq!(chosen("limit=2", &longer, 3), 2);
    }
}
