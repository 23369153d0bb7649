//! What on a page is repeated: the groups of elements that may be the rows of a list.
//!
//! Nothing is judged here. Siblings of one tag are a group; so are those of them that share a class; so are groups in
//! containers that look alike (a table for each month); so are runs of siblings that begin with the same tag (`dt` and its
//! `dd`), where a row is no element of its own.

use std::{collections::HashMap, ops::Range};

use super::path::Path;
use crate::source::dom::Outline;

/// Fewest rows.
const MIN_ROWS: usize = 2;

/// Most groups of one page.
const MAX_GROUPS: usize = 3_000;

/// Elements that may be rows.
const ROWS: [&str; 24] = [
    "tr",
    "li",
    "div",
    "article",
    "section",
    "dl",
    "p",
    "a",
    "table",
    "tbody",
    "ul",
    "ol",
    "dd",
    "dt",
    "h2",
    "h3",
    "h4",
    "h5",
    "blockquote",
    "details",
    "span",
    "figure",
    "form",
    "font",
];

/// Elements with which a run of siblings may begin.
const LEADS: [&str; 10] = ["dt", "h2", "h3", "h4", "h5", "h6", "a", "strong", "b", "p"];

/// Elements that may be rows of one list.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The places of each row: an element with what is inside it, or a run of siblings.
    pub(super) rows: Vec<Range<usize>>,
    /// The elements that the rows are directly in.
    pub(super) parents: Vec<usize>,
    /// The tag that each row is, or begins with.
    pub(super) tag: String,
    /// The class that the rows have and their siblings don't.
    pub(super) class: Option<String>,
    /// Whether a row goes on over its siblings up to the next.
    pub(super) runs_on: bool,
    /// What the element has in it that a row begins with, where its tag alone doesn't tell.
    pub(super) lead: Option<Path>,
}

/// All groups of the page.
pub(super) fn groups(outline: &Outline<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut alike: HashMap<String, Vec<Group>> = HashMap::new();
    for parent in 0..outline.len() {
        if groups.len() >= MAX_GROUPS {
            break;
        }
        for group in of_parent(outline, parent) {
            if group.rows.is_empty() {
                continue;
            }
            let key = signature(outline, parent, &group);
            if group.rows.len() >= MIN_ROWS {
                groups.push(group.clone());
            }
            alike.entry(key).or_default().push(group);
        }
    }
    let mut unions: Vec<Group> = alike.into_values().filter_map(union).collect();
    // A map has no order of its own; the page has.
    unions.sort_by_key(|group| (group.rows.first().map_or(0, |row| row.start), group.rows.len()));
    groups.extend(unions);
    groups
}

/// The groups among the children of one element.
fn of_parent(outline: &Outline<'_>, parent: usize) -> Vec<Group> {
    let children: Vec<usize> = outline.children(parent).collect();
    let mut groups = Vec::new();
    for tag in ROWS {
        let same: Vec<usize> = children
            .iter()
            .copied()
            .filter(|at| outline.spot(*at).tag == tag)
            .collect();
        if same.is_empty() {
            continue;
        }
        let group = |class: Option<String>, places: &[usize]| Group {
            rows: places
                .iter()
                .filter(|at| !is_spacer(outline, **at))
                .map(|at| *at..outline.spot(*at).end)
                .collect(),
            parents: vec![parent],
            tag: tag.to_owned(),
            class,
            runs_on: false,
            lead: None,
        };
        for class in shared_classes(outline, &same) {
            let has = |at: &usize| outline.spot(*at).classes.contains(&class);
            let with: Vec<usize> = same.iter().copied().filter(has).collect();
            groups.push(group(Some(class.clone()), &with));
        }
        groups.push(group(None, &same));
    }
    for lead in LEADS {
        groups.extend(run(outline, parent, &children, lead));
    }
    groups
}

/// Whether an element only keeps others apart: it has no text, no link and no picture.
pub(super) fn is_spacer(outline: &Outline<'_>, at: usize) -> bool {
    let inside = || (at..outline.spot(at).end).take(6);
    outline.text(at).is_empty() && !inside().any(|at| outline.spot(at).tag == "a")
}

