//! When a text says something was published.
//!
//! Boards print dates in the forms of thirty languages, mostly a day, rarely a time, never a zone; feeds should write
//! RFC 822 or RFC 3339 and write everything. Both are cut into `tokens`, in which the `grammar` knows the forms;
//! `names` are its words and `calendar` the other calendars. What is not certainly a date is none.
//!
//! Pure: the moment that relative dates count from is passed in.

mod tokens;
mod names;
mod calendar;
mod grammar;
mod feed;
mod order;

use std::ops::Range;

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::notice::Published;

use grammar::{Custom, Day, Line, Order};
use tokens::{Kind, fold, tokens};

pub use feed::read_feed;
pub(super) use order::{first_of, year_first};

/// The month that `word` names, from 1: in `language`, or else in any.
pub(crate) fn month_named(word: &str, language: Option<&str>) -> Option<i8> {
    let (month, is_jalali) = names::month(&tokens::spelling(word), language)?;
    (!is_jalali).then_some(month)
}

/// Whether `word` is a day of the week, or part of its name, in any language.
pub(crate) fn is_weekday(word: &str) -> bool {
    names::is_weekday(&fold(word))
}

/// Whether `word` means the afternoon, where it means a half of the day.
pub(crate) fn is_afternoon(word: &str) -> Option<bool> {
    names::meridiem(&fold(word))
}

/// Longest text that is searched, in bytes; a date line is shorter.
const SEARCHED_BYTES: usize = 2048;

/// A date inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The date.
    pub published: Published,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// Reads a text that is a date, or contains exactly one, as printed in `zone` and `language` at the moment `at`.
///
/// Of a range it is the first day. Relative dates ("3 hours ago") are the day they fall on.
pub fn read(text: &str, zone: &TimeZone, language: Option<&str>, at: Timestamp) -> Option<Published> {
    let place = Place::new(zone, language, at);
    let all = place.search(text);
    let first = all.first()?;
    let alone = all
        .iter()
        .all(|other| other.published == first.published || other.ends_range);
    if alone || first.range.start == 0 {
        return Some(first.published);
    }
    choose(&all)
        .filter(|chosen| chosen.label == Label::Publication)
        .map(|chosen| chosen.published)
}

/// Finds the publication date in a line such as "Date : 2020.11.10 Read : 9872".
///
/// A date that a label calls the publication's goes before one that nothing is said of, and that before one that is
/// said to be of a change; the end of something is never taken.
pub fn find(text: &str, zone: &TimeZone, language: Option<&str>, at: Timestamp) -> Option<Found> {
    let all = Place::new(zone, language, at).search(text);
    choose(&all).map(|candidate| Found {
        published: candidate.published,
        range: candidate.range.clone(),
    })
}

/// Whether there is a date in `text`, whatever the place it was printed in.
pub fn has_date(text: &str) -> bool {
    let zone = TimeZone::UTC;
    let place = Place::new(&zone, None, Timestamp::new(1_700_000_000, 0).unwrap_or_default());
    !place.search(text).is_empty()
}

/// Whether `text` is a date and nothing else.
pub fn is_date(text: &str) -> bool {
    let zone = TimeZone::UTC;
    let place = Place::new(&zone, None, Timestamp::new(1_700_000_000, 0).unwrap_or_default());
    let all = place.search(text);
    matches!(&all[..], [one] if letters(text.get(one.range.clone()).unwrap_or_default()) == letters(text))
}

/// Whether `text` is little else than a date.
pub fn looks_like_date(text: &str) -> bool {
    let text = text.trim();
    if text.len() > 120 || text.is_empty() {
        return false;
    }
    // Any moment does: what counts is the form.
    let zone = TimeZone::UTC;
    let place = Place::new(&zone, None, Timestamp::new(1_700_000_000, 0).unwrap_or_default());
    let all = place.search(text);
    let dated: usize = all
        .iter()
        .map(|candidate| letters(text.get(candidate.range.clone()).unwrap_or_default()))
        .sum();
    !all.is_empty() && dated * 2 >= letters(text)
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fn choose(all: &[Candidate]) -> Option<&Candidate> {
    let with = |label| {
        all.iter()
            .find(|candidate| candidate.label == label && !candidate.ends_range)
    };
    with(Label::Publication)
        .or_else(|| with(Label::None))
        .or_else(|| with(Label::Change))
}

/// Where and when a text was printed.
struct Place<'a> {
    zone: &'a TimeZone,
    at: Timestamp,
    custom: Custom<'a>,
}

