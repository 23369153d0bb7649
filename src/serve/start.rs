//! The start page: the newest notices by day, and the sources by what they are about, each with how it is doing.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Method, Response, Uri},
};
use jiff::{Timestamp, civil};
use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{
    SourceInfo, feeds,
    language::{Language, Spoken},
    pages::FeedLink,
    rendered::Made,
    renderings::{Basis, Key, Missing, Of},
    routes::House,
};
use crate::{
    feed::Format,
    notice::{Entry, SourceId},
    store::{Health, SourceState},
};

/// How many notices the pages show.
pub(super) const NOTICES: usize = 60;

/// So many sources are shown unfolded, if all of them are.
const AT_A_GLANCE: usize = 24;

pub(super) async fn page(
    State(house): State<Arc<House>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let spoken = Spoken::of(uri.query(), &headers);
    let seen = house.versions.now().await;
    let basis = || Basis::Epoch(seen.epoch);
    let make = |_| start(&house, spoken);
    let made = house
        .renderings
        .take(&Key::Start(spoken), seen.epoch, basis, make)
        .await;
    house.hand_out(made, &method, &uri, &headers)
}

/// The addresses of a feed in all formats.
pub(super) fn feed_links(house: &House, of: &Of, title: &str) -> Vec<FeedLink> {
    let stem = feeds::stem(&house.serve, of);
    Format::ALL
        .into_iter()
        .map(|format| FeedLink {
            name: format.name(),
            media_type: format.media_type(),
            title: format!("{title} ({})", format.name()),
            path: format!("{}.{}", stem.path(), format.extension()),
            address: format!("{stem}.{}", format.extension()),
        })
        .collect()
}

/// Notices of one day.
#[derive(Serialize)]
pub(super) struct Day {
    date: String,
    text: String,
    rows: Vec<Row>,
}

/// A notice in a list.
#[derive(Serialize)]
struct Row {
    title: String,
    path: String,
    lang: Option<String>,
    source: String,
    source_path: String,
    files: Option<String>,
    pinned: bool,
}

/// The sources that carry a tag, or none.
#[derive(Serialize)]
struct Group {
    tag: Option<String>,
    feeds: Vec<FeedLink>,
    cards: Vec<Card>,
    /// Whether it is shown unfolded.
    open: bool,
}

/// A source in a list.
#[derive(Clone, Serialize)]
pub(super) struct Card {
    id: String,
    name: String,
    lang: Option<String>,
    path: String,
    url: String,
    health: &'static str,
    health_text: String,
    last_good: Option<String>,
    /// In a sentence.
    last_new: Option<String>,
    last_new_at: Option<String>,
    notices: u64,
    tags: Vec<String>,
    feeds: Vec<FeedLink>,
}

async fn start(house: &House, spoken: Spoken) -> Result<Made, Missing> {
    let states = states(house).await?;
    let entries = house.serve.store.newest(&house.everything(), NOTICES).await?;
    let cards: Vec<Card> = house
        .serve
        .sources
        .iter()
        .map(|source| card(house, source, states.get(&source.id), spoken.language))
        .collect();
    let feeds = feed_links(house, &Of::All, &house.serve.site.title);
    let searches = house.serve.searches.iter().map(|saved| {
        let feeds = feed_links(house, &Of::Search(saved.id.clone()), &saved.name);
        context! { name => saved.name.as_str(), query => saved.query.to_string(), feeds => Serde(feeds) }
    });
    let about = context! {
        searches => searches.collect::<Vec<_>>(),
        days => Serde(days(house, &entries, spoken.language)),
        groups => Serde(groups(house, cards)),
        feeds => Serde(feeds.clone()),
    };
    made(house, "start.html", spoken, "", &feeds, about)
}

