//! Feeds and their list.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, State},
    http::{
        HeaderMap, HeaderValue, Method, Response, StatusCode, Uri,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, LINK, LOCATION},
    },
    routing::{MethodRouter, get},
};
use jiff::Timestamp;
use url::Url;

use super::{
    SavedSearch, Serve, SourceInfo,
    answer::plain,
    archive, corrections,
    freshness::caching,
    rendered::{Made, Rendered},
    renderings::{Basis, Key, Missing, Of, Turn},
    routes::{House, feed_file},
    versions::Seen,
    wish::{Unwise, Wish, finds},
};
use crate::{
    feed::{self, FeedEntry, FeedView, Format, Outline, Pages, Telling},
    notice::Entry,
    search::Query,
    store::Scope,
};

/// Answers with the feeds that `of` knows by the name of their file.
pub(super) fn named(of: fn(&str) -> Option<Of>) -> MethodRouter<Arc<House>> {
    get(
        async move |State(house): State<Arc<House>>,
                    Path(file): Path<String>,
                    method: Method,
                    uri: Uri,
                    headers: HeaderMap| {
            let named = feed_file(&file).and_then(|(name, format)| Some((of(name)?, format)));
            answer(&house, named, &method, &uri, &headers).await
        },
    )
}

pub(super) async fn opml(
    State(house): State<Arc<House>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let basis = || Basis::Versions(Vec::new());
    let made = house
        .renderings
        .take(&Key::Opml, 0, basis, |_| async { Ok(list(&house)) })
        .await;
    house.hand_out(made, &method, &uri, &headers)
}

async fn answer(
    house: &Arc<House>,
    of: Option<(Of, Format)>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response<Body> {
    let Some((of, format)) = of else {
        return house.missing(&Missing::Unknown, uri, headers);
    };
    let wish = match Wish::read(uri.query()) {
        Ok(wish) => wish.of(house),
        Err(Unwise::Limit) => return house.word(StatusCode::BAD_REQUEST, "limit", uri, headers),
        Err(Unwise::Search(unwise)) => {
            return house.word(StatusCode::BAD_REQUEST, super::search::word(&unwise), uri, headers);
        }
    };
    let seen = house.versions.now().await;
    let place = |of: &Of| format.at(&stem(&house.serve, of));
    if let Some(absent) = absent(house, &of, &seen, place, uri, headers) {
        return absent;
    }
    match take_as_of(house, &seen, &of, format, &wish).await {
        Ok(rendered) => {
            let mut answer = rendered.answer(method, headers);
            let caching = caching(house, &of, &seen);
            answer.headers_mut().insert(CACHE_CONTROL, caching.clone());
            if uri.query().is_none() {
                house.counter.put(uri.path(), &seen, &rendered, &caching);
            }
            answer
        }
        Err(missing) => house.missing(&missing, uri, headers),
    }
}

/// The answer where there is no such feed: where it is now, that it is gone, or that it never was. `place` tells the address of the
/// same of another feed.
pub(super) fn absent(
    house: &House,
    of: &Of,
    seen: &Seen,
    place: impl FnOnce(&Of) -> Url,
    uri: &Uri,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    if exists(house, of) {
        return None;
    }
    let Of::Source(id) = of else {
        return Some(house.missing(&Missing::Unknown, uri, headers));
    };
    if let Some(now) = house.renamed(id) {
        let mut address = place(&Of::Source(now.clone()));
        address.set_query(uri.query());
        return Some(moved(&address));
    }
    // Whoever reads the feed of a source that was here should stop; whoever guesses should not.
    Some(match seen.of.contains_key(id) {
        true => house.word(StatusCode::GONE, "gone", uri, headers),
        false => house.missing(&Missing::Unknown, uri, headers),
    })
}

/// Leads to `address` for good.
fn moved(address: &Url) -> Response<Body> {
    let mut answer = plain(StatusCode::MOVED_PERMANENTLY, "This is at another address now.");
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    if let Ok(address) = HeaderValue::from_str(address.as_str()) {
        headers.insert(LOCATION, address);
    }
    answer
}

/// A feed that exists, made anew where it has changed.
pub(super) async fn take(house: &Arc<House>, of: &Of, format: Format, wish: &Wish) -> Result<Arc<Rendered>, Missing> {
    let seen = house.versions.now().await;
    take_as_of(house, &seen, of, format, wish).await
}

async fn take_as_of(
    house: &Arc<House>,
    seen: &Seen,
    of: &Of,
    format: Format,
    wish: &Wish,
) -> Result<Arc<Rendered>, Missing> {
    let key = Key::Feed(of.clone(), format, wish.clone());
    let basis = || basis(house, of, seen);
    let make = |turn| make(Arc::clone(house), of.clone(), format, wish.clone(), turn);
    house.renderings.take(&key, seen.epoch, basis, make).await
}

pub(super) fn in_feed<'a>(house: &'a House, of: &'a Of) -> impl Iterator<Item = &'a SourceInfo> {
    let (one, many) = match of {
        Of::Source(id) => (house.source(id), None),
        Of::All | Of::Tag(_) | Of::Search(_) => (None, Some(house.serve.sources.iter())),
    };
    let saved = saved(house, of);
    let is_asked_for = move |source: &&SourceInfo| match of {
        Of::Tag(tag) => source.tags.contains(tag),
        Of::Search(_) => saved.is_some_and(|saved| saved.query.follows(&source.id, &source.tags)),
        Of::All | Of::Source(_) => true,
    };
    one.into_iter().chain(many.into_iter().flatten().filter(is_asked_for))
}

/// The search that the feed shows, if it shows one.
fn saved<'a>(house: &'a House, of: &Of) -> Option<&'a SavedSearch> {
    match of {
        Of::Search(id) => house.serve.searches.iter().find(|saved| saved.id == *id),
        Of::All | Of::Source(_) | Of::Tag(_) => None,
    }
}

