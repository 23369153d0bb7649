//! Which of a page's texts is the notice's title.
//!
//! Every short text that could be one gathers evidence: what the page says to machines, what the list said, headings, class
//! names, labels, and the metadata that stands behind a title. What is also an entry of the menu is the section's name.

use std::collections::HashSet;

use super::{
    facts::Fact,
    machine::Machine,
    outline::Outline,
    words::{self, Label},
};

/// Most letters of a title.
const MAX_LETTERS: usize = 400;

/// What is taken for the title where nothing better is told.
const LITTLE: f64 = 1.5;

/// How many elements behind a section's name the title stands at most.
const NEAR: usize = 80;

/// Most letters of a section's name.
const SHORT: usize = 24;

/// What a text must reach to be taken for the title.
const ENOUGH: f64 = 3.0;

/// A title.
#[derive(Clone, Debug)]
pub(super) struct Title {
    /// What it says.
    pub(super) text: String,
    /// Its element, when the page shows it.
    pub(super) at: Option<usize>,
    /// The evidence.
    pub(super) score: f64,
}

/// What a title is judged by.
pub(super) struct Evidence<'e> {
    /// The page, flat.
    pub(super) outline: &'e Outline<'e>,
    /// What stands around the notice.
    pub(super) around: &'e [bool],
    /// Labels and values.
    pub(super) facts: &'e [Fact],
    /// Where dates stand alone, in bytes.
    pub(super) dates: &'e [usize],
    /// What the page says to machines.
    pub(super) machine: &'e Machine,
    /// What the list called it.
    pub(super) known: Option<&'e str>,
}

/// What all candidates of a page are held against.
struct Setting {
    machine: Segments,
    /// What the menus lead to.
    menu: HashSet<String>,
    /// The first-level heading, when there is just one.
    only_h1: Option<usize>,
}

/// The title of a page.
pub(super) fn judge(evidence: &Evidence<'_>) -> Option<Title> {
    let setting = Setting {
        machine: Segments::of(evidence.machine),
        menu: menu(evidence.outline, evidence.around),
        only_h1: only_h1(evidence),
    };
    let machine = &setting.machine;
    let mut best: Option<Title> = None;
    for at in 1..evidence.outline.nodes.len() {
        let node = &evidence.outline.nodes[at];
        let parent = &evidence.outline.nodes[node.parent];
        let is_whole = node.parent == 0 || parent.letters != node.letters;
        // A heading beside the breadcrumb may be the title all the same.
        let is_heading =
            chain(evidence.outline, at).any(|at| matches!(evidence.outline.nodes[at].tag.as_str(), "h1" | "h2" | "h3"));
        let is_around =
            evidence.around[at] && !(is_heading && machine.agreement(&squeezed(&evidence.outline.text(at))) >= 2.0);
        if is_around || !(2..=MAX_LETTERS).contains(&node.letters) || node.span.len() > 2_000 || !is_whole {
            continue;
        }
        let text = without_category(evidence.outline, at);
        let (text, is_labelled) = match words::labelled(&text) {
            Some((Label::Title, value)) if !value.is_empty() => (value.to_owned(), true),
            _ => (text, false),
        };
        let mut score = score(evidence, &setting, at, &text);
        if is_labelled {
            score += 9.0;
        }
        if score >= LITTLE && best.as_ref().is_none_or(|best| score > best.score) {
            best = Some(Title {
                text,
                at: Some(at),
                score,
            });
        }
    }
    let told = machine.likeliest();
    // Little is better than the name of the section, or nothing.
    let enough = match &told {
        Some(told) if !words::names_section(told) => ENOUGH,
        _ => LITTLE,
    };
    let best = best.filter(|title| title.score >= enough).map(|title| Title {
        text: machine.trimmed(&title.text).unwrap_or(title.text),
        ..title
    });
    best.or_else(|| {
        Some(Title {
            text: told?,
            at: None,
            score: 1.0,
        })
    })
}

