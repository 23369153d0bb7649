//! A field of a board or article: a selector, or a table that also says what is done to the value.

use toml::de::DeValue;

use super::{section::Section, value};
use crate::source::pick::{DateFormat, Field, Hand, Pattern, Template};

const FIELD: &str =
    "a CSS selector such as \"td.subject a\", \"selector @attribute\", or a table { select = …, match = … }";
const SELECT: &str = "a selector such as \"td.subject a\", or a list of selectors";
const TEXTS: &str = "a text, or a list of texts";
pub(super) const PATTERN: &str = "a regular expression such as \"fn_view\\\\('(\\\\d+)'\\\\)\"";

/// What a field holds: only dates have a `date_format`, and only lists of things can't be put together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds<'l> {
    Text,
    /// In this language.
    Date(Option<&'l str>),
    Each,
}

/// The field `key`, when it is written.
pub(super) fn field(section: &Section<'_>, key: &'static str, holds: Holds<'_>) -> Option<Field> {
    let found = section.get(key)?;
    if found.value.as_table().is_none() {
        return section.read(key, FIELD, value::parsed::<Field>);
    }
    let table = section.optional_section(key)?;
    let field = by_hand(&table, holds);
    table.end();
    match field? {
        (first, Ok(hand)) => Some(first.by_hand(hand)),
        (_, Err(what)) => {
            section.mistake(&found, &what, "");
            None
        }
    }
}

/// As [`field`], for one that must be written.
pub(super) fn required_field(section: &Section<'_>, key: &'static str, holds: Holds<'_>) -> Option<Field> {
    if !section.has(key) {
        section.missing(key, FIELD);
    }
    field(section, key, holds)
}

/// Every key is read before the first `?`, so that all mistakes are told.
fn by_hand(table: &Section<'_>, holds: Holds<'_>) -> Option<(Field, Result<Hand, String>)> {
    let select = table.require("select", SELECT, |v| match v.as_array() {
        Some(_) => value::list(v, value::parsed::<Field>),
        None => value::parsed::<Field>(v).map(|field| vec![field]),
    });
    let text = |key| table.read(key, "a text", value::text);
    let hand = Hand {
        also: Vec::new(),
        join: text("join"),
        strip: table.read("strip", TEXTS, texts).unwrap_or_default(),
        matching: table.read("match", PATTERN, value::parsed::<Pattern>),
        template: table.read(
            "template",
            "a text with gaps such as \"/view.do?no={1}\" or \"No. {}\"",
            value::parsed::<Template>,
        ),
        date_format: match holds {
            Holds::Date(language) => table.read("date_format", "a pattern such as \"%d/%m/%Y\"", |v| {
                value::parsed::<DateFormat>(v).map(|format| format.of_language(language))
            }),
            Holds::Text | Holds::Each => None,
        },
        default: table.read("default", "a text", value::line),
    };
    let mut fields = select?.into_iter();
    let Some(first) = fields.next() else {
        return Some((Field::new(None, None), Err("this has no selector".to_owned())));
    };
    let also: Vec<Field> = fields.collect();
    if holds == Holds::Each && !also.is_empty() {
        let what = "each of the elements is one value here: write one selector, such as \"ul.files a, p.file a\"";
        return Some((first, Err(what.to_owned())));
    }
    let hand = Hand { also, ..hand }.sound();
    Some((first, hand.map_err(|error| error.to_string())))
}

fn texts(v: &DeValue<'_>) -> Result<Vec<String>, String> {
    match v.as_array() {
        Some(_) => value::list(v, value::text),
        None => value::text(v).map(|text| vec![text]),
    }
}