pub(super) fn exists(house: &House, of: &Of) -> bool {
    match of {
        Of::All => true,
        Of::Search(_) => saved(house, of).is_some(),
        Of::Source(_) | Of::Tag(_) => in_feed(house, of).next().is_some(),
    }
}

pub(super) fn basis(house: &House, of: &Of, seen: &Seen) -> Basis {
    Basis::Versions(in_feed(house, of).map(|source| seen.version(&source.id)).collect())
}

pub(super) fn scope(house: &House, of: &Of) -> Scope {
    match of {
        Of::Source(id) => Scope::Source(id.clone()),
        Of::All | Of::Tag(_) | Of::Search(_) => {
            Scope::Sources(in_feed(house, of).map(|source| source.id.clone()).collect())
        }
    }
}

async fn make(house: Arc<House>, of: Of, format: Format, wish: Wish, turn: Turn) -> Result<Made, Missing> {
    let scope = scope(&house, &of);
    let asked = in_feed(&house, &of).filter(|source| {
        let query = wish.query.as_ref();
        query.is_none_or(|query| query.follows(&source.id, &source.tags))
    });
    let asked = asked.map(|source| source.id.clone()).collect();
    let saved = saved(&house, &of).map(|saved| saved.query.clone());
    let entries = wish.load(house.serve.store.as_ref(), asked, saved.as_ref()).await?;
    let mut corrections = corrections::load(&house, &of).await?;
    let older = match wish.is_particular() || saved.is_some() {
        true => None,
        false => {
            let newest = entries.iter().map(|entry| entry.first_seen).max();
            archive::behind(&house, &of, &scope, newest).await?
        }
    };
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let entries = wish.choose(entries);
        corrections.retain(|correction| {
            wish.is_about(correction) && saved.as_ref().is_none_or(|query| finds(query, correction))
        });
        let last_modified = changed(&entries).max(changed(&corrections));
        let mut view = view(&house, &of, &wish, entries, corrections);
        view.pages.older = older;
        wish.shorten(&mut view.entries);
        Made {
            bytes: view.render(format),
            last_modified,
            headers: feed_headers(&view, format),
        }
    });
    made.await.map_err(|broken| Missing::Page(broken.to_string()))
}

/// When the newest change among `entries` happened: the same on every node, since it was stored. `None` without entries.
pub(super) fn changed(entries: &[Entry]) -> Option<Timestamp> {
    let changes = entries
        .iter()
        .flat_map(|entry| [Some(entry.first_seen), Some(entry.revised), entry.withdrawn]);
    changes.flatten().max()
}