/// The text of an element, less the category that a heading may begin with.
fn without_category(outline: &Outline<'_>, at: usize) -> String {
    let node = &outline.nodes[at];
    let inside = (at + 1..node.end).map(|inside| &outline.nodes[inside]);
    let category = inside
        .take_while(|inside| outline.line(node.span.start..inside.span.start).is_empty())
        .find(|first| first.letters > 0 && first.letters + 2 <= node.letters && first.is_marked(words::CATEGORY));
    let from = category.map_or(node.span.start, |category| category.span.end);
    outline.line(from..node.span.end)
}

fn score(evidence: &Evidence<'_>, setting: &Setting, at: usize, text: &str) -> f64 {
    let outline = evidence.outline;
    let bare = squeezed(text);
    if bare.is_empty()
        || words::label(text).is_some()
        || words::ending(text).is_some()
        || crate::source::dates::looks_like_date(text)
    {
        return 0.0;
    }
    // A menu names the section, which many sites put first into what they tell machines.
    let is_section = setting.menu.contains(&bare) && bare.chars().count() <= 24
        || words::names_section(text)
        || is_above_title(evidence, at);
    let mut score = if is_section {
        0.0
    } else {
        setting.machine.agreement(&bare)
    };
    if setting
        .only_h1
        .is_some_and(|only| chain(outline, at).any(|at| at == only))
    {
        score += 1.5;
    }
    score += chain(outline, at).map(|at| look(outline, at)).sum::<f64>().min(6.0);
    if evidence.known.is_some_and(|known| alike(known, text)) {
        score += 7.0;
    }
    let span = &outline.nodes[at].span;
    let is_value =
        |fact: &&Fact| fact.label == Label::Title && span.start <= fact.value.start && fact.value.end <= span.end + 4;
    if evidence
        .facts
        .iter()
        .any(|fact| is_value(&fact) && squeezed(&outline.line(fact.value.clone())) == bare)
    {
        score += 9.0;
    }
    if score > 0.0 || words::labelled(text).is_none() && is_line(outline, at) {
        score += nearness(evidence, span.start, span.end);
    }
    // A heading that leads to its own page is as good as one that leads nowhere.
    let is_heading = || chain(outline, at).any(|at| matches!(outline.nodes[at].tag.as_str(), "h1" | "h2"));
    let leads_here = is_heading() && !is_section && setting.machine.agreement(&bare) >= 4.0;
    let is_link = outline.nodes[at].in_link || outline.nodes[at].linked * 2 > outline.nodes[at].letters;
    if is_link && !leads_here {
        score -= 3.0;
    }
    if is_section || setting.machine.site.as_ref() == Some(&bare) {
        score -= 4.0;
    }
    if bare.chars().count() < 4 {
        score -= 2.0;
    }
    if outline.nodes[at].letters > 150 {
        score -= 1.5;
    }
    score
}

/// Whether an element is one line of text and no more, long enough to say something.
fn is_line(outline: &Outline<'_>, at: usize) -> bool {
    let node = &outline.nodes[at];
    let line = outline.raw(node.span.clone());
    (8..=120).contains(&node.letters) && node.linked == 0 && !line.trim().contains(['\n', '\t'])
}

/// Whether a short heading stands above a longer one, with no metadata in between: the first names the section.
fn is_above_title(evidence: &Evidence<'_>, at: usize) -> bool {
    let outline = evidence.outline;
    let node = &outline.nodes[at];
    if node.letters > SHORT {
        return false;
    }
    let end = node.span.end;
    // Both are in the page's order.
    let dates = &evidence.dates[evidence.dates.partition_point(|place| *place < end)..];
    let facts = &evidence.facts[evidence.facts.partition_point(|fact| fact.value.start < end)..];
    let titled = facts.iter().take_while(|fact| fact.label == Label::Title).count();
    let next = facts.get(titled).map(|fact| fact.value.start);
    let Some(until) = dates.first().copied().into_iter().chain(next).min() else {
        return false;
    };
    let labelled = facts[..titled].iter().any(|fact| fact.value.start < until);
    let is_title = |other: &usize| {
        let other = &outline.nodes[*other];
        let is_heading = matches!(other.tag.as_str(), "h1" | "h2" | "h3" | "h4") || other.is_marked(words::TITLE);
        is_heading && (end..until).contains(&other.span.start) && other.letters * 2 > node.letters * 3 && !other.in_link
    };
    labelled
        || (node.end..outline.nodes.len())
            .take(NEAR)
            .take_while(|other| outline.nodes[*other].span.start < until)
            .any(|other| is_title(&other) && !evidence.around[other])
}

