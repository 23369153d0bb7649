//! What is remembered of when a source had news. A few numbers, in which the past counts less and less.

use super::{
    Week,
    week::{HOURS_A_DAY, touched},
};

/// After so many weeks something counts half.
const HALF_LIFE: f64 = 12.0;

/// Dates of a first look that lie closer together than this are taken to be this far apart, in weeks: half a day.
const SHORTEST_SPAN: f64 = 0.5 / 7.0;

/// News that may have come at any time within more hours than this says less about hours the longer the time is.
const TELLING: f64 = 3.0;

/// How many numbers a history is.
const NUMBERS: usize = 1 + 7 + 24;

/// When a source had news.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct History {
    /// For how many weeks the source was watched.
    weeks: f32,
    /// How many news came on each day of the week.
    days: [f32; 7],
    /// How many came in each hour of the day; fewer than on `days` where the hour is not known.
    hours: [f32; 24],
}

/// What a poll found.
#[derive(Clone, Copy, Debug)]
pub struct Poll<'a> {
    /// How many weeks the poll before is ago; `None` when there was none, and `news` are the dates of what is there.
    pub weeks: Option<f64>,
    /// When the news came.
    pub news: &'a [Seen],
}

/// When a piece of news came, as far as is known: within `hours` before the hour of the week `until`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The hour of the week at which it was there at the latest.
    pub until: f64,
    /// How many hours earlier it may have come; 0 when the moment is known.
    pub hours: f64,
    /// How many weeks ago that is.
    pub weeks_ago: f64,
}

impl History {
    /// What the history becomes by a poll; `week` is what was expected.
    pub fn after(&self, poll: Poll<'_>, week: &Week) -> Self {
        let Some(weeks) = poll.weeks else {
            return Self::of_dates(poll.news, week);
        };
        let mut heard = *self;
        heard.watched(weeks);
        poll.news.iter().for_each(|seen| heard.add(*seen, week));
        heard
    }

    /// The history that the dates of a first look tell, whatever their order. The oldest begins it: what is older is not
    /// shown.
    fn of_dates(dates: &[Seen], week: &Week) -> Self {
        let mut history = Self::default();
        let Some(oldest) = (0..dates.len()).max_by(|a, b| dates[*a].weeks_ago.total_cmp(&dates[*b].weeks_ago)) else {
            return history;
        };
        history.watched(dates[oldest].weeks_ago.max(SHORTEST_SPAN));
        for (_, seen) in dates.iter().enumerate().filter(|(index, _)| *index != oldest) {
            history.add(*seen, week);
        }
        history
    }

    /// Goes on by `weeks` in which the source was watched.
    fn watched(&mut self, weeks: f64) {
        let kept = worth(weeks);
        self.weeks = (f64::from(self.weeks) * kept + (1.0 - kept) * HALF_LIFE / std::f64::consts::LN_2) as f32;
        for count in self.days.iter_mut().chain(&mut self.hours) {
            *count = (f64::from(*count) * kept) as f32;
        }
    }

    /// Counts a piece of news. Where its moment is not known it is shared out over the hours in which it may have come, by
    /// how likely `week` holds each to be.
    fn add(&mut self, seen: Seen, week: &Week) {
        let worth = worth(seen.weeks_ago);
        let telling = (TELLING / seen.hours.max(TELLING)) * worth;
        let likely = |(hour, length): (usize, f64)| (hour, length * week.rate(hour));
        let hours = || touched(seen.until - seen.hours, seen.hours).map(likely);
        let all: f64 = hours().map(|(_, likely)| likely).sum();
        for (hour, likely) in hours().filter(|_| all > 0.0) {
            let share = likely / all;
            self.days[hour / HOURS_A_DAY] += (worth * share) as f32;
            self.hours[hour % HOURS_A_DAY] += (telling * share) as f32;
        }
    }

    /// For how many weeks the source was watched.
    pub fn weeks(&self) -> f64 {
        f64::from(self.weeks)
    }

    /// How many news there were.
    pub fn news(&self) -> f64 {
        self.days.iter().copied().map(f64::from).sum()
    }

    /// How many news a week there were; 0 while that can't be told.
    pub fn weekly(&self) -> f64 {
        if self.weeks > 0.25 {
            self.news() / self.weeks()
        } else {
            0.0
        }
    }

