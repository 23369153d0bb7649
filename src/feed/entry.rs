//! One entry of a feed: what all formats say alike about a notice.

use jiff::{SignedDuration, Zoned, tz::TimeZone};
use url::Url;

use super::{media, text};
use crate::notice::{Attachment, Entry, SafeHtml};

/// A date this much later than the notice was first seen is the board's mistake.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(24);

/// A notice and what its source says about it.
#[derive(Clone, Debug)]
pub struct FeedEntry {
    /// The notice. Its views are those stored with its newest revision; a feed must not change with each reader of a board.
    pub entry: Entry,
    /// Our page for it.
    pub page: Url,
    /// Its source's name.
    pub source_name: String,
    /// The page that its source reads.
    pub source_url: Url,
    /// How dates without an offset are read.
    pub zone: TimeZone,
    /// BCP 47 tag of its source.
    pub language: Option<String>,
    /// Tags of its source.
    pub tags: Vec<String>,
}

impl FeedEntry {
    pub(super) fn id(&self) -> String {
        self.entry.notice.id.to_string()
    }

    pub(super) fn title(&self) -> String {
        text::line(&self.entry.notice.title)
    }

    /// The notice's own page; ours when it has none.
    pub(super) fn link(&self) -> &Url {
        self.entry.notice.link.as_ref().unwrap_or(&self.page)
    }

    pub(super) fn author(&self) -> String {
        let author = self.entry.notice.author.as_deref().map(text::line);
        author
            .filter(|author| !author.is_empty())
            .unwrap_or_else(|| text::line(&self.source_name))
    }

    pub(super) fn language(&self) -> Option<&str> {
        self.entry.notice.language.as_deref().or(self.language.as_deref())
    }

    /// When it was published, or first seen when its source does not say.
    pub fn published(&self) -> Zoned {
        let seen = self.entry.first_seen.to_zoned(self.zone.clone());
        match self.entry.notice.published.map(|told| told.zoned(&self.zone)) {
            Some(told) if told.timestamp().duration_since(seen.timestamp()) <= CLOCKS_DIFFER => told,
            Some(_) | None => seen,
        }
    }

    /// When its newest revision was seen; the same as [`published`](Self::published) until there is a second one.
    pub fn updated(&self) -> Zoned {
        let published = self.published();
        if self.entry.revision <= 1 {
            return published;
        }
        let revised = self.entry.revised.to_zoned(published.time_zone().clone());
        if revised > published { revised } else { published }
    }

    /// The labels of the notice, then the tags of its source, each once.
    pub(super) fn categories(&self) -> Vec<Label> {
        let of_notice = self.entry.notice.categories.iter().map(|name| (name, false));
        let of_source = self.tags.iter().map(|name| (name, true));
        let mut labels: Vec<Label> = Vec::new();
        for (name, is_tag) in of_notice.chain(of_source) {
            let name = text::line(name);
            if !name.is_empty() && !labels.iter().any(|known| known.name == name) {
                labels.push(Label { name, is_tag });
            }
        }
        labels
    }

    pub(super) fn files(&self) -> impl Iterator<Item = File<'_>> {
        self.entry.notice.attachments.iter().map(File::of)
    }

    /// The beginning of the text, plain.
    pub(super) fn summary(&self) -> Option<String> {
        let notice = &self.entry.notice;
        let short = notice.summary.as_ref().or(notice.content.as_ref())?;
        text::summary(&short.text())
    }

    /// The whole text with what many readers show nowhere else: links to all files, and how often the notice was read.
    pub(super) fn content(&self) -> Option<String> {
        let notice = &self.entry.notice;
        let body = notice.content.as_ref().or(notice.summary.as_ref());
        let mut html = text::xml(body.map_or("", SafeHtml::as_str)).into_owned();
        let korean = self.language().is_some_and(|tag| tag == "ko" || tag.starts_with("ko-"));
        if !notice.attachments.is_empty() {
            let heading = if korean { "첨부파일" } else { "Attachments" };
            let links: String = self
                .files()
                .map(|file| {
                    format!(
                        "<li><a href=\"{}\">{}</a></li>",
                        text::html(file.url),
                        text::html(&file.name)
                    )
                })
                .collect();
            html.push_str(&format!("\n<p><strong>{heading}</strong></p>\n<ul>{links}</ul>"));
        }
        if let Some(views) = notice.views {
            let heading = if korean { "조회" } else { "Read:" };
            html.push_str(&format!("\n<p><small>{heading} {}</small></p>", text::grouped(views)));
        }
        let html = html.trim();
        (!html.is_empty()).then(|| html.to_owned())
    }
}

/// A label of an entry.
pub(super) struct Label {
    pub(super) name: String,
    /// Whether it is one of our tags, which has a feed of its own.
    pub(super) is_tag: bool,
}

/// A file as feeds tell about it.
pub(super) struct File<'a> {
    pub(super) name: String,
    pub(super) url: &'a str,
    pub(super) media_type: String,
    pub(super) length: Option<u64>,
}

impl<'a> File<'a> {
    fn of(file: &'a Attachment) -> Self {
        Self {
            name: text::line(&file.name),
            url: file.url.as_str(),
            media_type: media::media_type(file),
            length: file.length,
        }
    }
}
