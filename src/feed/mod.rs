//! Notices to bytes: RSS 2.0, Atom 1.0, JSON Feed 1.1, with the pages of their past; and OPML, the lists of feeds, both ways.
//!
//! Pure, and deterministic: the same view gives the same bytes on every node and after every restart, so nothing here may
//! depend on when it is rendered.

mod atom;
mod entry;
mod event;
mod json;
mod media;
mod moment;
mod opml;
mod rss;
mod text;
mod words;
mod xml;

pub use entry::{FeedEntry, Telling};
pub use event::event;
pub use opml::{NoOpml, Outline, opml, read_opml};
pub(crate) use text::{grouped, html as escaped};

use std::time::Duration;

use jiff::{Timestamp, Zoned, tz::TimeZone};
use url::Url;

/// Who made these bytes.
const GENERATOR: &str = "gazetted";

/// So many withdrawn notices a feed tells of.
const MOST_TOMBSTONES: usize = 100;

/// A feed's format. A closed set: one file each beside this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Atom 1.0, RFC 4287. The one to advertise first: it carries the most.
    Atom,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// How addresses of feeds end, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    /// The format whose [`extension`](Self::extension) this is.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }

    /// The address of a feed in this format, whose addresses all begin with `stem`.
    pub fn at(self, stem: &Url) -> Url {
        let mut address = stem.clone();
        address.set_path(&format!("{}.{}", stem.path(), self.extension()));
        address
    }

    /// Media type without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
            Self::Rss => "application/rss+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Atom => "Atom",
            Self::Rss => "RSS",
            Self::Json => "JSON",
        }
    }
}

/// The pages of a feed's past that lie next to this one (RFC 5005 §4). Their addresses lack `.` and the format's extension.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// The one with what came before.
    pub older: Option<Url>,
    /// The one with what came after, unless that is the feed itself.
    pub newer: Option<Url>,
    /// The feed itself, when this is a page of its past.
    pub current: Option<Url>,
}

impl Pages {
    fn is_archive(&self) -> bool {
        self.current.is_some()
    }
}

/// Everything that a feed shows.
#[derive(Clone, Debug)]
pub struct FeedView {
    /// Its title, plain text.
    pub title: String,
    /// What it is, plain text.
    pub description: String,
    /// The page for people that shows the same.
    pub page: Url,
    /// The address of the feed without `.` and the format's extension.
    pub stem: Url,
    /// The words that all its entries hold, when somebody searched for some.
    pub words: Option<String>,
    /// The WebSub hubs that tell of its news.
    pub hubs: Vec<Url>,
    /// The pages of its past.
    pub pages: Pages,
    /// A small picture.
    pub icon: Option<Url>,
    /// Who speaks, when an entry does not say.
    pub author: String,
    /// BCP 47 tag, when all entries share one.
    pub language: Option<String>,
    /// Under which licence the texts may be used.
    pub rights: Option<String>,
    /// How often something new may be there.
    pub ttl: Duration,
    /// What a tag's address begins with.
    pub tag_scheme: Url,
    /// What it shows, newest first. Of withdrawn notices only their ids are told, and only in Atom.
    pub entries: Vec<FeedEntry>,
}

impl FeedView {
    /// The bytes in `format`.
    pub fn render(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Atom => atom::render(self),
            Format::Rss => rss::render(self),
            Format::Json => json::render(self),
        }
    }

    /// The feed's own address in `format`.
    pub fn address(&self, format: Format) -> String {
        let mut address = format.at(&self.stem);
        if let Some(words) = &self.words {
            address.query_pairs_mut().append_pair("q", words);
        }
        address.to_string()
    }

    /// When its newest change was shown: that of an entry, never the time of rendering.
    pub fn updated(&self) -> Zoned {
        self.shown()
            .map(FeedEntry::updated)
            .max()
            .unwrap_or_else(|| Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC))
    }

    fn shown(&self) -> impl Iterator<Item = &FeedEntry> {
        self.entries.iter().filter(|shown| shown.entry.withdrawn.is_none())
    }

    /// What was withdrawn, and when.
    fn withdrawn(&self) -> impl Iterator<Item = (&FeedEntry, Zoned)> {
        let withdrawn = |entry: &FeedEntry| Some(entry.entry.withdrawn?.to_zoned(entry.zone.clone()));
        let withdrawn = self
            .entries
            .iter()
            .filter_map(move |entry| Some((entry, withdrawn(entry)?)));
        withdrawn.take(MOST_TOMBSTONES)
    }

    /// What it is called for ever: the same for all its pages.
    fn id(&self) -> String {
        match &self.pages.current {
            Some(stem) => Format::Atom.at(stem).to_string(),
            None => self.address(Format::Atom),
        }
    }

    /// What it leads to in `format`.
    fn links(&self, format: Format) -> Vec<Link> {
        let to = |rel, href: String, media_type| Link { rel, href, media_type };
        let own = [to("self", self.address(format), Some(format.media_type()))];
        // RSS has an element of its own for the page.
        let page = to("alternate", self.page.to_string(), Some("text/html"));
        let page = (format != Format::Rss).then_some(page);
        let others = Format::ALL.into_iter().filter(|other| *other != format);
        let others = others.map(|other| to("alternate", self.address(other), Some(other.media_type())));
        let hubs = self.hubs.iter().map(|hub| to("hub", hub.to_string(), None));
        let pages = [
            ("prev-archive", &self.pages.older),
            ("next-archive", &self.pages.newer),
            ("current", &self.pages.current),
        ];
        let pages = pages.into_iter().filter_map(|(rel, stem)| {
            let href = format.at(stem.as_ref()?).to_string();
            Some(to(rel, href, Some(format.media_type())))
        });
        own.into_iter()
            .chain(page)
            .chain(others)
            .chain(hubs)
            .chain(pages)
            .collect()
    }

    /// What holds for the text of `entry`, when it is something else than for the feed.
    fn rights_of(&self, entry: &FeedEntry) -> Option<String> {
        let own = entry
            .rights
            .as_ref()
            .filter(|rights| self.rights.as_ref() != Some(rights));
        own.map(|rights| text::line(rights))
    }
}

