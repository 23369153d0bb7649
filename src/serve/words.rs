//! The words of `?q=`: which notices hold them.
//!
//! Pure. A word stands where it stands, inside others too: many languages put no spaces between theirs.

use unicode_normalization::UnicodeNormalization;

use crate::notice::{Notice, SafeHtml};

/// Longest search, in characters.
const MAX_CHARS: usize = 200;

/// Most words and phrases of one search.
const MAX_TERMS: usize = 16;

/// What somebody searches for: `water "public notice" -gas`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Words {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Term {
    /// Folded, one line.
    text: String,
    wanted: bool,
}

/// A search that is too long, or of too many words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl Words {
    /// What `told` asks for; `None` when there is no word in it.
    pub(super) fn read(told: &str) -> Result<Option<Self>, TooMany> {
        if told.chars().take(MAX_CHARS + 1).count() > MAX_CHARS {
            return Err(TooMany);
        }
        let mut terms: Vec<Term> = Vec::new();
        let mut rest = told.trim_start();
        while !rest.is_empty() {
            let (wanted, bare) = match rest.strip_prefix('-') {
                Some(bare) => (false, bare),
                None => (true, rest),
            };
            let (text, behind) = match bare.strip_prefix('"') {
                Some(phrase) => phrase.split_once('"').unwrap_or((phrase, "")),
                None => bare.split_at(bare.find(char::is_whitespace).unwrap_or(bare.len())),
            };
            let term = Term {
                text: folded(text),
                wanted,
            };
            if !term.text.is_empty() && !terms.contains(&term) {
                terms.push(term);
            }
            rest = behind.trim_start();
        }
        match terms.len() {
            0 => Ok(None),
            1..=MAX_TERMS => Ok(Some(Self { terms })),
            _ => Err(TooMany),
        }
    }

    /// Whether the title, the text and the names of the files of `notice` hold all words, and none that is not wanted.
    pub(super) fn stand_in(&self, notice: &Notice) -> bool {
        let body = notice.content.as_ref().or(notice.summary.as_ref());
        let files = notice.attachments.iter().map(|file| file.name.clone());
        let texts = [notice.title.clone()].into_iter().chain(body.map(SafeHtml::text));
        let texts: Vec<String> = texts.chain(files).map(|text| folded(&text)).collect();
        self.terms
            .iter()
            .all(|term| texts.iter().any(|text| text.contains(&term.text)) == term.wanted)
    }

    /// In one spelling, as [`read`](Self::read) takes it.
    pub(super) fn told(&self) -> String {
        let told = self.terms.iter().map(|term| {
            let minus = if term.wanted { "" } else { "-" };
            let quote = if term.text.contains(' ') || term.text.starts_with('-') {
                "\""
            } else {
                ""
            };
            format!("{minus}{quote}{}{quote}", term.text)
        });
        told.collect::<Vec<_>>().join(" ")
    }
}

/// One line, composed, lower case.
fn folded(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::{Attachment, NoticeId};

    fn notice() -> Notice {
        let source = "town".parse().expect("an id");
        Notice {
            id: NoticeId::of(&source, "1"),
            key: "1".to_owned(),
            title: "Wasser ABGESTELLT: 단수 안내".to_owned(),
            link: None,
            published: None,
            updated: None,
            author: None,
            categories: Vec::new(),
            views: None,
            pinned: false,
            summary: None,
            content: SafeHtml::clean("<p>Public\n<b>notice</b> of the <i>city</i> &amp; more</p>", None),
            attachments: vec![Attachment {
                name: "Map of pipes.pdf".to_owned(),
                url: "https://example.org/1".parse().expect("an address"),
                media_type: None,
                length: None,
            }],
            language: None,
            guid: None,
        }
    }

    #[track_caller]
    fn check(told: &str, expected: bool) {
        let words = Words::read(told).expect("a search").expect("words");
        assert_eq!(words.stand_in(&notice()), expected, "{told}");
        assert_eq!(Words::read(&words.told()), Ok(Some(words)), "{told}");
    }

    #[test]
    fn all_words_must_stand_somewhere() {
        for hit in [
            "wasser",
            "Wasser CITY pdf",
            "\"public notice\"",
            "단수",
            "\u{1103}\u{1161}\u{11ab}\u{1109}\u{116e}",
            "wasser -gas",
            "-gas",
            "\"map of",
            "wasser wasser",
        ] {
            check(hit, true);
        }
        for miss in [
            "wasser gas",
            "\"notice public\"",
            "wasser -단수",
            "-pdf",
            "<b>",
            "\"안내 public\"",
        ] {
            check(miss, false);
        }
    }

    #[test]
    fn what_is_no_search_is_none_and_what_is_too_much_is_refused() {
        for nothing in ["", "  ", "\"\"", "-", "- \"", "\"  \" -"] {
            assert_eq!(Words::read(nothing), Ok(None), "{nothing:?}");
        }
        assert_eq!(Words::read(&"x".repeat(201)), Err(TooMany));
        let many: Vec<String> = (0..17).map(|n| n.to_string()).collect();
        assert_eq!(Words::read(&many.join(" ")), Err(TooMany));
    }
}
