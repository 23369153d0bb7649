//! What is done by hand to a value that a selector found: put together, taken apart, cleaned, written anew.

use super::{BadDateFormat, DateFormat, Field, Pattern, Template};
use crate::source::{board::markup, dom::Element};

/// Most selectors that make one value.
const MAX_SELECTORS: usize = 20;

/// Most texts that are taken away of one value.
const MAX_STRIPPED: usize = 100;

/// What is done to a value, in this order.
///
/// Without a template the selectors' values are joined; the value that results is never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hand {
    /// Further selectors, whose values are put behind the first one's.
    pub also: Vec<Field>,
    /// What stands between the values; a space when nothing else is said.
    pub join: Option<String>,
    /// Texts that are taken away wherever they stand.
    pub strip: Vec<String>,
    /// What of the value counts: the group named `value`, else the first group, else all that matches. Of several elements
    /// the first that matches is read.
    pub matching: Option<Pattern>,
    /// What is made of it. `{}` is the value; `{1}` and `{name}` are the pattern's groups, and without a pattern the
    /// selectors' values by number.
    pub template: Option<Template>,
    /// How the value says a date.
    pub date_format: Option<DateFormat>,
    /// The value where nothing is found.
    pub default: Option<String>,
}

/// What can't be done to a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHand {
    /// Neither none nor too many of them make one value.
    #[error("this needs from one to {MAX_SELECTORS} selectors")]
    Selectors,
    /// There would be no end of it.
    #[error("this takes away an empty text, or more than {MAX_STRIPPED} texts")]
    Strip,
    /// The template asks for what nothing gives.
    #[error("nothing fills the gap {{{0}}}: known are {1}")]
    Gap(String, String),
    /// The date's pattern is none.
    #[error(transparent)]
    DateFormat(#[from] BadDateFormat),
}

/// What the value is for: in an address the gaps of the template are percent-encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Text,
    Address,
}

impl Hand {
    /// Whether everything that is asked for can be done.
    ///
    /// # Errors
    ///
    /// [`BadHand`]
    pub fn sound(self) -> Result<Self, BadHand> {
        if self.also.len() >= MAX_SELECTORS {
            return Err(BadHand::Selectors);
        }
        if self.strip.len() > MAX_STRIPPED || self.strip.iter().any(String::is_empty) {
            return Err(BadHand::Strip);
        }
        let numbered = |n: usize| (1..=n).map(|n| n.to_string()).collect::<Vec<_>>();
        let known = match &self.matching {
            Some(pattern) => pattern.group_names(),
            None => numbered(1 + self.also.len()),
        };
        let gaps: Vec<&str> = self.template.iter().flat_map(Template::gaps).collect();
        match gaps
            .into_iter()
            .find(|gap| !gap.is_empty() && !known.iter().any(|known| known == gap))
        {
            Some(gap) => {
                let known: Vec<String> = known.iter().map(|name| format!(", {{{name}}}")).collect();
                Err(BadHand::Gap(gap.to_owned(), format!("{{}}{}", known.concat())))
            }
            None => Ok(self),
        }
    }

    /// The first text that can be made of one of `found`, what the first selector found in `scope`.
    pub fn text(&self, found: impl Iterator<Item = String>, scope: Element<'_>) -> Option<String> {
        self.first(found, scope).or_else(|| self.default.clone())
    }

    /// The texts that can be made of `found`, each of its own; where several selectors make one text, that one.
    pub fn texts(&self, found: impl Iterator<Item = String>, scope: Element<'_>) -> Vec<String> {
        let mut made: Vec<String> = match self.also.is_empty() {
            true => found
                .filter_map(|value| self.made(Some(value), &[], Use::Text))
                .collect(),
            false => self.first(found, scope).into_iter().collect(),
        };
        if made.is_empty() {
            made.extend(self.default.clone());
        }
        made
    }

    /// The address that can be made of `found`, what one element of the first selector says.
    pub fn address(&self, found: Option<String>, scope: Element<'_>) -> Option<String> {
        self.made(found, &self.others(scope), Use::Address)
    }

    /// The markup that can be made of `found`, that of the first selector's elements, and of the others' in `scope`.
    pub fn markup(&self, found: Option<String>, scope: Element<'_>) -> Option<String> {
        let others: Vec<Option<String>> = self.also.iter().map(|field| markup(field, scope)).collect();
        self.made(found, &others, Use::Text).or_else(|| self.default.clone())
    }

    fn first(&self, found: impl Iterator<Item = String>, scope: Element<'_>) -> Option<String> {
        let others = self.others(scope);
        let none = others.iter().any(Option::is_some).then_some(None);
        found
            .map(Some)
            .chain(none)
            .find_map(|value| self.made(value, &others, Use::Text))
    }

    fn others(&self, scope: Element<'_>) -> Vec<Option<String>> {
        self.also.iter().map(|field| field.read(scope)).collect()
    }

