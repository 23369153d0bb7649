//! When a source usually has news, as a small chart and as a sentence.

use jiff::tz::TimeZone;
use minijinja::{Value, context, value::Serde};
use serde::Serialize;

use super::{language::Language, pages::Pages};
use crate::rhythm::{Habit, History};

/// The height of the tallest bar, in units of the drawing.
const TALLEST: f32 = 44.0;

/// How wide a bar is, and how far it is to the next.
const DAY: (f32, f32) = (28.0, 34.0);

/// The same of an hour.
const HOUR: (f32, f32) = (7.4, 9.9);

/// Bars side by side.
#[derive(Serialize)]
struct Chart {
    width: f32,
    thick: f32,
    bars: Vec<Bar>,
    /// What it shows, for those who can't see it.
    told: String,
}

#[derive(Serialize)]
struct Bar {
    x: f32,
    y: f32,
    height: f32,
    middle: f32,
    label: Option<String>,
    /// Whether it is one of those that nearly all news fall on.
    usual: bool,
}

/// What a page says of when the source whose past is `history` has news; nothing while too little was seen.
pub(super) fn told(pages: &Pages, language: Language, history: &History, zone: &TimeZone) -> Option<Value> {
    let habit = history.habit()?;
    let sentence = sentence(pages, language, &habit, zone);
    let day = |day: usize| (Some(language.weekdays()[day].to_owned()), habit.days.contains(&day));
    let hour = |hour: usize| {
        let is_usual = habit.names_hour(hour).unwrap_or(false);
        (hour.is_multiple_of(6).then(|| hour.to_string()), is_usual)
    };
    let days = chart(history.days(), DAY, &sentence, day);
    let hours = history.hours().iter().any(|count| *count > 0.0);
    let hours = hours.then(|| chart(history.hours(), HOUR, &sentence, hour));
    Some(context! { told => sentence, days => Serde(days), hours => Serde(hours) })
}

fn chart(
    counts: &[f32],
    (thick, apart): (f32, f32),
    told: &str,
    mark: impl Fn(usize) -> (Option<String>, bool),
) -> Chart {
    let most = counts.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let tenths = |length: f32| (length * 10.0).round() / 10.0;
    let bars = counts.iter().enumerate().map(|(nth, count)| {
        // Also what is nothing can be seen to have been looked at.
        let height = tenths((count / most * TALLEST).max(1.0));
        let (label, usual) = mark(nth);
        let x = tenths(nth as f32 * apart);
        Bar {
            x,
            y: tenths(TALLEST - height),
            height,
            middle: tenths(x + thick / 2.0),
            label,
            usual,
        }
    });
    Chart {
        width: tenths(counts.len() as f32 * apart),
        thick,
        bars: bars.collect(),
        told: told.to_owned(),
    }
}

/// `Mostly Mon–Fri, 9:00–18:00; about 3 notices a week.`
fn sentence(pages: &Pages, language: Language, habit: &Habit, zone: &TimeZone) -> String {
    let word = |name: &str| pages.words(language).get(name).cloned().unwrap_or_default();
    let days = match habit.days.len() {
        7 => word("habit_any_day"),
        _ => word("habit_days").replace("{days}", &language.weekdays_in_words(&habit.days)),
    };
    let hours = habit.hours.map(|(from, to)| {
        let zone = zone.iana_name().unwrap_or("UTC").replace('_', " ");
        let to = if to == 0 { 24 } else { to };
        let hours = word("habit_hours").replace("{from}", &from.to_string());
        hours.replace("{to}", &to.to_string()).replace("{zone}", &zone)
    });
    let monthly = habit.weekly * 365.25 / 12.0 / 7.0;
    let (often, count) = if habit.weekly >= 1.5 {
        ("habit_weekly", habit.weekly)
    } else {
        ("habit_monthly", monthly.max(1.0))
    };
    let often = word(often).replace("{n}", &format!("{count:.0}"));
    [Some(days), hours, Some(often)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}
