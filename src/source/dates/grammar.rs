//! The forms in which days and times are written, recognised over tokens.

use jiff::{
    civil::{Date, Time},
    tz::Offset,
};

use super::{
    calendar::{self, Era},
    names,
    tokens::{Kind, Token},
};

/// Which part of a numeric date comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    YearMonthDay,
    DayMonthYear,
    MonthDayYear,
}

/// How the place a text comes from writes dates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Custom<'a> {
    /// BCP 47 tag.
    pub(super) language: Option<&'a str>,
    /// Of "03/04/2020".
    pub(super) slashes: Order,
    /// Of "03.04.20".
    pub(super) two_digit: Option<Order>,
    /// Whether "109.11.10" counts from 1911.
    pub(super) minguo: bool,
    /// Whether "63" may be the year 2563 of the Buddhist calendar.
    pub(super) buddhist: bool,
    /// Whether "1399/08/20" is of the Solar Hijri calendar.
    pub(super) jalali: bool,
    /// The day that two-digit years and years left out are nearest to.
    pub(super) today: Date,
}

/// A day that was recognised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Day {
    pub(super) date: Date,
    /// Behind its last token.
    pub(super) next: usize,
    /// Whether the text around has to confirm that this is a date ("11.10", "20201110").
    pub(super) weak: bool,
    /// Whether the year was printed.
    pub(super) has_year: bool,
}

/// A time that was recognised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clock {
    pub(super) time: Time,
    pub(super) offset: Option<Offset>,
    pub(super) next: usize,
    /// "24:00" is the next day's midnight.
    pub(super) next_day: bool,
}

/// Tokens to recognise forms in.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) custom: Custom<'a>,
}

impl<'a> Line<'a> {
    /// The day that begins at token `at`.
    pub(super) fn day(&self, at: usize) -> Option<Day> {
        self.counted(at)
            .or_else(|| self.named(at))
            .or_else(|| self.triple(at))
            .or_else(|| self.compact(at))
            .or_else(|| self.pair(at))
    }

    /// 2020年11月10日, 令和2年11月10日, 民國109年11月10日, 2020년 11월 10일, 11월 10일.
    fn counted(&self, at: usize) -> Option<Day> {
        let (era, mut next) = self.era(at);
        let mut year = None;
        let (first, _) = match (era, self.word(next)) {
            (Some(_), Some("元")) => (1, 1),
            _ => self.number(next)?,
        };
        if matches!(self.word(next + 1), Some("年" | "년")) {
            year = Some(match era {
                Some(era) => calendar::era_year(era, i16::try_from(first).ok()?)?,
                None => self.year(first, self.number(next)?.1)?,
            });
            next += 2;
        } else if era.is_some() {
            return None;
        }
        let (month, _) = self.number(next)?;
        matches!(self.word(next + 1), Some("月" | "월")).then_some(())?;
        let (day, _) = self.number(next + 2)?;
        matches!(self.word(next + 3), Some("日" | "일" | "号" | "號")).then_some(())?;
        self.finish(year, month, day, next + 4)
    }

    /// The era that stands at `at`, and the token behind its name.
    fn era(&self, at: usize) -> (Option<Era>, usize) {
        let pair = (self.word(at), self.word(at + 1));
        match pair {
            (Some("令"), Some("和")) => (Some(Era::Reiwa), at + 2),
            (Some("平"), Some("成")) => (Some(Era::Heisei), at + 2),
            (Some("昭"), Some("和")) => (Some(Era::Showa), at + 2),
            (Some("大"), Some("正")) => (Some(Era::Taisho), at + 2),
            (Some("民"), Some("國" | "国")) => (Some(Era::Minguo), at + 2),
            _ => (None, at),
        }
    }

    /// Nov 10, 2020; 10 November 2020; 10. 11月... by a month's name, in any order that has one.
    fn named(&self, at: usize) -> Option<Day> {
        self.clear_before(at).then_some(())?;
        self.year_month_day(at)
            .or_else(|| self.day_month(at))
            .or_else(|| self.month_day(at))
    }

