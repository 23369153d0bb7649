//! How a source is asked, in words: when it usually speaks, how often it is asked then, and whether its hub pushes.

use std::time::Duration;

use jiff::Timestamp;

use super::terminal::relative;
use crate::{
    poll::{Season, Watched},
    rhythm::{HOURS, Habit},
    store::SourceState,
    websub::{Standing, Upstream},
};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// "speaks mostly Mon-Fri 9-18, about 3 a week; asked every 20 minutes then, every hour otherwise".
pub(super) fn rhythm(watched: &Watched, state: &SourceState, season: &Season) -> String {
    let habit = state.rhythm.habit();
    let speaks = match &habit {
        Some(habit) => format!("speaks mostly {}, about {}", when(habit), a_week(habit.weekly)),
        None => "too little is known of when it speaks".to_owned(),
    };
    if !watched.pace.adaptive {
        return format!("{speaks}; asked every {}", length(watched.pace.interval));
    }
    let (almanac, id) = (season.almanac(), &watched.source.id);
    let week = almanac.week(season.family(id), &state.rhythm);
    let wait = |hour: usize| almanac.wait(&week, hour as f64, watched.pace.bounds(), season.host(id));
    let (mut then, mut otherwise) = (Vec::new(), Vec::new());
    for hour in 0..HOURS {
        let is_then = habit.as_ref().is_none_or(|habit| is_within(habit, hour));
        let waits = if is_then { &mut then } else { &mut otherwise };
        waits.push(wait(hour));
    }
    let (then, otherwise) = (middle(then), middle(otherwise));
    match (then, otherwise) {
        (Some(then), Some(otherwise)) if length(then) != length(otherwise) => {
            format!(
                "{speaks}; asked every {} then, every {} otherwise",
                length(then),
                length(otherwise)
            )
        }
        (Some(wait), _) | (None, Some(wait)) => format!("{speaks}; asked every {}", length(wait)),
        (None, None) => speaks,
    }
}

/// "pushed by https://hub.example/ until in 9 days, polled every 6 hours to be safe".
pub(super) fn push(watched: &Watched, upstream: &Upstream, now: Timestamp) -> String {
    let hub = &upstream.hub.url;
    let until = upstream.until.map_or_else(String::new, |until| relative(until, now));
    let next = relative(upstream.due.max(now), now);
    let why = upstream.why.as_deref().unwrap_or("it has not answered yet");
    match upstream.standing {
        _ if upstream.relied_on_until(now).is_some() => {
            let wait = length(watched.pace.safety_net(0.0));
            format!("pushed by {hub} (the lease ends {until}); asked every {wait} to be safe")
        }
        Standing::Held if upstream.holds(now) => {
            format!("{hub} has promised to push it (the lease ends {until}); polled until pushes arrive")
        }
        Standing::Held => {
            format!("the lease at {hub} has ended, so it is polled; the hub is asked again {next}: {why}")
        }
        Standing::Asked => {
            format!("{hub} is asked to push it, so far in vain, so it is polled; asked again {next}: {why}")
        }
        Standing::Denied => format!("{hub} will not push it, so it is polled; asked again {next}: {why}"),
        Standing::Leaving => format!("{hub} is asked to push it no more"),
    }
}

/// Which days and hours: "Mon-Fri 9-18".
fn when(habit: &Habit) -> String {
    let hours = habit
        .hours
        .map(|(from, to)| format!(" {from}-{to}"))
        .unwrap_or_default();
    format!("{}{hours}", days(&habit.days))
}

fn days(days: &[usize]) -> String {
    let name = |day: usize| DAYS[day % DAYS.len()];
    match days {
        [first, .., last] if last - first + 1 == days.len() && days.len() > 2 => match days.len() {
            7 => "every day".to_owned(),
            _ => format!("{}-{}", name(*first), name(*last)),
        },
        days => days.iter().map(|day| name(*day)).collect::<Vec<_>>().join(", "),
    }
}

fn is_within(habit: &Habit, hour: usize) -> bool {
    let (day, clock) = (hour / 24, hour % 24);
    habit.days.contains(&day) && habit.names_hour(clock).unwrap_or(true)
}

fn a_week(weekly: f64) -> String {
    match weekly {
        rare if rare < 0.7 => format!("{:.0} a month", (rare * 30.0 / 7.0).max(1.0)),
        often if often > 70.0 => format!("{:.0} a day", often / 7.0),
        usual => format!("{usual:.0} a week"),
    }
}

/// The median.
fn middle(mut hours: Vec<f64>) -> Option<Duration> {
    hours.sort_by(f64::total_cmp);
    hours
        .get(hours.len() / 2)
        .map(|hours| Duration::from_secs_f64(hours * 3_600.0))
}

/// "20 minutes", "hour": what goes on after "every".
fn length(wait: Duration) -> String {
    let seconds = wait.as_secs();
    let (amount, unit) = match seconds {
        0..90 => (seconds.max(1), "second"),
        90..5_400 => (seconds.div_ceil(60), "minute"),
        5_400..172_800 => ((seconds + 1_800) / 3_600, "hour"),
        _ => ((seconds + 43_200) / 86_400, "day"),
    };
    match (amount, unit) {
        (60, "minute") => "hour".to_owned(),
        (1, unit) => unit.to_owned(),
        (amount, unit) => format!("{amount} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(named: &[usize], hours: Option<(usize, usize)>, expected: &str) {
        let habit = Habit {
            days: named.to_vec(),
            hours,
            weekly: 3.0,
        };
        assert_eq!(when(&habit), expected);
    }

    #[test]
    fn days_and_hours_are_named_as_people_name_them() {
        check(&[0, 1, 2, 3, 4], Some((9, 18)), "Mon-Fri 9-18");
        check(&[0, 1, 2, 3, 4, 5, 6], None, "every day");
        check(&[1, 3], Some((22, 2)), "Tue, Thu 22-2");
        check(&[0, 1, 6], None, "Mon, Tue, Sun");
        check(&[2], None, "Wed");
    }

    #[test]
    fn waits_are_told_roughly() {
        let told = |minutes: u64| length(Duration::from_secs(minutes * 60));
        assert_eq!(
            [1, 20, 60, 100, 360, 4_000].map(told),
            ["60 seconds", "20 minutes", "hour", "2 hours", "6 hours", "3 days"]
        );
        assert_eq!([0.3, 3.2, 140.0].map(a_week), ["1 a month", "3 a week", "20 a day"]);
    }
}
