//! An entry: what its elements, from any of the formats, mean for a draft.
//!
//! The formats are read alike, because feeds mix them: RSS with Atom links, Atom with Dublin Core dates. Where several elements
//! say the same, the format's own goes before Dublin Core, and that before what is for players of media.

use super::{
    element::Element,
    html,
    link::{self, Links},
    names::{Name, Space},
    person, text,
    told::{Told, Weight},
};
use crate::source::{Draft, DraftFile, When};

/// Most labels and files of one entry.
const MAX_LABELS: usize = 100;
const MAX_FILES: usize = 200;

/// Reads `entry`.
pub(super) fn read(entry: Element<'_, '_>) -> Draft {
    let mut found = Found::default();
    for child in entry.children() {
        found.note(child);
    }
    found.draft(entry)
}

/// What was said of an entry, by how much it counts.
#[derive(Default)]
struct Found {
    title: Told,
    /// What stands in the title without a word.
    picture: Option<String>,
    guid: Told,
    /// The guid is an address, unless it says otherwise.
    permalink: Option<String>,
    links: Links,
    /// What a proxy's link stands for.
    original: Option<String>,
    original_file: Option<String>,
    /// Where a content elsewhere is.
    source: Option<String>,
    published: Told,
    updated: Told,
    authors: Told,
    summary: Told,
    content: Told,
    labels: Vec<String>,
    files: Vec<DraftFile>,
    language: Option<String>,
    base: Option<String>,
}

impl Found {
    fn note(&mut self, child: Element<'_, '_>) {
        let weight = Weight::of(child.space());
        match (child.space(), child.name()) {
            (Space::Foreign | Space::Syndication, _) => {}
            (Space::Html, Name::Body) => {
                let body = self.body(child);
                self.content.say(Weight::Media, body);
            }
            (Space::FeedBurner, Name::OrigLink) => self.original = text::line(child),
            (Space::FeedBurner, Name::OrigEnclosure) => self.original_file = text::line(child),
            (Space::Html | Space::Rdf | Space::FeedBurner, _) => {}
            (Space::Content, Name::Encoded) => {
                let body = self.body(child);
                self.content.say(Weight::Own, body);
            }
            (Space::Media, Name::Content) => self.file(child, "url", "filesize"),
            (Space::Media, Name::Group) | (Space::News, Name::News | Name::Publication) => {
                child.children().for_each(|inner| self.note(inner));
            }
            (_, Name::Title) => {
                self.title.say(weight, text::plain(child));
                if self.title.weight().is_none() {
                    self.picture = text::pictured(child);
                }
            }
            (Space::Rss | Space::Atom, Name::Link) => self.link(child),
            (Space::Sitemap, Name::Loc) => self.links.note(child),
            (_, Name::Guid) => {
                self.guid.say(Weight::Own, text::line(child));
                let is_address = child
                    .attribute("isPermaLink")
                    .is_none_or(|told| !told.eq_ignore_ascii_case("false"));
                self.permalink = text::line(child)
                    .filter(|_| is_address)
                    .map(|told| link::resolved(child, told));
            }
            (_, Name::Id) => self.guid.say(Weight::Own, text::line(child)),
            (Space::Dublin, Name::Identifier) => self.guid.say(Weight::Guess, text::line(child)),
            (_, Name::PubDate | Name::Published | Name::Issued | Name::PublicationDate) => {
                self.published.say(weight, text::line(child))
            }
            (_, Name::Date | Name::Created) => self.published.say(Weight::Media, text::line(child)),
            (_, Name::Updated | Name::Modified | Name::Lastmod) => self.updated.say(weight, text::line(child)),
            (_, Name::Author | Name::Creator) => self.authors.add(weight, person::of(child)),
            (_, Name::Category | Name::Subject) => self.category(child),
            (_, Name::Keywords | Name::Tags) => self.label_list(child),
            (_, Name::Enclosure) => self.file(child, "url", "length"),
            (_, Name::Language) => self.language = text::line(child),
            (_, Name::Source) => self.source_feed(child),
            (_, Name::Description | Name::Summary | Name::Abstract | Name::Subtitle) => self.summary(child, weight),
            (_, Name::Content | Name::Body | Name::Fullitem) => self.content(child),
            _ => {}
        }
    }

    fn link(&mut self, child: Element<'_, '_>) {
        match link::relation(child).as_str() {
            "enclosure" => self.file(child, "href", "length"),
            _ => self.links.note(child),
        }
    }

