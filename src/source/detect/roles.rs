//! Which column of a group is the title, which the date, the author, the count of views.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::{
    candidates::Group,
    columns::{self, Column},
    headings::{self, Wanted},
    sight::{Facts, Sight},
    words::{self, Topic},
};
use crate::source::{board::composed, dates::is_date, dom::Css};

/// The columns of a group and what they are.
#[derive(Clone, Debug)]
pub(super) struct Roles {
    /// All columns.
    pub(super) columns: Vec<Column>,
    /// What each is like.
    pub(super) facts: Vec<Facts>,
    /// The title's column.
    pub(super) title: usize,
    /// How much it is like titles, around 0 to 10.
    pub(super) title_score: f64,
    /// The link's column, where the title doesn't lead there.
    pub(super) link: Option<usize>,
    /// The date's column.
    pub(super) date: Option<usize>,
    /// The columns that make the date together, where no one has it.
    pub(super) date_parts: Option<[usize; 2]>,
    /// The headings above rows that say their date, or its year.
    pub(super) date_above: Option<Css>,
    /// The other columns that are named.
    pub(super) named: Vec<(Topic, usize)>,
}

/// Works out the roles; `None` when nothing in the rows could be a title.
pub(super) fn roles(sight: &Sight<'_, '_>, group: &Group) -> Option<Roles> {
    let columns = columns::columns(sight.outline, group);
    let facts: Vec<Facts> = columns.iter().map(|column| sight.facts(group, column)).collect();
    let rows = columns::sample(&group.rows, columns::MAX_ROWS);
    let topics: Vec<Option<Topic>> = columns.iter().map(|column| topic(sight, column, &rows)).collect();
    let scored = (0..columns.len()).filter_map(|nth| {
        let score = title_score(sight, group, &columns[nth], &facts[nth], topics[nth])?;
        let whole_row = if holds_row(sight, &columns, &facts, nth) {
            2.5
        } else {
            0.0
        };
        // What leads to the same place from every row begins with the link of a category.
        let (there, different) = leads(sight, &rows, &columns[nth].places);
        let elsewhere = if there > 0.6 && different < 0.4 { 1.0 } else { 0.0 };
        Some((nth, score - whole_row - elsewhere))
    });
    let (title, title_score) = best(scored)?;
    let dates = (0..columns.len()).filter_map(|nth| {
        let score = date_score(sight, &columns, &facts[nth], topics[nth], nth, title)?;
        Some((nth, score))
    });
    let date = best(dates).map(|(nth, _)| nth);
    let date_parts = match date {
        None => date_parts(sight, &columns, &facts),
        Some(_) => None,
    };
    let date_above = match date {
        None if date_parts.is_some() => None,
        None => headings::above(sight, group, Wanted::Date),
        Some(date) if facts[date].years < 0.3 => headings::above(sight, group, Wanted::Year),
        Some(_) => None,
    };
    let link = link(sight, group, &columns, &facts, title, &rows, &topics);
    let named = named(&columns, &facts, &topics, title, date);
    Some(Roles {
        columns,
        facts,
        title,
        title_score,
        link,
        date,
        date_parts,
        date_above,
        named,
    })
}

/// The best of scored columns; of equals the first.
fn best(scored: impl Iterator<Item = (usize, f64)>) -> Option<(usize, f64)> {
    scored.fold(None, |best, (nth, score)| match best {
        Some((_, top)) if top >= score => best,
        _ => Some((nth, score)),
    })
}

