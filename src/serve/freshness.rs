//! How long what a feed says is good: until one of its sources is asked again.

use std::time::Duration;

use axum::http::HeaderValue;

use super::{SourceInfo, feeds, renderings::Of, routes::House, versions::Seen};

/// So long a feed is good at least and at most. The latter is also how late a reader may see what comes unexpectedly.
const CLAMP: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3600));

/// A poll takes a moment. Who comes back just when it begins comes too early.
const A_MOMENT: Duration = Duration::from_secs(10);

/// What `Cache-Control` says of this feed, as of `seen`.
pub(super) fn caching(house: &House, of: &Of, seen: &Seen) -> HeaderValue {
    let of = match of {
        // What a search finds next may be of any source.
        Of::All | Of::Search(_) => &Of::All,
        Of::Source(_) | Of::Tag(_) => of,
    };
    let soonest = feeds::in_feed(house, of).map(|source| wait(source, seen)).min();
    told(soonest.unwrap_or(CLAMP.0))
}

fn wait(source: &SourceInfo, seen: &Seen) -> Duration {
    let next = seen.of.get(&source.id).map_or(seen.at, |standing| standing.next_poll);
    let wait = Duration::try_from(next.duration_since(seen.at)).unwrap_or_default();
    (wait + A_MOMENT).clamp(CLAMP.0, CLAMP.1)
}

fn told(wait: Duration) -> HeaderValue {
    let text = format!("public, max-age={}, stale-if-error=86400", wait.as_secs());
    HeaderValue::from_str(&text).expect("digits can be a header")
}