/// The first-level heading of a page that has just one, as most pages are told to.
fn only_h1(evidence: &Evidence<'_>) -> Option<usize> {
    let nodes = &evidence.outline.nodes;
    let mut all =
        (1..nodes.len()).filter(|at| nodes[*at].tag == "h1" && nodes[*at].letters > 0 && !evidence.around[*at]);
    all.next().filter(|_| all.next().is_none())
}

/// What an element looks like by itself.
fn look(outline: &Outline<'_>, at: usize) -> f64 {
    let node = &outline.nodes[at];
    let by_tag = match node.tag.as_str() {
        "h1" => 3.0,
        "h2" => 2.5,
        "h3" => 2.2,
        "h4" => 1.8,
        "h5" | "h6" => 1.5,
        "strong" | "b" | "center" => 1.0,
        "th" | "caption" => 0.5,
        _ => 0.0,
    };
    let by_mark = if node.is_marked(words::TITLE) { 2.0 } else { 0.0 };
    let by_role = match node.element.attr("itemprop").as_deref() {
        Some("headline" | "name") => 3.0,
        _ => 0.0,
    };
    by_tag + by_mark + by_role
}

/// Metadata stands behind a title, sometimes before it. A date alone says less than a label.
fn nearness(evidence: &Evidence<'_>, start: usize, end: usize) -> f64 {
    let core = |fact: &&Fact| {
        matches!(
            fact.label,
            Label::Published | Label::Date | Label::Views | Label::Author | Label::Department
        )
    };
    let worth = |place: usize| match place {
        place if place >= end && place - end < 60 => 3.0,
        place if place >= end && place - end < 250 => 2.0,
        place if place >= end && place - end < 700 => 1.0,
        place if place < start && start - place < 250 => 1.2,
        _ => 0.0,
    };
    // Both are in the page's order; only what is near is looked at.
    let from = evidence.facts.partition_point(|fact| fact.value.start + 250 < start);
    let near = || {
        evidence.facts[from..]
            .iter()
            .take_while(|fact| fact.value.start < end + 700)
    };
    let facts = near().filter(core).map(|fact| worth(fact.value.start));
    let from = evidence.dates.partition_point(|place| place + 250 < start);
    let dates = evidence.dates[from..].iter().take_while(|place| **place < end + 700);
    let dates = dates.map(|place| worth(*place) * 0.6);
    let labels: HashSet<u8> = near()
        .filter(core)
        .filter(|fact| (end..end + 300).contains(&fact.value.start))
        .map(|fact| fact.label as u8)
        .collect();
    let many = if labels.len() > 1 { 1.5 } else { 0.0 };
    facts.chain(dates).fold(0.0, f64::max) + many
}

/// An element and those in it that hold the same text.
fn chain<'o>(outline: &'o Outline<'_>, at: usize) -> impl Iterator<Item = usize> + 'o {
    let letters = outline.nodes[at].letters;
    std::iter::successors(Some(at), move |at| {
        outline
            .children(*at)
            .find(|child| outline.nodes[*child].letters == letters)
    })
}

/// What the menus link to, and what the way to this page leads over. Where it ends may be the title itself.
fn menu(outline: &Outline<'_>, around: &[bool]) -> HashSet<String> {
    let nodes = || (0..outline.nodes.len()).filter(|at| around[*at] && (1..60).contains(&outline.nodes[*at].letters));
    let links = nodes().filter(|at| outline.nodes[*at].tag == "a");
    let steps = nodes().filter(|at| outline.nodes[*at].own > 0).flat_map(|at| {
        let text = outline.text(at);
        let steps: Vec<String> = text.split(['>', '›', '»', '＞']).map(squeezed).collect();
        steps.into_iter().rev().skip(1)
    });
    links.map(|at| squeezed(&outline.text(at))).chain(steps).collect()
}

