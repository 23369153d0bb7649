//! Whether the dates of one list have the day or the month first, as the dates beside them tell.
//!
//! "06/11/2020" alone is a guess by language and zone; above "24/11/2020" it is none. Knows dates of three numbers with the
//! year last in four digits; nothing of what they stand in.

use std::{borrow::Cow, ops::Range};

use super::tokens::{Kind, Token, tokens};

/// Longest text that is searched, in bytes.
const SEARCHED_BYTES: usize = 2_048;

/// Which of the two comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum First {
    /// 24/11/2020.
    Day,
    /// 11/24/2020.
    Month,
}

/// What the dates in the texts of one list say; `None` when none of them can be read in one way only, or when they
/// contradict each other.
pub(in crate::source) fn first_of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<First> {
    let told = |triple: &Triple| match (triple.one.0, triple.two.0) {
        (13..=31, 1..=12) => Some(First::Day),
        (1..=12, 13..=31) => Some(First::Month),
        _ => None,
    };
    let mut all = texts
        .into_iter()
        .flat_map(|text| triples(text).iter().filter_map(told).collect::<Vec<_>>());
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// The text with its dates written year first, where `first` says how they are read.
pub(in crate::source) fn year_first(text: &str, first: First) -> Cow<'_, str> {
    let (mut written, mut end) = (String::new(), 0);
    for triple in triples(text) {
        let (day, month) = match first {
            First::Day => (&triple.one, &triple.two),
            First::Month => (&triple.two, &triple.one),
        };
        written.push_str(&text[end..triple.range.start]);
        written.push_str(&format!(
            "{:04}{mark}{:02}{mark}{:02}",
            triple.year,
            month.0,
            day.0,
            mark = triple.mark
        ));
        end = triple.range.end;
    }
    if end == 0 {
        return Cow::Borrowed(text);
    }
    written.push_str(&text[end..]);
    Cow::Owned(written)
}

/// A number below a hundred.
struct Small(u64);

/// Two small numbers and a year, with one mark between them.
struct Triple {
    one: Small,
    two: Small,
    year: u64,
    mark: char,
    range: Range<usize>,
}

/// The triples in `text`, from left to right; none of a longer chain of numbers.
fn triples(text: &str) -> Vec<Triple> {
    if text.len() > SEARCHED_BYTES {
        return Vec::new();
    }
    let tokens = tokens(text);
    let mark = |at: usize| match tokens.get(at)?.kind {
        Kind::Mark(mark @ ('/' | '-' | '.')) => Some(mark),
        _ => None,
    };
    let bound = |at: usize| tokens.get(at).is_some_and(|token| !token.spaced);
    let mut found: Vec<Triple> = Vec::new();
    for (at, five) in tokens.windows(5).enumerate() {
        let goes_on = bound(at + 5) && mark(at + 5).is_some_and(|after| Some(after) == mark(at + 1)) && bound(at + 6);
        let comes_from = at > 0 && bound(at) && mark(at - 1).is_some_and(|before| Some(before) == mark(at + 1));
        if goes_on || comes_from {
            continue;
        }
        found.extend(triple(five));
    }
    found
}

fn triple(five: &[Token]) -> Option<Triple> {
    let [one, mark, two, again, year] = five else {
        return None;
    };
    let (Kind::Mark(mark @ ('/' | '-' | '.')), Kind::Mark(same)) = (&mark.kind, &again.kind) else {
        return None;
    };
    let small = |token: &Token| match token.kind {
        Kind::Number { value, digits: 1..=2 } => Some(Small(value)),
        _ => None,
    };
    let Kind::Number {
        value: value @ 1900..,
        digits: 4,
    } = year.kind
    else {
        return None;
    };
    let tight = five[1..].iter().all(|token| !token.spaced);
    (tight && mark == same).then_some(Triple {
        one: small(one)?,
        two: small(two)?,
        year: value,
        mark: *mark,
        range: one.range.start..year.range.end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &[&str], expected: &[&str]) {
        let first = first_of(list.iter().copied());
        let seen: Vec<Cow<'_, str>> = list
            .iter()
            .map(|text| first.map_or(Cow::Borrowed(*text), |first| year_first(text, first)))
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn one_date_that_can_be_read_in_one_way_only_tells_the_others() {
        check(&["24/11/2020", "06/11/2020"], &["2020/11/24", "2020/11/06"]);
        check(&["6-11-2020", "11-24-2020"], &["2020-06-11", "2020-11-24"]);
        check(
            &["Posted 06/11/2020 10:30", "Posted 13.11.2020"],
            &["Posted 2020/11/06 10:30", "Posted 2020.11.13"],
        );
        check(&["06/11/2020 - 30/11/2020", "-"], &["2020/11/06 - 2020/11/30", "-"]);
    }

    #[test]
    fn dates_that_tell_nothing_or_contradict_each_other_stay_as_they_are() {
        for list in [
            ["06/11/2020", "05/11/2020"],
            ["24/11/2020", "11/24/2020"],
            ["2020/11/24", "06/11/2020"],
            ["24/11/20", "06/11/2020"],
            ["1.24/11/2020/7", "06/11/2020"],
        ] {
            check(&list, &list);
        }
    }
}
