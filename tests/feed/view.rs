//! A feed of whatever notices there are, as the server makes one.

use std::time::Duration;

use gazetted::{
    feed::{FeedEntry, FeedView, Pages, Telling},
    notice::{Corrections, Entry, Notice, NoticeId},
};
use jiff::{Timestamp, tz::TimeZone};
use url::Url;

pub fn seen() -> Timestamp {
    "2026-11-20T03:04:05Z".parse().expect("a moment")
}

pub fn address(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// The feed of `notices` in `language`. Each third was revised, each seventh withdrawn, and revisions are entries of their own.
pub fn view(name: &str, language: Option<&str>, notices: Vec<Notice>) -> FeedView {
    let mut entries = Vec::new();
    for (nth, notice) in notices.into_iter().enumerate() {
        let base = entry(nth, language, notice);
        if base.entry.revision > 1 && base.entry.withdrawn.is_none() {
            entries.push(FeedEntry {
                telling: Telling::Correction,
                ..base.clone()
            });
        }
        entries.push(base);
    }
    let stem = address("https://notices.example.org/feeds/town");
    let month = |month: &str| Some(address(&format!("{stem}/{month}")));
    FeedView {
        title: name.to_owned(),
        description: String::new(),
        page: address("https://notices.example.org/sources/town"),
        words: None,
        hubs: vec![address("https://notices.example.org/hub")],
        pages: Pages {
            older: month("2026-10"),
            ..Pages::default()
        },
        icon: Some(address("https://notices.example.org/favicon.svg")),
        author: name.to_owned(),
        language: language.map(str::to_owned),
        rights: Some("CC BY 4.0".to_owned()),
        ttl: Duration::from_secs(900),
        tag_scheme: address("https://notices.example.org/feeds/tag/"),
        stem,
        entries,
    }
}

fn entry(nth: usize, language: Option<&str>, notice: Notice) -> FeedEntry {
    let page = format!("https://notices.example.org/notices/{}", notice.id.uuid());
    let hours = |hours: i64| Timestamp::from_second(seen().as_second() + hours * 3600).expect("a moment");
    FeedEntry {
        entry: Entry {
            seq: i64::try_from(nth).expect("few"),
            source: "town".parse().expect("an id"),
            notice,
            revision: if nth % 3 == 2 { 2 } else { 1 },
            first_seen: seen(),
            revised: if nth % 3 == 2 { hours(5) } else { seen() },
            withdrawn: (nth % 7 == 6).then(|| hours(9)),
        },
        page: address(&page),
        source_name: "Town hall".to_owned(),
        source_url: address("https://www.town.example/"),
        zone: TimeZone::get("Asia/Seoul").expect("a zone"),
        language: language.map(str::to_owned),
        tags: vec!["town".to_owned(), "시청/공지 & more".to_owned()],
        rights: nth.is_multiple_of(2).then(|| "KOGL Type 1".to_owned()),
        corrections: Corrections::NewEntry,
        telling: Telling::Notice,
    }
}

/// A notice with nothing but a title.
pub fn notice(key: &str, title: &str) -> Notice {
    Notice {
        id: NoticeId::of(&"town".parse().expect("an id"), key),
        key: key.to_owned(),
        title: title.to_owned(),
        link: None,
        published: None,
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
    }
}
