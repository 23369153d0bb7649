//! Cuts a text into tokens.
//!
//! A word of a script that puts spaces between words is one token: lower case, compatibility forms made plain (full width,
//! circled numbers), Latin letters without their accents, Kana without their marks. A number is a token of its own (`covid19` is
//! `covid-19`). Of scripts that don't (Hangul, Han, Kana, Thai and others) each two
//! neighbouring letters are one, and the last of a run is one by itself: so every two letters can be looked up wherever they
//! stand, with particles behind them or none.

use std::ops::ControlFlow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Stands between texts that don't follow each other. Nobody can ask for it.
pub const GAP: &str = "¶";

/// Longer words are cut, in letters.
const LONGEST: usize = 48;

/// What is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Where it begins and ends in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole word.
    Word,
    /// Two neighbouring letters.
    Pair,
    /// The last letter of a run.
    Last,
}

/// A run of letters that is not over.
enum Run {
    None,
    Word {
        text: String,
        letters: usize,
        start: usize,
        end: usize,
    },
    Unspaced {
        last: char,
        start: usize,
        end: usize,
    },
}

/// Hands the tokens of `text`, which is composed (NFC), to `take` until it has enough.
pub(super) fn each(text: &str, mut take: impl FnMut(Token) -> ControlFlow<()>) {
    let mut run = Run::None;
    for (start, letter) in text.char_indices() {
        let end = start + letter.len_utf8();
        let mut flow = ControlFlow::Continue(());
        plain(letter, |letter| {
            if flow.is_continue() {
                flow = go_on(&mut run, letter, start, end, &mut take);
            }
        });
        if flow.is_break() {
            return;
        }
    }
    // Whether it is enough makes no difference any more.
    let _ = end_of(run, &mut take);
}

/// The tokens of `text`, which is short.
pub(super) fn all(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    each(text, |token| {
        tokens.push(token);
        ControlFlow::Continue(())
    });
    tokens
}

fn go_on(
    run: &mut Run,
    letter: char,
    start: usize,
    end: usize,
    take: &mut impl FnMut(Token) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let is_mark = is_combining_mark(letter);
    match run {
        Run::Word {
            text,
            letters,
            end: behind,
            ..
        } if is_mark || (letter.is_alphanumeric() && !is_unspaced(letter) && !is_border(text, letter)) => {
            if *letters < LONGEST {
                text.push(letter);
                *letters += 1;
            }
            *behind = end;
            ControlFlow::Continue(())
        }
        Run::Unspaced {
            last,
            start: from,
            end: behind,
        } if is_unspaced(letter) => {
            let pair = Token {
                text: [*last, letter].into_iter().collect(),
                kind: Kind::Pair,
                start: *from,
                end,
            };
            (*last, *from, *behind) = (letter, start, end);
            take(pair)
        }
        Run::Unspaced { end: behind, .. } if is_mark => {
            *behind = end;
            ControlFlow::Continue(())
        }
        _ => {
            let next = if is_unspaced(letter) {
                Run::Unspaced {
                    last: letter,
                    start,
                    end,
                }
            } else if letter.is_alphanumeric() {
                Run::Word {
                    text: letter.to_string(),
                    letters: 1,
                    start,
                    end,
                }
            } else {
                Run::None
            };
            end_of(std::mem::replace(run, next), take)
        }
    }
}

fn end_of(run: Run, take: &mut impl FnMut(Token) -> ControlFlow<()>) -> ControlFlow<()> {
    match run {
        Run::None => ControlFlow::Continue(()),
        Run::Word { text, start, end, .. } => take(Token {
            text,
            kind: Kind::Word,
            start,
            end,
        }),
        Run::Unspaced { last, start, end } => take(Token {
            text: last.to_string(),
            kind: Kind::Last,
            start,
            end,
        }),
    }
}

/// A letter as it is looked up: lower case, no compatibility form, no mark on a Latin or Kana letter.
fn plain(letter: char, mut take: impl FnMut(char)) {
    if letter.is_ascii() {
        return take(letter.to_ascii_lowercase());
    }
    if matches!(letter, '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}') {
        return take(letter);
    }
    let mut apart = std::iter::once(letter).nfkd();
    if let Some(base) = apart.next()
        && (base.is_ascii_alphabetic() || matches!(base, '\u{3041}'..='\u{30ff}'))
        && apart.all(is_combining_mark)
    {
        return take(base.to_ascii_lowercase());
    }
    std::iter::once(letter)
        .nfkc()
        .flat_map(char::to_lowercase)
        .for_each(take);
}

/// Whether a number ends or begins between `text` and `letter`.
fn is_border(text: &str, letter: char) -> bool {
    text.chars().next().is_some_and(char::is_numeric) != letter.is_numeric()
}

/// Whether `letter` belongs to a script that puts no spaces between words, or in which they say little (Korean).
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        // Hangul
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        // Han, Kana
        | '\u{3005}' | '\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
        // Thai, Lao, Myanmar, Khmer
        | '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' | '\u{e81}'..='\u{ece}' | '\u{1000}'..='\u{103f}'
        | '\u{1780}'..='\u{17d3}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let tokens = all(text);
        let told: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(told.join(" "), expected, "{text}");
        for token in tokens {
            assert!(
                text.get(token.start..token.end).is_some_and(|part| !part.is_empty()),
                "{text}: {token:?}"
            );
        }
    }

    #[test]
    fn words_are_folded() {
        check("Water OFF, on Monday!", "water off on monday");
        check("Émile's café ＡＢＣ №5 ①", "emile s cafe abc no 5 1");
        check("Straße ΑΘΗΝΑ Ёлка", "straße αθηνα ёлка");
        check("No. 2026-123 (1.5)", "no 2026 123 1 5");
        check("COVID19 5G H₂O m²", "covid 19 5 g h 2 o m 2");
        check("", "");
        check(" \u{301}—", "");
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_pairs() {
        check("단수를 안내", "단수 수를 를 안내 내");
        check("제2024호", "제 2024 호");
        check("東京ﾊﾞｽ", "東京 京ハ ハス ス");
        check("물", "물");
        check("㈜한국", "주 한국 국");
    }

    #[test]
    fn a_long_word_is_cut() {
        let tokens = all(&"x".repeat(5_000));
        assert_eq!((tokens.len(), tokens[0].text.len(), tokens[0].end), (1, LONGEST, 5_000));
    }
}
