//! The text of a row's date, put together where a board spreads it over elements or over the heading above the rows.

use super::Rules;
use crate::source::{
    Draft, When, dates,
    dom::{Doc, Element},
    pick::Field,
};

/// Most elements that make one date.
const MAX_PARTS: usize = 6;

/// The text of a date; from `datetime` where there is one and nothing is done by hand.
pub(in crate::source) fn date(field: &Field, scope: Element<'_>) -> Option<String> {
    if field.hand().is_some() {
        return field.read(scope);
    }
    let elements = field.elements(scope);
    let values: Vec<String> = elements
        .iter()
        .filter_map(|element| value(field, *element))
        .take(MAX_PARTS)
        .collect();
    let first = values.first()?;
    if dates::has_date(first) {
        return Some(first.clone());
    }
    let whole = match (values.as_slice(), field.attr.is_some()) {
        ([_], true) => None,
        ([_], false) => elements.iter().find_map(|element| composed(&element.pieces())),
        _ => composed(&values),
    };
    whole.or_else(|| Some(first.clone()))
}

/// As [`date`], for a draft.
pub(in crate::source) fn date_of(field: &Field, scope: Element<'_>) -> Option<When> {
    date(field, scope).map(When::Text)
}

/// The text above each row: that of the nearest heading before it.
pub(super) fn above(rules: &Rules, doc: &Doc, rows: &[Element<'_>]) -> Vec<String> {
    let Some(css) = &rules.date_above else {
        return Vec::new();
    };
    let both = format!("{}, {}", rules.row.as_str(), css.as_str());
    let Ok(both) = both.parse() else { return Vec::new() };
    let mut rows = rows.iter().peekable();
    let (mut text, mut above) = (String::new(), Vec::new());
    for element in doc.select(&both) {
        if rows.next_if(|row| **row == element).is_some() {
            above.push(text.clone());
        } else {
            text = element.text().chars().take(200).collect();
        }
    }
    above
}

/// The row's date with what the heading above says of it.
pub(super) fn completed(date: Option<String>, above: Option<&str>) -> Option<String> {
    let Some(above) = above.filter(|above| !above.is_empty()) else {
        return date;
    };
    match date {
        None => Some(above.to_owned()),
        // The heading has the day, the row the hour.
        Some(time) if is_time(&time) => Some(format!("{above} {time}")),
        Some(date) if has_year(&date) || !has_year(above) => Some(date),
        Some(date) => {
            let year = above
                .split(|c: char| !c.is_ascii_digit())
                .find(|number| number.len() == 4);
            let with = |rest: &str| composed(&[date.clone(), rest.to_owned()]);
            let east_asian = |year: &str| {
                ["월", "月"]
                    .iter()
                    .zip(["년", "年"])
                    .find(|(month, _)| date.contains(**month))
                    .map(|(_, suffix)| format!("{year}{suffix} {date}"))
            };
            year.and_then(east_asian)
                .or_else(|| year.and_then(with))
                .or_else(|| with(above))
                .or(Some(date))
        }
    }
}

/// Writes the drafts' dates year first where one of them tells the order of day and month in all: "24/11/2020" that of
/// "06/11/2020".
pub(super) fn put_in_order(drafts: &mut [Draft]) {
    let text = |when: &Option<When>| match when {
        Some(When::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let printed: Vec<String> = drafts
        .iter()
        .flat_map(|draft| [text(&draft.published), text(&draft.updated)])
        .flatten()
        .collect();
    let Some(first) = dates::first_of(printed.iter().map(String::as_str)) else {
        return;
    };
    let dates = drafts
        .iter_mut()
        .flat_map(|draft| [&mut draft.published, &mut draft.updated]);
    for when in dates.flatten() {
        if let When::Text(text) = when {
            *text = dates::year_first(text, first).into_owned();
        }
    }
}

/// Whether a text is an hour and a minute and nothing else.
fn is_time(text: &str) -> bool {
    let (hour, minute) = text.trim().split_once(':').unwrap_or_default();
    let number = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    number(hour) && minute.split(':').all(number)
}

fn has_year(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit())
        .any(|number| number.len() == 4 || number.len() == 8)
}

fn value(field: &Field, element: Element<'_>) -> Option<String> {
    let machine = field.attr.is_none().then(|| {
        let inside = element.descendants();
        [element]
            .into_iter()
            .chain(inside)
            .find(|element| element.is_named("time"))?
            .attr("datetime")
    });
    machine
        .flatten()
        .filter(|text| !text.trim().is_empty())
        .or_else(|| field.value(element))
}

/// The parts of a date as one text: in their order or the other way round, whichever is a date.
pub(in crate::source) fn composed(parts: &[String]) -> Option<String> {
    if parts.len() < 2 || parts.len() > MAX_PARTS {
        return None;
    }
    let trimmed: Vec<&str> = parts
        .iter()
        .map(|part| part.trim_matches([' ', '.', '/', '-', ',']))
        .collect();
    let backwards: Vec<&str> = trimmed.iter().rev().copied().collect();
    let ways: Vec<String> = [" ", "-"]
        .iter()
        .flat_map(|joint| [trimmed.join(joint), backwards.join(joint)])
        .flat_map(|text| [text.replace(['.', '/'], "-"), text])
        .collect();
    let whole = ways.iter().find(|text| dates::is_date(text));
    whole
        .or_else(|| ways.iter().find(|text| dates::has_date(text)))
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, field: &str, expected: &str) {
        let doc = Doc::parse(&format!("<ul><li>{html}</ul>"));
        let row = doc.first(&"li".parse().expect("a selector")).expect("a row");
        let field: Field = field.parse().expect("a field");
        assert_eq!(date(&field, row).as_deref(), Some(expected));
    }

    #[test]
    fn a_date_in_pieces_is_read_as_one() {
        check("<b>Jul</b><b>13</b><b>2024</b>", "b", "Jul 13 2024");
        check("<p class=d><b>21</b> <b>Φεβ</b> <b>2025</b></p>", "p.d", "21 Φεβ 2025");
        check("<p class=d><b>10</b><i>2020-11</i></p>", "p.d", "2020-11-10");
        check("<b>10</b> <i>2020.11</i>", "b, i", "2020-11-10");
        check("<b>2020.11.10</b><b>2020.11.12</b>", "b", "2020.11.10");
        check("<b>soon</b>", "b", "soon");
    }

    #[test]
    fn a_heading_says_what_the_row_does_not() {
        let check = |date: Option<&str>, above: &str, expected: &str| {
            assert_eq!(
                completed(date.map(str::to_owned), Some(above)).as_deref(),
                Some(expected)
            );
        };
        check(None, "10 November 2020", "10 November 2020");
        check(Some("10 Nov"), "News 2020", "10 Nov 2020");
        check(Some("11월 10일"), "2020년", "2020년 11월 10일");
        check(Some("10"), "November 2020", "10 November 2020");
        check(Some("2020.11.10"), "2019", "2020.11.10");
    }
}
