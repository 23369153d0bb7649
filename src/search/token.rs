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

/// What is looked up; `T` is its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<T> {
    pub(super) text: T,
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

/// Cuts a text.
struct Cutter<F> {
    run: Run,
    /// The word that is not over, or the token that is handed on.
    text: String,
    take: F,
}

/// A run of letters that is not over.
#[derive(Clone, Copy)]
enum Run {
    None,
    Word { letters: usize, start: usize, end: usize },
    Unspaced { last: char, start: usize, end: usize },
}

/// Hands the tokens of `text`, which is composed (NFC), to `take` until it has enough.
pub(super) fn each(text: &str, take: impl FnMut(Token<&str>) -> ControlFlow<()>) {
    let mut cutter = Cutter {
        run: Run::None,
        text: String::new(),
        take,
    };
    for (start, letter) in text.char_indices() {
        let end = start + letter.len_utf8();
        let mut flow = ControlFlow::Continue(());
        plain(letter, |letter| {
            if flow.is_continue() {
                flow = cutter.go_on(letter, start, end);
            }
        });
        if flow.is_break() {
            return;
        }
    }
    // Whether it is enough makes no difference any more.
    let _ = cutter.end_run();
}

/// The tokens of `text`, which is short.
pub(super) fn all(text: &str) -> Vec<Token<String>> {
    let mut tokens = Vec::new();
    each(text, |token| {
        tokens.push(Token {
            text: token.text.to_owned(),
            kind: token.kind,
            start: token.start,
            end: token.end,
        });
        ControlFlow::Continue(())
    });
    tokens
}

impl<F: FnMut(Token<&str>) -> ControlFlow<()>> Cutter<F> {
    fn go_on(&mut self, letter: char, start: usize, end: usize) -> ControlFlow<()> {
        let is_mark = !letter.is_ascii() && is_combining_mark(letter);
        let goes_on = || letter.is_alphanumeric() && !is_unspaced(letter) && !is_border(&self.text, letter);
        match &mut self.run {
            Run::Word {
                letters, end: behind, ..
            } if is_mark || goes_on() => {
                *behind = end;
                if *letters < LONGEST {
                    *letters += 1;
                    self.text.push(letter);
                }
                ControlFlow::Continue(())
            }
            Run::Unspaced {
                last,
                start: from,
                end: behind,
            } if is_unspaced(letter) => {
                let (first, begin) = (*last, *from);
                (*last, *from, *behind) = (letter, start, end);
                self.hand_on([first, letter], Kind::Pair, begin, end)
            }
            Run::Unspaced { end: behind, .. } if is_mark => {
                *behind = end;
                ControlFlow::Continue(())
            }
            _ => {
                let flow = self.end_run();
                self.run = if is_unspaced(letter) {
                    Run::Unspaced {
                        last: letter,
                        start,
                        end,
                    }
                } else if letter.is_alphanumeric() {
                    self.text.push(letter);
                    Run::Word { letters: 1, start, end }
                } else {
                    Run::None
                };
                flow
            }
        }
    }

    /// Hands on what is left of the run. No word is begun then.
    fn end_run(&mut self) -> ControlFlow<()> {
        let flow = match std::mem::replace(&mut self.run, Run::None) {
            Run::None => ControlFlow::Continue(()),
            Run::Word { start, end, .. } => (self.take)(Token {
                text: &self.text,
                kind: Kind::Word,
                start,
                end,
            }),
            Run::Unspaced { last, start, end } => self.hand_on([last], Kind::Last, start, end),
        };
        self.text.clear();
        flow
    }

    fn hand_on<const N: usize>(&mut self, letters: [char; N], kind: Kind, start: usize, end: usize) -> ControlFlow<()> {
        self.text.clear();
        self.text.extend(letters);
        (self.take)(Token {
            text: &self.text,
            kind,
            start,
            end,
        })
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
