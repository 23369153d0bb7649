//! The names in dates that are written by a pattern, in whatever language, as the English ones that patterns know.

use jiff::fmt::strtime::BrokenDownTime;
use unicode_normalization::char::is_combining_mark;

use crate::source::dates;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The English short name of a month, from 1.
pub(super) fn month(number: i8) -> Option<&'static str> {
    MONTHS.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
}

/// `pattern` and `text` without weekdays and with the English names of months and halves of the day, where the pattern has
/// any; `None` where something else stands in their place.
pub(super) fn in_english(pattern: &str, text: &str, language: Option<&str>) -> Option<(String, String)> {
    let (mut told, mut written) = (String::new(), String::new());
    let (mut pattern, mut text) = (pattern, text);
    while let Some((before, name, after)) = next_name(pattern) {
        if !before.is_empty() {
            let (_, length) = BrokenDownTime::parse_prefix(before, text).ok()?;
            written.push_str(text.get(..length)?);
            text = text.get(length..)?;
            told.push_str(before);
        }
        let (word, mut rest) = word(text.trim_start())?;
        match name {
            'A' | 'a' => {
                is_weekday(word).then_some(())?;
                rest = continued(word, rest);
            }
            'p' | 'P' => {
                told.push_str("%p");
                written.push_str(if dates::is_afternoon(word)? { "PM" } else { "AM" });
            }
            _ => {
                told.push_str("%b");
                written.push_str(month(dates::month_named(word, language)?)?);
            }
        }
        // An abbreviation may have its dot where the pattern has none.
        text = match after.starts_with('.') {
            true => rest,
            false => rest.strip_prefix('.').unwrap_or(rest),
        };
        pattern = after;
    }
    Some((told + pattern, written + text))
}

/// What stands before the first name of `pattern`, which name it is, and what stands behind it.
fn next_name(pattern: &str) -> Option<(&str, char, &str)> {
    let mut chars = pattern.char_indices();
    while let Some((start, c)) = chars.next() {
        if c != '%' {
            continue;
        }
        let is_flag = |c: &char| matches!(c, '-' | '_' | '0'..='9' | '^' | '#' | ':' | '.');
        let (at, directive) = chars.find(|(_, c)| !is_flag(c))?;
        if matches!(directive, 'a' | 'A' | 'b' | 'B' | 'h' | 'p' | 'P') {
            return Some((&pattern[..start], directive, &pattern[at + 1..]));
        }
    }
    None
}

/// The word at the beginning of `text`, and what is behind it. Thai abbreviations have dots inside.
fn word(text: &str) -> Option<(&str, &str)> {
    let is_thai = |c: char| matches!(c, '\u{e00}'..='\u{e7f}');
    let mut chars = text.char_indices().peekable();
    let mut end = 0;
    let mut last = ' ';
    while let Some((at, c)) = chars.next() {
        let joins = c == '.' && is_thai(last) && chars.peek().is_some_and(|(_, next)| is_thai(*next));
        if !c.is_alphabetic() && !is_combining_mark(c) && !joins {
            break;
        }
        end = at + c.len_utf8();
        last = c;
    }
    (end > 0).then(|| text.split_at(end))
}

fn is_weekday(word: &str) -> bool {
    dates::is_weekday(word)
        || word
            .chars()
            .all(|c| c as u32 > 0x2e80 && dates::is_weekday(c.encode_utf8(&mut [0; 4])))
}

/// What is behind a weekday of two words: segunda-feira, Thứ Hai.
fn continued<'t>(first: &str, rest: &'t str) -> &'t str {
    let second = rest
        .strip_prefix('-')
        .or_else(|| rest.strip_prefix(' ').filter(|_| !first.is_ascii()));
    match second.and_then(word) {
        Some((second, behind)) if dates::is_weekday(second) => behind,
        _ => rest,
    }
}