/// What stands before a date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Publication,
    None,
    Change,
    End,
}

struct Candidate {
    published: Published,
    range: Range<usize>,
    label: Label,
    /// Whether it is the last day of a range whose first came before.
    ends_range: bool,
}

impl<'a> Place<'a> {
    fn new(zone: &'a TimeZone, language: Option<&'a str>, at: Timestamp) -> Self {
        let name = zone.iana_name().unwrap_or_default();
        let lower = language.map(str::to_ascii_lowercase);
        let speaks = |tag: &str| {
            lower
                .as_deref()
                .is_some_and(|language| language.split('-').next() == Some(tag))
        };
        let east_asia = [
            "Asia/Seoul",
            "Asia/Tokyo",
            "Asia/Shanghai",
            "Asia/Taipei",
            "Asia/Hong_Kong",
        ]
        .contains(&name);
        let year_first = speaks("ko") || speaks("ja") || speaks("zh") || east_asia;
        let english = lower.is_none() || speaks("en");
        let british = lower
            .as_deref()
            .is_some_and(|language| language.len() > 2 && !language.starts_with("en-us"));
        let day_first_zone = [
            "Europe/",
            "Australia/",
            "Africa/",
            "Atlantic/",
            "Asia/Kolkata",
            "Pacific/Auckland",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix));
        let slashes = if english && !british && !day_first_zone {
            Order::MonthDayYear
        } else {
            Order::DayMonthYear
        };
        Self {
            zone,
            at,
            custom: Custom {
                language,
                slashes,
                two_digit: match lower {
                    _ if year_first => Some(Order::YearMonthDay),
                    Some(_) if !english => Some(Order::DayMonthYear),
                    _ => None,
                },
                minguo: name == "Asia/Taipei" || speaks("zh"),
                buddhist: name == "Asia/Bangkok" || speaks("th"),
                jalali: name == "Asia/Tehran" || speaks("fa"),
                today: at.to_zoned(zone.clone()).date(),
            },
        }
    }

    /// All dates of `text`, from left to right.
    fn search(&self, text: &str) -> Vec<Candidate> {
        let mut end = text.len().min(SEARCHED_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        let tokens = tokens(text);
        let line = Line {
            tokens: &tokens,
            custom: self.custom,
        };
        let mut all: Vec<Candidate> = Vec::new();
        let mut index = 0;
        while index < tokens.len() {
            let Some(hit) = self.hit(line, index) else {
                index += 1;
                continue;
            };
            let range = tokens[index].range.start..tokens[hit.next - 1].range.end;
            let label = label(&text[..range.start]);
            let confirmed = !hit.weak || label == Label::Publication || alone(line, index, hit.next);
            let ends_range = all
                .last()
                .is_some_and(|last| joins_range(text.get(last.range.end..range.start)));
            if confirmed || ends_range {
                all.push(Candidate {
                    published: hit.published,
                    range,
                    label,
                    ends_range,
                });
            }
            index = hit.next;
        }
        all
    }

    /// The date that begins at token `at`, with its time.
    fn hit(&self, line: Line<'_>, at: usize) -> Option<Hit> {
        if let Some(day) = line.day(at) {
            return self.day_and_time(line, self.year_of_range(line, day));
        }
        if let Some((day, time)) = line.stamp(at) {
            return Some(Hit {
                published: self.instant(day.date.to_datetime(time))?,
                next: day.next,
                weak: day.weak,
            });
        }
        if let Some((days, next)) = days_ago(line, at) {
            let day = self.custom.today.checked_sub(Span::new().try_days(days).ok()?).ok()?;
            let weak = true;
            let has_year = true;
            return self.day_and_time(
                line,
                Day {
                    date: day,
                    next,
                    weak,
                    has_year,
                },
            );
        }
        if let Some((span, next)) = ago(line, at) {
            let then = self.at.to_zoned(self.zone.clone()).checked_sub(span).ok()?;
            let published = Published::Day(then.date());
            return Some(Hit {
                published,
                next,
                weak: false,
            });
        }
        self.time_first(line, at)
    }

    /// "10 Nov – 12 Nov 2020": the first day is of the second's year.
    fn year_of_range(&self, line: Line<'_>, day: Day) -> Day {
        let second = || {
            line.mark(day.next, &['-', '~'])
                .then(|| line.day(day.next + 1))
                .flatten()
        };
        match second() {
            Some(second) if !day.has_year && second.has_year => {
                let date = Date::new(second.date.year(), day.date.month(), day.date.day()).unwrap_or(day.date);
                Day {
                    date,
                    weak: false,
                    ..day
                }
            }
            _ => day,
        }
    }

    fn day_and_time(&self, line: Line<'_>, day: Day) -> Option<Hit> {
        let hit = |published, next| {
            Some(Hit {
                published,
                next,
                weak: day.weak,
            })
        };
        let Some(clock) = line.clock(to_time(line, day.next)) else {
            return hit(Published::Day(day.date), day.next);
        };
        let date = if clock.next_day {
            day.date.tomorrow().ok()?
        } else {
            day.date
        };
        let wall = date.to_datetime(clock.time);
        match clock.offset {
            Some(offset) => hit(Published::Instant(offset.to_timestamp(wall).ok()?, offset), clock.next),
            None => hit(self.instant(wall)?, clock.next),
        }
    }

    /// "14:30, 10 November 2020"; a time alone is today's, or yesterday's when today's is still to come.
    fn time_first(&self, line: Line<'_>, at: usize) -> Option<Hit> {
        let clock = line.clock(at)?;
        let day = line
            .day(clock.next + usize::from(line.mark(clock.next, &[',', '-', '|'])))
            .filter(|day| day.has_year);
        if let Some(day) = day
            && line.clock(to_time(line, day.next)).is_none()
        {
            let published = self.instant(day.date.to_datetime(clock.time))?;
            return Some(Hit {
                published,
                next: day.next,
                weak: day.weak,
            });
        }
        let now = self.at.to_zoned(self.zone.clone());
        let ahead = now.date().to_datetime(clock.time) > now.datetime().checked_add(Span::new().minutes(10)).ok()?;
        let day = if ahead {
            now.date().yesterday().ok()?
        } else {
            now.date()
        };
        let published = self.instant(day.to_datetime(clock.time))?;
        Some(Hit {
            published,
            next: clock.next,
            weak: true,
        })
    }

    fn instant(&self, wall: DateTime) -> Option<Published> {
        Published::at(wall, self.zone).ok()
    }
}