    fn year_month_day(&self, at: usize) -> Option<Day> {
        let (year, 4) = self.number(at)? else { return None };
        let name = self.skip(at + 1, &['.', '-', '/', ',']);
        let (month, jalali) = self.month(name)?;
        let number = self.skip(name + 1, &['.', '-', '/', ',']);
        let (day, 1..=2) = self.number(number)? else {
            return None;
        };
        let year = self.year(year, 4)?;
        self.finish_named(Some(year), month, day, jalali, number + 1)
    }

    fn day_month(&self, at: usize) -> Option<Day> {
        let (day, 1..=2) = self.number(at)? else { return None };
        let mut next = self.ordinal(at + 1);
        // "10-12 November": the first day of a range.
        if self.mark(next, &['-', '~', '&'])
            && let Some((_, 1..=2)) = self.number(next + 1)
            && self.month(self.joined(self.ordinal(next + 2))).is_some()
        {
            next = self.ordinal(next + 2);
        }
        next = self.joined(next);
        // "10 tháng 11 năm 2020"
        if self.word(next) == Some("thang") {
            let (month, 1..=2) = self.number(next + 1)? else {
                return None;
            };
            let mut next = next + 2;
            next += usize::from(self.word(next) == Some("nam") || self.mark(next, &[',', '/']));
            let (year, next) = self.printed_year(next)?;
            return self.finish(Some(year), month, day, next);
        }
        let (month, jalali) = self.month(next)?;
        self.ending(month, day, jalali, next + 1)
    }

    fn month_day(&self, at: usize) -> Option<Day> {
        let (month, jalali) = self.month(at)?;
        let mut next = self.skip(at + 1, &['.', '-', ',']);
        next += usize::from(self.word(next) == Some("the"));
        let (day, 1..=2) = self.number(next)? else { return None };
        // "Nov 10:30" is no day, and "mar. 01 déc." is a Tuesday.
        if self.mark(next + 1, &[':']) || self.month(self.joined(next + 1)).is_some() && !self.in_range(next + 1) {
            return None;
        }
        next = self.ordinal(next + 1);
        if self.mark(next, &['-', '~', '&'])
            && let Some((_, 1..=2)) = self.number(next + 1)
        {
            next = self.ordinal(next + 2);
        }
        self.ending(month, day, jalali, next)
    }

    fn in_range(&self, at: usize) -> bool {
        self.mark(at, &['-', '~'])
    }

    /// The year that may follow day and month.
    fn ending(&self, month: i8, day: u64, jalali: bool, next: usize) -> Option<Day> {
        let month_day = self.finish_named(None, month, day, jalali, next);
        let mut at = self.joined(self.skip(next, &['.', ',', '-', '/', '\'']));
        at = self.skip(at, &['\'']);
        match self.printed_year(at) {
            Some((year, next)) => self.finish_named(Some(year), month, day, jalali, next),
            None => month_day,
        }
    }

    fn finish_named(&self, year: Option<i16>, month: i8, day: u64, jalali: bool, next: usize) -> Option<Day> {
        if !jalali {
            return self.finish(year, u64::try_from(month).ok()?, day, next);
        }
        let date = calendar::jalali(year?, month, i8::try_from(day).ok()?)?;
        Some(Day {
            date,
            next,
            weak: false,
            has_year: true,
        })
    }

    /// A year at `at`, as it stands behind a day and a month, and the token behind it.
    fn printed_year(&self, at: usize) -> Option<(i16, usize)> {
        let (value, digits) = self.number(at)?;
        let adjacent = self.tokens.get(at + 1).is_some_and(|token| !token.spaced);
        // "Nov 10 20:15" goes on with a time, "Nov 10, 20 pages" with something else.
        let time = self.mark(at + 1, &[':']) || names::meridiem(self.word(at + 1).unwrap_or_default()).is_some();
        let clock = adjacent && matches!(self.word(at + 1), Some("h" | "시" | "時" | "時間" | "uhr"));
        if time || clock || !matches!(digits, 2 | 4) {
            return None;
        }
        if digits == 2 && at + 1 < self.tokens.len() && !self.mark(at + 1, &[',', ')', '.', '|', '-', ']']) {
            // Two digits are a year at the end of the text, or before its time.
            self.clock(at + 1)?;
        }
        let suffix = self.word(at + 1).is_some_and(names::is_year_suffix);
        let next = at + 1 + usize::from(suffix);
        let next = next + usize::from(suffix && self.mark(next, &['.']));
        Some((self.year(value, digits)?, next))
    }

