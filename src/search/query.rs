//! The language: `water "public notice" -gas tender OR auction source:town tag:"roads & bridges" after:2026-11`.

use std::{fmt, ops::Range, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::{Document, Phrase, Word, document};
use crate::notice::SourceId;

/// Longest query, in characters.
pub const MAX_CHARS: usize = 200;

/// Most words, phrases and conditions of one query.
pub const MAX_WORDS: usize = 16;

/// What somebody asks for.
///
/// All of its clauses must hold; of the sources and tags that it wants one must fit. It asks for something: a query without any
/// condition can't be made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Query {
    clauses: Vec<Clause>,
    from: Vec<Origin>,
    after: Option<Date>,
    before: Option<Date>,
}

/// Words of which one must stand in a notice, or none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clause {
    /// False: none may stand there.
    pub wanted: bool,
    words: Vec<Word>,
}

/// A source, or what is said of sources.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Origin {
    wanted: bool,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Source(SourceId),
    Tag(String),
}

/// A query that can't be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwise {
    /// There is nothing in it to look for.
    #[error("there is no word to look for")]
    Nothing,
    /// It is longer than [`MAX_CHARS`].
    #[error("a search has at most {MAX_CHARS} characters")]
    Long,
    /// It has more words and conditions than [`MAX_WORDS`].
    #[error("a search has at most {MAX_WORDS} words and conditions")]
    Many,
    /// What follows `after:` or `before:` is no date.
    #[error("{0:?} is no date: write it as 2026, 2026-11 or 2026-11-25")]
    Date(String),
    /// What follows `source:` can't be a source's id.
    #[error("{0:?} can't be the id of a source")]
    Source(String),
}

impl Query {
    /// What must hold of the words, each.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// The first day that is asked for.
    pub fn after(&self) -> Option<Date> {
        self.after
    }

    /// The first day that is not asked for any more.
    pub fn before(&self) -> Option<Date> {
        self.before
    }

    /// The same, of sources by the names that they have now: `now` tells the name of one that was called something else.
    #[must_use]
    pub fn renamed(mut self, now: impl Fn(&SourceId) -> Option<SourceId>) -> Self {
        for origin in std::mem::take(&mut self.from) {
            let place = match origin.place {
                Place::Source(id) => Place::Source(now(&id).unwrap_or(id)),
                tag @ Place::Tag(_) => tag,
            };
            self.come_from(origin.wanted, place);
        }
        self
    }

    /// Whether it asks for anything of `source`, which carries `tags`.
    pub fn follows(&self, source: &SourceId, tags: &[String]) -> bool {
        let is_there = |place: &Place| match place {
            Place::Source(id) => id == source,
            Place::Tag(tag) => tags.iter().any(|there| there.to_lowercase() == *tag),
        };
        let mut wanted = self.from.iter().filter(|origin| origin.wanted).peekable();
        let here = wanted.peek().is_none() || wanted.any(|origin| is_there(&origin.place));
        here && !self.from.iter().any(|origin| !origin.wanted && is_there(&origin.place))
    }

    /// Whether it asks for a notice of `day` that reads as `document`, wherever it is from.
    pub fn matches(&self, document: &Document, day: Date) -> bool {
        self.after.is_none_or(|after| after <= day)
            && self.before.is_none_or(|before| day < before)
            && self.clauses.iter().all(|clause| clause.holds_of(document))
    }

    /// Where what it wants stands in `text`, in bytes, in order and apart from each other.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let wanted: Vec<&Phrase> = self
            .clauses
            .iter()
            .filter(|clause| clause.wanted)
            .flat_map(Clause::words)
            .flat_map(Word::parts)
            .flatten()
            .collect();
        document::places(text, &wanted)
    }
}

impl Clause {
    /// What one must look for, of which one is enough.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    fn holds_of(&self, document: &Document) -> bool {
        self.words.iter().any(|word| word.is_in(document)) == self.wanted
    }
}

impl FromStr for Query {
    type Err = Unwise;

