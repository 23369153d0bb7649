//! Atom 1.0. `atom_syndication` speaks chrono, which goes no further than this file.

use atom_syndication::{
    Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Text, TextType, WriteConfig,
};
use chrono::{DateTime, FixedOffset};
use jiff::Zoned;

use super::{FeedEntry, FeedView, Format, GENERATOR, moment, text};

/// `atom_syndication` leaves the encoding out, and some readers then guess.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

pub(super) fn render(view: &FeedView) -> Vec<u8> {
    let mut links = vec![
        link("self", &view.address(Format::Atom), Some(Format::Atom.media_type())),
        link("alternate", view.page.as_str(), Some("text/html")),
    ];
    links.extend(view.hubs.iter().map(|hub| link("hub", hub.as_str(), None)));
    for format in [Format::Rss, Format::Json] {
        links.push(link("alternate", &view.address(format), Some(format.media_type())));
    }
    let feed = Feed {
        title: Text::plain(text::line(&view.title)),
        id: view.address(Format::Atom),
        updated: fixed(&view.updated()),
        authors: vec![person(text::line(&view.author))],
        generator: Some(Generator {
            value: GENERATOR.to_owned(),
            uri: None,
            version: None,
        }),
        icon: view.icon.as_ref().map(ToString::to_string),
        links,
        rights: view.rights.as_deref().map(|rights| Text::plain(text::line(rights))),
        subtitle: Some(Text::plain(text::line(&view.description))).filter(|subtitle| !subtitle.value.is_empty()),
        entries: view.shown().map(|shown| entry(view, shown)).collect(),
        lang: view.language.clone(),
        ..Feed::default()
    };
    let config = WriteConfig {
        write_document_declaration: false,
        indent_size: None,
    };
    feed.write_with_config(DECLARATION.as_bytes().to_vec(), config)
        .expect("writing to memory can't fail")
}

fn entry(view: &FeedView, shown: &FeedEntry) -> Entry {
    let lang = shown
        .language()
        .filter(|tag| view.language.as_deref() != Some(tag))
        .map(str::to_owned);
    let mut links = vec![link("alternate", shown.link().as_str(), Some("text/html"))];
    if shown.link() != &shown.page {
        links.push(link("related", shown.page.as_str(), Some("text/html")));
    }
    links.extend(shown.files().map(|file| Link {
        title: Some(file.name),
        length: file.length.map(|bytes| bytes.to_string()),
        ..link("enclosure", file.url, Some(&file.media_type))
    }));
    let plain = |value: String| Text {
        value,
        base: None,
        lang: lang.clone(),
        r#type: TextType::Text,
    };
    Entry {
        title: plain(shown.title()),
        id: shown.id(),
        updated: fixed(&shown.updated()),
        published: Some(fixed(&shown.published())),
        authors: vec![person(shown.author())],
        categories: shown
            .categories()
            .into_iter()
            .map(|label| Category {
                term: label.name.clone(),
                scheme: label.is_tag.then(|| view.tag_scheme.to_string()),
                label: Some(label.name),
            })
            .collect(),
        links,
        summary: shown.summary().map(&plain),
        content: shown.content().map(|html| Content {
            lang: lang.clone(),
            value: Some(html),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn link(rel: &str, href: &str, media_type: Option<&str>) -> Link {
    Link {
        href: href.to_owned(),
        rel: rel.to_owned(),
        mime_type: media_type.map(str::to_owned),
        ..Link::default()
    }
}

fn person(name: String) -> Person {
    Person {
        name,
        ..Person::default()
    }
}

fn fixed(at: &Zoned) -> FixedDateTime {
    let at = moment::writable(at);
    let offset = FixedOffset::east_opt(at.offset().seconds()).expect("jiff's offsets are shorter than 26 hours");
    DateTime::from_timestamp_secs(at.timestamp().as_second())
        .expect("jiff's years end before chrono's")
        .with_timezone(&offset)
}
