//! One entry of a feed: what all formats say alike about a notice.

use jiff::{SignedDuration, Zoned, tz::TimeZone};
use url::Url;

use super::{media, text, words::Words};
use crate::notice::{Attachment, Corrections, Entry, SafeHtml};

/// A date this much later than the notice was first seen is the board's mistake.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(24);

/// As what an entry tells its notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// As the notice that it is.
    Notice,
    /// As the correction that its newest revision is.
    Correction,
}

/// So many corrections of one notice are remembered once it is withdrawn.
const MOST_CORRECTIONS: usize = 20;

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
    /// Under which licence the texts of its source may be used.
    pub rights: Option<String>,
    /// How its changes are told.
    pub corrections: Corrections,
    /// As what it is told here.
    pub telling: Telling,
}

impl FeedEntry {
    pub(super) fn id(&self) -> String {
        let id = self.entry.notice.id;
        match self.telling {
            Telling::Notice => id.to_string(),
            Telling::Correction => id.of_revision(self.entry.revision).to_string(),
        }
    }

    /// All ids under which it was ever told.
    pub(super) fn ids(&self) -> impl Iterator<Item = String> {
        let id = self.entry.notice.id;
        let newest = match self.corrections {
            Corrections::Same => 1,
            Corrections::NewEntry => self.entry.revision,
        };
        let corrections = (2..=newest).rev().take(MOST_CORRECTIONS);
        [id].into_iter()
            .chain(corrections.map(move |revision| id.of_revision(revision)))
            .map(|id| id.to_string())
    }

    /// The words for what is added to it.
    pub(super) fn words(&self) -> &'static Words {
        Words::of(self.language())
    }

    pub(super) fn title(&self) -> String {
        let mut title = text::line(&self.entry.notice.title);
        if title.is_empty() {
            title = self.words().untitled.to_owned();
        }
        match self.telling {
            Telling::Notice => title,
            Telling::Correction => format!("{}{title}", self.words().correction),
        }
    }

    /// The notice's own page; ours when it has none.
    pub(super) fn link(&self) -> String {
        text::address(self.entry.notice.link.as_ref().unwrap_or(&self.page))
    }

    /// Our page for it, which shows all its versions, when [`link`](Self::link) does not lead there or it is a correction of one
    /// of them.
    pub(super) fn related(&self) -> Option<&Url> {
        let is_elsewhere = self.entry.notice.link.as_ref().is_some_and(|link| *link != self.page);
        (is_elsewhere || self.telling == Telling::Correction).then_some(&self.page)
    }

    pub(super) fn author(&self) -> String {
        let author = self.entry.notice.author.as_deref().map(text::line);
        author
            .filter(|author| !author.is_empty())
            .unwrap_or_else(|| text::line(&self.source_name))
    }

    pub(super) fn language(&self) -> Option<&str> {
        let told = [&self.entry.notice.language, &self.language];
        told.into_iter().flatten().find_map(|told| text::tag(told))
    }

    /// When it was published, or first seen when its source does not say.
    ///
    /// A correction was published when it was seen.
    pub fn published(&self) -> Zoned {
        match self.telling {
            Telling::Notice => self.first_published(),
            Telling::Correction => self.revised(),
        }
    }

    fn first_published(&self) -> Zoned {
        let seen = self.entry.first_seen.to_zoned(self.zone.clone());
        match self.entry.notice.published.map(|told| told.zoned(&self.zone)) {
            Some(told) if told.timestamp().duration_since(seen.timestamp()) <= CLOCKS_DIFFER => told,
            Some(_) | None => seen,
        }
    }

    /// When its newest revision was seen; the same as [`published`](Self::published) until there is a second one.
    pub fn updated(&self) -> Zoned {
        if self.entry.revision <= 1 {
            return self.first_published();
        }
        self.revised()
    }

    fn revised(&self) -> Zoned {
        let published = self.first_published();
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

    pub(super) fn files(&self) -> impl Iterator<Item = File> {
        let words = self.words();
        self.entry.notice.attachments.iter().map(|file| File::of(file, words))
    }

    /// The beginning of the text, plain; where there is none, what the files are called.
    pub(super) fn summary(&self) -> Option<String> {
        let notice = &self.entry.notice;
        let short = notice.summary.as_ref().or(notice.content.as_ref());
        short.and_then(|short| text::summary(&short.text())).or_else(|| {
            let names: Vec<String> = self.files().map(|file| file.name).collect();
            text::summary(&names.join(" · "))
        })
    }

    /// The whole text with what many readers show nowhere else: what it corrects, links to all files, how often it was read.
    pub(super) fn content(&self) -> Option<String> {
        let notice = &self.entry.notice;
        let words = self.words();
        let body = notice.body();
        let mut html = text::xml(body.map_or("", SafeHtml::as_str)).into_owned();
        if self.telling == Telling::Correction {
            let page = text::html(self.page.as_str());
            html.insert_str(0, &format!("<p><a href=\"{page}\">{}</a></p>\n", words.changes));
        }
        if !notice.attachments.is_empty() {
            let links: String = self
                .files()
                .map(|file| {
                    format!(
                        "<li><a href=\"{}\">{}</a></li>",
                        text::html(&file.url),
                        text::html(&file.name)
                    )
                })
                .collect();
            html.push_str(&format!("\n<p><strong>{}</strong></p>\n<ul>{links}</ul>", words.files));
        }
        if let Some(views) = notice.views {
            html.push_str(&format!(
                "\n<p><small>{} {}</small></p>",
                words.views,
                text::grouped(views)
            ));
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
pub(super) struct File {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) media_type: String,
    pub(super) length: Option<u64>,
}

impl File {
    fn of(file: &Attachment, words: &Words) -> Self {
        let name = text::line(&file.name);
        Self {
            name: if name.is_empty() {
                words.untitled.to_owned()
            } else {
                name
            },
            url: text::address(&file.url),
            media_type: media::media_type(file),
            length: file.length,
        }
    }
}
