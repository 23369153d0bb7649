//! How often a subscriber wants to hear.

use jiff::{Timestamp, ToSpan, civil::Weekday, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// The hour of the day at which daily and weekly digests leave, in the subscriber's zone.
const DIGEST_HOUR: i8 = 8;

/// How often a subscriber wants to hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cadence {
    /// Each notice at once, in a message of its own.
    #[default]
    Immediate,
    /// A digest at the full hour.
    Hourly,
    /// A digest at eight in the morning.
    Daily,
    /// A digest on Monday at eight in the morning.
    Weekly,
}

impl Cadence {
    /// The end of the digest window that `now` falls into, on the wall of `zone`; `None` when each notice goes at once.
    pub fn window_end(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let wall = now.to_zoned(zone.clone());
        let next_morning = || {
            let day = if wall.hour() < DIGEST_HOUR {
                wall.date()
            } else {
                wall.date().tomorrow().ok()?
            };
            Some(day)
        };
        let morning =
            |day: jiff::civil::Date| Some(day.at(DIGEST_HOUR, 0, 0, 0).to_zoned(zone.clone()).ok()?.timestamp());
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
            Self::Daily => morning(next_morning()?),
            Self::Weekly => {
                let day = next_morning()?;
                let monday = if day.weekday() == Weekday::Monday {
                    day
                } else {
                    day.nth_weekday(1, Weekday::Monday).ok()?
                };
                morning(monday)
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
        check(
            Cadence::Hourly,
            "2026-11-23T10:59:59+09:00",
            "2026-11-23T11:00:00+09:00",
        );
        check(Cadence::Daily, "2026-11-23T07:59:59+09:00", "2026-11-23T08:00:00+09:00");
        check(Cadence::Daily, "2026-11-23T08:00:00+09:00", "2026-11-24T08:00:00+09:00");
        check(
            Cadence::Weekly,
            "2026-11-23T07:00:00+09:00",
            "2026-11-23T08:00:00+09:00",
        );
        check(
            Cadence::Weekly,
            "2026-11-23T09:00:00+09:00",
            "2026-11-30T08:00:00+09:00",
        );
    }
}
