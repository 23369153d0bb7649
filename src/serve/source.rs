//! The page of a source: its notices, its feeds and how to follow them, when it usually publishes, how it is doing.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Method, Response, Uri},
};
use minijinja::{context, value::Serde};
use serde::Serialize;
use url::{Host, Url};

use super::{
    feeds, habits,
    language::Spoken,
    rendered::Made,
    renderings::{Basis, Key, Missing, Of},
    routes::House,
    start::{self, NOTICES},
};
use crate::{feed::Format, notice::SourceId, store::Scope};

/// Readers on the web that take an address of a feed from a link, and what the link begins with.
const READERS: [(&str, &str); 5] = [
    ("Feedly", "https://feedly.com/i/subscription/feed/"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
    ("Feedbin", "https://feedbin.com/?subscribe="),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
];

/// A link that opens a feed in a reader.
#[derive(Serialize)]
struct Reader {
    /// None for whatever the visitor's device has for feeds.
    name: Option<&'static str>,
    address: String,
}

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let spoken = Spoken::of(uri.query(), &headers);
    let seen = house.versions.now().await;
    let Ok(id) = id.parse::<SourceId>() else {
        return house.missing(&Missing::Unknown, &uri, &headers);
    };
    let place = |of: &Of| match of {
        Of::Source(id) => feeds::address(&house.serve, &["sources", id.as_str()]),
        Of::All | Of::Tag(_) | Of::Search(_) => house.serve.site.public_url.clone(),
    };
    if let Some(absent) = feeds::absent(&house, &Of::Source(id.clone()), &seen, place, &uri, &headers) {
        return absent;
    }
    let basis = || Basis::Epoch(seen.epoch);
    let make = |_| make(&house, &id, spoken);
    let made = house
        .renderings
        .take(&Key::Source(id.clone(), spoken), seen.epoch, basis, make)
        .await;
    house.hand_out(made, &method, &uri, &headers)
}

async fn make(house: &House, id: &SourceId, spoken: Spoken) -> Result<Made, Missing> {
    let language = spoken.language;
    let source = house.source(id).ok_or(Missing::Unknown)?;
    let states = start::states(house).await?;
    let state = states.get(id);
    let entries = house.serve.store.newest(&Scope::Source(id.clone()), NOTICES).await?;
    let feeds = start::feed_links(house, &Of::Source(id.clone()), &source.name);
    let main = format!(
        "{}.{}",
        feeds::stem(&house.serve, &Of::Source(id.clone())),
        Format::Atom.extension()
    );
    let about = context! {
        days => Serde(start::days(house, &entries, language)),
        card => Serde(start::card(house, source, state, language)),
        address => feeds::address(&house.serve, &["sources", id.as_str()]).as_str(),
        legal_note => house.pages.legal_note(language, source),
        interval => language.span(source.interval),
        readers => Serde(readers(&house.serve.site.public_url, &main)),
        rhythm => state.and_then(|state| habits::told(&house.pages, language, &state.rhythm, &source.zone)),
    };
    start::made(house, "source.html", spoken, &format!("sources/{id}"), &feeds, about)
}

/// Links that open `feed` in a reader. Readers on the web are named where they can reach the site.
fn readers(site: &Url, feed: &str) -> Vec<Reader> {
    let encoded: String = url::form_urlencoded::byte_serialize(feed.as_bytes()).collect();
    let here = Reader {
        name: None,
        address: format!("feed:{feed}"),
    };
    let is_public = matches!(site.host(), Some(Host::Domain(name)) if name.contains('.') && !name.ends_with(".local"));
    let elsewhere = READERS.into_iter().filter(|_| is_public).map(|(name, begins)| Reader {
        name: Some(name),
        address: format!("{begins}{encoded}"),
    });
    [here].into_iter().chain(elsewhere).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_on_the_web_are_named_where_they_can_reach_the_site() {
        let count = |site: &str| readers(&site.parse().expect("an address"), "http://x.org/feeds/a.atom").len();
        assert_eq!(count("https://notices.example.org/"), 6);
        for private in [
            "http://127.0.0.1:8080/",
            "http://localhost:8080/",
            "http://[::1]/",
            "http://nas.local/",
        ] {
            assert_eq!(count(private), 1, "{private}");
        }
        let links = readers(
            &"https://n.example.org/".parse().expect("an address"),
            "https://n.example.org/feeds/a.atom",
        );
        assert_eq!(links[0].address, "feed:https://n.example.org/feeds/a.atom");
        assert_eq!(
            links[2].address,
            "https://www.inoreader.com/?add_feed=https%3A%2F%2Fn.example.org%2Ffeeds%2Fa.atom"
        );
    }
}