    /// 2020.11.10, 20.11.10, 10/11/2020, 2020-11-10, 109.11.10: three numbers with one mark.
    fn triple(&self, at: usize) -> Option<Day> {
        let reiwa =
            matches!(self.word(at), Some("r" | "h")) && self.tokens.get(at + 1).is_some_and(|token| !token.spaced);
        let start = at + usize::from(reiwa);
        let ((one, a), (two, b), (three, c)) = (self.number(start)?, self.number(start + 2)?, self.number(start + 4)?);
        let mark = self.any_mark(start + 1)?;
        if !matches!(mark, '.' | '-' | '/') || self.any_mark(start + 3) != Some(mark) {
            return None;
        }
        let whole_year = a == 4 || c == 4;
        let tight = self
            .tokens
            .get(start + 1..=start + 4)?
            .iter()
            .all(|token| !token.spaced);
        if !self.clear_before(at) || !self.clear_after(start + 5, mark) || !(whole_year || tight) {
            return None;
        }
        let next = start + 5;
        // The dot behind the day belongs to "2020. 11. 10."
        let next = next + usize::from(mark == '.' && self.mark(next, &['.']));
        if reiwa {
            let era = if self.word(at) == Some("r") {
                Era::Reiwa
            } else {
                Era::Heisei
            };
            return self.finish(
                Some(calendar::era_year(era, i16::try_from(one).ok()?)?),
                two,
                three,
                next,
            );
        }
        let parts = |order| match order {
            Order::YearMonthDay => (one, a, two, three),
            Order::DayMonthYear => (three, c, two, one),
            Order::MonthDayYear => (three, c, one, two),
        };
        let read = |order| {
            let (year, digits, month, day) = parts(order);
            self.finish(Some(self.year(year, digits)?), month, day, next)
        };
        match (a, b, c) {
            (4, 1..=2, 1..=2) if self.custom.jalali && one < 1600 => {
                let (year, month) = (i16::try_from(one).ok()?, i8::try_from(two).ok()?);
                self.finish_named(Some(year), month, three, true, next)
            }
            (4, 1..=2, 1..=2) => read(Order::YearMonthDay),
            (3, 1..=2, 1..=2) if self.custom.minguo => self.finish(
                Some(calendar::era_year(Era::Minguo, i16::try_from(one).ok()?)?),
                two,
                three,
                next,
            ),
            (1..=2, 1..=2, 4) if mark == '/' && self.custom.slashes == Order::MonthDayYear => {
                read(Order::MonthDayYear).or_else(|| read(Order::DayMonthYear))
            }
            (1..=2, 1..=2, 4) => read(Order::DayMonthYear).or_else(|| read(Order::MonthDayYear)),
            // "1.2.3" is a version.
            (2, 2, 2) => self.shortest(mark, read),
            (1..=2, 1..=2, 2) if mark == '/' => self.shortest(mark, read),
            _ => None,
        }
    }

    /// Three small numbers: by custom, else the reading that is nearest to today.
    fn shortest(&self, mark: char, read: impl Fn(Order) -> Option<Day>) -> Option<Day> {
        use Order::{DayMonthYear, MonthDayYear, YearMonthDay};
        let near = |day: &Day| {
            let days = (day.date - self.custom.today).get_days();
            (-20_000..=400).contains(&days)
        };
        let preferred = match (self.custom.two_digit, mark) {
            (Some(order), _) => vec![order, DayMonthYear, YearMonthDay, MonthDayYear],
            (None, '/') => vec![self.custom.slashes, DayMonthYear, YearMonthDay],
            (None, _) => {
                let readings = [YearMonthDay, DayMonthYear].into_iter().filter_map(&read).filter(near);
                return readings.min_by_key(|day| (day.date - self.custom.today).get_days().abs());
            }
        };
        preferred.into_iter().filter_map(read).find(near)
    }

