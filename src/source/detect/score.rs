//! How much a group of rows is like a list of notices: many rows, each with a title that leads somewhere of its own and a
//! date, in the middle of the page.

use std::{collections::HashSet, ops::Range};

use super::{
    candidates::Group,
    columns,
    roles::Roles,
    sight::Sight,
    words::{self, Topic},
};
use crate::source::{believe::media_type, dom::Outline};

/// What the score of a group is made of; each factor around 1.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    /// Rows with a title.
    pub(super) rows: f64,
    /// How much the titles are like titles.
    pub(super) title: f64,
    /// Whether nearly all rows have a title: else they are cut at the wrong places.
    pub(super) whole: f64,
    /// How far the titles differ: what each row repeats is a button.
    pub(super) distinct: f64,
    /// How long the titles are, as far as that tells them from a menu's.
    pub(super) length: f64,
    /// Rows with a date.
    pub(super) dates: f64,
    /// Whether each row leads to a place of its own.
    pub(super) links: f64,
    /// Rows whose address is that of a notice and not of a section: it has a number, many words or a file in it.
    pub(super) identified: f64,
    /// Whether a row holds one entry and not several.
    pub(super) single: f64,
    /// Where on the page it stands.
    pub(super) place: f64,
    /// What its heading says.
    pub(super) heading: f64,
    /// Whether it is one list, and its rows are elements.
    pub(super) shape: f64,
    /// Its part of the page's text.
    pub(super) share: f64,
    /// Whether columns with other names of lists are there: number, views, author.
    pub(super) columns: f64,
}

impl Score {
    /// Whether it can be a list of notices at all: rows with dates, or with long titles that lead to addresses like those of
    /// notices and don't stand where menus do.
    pub(super) fn is_likely(&self) -> bool {
        let leads = self.links > 0.5 && (self.identified > 0.5 || self.heading > 1.0 && self.identified > 0.2);
        let undated = self.length > 0.62 && leads && self.place > 0.55 && self.rows >= 3.0;
        let beside = self.heading < 0.5 && self.rows <= 10.0;
        // Two blocks of a page with a date in one are no list.
        let few = self.rows < 3.5 && self.identified < 0.5;
        self.rows >= 1.5 && (self.dates > 0.2 || undated) && !beside && !few
    }

    /// All in one number.
    pub(super) fn total(&self) -> f64 {
        // Without dates only long titles tell notices from the entries of a menu.
        let (undated, most) = if self.dates < 0.1 {
            (self.length.powi(2), 40.0)
        } else {
            (1.0, 100.0)
        };
        undated
            * self.rows.min(most).powf(0.6)
            * self.shape
            * self.title
            * self.distinct
            * self.whole
            * (0.2 + 0.8 * self.dates)
            * self.links
            * self.single
            * self.place
            * self.heading
            * self.share
            * self.columns
    }
}

/// Scores the group.
pub(super) fn score(sight: &Sight<'_, '_>, group: &Group, roles: &Roles) -> Score {
    let outline = sight.outline;
    let facts = &roles.facts[roles.title];
    let titled = facts.coverage * group.rows.len() as f64;
    let text: usize = group.rows.iter().map(|row| outline.text_of(row).len()).sum();
    let page = outline.text(0).len().max(1);
    let targets = targets(sight, group, roles);
    Score {
        rows: titled,
        title: ((roles.title_score + 1.0) / 9.0).clamp(0.05, 1.3),
        distinct: (facts.distinct / 0.7).min(1.0).powi(2),
        length: (weight(sight, roles) / 40.0).clamp(0.2, 1.0),
        whole: (facts.coverage * 1.1).min(1.0),
        dates: match (roles.date, &roles.date_above) {
            (Some(date), _) => dates(roles, date),
            (None, Some(_)) => 0.85,
            (None, None) if roles.date_parts.is_some() => 0.95,
            (None, None) => 0.0,
        },
        links: links(&targets),
        identified: identified(&targets),
        single: single(sight, group, roles),
        place: place(outline, group),
        heading: heading(outline, group),
        shape: shape(outline, group),
        share: 0.7 + 0.5 * (text as f64 / page as f64).min(1.0),
        columns: 1.0 + 0.08 * roles.named.len() as f64 + number_column(roles),
    }
}

/// The mean length of the titles in letters; a Chinese character or Korean syllable is worth three.
fn weight(sight: &Sight<'_, '_>, roles: &Roles) -> f64 {
    let places: Vec<usize> = roles.columns[roles.title].places.iter().flatten().copied().collect();
    let letters = |c: char| if (c as u32) < 0x1100 { 1 } else { 3 };
    let all: usize = places
        .iter()
        .map(|at| sight.outline.text(*at).chars().take(200).map(letters).sum::<usize>())
        .sum();
    all as f64 / places.len().max(1) as f64
}

