//! What a feed says of itself.

use std::time::Duration;

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
    skip_hours: u32,
    skip_days: u8,
    /// `sy:updatePeriod`, and how often it is divided.
    update_period: Option<Duration>,
    update_frequency: Option<u32>,
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
            (Space::Rss, Name::SkipHours) => self.skip_hours = hours(part),
            (Space::Rss, Name::SkipDays) => self.skip_days = days(part),
            (Space::Syndication, Name::UpdatePeriod) => {
                self.update_period = text::line(part).and_then(|told| period(&told));
            }
            (Space::Syndication, Name::UpdateFrequency) => {
                self.update_frequency = text::line(part).and_then(|told| told.parse().ok());
            }
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
            skip_hours: self.skip_hours,
            skip_days: self.skip_days,
            update_every: self
                .update_period
                .map(|period| period / self.update_frequency.unwrap_or(1).max(1)),
        }
    }
}

/// The hours in `skipHours`, 24 being midnight too; bit 0 is the first of the day.
fn hours(part: Element<'_, '_>) -> u32 {
    let told = part.children().take(48).filter_map(text::line);
    let hours = told.filter_map(|told| told.parse::<u32>().ok());
    hours
        .filter(|hour| *hour <= 24)
        .fold(0, |all, hour| all | 1 << (hour % 24))
}

/// The days in `skipDays`; bit 0 is Monday.
fn days(part: Element<'_, '_>) -> u8 {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let told = part.children().take(14).filter_map(text::line);
    let days = told.filter_map(|told| {
        let begins = told.get(..3)?.to_ascii_lowercase();
        NAMES.iter().position(|name| *name == begins)
    });
    days.fold(0, |all, day| all | 1 << day)
}

fn period(told: &str) -> Option<Duration> {
    let days = match told.to_ascii_lowercase().as_str() {
        "hourly" => return Some(Duration::from_secs(3_600)),
        "daily" => 1,
        "weekly" => 7,
        "monthly" => 30,
        "yearly" => 365,
        _ => return None,
    };
    Some(Duration::from_secs(days * 86_400))
}
