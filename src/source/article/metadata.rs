//! When the notice was published, who wrote it and how often it was read.
//!
//! What a label says goes first, the nearest to the title before others; then what machines are told; then a date that stands
//! alone beside the title; at last the address, and the date under the text that official letters end with.

use std::{ops::Range, sync::LazyLock};

use jiff::{Timestamp, tz::TimeZone};
use regex::Regex;
use url::Url;

use super::{
    facts::Fact,
    machine::Machine,
    outline::Outline,
    words::{self, Label},
};
use crate::source::{believe::views, dates};

/// How far behind the title metadata stands, in bytes of text.
const BEHIND: usize = 1_600;

/// How far before it.
const BEFORE: usize = 400;

/// A value and where it stands, when the page shows it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// As it is written.
    pub(super) text: String,
    /// Where.
    pub(super) span: Option<Range<usize>>,
}

/// What metadata is judged by.
pub(super) struct Evidence<'e> {
    /// The page, flat.
    pub(super) outline: &'e Outline<'e>,
    /// What stands around the notice.
    pub(super) around: &'e [bool],
    /// Labels and values.
    pub(super) facts: &'e [Fact],
    /// What the page says to machines.
    pub(super) machine: &'e Machine,
    /// The place of the title.
    pub(super) title: Option<Range<usize>>,
    /// The page's language.
    pub(super) language: Option<&'e str>,
    /// When the page was got; relative dates count from it.
    pub(super) at: Timestamp,
}