/// Rows with a title that have a date too.
fn dates(roles: &Roles, date: usize) -> f64 {
    let facts = &roles.facts[date];
    let (mut both, mut titled) = (0, 0);
    for (title, date) in roles.columns[roles.title]
        .places
        .iter()
        .zip(&roles.columns[date].places)
    {
        titled += usize::from(title.is_some());
        both += usize::from(title.is_some() && date.is_some());
    }
    let share = both as f64 / f64::from(u32::try_from(titled.max(1)).unwrap_or(u32::MAX));
    share * facts.dated * (0.75 + 0.25 * facts.pure_dates)
}

/// Rows that lead somewhere, and to different places.
fn links(told: &[Option<String>]) -> f64 {
    let leads: HashSet<&String> = told.iter().flatten().collect();
    let led = told.iter().flatten().count();
    let leads_share = led as f64 / told.len().max(1) as f64;
    let different = leads.len() as f64 / led.max(1) as f64;
    0.15 + 0.85 * leads_share * different
}

/// Rows whose address is that of one notice.
fn identified(told: &[Option<String>]) -> f64 {
    let told: Vec<&String> = told.iter().flatten().collect();
    if is_menu(&told) {
        return 0.0;
    }
    let from = told.first().map_or(0, |first| shared_beginning(first, &told));
    let of_notice = told.iter().filter(|target| is_of_notice(target, from)).count();
    of_notice as f64 / told.len().max(1) as f64
}

/// Whether an address is more likely that of a notice than that of a section, "/topic/health": boards number their notices,
/// and blogs write the title into the address. `from` is where it begins to differ from its neighbours'.
fn is_of_notice(target: &str, from: usize) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let words = last.split(['-', '_', '+', '.']).filter(|word| word.len() > 1).count();
    let is_file = media_type(last).is_some_and(|kind| kind != "text/html");
    let is_script = !target.contains("://");
    let is_home = target
        .split_once("://")
        .is_some_and(|(_, rest)| !rest.trim_end_matches('/').contains(['/', '?', '#']));
    let is_long = words > 3 || last.contains('%') && last.len() > 40;
    let is_numbered = target
        .get(from..)
        .unwrap_or_default()
        .bytes()
        .any(|byte| byte.is_ascii_digit());
    !is_home && (is_script || is_file || is_long || is_numbered)
}

/// Whether what tells the addresses apart is the number of a menu: "?menuNo=200012".
fn is_menu(targets: &[&String]) -> bool {
    let menu = |target: &&String| {
        let (_, query) = target.split_once('?')?;
        let of_menu = |pair: &&str| {
            pair.split('=')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .contains("menu")
        };
        query.split('&').find(of_menu).map(str::to_owned)
    };
    let menus: HashSet<String> = targets.iter().filter_map(menu).collect();
    targets.len() >= 3 && menus.len() * 2 > targets.len()
}

/// How many bytes of `first` all of `others` begin with, whole words and numbers only.
fn shared_beginning(first: &str, others: &[&String]) -> usize {
    let shared = |other: &&String| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let shared = others.iter().map(shared).min().unwrap_or(0);
    let cut = first.as_bytes()[..shared]
        .iter()
        .rposition(|byte| !byte.is_ascii_alphanumeric());
    cut.map_or(0, |cut| cut + 1)
}

/// Where each row with a title leads: the address, or the call of a script.
fn targets(sight: &Sight<'_, '_>, group: &Group, roles: &Roles) -> Vec<Option<String>> {
    let rows = columns::sample(&group.rows, columns::MAX_ROWS);
    let column = roles.link.unwrap_or(roles.title);
    let places = roles.columns[column].places.iter();
    let titles = roles.columns[roles.title].places.iter();
    let titled = rows.iter().zip(places).zip(titles).filter(|(_, title)| title.is_some());
    let target = |row: &Range<usize>, at: &Option<usize>| {
        let link = at.and_then(|at| sight.link_of(at, row)).or_else(|| {
            let mut here = row.clone();
            here.find(|at| sight.outline.spot(*at).tag == "a")
        });
        let of_link = link.and_then(|link| {
            let target = sight.target(link).map(|url| url.to_string());
            target
                .or_else(|| sight.call(link).map(|call| call.join(",")))
                .or_else(|| {
                    let data = sight.outline.spot(link).element.attrs();
                    let named = data
                        .into_iter()
                        .find(|(name, value)| name.starts_with("data-") && value.bytes().any(|b| b.is_ascii_digit()));
                    named.map(|(_, value)| value)
                })
        });
        of_link.or_else(|| sight.outline.spot(row.start).element.attr("onclick"))
    };
    titled.map(|((row, at), _)| target(row, at)).collect()
}