struct Hit {
    published: Published,
    next: usize,
    weak: bool,
}

/// Behind what stands between a day and its time: "T", a comma, the day of the week, "at".
fn to_time(line: Line<'_>, day_end: usize) -> usize {
    let mut at = day_end;
    while at < day_end + 8 {
        let weekday_or_joining = |word| names::is_weekday(word) || names::is_joining(word) || word == "t";
        // "오후" and the like belong to the time.
        let passes = line.word(at).is_some_and(weekday_or_joining) && line.clock(at).is_none()
            || line.mark(at, &[',', '-', '|', '(', ')', '[', ']', '.', '·', '/', '@', ':']);
        if !passes {
            break;
        }
        at += 1;
    }
    at
}

/// "yesterday", "그저께", "avant-hier", "just now".
fn days_ago(line: Line<'_>, at: usize) -> Option<(i32, usize)> {
    // Han words are single characters: join two or three of them.
    let joined = |count: usize| (at..at + count).map(|at| line.word(at)).collect::<Option<String>>();
    (1..=3)
        .rev()
        .find_map(|count| Some((names::days_ago(&joined(count)?)?, at + count)))
}

/// "3 hours ago", "vor 3 Stunden", "3시간 전", "il y a 3 heures": how long, and the token behind.
fn ago(line: Line<'_>, at: usize) -> Option<(Span, usize)> {
    let before = line.word(at).is_some_and(names::is_before_span);
    let french = line.word(at) == Some("il") && line.word(at + 1) == Some("y") && line.word(at + 2) == Some("a");
    let mut start = at + usize::from(before) + 3 * usize::from(french);
    start += usize::from(before && line.word(start) == Some("απο"));
    let (count, next) = match (line.number(start), line.word(start)) {
        (Some((count, 1..=4)), _) => (count, start + 1),
        (None, Some(word)) if names::is_one(word) => (1, start + 1),
        _ => return None,
    };
    let times = |span: Span| span.checked_mul(i64::try_from(count).ok()?).ok();
    // Up to four words, as "시간 전", "時 間 前" or "か 月 前".
    let mut words = String::new();
    for (length, word) in (next..next + 4).map_while(|at| line.word(at)).enumerate() {
        words.push_str(word);
        if let Some(span) = names::east_asian_ago(&words) {
            return Some((times(span)?, next + length + 1));
        }
    }
    let span = times(names::unit(line.word(next)?)?)?;
    let after = line.word(next + 1).is_some_and(names::is_ago);
    (after || before || french).then_some((span, next + 1 + usize::from(after)))
}