/// The letters and digits of a text, in lower case.
pub(super) fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether `known`, as the list shows it, is the same title as `text`: perhaps cut, perhaps with a label before it.
pub(super) fn alike(known: &str, text: &str) -> bool {
    let (known, text) = (squeezed(known), squeezed(text));
    let (short, long) = if known.len() <= text.len() {
        (&known, &text)
    } else {
        (&text, &known)
    };
    !short.is_empty()
        && (long == short || long.contains(short.as_str()) && short.chars().count() * 2 >= long.chars().count().min(30))
}

/// The titles that the page tells machines, cut where the site's name begins.
struct Segments {
    whole: Vec<String>,
    pieces: Vec<Vec<String>>,
    site: Option<String>,
}

impl Segments {
    fn of(machine: &Machine) -> Self {
        Self {
            whole: machine.titles.clone(),
            pieces: machine.titles.iter().map(|title| cut(title)).collect(),
            site: machine.site.as_deref().map(squeezed),
        }
    }

    /// How well the letters `bare` agree with what machines are told.
    fn agreement(&self, bare: &str) -> f64 {
        let long = bare.chars().count() >= 8;
        let one = |(whole, pieces): (&String, &Vec<String>)| {
            let told = squeezed(whole);
            let many = pieces.len() > 1;
            if told == bare {
                return if many { 5.0 } else { 4.0 };
            }
            let place = pieces.iter().position(|piece| squeezed(piece) == bare);
            match place {
                Some(0) => 4.0,
                Some(place) if place + 1 < pieces.len() => 3.0,
                Some(_) => 2.0,
                None if long && told.starts_with(bare) => 3.0,
                None if long && told.contains(bare) => 2.5,
                None if told.chars().count() >= 8 && bare.starts_with(told.as_str()) => 2.5,
                None => 0.0,
            }
        };
        self.whole.iter().zip(&self.pieces).map(one).fold(0.0, f64::max)
    }

    /// `text` without what stands beside the title in the same element, where machines are told the title alone.
    fn trimmed(&self, text: &str) -> Option<String> {
        let bare = squeezed(text);
        let whole = self.whole.iter().zip(&self.pieces);
        if self.whole.iter().any(|whole| squeezed(whole).starts_with(&bare)) {
            return None;
        }
        let told = whole.flat_map(|(whole, pieces)| [whole].into_iter().chain(pieces));
        told.filter(|told| {
            let told = squeezed(told);
            let (short, long) = (told.chars().count(), bare.chars().count());
            short >= 10 && short < long && short * 3 >= long * 2 && (bare.starts_with(&told) || bare.ends_with(&told))
        })
        .max_by_key(|told| told.len())
        .and_then(|told| {
            let at = text.find(told.as_str())?;
            let badge = |rest: &str| rest.chars().filter(|c| c.is_alphanumeric()).count() <= 12;
            (badge(&text[..at]) && badge(&text[at + told.len()..]) && !text.contains(['[', '【'])).then(|| told.clone())
        })
    }

    /// The first piece that is not the site's name.
    fn likeliest(&self) -> Option<String> {
        let pieces = self.pieces.first()?;
        let own = |piece: &&String| self.site.as_ref() != Some(&squeezed(piece)) && !squeezed(piece).is_empty();
        pieces.iter().find(own).cloned()
    }
}

/// Cuts a title where sites put what stands between it and their name.
fn cut(title: &str) -> Vec<String> {
    const BETWEEN: [&str; 14] = [
        "----", "---", " | ", "|", " - ", " – ", " — ", " :: ", "::", " < ", " > ", " » ", " · ", " &lt; ",
    ];
    let mut pieces = vec![title.to_owned()];
    for between in BETWEEN {
        pieces = pieces
            .iter()
            .flat_map(|piece| piece.split(between))
            .map(|piece| piece.trim().to_owned())
            .collect();
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_of_a_list_is_known_again() {
        assert!(alike("Water off on Mon…", "Water off on Monday"));
        assert!(alike("[공지] 단수 안내", "단수 안내"));
        assert!(!alike("Water", "Library closed"));
        assert!(!alike("", "Library closed"));
    }

    #[test]
    fn titles_are_cut_where_the_name_of_the_site_begins() {
        assert_eq!(cut("Water off | News - Town"), ["Water off", "News", "Town"]);
        assert_eq!(cut("단수 안내----시청"), ["단수 안내", "시청"]);
    }
}