pub(super) fn feed_headers(view: &FeedView, format: Format) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let hubs = view.hubs.iter().map(|hub| format!("<{hub}>; rel=\"hub\", "));
    let links = format!("{}<{}>; rel=\"self\"", hubs.collect::<String>(), view.address(format));
    let kind = format!("{}; charset=utf-8", format.media_type());
    let told = [
        (CONTENT_TYPE, Some(kind)),
        (LINK, Some(links)),
        (ACCESS_CONTROL_ALLOW_ORIGIN, Some("*".to_owned())),
        (CONTENT_LANGUAGE, view.language.clone()),
    ];
    for (name, value) in told {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

pub(super) fn view(house: &House, of: &Of, wish: &Wish, entries: Vec<Entry>, corrections: Vec<Entry>) -> FeedView {
    let serve = &house.serve;
    let site = &serve.site;
    let sources: Vec<&SourceInfo> = in_feed(house, of).collect();
    let first = sources.first();
    let language = first
        .and_then(|first| first.language.clone())
        .filter(|language| sources.iter().all(|source| source.language.as_ref() == Some(language)));
    let (title, description, page, author) = match (of, first) {
        (Of::Source(id), Some(source)) => (
            source.name.clone(),
            format!("{}: {}", source.name, source.page),
            address(serve, &["sources", id.as_str()]),
            source.name.clone(),
        ),
        (Of::Search(_), _) if let Some(saved) = saved(house, of) => {
            let told = saved.query.to_string();
            let mut page = address(serve, &["search"]);
            page.query_pairs_mut().append_pair("q", &told);
            (saved.name.clone(), told, page, site.title.clone())
        }
        (Of::Tag(tag), _) => {
            let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
            (
                format!("{}: {tag}", site.title),
                names.join(" · "),
                address(serve, &[""]),
                site.title.clone(),
            )
        }
        _ => {
            let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).take(20).collect();
            (
                site.title.clone(),
                names.join(" · "),
                address(serve, &[""]),
                site.title.clone(),
            )
        }
    };
    let words = wish.query.as_ref().map(Query::to_string);
    FeedView {
        title: match &words {
            Some(words) => format!("{title}: {words}"),
            None => title,
        },
        description,
        page,
        stem: stem(serve, of),
        words,
        pages: Pages::default(),
        hubs: if *wish == Wish::default() {
            house.hubs()
        } else {
            Vec::new()
        },
        icon: Some(address(serve, &["favicon.svg"])),
        author,
        language,
        rights: match (of, first) {
            (Of::Source(_), Some(source)) => source.rights.clone().or_else(|| site.rights.clone()),
            _ => site.rights.clone(),
        },
        ttl: sources
            .iter()
            .map(|source| source.interval)
            .min()
            .unwrap_or(Duration::from_secs(900)),
        tag_scheme: address(serve, &["feeds", "tag", ""]),
        entries: corrections::between(told(house, entries), told(house, corrections)),
    }
}

fn told(house: &House, entries: Vec<Entry>) -> Vec<FeedEntry> {
    let told = entries.into_iter().filter_map(|entry| feed_entry(house, entry));
    told.collect()
}

pub(super) fn feed_entry(house: &House, entry: Entry) -> Option<FeedEntry> {
    let source = house.source(&entry.source)?;
    Some(FeedEntry {
        page: address(&house.serve, &["notices", &entry.notice.id.uuid().to_string()]),
        source_name: source.name.clone(),
        source_url: source.page.clone(),
        zone: source.zone.clone(),
        language: source.language.clone(),
        tags: source.tags.clone(),
        rights: source.rights.clone().or_else(|| house.serve.site.rights.clone()),
        corrections: source.corrections,
        telling: Telling::Notice,
        entry,
    })
}

/// The address of a feed without its ending.
pub(super) fn stem(serve: &Serve, of: &Of) -> Url {
    match of {
        Of::All => address(serve, &["feeds", "all"]),
        Of::Source(id) => address(serve, &["feeds", id.as_str()]),
        Of::Tag(tag) => address(serve, &["feeds", "tag", tag]),
        Of::Search(id) => address(serve, &["feeds", "search", id]),
    }
}

/// The public address of a path, whose parts are encoded.
pub(super) fn address(serve: &Serve, parts: &[&str]) -> Url {
    let mut address = serve.site.public_url.clone();
    if let Ok(mut path) = address.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    address
}

fn list(house: &House) -> Made {
    let serve = &house.serve;
    let feed = |of: &Of| format!("{}.{}", stem(serve, of), Format::Atom.extension());
    let mut outlines = vec![Outline {
        title: serve.site.title.clone(),
        feed: feed(&Of::All),
        page: serve.site.public_url.clone(),
        language: None,
        tags: Vec::new(),
    }];
    outlines.extend(house.tags().into_iter().map(|tag| Outline {
        title: format!("{}: {tag}", serve.site.title),
        feed: feed(&Of::Tag(tag.clone())),
        page: serve.site.public_url.clone(),
        language: None,
        tags: vec![tag],
    }));
    outlines.extend(serve.searches.iter().map(|saved| Outline {
        title: saved.name.clone(),
        feed: feed(&Of::Search(saved.id.clone())),
        page: serve.site.public_url.clone(),
        language: None,
        tags: Vec::new(),
    }));
    outlines.extend(serve.sources.iter().map(|source| Outline {
        title: source.name.clone(),
        feed: feed(&Of::Source(source.id.clone())),
        page: source.page.clone(),
        language: source.language.clone(),
        tags: source.tags.clone(),
    }));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/x-opml; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert(
        "content-disposition",
        HeaderValue::from_static("attachment; filename=\"feeds.opml\""),
    );
    Made {
        bytes: feed::opml(&serve.site.title, &outlines),
        // It follows the configuration, which has no date.
        last_modified: None,
        headers,
    }
}
