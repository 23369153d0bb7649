//! What can be seen of a text or link without asking whose it is: is it a date, a number, a name of something?

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    ops::Range,
    rc::Rc,
};

use jiff::{Timestamp, tz::TimeZone};
use url::Url;

use super::{candidates::Group, columns::Column, words};
use crate::source::{believe::views, dates, dom::Outline, links, pick};

/// Longest text that is searched for a date, in bytes.
const DATED_BYTES: usize = 240;

/// How much of a text is looked at, in characters.
const LOOKED_CHARS: usize = 400;

/// A page, and where and when it was seen.
pub(super) struct Sight<'o, 'd> {
    pub(super) outline: &'o Outline<'d>,
    pub(super) zone: &'o TimeZone,
    pub(super) language: Option<&'o str>,
    pub(super) at: Timestamp,
    pub(super) base: &'o Url,
    pub(super) page: &'o Url,
    dates: RefCell<HashMap<Range<usize>, Option<Dated>>>,
    looks: RefCell<HashMap<Range<usize>, Look>>,
    /// Where links lead.
    targets: RefCell<HashMap<usize, Option<Rc<Url>>>>,
}

/// What a text is like without its neighbours.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// In characters; of the first [`LOOKED_CHARS`].
    chars: usize,
    has_letters: bool,
    is_code: bool,
    is_generic: bool,
    is_count: bool,
    /// A hash of its letters.
    wording: u64,
}

impl Look {
    fn of(text: &str) -> Self {
        let (mut chars, mut letters, mut digits) = (0, 0, 0);
        let mut wording = DefaultHasher::new();
        for c in text.chars().take(LOOKED_CHARS) {
            chars += 1;
            if c.is_alphabetic() {
                letters += 1;
                c.hash(&mut wording);
            } else if c.is_ascii_digit() {
                digits += 1;
            }
        }
        Self {
            chars,
            has_letters: letters > 0,
            is_code: digits > 0 && digits * 2 >= letters && !text.contains(' '),
            is_count: digits > 0 && letters > 0 && chars < 24 && views::labelled(text).is_some(),
            is_generic: chars < 40 && words::is_generic(text),
            wording: wording.finish(),
        }
    }
}

/// A date in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dated {
    /// Whether the text is little else.
    pub(super) pure: bool,
    /// Whether a year is written.
    pub(super) has_year: bool,
    /// Whether it is a time of day only.
    pub(super) clock: bool,
}

/// What the texts of a column have in common. Shares are from 0 to 1, of the rows that have the column.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Rows that have it, of all.
    pub(super) coverage: f64,
    /// Mean length of its texts, in characters.
    pub(super) chars: f64,
    /// Different texts among all.
    pub(super) distinct: f64,
    /// Different texts among all when only letters count: titles don't differ in numbers alone.
    pub(super) wordings: f64,
    /// Dates that are a time of day only.
    pub(super) clocks: f64,
    /// Texts with a date in them.
    pub(super) dated: f64,
    /// Texts that are little but a date.
    pub(super) pure_dates: f64,
    /// Dates with a year.
    pub(super) years: f64,
    /// Texts without a letter.
    pub(super) numeric: f64,
    /// Texts that say nothing ("View", "PDF").
    pub(super) generic: f64,
    /// Elements that are, hold or stand in a link.
    pub(super) linked: f64,
    /// Texts that tell how often something was read.
    pub(super) counts: f64,
    /// Texts that are a code rather than words: "102,566-1", "KR-2020/17".
    pub(super) codes: f64,
    /// Rows that have it, in number.
    pub(super) rows: usize,
}

impl<'o, 'd> Sight<'o, 'd> {
    pub(super) fn new(
        outline: &'o Outline<'d>,
        (zone, language, at): (&'o TimeZone, Option<&'o str>, Timestamp),
        (base, page): (&'o Url, &'o Url),
    ) -> Self {
        Self {
            outline,
            zone,
            language,
            at,
            base,
            page,
            dates: RefCell::default(),
            looks: RefCell::default(),
            targets: RefCell::default(),
        }
    }

    /// The date in the text of the element at `at`, if it is short enough to be about one.
    pub(super) fn date(&self, at: usize) -> Option<Dated> {
        if let Some(told) = self.told_time(at) {
            return self.date_in(&told);
        }
        let range = self.outline.text_range(at);
        if let Some(known) = self.dates.borrow().get(&range) {
            return *known;
        }
        let found = self.date_in(self.outline.text(at));
        self.dates.borrow_mut().insert(range, found);
        found
    }

    /// What a `time` element tells machines alone: a script writes its text.
    fn told_time(&self, at: usize) -> Option<String> {
        let spot = self.outline.spot(at);
        let is_silent = spot.tag == "time" && self.outline.text(at).is_empty();
        is_silent.then(|| spot.element.attr("datetime")).flatten()
    }