impl Evidence<'_> {
    /// The date of publication.
    pub(super) fn published(&self) -> Option<Told> {
        self.labelled_date(Label::Published)
            .or_else(|| self.date_under_title())
            .or_else(|| self.for_machines(self.machine.published.as_deref()))
            .or_else(|| self.labelled_date(Label::Date))
            .or_else(|| self.time_element())
            .or_else(|| self.lone_date())
            .or_else(|| self.labelled_date(Label::Updated))
            .or_else(|| self.for_machines(self.machine.updated.as_deref()))
    }

    /// The date of the last change, where it is another.
    pub(super) fn updated(&self) -> Option<Told> {
        self.labelled_date(Label::Updated)
            .or_else(|| self.for_machines(self.machine.updated.as_deref()))
    }

    /// The person, or the department where no person is named.
    pub(super) fn author(&self) -> Option<Told> {
        let of = |label| self.near(label).into_iter().find_map(|fact| self.name(fact));
        of(Label::Author)
            .or_else(|| of(Label::Department))
            .or_else(|| self.author_beside_date())
            .or_else(|| self.author_in_sentence())
            .or_else(|| self.name_among_pieces())
            .or_else(|| self.labelled_name())
            .or_else(|| self.marked_author())
    }

    /// The text that holds the view count.
    pub(super) fn views(&self) -> Option<Told> {
        let labelled = self.near(Label::Views).into_iter().find_map(|fact| {
            let text = joined(&self.outline.line(fact.value.clone()));
            let digits = text
                .split(|c: char| !c.is_ascii_digit() && !matches!(c, ',' | '.'))
                .next()?;
            digits.starts_with(|c: char| c.is_ascii_digit()).then(|| Told {
                text: digits.trim_end_matches(['.', ',']).to_owned(),
                span: Some(fact.value.clone()),
            })
        });
        labelled
            .or_else(|| self.counted_line())
            .or_else(|| self.number_beside_date())
            .or_else(|| self.marked_views())
    }

    /// The facts with a label, those near the title only and the nearest first.
    fn near(&self, label: Label) -> Vec<&Fact> {
        let mut facts: Vec<&Fact> = self
            .facts
            .iter()
            .filter(|fact| fact.label == label && self.is_near(fact.value.start))
            .collect();
        facts.sort_by_key(|fact| self.distance(fact.value.start));
        facts
    }

    fn is_near(&self, place: usize) -> bool {
        self.title.as_ref().is_none_or(|_| self.distance(place) < BEHIND)
    }

    /// How far a place is from the title; what stands before it counts as further.
    fn distance(&self, place: usize) -> usize {
        match &self.title {
            Some(title) if place >= title.start => place.saturating_sub(title.end),
            Some(title) => (title.start - place) * (BEHIND / BEFORE),
            None => place,
        }
    }

    fn labelled_date(&self, label: Label) -> Option<Told> {
        let far = || {
            self.facts
                .iter()
                .filter(|fact| fact.label == label && label == Label::Published)
        };
        self.near(label)
            .into_iter()
            .chain(far())
            .find_map(|fact| {
                let text = self.outline.line(fact.value.clone());
                let text: String = text.chars().take(80).collect();
                self.is_date(&text).then(|| Told {
                    text,
                    span: Some(fact.value.clone()),
                })
            })
            .or_else(|| (label == Label::Published).then(|| self.dated_line()).flatten())
    }

    /// "【发布时间：2020-11-06 阅读次数：3】": a line in which a label stands right before a date.
    fn dated_line(&self) -> Option<Told> {
        self.lines_near().into_iter().find_map(|span| {
            let text = self.outline.line(span.clone());
            let found = self.find(&text)?;
            let before = text[..found.range.start].trim_end_matches([' ', ':', '：', '|', '\u{a0}']);
            let before = before.rsplit(['|', '【', '[', '(', '/', '：', ':', '·']).next()?;
            let words: Vec<&str> = before.split_whitespace().collect();
            let mut labels = (0..words.len()).rev().take(4).map(|from| words[from..].concat());
            let is_published = labels.any(|label| words::label(&label) == Some(Label::Published));
            is_published.then(|| Told {
                text: text[found.range.start..].chars().take(40).collect(),
                span: Some(span),
            })
        })
    }

    fn for_machines(&self, told: Option<&str>) -> Option<Told> {
        let text = told?.to_owned();
        self.is_date(&text).then_some(Told { text, span: None })
    }

    fn time_element(&self) -> Option<Told> {
        let nodes = &self.outline.nodes;
        let times = (1..nodes.len())
            .filter(|at| nodes[*at].tag == "time" && !self.around[*at] && self.is_near(nodes[*at].span.start));
        times
            .min_by_key(|at| self.distance(nodes[*at].span.start))
            .and_then(|at| {
                let text = nodes[at].element.attr("datetime").filter(|text| self.is_date(text));
                Some(Told {
                    text: text.or_else(|| Some(self.outline.text(at)).filter(|text| self.is_date(text)))?,
                    span: Some(nodes[at].span.clone()),
                })
            })
    }

    /// A date that stands alone, or beside a count and a name, near the title.
    fn lone_date(&self) -> Option<Told> {
        let title = self.title.as_ref()?;
        let pieces = self.pieces_near();
        // "Published on 4 March 2025" right above or below.
        let is_beside = |span: &Range<usize>| {
            let gap = if span.start >= title.end {
                title.end..span.start
            } else {
                span.end..title.start
            };
            letters(&self.outline.line(gap.start..gap.end.max(gap.start))) == 0
        };
        let lone = |span: &&Range<usize>| {
            let text = self.outline.line((*span).clone());
            let short = text.chars().count() <= 90;
            short
                && (self.is_mostly_date(&text)
                    || self.is_marked_date(span) && self.is_date(&text)
                    || self.says_little_else(&text) && is_beside(span))
        };
        let between = |from: usize, to: usize| letters(&self.outline.line(from..to.max(from)));
        let behind = |span: &&Range<usize>| span.start >= title.end && between(title.end, span.start) <= 150;
        let before = |span: &&Range<usize>| span.end <= title.start && between(span.end, title.start) <= 80;
        let found = pieces
            .iter()
            .filter(behind)
            .find(lone)
            .or_else(|| pieces.iter().rev().filter(before).find(lone))?;
        Some(Told {
            text: self.outline.line(found.clone()),
            span: Some(found.clone()),
        })
    }

    /// The lines around the title, each after the pieces that inline elements make of it.
    fn pieces_near(&self) -> Vec<Range<usize>> {
        let lines = self.lines_near();
        let pieces = lines.into_iter().flat_map(|line| {
            let mut from = line.start;
            let mut pieces = Vec::new();
            for piece in self.outline.raw(line.clone()).split(['\u{2}', '\t']).take(40) {
                if piece.contains(char::is_alphanumeric) {
                    pieces.push(from..from + piece.len());
                }
                from += piece.len() + 1;
            }
            pieces.into_iter().chain([line])
        });
        pieces.collect()
    }

    /// A date with its year that stands right under the title: whatever machines are told, it is what people see.
    fn date_under_title(&self) -> Option<Told> {
        static YEAR: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?:19|20)\d\d|\d{2,3}[./-]\d{1,2}[./-]\d{1,2}").expect("a valid pattern"));
        let title = self.title.as_ref()?;
        let told = self.lone_date()?;
        let span = told.span.as_ref()?;
        let near = span.start >= title.end && letters(&self.outline.line(title.end..span.start)) <= 60;
        (near && YEAR.is_match(&told.text)).then_some(told)
    }

    fn is_mostly_date(&self, text: &str) -> bool {
        let dated = self.find(text).map_or(0, |found| letters(&text[found.range]));
        dated > 0 && dated * 2 >= letters(text)
    }

    /// Whether a text is a date and a word or two.
    fn says_little_else(&self, text: &str) -> bool {
        let Some(found) = self.find(text) else { return false };
        let rest = [&text[..found.range.start], &text[found.range.end..]];
        rest.iter().map(|rest| rest.split_whitespace().count()).sum::<usize>() <= 3
    }

    fn is_marked_date(&self, span: &Range<usize>) -> bool {
        let at = self.outline.around(span);
        self.outline.nodes[at].is_marked(words::DATE)
    }

    /// The lines around the title that are none of what stands around the notice.
    fn lines_near(&self) -> Vec<Range<usize>> {
        let (from, to) = match &self.title {
            Some(title) => (title.start.saturating_sub(BEFORE), title.end + BEHIND),
            None => (0, BEHIND),
        };
        let (from, to) = (self.outline.edge(from), self.outline.edge(to));
        let lines = self.outline.lines(from..to);
        lines
            .into_iter()
            .filter(|span| !self.around[self.outline.around(span)])
            .take(60)
            .collect()
    }

    /// A line that says a count in words: "Date : 2020.11.10 Read : 9872".
    fn counted_line(&self) -> Option<Told> {
        self.lines_near().into_iter().find_map(|span| {
            let text = self.outline.line(span.clone());
            // "View (234 KB)" is where a file is to be had.
            if self.outline.nodes[self.outline.around(&span)].in_link {
                return None;
            }
            let is_metadata = letters(&text) <= 40 || letters(&text) <= 120 && self.is_date(&text);
            (is_metadata && views::labelled(&text).is_some()).then_some(Told { text, span: Some(span) })
        })
    }

    /// A number alone, in an element whose class says that it counts, or which an icon of an eye stands before.
    fn marked_views(&self) -> Option<Told> {
        let nodes = &self.outline.nodes;
        let counts = |at: &usize| {
            let node = &nodes[*at];
            let text = self.outline.text(*at);
            let number =
                !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
            let eyes = ["eye", "hit", "hits", "view", "views", "read"];
            let icon = || {
                let inside = &nodes[*at..node.end];
                let before = nodes[..*at].last().filter(|before| before.letters == 0);
                inside
                    .iter()
                    .chain(before)
                    .any(|icon| icon.letters == 0 && icon.is_marked(&eyes))
            };
            number && (node.is_marked(words::VIEWS) || nodes[node.parent].is_marked(words::VIEWS) || icon())
        };
        let near = |at: &usize| !self.around[*at] && nodes[*at].own > 0 && self.is_near(nodes[*at].span.start);
        let at = (1..nodes.len())
            .filter(|at| nodes[*at].letters < 10)
            .filter(near)
            .find(counts)?;
        Some(Told {
            text: self.outline.text(at),
            span: Some(nodes[at].span.clone()),
        })
    }

    /// A number in an element that is the twin of the date's: same tag, same parent, nothing but these two.
    fn number_beside_date(&self) -> Option<Told> {
        let date = self.published()?.span?;
        let at = self.outline.widest(self.outline.around(&date));
        let nodes = &self.outline.nodes;
        let twins: Vec<usize> = self
            .outline
            .children(nodes[at].parent)
            .filter(|twin| *twin != at && nodes[*twin].letters > 0)
            .collect();
        let [twin] = twins[..] else { return None };
        let text = self.outline.text(twin);
        let number =
            !text.is_empty() && text.len() <= 7 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
        (number && nodes[twin].tag == nodes[at].tag).then(|| Told {
            text,
            span: Some(nodes[twin].span.clone()),
        })
    }

    fn name(&self, fact: &Fact) -> Option<Told> {
        let text = self.outline.line(fact.value.clone());
        is_name(&text).then(|| Told {
            text,
            span: Some(fact.value.clone()),
        })
    }

    fn marked_author(&self) -> Option<Told> {
        let nodes = &self.outline.nodes;
        let is_author = |at: &usize| {
            let node = &nodes[*at];
            let told = node.element.attr("itemprop").is_some_and(|told| told == "author")
                || node.element.attr("rel").is_some_and(|rel| rel == "author");
            (1..60).contains(&node.letters)
                && !self.around[*at]
                && self.is_near(node.span.start)
                && (told || node.is_marked(words::AUTHOR) || self.is_behind_person(*at))
        };
        let at = (1..nodes.len()).find(is_author)?;
        let text = self.outline.text(at);
        let bare = words::labelled(&text)
            .map(|(_, value)| value)
            .or_else(|| text.strip_prefix("by "))
            .or_else(|| text.strip_prefix("By "));
        let text = bare.map(str::to_owned).unwrap_or(text);
        (is_name(&text) && !dates::looks_like_date(&text)).then(|| Told {
            text,
            span: Some(nodes[at].span.clone()),
        })
    }

    /// Whether the icon of a person, and no more, stands before the text of an element.
    fn is_behind_person(&self, at: usize) -> bool {
        let inside = &self.outline.nodes[at + 1..self.outline.nodes[at].end];
        let [icon] = inside else { return false };
        icon.letters == 0 && icon.is_marked(&["user", "person", "writer"])
    }

    /// "Kim / 2025-06-05": on the line of a date without a label stands one name.
    fn author_beside_date(&self) -> Option<Told> {
        self.pieces_near().into_iter().find_map(|span| {
            let piece = self.outline.line(span.clone());
            let pieces: Vec<&str> = piece
                .split(['/', '|', '｜', '·'])
                .map(str::trim)
                .filter(|piece| !piece.is_empty())
                .collect();
            let (name, rest) = match pieces[..] {
                [name, date] if self.is_mostly_date(date) => (name, date),
                [date, name] if self.is_mostly_date(date) => (name, date),
                _ => return None,
            };
            let is_person = is_name(name) && !name.contains(|c: char| c.is_ascii_digit()) && name.chars().count() <= 40;
            (is_person && self.is_mostly_date(rest)).then(|| Told {
                text: name.to_owned(),
                span: Some(span),
            })
        })
    }

    /// "<span>Water works</span><span>2020-11-10</span><span>12</span>": what is neither date nor count is the name.
    fn name_among_pieces(&self) -> Option<Told> {
        let line = self.line_of_date()?;
        let pieces = self.outline.raw(line.clone()).split(['\u{2}', '\t']).map(str::trim);
        let pieces: Vec<&str> = pieces.filter(|piece| piece.contains(char::is_alphanumeric)).collect();
        let is_count = |piece: &&&str| piece.bytes().all(|byte| byte.is_ascii_digit() || b", ".contains(&byte));
        let counted = pieces.iter().filter(is_count).count();
        let mut names = pieces
            .iter()
            .filter(|piece| !self.is_date(piece) && !is_count(piece))
            .map(|piece| (*piece).to_owned());
        let name = names.next()?;
        let alone = names.next().is_none() && (2..=4).contains(&pieces.len()) && counted <= 1;
        (alone && is_name(&name) && name.chars().count() <= 20 && words::labelled(&name).is_none()).then_some(Told {
            text: name,
            span: Some(line),
        })
    }

    /// "Submitted by Town clerk on Mon, 03/04/2024", "By A. Writer, 10 November 2020".
    fn author_in_sentence(&self) -> Option<Told> {
        static BY: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^(?i:(?:submitted|posted|published|written|created|added)\s+)?(?i:by)\s+(?P<name>.{2,60}?)\s*(?:\s(?i:on|at)\s|[,|·–—-]|$)(?P<rest>.*)$")
                .expect("a valid pattern")
        });
        self.lines_near().into_iter().find_map(|span| {
            let line = self.outline.line(span.clone());
            let found = BY.captures(&line).filter(|_| letters(&line) <= 90)?;
            (is_name(&found["name"]) && self.is_mostly_date(&found["rest"])).then(|| Told {
                text: found["name"].trim().to_owned(),
                span: Some(span),
            })
        })
    }

    /// The line that tells the date of publication.
    fn line_of_date(&self) -> Option<Range<usize>> {
        let date = self.published()?.span?;
        let is_dated = |line: &Range<usize>| line.start <= date.start && date.end <= line.end;
        self.lines_near().into_iter().find(is_dated)
    }

    /// A label and a name in one piece of a line that also tells the date: "Date 2020-11-10 | Division Water works".
    fn labelled_name(&self) -> Option<Told> {
        let line = self.line_of_date()?;
        let pieces = self.outline.raw(line.clone()).split(['\u{2}', '\t', '|', '｜', '·']);
        pieces.take(40).find_map(|piece| {
            let (label, name) = piece.trim().split_once(' ')?;
            let names = matches!(words::label(label), Some(Label::Author | Label::Department));
            (names && is_name(name) && !dates::looks_like_date(name)).then(|| Told {
                text: name.trim().to_owned(),
                span: Some(line.clone()),
            })
        })
    }

    fn is_date(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    fn find(&self, text: &str) -> Option<dates::Found> {
        dates::find(text, &TimeZone::UTC, self.language, self.at)
    }
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// `text` without the white space that parts thousands: "1 204" is one number.
fn joined(text: &str) -> String {
    static SPACED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(\d{1,3})((?:[\s'’]\d{3})+)(?:\D|$)").expect("a valid pattern"));
    match SPACED.captures(text) {
        Some(found) => found[1]
            .chars()
            .chain(found[2].chars())
            .filter(char::is_ascii_digit)
            .collect(),
        None => text.to_owned(),
    }
}

/// Whether a value can be a person or a department.
fn is_name(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (2..=60).contains(&letters)
        && digits * 2 < letters
        && words::label(text).is_none()
        && text.chars().count() <= 80
        && !text.contains("://")
}

/// The day that an address names: `/2020/11/10/`, `/202011/t20201110_1.html`, `/20201110/`.
pub(super) fn in_address(url: &Url) -> Option<String> {
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|[/_t-])(?P<y>20\d\d)(?:(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])|[/-](?P<m2>0[1-9]|1[0-2])[/-](?P<d2>0[1-9]|[12]\d|3[01]))(?:\D|$)")
            .expect("a valid pattern")
    });
    let found = DAY.captures(url.path())?;
    let part = |names: [&str; 2]| {
        names
            .iter()
            .find_map(|name| found.name(name))
            .map(|part| part.as_str().to_owned())
    };
    Some(format!("{}-{}-{}", &found["y"], part(["m", "m2"])?, part(["d", "d2"])?))
}

