//! The pages of a feed's past (RFC 5005 §4): what came in a month, in parts where that is much.
//!
//! A page shows its notices as they were known at the end of its month, so it stays as it is once the month is over. A notice that is
//! revised later stands on a later page again; one that is withdrawn leaves its pages, and Atom says so.

use std::{fmt, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, Response, Uri, header::CACHE_CONTROL},
    routing::{MethodRouter, get},
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use url::Url;

use super::{
    Serve, feeds,
    rendered::Made,
    renderings::{Key, Missing, Of, Turn},
    routes::{House, feed_file},
    wish::{LEAST_BYTES, Wish, bytes_of},
};
use crate::{
    feed::{Format, Pages},
    notice::Entry,
    store::{Scope, Span, StoreError},
};

/// So many notices stand on one page.
const PART: u64 = 200;

/// So many are read at a time.
const STEP: usize = 25;

/// A page that has one behind it.
const SETTLED: HeaderValue = HeaderValue::from_static("public, max-age=604800, immutable, stale-if-error=2592000");

/// The newest page: it will name the one behind it.
const NEWEST: HeaderValue = HeaderValue::from_static("public, max-age=86400, stale-if-error=2592000");

/// A month, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Month(Date);

impl Month {
    pub(super) fn of(at: Timestamp) -> Self {
        Self(at.to_zoned(TimeZone::UTC).date().first_of_month())
    }

    pub(super) fn span(self) -> Span {
        let begins = |day: Date| day.to_zoned(TimeZone::UTC).map(|begins| begins.timestamp());
        let next = self.0.checked_add(1.month()).ok();
        Span {
            from: begins(self.0).unwrap_or(Timestamp::MIN),
            until: next.and_then(|day| begins(day).ok()).unwrap_or(Timestamp::MAX),
        }
    }
}

/// One page: which part of which month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Page {
    month: Month,
    part: u64,
}

impl Page {
    /// The page that is called so in addresses.
    fn named(name: &str) -> Option<Self> {
        let mut numbers = name.split('-').map(|number| number.parse::<u64>().ok());
        let (year, month) = (numbers.next()??, numbers.next()??);
        let part = numbers.next().unwrap_or(Some(1))?;
        let day = Date::new(year.try_into().ok()?, month.try_into().ok()?, 1).ok()?;
        let page = Self {
            month: Month(day),
            part,
        };
        // One address for each page.
        (page.to_string() == name).then_some(page)
    }

    /// Its address, without the format's ending.
    fn stem(self, serve: &Serve, of: &Of) -> Url {
        let mut stem = feeds::stem(serve, of);
        if let Ok(mut path) = stem.path_segments_mut() {
            path.push(&self.to_string());
        }
        stem
    }
}

impl fmt::Display for Page {
    /// `2026-11`, and `2026-11-2` for its second part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.month.0;
        write!(f, "{:04}-{:02}", day.year(), day.month())?;
        if self.part == 1 {
            Ok(())
        } else {
            write!(f, "-{}", self.part)
        }
    }
}

/// Answers with the pages of the feeds that `of` knows by their name.
pub(super) fn named(of: fn(&str) -> Option<Of>) -> MethodRouter<Arc<House>> {
    get(
        async move |State(house): State<Arc<House>>,
                    Path((name, file)): Path<(String, String)>,
                    method: Method,
                    uri: Uri,
                    headers: HeaderMap| { answer(&house, of(&name), &file, &method, &uri, &headers).await },
    )
}

