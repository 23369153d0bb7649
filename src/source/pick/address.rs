//! Where an element leads.

use super::{Field, Pattern, Template, address_in, arguments};
use crate::source::dom::Element;

/// How the address of a row or file is found.
///
/// An ordinary `href` is taken as it is. Where only a script knows the address, the template is filled:
/// - with the groups of `pattern` (`{1}`, `{name}`), where it matches the value, `href`, `onclick` or any other attribute of
///   the element; or
/// - without a pattern, with the arguments of the first call there: `javascript:fn_view('407','1001')` gives `{1}` and `{2}`; or
/// - with the value itself as `{1}`, when it is no script and was read from an attribute other than `href` or `src`
///   (`link = "@data-id"`).
///
/// A field that is finished by hand says all of that itself; without an attribute it is about the `href`, else the text.
#[derive(Clone, Copy, Debug)]
pub struct Address<'r> {
    /// Which element, and which attribute; `href` when none is named.
    pub field: &'r Field,
    /// Finds the parts in what a script says.
    pub pattern: Option<&'r Pattern>,
    /// Makes them an address.
    pub template: Option<&'r Template>,
}

impl Address<'_> {
    /// The first address in `row`.
    pub fn first(&self, row: Element<'_>) -> Option<String> {
        let elements = self.field.elements(row).into_iter();
        let hand = self.field.hand();
        elements
            .filter_map(|element| self.of(element, row))
            .next()
            .or_else(|| hand.and_then(|hand| hand.default.clone()))
    }

    /// The address of `element`, one of the field's; a script when nothing better is known.
    pub fn of(&self, element: Element<'_>, row: Element<'_>) -> Option<String> {
        let attr = self.field.attr.as_deref().unwrap_or("href");
        let value = element.attr(attr).map(|value| value.trim().to_owned());
        if let Some(hand) = self.field.hand() {
            let text = || self.field.attr.is_none().then(|| element.text());
            return hand.address(value.or_else(text), row);
        }
        let plain = value.as_deref().filter(|value| !leads_nowhere(value));
        if self.template.is_none() && self.pattern.is_none() && matches!(attr, "href" | "src") && plain.is_some() {
            return value;
        }
        self.filled(element, row, value.as_deref(), attr)
            .or_else(|| plain.filter(|_| !attr.starts_with("on")).map(str::to_owned))
            .or_else(|| scripts(element, row, value.as_deref()).find_map(|script| address_in(&script)))
            // A script is no address, but what it calls tells the row from its neighbours.
            .or_else(|| scripts(element, row, value.as_deref()).find(|script| arguments(script).is_some()))
    }

    fn filled(&self, element: Element<'_>, row: Element<'_>, value: Option<&str>, attr: &str) -> Option<String> {
        let template = self.template?;
        if let Some(pattern) = self.pattern {
            let attributes = element.attrs().into_iter().map(|(_, value)| value);
            let texts = value
                .map(str::to_owned)
                .into_iter()
                .chain(attributes)
                .chain(scripts(element, row, value));
            return texts.take(40).find_map(|text| {
                let groups = pattern.groups(&text)?;
                template.fill(|name| Pattern::group(&groups, name))
            });
        }
        let numbered = |list: &[String], name: &str| {
            let number = if name.is_empty() {
                1
            } else {
                name.parse::<usize>().ok()?
            };
            list.get(number.checked_sub(1)?).cloned()
        };
        let link = matches!(attr, "href" | "src");
        if let Some(value) = value.filter(|value| !link && !value.is_empty() && !value.contains('(')) {
            return template.fill(|name| numbered(&[value.to_owned()], name));
        }
        if value.is_some_and(|value| link && !leads_nowhere(value)) {
            return None;
        }
        scripts(element, row, value).find_map(|script| {
            let list = arguments(&script)?;
            template.fill(|name| numbered(&list, name))
        })
    }
}

/// Whether a link's value is a script, or only says "here".
fn leads_nowhere(value: &str) -> bool {
    let letters: String = value
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .take(11)
        .collect();
    letters.is_empty() || letters.starts_with("#none") || letters == "#" || letters.eq_ignore_ascii_case("javascript:")
}