/// How far each row holds just one entry: links to other places that stand just as the title's does say otherwise.
fn single(sight: &Sight<'_, '_>, group: &Group, roles: &Roles) -> f64 {
    let outline = sight.outline;
    let rows = columns::sample(&group.rows, 20);
    let places = columns::sample(&roles.columns[roles.link.unwrap_or(roles.title)].places, 20);
    let (mut found, mut with) = (0, 0);
    for (row, at) in rows.iter().zip(&places) {
        let Some(link) = at.and_then(|at| sight.link_of(at, row)) else {
            continue;
        };
        let told = outline.text(link).len() > 6;
        let standing = standing(outline, link, row);
        let targets: HashSet<String> = row
            .clone()
            .take(400)
            .filter(|at| outline.spot(*at).tag == "a" && self::standing(outline, *at, row) == standing)
            .filter(|at| !told || outline.text(*at).len() > 6 && !words::is_generic(outline.text(*at)))
            .filter_map(|at| sight.target(at))
            .map(|url| url.to_string())
            .collect();
        found += targets.len().max(1);
        with += 1;
    }
    let mean = found as f64 / f64::from(with.max(1));
    if mean <= 1.3 { 1.0 } else { (1.3 / mean).powi(2) }
}

/// How an element stands in its row: its classes, and the tags from the row to it with the numbers of cells.
fn standing<'o>(outline: &'o Outline<'_>, at: usize, row: &Range<usize>) -> (&'o [String], Vec<(&'o str, usize)>) {
    let inside = [at]
        .into_iter()
        .chain(outline.ancestors(at))
        .take_while(|at| row.contains(at) && *at != row.start);
    let chain = inside.map(|at| {
        let spot = outline.spot(at);
        let cell = matches!(&*spot.tag, "td" | "th");
        (spot.tag.as_str(), if cell { spot.nth } else { 0 })
    });
    (&outline.spot(at).classes, chain.collect())
}

/// Menus, side columns and footers are no place for a list of notices; the page's middle is.
fn place(outline: &Outline<'_>, group: &Group) -> f64 {
    let Some(first) = group.rows.first() else { return 1.0 };
    let page = outline.text(0).len().max(1);
    let (mut factor, mut matter) = (1.0_f64, false);
    let own = [first.start].into_iter().filter(|_| !group.runs_on);
    for at in own.chain(outline.ancestors(first.start)).take(12) {
        let spot = outline.spot(at);
        // What holds most of the page is the page.
        if matches!(&*spot.tag, "html" | "body") || outline.text(at).len() * 10 > page * 7 {
            break;
        }
        let names = || spot.classes.iter().map(String::as_str).chain(spot.id.as_deref());
        let aside = matches!(&*spot.tag, "nav" | "aside" | "footer" | "header") || names().any(words::is_aside);
        let middle = matches!(&*spot.tag, "main" | "article") || names().any(words::is_matter);
        if names().any(words::is_narrow) {
            factor *= 0.7;
        }
        if aside && !(middle && spot.tag == "div") {
            factor *= if matches!(&*spot.tag, "nav" | "footer") {
                0.25
            } else {
                0.45
            };
        }
        matter |= middle;
    }
    // A list in a list is a menu, more often than not.
    if group.tag == "li"
        && outline
            .ancestors(first.start)
            .take(8)
            .any(|at| outline.spot(at).tag == "li")
    {
        factor *= 0.6;
    }
    factor.max(0.05) * if matter { 1.15 } else { 1.0 }
}

/// Lists in places that have nothing to do with each other are several; and rows that are elements are surer than runs.
fn shape(outline: &Outline<'_>, group: &Group) -> f64 {
    let above: HashSet<usize> = group
        .parents
        .iter()
        .map(|parent| outline.spot(*parent).parent)
        .collect();
    let several = group.parents.len() > 1 && above.len() > 1 && group.rows.len() > 2 * group.parents.len();
    (if several { 0.75 } else { 1.0 }) * if group.runs_on { 0.85 } else { 1.0 }
}

/// What the nearest heading before the group says.
fn heading(outline: &Outline<'_>, group: &Group) -> f64 {
    match heading_before(outline, group) {
        Some(text) if words::names_other(text) => 0.25,
        Some(text) if words::names_notices(text) => 1.15,
        _ => 1.0,
    }
}

/// The nearest heading that stands before the first row, not far above it.
pub(super) fn heading_before<'o>(outline: &'o Outline<'_>, group: &Group) -> Option<&'o str> {
    let first = group.rows.first()?.start;
    let above: Vec<usize> = outline.ancestors(first).take(5).collect();
    let from = above.last().copied().unwrap_or(0);
    (from..first)
        .rev()
        .take(60)
        .find(|at| {
            let spot = outline.spot(*at);
            let is_heading = matches!(
                &*spot.tag,
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "caption" | "legend"
            );
            is_heading && spot.end <= first && !outline.text(*at).is_empty()
        })
        .map(|at| outline.text(at))
        .filter(|text| text.len() < 120)
}

/// Lists that count their rows are lists.
fn number_column(roles: &Roles) -> f64 {
    let counts = roles.columns.iter().zip(&roles.facts).any(|(column, facts)| {
        column.heading.as_deref().and_then(words::of_heading) == Some(Topic::Number)
            || facts.numeric > 0.5
                && facts.distinct > 0.8
                && facts.coverage > 0.8
                && facts.chars <= 6.0
                && facts.dated < 0.1
    });
    if counts { 0.1 } else { 0.0 }
}
