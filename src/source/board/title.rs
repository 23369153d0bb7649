//! The title of a row: its words in full, without what only decorates them.

use super::Rules;
use crate::source::dom::Element;

/// The title, with all that is done to it by hand.
pub(super) fn title(rules: &Rules, element: Option<Element<'_>>, row: Element<'_>) -> Option<String> {
    let found = element.and_then(|element| found(rules, element, row));
    let Some(hand) = rules.title.hand() else { return found };
    let others = rules.title.elements(row).into_iter().skip(1);
    let others = others.filter_map(|element| text(rules, element));
    hand.text(found.into_iter().chain(others), row)
}

/// The title; in full from a `title` attribute where the visible text is cut.
fn found(rules: &Rules, element: Element<'_>, row: Element<'_>) -> Option<String> {
    let read = |element| text(rules, element);
    let text = read(element).or_else(|| rules.title.elements(row).into_iter().find_map(read));
    let Some(text) = text else {
        // A picture instead of words.
        let pictures = element.descendants();
        return element
            .attr("title")
            .or_else(|| pictures.iter().find_map(|picture| picture.attr("alt")))
            .filter(|text| !text.trim().is_empty());
    };
    let full = uncut(&text, element, row).unwrap_or(text);
    Some(part(rules, element).unwrap_or(full))
}

/// The text without what the rules leave out.
fn text(rules: &Rules, element: Element<'_>) -> Option<String> {
    let Some(css) = rules.title_without.as_ref().filter(|_| rules.title.attr.is_none()) else {
        return rules.title.value(element);
    };
    let text = element.text_without(css);
    let text =
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | ':' | '|' | '·' | '/' | ','));
    Some(text.to_owned())
        .filter(|text| !text.is_empty())
        .or_else(|| rules.title.value(element))
}

/// The whole of a text that ends in "…".
fn uncut(text: &str, element: Element<'_>, row: Element<'_>) -> Option<String> {
    let start = text
        .strip_suffix("...")
        .or_else(|| text.strip_suffix('…'))
        .or_else(|| text.strip_suffix("‥"))?;
    let start = start.trim_end_matches(['.', ' ']);
    let around = element.parent().filter(|parent| *parent != row);
    [Some(element), around]
        .into_iter()
        .flatten()
        .chain(element.descendants())
        .filter_map(|element| element.attr("title"))
        .map(|full| full.split_whitespace().collect::<Vec<_>>().join(" "))
        .find(|full| full.len() > start.len() && full.contains(start))
}

/// What the pattern says is the title; it is looked for in the text with its lines.
fn part(rules: &Rules, element: Element<'_>) -> Option<String> {
    let pattern = rules.title_pattern.as_ref()?;
    let lines = match (&rules.title.attr, &rules.title_without) {
        (None, None) => element.lines(),
        _ => text(rules, element)?,
    };
    let groups = pattern.groups(&lines)?;
    let part = groups.get(1).or_else(|| groups.get(0))?.as_str();
    let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(part).filter(|part| !part.is_empty())
}
