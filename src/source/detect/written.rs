//! What was seen of a group, written down as the rules of a board.

use super::{
    candidates::Group,
    columns,
    path::{Path, Step},
    roles::Roles,
    scripts::Click,
    selectors,
    sight::Sight,
    words::{self, Topic},
};
use crate::source::{board::Rules, dom::Css, pick::Field};

/// The rules that read the group; `None` when its rows can't be selected.
pub(super) fn rules(sight: &Sight<'_, '_>, group: &Group, roles: &Roles) -> Option<Rules> {
    let title = field(roles, roles.title, None)?;
    let kept = entries(sight, group, roles);
    let row = selectors::rows(sight.outline, group, &kept, &conditions(roles))?;
    let mut rules = Rules::new(row, title);
    rules.runs_on = group.runs_on;
    rules.link = roles.link.and_then(|nth| field(roles, nth, Some("href")));
    rules.date = roles.date.and_then(|nth| {
        let attr = dated_attribute(sight, group, roles, nth);
        field(roles, nth, attr)
    });
    if let Some(parts) = roles.date_parts {
        let path = |nth: usize| roles.columns[nth].path.as_ref().map(ToString::to_string);
        let both: Option<Vec<String>> = parts.into_iter().map(path).collect();
        rules.date = both.and_then(|both| both.join(", ").parse().ok());
    }
    rules.date_above.clone_from(&roles.date_above);
    for (topic, nth) in &roles.named {
        let read = field(roles, *nth, None);
        match topic {
            Topic::Author => rules.author = read,
            Topic::Views => rules.views = read,
            Topic::Category => rules.category = read,
            _ => {}
        }
    }
    rules.title_without = decorations(sight, group, roles);
    rules.pinned = pinned(sight, group, roles);
    Some(rules)
}

/// Adds what a click does to the rules; without an address the rows are told apart by what it says all the same.
pub(super) fn click(rules: &mut Rules, click: Click, notes: &mut Vec<String>) {
    notes.push(click.note);
    match (click.template, click.link) {
        (None, Some(link)) => rules.id = Some(link),
        (template, link) => {
            rules.link_template = template;
            rules.link = link.or(rules.link.take());
        }
    }
}

/// The rules again for rows of plain text, whose link is but a number or a file's name: the title is what stands behind the
/// date on its line.
pub(super) fn flat(sight: &Sight<'_, '_>, group: &Group, roles: &Roles, rules: &Rules) -> Option<Rules> {
    let facts = &roles.facts[roles.title];
    let says_little = facts.codes > 0.5 || facts.generic > 0.5 || facts.wordings < 0.3;
    let whole_row = roles.columns[roles.title].path.is_none();
    if !group.runs_on || !(says_little || whole_row) {
        return None;
    }
    let text = sight.outline.text_of(group.rows.get(group.rows.len() / 2)?);
    let head: String = text.chars().take(200).collect();
    let found = crate::source::dates::find(&head, sight.zone, sight.language, sight.at)?;
    let date = shape(head.get(found.range)?);

    Some(Rules {
        title: Field::new(None, None),
        title_pattern: Some(format!("(?m){date}[ :;,–—|-]+([^ ].*)$").parse().ok()?),
        title_without: None,
        link: rules
            .link
            .clone()
            .or_else(|| field(roles, roles.title, Some("href")).filter(|_| !whole_row)),
        ..rules.clone()
    })
}

/// A pattern of texts that are written like `date`.
fn shape(date: &str) -> String {
    let mut shape = String::new();
    for c in date.chars() {
        let class = match c {
            c if c.is_ascii_digit() => "[0-9]+",
            c if c.is_alphabetic() => "\\p{L}+",
            c if c.is_whitespace() => " +",
            c => {
                shape.push_str(&regex::escape(&c.to_string()));
                continue;
            }
        };
        if !shape.ends_with(class) {
            shape.push_str(class);
        }
    }
    shape
}

/// Which rows are entries: they have a title, and a link or a date where nearly all others do.
fn entries(sight: &Sight<'_, '_>, group: &Group, roles: &Roles) -> Vec<bool> {
    let outline = sight.outline;
    let seen: Vec<(bool, bool)> = group
        .rows
        .iter()
        .map(|row| {
            let inside = row.start + usize::from(!group.runs_on)..row.end;
            let at = |nth: usize| match &roles.columns[nth].path {
                Some(path) => path.first(outline, &inside),
                None => Some(row.start),
            };
            let leads = at(roles.link.unwrap_or(roles.title))
                .and_then(|at| sight.link_of(at, row))
                .is_some_and(|link| sight.target(link).is_some());
            let dated = roles.date.and_then(at).is_some_and(|at| sight.date(at).is_some());
            let titled = at(roles.title).is_some_and(|at| !outline.text(at).is_empty() || outline.spot(at).tag == "a");
            (titled, leads || dated)
        })
        .collect();
    let sound = seen.iter().filter(|(titled, told)| *titled && *told).count();
    let titled = seen.iter().filter(|(titled, _)| *titled).count();
    let strict = sound * 10 >= titled * 7;
    seen.into_iter()
        .map(|(titled, told)| titled && (told || !strict))
        .collect()
}

