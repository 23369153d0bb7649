//! What stands in the rows of a group, lined up: each column is a selector and the element that it finds in each row.

use std::{collections::HashMap, ops::Range};

use super::{
    candidates::{Group, is_steady},
    path::{Path, Step},
    words,
};
use crate::source::dom::Outline;

/// Most rows that columns are worked out from.
pub(super) const MAX_ROWS: usize = 40;

/// Rows from whose elements selectors are made.
const SAMPLED_ROWS: usize = 8;

/// Most columns of one group.
const MAX_COLUMNS: usize = 120;

/// Most elements of a row that are looked at.
const MAX_ELEMENTS: usize = 160;

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// What selects it in a row; `None`: the row itself.
    pub(super) path: Option<Path>,
    /// The place of its element in each row.
    pub(super) places: Vec<Option<usize>>,
    /// What the heading of the table's column says, or a label in the cell.
    pub(super) heading: Option<String>,
}

impl Column {
    /// In how many of the rows it is, from 0 to 1.
    pub(super) fn coverage(&self) -> f64 {
        let there = self.places.iter().flatten().count();
        there as f64 / self.places.len().max(1) as f64
    }
}

/// The columns of a group, in the order in which they stand in the rows. The first is the row itself.
pub(super) fn columns(outline: &Outline<'_>, group: &Group) -> Vec<Column> {
    let rows = sample(&group.rows, MAX_ROWS);
    let steady = steady_classes(outline, &rows);
    let headings = headings(outline, group);
    let mut columns = vec![Column {
        path: None,
        places: rows.iter().map(|row| Some(row.start)).collect(),
        heading: None,
    }];
    let mut known: HashMap<Vec<Option<usize>>, usize> = HashMap::new();
    let mut tried: HashMap<Path, ()> = HashMap::new();
    for row in sample(&rows, SAMPLED_ROWS) {
        let inside = row.start + usize::from(!group.runs_on)..row.end;
        for at in inside.clone().take(MAX_ELEMENTS) {
            if columns.len() >= MAX_COLUMNS {
                break;
            }
            let named = path_to(outline, at, &inside, &steady);
            // The first of its tag in the row: shorter, and a column of its own where classes come and go.
            let bare = Path::of(Step::tag(&outline.spot(at).tag));
            let bare = Some(bare).filter(|bare| is_telling(&bare.0[0]) && bare.first(outline, &inside) == Some(at));
            for path in named.into_iter().chain(bare) {
                if tried.insert(path.clone(), ()).is_some() {
                    continue;
                }
                let places: Vec<Option<usize>> = rows
                    .iter()
                    .map(|row| path.first(outline, &(row.start + usize::from(!group.runs_on)..row.end)))
                    .collect();
                if known.contains_key(&places) || places.iter().flatten().count() * 5 < rows.len() {
                    continue;
                }
                known.insert(places.clone(), columns.len());
                let heading = places
                    .iter()
                    .flatten()
                    .next()
                    .and_then(|at| heading_of(outline, *at, &inside, &headings));
                columns.push(Column {
                    path: Some(path),
                    places,
                    heading,
                });
            }
        }
    }
    columns
}

/// At most `most` of the items, spread over all.
pub(super) fn sample<T: Clone>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most {
        return items.to_vec();
    }
    (0..most).map(|nth| items[nth * items.len() / most].clone()).collect()
}

/// Classes that elements in many of the rows have, and how they stand there.
struct Classes(HashMap<String, Standing>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    /// Whether rows have it several times: then it names no column.
    many: bool,
    /// Whether its words say nothing of what it holds.
    mute: bool,
    /// Rows that lack it.
    lacking: usize,
}

fn steady_classes(outline: &Outline<'_>, rows: &[Range<usize>]) -> Classes {
    let mut counts: HashMap<&str, (usize, usize, usize)> = HashMap::new();
    for (nth, row) in rows.iter().enumerate() {
        for at in row.clone().take(MAX_ELEMENTS) {
            for class in outline
                .spot(at)
                .classes
                .iter()
                .take(12)
                .filter(|class| is_steady(class))
            {
                let (in_rows, all, last) = counts.entry(class).or_insert((0, 0, usize::MAX));
                *all += 1;
                if *last != nth {
                    (*in_rows, *last) = (*in_rows + 1, nth);
                }
            }
        }
    }
    let steady = counts
        .into_iter()
        .filter(|(_, (in_rows, ..))| *in_rows >= 2 && *in_rows * 5 >= rows.len() * 2);
    let standing = |class: &str, (in_rows, all, _): (usize, usize, usize)| Standing {
        many: all * 2 > in_rows * 3,
        mute: words::of_class(class).is_none(),
        lacking: rows.len() - in_rows,
    };
    Classes(
        steady
            .map(|(class, counts)| (class.to_owned(), standing(class, counts)))
            .collect(),
    )
}