    fn from_str(told: &str) -> Result<Self, Unwise> {
        Self::read(told, MAX_CHARS)
    }
}

impl Query {
    /// What `told` asks for, where it has `longest` characters at most.
    fn read(told: &str, longest: usize) -> Result<Self, Unwise> {
        if told.chars().take(longest + 1).count() > longest {
            return Err(Unwise::Long);
        }
        let told: String = told.nfc().collect();
        let mut query = Self {
            clauses: Vec::new(),
            from: Vec::new(),
            after: None,
            before: None,
        };
        let mut count = 0;
        let mut goes_on = false;
        let mut rest = told.trim_start();
        while !rest.is_empty() {
            let (piece, behind) = Piece::first(rest);
            rest = behind.trim_start();
            if piece.is_or() {
                goes_on = true;
                continue;
            }
            count += usize::from(query.take(&piece, goes_on)?);
            goes_on = false;
        }
        let is_nothing = query.clauses.is_empty() && query.from.is_empty() && query.after.or(query.before).is_none();
        match count {
            _ if is_nothing => Err(Unwise::Nothing),
            ..=MAX_WORDS => Ok(query),
            _ => Err(Unwise::Many),
        }
    }

    /// Adds a piece; whether there was anything in it. `goes_on`: it is as good as the one before it.
    fn take(&mut self, piece: &Piece<'_>, goes_on: bool) -> Result<bool, Unwise> {
        let value = line(piece.value);
        match piece.key {
            Some(Key::After) => self.after = Some(date(&value)?).max(self.after),
            Some(Key::Before) => {
                let before = date(&value)?;
                self.before = Some(self.before.map_or(before, |earlier| earlier.min(before)));
            }
            Some(Key::Source) => {
                let id = value.parse().map_err(|_| Unwise::Source(value.clone()))?;
                self.come_from(piece.wanted, Place::Source(id));
            }
            Some(Key::Tag) if value.is_empty() => return Ok(false),
            Some(Key::Tag) => self.come_from(piece.wanted, Place::Tag(value.to_lowercase())),
            None => {
                let Some(word) = Word::read(value.to_lowercase(), piece.quoted) else {
                    return Ok(false);
                };
                match self.clauses.last_mut() {
                    Some(last) if goes_on && last.wanted && piece.wanted => last.words.push(word),
                    _ => {
                        let clause = Clause {
                            wanted: piece.wanted,
                            words: vec![word],
                        };
                        if !self.clauses.contains(&clause) {
                            self.clauses.push(clause);
                        }
                    }
                }
            }
        }
        Ok(true)
    }

    fn come_from(&mut self, wanted: bool, place: Place) {
        let origin = Origin { wanted, place };
        if !self.from.contains(&origin) {
            self.from.push(origin);
        }
    }
}

impl fmt::Display for Query {
    /// In one spelling, which is read as this query again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = |wanted: bool| if wanted { "" } else { "-" };
        let clauses = self.clauses.iter().map(|clause| {
            let words: Vec<String> = clause.words.iter().map(Word::to_string).collect();
            format!("{}{}", minus(clause.wanted), words.join(" OR "))
        });
        let from = self.from.iter().map(|origin| match &origin.place {
            Place::Source(id) => format!("{}source:{id}", minus(origin.wanted)),
            Place::Tag(tag) if tag.contains(char::is_whitespace) => format!("{}tag:\"{tag}\"", minus(origin.wanted)),
            Place::Tag(tag) => format!("{}tag:{tag}", minus(origin.wanted)),
        });
        let dates = [("after", self.after), ("before", self.before)];
        let dates = dates
            .into_iter()
            .filter_map(|(key, day)| day.map(|day| format!("{key}:{day}")));
        f.write_str(&clauses.chain(from).chain(dates).collect::<Vec<_>>().join(" "))
    }
}

impl TryFrom<String> for Query {
    type Error = Unwise;

    /// Reads what [`Display`](fmt::Display) writes, which may be longer than what was asked.
    fn try_from(told: String) -> Result<Self, Unwise> {
        Self::read(&told, 4 * MAX_CHARS)
    }
}

