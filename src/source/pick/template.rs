//! Addresses with gaps, and patterns that fill them.

use std::{fmt, str::FromStr};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// An address with gaps: `/view.do?bbs={1}&no={2}`.
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
#[error("{text:?} is not a template: {why}; write gaps as {{1}} or {{name}}, such as \"/view.do?no={{1}}\"")]
pub struct BadTemplate {
    text: String,
    why: &'static str,
}

impl Template {
    /// The template with its gaps filled; `None` when a gap has no value.
    ///
    /// Values are percent-encoded, unless the template begins with them: then they are addresses themselves.
    pub fn fill(&self, mut value: impl FnMut(&str) -> Option<String>) -> Option<String> {
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
        let mut filled = String::with_capacity(self.text.len());
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Gap(name) => {
                    let value = value(name).filter(|value| !value.is_empty())?;
                    if filled.is_empty() {
                        filled.push_str(&value);
                    } else {
                        filled.extend(utf8_percent_encode(&value, IN_GAP));
                    }
                }
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
            if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '{') {
                return Err(bad("a gap has no name"));
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

/// A compiled regular expression, bounded in size.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Regex);

impl Pattern {
    /// What the group `name` (a number or a name) holds where the pattern first matches `text`.
    pub fn groups<'t>(&self, text: &'t str) -> Option<regex::Captures<'t>> {
        self.0.captures(text)
    }

    /// The value of a group by number or name.
    pub fn group(captures: &regex::Captures<'_>, name: &str) -> Option<String> {
        let found = match name.parse() {
            Ok(number) => captures.get(number),
            Err(_) => captures.name(name),
        };
        found.map(|found| found.as_str().to_owned())
    }
}

impl FromStr for Pattern {
    type Err = regex::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        RegexBuilder::new(text).size_limit(1 << 20).build().map(Self)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.0.as_str())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
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
            ("/v?n={}", "no name"),
            ("", "empty"),
        ] {
            let error = text.parse::<Template>().expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