/// What a column is called: by its heading, else by the classes of its element and of what that stands in.
fn topic(sight: &Sight<'_, '_>, column: &Column, rows: &[Range<usize>]) -> Option<Topic> {
    if let Some(topic) = column.heading.as_deref().and_then(words::of_heading) {
        return Some(topic);
    }
    let (row, at) = rows
        .iter()
        .zip(&column.places)
        .find_map(|(row, at)| Some((row, (*at)?)))?;
    column.path.as_ref()?;
    let outline = sight.outline;
    // What the selector itself says comes first: of two times, the one that is called "updated" is that.
    let by_selector = column
        .path
        .as_ref()
        .and_then(|path| path.0.last()?.class.as_deref().and_then(words::of_class));
    if by_selector.is_some() {
        return by_selector;
    }
    [at].into_iter()
        .chain(
            outline
                .ancestors(at)
                .take_while(|above| row.contains(above) && *above != row.start)
                .take(4),
        )
        .find_map(|at| {
            let spot = outline.spot(at);
            let by_tag = match spot.tag.as_str() {
                "time" => Some(Topic::Date),
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some(Topic::Title),
                _ => None,
            };
            let by_property = ["itemprop", "property"]
                .iter()
                .find_map(|name| words::of_class(&spot.element.attr(name)?));
            by_tag
                .or(by_property)
                .or_else(|| spot.classes.iter().find_map(|class| words::of_class(class)))
        })
}

fn title_score(
    sight: &Sight<'_, '_>,
    group: &Group,
    column: &Column,
    facts: &Facts,
    topic: Option<Topic>,
) -> Option<f64> {
    if facts.coverage < 0.5 || facts.chars < 2.0 || facts.numeric > 0.6 {
        return None;
    }
    let mut score = 1.5 * facts.coverage + facts.distinct + 1.8 * facts.wordings;
    score += match facts.chars {
        chars if chars < 4.0 => -2.0,
        chars if chars <= 160.0 => 2.0 * chars.min(30.0) / 30.0,
        chars if chars <= 300.0 => -0.5,
        _ => -3.0,
    };
    score += match (topic, column.heading.is_some()) {
        (Some(Topic::Title), true) => 3.0,
        (Some(Topic::Title), false) => 2.0,
        (Some(Topic::Summary), _) => -1.5,
        (Some(_), true) => -3.0,
        (Some(_), false) => -2.0,
        (None, _) => 0.0,
    };
    score += 2.0 * facts.linked;
    score -= 4.0 * facts.counts;
    score -= 4.0 * facts.pure_dates + 4.0 * facts.numeric + 5.0 * facts.generic + 2.5 * facts.codes;
    score -= facts.dated - facts.pure_dates;
    let first = column.places.iter().flatten().next().copied()?;
    let spot = sight.outline.spot(first);
    score += match spot.tag.as_str() {
        "a" => 0.6,
        "strong" | "b" => 0.4,
        "li" | "ul" | "ol" | "dl" | "table" => -1.0,
        _ => 0.0,
    };
    if column.path.is_none() {
        score -= if group.runs_on || group.tag != "a" { 1.5 } else { 0.8 };
    }
    // What holds several lines is more than a title.
    let pieces = (first + 1..spot.end)
        .filter(|at| {
            matches!(
                &*sight.outline.spot(*at).tag,
                "p" | "div" | "li" | "br" | "td" | "dd" | "h2" | "h3" | "h4"
            )
        })
        .count();
    score -= 0.7 * pieces.min(5) as f64;
    Some(score)
}

/// Whether a column has most of its words in one element and a date in another: a link around the whole row, say.
fn holds_row(sight: &Sight<'_, '_>, columns: &[Column], facts: &[Facts], nth: usize) -> bool {
    let inside = |other: usize| {
        let mut pairs = columns[other].places.iter().zip(&columns[nth].places);
        other != nth
            && columns[other].path.is_some()
            && facts[other].coverage > 0.8
            && pairs.all(|(at, whole)| match (at, whole) {
                (Some(at), Some(whole)) => at != whole && sight.outline.is_in(*at, *whole),
                _ => true,
            })
    };
    let dated = |other: &usize| facts[*other].pure_dates > 0.8;
    let worded = |other: &usize| {
        let facts_of = &facts[*other];
        facts_of.dated < 0.1 && facts_of.numeric < 0.1 && facts_of.chars * 2.0 > facts[nth].chars
    };
    (0..columns.len()).any(|other| dated(&other) && inside(other))
        && (0..columns.len()).any(|other| worded(&other) && inside(other))
}

