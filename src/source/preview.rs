//! What `detect` and `preview` answer with `--json`: a stable interface.

use serde::Serialize;
use url::Url;

use super::{Believed, Kind, Source, SourceMeta, Unusable};
use crate::notice::{Attachment, Notice, NoticeId, Published, SafeHtml};

/// A source and what it yields.
#[derive(Clone, Debug, Serialize)]
pub struct Preview<'a> {
    /// The source, as far as it speaks of itself.
    pub source: About<'a>,
    /// How sure the detection is, from 0 to 1; of `detect` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The notices in the page's order.
    pub entries: Vec<Item<'a>>,
    /// What was set aside.
    pub set_aside: &'a [Unusable],
    /// A ready `[[source]]` block; of `detect` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toml: Option<String>,
}

/// What a source says of itself.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of the interface")]
pub struct About<'a> {
    pub kind: &'static str,
    pub title: Option<&'a str>,
    pub url: &'a Url,
    pub site_url: Option<&'a str>,
    pub description: Option<&'a str>,
    pub language: Option<&'a str>,
    pub author: Option<&'a str>,
    pub rights: Option<&'a str>,
    pub updated: Option<Published>,
}

/// A notice.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of the interface")]
pub struct Item<'a> {
    pub id: NoticeId,
    pub guid: Option<&'a str>,
    pub title: &'a str,
    pub link: Option<&'a Url>,
    pub published: Option<Published>,
    pub updated: Option<Published>,
    pub author: Option<&'a str>,
    pub categories: &'a [String],
    pub views: Option<u64>,
    pub pinned: bool,
    pub summary_html: Option<&'a SafeHtml>,
    pub content_html: Option<&'a SafeHtml>,
    pub attachments: &'a [Attachment],
}

impl<'a> Preview<'a> {
    /// What `source` yields.
    pub fn of(source: &'a Source, meta: &'a SourceMeta, believed: &'a Believed) -> Self {
        Self {
            source: About::of(source, meta),
            confidence: None,
            entries: believed.notices.iter().map(Item::of).collect(),
            set_aside: &believed.set_aside,
            toml: None,
        }
    }
}

impl<'a> About<'a> {
    fn of(source: &'a Source, meta: &'a SourceMeta) -> Self {
        let is_feed = matches!(source.kind, Kind::Feed | Kind::Auto);
        Self {
            kind: match source.kind {
                Kind::Board(_) => "board",
                Kind::Feed | Kind::Auto => "feed",
                Kind::Json(_) => "json",
            },
            // A feed's own words, or none; a page's title goes for the name that it lacks.
            title: meta
                .title
                .as_deref()
                .or(Some(source.name.as_str()).filter(|name| !is_feed && !name.is_empty())),
            url: &source.url,
            site_url: meta.site_url.as_deref(),
            description: meta.description.as_deref(),
            language: meta
                .language
                .as_deref()
                .or(source.language.as_deref().filter(|_| !is_feed)),
            author: meta.author.as_deref(),
            rights: meta.rights.as_deref(),
            updated: meta.updated,
        }
    }
}

impl<'a> Item<'a> {
    fn of(notice: &'a Notice) -> Self {
        Self {
            id: notice.id,
            guid: notice.guid.as_deref(),
            title: &notice.title,
            link: notice.link.as_ref(),
            published: notice.published,
            updated: notice.updated,
            author: notice.author.as_deref(),
            categories: &notice.categories,
            views: notice.views,
            pinned: notice.pinned,
            summary_html: notice.summary.as_ref(),
            content_html: notice.content.as_ref(),
            attachments: &notice.attachments,
        }
    }
}
