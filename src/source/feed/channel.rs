//! What a feed says of itself.

use jiff::tz::TimeZone;

use super::{
    element::Element,
    link::{self, Links},
    names::{Name, Space},
    person, text,
    told::{Told, Weight},
};
use crate::source::{SourceMeta, dates};

/// What was said so far.
#[derive(Default)]
pub(super) struct Channel {
    title: Told,
    links: Links,
    /// Where a channel of CDF leads.
    href: Option<String>,
    description: Told,
    language: Told,
    author: Told,
    rights: Told,
    updated: Told,
    ttl_minutes: Option<u32>,
}

impl Channel {
    /// Notes the start tag of an element that holds the entries.
    pub(super) fn begins(&mut self, element: Element<'_, '_>) {
        self.language.say(Weight::Guess, element.language().map(str::to_owned));
        if let Some(href) = element.attribute("href") {
            self.href = Some(link::resolved(element, href.trim().to_owned()));
        }
        let changed = element.attribute("lastmod").map(|told| told.into_owned());
        self.updated.say(Weight::Guess, changed);
    }

    /// Notes a part that is no entry.
    pub(super) fn note(&mut self, part: Element<'_, '_>) {
        let weight = Weight::of(part.space());
        match (part.space(), part.name()) {
            (Space::Foreign | Space::Html | Space::Rdf, _) => {}
            (_, Name::Title) => self.title.say(weight, text::wordless(part)),
            (Space::Rss | Space::Atom, Name::Link) => self.links.note(part),
            (_, Name::Description | Name::Subtitle | Name::Tagline | Name::Abstract | Name::Summary) => {
                self.description.say(weight, text::wordless(part));
            }
            (_, Name::Language) => self.language.say(weight, text::line(part)),
            (_, Name::Author | Name::Creator | Name::ManagingEditor) => self.author.add(weight, person::of(part)),
            (_, Name::WebMaster) => self.author.say(Weight::Guess, person::of(part)),
            (_, Name::Rights | Name::Copyright) => self.rights.say(weight, text::wordless(part)),
            (_, Name::Updated | Name::Modified | Name::LastBuildDate | Name::Date) => {
                self.updated.say(weight, text::line(part));
            }
            (_, Name::PubDate | Name::Published) => self.updated.say(Weight::Guess, text::line(part)),
            (Space::Rss, Name::Ttl) => self.ttl_minutes = text::line(part).and_then(|told| told.parse().ok()),
            _ => {}
        }
    }

    /// All of it, as it was said.
    pub(super) fn meta(mut self) -> SourceMeta {
        let updated = self.updated.last_word();
        SourceMeta {
            title: self.title.last_word(),
            site_url: self.links.page().or(self.href),
            description: self.description.last_word(),
            language: self.language.last_word(),
            author: self.author.last_word(),
            rights: self.rights.last_word(),
            updated: updated.and_then(|told| dates::read_feed(&told, &TimeZone::UTC)),
            self_url: self.links.own,
            hubs: self.links.hubs,
            ttl_minutes: self.ttl_minutes,
        }
    }
}