impl From<Query> for String {
    fn from(query: Query) -> Self {
        query.to_string()
    }
}

/// What stands between two spaces, or in quotes.
struct Piece<'t> {
    wanted: bool,
    key: Option<Key>,
    value: &'t str,
    quoted: bool,
}

#[derive(Clone, Copy)]
enum Key {
    Source,
    Tag,
    After,
    Before,
}

impl Key {
    const ALL: [(&'static str, Self); 4] = [
        ("source:", Self::Source),
        ("tag:", Self::Tag),
        ("after:", Self::After),
        ("before:", Self::Before),
    ];
}

impl<'t> Piece<'t> {
    /// The first piece of `text`, which begins with no space, and what is behind it.
    fn first(text: &'t str) -> (Self, &'t str) {
        let (wanted, bare) = match text.strip_prefix('-') {
            Some(bare) => (false, bare),
            None => (true, text),
        };
        let key = Key::ALL.into_iter().find_map(|(name, key)| {
            let begins = bare
                .get(..name.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(name));
            begins.then(|| (Some(key), &bare[name.len()..]))
        });
        let (key, bare) = key.unwrap_or((None, bare));
        let (value, quoted, behind) = match bare.strip_prefix('"') {
            Some(quote) => {
                let (value, behind) = quote.split_once('"').unwrap_or((quote, ""));
                (value, true, behind)
            }
            None => {
                let end = bare
                    .find(|letter: char| letter.is_whitespace() || letter == '"')
                    .unwrap_or(bare.len());
                (&bare[..end], false, &bare[end..])
            }
        };
        (
            Self {
                wanted,
                key,
                value,
                quoted,
            },
            behind,
        )
    }