    /// How many news a week there were before the last `quiet` weeks, which brought none.
    pub fn weekly_before(&self, quiet: f64) -> f64 {
        let mut silence = Self::default();
        silence.watched(quiet);
        let weeks = self.weeks() - silence.weeks();
        if weeks > 0.25 { self.news() / weeks } else { 0.0 }
    }

    /// How many came on each day of the week, Monday first.
    pub fn days(&self) -> &[f32; 7] {
        &self.days
    }

    /// How many came in each hour of the day.
    pub fn hours(&self) -> &[f32; 24] {
        &self.hours
    }

    /// As it is stored: 32 numbers of four bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let numbers = [self.weeks].into_iter().chain(self.days).chain(self.hours);
        numbers.flat_map(f32::to_le_bytes).collect()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; an empty history when it is anything else.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let (numbers, rest) = bytes.as_chunks::<4>();
        let numbers: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let sound = |number: &f32| number.is_finite() && (0.0..1e9).contains(number);
        let mut history = Self::default();
        if rest.is_empty() && numbers.len() == NUMBERS && numbers.iter().all(sound) {
            history.weeks = numbers[0];
            history.days.copy_from_slice(&numbers[1..8]);
            history.hours.copy_from_slice(&numbers[8..]);
        }
        history
    }
}

/// What something of `weeks` ago counts.
fn worth(weeks: f64) -> f64 {
    (-weeks.max(0.0) / HALF_LIFE).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rhythm::Almanac;

    fn flat() -> Week {
        Almanac::of(&[]).week(0, &History::default())
    }

    #[test]
    fn fifty_dated_entries_tell_a_rate_at_once() {
        let dates: Vec<_> = (0..50)
            .map(|day| Seen {
                until: 10.0,
                hours: 0.0,
                weeks_ago: f64::from(day) / 7.0,
            })
            .collect();
        let history = History::of_dates(&dates, &flat());
        let weekly = history.news() / history.weeks();
        assert!((6.5..7.5).contains(&weekly), "{weekly}");
    }

    #[test]
    fn dates_that_are_all_the_same_tell_no_endless_rate() {
        let dates = [Seen {
            until: 10.0,
            hours: 0.0,
            weeks_ago: 0.0,
        }; 50];
        let history = History::of_dates(&dates, &flat());
        assert!(history.news() / history.weeks() < 700.0);
        assert_eq!(History::of_dates(&[], &flat()), History::default());
    }

    #[test]
    fn a_source_that_falls_silent_is_forgotten_slowly() {
        let mut history = History::default();
        for _ in 0..10 {
            history.watched(1.0);
            history.add(
                Seen {
                    until: 10.0,
                    hours: 0.0,
                    weeks_ago: 0.0,
                },
                &flat(),
            );
        }
        let busy = history.news() / history.weeks();
        history.watched(HALF_LIFE);
        let quiet = history.news() / history.weeks();
        assert!(busy > 0.9 && quiet < 0.6 * busy && quiet > 0.0, "{busy} {quiet}");
    }

    #[test]
    fn news_of_an_unknown_moment_is_shared_out_across_midnight() {
        let mut history = History::default();
        history.add(
            Seen {
                until: 1.0,
                hours: 2.0,
                weeks_ago: 0.0,
            },
            &flat(),
        );
        let (sunday, monday) = (history.days()[6], history.days()[0]);
        assert!(sunday > 0.0 && monday > 0.0 && (sunday + monday - 1.0).abs() < 1e-6);
        assert_eq!((history.hours()[23], history.hours()[0]), (sunday, monday));
    }

    #[test]
    fn a_history_survives_being_stored_and_nonsense_is_an_empty_one() {
        let mut history = History::default();
        history.watched(0.3);
        history.add(
            Seen {
                until: 33.5,
                hours: 0.7,
                weeks_ago: 0.1,
            },
            &flat(),
        );
        assert_eq!(History::from_bytes(&history.to_bytes()), history);
        assert_eq!(History::from_bytes(b"abc"), History::default());
        assert_eq!(History::from_bytes(&[0xff; 128]), History::default());
    }
}