    /// 20201110.
    fn compact(&self, at: usize) -> Option<Day> {
        let (value, 8) = self.number(at)? else { return None };
        self.digits(value, at)
    }

    /// 202011101530, 20201110153000: a day and its time.
    pub(super) fn stamp(&self, at: usize) -> Option<(Day, Time)> {
        let (value, seconds) = match self.number(at)? {
            (value, 12) => (value, 0),
            (value, 14) => (value / 100, value % 100),
            _ => return None,
        };
        let time = names::clock(value / 100 % 100, value % 100, seconds, None)?;
        Some((self.digits(value / 10_000, at)?, time))
    }

    /// The day of eight digits, which only the text around confirms.
    fn digits(&self, value: u64, at: usize) -> Option<Day> {
        let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
        if !(1900..2100).contains(&year) || !self.clear_before(at) || !self.clear_after(at + 1, '.') {
            return None;
        }
        let day = self.finish(Some(i16::try_from(year).ok()?), month, day, at + 1)?;
        Some(Day { weak: true, ..day })
    }

    /// 11.10, 11-10, 11/10: without a year.
    fn pair(&self, at: usize) -> Option<Day> {
        let ((one, a), (two, b)) = (self.number(at)?, self.number(at + 2)?);
        let mark = self.any_mark(at + 1)?;
        let long_enough = matches!((mark, a, b), ('.' | '-', 2, 2) | ('/', 1..=2, 1..=2));
        if !long_enough || !self.clear_before(at) || !self.clear_after(at + 3, mark) {
            return None;
        }
        let day_first = match mark {
            '/' => self.custom.slashes == Order::DayMonthYear,
            _ => self.custom.two_digit == Some(Order::DayMonthYear),
        };
        let next = at + 3 + usize::from(mark == '.' && self.mark(at + 3, &['.']));
        let (month, day) = if day_first { (two, one) } else { (one, two) };
        let either = mark != '-' && self.custom.two_digit != Some(Order::YearMonthDay);
        let swapped = || either.then(|| self.finish(None, day, month, next)).flatten();
        self.finish(None, month, day, next).or_else(swapped)
    }

