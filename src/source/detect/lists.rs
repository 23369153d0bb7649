//! The list of notices on an HTML page: candidates, roles, score, rules; and what those rules read.

use std::sync::Arc;

use jiff::tz::TimeZone;
use url::Url;

use super::{
    Guess, SURE,
    candidates::{self, Group},
    columns, confidence, place,
    roles::{self, Roles},
    score::{self, Score},
    scripts,
    sight::Sight,
    written,
};
use crate::{
    notice::SourceId,
    source::{
        Believed, Kind, Page, Parsed, Source, believe,
        believe::media_type,
        board,
        dom::{Doc, Outline},
    },
};

/// Most candidates that are looked at closely.
const MAX_CLOSE: usize = 30;

/// Most candidates that are read; more than one only where the best is not sure.
const MAX_READ: usize = 8;

/// The ways to read `doc`, which is `html`, which `page` holds; best first.
pub(super) fn guesses(page: &Page, id: &SourceId, html: &str, doc: &Doc) -> Vec<Guess> {
    let outline = Outline::of(doc);
    if outline.is_empty() {
        return Vec::new();
    }
    let (language, zone) = place::of(page, doc, outline.text(0));
    let base = doc.base(&page.url);
    let sight = Sight::new(&outline, (&zone, language.as_deref(), page.at), (&base, &page.url));
    let seen = ranked(&sight);
    let runner_up = seen.get(1).map_or(0.0, |seen| seen.total);
    let mut guesses: Vec<Guess> = Vec::new();
    for seen in seen.iter().take(MAX_READ).filter(|seen| seen.score.is_likely()) {
        let Some((rules, notes)) = rules(page, doc, &sight, seen) else {
            continue;
        };
        // Reading rows that run on rearranges the page; the others can share it.
        let parsed = match rules.runs_on {
            true => board::parse(&rules, page),
            false => board::read(&rules, page, html, doc),
        };
        let Ok(parsed) = parsed else { continue };
        let mut source = source(page, id, doc, rules, language.as_deref(), &zone);
        let meta = parsed.meta.clone();
        let believed = believe(&source, page, parsed);
        source.article = leads_to_pages(&believed).then(Arc::default);
        if believed.notices.is_empty() || guesses.iter().any(|known| alike(&known.believed, &believed)) {
            continue;
        }
        let rival = if guesses.is_empty() { runner_up } else { seen.total };
        guesses.push(Guess {
            confidence: confidence::of(&believed, &seen.score, seen.total, rival),
            source,
            meta,
            believed,
            notes,
        });
        if guesses[0].confidence >= SURE || guesses.len() == 2 {
            break;
        }
    }
    guesses
}

/// The candidates, most like a list of notices first.
fn ranked(sight: &Sight<'_, '_>) -> Vec<Seen> {
    let groups = close(sight);
    let mut seen: Vec<Seen> = groups.iter().filter_map(|group| look(sight, group.clone())).collect();
    let led: Vec<Seen> = seen.iter().filter_map(|seen| led(sight, seen)).collect();
    seen.extend(led);
    seen.sort_by(|a, b| b.total.total_cmp(&a.total));
    if let Some(best) = seen.first()
        && let Some(whole) = whole(sight, best, &groups)
    {
        seen.insert(0, whole);
    }
    seen
}

/// The rules that read a candidate, and what an admin should know of them.
fn rules(page: &Page, doc: &Doc, sight: &Sight<'_, '_>, seen: &Seen) -> Option<(board::Rules, Vec<String>)> {
    let mut rules = written::rules(sight, &seen.group, &seen.roles)?;
    let mut notes = Vec::new();
    if let Some(click) = scripts::click(doc, sight, &seen.group, &seen.roles) {
        written::click(&mut rules, click, &mut notes);
    }
    if let Some(flat) = written::flat(sight, &seen.group, &seen.roles, &rules)
        && let Ok(parsed) = board::parse(&flat, page)
        && titles(&parsed)
    {
        rules = flat;
    }
    Some((rules, notes))
}

/// A group that was looked at closely.
struct Seen {
    group: Group,
    roles: Roles,
    score: Score,
    total: f64,
}

fn look(sight: &Sight<'_, '_>, group: Group) -> Option<Seen> {
    let roles = roles::roles(sight, &group)?;
    let score = score::score(sight, &group, &roles);
    Some(Seen {
        total: score.total(),
        group,
        roles,
        score,
    })
}

/// The group again, with rows that run on: where titles and dates stand in different rows, several make one entry.
fn led(sight: &Sight<'_, '_>, seen: &Seen) -> Option<Seen> {
    let rows = seen.group.rows.len();
    let some = |coverage: f64| coverage * rows as f64 > 2.5 && (0.1..0.7).contains(&coverage);
    let dated = |nth: &usize| seen.roles.facts[*nth].pure_dates > 0.5 || seen.roles.facts[*nth].dated > 0.8;
    let dates = (1..seen.roles.columns.len())
        .filter(|nth| some(seen.roles.facts[*nth].coverage))
        .filter(dated);
    dates
        .take(4)
        .filter_map(|nth| candidates::led_by(sight.outline, &seen.group, seen.roles.columns[nth].path.as_ref()?))
        .filter_map(|group| look(sight, group))
        .max_by(|a, b| a.total.total_cmp(&b.total))
}

