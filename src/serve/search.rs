//! The search page: a box, what is found newest first with its words marked, and how to follow the search.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri},
};
use minijinja::{context, value::Serde};
use serde::Serialize;
use url::form_urlencoded;

use super::{
    language::{Language, Spoken},
    pages::FeedLink,
    rendered::Made,
    renderings::{Basis, Key, Missing, Of},
    routes::House,
    start,
};
use crate::{
    notice::{Entry, SourceId},
    search::{self, Piece, Query, Unwise},
    store::{Place, Search},
};

/// How many notices a page shows.
const FOUND: usize = 30;

/// So many bytes of a text are shown around what was searched for, about.
const ROOM: usize = 240;

/// What a visitor asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    query: Option<Query>,
    behind: Option<Place>,
}

/// A notice that was found.
#[derive(Serialize)]
struct Found {
    path: String,
    title: Vec<Part>,
    lang: Option<String>,
    source: String,
    source_path: String,
    day: (String, String),
    excerpt: Vec<Part>,
    withdrawn: bool,
}

/// Part of a text that is shown.
#[derive(Serialize)]
struct Part {
    text: String,
    marked: bool,
}

pub(super) async fn page(
    State(house): State<Arc<House>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let spoken = Spoken::of(uri.query(), &headers);
    let pairs: Vec<_> = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).collect();
    let told = |name: &str| {
        pairs
            .iter()
            .find(|(told, _)| told == name)
            .map(|(_, value)| value.as_ref())
    };
    let words = told("q").unwrap_or_default();
    let query = match words.parse() {
        Ok(query) => Some(house.meant(query)),
        Err(Unwise::Nothing) if words.trim().is_empty() => None,
        Err(unwise) => return refused(&house, spoken, words, &unwise),
    };
    let behind = told("behind").and_then(|place| place.parse().ok()).map(Place);
    let asked = Asked { query, behind };
    let seen = house.versions.now().await;
    let basis = || Basis::Epoch(seen.epoch);
    let make = |_| make(&house, &asked, spoken);
    let key = Key::Search(asked.clone(), spoken);
    let made = house.renderings.take(&key, seen.epoch, basis, make).await;
    house.hand_out(made, &method, &uri, &headers)
}

/// The sources that `query` asks for.
pub(super) fn sources(house: &House, query: &Query) -> Vec<SourceId> {
    let asked = house
        .serve
        .sources
        .iter()
        .filter(|source| query.follows(&source.id, &source.tags));
    asked.map(|source| source.id.clone()).collect()
}

async fn make(house: &House, asked: &Asked, spoken: Spoken) -> Result<Made, Missing> {
    let Some(query) = &asked.query else {
        let about = context! { told => "", keep => "", found => Vec::<()>::new() };
        return start::made(house, "search.html", spoken, "search", &[], about);
    };
    let search = Search {
        sources: sources(house, query),
        query: query.clone(),
        behind: asked.behind,
    };
    let mut found = house.serve.store.search(&search, FOUND + 1).await?;
    let more = (found.len() > FOUND)
        .then(|| found.truncate(FOUND))
        .and(found.last())
        .map(|(place, _)| place.0);
    let told = query.to_string();
    let keep: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", &told)
        .finish();
    let shown: Vec<Found> = found
        .iter()
        .filter_map(|(_, entry)| shown(house, spoken.language, query, entry))
        .collect();
    let title = format!("{}: {told}", house.serve.site.title);
    let feeds: Vec<FeedLink> = start::feed_links(house, &Of::All, &title)
        .into_iter()
        .map(|link| FeedLink {
            path: format!("{}?{keep}", link.path),
            address: format!("{}?{keep}", link.address),
            ..link
        })
        .collect();
    let about = context! {
        told,
        keep,
        more,
        is_first => asked.behind.is_none(),
        found => Serde(shown),
        feeds => Serde(feeds.clone()),
    };
    start::made(house, "search.html", spoken, "search", &feeds, about)
}

/// What was asked for, and why it can't be answered.
fn refused(house: &House, spoken: Spoken, told: &str, unwise: &Unwise) -> Response<Body> {
    let about = context! {
        told => told.chars().take(search::MAX_CHARS).collect::<String>(),
        keep => "",
        wrong => house.pages.words(spoken.language).get(&format!("{}_text", word(unwise))),
        found => Vec::<()>::new(),
    };
    house.pages.page(StatusCode::BAD_REQUEST, "search.html", spoken, about)
}

/// By which name the pages have words for it.
pub(super) fn word(unwise: &Unwise) -> &'static str {
    match unwise {
        Unwise::Nothing => "nothing",
        Unwise::Long | Unwise::Many => "words",
        Unwise::Date(_) => "date",
        Unwise::Source(_) => "origin",
    }
}

fn shown(house: &House, language: Language, query: &Query, entry: &Entry) -> Option<Found> {
    let source = house.source(&entry.source)?;
    let notice = &entry.notice;
    let body = notice.text();
    let body = body.split_whitespace().collect::<Vec<_>>().join(" ");
    // A title is shown whole.
    let title = search::excerpt(&notice.title, query, usize::MAX);
    let root = house.pages.root();
    let day = entry.day();
    Some(Found {
        path: format!("{root}notices/{}", notice.id.uuid()),
        title: parts(title.pieces),
        lang: notice.language.clone().or_else(|| source.language.clone()),
        source: source.name.clone(),
        source_path: format!("{root}sources/{}", source.id),
        day: (day.to_string(), language.day(day)),
        excerpt: parts(search::excerpt(&body, query, ROOM).pieces),
        withdrawn: entry.withdrawn.is_some(),
    })
}

fn parts(pieces: Vec<Piece>) -> Vec<Part> {
    let part = |piece: Piece| Part {
        text: piece.text,
        marked: piece.marked,
    };
    pieces.into_iter().map(part).collect()
}