/// Classes that some of the elements share and others lack; the most common first.
fn shared_classes(outline: &Outline<'_>, places: &[usize]) -> Vec<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for at in places.iter().take(400) {
        for class in outline.spot(*at).classes.iter().take(6) {
            match counts.iter().position(|(known, _)| known == class) {
                Some(at) => counts[at].1 += 1,
                None if counts.len() < 40 => counts.push((class, 1)),
                None => {}
            }
        }
    }
    counts.retain(|(class, count)| *count >= MIN_ROWS && *count < places.len() && is_steady(class));
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(4);
    counts.into_iter().map(|(class, _)| class.to_owned()).collect()
}

/// Rows that begin with `lead` and go on to the next one.
fn run(outline: &Outline<'_>, parent: usize, children: &[usize], lead: &str) -> Option<Group> {
    let is_lead = |at: &usize| outline.spot(*at).tag == lead;
    let leads: Vec<usize> = children.iter().copied().filter(is_lead).collect();
    // Something other must stand between them: elements, or text of the parent's own.
    let own_text = outline.text(parent).len() > 2 * leads.iter().map(|at| outline.text(*at).len()).sum::<usize>();
    let between = children.len() >= leads.len() * 2 - usize::from(!leads.is_empty());
    if leads.len() < MIN_ROWS || !(between || own_text) {
        return None;
    }
    let end = outline.spot(parent).end;
    let ends = leads.iter().copied().skip(1).chain([end]);
    Some(Group {
        rows: leads.iter().copied().zip(ends).map(|(from, to)| from..to).collect(),
        parents: vec![parent],
        tag: lead.to_owned(),
        class: None,
        runs_on: true,
        lead: None,
    })
}

/// One group of several in containers that look alike.
fn union(groups: Vec<Group>) -> Option<Group> {
    if groups.len() < 2 {
        return None;
    }
    let mut all = groups.iter();
    let mut union = all.next()?.clone();
    for group in all {
        union.rows.extend(group.rows.iter().cloned());
        union.parents.extend(group.parents.iter().copied());
    }
    // Containers of containers: a row must not lie in another.
    let apart = union.rows.windows(2).all(|pair| pair[0].end <= pair[1].start);
    (union.rows.len() > MIN_ROWS && apart).then_some(union)
}

/// The group whose rows run on from each row of `group` that has `lead` to the next.
pub(super) fn led_by(outline: &Outline<'_>, group: &Group, lead: &Path) -> Option<Group> {
    if group.runs_on {
        return None;
    }
    let leads: Vec<usize> = group
        .rows
        .iter()
        .filter(|row| lead.first(outline, &(row.start + 1..row.end)).is_some())
        .map(|row| row.start)
        .collect();
    let next = leads.iter().copied().skip(1).map(Some).chain([None]);
    let rows: Vec<Range<usize>> = leads
        .iter()
        .zip(next)
        .map(|(from, next)| {
            let end = outline.spot(outline.spot(*from).parent).end;
            *from..next.filter(|next| *next < end).unwrap_or(end)
        })
        .collect();
    let longer = rows.iter().filter(|row| row.end > outline.spot(row.start).end).count();
    (rows.len() > MIN_ROWS && longer * 2 > rows.len()).then(|| Group {
        rows,
        runs_on: true,
        lead: Some(lead.clone()),
        ..group.clone()
    })
}

/// `group` with the rows of the others that stand near it and look the same to `fits`.
pub(super) fn merged<'g>(
    outline: &Outline<'_>,
    group: &Group,
    others: impl Iterator<Item = &'g Group>,
    fits: impl Fn(&Group) -> bool,
) -> Option<Group> {
    let near: Vec<usize> = group
        .parents
        .iter()
        .flat_map(|parent| outline.ancestors(*parent).take(6).collect::<Vec<_>>())
        .collect();
    let mut all = group.clone();
    for other in
        others.filter(|other| other.tag == group.tag && other.class == group.class && other.runs_on == group.runs_on)
    {
        let same_side = is_beside(outline, other) == is_beside(outline, group);
        let apart = !other.rows.iter().any(|row| {
            all.rows
                .iter()
                .any(|known| row.start < known.end && known.start < row.end)
        });
        let is_near = other
            .parents
            .iter()
            .all(|parent| outline.ancestors(*parent).take(6).any(|above| near.contains(&above)));
        if apart && same_side && is_near && fits(other) {
            all.rows.extend(other.rows.iter().cloned());
            all.parents.extend(other.parents.iter().copied());
        }
    }
    all.rows.sort_by_key(|row| row.start);
    (all.rows.len() > group.rows.len()).then_some(all)
}