    fn made(&self, first: Option<String>, others: &[Option<String>], purpose: Use) -> Option<String> {
        let values: Vec<Option<String>> = [first]
            .iter()
            .chain(others)
            .map(|value| self.stripped(value.as_deref()?))
            .collect();
        let whole = values.iter().flatten().cloned().collect::<Vec<_>>();
        let whole = whole.join(self.join.as_deref().unwrap_or(" "));
        let groups = match &self.matching {
            Some(pattern) => Some(pattern.groups(&whole)?),
            None => None,
        };
        let value = groups.as_ref().map_or(whole.as_str(), Pattern::value);
        let made = match &self.template {
            None => value.to_owned(),
            Some(template) => {
                let fill = |gap: &str| match (&groups, gap) {
                    (_, "") => Some(value.to_owned()),
                    (Some(groups), name) => Pattern::group(groups, name),
                    (None, number) => values.get(number.parse::<usize>().ok()?.checked_sub(1)?)?.clone(),
                };
                match purpose {
                    Use::Text => template.fill_text(fill)?,
                    Use::Address => template.fill(fill)?,
                }
            }
        };
        let made = match &self.date_format {
            Some(format) => format.read(&made)?,
            None => made,
        };
        Some(made.trim().to_owned()).filter(|made| !made.is_empty())
    }

    fn stripped(&self, value: &str) -> Option<String> {
        let mut value = value.to_owned();
        for text in &self.strip {
            if value.contains(text.as_str()) {
                value = value.replace(text.as_str(), "");
            }
        }
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dom::Doc;

    const ROW: &str = "<tr data-board=b7 data-no=41><td class=no>No. 41<td class=t>[Tender] Road works NEW<td class=by>Roads \
                       & Parks<td class=d>Posted <b>13/07/24</b> 09:30<td class=d>Closes 20/07/24<td class=n>";

    #[track_caller]
    fn check(field: &str, expected: Option<&str>) {
        let doc = Doc::parse(&format!("<table>{ROW}</table>"));
        let row = doc.first(&"tr".parse().expect("a selector")).expect("a row");
        let field: Field = toml::from_str::<std::collections::HashMap<String, Field>>(&format!("f = {field}"))
            .expect(field)
            .remove("f")
            .expect("a field");
        assert_eq!(field.read(row).as_deref(), expected);
    }

    #[test]
    fn texts_are_taken_away() {
        check("{ select = '.t', strip = 'NEW' }", Some("[Tender] Road works"));
        check("{ select = '.t', strip = ['NEW', '[Tender]'] }", Some("Road works"));
        check("{ select = '.t', strip = ['[Tender] Road works NEW'] }", None);
    }

    #[test]
    fn a_part_of_the_value_is_matched() {
        check(r"{ select = '.t', match = '\[(\w+)\]' }", Some("Tender"));
        check(r"{ select = '.t', match = '\[(\w+)\] (?<value>\w+)' }", Some("Road"));
        check(r"{ select = '.no', match = '\d+' }", Some("41"));
        check(r"{ select = '.no', match = '\d{5}' }", None);
        check(r"{ select = 'td', match = 'Closes (.*)' }", Some("20/07/24"));
    }

    #[test]
    fn values_are_written_anew() {
        check("{ select = '.no', template = '({})' }", Some("(No. 41)"));
        check(
            r"{ select = '.no', match = '(?<n>\d+)', template = 'b{n}/{1}' }",
            Some("b41/41"),
        );
        check("{ select = '.n', template = '({})' }", None);
    }

    #[test]
    fn several_selectors_make_one_value() {
        check("{ select = ['.no', '.by'] }", Some("No. 41 Roads & Parks"));
        check(
            "{ select = ['.no', '.n', '.by'], join = ' / ' }",
            Some("No. 41 / Roads & Parks"),
        );
        check("{ select = ['.n', '.by'] }", Some("Roads & Parks"));
        check(
            "{ select = ['@data-board', '@data-no'], template = '{2}@{1}' }",
            Some("41@b7"),
        );
        check("{ select = ['.n', '@data-no'], template = '{2}@{1}' }", None);
        check(
            r"{ select = ['.no', '.by'], strip = 'No. ', match = '^(\d+) (\w)' , template = '{2}{1}'}",
            Some("R41"),
        );
    }

    #[test]
    fn a_date_is_read_as_it_is_written() {
        check(r"{ select = '.d b', date_format = '%d/%m/%y' }", Some("2024-07-13"));
        check(
            r"{ select = '.d', strip = 'Posted', date_format = '%d/%m/%y %H:%M' }",
            Some("2024-07-13T09:30:00"),
        );
        check(
            r"{ select = '.d', match = 'Closes (.*)', date_format = '%d/%m/%y' }",
            Some("2024-07-20"),
        );
        check(r"{ select = '.d', date_format = '%d/%m/%y' }", None);
    }

    #[test]
    fn where_nothing_is_found_the_default_stands() {
        check("{ select = '.n', default = 'City hall' }", Some("City hall"));
        check("{ select = '.by', default = 'City hall' }", Some("Roads & Parks"));
        check(
            "{ select = '.by', match = '^$', default = 'City hall' }",
            Some("City hall"),
        );
    }

    #[test]
    fn what_can_not_be_done_says_why() {
        for (table, why) in [
            ("{ select = [] }", "one to 20 selectors"),
            ("{ select = '.t', strip = '' }", "empty text"),
            (
                r"{ select = '.t', match = '(\d)(?<n>x)', template = '{3}' }",
                "{3}: known are {}, {0}, {1}, {2}, {n}",
            ),
            (
                "{ select = ['.t', '.n'], template = '{no}' }",
                "{no}: known are {}, {1}, {2}",
            ),
            ("{ select = '.t', date_format = '%H' }", "which day"),
        ] {
            let read = toml::from_str::<std::collections::HashMap<String, Field>>(&format!("f = {table}"));
            let told = read.expect_err(table).to_string();
            assert!(told.contains(why), "{told}");
        }
    }
}