    /// A second summary is the text itself.
    fn summary(&mut self, child: Element<'_, '_>, weight: Weight) {
        let body = self.body(child);
        match self.summary.weight() {
            Some(Weight::Own) if weight == Weight::Own => {
                let other = body.filter(|body| !self.summary.says(body));
                self.content.say(Weight::Guess, other);
            }
            _ => self.summary.say(weight, body),
        }
    }

    fn content(&mut self, child: Element<'_, '_>) {
        if let Some(source) = child.attribute("src") {
            self.source = Some(link::resolved(child, source.trim().to_owned()));
        }
        let is_first = self.content.weight().is_none_or(|weight| weight < Weight::Common);
        if is_first {
            let body = self.body(child);
            self.content.say(Weight::Common, body);
        }
    }

    /// The markup of `child`, whose base becomes that of the entry: the addresses of the rest are resolved already.
    fn body(&mut self, child: Element<'_, '_>) -> Option<String> {
        let body = text::markup(child);
        if body.is_some()
            && let Some(base) = child.base()
        {
            self.base = Some(base.to_string());
        }
        body
    }

    fn category(&mut self, child: Element<'_, '_>) {
        let attribute = |name| {
            let told = child.attribute(name).map(|told| told.trim().to_owned());
            told.filter(|told| !told.is_empty())
        };
        if child.space() == Space::Itunes {
            self.label(attribute("text"));
            child.children().for_each(|inner| self.category(inner));
        } else {
            let told = attribute("term")
                .or_else(|| text::plain(child))
                .or_else(|| attribute("label"));
            self.label(told);
        }
    }

    fn label_list(&mut self, child: Element<'_, '_>) {
        let told = text::plain(child).unwrap_or_default();
        for label in told.split(',').take(MAX_LABELS) {
            self.label(Some(label.trim().to_owned()));
        }
    }

    fn label(&mut self, label: Option<String>) {
        if let Some(label) = label.filter(|label| !label.is_empty())
            && self.labels.len() < MAX_LABELS
        {
            self.labels.push(label);
        }
    }

    fn file(&mut self, child: Element<'_, '_>, address: &str, length: &str) {
        let url = child.attribute(address).map(|url| url.trim().to_owned());
        if let Some(url) = url.filter(|url| !url.is_empty())
            && self.files.len() < MAX_FILES
        {
            let title = child.attribute("title").map(|title| html::plain(&title).into_owned());
            self.files.push(DraftFile {
                name: title.filter(|title| !title.is_empty()),
                url: link::resolved(child, url),
                media_type: child.attribute("type").map(|told| told.into_owned()),
                length: child.attribute(length).and_then(|told| told.trim().parse().ok()),
            });
        }
    }

    /// The feed that an entry was taken from says who wrote it, when the entry doesn't (RFC 4287 §4.2.1).
    fn source_feed(&mut self, child: Element<'_, '_>) {
        for author in child.children().filter(|inner| inner.name() == Name::Author) {
            self.authors.add(Weight::Guess, person::of(author));
        }
    }

    fn draft(mut self, entry: Element<'_, '_>) -> Draft {
        let about = |name| {
            entry
                .attribute(name)
                .map(|told| told.trim().to_owned())
                .filter(|told| !told.is_empty())
        };
        self.guid.say(Weight::Guess, about("about"));
        self.updated.say(Weight::Guess, about("lastmod"));
        let guid = self.guid.last_word();
        let as_address = guid
            .clone()
            .filter(|guid| guid.starts_with("http://") || guid.starts_with("https://"));
        let link = self
            .original
            .or_else(|| self.links.page())
            .or_else(|| about("href").map(|href| link::resolved(entry, href)))
            .or(self.permalink.filter(|address| address.contains('/')))
            .or(self.source)
            .or(as_address);
        if let (Some(original), [file]) = (self.original_file, &mut self.files[..]) {
            file.url = original;
        }
        let updated = self.updated.last_word();
        let (summary, content) = (self.summary.last_word(), self.content.last_word());
        // Better the beginning of the text as title than a picture.
        let picture = self.picture.filter(|_| summary.is_none() && content.is_none());
        Draft {
            guid,
            title: self.title.last_word().or(picture),
            link,
            base: self.base.or_else(|| entry.base().map(|base| base.to_string())),
            // Atom demands the second only.
            published: self.published.last_word().or_else(|| updated.clone()).map(When::Feed),
            updated: updated.map(When::Feed),
            author: self.authors.last_word(),
            categories: self.labels,
            summary,
            content,
            attachments: self.files,
            language: self
                .language
                .or_else(|| entry.language().map(str::to_owned))
                .map(text::language_tag),
            ..Draft::default()
        }
    }
}
