//! Dates that stand above groups of rows: `<h3>10 November 2020</h3>`, then the notices of that day.

use super::{candidates::Group, sight::Sight};
use crate::source::dom::{Css, Spot};

/// Longest heading, in bytes.
const MAX_BYTES: usize = 60;

/// What the headings must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A whole date, as the rows have none.
    Date,
    /// A year, which the rows' own dates lack.
    Year,
}

/// A selector of the headings above the rows.
pub(super) fn above(sight: &Sight<'_, '_>, group: &Group, wanted: Wanted) -> Option<Css> {
    let outline = sight.outline;
    let (first, last) = (group.rows.first()?.start, group.rows.last()?.start);
    let from = outline.ancestors(first).take(4).last()?;
    let says = |at: usize| {
        let text = outline.text(at);
        let short = !text.is_empty() && text.len() <= MAX_BYTES;
        short
            && match wanted {
                Wanted::Date => sight.date(at).is_some_and(|date| date.pure && !date.clock),
                Wanted::Year => year(text),
            }
    };
    let can_be = |spot: &Spot<'_>| {
        matches!(
            &*spot.tag,
            "h1" | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "th"
                | "td"
                | "dt"
                | "strong"
                | "b"
                | "p"
                | "div"
                | "caption"
                | "span"
                | "time"
                | "li"
        )
    };
    let places: Vec<usize> = (from..last)
        .filter(|at| can_be(outline.spot(*at)) && says(*at))
        // Of elements in each other the outermost.
        .scan(0, |end, at| {
            let inner = at < *end;
            *end = if inner { *end } else { outline.spot(at).end };
            Some((at, inner))
        })
        .filter(|(_, inner)| !inner)
        .map(|(at, _)| at)
        .collect();
    if places.len() < 2 {
        return None;
    }
    // Headings of rows stand before the first, and most have rows below.
    let before = group.rows.iter().take_while(|row| row.start < places[0]).count();
    let followed = places.iter().enumerate().filter(|(nth, at)| {
        let next = places.get(nth + 1).copied().unwrap_or(usize::MAX);
        group.rows.iter().any(|row| row.start > **at && row.start < next)
    });
    // What stands behind each row is its own.
    let is_of_row = before > 0 && places.len() + 2 >= group.rows.len();
    if is_of_row
        || before * 10 > group.rows.len()
        || followed.count() * 10 < places.len() * 7
        || places.len() > group.rows.len()
    {
        return None;
    }
    selector(sight, &places, from)
}

fn year(text: &str) -> bool {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty());
    let is_year = |number: &str| number.len() == 4 && (number.starts_with("19") || number.starts_with("20"));
    text.chars().count() <= 24 && numbers.any(is_year)
}

/// A selector that finds these elements and no others from `from` on.
fn selector(sight: &Sight<'_, '_>, places: &[usize], from: usize) -> Option<Css> {
    let outline = sight.outline;
    let first = outline.spot(places[0]);
    let mut names: Vec<String> = Vec::new();
    for class in first.classes.iter().filter(|class| super::candidates::is_steady(class)) {
        names.push(format!("{}.{}", first.tag, super::path::escaped(class)));
    }
    if first.element.attr("colspan").is_some() {
        names.push(format!("{}[colspan]", first.tag));
    }
    names.push(first.tag.clone());
    let above = outline.spot(from);
    let around = above.id.iter().map(|id| format!("#{}", super::path::escaped(id)));
    let around = around.chain(
        above
            .classes
            .iter()
            .take(2)
            .map(|class| format!("{}.{}", above.tag, super::path::escaped(class))),
    );
    let scopes: Vec<String> = [String::new()]
        .into_iter()
        .chain(around.map(|name| format!("{name} ")))
        .collect();
    let tries = names
        .iter()
        .flat_map(|name| scopes.iter().map(move |scope| format!("{scope}{name}")));
    tries.filter_map(|text| text.parse::<Css>().ok()).find(|css| {
        let found: Vec<usize> = (0..outline.len())
            .filter(|at| outline.spot(*at).tag == first.tag && outline.spot(*at).element.matches(css))
            .collect();
        let wrong = found.iter().filter(|at| !places.contains(at)).count();
        wrong * 10 <= found.len() && places.iter().filter(|at| found.contains(at)).count() * 10 >= places.len() * 9
    })
}