    /// Whether what stands before `at` leaves the number there alone: no longer chain, no "v2.0.1", no price.
    fn clear_before(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|before| self.tokens.get(before)) else {
            return true;
        };
        if self.tokens.get(at).is_none_or(|token| token.spaced) {
            return true;
        }
        match &before.kind {
            Kind::Number { .. } => false,
            Kind::Word(word) => !word
                .chars()
                .next()
                .is_some_and(|c| c.is_ascii_alphabetic() || c.is_lowercase()),
            Kind::Mark('.' | ',' | '/' | '-' | ':') => {
                before.spaced || at < 2 || matches!(self.tokens[at - 2].kind, Kind::Word(_) | Kind::Mark(_))
            }
            Kind::Mark('$' | '€' | '£' | '¥' | '₩' | '#' | '=' | '@' | '_' | '+') => false,
            Kind::Mark(_) => true,
        }
    }

    /// Whether what stands at `next` ends a date whose mark is `mark`.
    fn clear_after(&self, next: usize, mark: char) -> bool {
        let Some(after) = self.tokens.get(next).filter(|token| !token.spaced) else {
            return true;
        };
        let number_follows =
            self.tokens.get(next + 1).is_some_and(|token| !token.spaced) && self.number(next + 1).is_some();
        match &after.kind {
            Kind::Number { .. } => false,
            Kind::Word(word) => {
                !word.is_ascii() || names::is_year_suffix(word) || word == "t" && number_follows || word == "kl"
            }
            Kind::Mark('%' | '€' | '$' | '£' | '°' | '=' | '@' | '_') => false,
            // A time, or the other end of a range.
            Kind::Mark(c @ ('.' | ',' | '-' | '/' | ':')) if number_follows => {
                self.mark(next + 2, &[':'])
                    || *c == '-'
                        && (mark != '-'
                            || self.number(next + 1).is_some_and(|n| n.1 == 4)
                                && self.mark(next + 2, &['-'])
                                && self.number(next + 5).is_some())
            }
            Kind::Mark(_) => true,
        }
    }

    fn finish(&self, year: Option<i16>, month: u64, day: u64, next: usize) -> Option<Day> {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let date = match year {
            Some(year) => Date::new(year, month, day).ok()?,
            None => self.newest(month, day)?,
        };
        Some(Day {
            date,
            next,
            weak: year.is_none(),
            has_year: year.is_some(),
        })
    }

    /// The newest such day that is not in the future; boards in other zones may be a day ahead.
    fn newest(&self, month: i8, day: i8) -> Option<Date> {
        let tomorrow = self.custom.today.tomorrow().ok()?;
        // Eight years: the 29th of February may be that far.
        (0..=8).find_map(|back| {
            let date = Date::new(tomorrow.year().checked_sub(back)?, month, day).ok()?;
            (date <= tomorrow).then_some(date)
        })
    }

    /// A year as printed: two digits are of this or the last century, whichever is nearer; Buddhist years are ours.
    pub(super) fn year(&self, value: u64, digits: u8) -> Option<i16> {
        let value = i16::try_from(value).ok()?;
        match digits {
            2 => {
                let century = self.custom.today.year() / 100 * 100;
                let year = century + value;
                let ours = if year > self.custom.today.year() + 20 {
                    year - 100
                } else {
                    year
                };
                let far = |year: &i16| year.abs_diff(self.custom.today.year());
                let buddhist = self
                    .custom
                    .buddhist
                    .then(|| calendar::era_year(Era::Buddhist, 2500 + value));
                [Some(ours), buddhist.flatten()].into_iter().flatten().min_by_key(far)
            }
            3 if self.custom.minguo => calendar::era_year(Era::Minguo, value),
            4 if (2440..2700).contains(&value) => calendar::era_year(Era::Buddhist, value),
            4 if (1000..2200).contains(&value) => Some(value),
            _ => None,
        }
    }

    /// The time that begins at token `at`: 14:30, 14:30:05, 오후 3:20, 3:20 pm, 3pm, 14h30, 14時30分.
    pub(super) fn clock(&self, at: usize) -> Option<Clock> {
        let (before, at) = self.meridiem(at);
        let (hour, 1..=2) = self.number(at)? else { return None };
        let mut next = at + 1;
        let (mut minute, mut second) = (0, 0);
        let (mut confirmed, mut second_printed) = (false, false);
        if self.mark(next, &[':'])
            && let Some((value, 2)) = self.number(next + 1)
        {
            (minute, next, confirmed) = (value, next + 2, true);
            if self.mark(next, &[':'])
                && let Some((value, 2)) = self.number(next + 1)
            {
                (second, next, second_printed) = (value, next + 2, true);
                if self.mark(next, &['.', ','])
                    && self.tight(next)
                    && self.tight(next + 1)
                    && self.number(next + 1).is_some()
                {
                    next += 2;
                }
            }
        } else if matches!(
            self.word(next),
            Some("시" | "時" | "时" | "點" | "点" | "h" | "uhr" | "ч")
        ) {
            let suffix = self.word(next);
            (next, confirmed) = (next + 1, true);
            if let Some((value, 1..=2)) = self.number(next)
                && (matches!(self.word(next + 1), Some("분" | "分")) || suffix == Some("h") && self.tight(next))
            {
                minute = value;
                next += 1 + usize::from(matches!(self.word(next + 1), Some("분" | "分")));
                if let Some((value, 1..=2)) = self.number(next)
                    && matches!(self.word(next + 1), Some("초" | "秒"))
                {
                    (second, next) = (value, next + 2);
                }
            }
        }
        let (after, behind) = self.meridiem(next);
        let half = before.or(after);
        if !confirmed && (half.is_none() || before.is_some() && after.is_none()) {
            return None;
        }
        let next = if after.is_some() { behind } else { next };
        let next = next + usize::from(self.word(next) == Some("uhr"));
        let next_day = hour == 24 && minute == 0 && second == 0;
        let time = names::clock(if next_day { 0 } else { hour }, minute, second, half)?;
        // "14:30-16:00" goes on with an end, not with an offset.
        let exact = second_printed || at > 0 && self.word(at - 1) == Some("t") || !self.mark(next + 2, &[':']);
        let offset = self.offset(next).filter(|_| exact || !self.mark(next, &['-']));
        let (offset, next) = offset.map_or((None, next), |(offset, next)| (Some(offset), next));
        Some(Clock {
            time,
            offset,
            next,
            next_day,
        })
    }

    /// "오후", "pm", "p.m.": whether afternoon, and the token behind.
    fn meridiem(&self, at: usize) -> (Option<bool>, usize) {
        let Some(word) = self.word(at) else { return (None, at) };
        if let Some(afternoon) = names::meridiem(word) {
            return (Some(afternoon), at + 1);
        }
        let pair = (self.word(at), self.word(at + 1), self.word(at + 2));
        match pair {
            (Some(half @ ("a" | "p" | "π" | "μ")), None, Some("m" | "μ")) if self.mark(at + 1, &['.']) => {
                let dot = usize::from(self.mark(at + 3, &['.']));
                (Some(matches!(half, "p" | "μ")), at + 3 + dot)
            }
            (Some("上" | "午"), Some("午" | "前"), _) => (Some(false), at + 2),
            (Some("下" | "午"), Some("午" | "後"), _) => (Some(true), at + 2),
            _ => (None, at),
        }
    }

    /// A zone behind a time: Z, GMT, EST, +09:00, +0900, GMT+0900; and the token behind it.
    pub(super) fn offset(&self, at: usize) -> Option<(Offset, usize)> {
        let at = at
            + usize::from(self.mark(at, &['(']) && self.word(at + 1).is_some_and(|word| names::zone(word).is_some()));
        if let Some(offset) = self.word(at).and_then(names::zone) {
            return match self.signed(at + 1) {
                Some((more, next)) if offset == Offset::UTC => Some((more, next)),
                _ => Some((offset, at + 1)),
            };
        }
        self.signed(at)
    }

    fn signed(&self, at: usize) -> Option<(Offset, usize)> {
        let sign = match self.any_mark(at)? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        // "14:30 - 16:00" is a range, "14:30 -0500" is not.
        self.tight(at + 1).then_some(())?;
        let (hours, minutes, next) = match self.number(at + 1)? {
            (value, 4) => (value / 100, value % 100, at + 2),
            (hours, 1..=2) if self.mark(at + 2, &[':']) => match self.number(at + 3) {
                Some((minutes, 2)) => (hours, minutes, at + 4),
                _ => return None,
            },
            (hours, 1..=2) => (hours, 0, at + 2),
            _ => return None,
        };
        if hours > 15 || minutes > 59 {
            return None;
        }
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        Some((Offset::from_seconds(sign * seconds).ok()?, next))
    }

    fn ordinal(&self, at: usize) -> usize {
        let suffix = self.tight(at) && self.word(at).is_some_and(names::is_ordinal);
        let at = at + usize::from(suffix);
        self.skip(at, &['.', 'º', '°'])
    }

    /// Behind at most two words or marks that join the parts of a date.
    fn joined(&self, at: usize) -> usize {
        let joins = |at| self.word(at).is_some_and(names::is_joining) || self.mark(at, &['-', '/', '\'']);
        let once = at + usize::from(joins(at));
        once + usize::from(once > at && joins(once))
    }

    fn skip(&self, at: usize, marks: &[char]) -> usize {
        at + usize::from(self.mark(at, marks))
    }

    fn month(&self, at: usize) -> Option<(i8, bool)> {
        names::month(self.word(at)?, self.custom.language)
    }

    pub(super) fn number(&self, at: usize) -> Option<(u64, u8)> {
        match self.tokens.get(at)?.kind {
            Kind::Number { value, digits } => Some((value, digits)),
            _ => None,
        }
    }

    pub(super) fn word(&self, at: usize) -> Option<&'a str> {
        match &self.tokens.get(at)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn any_mark(&self, at: usize) -> Option<char> {
        match self.tokens.get(at)?.kind {
            Kind::Mark(mark) => Some(mark),
            _ => None,
        }
    }

    pub(super) fn mark(&self, at: usize, marks: &[char]) -> bool {
        self.any_mark(at).is_some_and(|mark| marks.contains(&mark))
    }

    fn tight(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| !token.spaced)
    }
}
