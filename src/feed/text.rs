//! Text on its way into XML, HTML and summaries.

use std::borrow::Cow;

use url::Url;

/// Longest plain summary, in characters.
const SUMMARY: usize = 300;

/// `text` without the characters that XML 1.0 can't carry. The writers let them through, and the whole feed would be
/// unreadable for one of them.
pub(super) fn xml(text: &str) -> Cow<'_, str> {
    if text.chars().all(allowed) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| allowed(*c)).collect())
    }
}

/// [`xml`] on one line.
pub(super) fn line(text: &str) -> String {
    xml(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `url` as RFC 3986 allows it: browsers leave some characters as they are that no address may have.
pub(super) fn address(url: &Url) -> String {
    let mut address = String::with_capacity(url.as_str().len());
    for c in url.as_str().chars() {
        match c {
            '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => address.push_str(&format!("%{:02X}", u32::from(c))),
            c => address.push(c),
        }
    }
    address
}

/// `told` when it has the form of a BCP 47 tag, which the grammars of feeds ask for.
pub(super) fn tag(told: &str) -> Option<&str> {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let begins = told
        .split('-')
        .next()
        .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_alphabetic()));
    (begins && told.split('-').all(is_part)).then_some(told)
}

/// `text` as HTML that shows it.
pub(crate) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in xml(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The beginning of `text` on one line, cut between words where there are any.
pub(super) fn summary(text: &str) -> Option<String> {
    let text = line(text);
    if text.is_empty() {
        return None;
    }
    let Some((cut, _)) = text.char_indices().nth(SUMMARY) else {
        return Some(text);
    };
    let kept = text.char_indices().nth(SUMMARY - 1).map_or(cut, |(at, _)| at);
    let kept = &text[..kept];
    let words = kept.rfind(' ').filter(|at| *at > kept.len() / 2).unwrap_or(kept.len());
    Some(format!("{}…", kept[..words].trim_end()))
}

/// `number` with a comma between thousands: `9,872`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Production `Char` of XML 1.0, without the controls and non-characters that it only tolerates.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{7e}' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c as u32 & 0xffff, 0xfffe | 0xffff)
        && !matches!(c, '\u{fdd0}'..='\u{fdef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_cannot_carry_are_dropped() {
        assert_eq!(xml("a\u{0}\u{b}\u{1f}\u{fffe}\u{1ffff}b\u{9f}"), "ab");
        assert!(matches!(xml("plain 공지 😀"), Cow::Borrowed(_)));
        assert_eq!(line(" a\r\n b\t"), "a b");
    }

    #[test]
    fn an_address_has_no_character_that_no_address_may_have() {
        let url = "https://a.example/b|c?d=^{`}\"<>|#e".parse().expect("an address");
        assert_eq!(address(&url), "https://a.example/b%7Cc?d=%5E%7B%60%7D%22%3C%3E%7C#e");
    }

    #[test]
    fn a_summary_is_short_and_ends_between_words() {
        let long = "word ".repeat(100);
        let short = summary(&long).expect("a summary");
        assert!(short.chars().count() <= 300 && short.ends_with("word…"), "{short}");
        assert_eq!(summary(&"가".repeat(400)).expect("a summary").chars().count(), 300);
        assert_eq!(summary("a\n b").as_deref(), Some("a b"));
        assert_eq!(summary(" \u{1}"), None);
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            [0, 999, 9872, 1_234_567].map(grouped),
            ["0", "999", "9,872", "1,234,567"]
        );
    }
}