/// The date under a text, which official letters end with: one of its last lines that is nothing but a date.
pub(super) fn under(text: &str, language: Option<&str>, at: Timestamp) -> Option<String> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.chars().any(char::is_alphanumeric))
        .collect();
    let last = lines.iter().rev().take(3);
    let mut dated = last.filter(|line| {
        let squeezed: String = line.split_whitespace().collect();
        let date = dates::looks_like_date(&squeezed) && squeezed.chars().count() <= 24;
        date && dates::find(&squeezed, &TimeZone::UTC, language, at).is_some()
    });
    dated.next().map(|line| line.split_whitespace().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_name_the_day() {
        for (url, expected) in [
            ("https://e.org/2020/11/10/water-off/", Some("2020-11-10")),
            ("https://e.org/tzgg/202009/t20200909_5690090.html", Some("2020-09-09")),
            ("https://e.org/info/20201106/d6ec.html", Some("2020-11-06")),
            ("https://e.org/view/20201306/", None),
            ("https://e.org/view.do?date=20201106", None),
        ] {
            let url = Url::parse(url).expect("an address");
            assert_eq!(in_address(&url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn an_official_letter_ends_with_its_date() {
        let at = Timestamp::new(1_700_000_000, 0).expect("a moment");
        assert_eq!(
            under("各单位：\n请办理。\n市政府\n2020 年 11 月 6 日", Some("zh"), at).as_deref(),
            Some("2020年11月6日")
        );
        assert_eq!(
            under("Until 10 November 2020 the water is off.\nThe town", Some("en"), at),
            None
        );
    }
}
