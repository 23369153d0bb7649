//! How often a subscriber wants to hear.

use jiff::{Timestamp, ToSpan, civil::Weekday, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// The hour at which daily and weekly digests leave where nobody says another.
pub const USUAL_HOUR: i8 = 8;

/// How often a subscriber wants to hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cadence {
    /// Each notice at once, in a message of its own.
    #[default]
    Immediate,
    /// A digest at the full hour.
    Hourly,
    /// A digest each day.
    Daily {
        /// The hour at which it leaves, on the subscriber's wall: 0 to 23.
        hour: i8,
    },
    /// A digest each Monday.
    Weekly {
        /// The hour at which it leaves, on the subscriber's wall: 0 to 23.
        hour: i8,
    },
}

impl Cadence {
    /// The words for all of them, as configurations and forms write them.
    pub const WORDS: [&str; 4] = ["immediate", "hourly", "daily", "weekly"];

    /// What `word` says; digests of days and weeks leave at `hour` (0 to 23).
    pub fn named(word: &str, hour: i8) -> Option<Self> {
        let hour = hour.clamp(0, 23);
        match word {
            "immediate" => Some(Self::Immediate),
            "hourly" => Some(Self::Hourly),
            "daily" => Some(Self::Daily { hour }),
            "weekly" => Some(Self::Weekly { hour }),
            _ => None,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Hourly => "hourly",
            Self::Daily { .. } => "daily",
            Self::Weekly { .. } => "weekly",
        }
    }

    /// The hour at which its digest leaves, where it has one.
    pub fn hour(self) -> Option<i8> {
        match self {
            Self::Immediate | Self::Hourly => None,
            Self::Daily { hour } | Self::Weekly { hour } => Some(hour),
        }
    }

    /// The end of the digest window that `now` falls into, on the wall of `zone`; `None` when each notice goes at once.
    pub fn window_end(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let wall = now.to_zoned(zone.clone());
        let next_day = |hour| {
            if wall.hour() < hour {
                Some(wall.date())
            } else {
                wall.date().tomorrow().ok()
            }
        };
        let on = |day: jiff::civil::Date, hour| Some(day.at(hour, 0, 0, 0).to_zoned(zone.clone()).ok()?.timestamp());
        match self {
            Self::Immediate => None,
            Self::Hourly => Some(
                wall.checked_add(1.hour())
                    .ok()?
                    .with()
                    .minute(0)
                    .second(0)
                    .subsec_nanosecond(0)
                    .build()
                    .ok()?
                    .timestamp(),
            ),
            Self::Daily { hour } => on(next_day(hour)?, hour),
            Self::Weekly { hour } => {
                let day = next_day(hour)?;
                let monday = if day.weekday() == Weekday::Monday {
                    day
                } else {
                    day.nth_weekday(1, Weekday::Monday).ok()?
                };
                on(monday, hour)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cadence: Cadence, now: &str, expected: &str) {
        let zone = TimeZone::get("Asia/Seoul").expect("a zone");
        let end = cadence
            .window_end(now.parse().expect("an instant"), &zone)
            .expect("a window");
        assert_eq!(end, expected.parse().expect("an instant"));
    }

    #[test]
    fn a_digest_leaves_at_the_end_of_its_window_on_the_readers_wall() {
        let (daily, weekly) = (Cadence::Daily { hour: 8 }, Cadence::Weekly { hour: 8 });
        check(
            Cadence::Hourly,
            "2026-11-23T10:59:59+09:00",
            "2026-11-23T11:00:00+09:00",
        );
        check(daily, "2026-11-23T07:59:59+09:00", "2026-11-23T08:00:00+09:00");
        check(daily, "2026-11-23T08:00:00+09:00", "2026-11-24T08:00:00+09:00");
        let evening = Cadence::Daily { hour: 21 };
        check(evening, "2026-11-23T08:00:00+09:00", "2026-11-23T21:00:00+09:00");
        check(weekly, "2026-11-23T07:00:00+09:00", "2026-11-23T08:00:00+09:00");
        check(weekly, "2026-11-23T09:00:00+09:00", "2026-11-30T08:00:00+09:00");
    }
}