/// The scripts that a click on `element` may run, nearest first.
fn scripts<'a>(element: Element<'a>, row: Element<'a>, value: Option<&str>) -> impl Iterator<Item = String> + use<'a> {
    let own = value.map(str::to_owned).into_iter();
    let here = ["onclick", "href", "onmousedown", "onkeypress"]
        .into_iter()
        .filter_map(move |name| element.attr(name));
    let above = element
        .ancestors()
        .take_while(move |above| *above != row)
        .take(4)
        .chain([row])
        .filter_map(|above| above.attr("onclick"));
    own.chain(here).chain(above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dom::Doc;

    #[track_caller]
    fn check(row: &str, field: &str, pattern: Option<&str>, template: Option<&str>, expected: Option<&str>) {
        let doc = Doc::parse(&format!("<ul>{row}</ul>"));
        let row = doc.first(&"li".parse().expect("a selector")).expect("a row");
        let field: Field = field.parse().expect("a field");
        let pattern: Option<Pattern> = pattern.map(|text| text.parse().expect("a pattern"));
        let template: Option<Template> = template.map(|text| text.parse().expect("a template"));
        let address = Address {
            field: &field,
            pattern: pattern.as_ref(),
            template: template.as_ref(),
        };
        let found = field.element(row).and_then(|element| address.of(element, row));
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn an_ordinary_link_is_taken_as_it_is() {
        check("<li><a href=/v?n=1>x</a>", "a", None, None, Some("/v?n=1"));
        check("<li><a href=/v?n=1>x</a>", "a", None, Some("/w?n={1}"), Some("/v?n=1"));
        check("<li><a href='#n4'>x</a>", "a @href", None, None, Some("#n4"));
    }

    #[test]
    fn a_template_makes_addresses_of_scripts() {
        let template = Some("/view.do?bbs={1}&no={2}");
        let expected = Some("/view.do?bbs=407&no=1001");
        check(
            "<li><a href=\"javascript:fn_view('407','1001')\">x</a>",
            "a",
            None,
            template,
            expected,
        );
        check(
            "<li><a href='#' onclick=\"fn_view('407',1001);return false\">x</a>",
            "a",
            None,
            template,
            expected,
        );
        check(
            "<li><a href='javascript:;' onclick=\"fn_view('407',1001)\">x</a>",
            "a @href",
            None,
            template,
            expected,
        );
        check(
            "<li onclick=\"fn_view('407','1001')\"><b><a>x</a></b>",
            "a",
            None,
            template,
            expected,
        );
        check(
            "<li onclick=\"fn_view('407','1001')\">x",
            "@onclick",
            None,
            template,
            expected,
        );
        check(
            "<li><a href=\"javascript:fn_view('407')\">x</a>",
            "a",
            None,
            template,
            Some("javascript:fn_view('407')"),
        );
        check("<li data-id=77>x", "@data-id", None, Some("/v/{1}"), Some("/v/77"));
    }

    #[test]
    fn a_pattern_says_which_parts_count() {
        let script = "<li><a href='#' onclick=\"go({no:1001, bbs:'407'})\">x</a>";
        check(
            script,
            "a",
            Some("no:(?<no>\\d+)"),
            Some("/v?n={no}"),
            Some("/v?n=1001"),
        );
        check(
            script,
            "a",
            Some("no:(\\d+).*?'(\\d+)'"),
            Some("/v?n={1}&b={2}"),
            Some("/v?n=1001&b=407"),
        );
        check(script, "a", Some("nr:(\\d+)"), Some("/v?n={1}"), None);
        check(
            "<li><a href=/old?n=5>x</a>",
            "a",
            Some("n=(\\d+)"),
            Some("/v/{1}"),
            Some("/v/5"),
        );
    }

    #[test]
    fn an_address_said_outright_needs_no_template() {
        check(
            "<li onclick=\"location.href='/v?n=1'\"><a>x</a>",
            "a",
            None,
            None,
            Some("/v?n=1"),
        );
        check("<li><a href='#'>x</a>", "a", None, None, None);
    }
}