fn date_score(
    sight: &Sight<'_, '_>,
    columns: &[Column],
    facts: &Facts,
    topic: Option<Topic>,
    nth: usize,
    title: usize,
) -> Option<f64> {
    let rows = facts.coverage * facts.dated;
    if rows < 0.3 {
        return None;
    }
    let column = &columns[nth];
    let mut score = 4.0 * rows + 2.0 * facts.pure_dates + facts.years;
    score += match topic {
        Some(Topic::Date) => 2.0,
        Some(Topic::OtherDate) => -2.0,
        Some(Topic::Title | Topic::Summary) => -1.5,
        Some(_) => -0.5,
        None => 0.0,
    };
    if column.path.is_none() {
        score -= 2.0;
    }
    if facts.clocks > 0.6 {
        score -= 3.0;
    }
    let inside_title = column
        .places
        .iter()
        .zip(&columns[title].places)
        .any(|(at, title)| match (at, title) {
            (Some(at), Some(title)) => sight.outline.is_in(*at, *title),
            _ => false,
        });
    if nth == title || inside_title {
        score -= 2.0;
    }
    score -= (facts.chars / 60.0).min(3.0);
    // Of equals the first in the row: what follows is a change or an end.
    let offsets = column
        .places
        .iter()
        .zip(&columns[0].places)
        .filter_map(|(at, row)| Some((*at)? - (*row)?));
    let (sum, count) = offsets.fold((0, 0), |(sum, count), offset| (sum + offset, count + 1));
    score -= 0.01 * (sum as f64 / f64::from(count.max(1))).min(40.0);
    Some(score)
}

/// Two columns that are a date only together: the day in one, month and year in the other.
fn date_parts(sight: &Sight<'_, '_>, columns: &[Column], facts: &[Facts]) -> Option<[usize; 2]> {
    let short = |nth: &usize| {
        let facts = &facts[*nth];
        columns[*nth].path.is_some() && facts.coverage > 0.8 && (1.0..=12.0).contains(&facts.chars)
    };
    let digits = |nth: &usize| {
        let first = columns[*nth].places.iter().flatten().next();
        first.is_some_and(|at| sight.outline.text(*at).bytes().any(|byte| byte.is_ascii_digit()))
    };
    let short: Vec<usize> = (0..columns.len()).filter(short).filter(digits).take(8).collect();
    let pairs = short
        .iter()
        .enumerate()
        .flat_map(|(nth, one)| short[nth + 1..].iter().map(move |other| [*one, *other]));
    pairs.into_iter().find(|[one, other]| {
        let rows = columns[*one].places.iter().zip(&columns[*other].places).take(12);
        let parts = rows.filter_map(|(one, other)| Some([(*one)?, (*other)?]));
        let (mut all, mut dates) = (0, 0);
        for [one, other] in parts.filter(|[one, other]| !sight.outline.is_in(*other, *one)) {
            all += 1;
            let texts = [one, other].map(|at| sight.outline.text(at).to_owned());
            dates += usize::from(
                composed(&texts)
                    .is_some_and(|text| is_date(&text) && text.bytes().filter(u8::is_ascii_digit).count() >= 5),
            );
        }
        all > 1 && dates * 5 >= all * 4
    })
}