/// What the container of a group looks like from outside.
fn signature(outline: &Outline<'_>, parent: usize, group: &Group) -> String {
    let mut text = format!(
        "{}.{}{}",
        group.tag,
        group.class.as_deref().unwrap_or_default(),
        u8::from(group.runs_on)
    );
    for at in [parent].into_iter().chain(outline.ancestors(parent)).take(3) {
        let spot = outline.spot(at);
        text.push('<');
        text.push_str(&spot.tag);
        for class in spot.classes.iter().filter(|class| is_steady(class)).take(3) {
            text.push('.');
            text.push_str(class);
        }
    }
    let beside = u8::from(is_beside(outline, group));
    format!("{text}/{}{beside}", outline.spot(parent).depth)
}

/// Whether a group stands in what its page calls a side matter: what is there is not of one list with what is elsewhere.
fn is_beside(outline: &Outline<'_>, group: &Group) -> bool {
    let first = group.parents.first().copied();
    first.is_some_and(|parent| {
        [parent]
            .into_iter()
            .chain(outline.ancestors(parent).take(12))
            .any(|at| matches!(&*outline.spot(at).tag, "aside" | "nav" | "footer"))
    })
}

/// Whether a class is likely to be there tomorrow: it names no single thing and no turn ("post-1242", "odd", "active").
pub(super) fn is_steady(class: &str) -> bool {
    let digits = class.bytes().filter(u8::is_ascii_digit).count();
    let letters = class.chars().filter(|c| c.is_alphabetic()).count();
    const TURNS: [&str; 24] = [
        "odd",
        "even",
        "first",
        "last",
        "active",
        "on",
        "alt",
        "current",
        "selected",
        "alternate",
        "alternating",
        "bg",
        "bg1",
        "bg2",
        "bg0",
        "row1",
        "row2",
        "row0",
        "clearfix",
        "clear",
        "cf",
        "open",
        "new",
        "hover",
    ];
    let lower = class.to_ascii_lowercase();
    digits <= 2
        && letters >= 2
        && class.len() <= 60
        && !TURNS.contains(&lower.as_str())
        && !["post-", "item-", "category-", "tag-", "row-", "views-row-", "node-"]
            .iter()
            .any(|prefix| {
                lower
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            })
        && class.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dom::Doc;

    #[track_caller]
    fn check(html: &str, expected: &[(&str, usize)]) {
        let doc = Doc::parse(html);
        let outline = Outline::of(&doc);
        let groups = groups(&outline);
        for (name, rows) in expected {
            let named = |group: &&Group| {
                let class = group
                    .class
                    .as_ref()
                    .map(|class| format!(".{class}"))
                    .unwrap_or_default();
                let run = if group.runs_on { "+" } else { "" };
                format!("{}{class}{run}", group.tag) == *name
            };
            assert!(
                groups.iter().filter(named).any(|group| group.rows.len() == *rows),
                "{name} {rows} in {groups:?}"
            );
        }
    }

    #[test]
    fn siblings_and_those_of_a_class_and_those_in_like_containers_are_groups() {
        check("<ul><li>a<li>b<li>c</ul>", &[("li", 3)]);
        check("<div><p class=hit>a<p class=hit>b<p>c</div>", &[("p", 3), ("p.hit", 2)]);
        check(
            "<div><ul class=m><li>a<li>b</ul><ul class=m><li>c</ul></div>",
            &[("li", 2), ("li", 3), ("ul", 2)],
        );
        check("<dl><dt>1<dd>a<dt>2<dd>b<dt>3<dd>c<dd>d</dl>", &[("dt+", 3), ("dt", 3)]);
    }

    #[test]
    fn classes_that_count_are_not_steady() {
        for (class, steady) in [
            ("subject", true),
            ("h4", false),
            ("post-1242", false),
            ("odd", false),
            ("td_2", true),
        ] {
            assert_eq!(is_steady(class), steady, "{class}");
        }
    }
}