    /// The date in `text`.
    pub(super) fn date_in(&self, text: &str) -> Option<Dated> {
        let mut end = text.len().min(DATED_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let head = &text[..end];
        if head.is_empty() || !may_be_dated(head) {
            return None;
        }
        let found = dates::find(head, self.zone, self.language, self.at)?;
        let dated = &head[found.range.clone()];
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        Some(Dated {
            pure: text.len() <= 120 && letters(dated) * 10 >= letters(text) * 6,
            has_year: has_year(dated),
            clock: is_clock(dated),
        })
    }

    /// The link of the element at `at` in a row: itself, what it stands in, or the first inside it.
    pub(super) fn link_of(&self, at: usize, row: &Range<usize>) -> Option<usize> {
        let is_link = |at: &usize| self.outline.spot(*at).tag == "a";
        let around = || {
            self.outline
                .ancestors(at)
                .take_while(|above| row.contains(above))
                .find(is_link)
        };
        Some(at)
            .filter(is_link)
            .or_else(around)
            .or_else(|| (at + 1..self.outline.spot(at).end).find(is_link))
    }

    /// Where the `a` at `at` leads, when that is an address other than the page's own.
    pub(super) fn target(&self, at: usize) -> Option<Rc<Url>> {
        if let Some(known) = self.targets.borrow().get(&at) {
            return known.clone();
        }
        let target = self.leads_to(at).map(Rc::new);
        self.targets.borrow_mut().insert(at, target.clone());
        target
    }

    fn leads_to(&self, at: usize) -> Option<Url> {
        let href = self.outline.spot(at).element.attr("href")?;
        let href = href.trim();
        // A place on the page, where the click itself leads on.
        let here = || href.starts_with('#') && self.call(at).is_some();
        if href.is_empty() || href == "#" || here() {
            return None;
        }
        let url = links::absolute(href, self.base)?;
        let plain = |url: &Url| {
            let mut url = url.clone();
            url.set_fragment(None);
            url
        };
        let own = plain(&url) == plain(self.page);
        (!own || url.fragment().is_some_and(|fragment| fragment.len() > 2)).then_some(url)
    }

    /// The call that a click on the `a` at `at` makes, when only that leads on.
    pub(super) fn call(&self, at: usize) -> Option<Vec<String>> {
        let element = self.outline.spot(at).element;
        ["onclick", "href"]
            .iter()
            .filter_map(|name| element.attr(name))
            .filter(|script| script.contains('('))
            .find_map(|script| pick::arguments(&script))
    }

    /// What the texts of `column` have in common.
    pub(super) fn facts(&self, group: &Group, column: &Column) -> Facts {
        let rows = super::columns::sample(&group.rows, super::columns::MAX_ROWS);
        let mut facts = Facts {
            coverage: column.coverage(),
            ..Facts::default()
        };
        let mut texts: HashSet<String> = HashSet::new();
        let mut wordings: HashSet<u64> = HashSet::new();
        let mut n = 0;
        for (row, at) in rows.iter().zip(&column.places) {
            let Some(at) = *at else { continue };
            let whole = column.path.is_none();
            let text = match (whole, group.runs_on) {
                (true, true) => self.outline.text_of(row),
                _ => self.outline.text(at),
            };
            n += 1;
            let told = self.told_time(at);
            let text = told.as_deref().unwrap_or(text);
            if text.is_empty() {
                continue;
            }
            facts.rows += 1;
            let look = match (whole, group.runs_on) {
                (true, true) => Look::of(text),
                _ => *self
                    .looks
                    .borrow_mut()
                    .entry(self.outline.text_range(at))
                    .or_insert_with(|| Look::of(text)),
            };
            facts.chars += look.chars as f64;
            texts.insert(text.to_owned());
            wordings.insert(look.wording);
            let dated = match (whole, group.runs_on) {
                (true, true) => self.date_in(text),
                _ => self.date(at),
            };
            if let Some(dated) = dated {
                facts.dated += 1.0;
                facts.pure_dates += f64::from(u8::from(dated.pure));
                facts.clocks += f64::from(u8::from(dated.clock));
                facts.years += f64::from(u8::from(dated.has_year));
            }
            let count = |is: bool| f64::from(u8::from(is));
            facts.numeric += count(!look.has_letters);
            facts.codes += count(look.is_code);
            facts.generic += count(look.is_generic);
            facts.counts += count(look.is_count);
            facts.linked += f64::from(u8::from(self.link_of(at, row).is_some()));
        }
        let rows = facts.rows.max(1) as f64;
        for share in [
            &mut facts.chars,
            &mut facts.dated,
            &mut facts.pure_dates,
            &mut facts.years,
            &mut facts.clocks,
            &mut facts.numeric,
            &mut facts.codes,
            &mut facts.generic,
            &mut facts.counts,
            &mut facts.linked,
        ] {
            *share /= rows;
        }
        facts.distinct = texts.len() as f64 / rows;
        facts.wordings = wordings.len() as f64 / rows;
        facts.coverage *= facts.rows as f64 / f64::from(n.max(1));
        facts
    }
}

/// Whether it is worth looking for a date: there is a digit, or a word such as "today".
fn may_be_dated(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) || text.len() <= 24 || text.chars().any(char::is_numeric)
}

/// Whether a date was written with its year.
fn has_year(date: &str) -> bool {
    let numbers: Vec<&str> = date
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .collect();
    numbers.iter().any(|number| number.len() == 4 || number.len() >= 6)
        || numbers.len() >= 3 && !date.contains(':')
        || date.chars().any(|c| ('\u{660}'..='\u{6f9}').contains(&c))
}

/// Whether a date is written as "14:33".
fn is_clock(date: &str) -> bool {
    let digits = date.bytes().filter(u8::is_ascii_digit).count();
    date.contains(':') && digits <= 6 && !date.contains(['.', '/', '-', '월', '月'])
}
