//! `selector @attribute`, and what is done by hand to the value that is found there.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{BadHand, Hand, written::Written};
use crate::source::dom::{BadCss, Css, Element};

/// What to read of a row or page: the text of an element, or one of its attributes.
///
/// Written `selector`, `selector @attribute`, `@attribute` for an attribute of the row itself, or `.` for all its text; or as
/// a table with the key `select` for these and further keys for what is done to the value (see [`Hand`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Field {
    /// Which elements; `None`: the row itself.
    pub css: Option<Css>,
    /// Which attribute; `None`: the text.
    pub attr: Option<String>,
    hand: Option<Box<Hand>>,
}

/// A text that is no [`Field`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadField {
    /// The selector is wrong.
    #[error(transparent)]
    Css(#[from] BadCss),
    /// What follows `@` is no attribute name.
    #[error("{0:?} is not an attribute name; write \"selector @name\", such as \"td.subject a @href\"")]
    Attribute(String),
    /// What is to be done to the value can't be.
    #[error(transparent)]
    Hand(#[from] BadHand),
}

impl Field {
    /// The text of the elements that `css` selects, or their attribute; of the row itself without `css`.
    pub fn new(css: Option<Css>, attr: Option<String>) -> Self {
        Self { css, attr, hand: None }
    }

    /// This field with everything that is done to its value.
    pub fn by_hand(self, hand: Hand) -> Self {
        let hand = (hand != Hand::default()).then(|| Box::new(hand));
        Self { hand, ..self }
    }

    /// What is done to the value; `None` where it is taken as it is found.
    pub fn hand(&self) -> Option<&Hand> {
        self.hand.as_deref()
    }

    /// The elements it is about, in document order: inside `scope`, or `scope` itself where nothing inside is selected.
    pub fn elements<'a>(&self, scope: Element<'a>) -> Vec<Element<'a>> {
        let Some(css) = &self.css else { return vec![scope] };
        let inside = scope.select(css);
        if inside.is_empty() && scope.matches(css) {
            vec![scope]
        } else {
            inside
        }
    }

    /// The first of [`elements`](Self::elements).
    pub fn element<'a>(&self, scope: Element<'a>) -> Option<Element<'a>> {
        let Some(css) = &self.css else { return Some(scope) };
        scope.first(css).or_else(|| scope.matches(css).then_some(scope))
    }

    /// What stands in `element`, one of [`elements`](Self::elements), as it is found; `None` when that is empty.
    pub fn value(&self, element: Element<'_>) -> Option<String> {
        let value = match &self.attr {
            Some(name) => element.attr(name)?,
            None => element.text(),
        };
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The first value that isn't empty, and that the hand can do something with.
    pub fn read(&self, scope: Element<'_>) -> Option<String> {
        let elements = self.elements(scope).into_iter();
        let mut values = elements.filter_map(|element| self.value(element));
        match &self.hand {
            None => values.next(),
            Some(hand) => hand.text(values, scope),
        }
    }

    /// All values that aren't empty; where several selectors make one value, that one.
    pub fn read_all(&self, scope: Element<'_>) -> Vec<String> {
        let elements = self.elements(scope).into_iter();
        let values = elements.filter_map(|element| self.value(element));
        match &self.hand {
            None => values.collect(),
            Some(hand) => hand.texts(values, scope),
        }
    }

    /// The selector alone, without what is done to the value.
    pub(super) fn selector(&self) -> String {
        match (&self.css, &self.attr) {
            (Some(css), Some(attr)) => format!("{css} @{attr}"),
            (Some(css), None) => css.to_string(),
            (None, Some(attr)) => format!("@{attr}"),
            (None, None) => ".".to_owned(),
        }
    }
}

impl FromStr for Field {
    type Err = BadField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text == "." {
            return Ok(Self::new(None, None));
        }
        let (css, attr) = match text.rfind('@') {
            Some(at) if at == 0 || text[..at].ends_with(char::is_whitespace) => {
                (text[..at].trim(), Some(text[at + 1..].trim()))
            }
            _ => (text, None),
        };
        if let Some(name) = attr
            && !is_attribute_name(name)
        {
            return Err(BadField::Attribute(name.chars().take(80).collect()));
        }
        let css = match (css, attr) {
            ("", Some(_)) => None,
            (css, _) => Some(css.parse()?),
        };
        Ok(Self::new(css, attr.map(str::to_ascii_lowercase)))
    }
}

fn is_attribute_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte))
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.selector())?;
        let also = self.hand.iter().flat_map(|hand| &hand.also);
        also.into_iter().try_for_each(|field| write!(f, " + {field}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dom::Doc;

    #[test]
    fn a_field_is_a_selector_and_an_attribute() {
        let doc = Doc::parse("<ul><li data-id=7><a href=/x title='Full title'>Full…</a><a href=/y></a></ul>");
        let row = doc.first(&"li".parse().expect("a selector")).expect("a row");
        for (text, value) in [
            ("a", Some("Full…")),
            ("a @href", Some("/x")),
            ("a  @TITLE", Some("Full title")),
            ("@data-id", Some("7")),
            ("li @data-id", Some("7")),
            ("b", None),
            ("a[href='/y']", None),
            (".", Some("Full…")),
        ] {
            let field: Field = text.parse().expect(text);
            assert_eq!(field.read(row).as_deref(), value, "{text}");
        }
    }

    #[test]
    fn a_field_is_written_as_it_is_read() {
        for text in [
            "td.subject a @href",
            "@onclick",
            "th:contains(\"@\") + td",
            "a[href*='@']",
            ".",
        ] {
            let field: Field = text.parse().expect(text);
            assert_eq!(field.to_string(), text);
        }
        for wrong in ["", "a @", "a @1", "a @href x", "td >> a", "@"] {
            assert!(wrong.parse::<Field>().is_err(), "{wrong:?}");
        }
    }
}
