//! One notice as server-sent events tell it (HTML Living Standard, "Server-sent events"): an event of a few lines, without the
//! text, which stands on its page.

use serde::Serialize;

use super::{FeedEntry, moment};

/// Longest summary, in characters.
const SUMMARY: usize = 300;

/// The event of a notice: its place in the ledger as id, `notice` as type, and JSON as data.
pub fn event(shown: &FeedEntry) -> Vec<u8> {
    let told = Told {
        id: shown.id(),
        url: shown.link(),
        page: shown.page.as_str(),
        title: shown.title(),
        summary: shown.summary().map(|summary| summary.chars().take(SUMMARY).collect()),
        date_published: moment::rfc3339(&shown.published()),
        source: shown.entry.source.as_str(),
        source_name: &shown.source_name,
        language: shown.language(),
        tags: shown.categories().into_iter().map(|label| label.name).collect(),
        attachments: shown.files().map(|file| file.url).collect(),
    };
    // JSON on one line holds no line break, which would end the data.
    let data = serde_json::to_string(&told).expect("plain data can be written as JSON");
    format!("id: {}\nevent: notice\ndata: {data}\n\n", shown.entry.seq).into_bytes()
}

#[derive(Serialize)]
struct Told<'a> {
    id: String,
    url: String,
    page: &'a str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    date_published: String,
    source: &'a str,
    source_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<String>,
}