/// A short selector for which the element at `at` is the first in its row.
fn path_to(outline: &Outline<'_>, at: usize, row: &Range<usize>, steady: &Classes) -> Option<Path> {
    let own = steps(outline, at, row, steady);
    let finds = |path: &Path| path.first(outline, row) == Some(at);
    let named = own
        .iter()
        .find(|step| step.class.is_some() || step.attr.is_some() || step.nth.is_some());
    if let Some(path) = named.cloned().map(Path::of).filter(&finds) {
        return Some(path);
    }
    // By the nearest thing around it that has a name.
    let around = outline
        .ancestors(at)
        .take_while(|above| row.contains(above))
        .flat_map(|above| steps(outline, above, row, steady))
        .filter(|step| step.class.is_some() || step.nth.is_some())
        .take(4)
        .collect::<Vec<_>>();
    let bare = || own.iter().cloned().map(Path::of);
    bare()
        .filter(|path| is_telling(&path.0[0]))
        .find(&finds)
        .or_else(|| {
            around
                .iter()
                .flat_map(|above| own.iter().map(|step| Path(vec![above.clone(), step.clone()])))
                .find(&finds)
        })
        .or_else(|| bare().find(&finds))
        .or_else(|| {
            let parent = outline.spot(at).parent;
            let outer = steps(outline, parent, row, steady);
            outer
                .iter()
                .filter(|_| row.contains(&parent))
                .flat_map(|above| {
                    own.iter().map(|step| {
                        Path(vec![
                            above.clone(),
                            Step {
                                child: true,
                                ..step.clone()
                            },
                        ])
                    })
                })
                .find(&finds)
        })
}

/// Tags that say by themselves what they hold.
fn is_telling(step: &Step) -> bool {
    step.nth_of_tag.is_none() && ["time", "h1", "h2", "h3", "h4", "h5", "h6", "abbr"].contains(&step.tag.as_str())
}

/// The ways to name one element, best first.
fn steps(outline: &Outline<'_>, at: usize, row: &Range<usize>, steady: &Classes) -> Vec<Step> {
    let spot = outline.spot(at);
    let mut steps = Vec::new();
    let mut classes: Vec<(&String, Standing)> = spot
        .classes
        .iter()
        .filter_map(|class| Some((class, *steady.0.get(class)?)))
        .collect();
    // The class that says what it is; else the one that most rows have; else the first.
    classes.sort_by_key(|(_, standing)| *standing);
    let classed = |many: bool| {
        let classes = classes
            .iter()
            .filter(move |(_, standing)| standing.many == many)
            .take(3);
        classes.map(|(class, _)| Step::class(&spot.tag, class))
    };
    steps.extend(classed(false));
    for name in ["itemprop", "property"] {
        if let Some(value) = spot
            .element
            .attr(name)
            .filter(|value| value.len() < 40 && !value.contains(char::is_whitespace))
        {
            steps.push(Step {
                attr: Some((name, value)),
                ..Step::tag(&spot.tag)
            });
        }
    }
    let is_cell = matches!(spot.tag.as_str(), "td" | "th");
    if is_cell && (row.contains(&spot.parent) || spot.parent + 1 == row.start) {
        steps.push(Step {
            nth: Some(spot.nth),
            ..Step::tag(&spot.tag)
        });
        return steps;
    }
    steps.extend(classed(true));
    steps.push(Step::tag(&spot.tag));
    if spot.nth_of_tag > 1 {
        steps.push(Step {
            nth_of_tag: Some(spot.nth_of_tag),
            ..Step::tag(&spot.tag)
        });
    }
    steps
}

