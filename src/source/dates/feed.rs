//! Dates of feeds: RFC 822 and RFC 3339 as the world writes them.
//!
//! Unlike a board's line, the text is all date: every token has to have a meaning in it, else it is refused.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};

use crate::notice::Published;

use super::{
    grammar::{Clock, Custom, Line, Order},
    names,
    tokens::{Kind, Token, tokens},
};

/// Longest text that can be a date, in bytes.
const LONGEST: usize = 128;

/// Reads a feed's date. Times without an offset are of `zone`, or of Korea when the text is Korean.
pub fn read_feed(text: &str, zone: &TimeZone) -> Option<Published> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let (text, named) = named_zone(text);
    let tokens = tokens(text);
    let line = Line {
        tokens: &tokens,
        custom: Custom {
            language: None,
            slashes: Order::MonthDayYear,
            two_digit: None,
            minguo: false,
            buddhist: false,
            jalali: false,
            // Two-digit years are of 1970 to 2069.
            today: Date::constant(2049, 12, 31),
        },
    };
    if let Some(published) = digits_only(line, zone) {
        return Some(published);
    }
    let parts = Parts::of(line)?;
    let day = parts.day()?;
    let Some(clock) = parts.clock else {
        return Some(Published::Day(day));
    };
    let day = if clock.next_day { day.tomorrow().ok()? } else { day };
    let wall = day.to_datetime(clock.time);
    let korean = tokens
        .iter()
        .any(|token| matches!(&token.kind, Kind::Word(word) if word.starts_with(is_hangul)));
    match (clock.offset.or(parts.offset), named) {
        (Some(offset), _) => at_offset(wall, offset),
        (None, Some(named)) => Published::at(wall, &named).ok(),
        (None, None) if korean => at_offset(wall, Offset::constant(9)),
        (None, None) => Published::at(wall, zone).ok(),
    }
}

/// "… America/Los_Angeles": the text without its last word, and the zone that it names.
fn named_zone(text: &str) -> (&str, Option<TimeZone>) {
    let named = |name: &str| {
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        (starts && name.contains('/'))
            .then(|| TimeZone::get(name).ok())
            .flatten()
    };
    match text.rsplit_once(char::is_whitespace) {
        Some((rest, name)) => match named(name.trim_matches(['(', ')', '[', ']'])) {
            Some(zone) => (rest, Some(zone)),
            None => (text, None),
        },
        None => (text, None),
    }
}

/// 2003, 031231, 20031231, 2003365, 03335, -0312, 2003-12, 1072828800: ISO 8601 without its marks, and Unix times.
fn digits_only(line: Line<'_>, zone: &TimeZone) -> Option<Published> {
    let day = |date: Option<Date>| date.map(Published::Day);
    let date = |year: u64, month: u64, day: u64| {
        Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()
    };
    let short = |value: u64| line.year(value, 2).and_then(|year| u64::try_from(year).ok());
    match (
        line.tokens.len(),
        line.any_mark(0),
        line.number(0),
        line.any_mark(1),
        line.number(1),
        line.number(2),
    ) {
        (1, _, Some((value, digits)), ..) => match digits {
            4 => day(date(value, 1, 1)),
            // Whose last four digits are a year is a year with a typing error, not a day of one.
            5 if !(1900..2100).contains(&(value % 10_000)) => day(ordinal(short(value / 1000)?, value % 1000)),
            6 => day(date(short(value / 10_000)?, value / 100 % 100, value % 100)),
            7 => day(ordinal(value / 1000, value % 1000)),
            8 => day(date(value / 10_000, value / 100 % 100, value % 100)),
            9 | 10 => unix(value),
            13 => unix(value / 1000),
            14 => {
                let clock = names::clock(value / 10_000 % 100, value / 100 % 100, value % 100, None)?;
                let day = date(
                    value / 10_000_000_000,
                    value / 100_000_000 % 100,
                    value / 1_000_000 % 100,
                )?;
                Published::at(day.to_datetime(clock), zone).ok()
            }
            _ => None,
        },
        (2, Some('-'), _, _, Some((value, 4)), _) => day(date(short(value / 100)?, value % 100, 1)),
        (3, _, Some((year, 4)), Some('-'), _, Some((month, 2))) => day(date(year, month, 1)),
        (3, _, Some((year, 4)), Some('-'), _, Some((of_year, 3))) => day(ordinal(year, of_year)),
        _ => None,
    }
}