/// What tells entries from headings and paging among them, best first.
fn conditions(roles: &Roles) -> Vec<String> {
    let path = |nth: usize| roles.columns[nth].path.as_ref().map(|path| format!(":has({path})"));
    let mut conditions: Vec<String> = [":has(a)".to_owned()].into();
    conditions.extend(path(roles.title));
    conditions.extend(roles.link.and_then(path));
    conditions.extend(roles.date.and_then(path));
    let single = conditions.clone();
    for (nth, one) in single.iter().enumerate() {
        conditions.extend(single.iter().skip(nth + 1).map(|other| format!("{one}{other}")));
    }
    for beside in [
        ":not(:has(table))",
        ":not(:has(th))",
        ":not(:first-child)",
        ":not(:last-child)",
        ":has(a):not(:last-child)",
        ":has(a):not(:has(table))",
    ] {
        conditions.push(beside.to_owned());
    }
    conditions
}

fn field(roles: &Roles, nth: usize, attr: Option<&str>) -> Option<Field> {
    let css = match &roles.columns[nth].path {
        Some(path) => Some(path.to_string().parse::<Css>().ok()?),
        None => None,
    };
    Some(Field::new(css, attr.map(str::to_owned)))
}

/// The attribute that has the date in full where the text has only a part of it.
fn dated_attribute(sight: &Sight<'_, '_>, group: &Group, roles: &Roles, nth: usize) -> Option<&'static str> {
    if roles.facts[nth].years > 0.5 || group.rows.is_empty() {
        return None;
    }
    let places: Vec<usize> = roles.columns[nth].places.iter().flatten().copied().take(20).collect();
    ["datetime", "title", "content", "data-date", "data-time"]
        .into_iter()
        .find(|name| {
            let dated = places.iter().filter(|at| {
                let value = sight.outline.spot(**at).element.attr(name);
                value
                    .and_then(|value| sight.date_in(&value))
                    .is_some_and(|date| date.has_year)
            });
            dated.count() * 5 >= places.len() * 4 && !places.is_empty()
        })
}

/// Elements inside the titles that decorate them: what many have and few differ in.
fn decorations(sight: &Sight<'_, '_>, group: &Group, roles: &Roles) -> Option<Css> {
    let outline = sight.outline;
    let places: Vec<usize> = roles.columns[roles.title].places.iter().flatten().copied().collect();
    let rows = columns::sample(&group.rows, columns::MAX_ROWS);
    let mut found: Vec<(Step, Vec<String>, usize)> = Vec::new();
    for (at, _) in places.iter().zip(&rows) {
        let whole = outline.text(*at);
        for inside in at + 1..outline.spot(*at).end.min(at + 20) {
            let (spot, text) = (outline.spot(inside), outline.text(inside));
            if text.is_empty() || text.chars().count() * 2 > whole.chars().count() {
                continue;
            }
            let class = spot
                .classes
                .iter()
                .find(|class| words::is_decoration(class))
                .or(spot.classes.first());
            let step = match class {
                Some(class) => Step::class(&spot.tag, class),
                None => Step::tag(&spot.tag),
            };
            match found.iter().position(|(known, _, _)| *known == step) {
                Some(nth) => {
                    let (_, texts, count) = &mut found[nth];
                    *count += 1;
                    if !texts.iter().any(|known| known == text) && texts.len() < 40 {
                        texts.push(text.to_owned());
                    }
                }
                None if found.len() < 20 => found.push((step, vec![text.to_owned()], 1)),
                None => {}
            }
        }
    }
    let decorates = |(step, texts, count): &(Step, Vec<String>, usize)| {
        let named = step.class.as_deref().is_some_and(words::is_decoration);
        let is_count = texts.iter().all(|text| is_count(text));
        let is_badge = texts
            .iter()
            .all(|text| text.chars().count() <= 4 || words::is_pin(text));
        let repeats = texts.len() * 3 <= *count && *count >= 3;
        let dates = texts
            .iter()
            .all(|text| sight.date_in(text).is_some_and(|date| date.pure));
        // "PDF - 2.6 MB - 03/03/2025" behind the title of a file.
        let detail = texts
            .iter()
            .all(|text| text.chars().count() <= 40 && sight.date_in(text).is_some());
        let dated_elsewhere = roles.date.is_some();
        named && (repeats || is_count || is_badge || texts.iter().all(|text| text.chars().count() <= 12))
            || is_count && *count >= 1
            || texts.iter().all(|text| words::is_badge(text))
            || repeats && *count * 10 >= places.len() * 3
            || (dates || detail) && dated_elsewhere
    };
    // A selector that also finds the title itself decorates nothing; a date is no title.
    let is_most = |inside: usize, whole: usize| {
        !sight.date(inside).is_some_and(|date| date.pure)
            && outline.text(inside).chars().count() * 2 > outline.text(whole).chars().count()
    };
    let finds_title = |step: &Step| {
        places.iter().any(|at| {
            (at + 1..outline.spot(*at).end.min(at + 20))
                .any(|inside| step.selects(outline, inside) && is_most(inside, *at))
        })
    };
    let steps: Vec<String> = found
        .iter()
        .filter(|one| decorates(one) && !finds_title(&one.0))
        .map(|(step, _, _)| step.to_string())
        .collect();
    match steps.is_empty() {
        true => None,
        false => steps.join(", ").parse().ok(),
    }
}