async fn answer(
    house: &Arc<House>,
    of: Option<Of>,
    file: &str,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response<Body> {
    let page = feed_file(file).and_then(|(name, format)| Some((Page::named(name)?, format)));
    let (Some(of), Some((page, format))) = (of, page) else {
        return house.missing(&Missing::Unknown, uri, headers);
    };
    let seen = house.versions.now().await;
    let place = |of: &Of| format.at(&page.stem(&house.serve, of));
    if let Some(absent) = feeds::absent(house, &of, &seen, place, uri, headers) {
        return absent;
    }
    if page.month.span().until > house.serve.clock.now() {
        return house.missing(&Missing::Unknown, uri, headers);
    }
    let key = Key::Archive(of.clone(), page, format);
    let basis = || feeds::basis(house, &of, &seen);
    let make = |turn| make(Arc::clone(house), of.clone(), page, format, turn);
    let made = house.renderings.take(&key, seen.epoch, basis, make).await;
    house.hand_out(made, method, uri, headers)
}

/// The newest page of what came before the month of `newest`: a feed shows that month itself.
pub(super) async fn behind(
    house: &House,
    of: &Of,
    scope: &Scope,
    newest: Option<Timestamp>,
) -> Result<Option<Url>, StoreError> {
    let Some(newest) = newest else { return Ok(None) };
    // Nobody has to count the month itself.
    let from = Month::of(newest).span().from;
    let around = house.serve.store.around(scope, Span { from, until: from }).await?;
    last(house, of, scope, around.before).await
}

/// The last page of the month that `at` is in.
async fn last(house: &House, of: &Of, scope: &Scope, at: Option<Timestamp>) -> Result<Option<Url>, StoreError> {
    let Some(at) = at else { return Ok(None) };
    let month = Month::of(at);
    let around = house.serve.store.around(scope, month.span()).await?;
    let part = around.within.div_ceil(PART).max(1);
    Ok(Some(Page { month, part }.stem(&house.serve, of)))
}

async fn make(house: Arc<House>, of: Of, page: Page, format: Format, turn: Turn) -> Result<Made, Missing> {
    let serve = &house.serve;
    let scope = feeds::scope(&house, &of);
    let span = page.month.span();
    let around = serve.store.around(&scope, span).await?;
    let parts = around.within.div_ceil(PART);
    if !(1..=parts).contains(&page.part) {
        return Err(Missing::Unknown);
    }
    let beside = |part| Page { part, ..page }.stem(serve, &of);
    let older = match page.part {
        1 => last(&house, &of, &scope, around.before).await?,
        part => Some(beside(part - 1)),
    };
    let next = around
        .after
        .map(Month::of)
        .filter(|month| month.span().until <= serve.clock.now());
    let newer = match (page.part < parts, next) {
        (true, _) => Some(beside(page.part + 1)),
        (false, Some(month)) => Some(Page { month, part: 1 }.stem(serve, &of)),
        (false, None) => None,
    };
    let caching = if newer.is_some() { SETTLED } else { NEWEST };
    let mut entries = load(&house, &scope, page, span).await?;
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        entries.reverse();
        let last_modified = feeds::changed(&entries);
        let corrections = entries
            .iter()
            .filter(|entry| entry.revision > 1 && entry.revised >= span.from);
        let corrections = corrections.cloned().collect();
        let mut view = feeds::view(&house, &of, &Wish::default(), entries, corrections);
        view.hubs.clear();
        view.pages = Pages {
            older,
            newer,
            current: Some(view.stem),
        };
        view.stem = page.stem(&house.serve, &of);
        let mut headers = feeds::feed_headers(&view, format);
        headers.insert(CACHE_CONTROL, caching);
        Made {
            bytes: view.render(format),
            last_modified,
            headers,
        }
    });
    made.await.map_err(|broken| Missing::Page(broken.to_string()))
}

/// The notices of a page. Of texts that are too long together the last are left out: each notice has its own page for that.
async fn load(house: &House, scope: &Scope, page: Page, span: Span) -> Result<Vec<Entry>, StoreError> {
    let begins = (page.part - 1) * PART;
    let (skip, most) = (
        usize::try_from(begins).unwrap_or(usize::MAX),
        usize::try_from(PART).unwrap_or(usize::MAX),
    );
    let mut entries: Vec<Entry> = Vec::new();
    let mut bytes = 0;
    while entries.len() < most {
        let limit = STEP.min(most - entries.len());
        let more = house.serve.store.past(scope, span, skip + entries.len(), limit).await?;
        let is_last = more.len() < limit;
        for mut entry in more {
            bytes += bytes_of(&entry);
            if bytes > LEAST_BYTES {
                entry.notice.content = None;
                entry.notice.summary = None;
            }
            entries.push(entry);
        }
        if is_last {
            break;
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_name() {
        for name in ["2026-11", "2026-01-2", "0999-12-31"] {
            assert_eq!(Page::named(name).expect(name).to_string(), name);
        }
        for bad in [
            "",
            "2026",
            "2026-13",
            "2026-1",
            "2026-11-1",
            "2026-11-02",
            "2026-11-2-3",
            "-2026-11",
            "x-11",
            "99999-01",
        ] {
            assert_eq!(Page::named(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let month = Month::of("2026-12-31T23:59:59.9Z".parse().expect("an instant"));
        let span = month.span();
        assert_eq!(
            (span.from.to_string(), span.until.to_string()),
            ("2026-12-01T00:00:00Z".to_owned(), "2027-01-01T00:00:00Z".to_owned())
        );
        assert_eq!(Month::of(span.from), month);
    }
}