/// The group together with others near it whose rows read the same: a list that is cut into several.
fn whole(sight: &Sight<'_, '_>, best: &Seen, groups: &[Group]) -> Option<Seen> {
    let reads = |group: &Group, nth: usize| {
        let path = best.roles.columns[nth].path.as_ref();
        let dated = Some(nth) == best.roles.date;
        let rows = columns::sample(&group.rows, columns::MAX_ROWS);
        let found = rows.iter().filter(|row| {
            let inside = row.start + usize::from(!group.runs_on)..row.end;
            let at = path.map_or(Some(row.start), |path| path.first(sight.outline, &inside));
            at.is_some_and(|at| !dated || sight.date(at).is_some())
        });
        found.count() * 5 >= rows.len() * 4
    };
    let fits = |group: &Group| reads(group, best.roles.title) && best.roles.date.is_some_and(|date| reads(group, date));
    let group = candidates::merged(sight.outline, &best.group, groups.iter(), fits)?;
    // The parts may stand further apart than those of one list do; that they read the same outweighs it.
    look(sight, group).filter(|whole| whole.total > 0.7 * best.total)
}

/// The groups that are worth a closer look: cheap to tell, and generous.
fn close(sight: &Sight<'_, '_>) -> Vec<Group> {
    let outline = sight.outline;
    let mut groups: Vec<(f64, Group)> = candidates::groups(outline)
        .into_iter()
        .filter_map(|group| {
            let rows = columns::sample(&group.rows, 12);
            let long = rows.iter().filter(|row| outline.text_of(row).len() >= 8).count();
            let linked = rows
                .iter()
                .filter(|row| {
                    (*row)
                        .clone()
                        .take(60)
                        .any(|at| outline.spot(at).tag == "a" || outline.spot(at).element.attr("onclick").is_some())
                })
                .count();
            let digits = rows
                .iter()
                .filter(|row| {
                    outline
                        .text_of(row)
                        .bytes()
                        .take(600)
                        .filter(u8::is_ascii_digit)
                        .count()
                        >= 3
                })
                .count();
            if long == 0 || linked == 0 {
                return None;
            }
            let share = |count: usize| count as f64 / rows.len() as f64;
            let worth = (group.rows.len() as f64).min(60.0).sqrt()
                * share(long)
                * (0.1 + share(linked))
                * (0.25 + share(digits));
            Some((worth, group))
        })
        .collect();
    groups.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    groups.truncate(MAX_CLOSE);
    groups.into_iter().map(|(_, group)| group).collect()
}

fn source(
    page: &Page,
    id: &SourceId,
    doc: &Doc,
    rules: board::Rules,
    language: Option<&str>,
    zone: &TimeZone,
) -> Source {
    Source {
        id: id.clone(),
        name: crate::source::believe::one_line(
            &doc.title()
                .unwrap_or_else(|| page.url.host_str().unwrap_or("source").to_owned()),
            100,
        ),
        url: page.url.clone(),
        kind: Kind::Board(rules.into()),
        language: language.map(str::to_owned),
        zone: zone.clone(),
        tags: Vec::new(),
        article: None,
    }
}

/// Whether most notices have a page of their own to be followed to, and not just a file.
fn leads_to_pages(believed: &Believed) -> bool {
    let is_page = |link: &Url| {
        let last = link.path_segments().and_then(|mut segments| segments.next_back());
        media_type(last.unwrap_or_default()).is_none_or(|told| told == "text/html")
    };
    let links = believed.notices.iter().filter_map(|notice| notice.link.as_ref());
    2 * links.filter(|link| is_page(link)).count() > believed.notices.len()
}

/// Whether what was read for titles can be titles: different from each other and neither long nor short.
fn titles(parsed: &Parsed) -> bool {
    let titles: Vec<&str> = parsed
        .drafts
        .iter()
        .filter_map(|draft| draft.title.as_deref())
        .collect();
    let different: std::collections::HashSet<&str> = titles.iter().copied().collect();
    let sound = titles
        .iter()
        .filter(|title| (6..200).contains(&title.chars().count()) && title.chars().any(char::is_alphabetic));
    titles.len() > 2 && different.len() * 5 >= titles.len() * 4 && sound.count() * 10 >= titles.len() * 9
}

/// Whether two guesses read mostly the same notices.
fn alike(one: &Believed, other: &Believed) -> bool {
    let shared = one
        .notices
        .iter()
        .filter(|notice| {
            other
                .notices
                .iter()
                .any(|same| same.id == notice.id || same.title == notice.title)
        })
        .count();
    shared * 2 > one.notices.len().max(other.notices.len())
}
