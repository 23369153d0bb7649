//! Regular expressions that find the parts of a value.

use std::{fmt, str::FromStr};

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// A compiled regular expression, bounded in size.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Regex);

impl Pattern {
    /// The groups where the pattern first matches `text`.
    pub fn groups<'t>(&self, text: &'t str) -> Option<regex::Captures<'t>> {
        self.0.captures(text)
    }

    /// What the pattern is about: the group named `value`, else the first group, else all that matches.
    pub fn value<'t>(captures: &regex::Captures<'t>) -> &'t str {
        let told = captures.name("value").or_else(|| captures.get(1));
        told.or_else(|| captures.get(0)).map_or("", |found| found.as_str())
    }

    /// The numbers and names of its groups.
    pub fn group_names(&self) -> Vec<String> {
        let numbers = (0..self.0.captures_len()).map(|number| number.to_string());
        let names = self.0.capture_names().flatten().map(str::to_owned);
        numbers.chain(names).collect()
    }

    /// The value of a group by number or name; without a name that of [`value`](Self::value).
    pub fn group(captures: &regex::Captures<'_>, name: &str) -> Option<String> {
        let found = match name.parse() {
            Ok(number) => captures.get(number),
            Err(_) if name.is_empty() => return Some(Self::value(captures).to_owned()),
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

    #[track_caller]
    fn check(pattern: &str, expected: &str) {
        let pattern: Pattern = pattern.parse().expect("a pattern");
        let groups = pattern.groups("No. 17 of 2020").expect("a match");
        assert_eq!(Pattern::value(&groups), expected);
        assert_eq!(Pattern::group(&groups, "").as_deref(), Some(expected));
    }

    #[test]
    fn a_pattern_is_about_the_group_called_value_else_the_first_else_all() {
        check(r"No\. (\d+) of (?<value>\d+)", "2020");
        check(r"No\. (\d+) of (\d+)", "17");
        check(r"\d+ of \d+", "17 of 2020");
    }
}
