//! Walks the tables of the file and remembers which keys were asked for, so that every other key is a mistake.

use std::{cell::RefCell, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::problem::Problem;

/// Collects mistakes.
#[derive(Debug, Default)]
pub(super) struct Mistakes(RefCell<Vec<Problem>>);

impl Mistakes {
    pub(super) fn add(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    pub(super) fn into_inner(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// A table of the file.
pub(super) struct Section<'a> {
    table: Option<&'a DeTable<'a>>,
    span: Range<usize>,
    path: String,
    asked: RefCell<Vec<&'static str>>,
    mistakes: &'a Mistakes,
}

/// A value, and what to say about it.
pub(super) struct Found<'a> {
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Range<usize>,
    pub(super) path: String,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a Spanned<DeTable<'a>>, mistakes: &'a Mistakes) -> Self {
        Self::new(Some(table.get_ref()), table.span(), String::new(), mistakes)
    }

    fn new(table: Option<&'a DeTable<'a>>, span: Range<usize>, path: String, mistakes: &'a Mistakes) -> Self {
        Self {
            table,
            span,
            path,
            asked: RefCell::default(),
            mistakes,
        }
    }

    /// The value of `key`, when it is written.
    pub(super) fn get(&self, key: &'static str) -> Option<Found<'a>> {
        self.asked.borrow_mut().push(key);
        let value = self.table?.get(key)?;
        Some(Found {
            value: value.get_ref(),
            span: value.span(),
            path: self.path_of(key),
        })
    }

    /// The value of `key` as `read` understands it; a mistake when `read` does not, with `allowed` to say what it would.
    pub(super) fn read<T>(
        &self,
        key: &'static str,
        allowed: &str,
        read: impl FnOnce(&DeValue<'a>) -> Result<T, String>,
    ) -> Option<T> {
        let found = self.get(key)?;
        match read(found.value) {
            Ok(value) => Some(value),
            Err(what) => {
                self.mistake(&found, &what, allowed);
                None
            }
        }
    }

    /// As [`read`](Self::read), for values that must be written.
    pub(super) fn require<T>(
        &self,
        key: &'static str,
        allowed: &str,
        read: impl FnOnce(&DeValue<'a>) -> Result<T, String>,
    ) -> Option<T> {
        if self.table.is_some_and(|table| table.get(key).is_none()) {
            self.missing(key, allowed);
        }
        self.read(key, allowed, read)
    }

    /// The table `key`; an empty one when it is not written.
    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        self.optional_section(key)
            .unwrap_or_else(|| Section::new(None, self.span.clone(), self.path_of(key), self.mistakes))
    }

    /// The table `key`, when it is written.
    pub(super) fn optional_section(&self, key: &'static str) -> Option<Section<'a>> {
        let found = self.get(key)?;
        match found.value.as_table() {
            Some(table) => Some(Section::new(Some(table), found.span, found.path, self.mistakes)),
            None => {
                self.mistake(
                    &found,
                    &format!("this is {}", kind_of(found.value)),
                    &format!("a table: [{}]", found.path),
                );
                None
            }
        }
    }

    /// The tables `[[key]]`.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(found) = self.get(key) else { return Vec::new() };
        let Some(array) = found.value.as_array() else {
            self.mistake(
                &found,
                &format!("this is {}", kind_of(found.value)),
                &format!("tables, each beginning with [[{}]]", found.path),
            );
            return Vec::new();
        };
        let mut sections = Vec::new();
        for element in array.iter() {
            let found = Found {
                value: element.get_ref(),
                span: element.span(),
                path: self.path_of(key),
            };
            match found.value.as_table() {
                Some(table) => sections.push(Section::new(Some(table), found.span, found.path, self.mistakes)),
                None => self.mistake(
                    &found,
                    &format!("this is {}", kind_of(found.value)),
                    &format!("a table: [[{key}]]"),
                ),
            }
        }
        sections
    }

    /// All that is written, where any key may be.
    pub(super) fn entries(&self) -> Vec<(String, Found<'a>)> {
        let entries = self.table.into_iter().flat_map(|table| table.iter());
        let entries = entries.map(|(key, value)| {
            let found = Found {
                value: value.get_ref(),
                span: value.span(),
                path: self.path_of(key.get_ref()),
            };
            (key.get_ref().to_string(), found)
        });
        entries.collect()
    }

    /// Whether anything is written under `key`.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.get(key).is_some())
    }

    /// Says that `found` is wrong.
    pub(super) fn mistake(&self, found: &Found<'_>, what: &str, allowed: &str) {
        let named = ["password", "secret", "key"]
            .iter()
            .any(|word| found.path.rsplit('.').next() == Some(word));
        // Chat services put their tokens into the address itself, and people their passwords.
        let secret = named
            || found.path == "webhook.url"
            || found
                .value
                .as_str()
                .is_some_and(|text| text.contains('@') && text.contains("://"));
        self.mistakes.add(Problem {
            key: found.path.clone(),
            what: what.to_owned(),
            help: (!allowed.is_empty()).then(|| format!("expected {allowed}")),
            span: Some(found.span.clone()),
            secret,
        });
    }

    /// Says that `found` is wrong, without showing the line.
    pub(super) fn secret_mistake(&self, found: &Found<'_>, what: &str, help: &str) {
        let (key, span) = (found.path.clone(), Some(found.span.clone()));
        self.mistakes.add(Problem {
            key,
            what: what.to_owned(),
            help: Some(help.to_owned()),
            span,
            secret: true,
        });
    }

    /// Says that `key` must be written.
    pub(super) fn missing(&self, key: &str, allowed: &str) {
        self.mistakes.add(Problem {
            key: self.path_of(key),
            what: "this key is missing".to_owned(),
            help: Some(format!("write {key} = {allowed}")),
            span: Some(first_line(&self.span)),
            secret: true,
        });
    }

    /// Makes every key that nobody asked for a mistake.
    pub(super) fn end(&self) {
        let Some(table) = self.table else { return };
        let asked = self.asked.borrow();
        for (key, _) in table.iter().filter(|(key, _)| !asked.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref().as_ref();
            let mut known: Vec<&str> = asked.clone();
            known.sort_unstable();
            known.dedup();
            let near = known
                .iter()
                .min_by_key(|known| distance(known, name))
                .filter(|known| distance(known, name) <= 2);
            let help = match near {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("known here: {}", known.join(", ")),
            };
            let (what, span) = ("there is no such key".to_owned(), Some(key.span()));
            self.mistakes.add(Problem {
                key: self.path_of(name),
                what,
                help: Some(help),
                span,
                secret: true,
            });
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// What a value is, in words.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn first_line(span: &Range<usize>) -> Range<usize> {
    span.start..span.start + 1
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