/// A count of comments: "[3]", "(12)", "+4".
fn is_count(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (1..=4).contains(&digits)
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '+' | ' ' | '{' | '}' | ','))
        && !text.bytes().all(|b| b.is_ascii_digit())
}

/// What only the rows have that are kept on top.
fn pinned(sight: &Sight<'_, '_>, group: &Group, roles: &Roles) -> Option<Field> {
    let outline = sight.outline;
    let rows: Vec<usize> = group.rows.iter().map(|row| row.start).collect();
    let some = |count: usize| count > 0 && count * 10 <= rows.len() * 9;
    // A class of the row itself.
    let classes = rows.iter().flat_map(|at| outline.spot(*at).classes.iter());
    let of_row = classes.filter(|class| words::is_pin_class(class)).find(|class| {
        some(
            rows.iter()
                .filter(|at| outline.spot(**at).classes.contains(class))
                .count(),
        )
    });
    if let (Some(class), false) = (of_row, group.runs_on) {
        return Step::class(&group.tag, class).to_string().parse().ok();
    }
    // A word where others have a number, or a picture of that name.
    roles.columns.iter().find_map(|column| {
        let path = column.path.as_ref()?;
        let texts: Vec<(usize, String)> = column
            .places
            .iter()
            .flatten()
            .map(|at| {
                let text = outline.text(*at);
                let picture = || {
                    let inside = (*at..outline.spot(*at).end).take(4);
                    inside
                        .filter_map(|at| outline.spot(at).element.attr("alt"))
                        .next()
                        .unwrap_or_default()
                };
                (*at, if text.is_empty() { picture() } else { text.to_owned() })
            })
            .collect();
        let pins: Vec<usize> = texts
            .iter()
            .filter(|(_, text)| words::is_pin(text))
            .map(|(at, _)| *at)
            .collect();
        if !some(pins.len()) || column.heading.as_deref().and_then(words::of_heading) == Some(Topic::Category) {
            return None;
        }
        // An element that the others lack.
        let only_there = pins.len() == texts.len();
        if only_there {
            return path.to_string().parse().ok();
        }
        let inner = outline.spot(pins[0]);
        let inside = pins[0] + 1..inner.end;
        let mark = inside.clone().find_map(|at| {
            let spot = outline.spot(at);
            let step = spot
                .classes
                .first()
                .map(|class| Step::class(&spot.tag, class))
                .unwrap_or_else(|| Step::tag(&spot.tag));
            let marks = Path::of(step.clone());
            let others = texts.iter().filter(|(at, _)| !pins.contains(at));
            let mut others = others.filter(|(at, _)| marks.first(outline, &(*at..outline.spot(*at).end)).is_some());
            others.next().is_none().then_some(step)
        });
        let own = inner.classes.iter().find(|class| {
            texts
                .iter()
                .all(|(at, _)| pins.contains(at) == outline.spot(*at).classes.contains(class))
        });
        match (mark, own) {
            (Some(step), _) => format!("{path} {step}").parse().ok(),
            (None, Some(class)) => Step::class(&inner.tag, class).to_string().parse().ok(),
            (None, None) => {
                let word = outline.text(pins[0]);
                let same =
                    pins.iter().all(|at| outline.text(*at) == word) && !word.is_empty() && !word.contains(['"', '\\']);
                same.then(|| format!("{path}:contains(\"{word}\")").parse().ok())
                    .flatten()
            }
        }
    })
}
