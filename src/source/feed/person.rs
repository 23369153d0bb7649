//! Names of people and departments.
//!
//! RSS wants "mail (Name)" and gets `Name <mail>`, "Name (mail)" and everything else; Atom has elements. A reader wants the
//! name; the mail address stands for it where there is none.

use super::{element::Element, names::Name, text};

/// The name in an author's element.
pub(super) fn of(element: Element<'_, '_>) -> Option<String> {
    if !element.has_children() {
        return text::plain(element).and_then(|told| name(&told));
    }
    let child = |name| {
        element
            .children()
            .find(|child| child.name() == name)
            .and_then(text::line)
    };
    child(Name::Person)
        .or_else(|| child(Name::Email))
        .map(|told| name(&told).unwrap_or(told))
        .or_else(|| text::plain(element).and_then(|told| name(&told)))
}

/// The name in `told`, else the mail address.
fn name(told: &str) -> Option<String> {
    let told = told.trim();
    let mail = told
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | ',' | '"' | ';'))
        .map(|word| word.strip_prefix("mailto:").unwrap_or(word))
        .find(|word| is_mail(word));
    let Some(mail) = mail else {
        return (!told.is_empty()).then(|| told.to_owned());
    };
    let rest = told.replacen(mail, " ", 1).replace("mailto:", " ");
    let rest = rest
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | ',' | '"' | ';'));
    Some(if rest.is_empty() { mail } else { rest }.to_owned())
}

fn is_mail(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && host.contains('.') && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(told: &str, expected: &str) {
        assert_eq!(name(told).as_deref().unwrap_or_default(), expected, "{told}");
    }

    #[test]
    fn a_reader_wants_the_name() {
        check("me@example.org (Civil Affairs)", "Civil Affairs");
        check("Civil Affairs (me@example.org)", "Civil Affairs");
        check("Civil Affairs <me@example.org>", "Civil Affairs");
        check("\"Civil Affairs\" <mailto:me@example.org>", "Civil Affairs");
        check("Civil Affairs (North)", "Civil Affairs (North)");
        check("me@example.org", "me@example.org");
        check(" ", "");
    }
}