fn ordinal(year: u64, day: u64) -> Option<Date> {
    let date = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
    let days = i64::try_from(day).ok()?.checked_sub(1).filter(|days| *days >= 0)?;
    date.checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
        .filter(|there| there.year() == date.year())
}

fn unix(seconds: u64) -> Option<Published> {
    Some(Published::Instant(
        Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?,
        Offset::UTC,
    ))
}

fn at_offset(wall: DateTime, offset: Offset) -> Option<Published> {
    Some(Published::Instant(offset.to_timestamp(wall).ok()?, offset))
}

/// What the tokens of a feed's date mean.
#[derive(Default)]
struct Parts {
    day: Option<Date>,
    month: Option<i8>,
    numbers: Vec<(u64, u8)>,
    clock: Option<Clock>,
    offset: Option<Offset>,
}

impl Parts {
    /// Gives every token a meaning. `None` when one has none.
    fn of(line: Line<'_>) -> Option<Self> {
        let mut parts = Self::default();
        let mut at = 0;
        while at < line.tokens.len() {
            at = parts.take(line, at)?;
        }
        Some(parts)
    }

    /// Takes what stands at `at`; the token behind it.
    fn take(&mut self, line: Line<'_>, at: usize) -> Option<usize> {
        if self.clock.is_none()
            && let Some(clock) = line.clock(at)
        {
            self.clock = Some(clock);
            return Some(clock.next);
        }
        if let Some((value, digits)) = line.number(at) {
            if self.day.is_none()
                && self.month.is_none()
                && self.numbers.is_empty()
                && let Some(day) = line.day(at).filter(|day| day.has_year && !day.weak)
            {
                self.day = Some(day.date);
                return Some(day.next);
            }
            self.numbers.push((value, digits));
            return (self.day.is_none() && self.numbers.len() <= 2).then_some(at + 1);
        }
        if self.clock.is_some()
            && let Some((offset, next)) = line.offset(at)
        {
            // The first counts: "-05:00Z" is of -05:00.
            self.offset.get_or_insert(offset);
            return Some(next);
        }
        match &line.tokens.get(at)?.kind {
            Kind::Mark('(') => closing(line.tokens, at),
            Kind::Mark(',' | '.' | '-' | '/' | '\'') => Some(at + 1),
            Kind::Word(word) => self.word(line, word).then_some(at + 1),
            _ => None,
        }
    }

    fn word(&mut self, line: Line<'_>, word: &str) -> bool {
        if let Some((month, false)) = names::month(word, None) {
            // "mar., 01 déc.": the name of a Tuesday came first.
            let replaces = self.month.is_none() || self.numbers.len() == 1;
            self.month = Some(month).filter(|_| replaces);
            return replaces || names::is_weekday(word);
        }
        let known = names::is_weekday(word) || names::is_joining(word) || names::is_ordinal(word) || word == "t";
        let comma = line.tokens.len() > 1;
        known && comma
    }

    fn day(&self) -> Option<Date> {
        if let Some(day) = self.day {
            return Some(day);
        }
        let month = self.month?;
        let year = |(value, digits): (u64, u8)| -> Option<i16> {
            let value = i16::try_from(value).ok()?;
            match digits {
                1 | 2 => Some(value + if value < 70 { 2000 } else { 1900 }),
                // RFC 5322: years of three digits are counted from 1900.
                3 => Some(value + 1900),
                4 => Some(value),
                _ => None,
            }
        };
        let (year, day) = match self.numbers[..] {
            [alone] if alone.1 == 4 => (year(alone)?, 1),
            [first, second] if first.1 == 4 => (year(first)?, i8::try_from(second.0).ok()?),
            [first, second] if first.1 <= 2 => (year(second)?, i8::try_from(first.0).ok()?),
            _ => return None,
        };
        Date::new(year, month, day).ok()
    }
}

/// Behind the bracket that closes the one at `at`.
fn closing(tokens: &[Token], at: usize) -> Option<usize> {
    let length = tokens
        .get(at..)?
        .iter()
        .position(|token| token.kind == Kind::Mark(')'))?;
    Some(at + length + 1)
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}