    fn is_or(&self) -> bool {
        self.wanted && self.key.is_none() && !self.quoted && matches!(self.value, "OR" | "|")
    }
}

/// One line, without space at its ends.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first day of a year, a month, or a day: `2026`, `2026-11`, `2026-11-25`, with dots too.
fn date(text: &str) -> Result<Date, Unwise> {
    let wrong = || Unwise::Date(text.to_owned());
    let parts: Vec<&str> = text.trim_end_matches('.').split(['-', '.', '/']).collect();
    let is_written = parts
        .iter()
        .all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()));
    let numbers: Vec<i16> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    let small = |number: i16| i8::try_from(number).map_err(|_| wrong());
    let (year, month, day) = match numbers[..] {
        _ if !is_written || parts[0].len() != 4 => return Err(wrong()),
        [year] => (year, 1, 1),
        [year, month] => (year, small(month)?, 1),
        [year, month, day] => (year, small(month)?, small(day)?),
        _ => return Err(wrong()),
    };
    Date::new(year, month, day).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::notice::{Notice, NoticeId, SafeHtml};

    fn notice() -> Notice {
        let source = "town".parse().expect("an id");
        Notice {
            id: NoticeId::of(&source, "1"),
            key: "1".to_owned(),
            title: "Water OFF: 단수 안내".to_owned(),
            link: None,
            published: None,
            updated: None,
            author: Some("상수도사업본부".to_owned()),
            categories: Vec::new(),
            views: None,
            pinned: false,
            summary: None,
            content: SafeHtml::clean(
                "<p>Public\n<b>notice</b> 2026-12 of the <i>city</i> &amp; its Café</p>",
                None,
            ),
            attachments: Vec::new(),
            language: None,
            guid: None,
        }
    }

    #[track_caller]
    fn check(query: &str, expected: bool) {
        let query: Query = query.parse().expect("a query");
        let day = "2026-11-25".parse().expect("a day");
        assert_eq!(query.matches(&Document::of(&notice()), day), expected, "{query}");
    }

    #[test]
    fn words_phrases_and_what_must_not_be_there_are_found() {
        for good in [
            "water",
            "wat",
            "WATER off",
            "\"public notice\"",
            "\"water off\"",
            "cafe",
            "2026-12",
            "-gas",
            "water -gas",
            "gas OR water",
            "notice | gas",
            "단수",
            "수도",
            "안내",
            "안",
            "상수도 사업본부",
            "단수안내",
            "사업 본부",
            "상수도사업본부",
            "after:2026",
            "after:2026-11-25",
            "before:2026-12 water",
            "-\"off public\"",
            "city's OR its",
        ] {
            check(good, true);
        }
        for bad in [
            "gas",
            "ater",
            "\"wat\"",
            "\"notice public\"",
            "\"off 단수 안내 public\"",
            "-water",
            "water gas",
            "202",
            "수단",
            "단안",
            "after:2026-11-26",
            "before:2026-11-25",
            "gas OR oil",
            "-water OR off",
        ] {
            check(bad, false);
        }
    }

    #[test]
    fn a_query_asks_for_sources_and_tags() {
        let town: SourceId = "town".parse().expect("an id");
        let follows = |query: &str, tags: &[&str]| {
            let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            query.parse::<Query>().expect("a query").follows(&town, &tags)
        };
        assert!(follows("water", &[]) && follows("source:town", &[]) && follows("source:other tag:Water", &["water"]));
        assert!(follows("tag:\"Roads & Bridges\" -tag:gas", &["roads & bridges"]));
        assert!(!follows("source:other", &[]) && !follows("-source:town", &[]) && !follows("-tag:gas", &["Gas"]));
    }

    #[test]
    fn a_source_is_meant_by_the_name_that_it_has_now() {
        let query: Query = "water source:town source:old -source:old tag:old"
            .parse()
            .expect("a query");
        let now = |id: &SourceId| (id.as_str() == "old").then(|| "town".parse().expect("an id"));
        assert_eq!(query.renamed(now).to_string(), "water source:town -source:town tag:old");
    }

    #[test]
    fn what_cannot_be_asked_is_refused_with_a_reason() {
        let refused = |query: &str| query.parse::<Query>().expect_err("no query");
        for nothing in ["", "  ", "!!! --", "OR", "tag:"] {
            assert_eq!(refused(nothing), Unwise::Nothing, "{nothing}");
        }
        assert_eq!(refused(&"x".repeat(201)), Unwise::Long);
        assert_eq!(refused("a b c d e f g h i j k l m n o p q "), Unwise::Many);
        for date in ["yesterday", "2026-13", "26-1-1", "2026-02-30", ""] {
            assert_eq!(refused(&format!("after:{date}")), Unwise::Date(date.to_owned()));
        }
        assert!(matches!(refused("source:a/b"), Unwise::Source(_)));
    }

    #[test]
    fn hits_are_shown_where_they_stand() {
        let text = "No water: 단수를 안내합니다. WATERWORKS";
        let query: Query = "wat 단수 -gas".parse().expect("a query");
        let hits: Vec<&str> = query.places(text).into_iter().map(|place| &text[place]).collect();
        assert_eq!(hits, ["water", "단수", "WATERWORKS"]);
        let spaced: Query = "안내합니다".parse().expect("a query");
        assert_eq!(spaced.places("안내 합니다").first(), Some(&(0..16)));
    }

    proptest! {
        #[test]
        fn one_spelling_is_read_as_the_same_query(told in "(-?(source:|tag:|after:2026)?\"?[a-c단수 OR|:\"-]{0,8}){0,6}") {
            if let Ok(query) = told.parse::<Query>() {
                let again: Query = query.to_string().parse().map_err(|why: Unwise| TestCaseError::fail(format!("{query}: {why}")))?;
                prop_assert_eq!(again, query);
            }
        }

        #[test]
        fn nothing_that_is_asked_or_written_makes_it_fail(told in "\\PC{0,60}", text in "\\PC{0,200}") {
            if let Ok(query) = told.parse::<Query>() {
                for place in query.places(&text) {
                    prop_assert!(text.get(place).is_some());
                }
            }
        }
    }
}
