//! When a source says a notice was published.
//!
//! Boards print a day ("Date : 2020.11.10"), rarely a time, never a zone. Filling in the missing part too early is
//! how feeds come to announce things tomorrow, so [`Published`] keeps what was printed and no more.
//!
//! Knows: the calendar. Does not know: the clock, the board, any feed format.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, Zoned, civil,
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Serialize};

/// A publication date as precise as the source was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Published {
    /// A calendar day on the source's own wall.
    Day(civil::Date),
    /// An instant, with the offset in which the source told it.
    Instant(Timestamp, Offset),
}

impl Published {
    /// The instant that `wall` names in `zone` (the earlier one when clocks were turned back).
    ///
    /// # Errors
    ///
    /// When the instant is outside the years that can be written.
    pub fn at(wall: civil::DateTime, zone: &TimeZone) -> Result<Self, jiff::Error> {
        let zoned = wall.to_zoned(zone.clone())?;
        Ok(Self::Instant(zoned.timestamp(), zoned.offset()))
    }

    /// The date to print in a feed: the start of the day in `zone` when only a day is known.
    ///
    /// Notices of one day therefore tie; whoever sorts them breaks the tie by ledger order.
    pub fn zoned(self, zone: &TimeZone) -> Zoned {
        match self {
            Self::Day(day) => day
                .to_zoned(zone.clone())
                .unwrap_or_else(|_| Timestamp::UNIX_EPOCH.to_zoned(zone.clone())),
            Self::Instant(instant, offset) => instant.to_zoned(TimeZone::fixed(offset)),
        }
    }

    /// The day on the source's own wall.
    pub fn day(self) -> civil::Date {
        match self {
            Self::Day(day) => day,
            Self::Instant(instant, offset) => offset.to_datetime(instant).date(),
        }
    }
}

impl fmt::Display for Published {
    /// `2020-11-10`, or `2020-11-10T09:00:00+09:00` when the time is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Instant(instant, offset) => instant.display_with_offset(*offset).fmt(f),
        }
    }
}

impl FromStr for Published {
    type Err = jiff::Error;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 10 {
            return text.parse().map(Self::Day);
        }
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_timestamp(text)?;
        let offset = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%:z", text)
            .ok()
            .and_then(|parsed| parsed.offset());
        Ok(Self::Instant(pieces, offset.unwrap_or(Offset::UTC)))
    }
}

impl TryFrom<String> for Published {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Published> for String {
    fn from(published: Published) -> Self {
        published.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stays_a_day() {
        let seoul = TimeZone::get("Asia/Seoul").expect("a zone");
        let day: Published = "2020-11-10".parse().expect("a day");
        assert_eq!(day.to_string(), "2020-11-10");
        assert_eq!(
            day.zoned(&seoul).strftime("%F %T %z").to_string(),
            "2020-11-10 00:00:00 +0900"
        );
    }

    #[test]
    fn an_instant_keeps_the_offset_it_was_told_in() {
        let told: Published = "2020-11-10T09:00:00+09:00".parse().expect("an instant");
        assert_eq!(told.to_string(), "2020-11-10T09:00:00+09:00");
        assert_eq!(told.day().to_string(), "2020-11-10");
    }
}
