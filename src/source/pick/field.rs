//! `selector @attribute`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::source::dom::{BadCss, Css, Element};

/// What to read of a row or page: the text of an element, or one of its attributes.
///
/// Written `selector`, `selector @attribute`, `@attribute` for an attribute of the row itself, or `.` for all its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Field {
    /// Which elements; `None`: the row itself.
    pub css: Option<Css>,
    /// Which attribute; `None`: the text.
    pub attr: Option<String>,
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
}

impl Field {
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

    /// What it reads of `element`, one of [`elements`](Self::elements); `None` when that is empty.
    pub fn value(&self, element: Element<'_>) -> Option<String> {
        let value = match &self.attr {
            Some(name) => element.attr(name)?,
            None => element.text(),
        };
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The first value that isn't empty.
    pub fn read(&self, scope: Element<'_>) -> Option<String> {
        self.elements(scope).into_iter().find_map(|element| self.value(element))
    }

    /// All values that aren't empty.
    pub fn read_all(&self, scope: Element<'_>) -> Vec<String> {
        let elements = self.elements(scope);
        elements.into_iter().filter_map(|element| self.value(element)).collect()
    }
}

impl FromStr for Field {
    type Err = BadField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text == "." {
            return Ok(Self { css: None, attr: None });
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
        Ok(Self {
            css,
            attr: attr.map(str::to_ascii_lowercase),
        })
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
        match (&self.css, &self.attr) {
            (Some(css), Some(attr)) => write!(f, "{css} @{attr}"),
            (Some(css), None) => css.fmt(f),
            (None, Some(attr)) => write!(f, "@{attr}"),
            (None, None) => f.write_str("."),
        }
    }
}

impl TryFrom<String> for Field {
    type Error = BadField;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        field.to_string()
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
