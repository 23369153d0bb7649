//! The page of one notice: what it says, where it came from, what it said before.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Method, Response, Uri},
};
use jiff::tz::TimeZone;
use minijinja::{Value, context, value::Serde};
use serde::Serialize;
use serde_json::json;

use super::{
    feeds,
    language::{Language, Spoken},
    rendered::Made,
    renderings::{Basis, Key, Missing, Of},
    routes::House,
    start,
};
use crate::{
    feed,
    notice::{Attachment, Difference, Entry, Notice, NoticeId, Published, Revision, SafeHtml},
};

/// How much of a text is told to those who only show a preview, in characters.
const PREVIEW: usize = 200;

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    // One address for each notice: a UUID can be written in several ways, and each would be a page to keep.
    let id = id
        .parse::<NoticeId>()
        .ok()
        .filter(|known| known.uuid().to_string() == id);
    let Some(id) = id else {
        return house.missing(&Missing::Unknown, &uri, &headers);
    };
    let spoken = Spoken::of(uri.query(), &headers);
    let seen = house.versions.now().await;
    let basis = || Basis::Epoch(seen.epoch);
    let make = |_| make(&house, id, spoken);
    let made = house
        .renderings
        .take(&Key::Notice(id, spoken), seen.epoch, basis, make)
        .await;
    house.hand_out(made, &method, &uri, &headers)
}

#[derive(Serialize)]
struct File {
    name: String,
    url: String,
    size: Option<String>,
}

#[derive(Serialize)]
struct Earlier {
    heading: String,
    title: String,
    content: Option<Value>,
    files: Vec<File>,
}

async fn make(house: &House, id: NoticeId, spoken: Spoken) -> Result<Made, Missing> {
    let (entry, earlier) = house.serve.store.entry(id).await?.ok_or(Missing::Unknown)?;
    let language = spoken.language;
    let source = house.source(&entry.source);
    let zone = source.map_or(TimeZone::UTC, |source| source.zone.clone());
    let source_name = source.map_or_else(|| entry.source.to_string(), |source| source.name.clone());
    let notice = &entry.notice;
    let links = match source {
        Some(source) => start::feed_links(house, &Of::Source(source.id.clone()), &source.name),
        None => Vec::new(),
    };
    let path = format!("notices/{}", id.uuid());
    let published = notice
        .published
        .map(|published| (published.to_string(), written(language, published)));
    let seen = |at: jiff::Timestamp| language.moment(&at.to_zoned(zone.clone()));
    let preview = notice.body().map(preview);
    let about = context! {
        title => notice.title.clone(),
        notice_lang => notice.language.as_deref().or(source.and_then(|source| source.language.as_deref())),
        id => notice.id.to_string(),
        link => notice.link.as_ref().map(url::Url::as_str),
        source => source_name.as_str(),
        source_id => source.map(|source| source.id.as_str()),
        source_path => source.map(|source| format!("{}sources/{}", house.pages.root(), source.id)),
        author => notice.author.clone(),
        published,
        first_seen => seen(entry.first_seen),
        revised => (entry.revision > 1).then(|| seen(entry.revised)),
        withdrawn => entry.withdrawn.map(|at| house.pages.phrase(language, "withdrawn_text", "{at}", &seen(at))),
        views => notice.views.map(feed::grouped),
        legal_note => source.and_then(|source| house.pages.legal_note(language, source)),
        content => shown(notice),
        files => Serde(files(language, &notice.attachments)),
        changed => Serde(changed(&entry, &earlier)),
        earlier => Serde(earlier_versions(house, language, &zone, earlier)),
        preview => preview.as_deref(),
        address => feeds::address(&house.serve, &["notices", &id.uuid().to_string()]).as_str(),
        linked_data => Value::from_safe_string(linked_data(&entry, &source_name, preview.as_deref())),
    };
    Ok(Made {
        bytes: house.pages.render("notice.html", spoken, &path, &links, about)?,
        last_modified: feeds::changed(std::slice::from_ref(&entry)),
        headers: house.pages.headers(spoken, &links),
    })
}

/// What changed last.
fn changed(entry: &Entry, earlier: &[Revision]) -> Option<Difference> {
    let difference = Difference::between(&earlier.last()?.notice, &entry.notice);
    (!difference.is_empty()).then_some(difference)
}

fn earlier_versions(house: &House, language: Language, zone: &TimeZone, earlier: Vec<Revision>) -> Vec<Earlier> {
    let version = house.pages.words(language).get("version").cloned().unwrap_or_default();
    let told = |revision: &Revision| {
        let at = language.moment(&revision.seen.to_zoned(zone.clone()));
        version
            .replace("{n}", &revision.revision.to_string())
            .replace("{at}", &at)
    };
    earlier
        .into_iter()
        .rev()
        .map(|revision| Earlier {
            heading: told(&revision),
            title: revision.notice.title.clone(),
            content: shown(&revision.notice),
            files: files(language, &revision.notice.attachments),
        })
        .collect()
}

/// The text as it may stand on a page.
fn shown(notice: &Notice) -> Option<Value> {
    Some(Value::from_safe_string(notice.body()?.as_str().to_owned()))
}

fn files(language: Language, attachments: &[Attachment]) -> Vec<File> {
    attachments
        .iter()
        .map(|file| File {
            name: file.name.clone(),
            url: file.url.to_string(),
            size: file.length.map(|bytes| language.size(bytes)),
        })
        .collect()
}

fn written(language: Language, published: Published) -> String {
    match published {
        Published::Day(day) => language.day(day),
        // The zone is not asked: an instant carries the offset in which it was told.
        Published::Instant(..) => language.moment(&published.zoned(&TimeZone::UTC)),
    }
}

fn preview(html: &SafeHtml) -> String {
    let text = html.text().split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(PREVIEW) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The notice for search engines (schema.org). It stands inside a script element, which ends at the first `</`, so no `<` may
/// be left in it.
fn linked_data(entry: &Entry, source: &str, preview: Option<&str>) -> String {
    let notice = &entry.notice;
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "Article",
        "identifier": notice.id.to_string(),
        "headline": notice.title,
        "publisher": {"@type": "Organization", "name": source},
    });
    let told = [
        ("datePublished", notice.published.map(|published| published.to_string())),
        ("dateModified", (entry.revision > 1).then(|| entry.revised.to_string())),
        ("isBasedOn", notice.link.as_ref().map(url::Url::to_string)),
        ("description", preview.map(str::to_owned)),
        ("inLanguage", notice.language.clone()),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            data[name] = value.into();
        }
    }
    data.to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}
