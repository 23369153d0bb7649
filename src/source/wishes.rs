//! What an answer says of how its source wants to be asked: how often at most, when not, and which hub tells of news instead.
//!
//! Knows RSS `ttl`, `skipHours` and `skipDays`, `sy:updatePeriod` and `sy:updateFrequency`, and how WebSub names hubs (W3C
//! Recommendation, section 4). Does not know whether anybody heeds it.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Page, SourceMeta, detect::link_header};

/// More than a week apart nothing may ask to be polled.
const RAREST: Duration = Duration::from_secs(7 * 86_400);

/// Longer addresses of hubs and topics are not kept, in bytes.
const LONGEST: usize = 2_000;

const HOUR: Duration = Duration::from_secs(3_600);

const HOURS_A_WEEK: u32 = 168;

/// When a feed wants to be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// The time between two polls, at least (`ttl`, `sy:`).
    pub apart: Option<Duration>,
    /// Hours of the day in which it wants not to be asked, in UTC: bit 0 is the one from midnight.
    pub quiet_hours: u32,
    /// Days of the week on which it wants not to be asked, in UTC: bit 0 is Monday.
    pub quiet_days: u8,
}

/// Who tells of a feed's news, and under which name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hub {
    /// The hub's address.
    pub url: Url,
    /// The feed's address by its own word (`rel="self"`), which is what one subscribes to.
    pub topic: Url,
}

impl Wishes {
    /// What a feed that says `meta` of itself wants. Nonsense is no wish.
    pub fn of(meta: &SourceMeta) -> Self {
        let ttl = meta
            .ttl_minutes
            .map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
        let apart = ttl.max(meta.update_every).filter(|apart| !apart.is_zero());
        let all_hours = meta.skip_hours & ALL_HOURS == ALL_HOURS;
        let all_days = meta.skip_days & ALL_DAYS == ALL_DAYS;
        Self {
            apart: apart.map(|apart| apart.min(RAREST)),
            quiet_hours: if all_hours { 0 } else { meta.skip_hours & ALL_HOURS },
            quiet_days: if all_days { 0 } else { meta.skip_days & ALL_DAYS },
        }
    }

    /// `wait` from `now` on, longer where it would end in an hour or on a day that wants to be quiet: up to the end of that.
    pub fn put_off(&self, now: Timestamp, wait: Duration) -> Duration {
        if self.quiet_hours == 0 && self.quiet_days == 0 {
            return wait;
        }
        let Ok(mut at) = now.checked_add(wait) else { return wait };
        for _ in 0..=HOURS_A_WEEK {
            let wall = TimeZone::UTC.to_datetime(at);
            let is_quiet = self.quiet_hours >> wall.hour() & 1 == 1
                || self.quiet_days >> wall.weekday().to_monday_zero_offset() & 1 == 1;
            if !is_quiet {
                return at.duration_since(now).unsigned_abs();
            }
            let past = i64::from(wall.minute()) * 60 + i64::from(wall.second());
            let left = HOUR.as_secs().saturating_sub(past.unsigned_abs());
            match at.checked_add(Duration::from_secs(left.max(1))) {
                Ok(next) => at = next,
                Err(_) => break,
            }
        }
        wait
    }
}

const ALL_HOURS: u32 = (1 << 24) - 1;
const ALL_DAYS: u8 = (1 << 7) - 1;

impl Hub {
    /// The hub that `page`, a feed which says `meta` of itself, names together with its own address: in its `Link` headers, else
    /// in itself. Of several, the first.
    pub fn of(page: &Page, meta: &SourceMeta) -> Option<Self> {
        let named = |relation: &str| {
            let links = page.links.iter().flat_map(|header| link_header::read(header));
            let mut leading = links.filter(|link| link.leads_as(relation));
            leading.find_map(|link| page.url.join(&link.target).ok())
        };
        let told = |address: &String| page.url.join(address).ok();
        let url = named("hub").or_else(|| meta.hubs.iter().find_map(told))?;
        let topic = named("self").or_else(|| meta.self_url.as_ref().and_then(told))?;
        let usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= LONGEST;
        (usable(&url) && usable(&topic)).then_some(Self { url, topic })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(links: &[&str]) -> Page {
        Page {
            url: Url::parse("https://town.example/feed.xml").expect("a URL"),
            content_type: None,
            content_language: None,
            links: links.iter().map(|link| (*link).to_owned()).collect(),
            body: Vec::new(),
            validators: Default::default(),
            fresh_for: None,
            moved: None,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[track_caller]
    fn check(links: &[&str], hubs: &[&str], own: Option<&str>, expected: Option<(&str, &str)>) {
        let meta = SourceMeta {
            hubs: hubs.iter().map(|hub| (*hub).to_owned()).collect(),
            self_url: own.map(str::to_owned),
            ..SourceMeta::default()
        };
        let named = Hub::of(&page(links), &meta);
        let named = named.as_ref().map(|hub| (hub.url.as_str(), hub.topic.as_str()));
        assert_eq!(named, expected);
    }

    #[test]
    fn a_hub_is_named_by_headers_first_and_only_together_with_the_feed_s_own_address() {
        let own = Some("https://town.example/feed.xml");
        check(
            &[],
            &["https://hub.example/"],
            own,
            Some(("https://hub.example/", "https://town.example/feed.xml")),
        );
        check(
            &[
                "<https://other.example/>; rel=\"hub\"",
                "</own.xml>; rel=self, <x>; rel=next",
            ],
            &["https://hub.example/"],
            own,
            Some(("https://other.example/", "https://town.example/own.xml")),
        );
        check(&[], &["https://hub.example/"], None, None);
        check(&["</own.xml>; rel=self"], &[], own, None);
        check(&[], &["javascript:alert(1)"], own, None);
        check(&[], &[&format!("https://hub.example/{}", "x".repeat(3_000))], own, None);
    }

    #[test]
    fn polls_are_put_off_to_the_end_of_what_wants_to_be_quiet() {
        let now: Timestamp = "2026-11-23T10:30:00Z".parse().expect("a time");
        let put_off = |hours: u32, days: u8, minutes: u64| {
            let wishes = Wishes {
                quiet_hours: hours,
                quiet_days: days,
                ..Wishes::default()
            };
            wishes.put_off(now, Duration::from_secs(minutes * 60)).as_secs() / 60
        };
        assert_eq!(put_off(0, 0, 15), 15);
        assert_eq!(put_off(1 << 10, 0, 15), 30);
        assert_eq!(put_off(1 << 10 | 1 << 11, 0, 15), 90);
        assert_eq!(put_off(1 << 10, 0, 45), 45);
        assert_eq!(put_off(0, 1, 15), 13 * 60 + 30, "Monday ends");
    }

    #[test]
    fn nonsense_is_no_wish() {
        let wishes = |ttl_minutes, skip_hours, skip_days| {
            Wishes::of(&SourceMeta {
                ttl_minutes: Some(ttl_minutes),
                skip_hours,
                skip_days,
                ..SourceMeta::default()
            })
        };
        assert_eq!(wishes(0, u32::MAX, u8::MAX), Wishes::default());
        assert_eq!(wishes(u32::MAX, 0, 0).apart, Some(RAREST));
        assert_eq!(wishes(60, 0, 0).apart, Some(HOUR));
    }
}
