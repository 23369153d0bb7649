//! Texts with gaps, mostly addresses.

use std::{fmt, str::FromStr};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// Most gaps of one template.
const MAX_GAPS: usize = 50;

/// A text with gaps: `/view.do?bbs={1}&no={2}`. `{}` is the value itself, where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Gap(String),
}

/// A text that is no [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a template: {why}; write gaps as {{}}, {{1}} or {{name}}, such as \"/view.do?no={{1}}\"")]
pub struct BadTemplate {
    text: String,
    why: &'static str,
}

impl Template {
    /// The address with its gaps filled; `None` when a gap has no value.
    ///
    /// Values are percent-encoded, unless the template begins with them: then they are addresses themselves.
    pub fn fill(&self, value: impl FnMut(&str) -> Option<String>) -> Option<String> {
        // What would end the part of the address that the gap is in.
        const IN_GAP: &AsciiSet = &CONTROLS
            .add(b' ')
            .add(b'"')
            .add(b'#')
            .add(b'&')
            .add(b'+')
            .add(b'<')
            .add(b'>')
            .add(b'?');
        self.filled(value, |filled, value| match filled.is_empty() {
            true => filled.push_str(value),
            false => filled.extend(utf8_percent_encode(value, IN_GAP)),
        })
    }

    /// As [`fill`](Self::fill), for a text that is no address: values stand in it as they are.
    pub fn fill_text(&self, value: impl FnMut(&str) -> Option<String>) -> Option<String> {
        self.filled(value, String::push_str)
    }

    fn filled(&self, mut value: impl FnMut(&str) -> Option<String>, put: impl Fn(&mut String, &str)) -> Option<String> {
        let mut filled = String::with_capacity(self.text.len());
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Gap(name) => put(&mut filled, &value(name).filter(|value| !value.is_empty())?),
            }
        }
        Some(filled)
    }

    /// The names of its gaps.
    pub fn gaps(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Gap(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }
}

impl FromStr for Template {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = |why| BadTemplate {
            text: text.chars().take(200).collect(),
            why,
        };
        let mut parts = Vec::new();
        let mut rest = text.trim();
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or_else(|| bad("a '{' is not closed"))? + open;
            let name = &rest[open + 1..close];
            // A gap of a JSON source is named by a path.
            if name.contains(|c: char| c.is_whitespace() || c == '{') {
                return Err(bad("a gap's name has a space or a brace in it"));
            }
            if parts.len() > 2 * MAX_GAPS {
                return Err(bad("it has too many gaps"));
            }
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            parts.push(Part::Gap(name.to_owned()));
            rest = &rest[close + 1..];
        }
        if rest.contains('}') {
            return Err(bad("a '}' was not opened"));
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if parts.is_empty() {
            return Err(bad("it is empty"));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            parts,
        })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Template {
    type Error = BadTemplate;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_and_encoded() {
        let value = |name: &str| match name {
            "1" => Some("a b&c".to_owned()),
            "2" => Some("/x?y=1".to_owned()),
            _ => None,
        };
        for (template, filled) in [
            ("/v?n={1}", Some("/v?n=a%20b%26c")),
            ("{2}", Some("/x?y=1")),
            ("/v?n={1}&m={3}", None),
            ("/fixed", Some("/fixed")),
        ] {
            let template: Template = template.parse().expect(template);
            assert_eq!(template.fill(value).as_deref(), filled, "{template}");
        }
    }

    #[test]
    fn a_wrong_template_says_why() {
        for (text, why) in [
            ("/v?n={1", "not closed"),
            ("/v?n=1}", "not opened"),
            ("/v?n={ }", "a space"),
            ("/v?n={{1}}", "a brace"),
            (&"{1}/".repeat(60), "too many gaps"),
            ("", "empty"),
        ] {
            let error = text.parse::<Template>().expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