/// What the words right before a date call it.
fn label(before: &str) -> Label {
    let before = before.trim_end_matches(|c: char| !c.is_alphanumeric());
    // The longest label has two words; 64 bytes hold it in any script.
    let mut start = before.len().saturating_sub(64);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    let before = fold(&before[start..]);
    let ends = |labels: &[&str]| {
        labels.iter().any(|label| {
            before.strip_suffix(label).is_some_and(|rest| {
                // A label is a whole word, but for scripts that put no spaces.
                !label.is_ascii() || !rest.ends_with(|c: char| c.is_alphanumeric())
            })
        })
    };
    if ends(names::END_LABELS) {
        Label::End
    } else if ends(names::PUBLICATION_LABELS) {
        Label::Publication
    } else if ends(names::OTHER_LABELS) {
        Label::Change
    } else {
        Label::None
    }
}

/// Whether the tokens from `start` to `end` stand alone: beside days of the week, marks and labels only.
fn alone(line: Line<'_>, start: usize, end: usize) -> bool {
    let little = |token: &tokens::Token| match &token.kind {
        Kind::Number { .. } => false,
        Kind::Word(word) => {
            names::is_weekday(word) || names::is_joining(word) || names::PUBLICATION_LABELS.contains(&word.as_str())
        }
        Kind::Mark(mark) => !matches!(mark, '%' | '$' | '€' | '£' | '¥' | '₩' | '#' | '='),
    };
    let before = line.tokens.get(..start).unwrap_or_default();
    let after = line.tokens.get(end..).unwrap_or_default();
    // What follows a range is its other end.
    let rest = match after {
        [first, ..] if matches!(first.kind, Kind::Mark('~' | '-')) => &[],
        other => other,
    };
    before.iter().chain(rest).all(little)
}

fn joins_range(between: Option<&str>) -> bool {
    between.is_some_and(|between| {
        let between = between.trim();
        !between.is_empty()
            && between.chars().all(|c| {
                matches!(
                    c,
                    '~' | '-' | '\u{2010}'..='\u{2015}' | '\u{301c}' | '\u{ff5e}' | '(' | ')' | '.'
                ) || c.is_whitespace()
                    || "월화수목금토일月火水木金土日".contains(c)
            })
            || matches!(between, "to" | "until" | "bis" | "au" | "al" | "부터" | "to:" | "至")
    })
}

#[cfg(test)]
mod tests;
