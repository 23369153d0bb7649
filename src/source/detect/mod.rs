//! Finds the notices on a page that nobody prepared the program for, and says how to read them: as an ordinary source.
//!
//! The page is laid out flat; what is repeated on it are the candidates; in each the columns are lined up and given roles;
//! the candidate that is most like a list of notices is written down as rules. What is answered is what those rules read, so
//! that it works when it is pasted into a configuration.
//!
//! Pure, like all of `source`. Knows the shapes of lists and the words of many languages; knows no site.

mod candidates;
mod columns;
mod confidence;
mod headings;
mod path;
mod place;
mod roles;
mod score;
mod scripts;
mod selectors;
mod sight;
mod words;
mod written;

use jiff::tz::TimeZone;

use candidates::Group;
use roles::Roles;
use score::Score;
use sight::Sight;

use super::{
    Believed, Kind, Page, Source, SourceMeta, Unreadable, believe,
    board::{self, decoded},
    dom::{Doc, Outline},
};
use crate::notice::SourceId;

/// Most candidates that are looked at closely.
const MAX_CLOSE: usize = 30;

/// Most candidates that are read.
const MAX_READ: usize = 3;

/// From this confidence on, nobody has to look at the second best guess.
pub const SURE: f64 = 0.6;

/// A way to read a page.
#[derive(Clone, Debug)]
pub struct Guess {
    /// The source that reads it.
    pub source: Source,
    /// What the page says of itself.
    pub meta: SourceMeta,
    /// What the source reads there.
    pub believed: Believed,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// What an admin should know or fill in.
    pub notes: Vec<String>,
}

/// The ways to read `page` as a list of notices, best first; a second only where the first is not [`SURE`].
///
/// # Errors
///
/// [`Unreadable`] when nothing on the page is like a list of notices.
pub fn detect(page: &Page, id: &SourceId) -> Result<Vec<Guess>, Unreadable> {
    let html = decoded(page);
    let doc = Doc::parse(&html);
    let outline = Outline::of(&doc);
    if outline.is_empty() {
        return Err(Unreadable("the page is empty".to_owned()));
    }
    let (language, zone) = place::of(page, &doc, outline.text(0));
    let base = doc.base(&page.url);
    let sight = Sight::new(&outline, (&zone, language.as_deref(), page.at), (&base, &page.url));
    let groups = close(&sight);
    let mut seen: Vec<Seen> = groups.iter().filter_map(|group| look(&sight, group.clone())).collect();
    let led: Vec<Seen> = seen.iter().filter_map(|seen| led(&sight, seen)).collect();
    seen.extend(led);
    seen.sort_by(|a, b| b.total.total_cmp(&a.total));
    if let Some(best) = seen.first()
        && let Some(whole) = whole(&sight, best, &groups)
    {
        seen.insert(0, whole);
    }
    if std::env::var_os("DETECT_DEBUG").is_some() {
        for Seen { total, group, roles, score } in seen.iter().take(8) {
            if std::env::var_os("DETECT_COLUMNS").is_some() {
                for (nth, column) in roles.columns.iter().enumerate() {
                    eprintln!("    {} {:?} {:?}", column.path.as_ref().map(ToString::to_string).unwrap_or_default(), column.heading, roles.facts[nth]);
                }
            }
            let name = |nth: usize| roles.columns[nth].path.as_ref().map(ToString::to_string).unwrap_or(".".into());
            eprintln!("{total:.2} {} {:?} run={} n={} title={} {:.1} date={:?} link={:?} | {score:?} | {:?}", group.tag, group.class, group.runs_on, group.rows.len(),
                name(roles.title), roles.title_score, roles.date.map(name), roles.link.map(name), outline.text_of(&group.rows[0]).chars().take(80).collect::<String>());
        }
    }
    let mut guesses: Vec<Guess> = Vec::new();
    let runner_up = seen.get(1).map_or(0.0, |seen| seen.total);
    for Seen { total, group, roles, score } in &seen {
        if guesses.len() >= MAX_READ {
            break;
        }
        let Some(mut rules) = written::rules(&sight, group, roles) else { continue };
        let mut notes = Vec::new();
        if let Some(click) = scripts::click(&doc, &sight, group, roles) {
            written::click(&mut rules, click, &mut notes);
        }
        // Reading rows that run on rearranges the page; the others can share it.
        let parsed = match rules.runs_on {
            true => board::parse(&rules, page),
            false => board::read(&rules, page, &html, &doc),
        };
        let Ok(parsed) = parsed else { continue };
        let source = source(page, id, &doc, rules, language.as_deref(), &zone);
        let meta = parsed.meta.clone();
        let believed = believe(&source, page, parsed);
        if believed.notices.is_empty() || guesses.iter().any(|known| alike(&known.believed, &believed)) {
            continue;
        }
        let confidence = confidence::of(&believed, score, *total, if guesses.is_empty() { runner_up } else { *total });
        guesses.push(Guess {
            source,
            meta,
            believed,
            confidence,
            notes,
        });
        if guesses.first().is_some_and(|best| best.confidence >= SURE) {
            break;
        }
    }
    if guesses.is_empty() {
        return Err(Unreadable(format!("no list of notices was found on {}", page.url)));
    }
    guesses.truncate(2);
    Ok(guesses)
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
    let dates = (1..seen.roles.columns.len()).filter(|nth| some(seen.roles.facts[*nth].coverage)).filter(dated);
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
                .filter(|row| (*row).clone().take(60).any(|at| outline.spot(at).tag == "a" || outline.spot(at).element.attr("onclick").is_some()))
                .count();
            let digits = rows.iter().filter(|row| outline.text_of(row).bytes().take(600).filter(u8::is_ascii_digit).count() >= 3).count();
            if long == 0 || linked == 0 {
                return None;
            }
            let share = |count: usize| count as f64 / rows.len() as f64;
            let worth = (group.rows.len() as f64).min(60.0).sqrt() * share(long) * (0.1 + share(linked)) * (0.25 + share(digits));
            Some((worth, group))
        })
        .collect();
    groups.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    groups.truncate(MAX_CLOSE);
    groups.into_iter().map(|(_, group)| group).collect()
}

fn source(page: &Page, id: &SourceId, doc: &Doc, rules: board::Rules, language: Option<&str>, zone: &TimeZone) -> Source {
    Source {
        id: id.clone(),
        name: super::believe::one_line(&doc.title().unwrap_or_else(|| page.url.host_str().unwrap_or("source").to_owned()), 100),
        url: page.url.clone(),
        kind: Kind::Board(rules),
        language: language.map(str::to_owned),
        zone: zone.clone(),
        tags: Vec::new(),
        article: None,
    }
}

/// Whether two guesses read mostly the same notices.
fn alike(one: &Believed, other: &Believed) -> bool {
    let shared = one.notices.iter().filter(|notice| other.notices.iter().any(|same| same.id == notice.id || same.title == notice.title)).count();
    shared * 2 > one.notices.len().min(other.notices.len())
}