/// The column of links, where the title leads nowhere and the first link of the rows isn't it.
fn link(
    sight: &Sight<'_, '_>,
    group: &Group,
    columns: &[Column],
    facts: &[Facts],
    title: usize,
    rows: &[Range<usize>],
    topics: &[Option<Topic>],
) -> Option<usize> {
    let (there, different) = leads(sight, rows, &columns[title].places);
    let calls = rows
        .iter()
        .zip(&columns[title].places)
        .filter(|(row, at)| {
            at.and_then(|at| sight.link_of(at, row))
                .is_some_and(|link| sight.call(link).is_some())
        })
        .count();
    if there * different > 0.4 || calls * 2 > rows.len() {
        return None;
    }
    let scored = (0..columns.len()).filter(|nth| *nth != title).filter_map(|nth| {
        let first = columns[nth].places.iter().flatten().next().copied()?;
        if sight.outline.spot(first).tag != "a" || columns[nth].path.is_none() && group.tag != "a" {
            return None;
        }
        let (there, different) = leads(sight, rows, &columns[nth].places);
        let mut score = 3.0 * there + 3.0 * different;
        score += match topics[nth] {
            Some(Topic::Author | Topic::Category | Topic::Views) => -2.0,
            Some(Topic::Files) => -0.5,
            Some(Topic::Title) => 1.0,
            _ => 0.0,
        };
        score += 0.7 * facts[nth].rows as f64 / rows.len().max(1) as f64 + uniform(sight, &columns[nth], rows);
        // A link to the list's own program is more often one to another view of the list.
        let own = rows
            .iter()
            .zip(&columns[nth].places)
            .find_map(|(row, at)| sight.target(sight.link_of((*at)?, row)?));
        score -= if own.is_some_and(|target| target.path() == sight.page.path()) {
            0.6
        } else {
            0.0
        };
        (there > 0.3 && different > 0.5).then_some((nth, score))
    });
    best(scored).map(|(nth, _)| nth)
}

/// The share of rows that lead somewhere from a column, and that of different places among these.
fn leads(sight: &Sight<'_, '_>, rows: &[Range<usize>], places: &[Option<usize>]) -> (f64, f64) {
    let targets: Vec<_> = rows
        .iter()
        .zip(places)
        .filter_map(|(row, at)| sight.target(sight.link_of((*at)?, row)?))
        .collect();
    let different: HashSet<&str> = targets.iter().map(|url| url.as_str()).collect();
    (
        targets.len() as f64 / rows.len().max(1) as f64,
        different.len() as f64 / targets.len().max(1) as f64,
    )
}

/// How far the links of a column lead to one kind of place: the same address but for what varies.
fn uniform(sight: &Sight<'_, '_>, column: &Column, rows: &[Range<usize>]) -> f64 {
    let mut shapes: HashMap<String, usize> = HashMap::new();
    for (row, at) in rows.iter().zip(&column.places) {
        let Some(url) = at.and_then(|at| sight.target(sight.link_of(at, row)?)) else {
            continue;
        };
        let path = url.path();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let folder: String = folder.chars().filter(|c| !c.is_ascii_digit()).collect();
        *shapes.entry(format!("{folder} {ending}")).or_default() += 1;
    }
    let all: usize = shapes.values().sum();
    shapes.values().max().copied().unwrap_or(0) as f64 / all.max(1) as f64
}

/// The columns whose names say what they are, and whose texts don't gainsay it.
fn named(
    columns: &[Column],
    facts: &[Facts],
    topics: &[Option<Topic>],
    title: usize,
    date: Option<usize>,
) -> Vec<(Topic, usize)> {
    let mut named: Vec<(Topic, usize)> = Vec::new();
    for (nth, topic) in topics.iter().enumerate() {
        let Some(topic) = *topic else { continue };
        let facts = &facts[nth];
        if nth == title
            || Some(nth) == date
            || columns[nth].path.is_none()
            || named.iter().any(|(known, _)| *known == topic)
        {
            continue;
        }
        let fits = match topic {
            Topic::Views => facts.dated < 0.2 && facts.chars <= 24.0 && facts.coverage > 0.5,
            Topic::Author => {
                facts.numeric < 0.3
                    && facts.dated < 0.2
                    && facts.chars <= 40.0
                    && facts.chars >= 2.0
                    && facts.generic < 0.3
            }
            Topic::Category => facts.numeric < 0.3 && facts.dated < 0.2 && facts.chars <= 30.0 && facts.distinct < 0.8,
            _ => false,
        };
        if fits {
            named.push((topic, nth));
        }
    }
    named
}
