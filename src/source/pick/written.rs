//! How a field is written: as a text, or as a table when something is done to its value.

use serde::{Deserialize, Serialize};

use super::{BadField, BadHand, Field, Hand, Pattern, Template};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Plain(String),
    ByHand(Table),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    select: Texts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    join: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    strip: Option<Texts>,
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    matching: Option<Pattern>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date_format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    More(Vec<String>),
}

impl TryFrom<Written> for Field {
    type Error = BadField;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let table = match written {
            Written::Plain(text) => return text.parse(),
            Written::ByHand(table) => table,
        };
        let mut fields = Vec::new();
        for text in table.select.list() {
            fields.push(text.parse::<Field>()?);
        }
        if fields.is_empty() {
            return Err(BadHand::Selectors.into());
        }
        let first = fields.remove(0);
        let date_format = table.date_format.map(|text| text.parse()).transpose();
        let hand = Hand {
            also: fields,
            join: table.join,
            strip: table.strip.map(Texts::list).unwrap_or_default(),
            matching: table.matching,
            template: table.template,
            date_format: date_format.map_err(BadHand::from)?,
            default: table.default,
        };
        Ok(first.by_hand(hand.sound()?))
    }
}

impl From<Field> for Written {
    fn from(field: Field) -> Self {
        let Some(hand) = field.hand().cloned() else {
            return Self::Plain(field.selector());
        };
        let select = [field.selector()]
            .into_iter()
            .chain(hand.also.iter().map(Field::selector));
        Self::ByHand(Table {
            select: Texts::of(select.collect()),
            join: hand.join,
            strip: Some(hand.strip).filter(|texts| !texts.is_empty()).map(Texts::of),
            matching: hand.matching,
            template: hand.template,
            date_format: hand.date_format.map(|format| format.to_string()),
            default: hand.default,
        })
    }
}

impl Texts {
    fn of(mut list: Vec<String>) -> Self {
        match list.len() {
            1 => Self::One(list.remove(0)),
            _ => Self::More(list),
        }
    }

    fn list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::More(list) => list,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        field: Field,
    }

    #[track_caller]
    fn check(text: &str) {
        let row: Row = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
        let written = toml::to_string(&row).expect("TOML");
        assert_eq!(toml::from_str::<Row>(&written).expect("a field"), row, "{written}");
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        check("field = 'td.subject a @href'");
        check("field = { select = '.t', strip = 'NEW' }");
        check(
            r"field = { select = ['.a', '@b'], join = '/', strip = ['x', 'y'], match = '(\d+)', template = '{1}', date_format = '%d/%m/%y', default = 'z' }",
        );
    }

    #[test]
    fn a_field_that_is_taken_as_it_is_found_is_written_as_a_text() {
        let row: Row = toml::from_str("field = { select = 'td a' }").expect("a field");
        assert_eq!(toml::to_string(&row).expect("TOML"), "field = \"td a\"\n");
    }
}