/// A link of a feed.
struct Link {
    rel: &'static str,
    href: String,
    media_type: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::notice::{Corrections, Entry, Notice, NoticeId, SourceId};

    fn view(entries: Vec<FeedEntry>) -> FeedView {
        let address = |text: &str| Url::parse(text).expect("an address");
        FeedView {
            title: "Town".to_owned(),
            description: String::new(),
            page: address("https://example.org/"),
            stem: address("https://example.org/feeds/all"),
            words: None,
            hubs: Vec::new(),
            pages: Pages::default(),
            icon: None,
            author: "Town".to_owned(),
            language: None,
            rights: Some("Public domain".to_owned()),
            ttl: Duration::from_secs(90),
            tag_scheme: address("https://example.org/feeds/tag/"),
            entries,
        }
    }

    fn entry(key: &str, published: Option<&str>) -> FeedEntry {
        let source: SourceId = "town".parse().expect("an id");
        let seen: Timestamp = "2020-11-10T01:00:00Z".parse().expect("an instant");
        let notice = Notice {
            id: NoticeId::of(&source, key),
            key: key.to_owned(),
            title: key.to_owned(),
            link: None,
            published: published.map(|published| published.parse().expect("a date")),
            updated: None,
            author: None,
            categories: Vec::new(),
            views: None,
            pinned: false,
            summary: None,
            content: None,
            attachments: Vec::new(),
            language: None,
            guid: None,
        };
        FeedEntry {
            entry: Entry {
                seq: 1,
                source,
                notice,
                revision: 1,
                first_seen: seen,
                revised: seen,
                withdrawn: None,
            },
            page: Url::parse("https://example.org/notices/1").expect("an address"),
            source_name: "Town hall".to_owned(),
            source_url: Url::parse("https://town.example.org/").expect("an address"),
            zone: TimeZone::get("Asia/Seoul").expect("a zone"),
            language: None,
            tags: Vec::new(),
            rights: None,
            corrections: Corrections::Same,
            telling: Telling::Notice,
        }
    }

    #[track_caller]
    fn check_dates(entry: FeedEntry, published: &str, updated: &str) {
        let written = [entry.published(), entry.updated()].map(|at| moment::rfc3339(&at));
        assert_eq!(written, [published, updated]);
    }

    #[test]
    fn a_date_is_the_source_s_own_or_the_first_sight() {
        let day = "2020-11-10T00:00:00+09:00";
        check_dates(entry("a", Some("2020-11-10")), day, day);
        let instant = "2020-11-10T02:00:00+02:00";
        check_dates(entry("a", Some(instant)), instant, instant);
        let seen = "2020-11-10T10:00:00+09:00";
        check_dates(entry("a", None), seen, seen);
        check_dates(entry("a", Some("2099-01-01")), seen, seen);
    }

    #[test]
    fn updated_is_never_before_published() {
        let mut revised = entry("a", Some("2020-11-11"));
        revised.entry.revision = 2;
        check_dates(revised, "2020-11-11T00:00:00+09:00", "2020-11-11T00:00:00+09:00");
    }

    #[test]
    fn withdrawn_notices_are_left_out_of_all_formats() {
        let mut gone = entry("gone", Some("2020-11-10"));
        gone.entry.withdrawn = Some(gone.entry.first_seen);
        let view = view(vec![gone, entry("here", Some("2020-11-09"))]);
        for format in Format::ALL {
            let text = String::from_utf8(view.render(format)).expect("UTF-8");
            assert!(text.contains("here") && !text.contains("gone"), "{text}");
        }
        assert_eq!(moment::rfc3339(&view.updated()), "2020-11-09T00:00:00+09:00");
    }

    #[test]
    fn hubs_are_named_in_all_formats() {
        let hub = "https://example.org/hub";
        let view = FeedView {
            hubs: vec![Url::parse(hub).expect("an address")],
            ..view(Vec::new())
        };
        for (format, named) in [
            (Format::Atom, "<link href=\"https://example.org/hub\" rel=\"hub\"/>"),
            (Format::Rss, "<atom:link href=\"https://example.org/hub\" rel=\"hub\"/>"),
            (
                Format::Json,
                "\"hubs\":[{\"type\":\"WebSub\",\"url\":\"https://example.org/hub\"}]",
            ),
        ] {
            let text = String::from_utf8(view.render(format)).expect("UTF-8");
            assert!(text.contains(named), "{text}");
        }
    }

    #[test]
    fn a_feed_without_entries_is_a_feed() {
        let view = view(Vec::new());
        let atom = atom_syndication::Feed::read_from(&view.render(Format::Atom)[..]).expect("Atom");
        assert_eq!(atom.updated.to_rfc3339(), "1970-01-01T00:00:00+00:00");
        let rss = ::rss::Channel::read_from(&view.render(Format::Rss)[..]).expect("RSS");
        assert_eq!((rss.last_build_date, rss.ttl.as_deref()), (None, Some("2")));
        let json: serde_json::Value = serde_json::from_slice(&view.render(Format::Json)).expect("JSON");
        assert_eq!(json["items"], serde_json::json!([]));
    }
}
