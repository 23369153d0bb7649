//! JSON Feed 1.0 and 1.1 (jsonfeed.org), and what calls itself that.

use serde_json::{Map, Value};

use super::super::{Draft, DraftFile, SourceMeta, When};

type Object = Map<String, Value>;

use super::MAX_ENTRIES;

/// What `feed` says of itself, and its entries. `None` when it is another JSON document.
pub(super) fn read(feed: &Object) -> Option<(SourceMeta, Vec<Draft>)> {
    let is_named = text(feed, "version").is_some_and(|version| version.contains("jsonfeed.org"));
    let items = feed.get("items").and_then(Value::as_array);
    let looks_so = || items.is_some_and(|items| feed.contains_key("version") || items.iter().any(looks_like_an_item));
    if !is_named && !looks_so() {
        return None;
    }
    let items = items.map(Vec::as_slice).unwrap_or_default();
    let drafts = items
        .iter()
        .filter_map(Value::as_object)
        .take(MAX_ENTRIES)
        .map(draft)
        .collect();
    let own = text(feed, "feed_url");
    let hubs = feed
        .get("hubs")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let meta = SourceMeta {
        title: text(feed, "title"),
        site_url: text(feed, "home_page_url").or_else(|| own.clone()),
        description: text(feed, "description"),
        language: text(feed, "language"),
        author: authors(feed),
        rights: None,
        updated: None,
        self_url: own,
        hubs: hubs
            .iter()
            .filter_map(Value::as_object)
            .filter_map(|hub| text(hub, "url"))
            .take(10)
            .collect(),
        ..SourceMeta::default()
    };
    Some((meta, drafts))
}

fn looks_like_an_item(item: &Value) -> bool {
    let known = ["content_html", "content_text", "date_published", "external_url"];
    known.iter().any(|key| item.get(key).is_some())
}

fn draft(item: &Object) -> Draft {
    let summary = text(item, "summary");
    let plain = text(item, "content_text").filter(|_| summary.is_none());
    let content = text(item, "content_html").or_else(|| text(item, "content_text").map(|told| escaped(&told)));
    Draft {
        guid: text(item, "id"),
        title: text(item, "title").or_else(|| beginning(&plain?)),
        link: text(item, "url").or_else(|| text(item, "external_url")),
        published: text(item, "date_published").map(When::Feed),
        updated: text(item, "date_modified").map(When::Feed),
        author: authors(item),
        categories: list(item, "tags").filter_map(line).collect(),
        summary: summary.map(|told| escaped(&told)),
        content,
        attachments: list(item, "attachments")
            .filter_map(Value::as_object)
            .filter_map(file)
            .collect(),
        language: text(item, "language").map(super::text::language_tag),
        ..Draft::default()
    }
}

/// The first line of a text, for a title: posts of microblogs have none.
fn beginning(text: &str) -> Option<String> {
    Some(super::text::folded(text.lines().next()?, 100))
}

/// A plain text as HTML, each line a paragraph when there are several.
fn escaped(text: &str) -> String {
    super::text::paragraphs(text).into_owned()
}

fn file(attachment: &Object) -> Option<DraftFile> {
    Some(DraftFile {
        name: text(attachment, "title"),
        url: text(attachment, "url")?,
        media_type: text(attachment, "mime_type"),
        length: attachment.get("size_in_bytes").and_then(Value::as_u64),
    })
}

/// The names of `authors` (1.1) or `author` (1.0), each of which may be a list, an object or a name.
fn authors(of: &Object) -> Option<String> {
    let name = |author: &Value| match author {
        Value::Object(author) => text(author, "name").or_else(|| text(author, "url")),
        other => line(other),
    };
    let told = of.get("authors").or_else(|| of.get("author"))?;
    let told = match told {
        Value::Array(authors) => authors.iter().take(20).filter_map(name).collect(),
        other => Vec::from_iter(name(other)),
    };
    let mut names: Vec<String> = Vec::new();
    for name in told {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join(", "))
}

fn list<'a>(of: &'a Object, key: &str) -> impl Iterator<Item = &'a Value> {
    let values = of.get(key).and_then(Value::as_array).map(Vec::as_slice);
    values.unwrap_or_default().iter().take(200)
}

fn text(of: &Object, key: &str) -> Option<String> {
    of.get(key).and_then(line)
}

/// A text, or a number that stands for one.
fn line(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
