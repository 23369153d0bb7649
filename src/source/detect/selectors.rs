//! A selector for the rows of a group: short, by the names that authors gave, and by structure only where there is none.

use std::collections::HashSet;

use super::{
    candidates::{Group, is_spacer, is_steady},
    path::{Step, escaped},
};
use crate::source::dom::{Css, NodeId, Outline, Spot};

/// Most selectors that are tried.
const MAX_TRIES: usize = 90;

/// A selector for the rows that are `kept`; `None` when none that is worth writing selects them and little else.
///
/// `conditions` are selectors of what entries have in them, to tell them from the other rows.
pub(super) fn rows(outline: &Outline<'_>, group: &Group, kept: &[bool], conditions: &[String]) -> Option<Css> {
    let place = |at: usize| outline.spot(at).element.id();
    let all: HashSet<NodeId> = group.rows.iter().map(|row| place(row.start)).collect();
    let rows = group.rows.iter().zip(kept);
    let wanted: HashSet<NodeId> = rows
        .filter(|(_, kept)| **kept)
        .map(|(row, _)| place(row.start))
        .collect();
    let spacers: HashSet<NodeId> = group
        .parents
        .iter()
        .flat_map(|parent| outline.children(*parent))
        .filter(|at| is_spacer(outline, *at))
        .map(place)
        .collect();
    // Only elements of the rows' tag can be selected.
    let same: Vec<&Spot<'_>> = outline.spots().iter().filter(|spot| spot.tag == group.tag).collect();
    let selected = |css: &Css| -> HashSet<NodeId> {
        let found = same
            .iter()
            .filter(|spot| spot.element.matches(css))
            .map(|spot| spot.element.id());
        found.filter(|id| !spacers.contains(id)).collect()
    };
    let lead = group
        .lead
        .as_ref()
        .map(|lead| format!(":has({lead})"))
        .unwrap_or_default();
    let kept_first = group
        .rows
        .iter()
        .zip(kept)
        .find(|(_, kept)| **kept)
        .map(|(row, _)| outline.spot(row.start));
    let mut fallback: Option<(usize, Css)> = None;
    for text in tries(outline, group).into_iter().take(MAX_TRIES) {
        let Ok(css) = format!("{text}{lead}").parse::<Css>() else {
            continue;
        };
        // Most that don't fit don't even select the first row.
        if kept_first.is_some_and(|spot| !spot.element.matches(&css)) {
            continue;
        }
        let found = selected(&css);
        if found == wanted {
            return Some(css);
        }
        // A condition may leave out what is too much.
        if found.is_superset(&wanted) && found.len() <= 3 * all.len() {
            let conditioned = conditions
                .iter()
                .filter_map(|condition| format!("{text}{lead}{condition}").parse::<Css>().ok());
            if let Some(css) = conditioned.into_iter().find(|css| selected(css) == wanted) {
                return Some(css);
            }
        }
        // Else the one that errs least.
        let errs = found.symmetric_difference(&wanted).count();
        if fallback.as_ref().is_none_or(|(least, _)| errs < *least) {
            fallback = Some((errs, css));
        }
    }
    fallback
        .filter(|(errs, _)| errs * 4 <= wanted.len())
        .map(|(_, css)| css)
}

/// Selectors to try, best first.
fn tries(outline: &Outline<'_>, group: &Group) -> Vec<String> {
    let rows = own_steps(outline, group);
    let Some(first) = group.parents.first().copied() else {
        return Vec::new();
    };
    let mut tries = Vec::new();
    let classed: Vec<&String> = rows.iter().filter(|row| row.contains('.')).collect();
    tries.extend(classed.iter().map(|row| (*row).clone()));
    // The chain of elements above that all parents share, from the nearest.
    let mut chain = String::new();
    let mut level: Vec<usize> = group.parents.clone();
    for _ in 0..6 {
        let spot = outline.spot(level[0]);
        if spot.tag == "html" {
            break;
        }
        let named = names(outline, &level);
        for name in &named {
            for row in &rows {
                tries.push(format!("{name} > {chain}{row}"));
            }
        }
        for name in &named {
            for row in &rows {
                tries.push(format!("{name} {row}"));
            }
        }
        chain = format!("{} > {chain}", spot.tag);
        level = level.iter().map(|at| outline.spot(*at).parent).collect();
        level.dedup();
    }
    let _ = first;
    for row in &rows {
        tries.push(row.clone());
    }
    tries.extend(by_structure(outline, group, &rows));
    tries
}

/// How the rows themselves are named.
fn own_steps(outline: &Outline<'_>, group: &Group) -> Vec<String> {
    let mut steps = Vec::new();
    if let Some(class) = &group.class {
        steps.push(Step::class(&group.tag, class).to_string());
    }
    let all_have = |class: &String| {
        group
            .rows
            .iter()
            .all(|row| outline.spot(row.start).classes.contains(class))
    };
    let shared = group
        .rows
        .first()
        .map(|row| {
            outline
                .spot(row.start)
                .classes
                .iter()
                .filter(|class| is_steady(class) && all_have(class))
                .cloned()
                .collect::<Vec<_>>()
        })
        .unwrap_or_default();
    for class in shared.iter().take(3) {
        let step = Step::class(&group.tag, class).to_string();
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    if group.class.is_none() {
        steps.push(group.tag.clone());
    }
    steps
}

/// How elements that all are of one level are named: by the id of the only one, or by a class that all have.
fn names(outline: &Outline<'_>, level: &[usize]) -> Vec<String> {
    let mut names = Vec::new();
    let spot = outline.spot(level[0]);
    if let ([_], Some(id)) = (level, &spot.id)
        && id.bytes().filter(u8::is_ascii_digit).count() <= 2
        && !id.contains(char::is_whitespace)
    {
        names.push(format!("#{}", escaped(id)));
    }
    for class in spot.classes.iter().filter(|class| is_steady(class)).take(3) {
        if level.iter().all(|at| outline.spot(*at).classes.contains(class)) {
            names.push(format!("{}.{}", spot.tag, escaped(class)));
        }
    }
    names
}

/// Where nothing has a name: the chain of tags from the body, numbered where needed.
fn by_structure(outline: &Outline<'_>, group: &Group, rows: &[String]) -> Vec<String> {
    let mut tries = Vec::new();
    let Some(row) = rows.last() else { return tries };
    let mut chain = String::new();
    let mut level = group.parents.clone();
    for _ in 0..16 {
        let spot = outline.spot(level[0]);
        if matches!(&*spot.tag, "html") {
            break;
        }
        let number = match (level.as_slice(), spot.nth_of_tag) {
            ([_], nth) if spot.tag != "tbody" && spot.tag != "body" && (nth > 1 || has_twin(outline, level[0])) => {
                format!(":nth-of-type({nth})")
            }
            _ => String::new(),
        };
        chain = format!("{}{number} > {chain}", spot.tag);
        tries.push(format!("{chain}{row}"));
        for above in names(outline, &parents(outline, &level)) {
            tries.push(format!("{above} > {chain}{row}"));
            tries.push(format!("{above} {chain}{row}"));
        }
        level = parents(outline, &level);
    }
    tries
}

fn parents(outline: &Outline<'_>, level: &[usize]) -> Vec<usize> {
    let mut above: Vec<usize> = level.iter().map(|at| outline.spot(*at).parent).collect();
    above.dedup();
    above
}

fn has_twin(outline: &Outline<'_>, at: usize) -> bool {
    let spot = outline.spot(at);
    outline
        .children(spot.parent)
        .any(|other| other != at && outline.spot(other).tag == spot.tag)
}
