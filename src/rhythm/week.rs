//! How many news are to be expected in each hour of a source's week.

use jiff::{Timestamp, tz::TimeZone};

use super::{History, shape::Shape};

/// The hours of a week.
pub const HOURS: usize = 168;

pub(super) const HOURS_A_DAY: usize = 24;

/// How many news of its own outweigh what is usual for a source's rate.
const OWN_RATE: f64 = 0.5;

/// How many news of its own outweigh what is usual for its days and its hours.
const OWN_DAYS: f64 = 40.0;
const OWN_HOURS: f64 = 50.0;

/// No hour is held to be less likely than this part of an average one: news does come on a Sunday night.
const LEAST: f64 = 0.003;

/// What is expected of a source's week.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    days: [f32; 7],
    hours: [f32; 24],
}

impl Week {
    /// What `history` says, the more so the longer it is; else what `usual` says of days and hours, and `weekly` of how many
    /// news there are a week.
    pub(super) fn new(history: &History, usual: &Shape, weekly: f64) -> Self {
        let rate = (history.news() + OWN_RATE) / (history.weeks() + OWN_RATE / weekly.max(1e-3));
        let an_hour = rate / HOURS as f64;
        let days = shrunk(history.days(), &usual.days, OWN_DAYS);
        let hours = shrunk(history.hours(), &usual.hours, OWN_HOURS);
        Self {
            days: days.map(|part| (part * an_hour) as f32),
            hours: hours.map(|part| part as f32),
        }
    }

    /// News an hour in an hour of the week.
    pub fn rate(&self, hour: usize) -> f64 {
        let hour = hour % HOURS;
        f64::from(self.days[hour / HOURS_A_DAY] * self.hours[hour % HOURS_A_DAY])
    }
}

/// The hours of the week that the `hours` from the hour `from` on touch, each with how much of it they do, in hours. Of what is
/// longer than a week, the first week.
pub(super) fn touched(from: f64, hours: f64) -> impl Iterator<Item = (usize, f64)> {
    let from = from.rem_euclid(HOURS as f64);
    let until = from + hours.clamp(1e-6, HOURS as f64);
    let (first, last) = (from as usize, until.ceil() as usize);
    (first..last).map(move |hour| {
        let length = (hour as f64 + 1.0).min(until) - (hour as f64).max(from);
        (hour % HOURS, length.max(0.0))
    })
}

/// Which hour of the week `moment` is in `zone`, with the part of it that has passed: 0 at the beginning of Monday.
pub fn hour_of_week(moment: Timestamp, zone: &TimeZone) -> f64 {
    let wall = zone.to_datetime(moment);
    let day = f64::from(wall.weekday().to_monday_zero_offset());
    day * 24.0 + f64::from(wall.hour()) + (f64::from(wall.minute()) + f64::from(wall.second()) / 60.0) / 60.0
}

/// How likely each part is against an average one: what was counted, and `strength` more as is usual.
fn shrunk<const N: usize>(counts: &[f32; N], usual: &[f64; N], strength: f64) -> [f64; N] {
    let all: f64 = counts.iter().copied().map(f64::from).sum();
    std::array::from_fn(|part| {
        let counted = f64::from(counts[part]) * N as f64;
        let likely = (counted + strength * usual[part]) / (all + strength);
        likely * (1.0 - LEAST) + LEAST
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rhythm::{Almanac, Poll, Seen};

    fn seen(until: f64) -> Seen {
        Seen {
            until,
            hours: 0.2,
            weeks_ago: 0.0,
        }
    }

    #[test]
    fn with_no_past_all_hours_are_possible_and_offices_likeliest() {
        let week = Almanac::of(&[]).week(0, &History::default());
        let all: f64 = (0..HOURS).map(|hour| week.rate(hour)).sum();
        assert!((1.0..10.0).contains(&all), "{all}");
        assert!(week.rate(10) > 2.0 * week.rate(3) && week.rate(10) > week.rate(6 * 24 + 10));
        assert!((0..HOURS).all(|hour| week.rate(hour) > 0.0));
    }

    #[test]
    fn a_source_with_a_past_keeps_its_own_week() {
        let almanac = Almanac::of(&[]);
        let mut history = History::default();
        for _ in 0..20 {
            let news = [20.5, 44.5, 164.5].map(seen);
            let poll = Poll {
                weeks: Some(1.0),
                news: &news,
            };
            history = history.after(poll, &almanac.week(0, &history));
        }
        let week = almanac.week(0, &history);
        assert!(week.rate(20) > 5.0 * week.rate(10), "in the evening and in the morning");
    }

    #[test]
    fn the_week_begins_on_monday_in_the_zone_of_the_source() {
        let moment: Timestamp = "2026-11-08T15:30:00Z".parse().expect("a time");
        let seoul = TimeZone::get("Asia/Seoul").expect("a zone");
        assert_eq!(hour_of_week(moment, &seoul), 0.5);
        assert_eq!(hour_of_week(moment, &TimeZone::UTC), 159.5);
    }
}
