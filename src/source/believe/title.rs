//! Titles: one line that people can read and nothing else.

use unicode_normalization::UnicodeNormalization;
use url::Url;

use crate::{
    notice::SafeHtml,
    source::{Draft, Kind, Source},
};

/// Longest title, in characters.
pub const MAX_CHARS: usize = 500;

/// Most marks that one letter carries.
const MAX_MARKS: usize = 4;

/// The title of `draft`: its own, else the beginning of its text, else the end of its link.
pub(super) fn of(draft: &Draft, link: Option<&Url>) -> Option<String> {
    let own = draft.title.as_deref().map(|title| one_line(title, MAX_CHARS));
    // Without a link there is nothing that the text would be of.
    let from_text = || link.and_then(|_| beginning(draft));
    let from_link = || {
        let last = link?.path_segments()?.rfind(|segment| !segment.is_empty())?.to_owned();
        let last = percent_encoding::percent_decode_str(&last).decode_utf8().ok()?;
        let words = last
            .rsplit_once('.')
            .map_or(&*last, |(name, _)| name)
            .replace(['-', '_'], " ");
        // A number or a program's name is no title.
        words.trim().contains(' ').then(|| one_line(&words, 100))
    };
    own.filter(|title| readable(title))
        .or_else(|| from_text().filter(|title| readable(title)))
        .or_else(|| from_link().filter(|title| readable(title)))
}

/// What stands for the title of a feed's entry that has none: feeds needn't give any (RSS 2.0 wants a title or a text). The
/// beginning of its text, its address or id, else the source's own name. `None` for drafts of pages, where a row without a
/// title is no notice.
pub(super) fn of_untitled(source: &Source, draft: &Draft, link: Option<&Url>) -> Option<String> {
    if !matches!(source.kind, Kind::Feed | Kind::Auto) {
        return None;
    }
    let told = link.map(Url::as_str).or(draft.guid.as_deref());
    beginning(draft)
        .filter(|title| readable(title))
        .or_else(|| {
            told.map(|told| one_line(told, MAX_CHARS))
                .filter(|title| readable(title))
        })
        .or_else(|| Some(source.name.clone()))
}

/// The first line of a draft's text.
fn beginning(draft: &Draft) -> Option<String> {
    let told = [draft.summary.as_deref(), draft.content.as_deref()];
    let text = told
        .into_iter()
        .flatten()
        .find_map(|markup| SafeHtml::clean(markup, None))?
        .text();
    Some(one_line(text.lines().next()?, 100))
}

fn readable(title: &str) -> bool {
    title.chars().any(|c| !c.is_whitespace())
}

/// `text` on one line of at most `max` characters: composed (NFC), white space folded, without control characters, marks
/// that turn the writing direction, invisible characters (where they aren't part of a script or emoji) and piles of marks.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    let (mut length, mut marks, mut gap) = (0, 0, false);
    // Bounded before composing: a text of ten million characters is not worth the work.
    let mut chars = text.chars().take(max.saturating_mul(20)).nfc().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        if c.is_whitespace() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}') {
            gap = length > 0;
            continue;
        }
        if c.is_control() || is_invisible(c) && !belongs(c, before, chars.peek().copied()) || is_noncharacter(c) {
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MAX_MARKS {
            continue;
        }
        let needed = 1 + usize::from(gap);
        if length + needed > max {
            let cut = line
                .char_indices()
                .nth(max.saturating_sub(1))
                .map_or(line.len(), |(at, _)| at);
            line.truncate(cut);
            line.push('…');
            return line;
        }
        if gap {
            line.push(' ');
        }
        line.push(c);
        (length, gap, before) = (length + needed, false, c);
    }
    line
}

/// Characters that nobody sees.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether an invisible character does its work here: joiners in the scripts that need them, and in emoji.
fn belongs(c: char, before: char, after: Option<char>) -> bool {
    let emoji = |c: char| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '©' | '®' | '0'..='9' | '#');
    let joining = |c: char| matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{18af}');
    match c {
        '\u{200c}' => joining(before) && after.is_some_and(joining),
        '\u{200d}' => joining(before) || emoji(before) && after.is_some_and(emoji),
        '\u{fe0f}' => emoji(before) && !before.is_ascii(),
        _ => false,
    }
}

fn is_noncharacter(c: char) -> bool {
    matches!(c as u32, 0xfdd0..=0xfdef | 0xe000..=0xf8ff) || matches!(c as u32 & 0xffff, 0xfffe | 0xffff)
}

fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(one_line(text, MAX_CHARS), expected);
    }

    #[test]
    fn a_title_is_one_readable_line() {
        check("  Water\r\n off\u{a0}on\tMonday ", "Water off on Monday");
        check("nul\0 bs\u{8} esc\u{1b}[31m c1\u{9b}", "nul bs esc[31m c1");
        check("Invoice \u{202e}gpj.exe\u{2066}", "Invoice gpj.exe");
        check("Pub\u{200b}lic\u{2060} No\u{feff}ti\u{200d}ce\u{fe0f}", "Public Notice");
        check("x\u{fffe}\u{ffff}\u{1ffff}y", "xy");
        check("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글");
    }

    #[test]
    fn joiners_stay_where_a_script_needs_them() {
        check("می\u{200c}خواهم", "می\u{200c}خواهم");
        check("👩\u{200d}🚒 day", "👩\u{200d}🚒 day");
        check("❤\u{fe0f}", "❤\u{fe0f}");
    }

    #[test]
    fn a_title_is_not_longer_than_it_may_be() {
        let long = one_line(&"T".repeat(10_000_000), MAX_CHARS);
        assert_eq!(long.chars().count(), MAX_CHARS);
        assert!(long.ends_with('…'));
        let zalgo = one_line(&format!("Z{}", "\u{301}\u{336}".repeat(5_000)), MAX_CHARS);
        assert!(zalgo.chars().count() <= 1 + MAX_MARKS);
        assert_eq!(one_line(&"a b ".repeat(400), 3), "a …");
    }
}