/// The sources of each tag, in the order of the tags; those without one come last. A source stands under each of its tags.
fn groups(house: &House, cards: Vec<Card>) -> Vec<Group> {
    let tagged = |tag: String| Group {
        feeds: feed_links(house, &Of::Tag(tag.clone()), &tag),
        cards: cards.iter().filter(|card| card.tags.contains(&tag)).cloned().collect(),
        tag: Some(tag),
        open: false,
    };
    let mut groups: Vec<Group> = house.tags().into_iter().map(tagged).collect();
    groups.push(Group {
        tag: None,
        feeds: Vec::new(),
        cards: cards.iter().filter(|card| card.tags.is_empty()).cloned().collect(),
        open: false,
    });
    groups.retain(|group| !group.cards.is_empty());
    let rows: usize = groups.iter().map(|group| group.cards.len()).sum();
    let is_alone = groups.len() == 1;
    for group in &mut groups {
        group.open = rows <= AT_A_GLANCE || is_alone;
    }
    groups
}

pub(super) fn made(
    house: &House,
    template: &str,
    spoken: Spoken,
    path: &str,
    feeds: &[FeedLink],
    about: minijinja::Value,
) -> Result<Made, Missing> {
    Ok(Made {
        bytes: house.pages.render(template, spoken, path, feeds, about)?,
        // How the sources are doing changes without any notice.
        last_modified: None,
        headers: house.pages.headers(spoken, feeds),
    })
}

pub(super) async fn states(house: &House) -> Result<HashMap<SourceId, SourceState>, Missing> {
    let states = house.serve.store.source_states().await?;
    Ok(states.into_iter().map(|state| (state.id.clone(), state)).collect())
}

pub(super) fn days(house: &House, entries: &[Entry], language: Language) -> Vec<Day> {
    let mut days: Vec<(civil::Date, Vec<Row>)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.withdrawn.is_none()) {
        let Some(source) = house.source(&entry.source) else {
            continue;
        };
        let day = match entry.notice.published {
            Some(published) => published.day(),
            None => entry.first_seen.to_zoned(source.zone.clone()).date(),
        };
        let row = row(house, source, entry, language);
        match days.last_mut() {
            Some((last, rows)) if *last == day => rows.push(row),
            _ => days.push((day, vec![row])),
        }
    }
    days.into_iter()
        .map(|(day, rows)| Day {
            date: day.to_string(),
            text: language.day_of_week(day),
            rows,
        })
        .collect()
}

fn row(house: &House, source: &SourceInfo, entry: &Entry, language: Language) -> Row {
    let notice = &entry.notice;
    let root = house.pages.root();
    Row {
        title: notice.title.clone(),
        path: format!("{root}notices/{}", notice.id.uuid()),
        lang: notice.language.clone().or_else(|| source.language.clone()),
        source: source.name.clone(),
        source_path: format!("{root}sources/{}", source.id),
        files: match notice.attachments.len() {
            0 => None,
            1 => house.pages.words(language).get("file").cloned(),
            n => Some(house.pages.phrase(language, "files", "{n}", &n.to_string())),
        },
        pinned: notice.pinned,
    }
}

pub(super) fn card(house: &House, source: &SourceInfo, state: Option<&SourceState>, language: Language) -> Card {
    let health = match state.map_or(Health::New, |state| state.health) {
        Health::New => "new",
        Health::Ok => "ok",
        Health::Failing => "failing",
        Health::Held => "held",
        Health::Gone => "gone",
    };
    let moment = |at: Timestamp| language.moment(&at.to_zoned(source.zone.clone()));
    let told = |name: &str, at: Option<Timestamp>| at.map(|at| house.pages.phrase(language, name, "{at}", &moment(at)));
    let last_new = state.and_then(|state| state.last_new);
    Card {
        id: source.id.to_string(),
        name: source.name.clone(),
        lang: source.language.clone(),
        path: format!("{}sources/{}", house.pages.root(), source.id),
        url: source.page.to_string(),
        health,
        health_text: house
            .pages
            .words(language)
            .get(&format!("health_{health}"))
            .cloned()
            .unwrap_or_default(),
        last_good: told("last_good", state.and_then(|state| state.last_good)),
        last_new: last_new.map(|at| {
            let day = language.day(at.to_zoned(source.zone.clone()).date());
            house.pages.phrase(language, "last_new", "{at}", &day)
        }),
        last_new_at: last_new.map(moment),
        notices: state.map_or(0, |state| state.notices),
        tags: source.tags.clone(),
        feeds: feed_links(house, &Of::Source(source.id.clone()), &source.name),
    }
}