/// The texts of the table's heading row, by column.
fn headings(outline: &Outline<'_>, group: &Group) -> Vec<String> {
    let Some(row) = group.rows.first().filter(|_| group.tag == "tr") else {
        return Vec::new();
    };
    let Some(table) = outline.ancestors(row.start).find(|at| outline.spot(*at).tag == "table") else {
        return Vec::new();
    };
    let rows = (table..outline.spot(table).end)
        .filter(|at| outline.spot(*at).tag == "tr")
        .take(4);
    rows.map(|tr| {
        let cells: Vec<usize> = outline
            .children(tr)
            .filter(|at| matches!(&*outline.spot(*at).tag, "td" | "th"))
            .collect();
        let heads = cells.iter().filter(|at| outline.spot(**at).tag == "th").count();
        let in_head = outline.ancestors(tr).take(1).any(|at| outline.spot(at).tag == "thead");
        let topics = cells
            .iter()
            .filter(|at| words::of_heading(outline.text(**at)).is_some())
            .count();
        let is_head =
            in_head && !cells.is_empty() || cells.len() > 1 && (heads == cells.len() || topics * 2 > cells.len());
        let texts: Vec<String> = cells
            .iter()
            .flat_map(|at| {
                let spans = outline
                    .spot(*at)
                    .element
                    .attr("colspan")
                    .and_then(|span| span.trim().parse().ok())
                    .unwrap_or(1_usize);
                std::iter::repeat_n(outline.text(*at).to_owned(), spans.clamp(1, 12))
            })
            .collect();
        if is_head { texts } else { Vec::new() }
    })
    .find(|texts| !texts.is_empty())
    .unwrap_or_default()
}

/// What the heading of its column says of an element; else the label that responsive tables write on the cell.
fn heading_of(outline: &Outline<'_>, at: usize, row: &Range<usize>, headings: &[String]) -> Option<String> {
    let cell = [at]
        .into_iter()
        .chain(outline.ancestors(at))
        .take_while(|at| row.contains(at))
        .find(|at| matches!(&*outline.spot(*at).tag, "td" | "th"));
    let of_table = cell.and_then(|cell| {
        // A pinned row may stretch one cell over several columns.
        let before: usize = (1..outline.spot(cell).nth).count();
        headings.get(before).filter(|text| !text.is_empty()).cloned()
    });
    of_table.or_else(|| {
        let element = outline.spot(cell.unwrap_or(at)).element;
        ["data-label", "data-th", "data-title", "aria-label"]
            .iter()
            .find_map(|name| element.attr(name))
            .filter(|text| text.len() < 60)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{detect::candidates::groups, dom::Doc};

    #[track_caller]
    fn check(html: &str, tag: &str, expected: &[(&str, Option<&str>)]) {
        let doc = Doc::parse(html);
        let outline = Outline::of(&doc);
        let group = groups(&outline)
            .into_iter()
            .filter(|group| group.tag == tag && !group.runs_on)
            .max_by_key(|group| group.rows.len());
        let columns = columns(&outline, &group.expect("a group"));
        let found: Vec<(String, Option<&str>)> = columns
            .iter()
            .filter_map(|column| Some((column.path.as_ref()?.to_string(), column.heading.as_deref())))
            .collect();
        for (path, heading) in expected {
            assert!(
                found.iter().any(|(known, named)| known == path && named == heading),
                "{path} {heading:?} in {found:?}"
            );
        }
    }

    #[test]
    fn columns_are_named_by_class_or_heading_or_number() {
        check(
            "<table><tr><th>No<th>제목<th>작성일<tr><td>2<td class=tit><a href=/2>Two</a><td>2020.11.10<tr><td>1<td class=tit><a href=/1>One</a><td>2020.11.09</table>",
            "tr",
            &[
                ("td:nth-child(1)", Some("No")),
                ("td.tit", Some("제목")),
                ("td.tit a", Some("제목")),
                ("td:nth-child(3)", Some("작성일")),
            ],
        );
        check(
            "<ul><li><a href=/2>Two</a><div class=meta><span>Ann</span><span>10 Nov 2020</span></div><li><a href=/1>One</a><div class=meta><span>Bob</span><span>9 Nov 2020</span></div></ul>",
            "li",
            &[
                ("a", None),
                ("div.meta", None),
                ("div.meta span", None),
                ("div.meta span:nth-of-type(2)", None),
            ],
        );
    }
}
