//! JSON Feed 1.1.

use serde::Serialize;

use super::{FeedEntry, FeedView, Format, Telling, moment, text};

pub(super) fn render(view: &FeedView) -> Vec<u8> {
    let feed = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: text::line(&view.title),
        home_page_url: view.page.as_str(),
        feed_url: view.address(Format::Json),
        next_url: view.pages.older.as_ref().map(|stem| Format::Json.at(stem).to_string()),
        description: Some(text::line(&view.description)).filter(|text| !text.is_empty()),
        icon: view.icon.as_ref().map(url::Url::as_str),
        authors: vec![Author {
            name: text::line(&view.author),
        }],
        language: view.language.as_deref().and_then(text::tag),
        hubs: view
            .hubs
            .iter()
            .map(|hub| Hub {
                kind: "WebSub",
                url: hub.as_str(),
            })
            .collect(),
        items: view.shown().map(|shown| item(view, shown)).collect(),
    };
    serde_json::to_vec(&feed).expect("plain data can be written as JSON")
}

fn item<'a>(view: &FeedView, shown: &'a FeedEntry) -> Item<'a> {
    let notice = &shown.entry.notice;
    let published = moment::rfc3339(&shown.published());
    let title = shown.title();
    let content_html = shown.content();
    Item {
        id: shown.id(),
        url: shown.link(),
        // An item must have one of the two contents.
        content_text: content_html.is_none().then(|| title.clone()),
        title,
        content_html,
        summary: shown.summary(),
        date_modified: Some(moment::rfc3339(&shown.updated())).filter(|updated| *updated != published),
        date_published: published,
        authors: vec![Author { name: shown.author() }],
        tags: shown.categories().into_iter().map(|label| label.name).collect(),
        language: shown.language(),
        attachments: shown
            .files()
            .map(|file| Attachment {
                url: file.url,
                mime_type: file.media_type,
                title: file.name,
                size_in_bytes: file.length,
            })
            .collect(),
        gazetted: Extension {
            source: shown.entry.source.as_str(),
            page: shown.page.as_str(),
            views: notice.views,
            revision: shown.entry.revision,
            corrects: (shown.telling == Telling::Correction).then(|| notice.id.to_string()),
            rights: view.rights_of(shown),
        },
    }
}

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: String,
    home_page_url: &'a str,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<Hub<'a>>,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Hub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct Author {
    name: String,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    url: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    date_published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    #[serde(rename = "_gazetted")]
    gazetted: Extension<'a>,
}

#[derive(Serialize)]
struct Attachment {
    url: String,
    mime_type: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
}

/// What JSON Feed has no word for.
#[derive(Serialize)]
struct Extension<'a> {
    source: &'a str,
    page: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    views: Option<u64>,
    revision: u32,
    /// The id of the notice that this is a correction of.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<String>,
}
