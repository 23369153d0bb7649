//! What a history says to people: on which days and between which hours there is usually news.

use super::History;

/// So many news must have been seen before anything is said of habits.
const TELLING: f64 = 5.0;

/// Days that are named hold this share of all news together.
const OF_DAYS: f64 = 0.85;

/// The hours that are named hold this share of the news whose hour is known.
const OF_HOURS: f64 = 0.8;

/// When a source usually has news, in its zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Habit {
    /// The days of the week that nearly all news come on, from Monday's 0, in the order of the week.
    pub days: Vec<usize>,
    /// The shortest stretch of the clock that most news come in: its first hour and the hour at which it ends, which may lie
    /// beyond midnight and be the smaller number. `None` while too few hours are known, or when any hour is as good.
    pub hours: Option<(usize, usize)>,
    /// How many news there are a week.
    pub weekly: f64,
}

impl Habit {
    /// Whether `hour` of the day is one of the hours that are named; `None` when none are.
    pub fn names_hour(&self, hour: usize) -> Option<bool> {
        self.hours.map(|(from, to)| match from < to {
            true => (from..to).contains(&hour),
            false => hour >= from || hour < to,
        })
    }
}

impl History {
    /// When there is usually news; `None` while too little was seen to tell.
    pub fn habit(&self) -> Option<Habit> {
        (self.news() >= TELLING && self.weekly() > 0.0).then(|| Habit {
            days: busiest(self.days()),
            hours: stretch(self.hours()),
            weekly: self.weekly(),
        })
    }
}

fn busiest(days: &[f32; 7]) -> Vec<usize> {
    let all: f64 = days.iter().copied().map(f64::from).sum();
    let mut by_news: Vec<usize> = (0..days.len()).collect();
    by_news.sort_by(|a, b| days[*b].total_cmp(&days[*a]));
    let mut held = 0.0;
    by_news.retain(|day| {
        let is_missing = held < OF_DAYS * all;
        held += f64::from(days[*day]);
        is_missing
    });
    by_news.sort_unstable();
    by_news
}

fn stretch(hours: &[f32; 24]) -> Option<(usize, usize)> {
    let all: f64 = hours.iter().copied().map(f64::from).sum();
    if all < TELLING / 2.0 {
        return None;
    }
    let held =
        |from: usize, length: usize| -> f64 { (from..from + length).map(|hour| f64::from(hours[hour % 24])).sum() };
    // Longer than this it says nothing.
    (1..=14).find_map(|length| {
        let best = (0..24).max_by(|a, b| held(*a, length).total_cmp(&held(*b, length)))?;
        (held(best, length) >= OF_HOURS * all).then_some((best, (best + length) % 24))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rhythm::{Almanac, Poll, Seen};

    /// A history of `count` news a week over ten weeks, at the hours of the week that `at` gives for each.
    fn heard(count: usize, at: impl Fn(usize) -> f64) -> History {
        let mut history = History::default();
        let flat = Almanac::of(&[]).week(0, &history);
        for _ in 0..10 {
            let news: Vec<Seen> = (0..count)
                .map(|nth| Seen {
                    until: at(nth),
                    hours: 0.0,
                    weeks_ago: 0.0,
                })
                .collect();
            history = history.after(
                Poll {
                    weeks: Some(1.0),
                    news: &news,
                },
                &flat,
            );
        }
        history
    }

    #[test]
    fn office_hours_are_recognised() {
        let history = heard(15, |nth| (nth % 5) as f64 * 24.0 + 9.0 + (nth * 2 % 9) as f64);
        let habit = history.habit().expect("a habit");
        assert_eq!(habit.days, [0, 1, 2, 3, 4]);
        let (from, to) = habit.hours.expect("hours");
        assert!(from >= 9 && to <= 18 && to > from, "{from} to {to}");
        assert!((12.0..18.0).contains(&habit.weekly), "{}", habit.weekly);
    }

    #[test]
    fn a_night_ends_after_midnight() {
        let habit = heard(4, |nth| 24.0 + [22.5, 23.5, 0.5, 1.5][nth % 4])
            .habit()
            .expect("a habit");
        assert_eq!(habit.hours, Some((22, 2)));
        assert_eq!(habit.days, [1]);
    }

    #[test]
    fn little_says_nothing_and_any_hour_names_none() {
        assert_eq!(History::default().habit(), None);
        let habit = heard(48, |nth| (nth * 7 % 168) as f64).habit().expect("a habit");
        assert_eq!(habit.hours, None);
        assert_eq!(habit.days.len(), 6);
    }
}
