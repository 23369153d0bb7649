//! What a poll tells of when its source has news. Pure.
//!
//! Boards print days and rarely times, and some print nonsense: where a date says nothing, news came between two polls.

use jiff::{Timestamp, civil::Time, tz::TimeZone};

use crate::{
    notice::Published,
    rhythm::{History, Poll, Seen, Week, hour_of_week},
};

const SECONDS_A_WEEK: f64 = 7.0 * 86_400.0;

/// Longer than this nobody was watching, whatever the clock says.
const LONGEST_WATCH: f64 = 2.0;

/// What `history` becomes by a poll at `now` that showed news with these `dates`, when the last good one was at `since`. Without
/// one they are those of the list, and tell the past.
pub(super) fn heard(
    history: &History,
    dates: &[Option<Published>],
    since: Option<Timestamp>,
    now: Timestamp,
    zone: &TimeZone,
    week: &Week,
) -> History {
    let seen = |from: Timestamp, until: Timestamp| Seen {
        until: hour_of_week(until, zone),
        hours: seconds(from, until) / 3600.0,
        weeks_ago: seconds(until, now) / SECONDS_A_WEEK,
    };
    let seen: Vec<Seen> = match since {
        None => dates
            .iter()
            .filter_map(|date| when((*date)?, zone))
            .filter(|(from, _)| *from <= now)
            .map(|(from, until)| seen(from, until.min(now)))
            .collect(),
        Some(since) => dates
            .iter()
            .map(|date| {
                let told = date.and_then(|date| when(date, zone));
                let within = told.map(|(from, until)| (from.max(since), until.min(now)));
                let (from, until) = within
                    .filter(|(from, until)| from <= until)
                    .unwrap_or((since.min(now), now));
                seen(from, until)
            })
            .collect(),
    };
    let weeks = since.map(|since| (seconds(since, now) / SECONDS_A_WEEK).min(LONGEST_WATCH));
    history.after(Poll { weeks, news: &seen }, week)
}

/// From when to when a notice came that is dated so. Midnight is no time but the way to write a day.
fn when(published: Published, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let day = match published {
        Published::Instant(instant, offset) if offset.to_datetime(instant).time() != Time::midnight() => {
            return Some((instant, instant));
        }
        other => other.day(),
    };
    let begin = |day: jiff::civil::Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
    Some((begin(day)?, begin(day.tomorrow().ok()?)?))
}

/// How long it is from one to the other; 0 when the clock was set back between them.
fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rhythm::Almanac;

    /// Polls on Tuesday at nine and at eleven; the hours in which the news is taken to have come.
    #[track_caller]
    fn check(date: &str, expected: &[usize]) {
        let date = (!date.is_empty()).then(|| date.parse().expect("a date"));
        let history = after(&[date], Some(at("2026-11-24T09:00:00+09:00")));
        let hours: Vec<usize> = (0..24).filter(|hour| history.hours()[*hour] > 0.0).collect();
        assert_eq!(hours, expected, "{date:?}");
        assert!(history.days()[1] > 0.99, "on Tuesday: {:?}", history.days());
    }

    fn after(dates: &[Option<Published>], since: Option<Timestamp>) -> History {
        let seoul = TimeZone::get("Asia/Seoul").expect("a zone");
        let week = Almanac::of(&[]).week(0, &History::default());
        let now = at("2026-11-24T11:00:00+09:00");
        heard(&History::default(), dates, since, now, &seoul, &week)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn news_came_when_its_date_says_so_and_else_between_the_polls() {
        check("2026-11-24T10:30:00+09:00", &[10]);
        check("2026-11-24T01:30:00Z", &[10]);
        check("2026-11-24", &[9, 10]);
        check("2026-11-24T00:00:00+09:00", &[9, 10]);
        check("", &[9, 10]);
        check("1970-01-01", &[9, 10]);
        check("2199-01-01", &[9, 10]);
    }

    #[test]
    fn the_dates_of_a_first_look_tell_a_rate() {
        let dates: Vec<_> = (1..=20).map(|day| format!("2026-11-{day:02}").parse().ok()).collect();
        let weekly = after(&dates, None).weekly();
        assert!((5.0..8.0).contains(&weekly), "{weekly}");
        assert_eq!(after(&[None, "2199-01-01".parse().ok()], None), History::default());
    }

    #[test]
    fn clocks_that_jump_teach_little() {
        let year_ahead = after(&[], Some(at("2025-11-24T09:00:00Z")));
        assert!(year_ahead.weeks() < 2.1);
        let set_back = after(&[None], Some(at("2027-11-24T09:00:00Z")));
        assert!(set_back.weeks() == 0.0 && set_back.news() > 0.9);
    }
}
