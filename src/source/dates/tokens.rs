//! A line of text as numbers, words and marks, in whatever script it is written.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A piece of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it stands in the text, in bytes.
    pub(super) range: Range<usize>,
    /// Whether white space stands before it.
    pub(super) spaced: bool,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Decimal digits of any script.
    Number { value: u64, digits: u8 },
    /// Letters of one script, folded: lower case, no accents. One Han or kana character is a word of its own.
    Word(String),
    /// Anything else; full-width and typographic forms as their plain ones.
    Mark(char),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Hangul,
    Ideograph,
    Other,
}

/// Cuts `text` into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut spaced = false;
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let mut end = start + c.len_utf8();
        let kind = if c.is_whitespace() {
            spaced = true;
            continue;
        } else if invisible(c) {
            continue;
        } else if let Some(digit) = digit(c) {
            let (mut value, mut digits) = (digit, 1u8);
            while let Some((at, digit)) = chars
                .peek()
                .and_then(|(at, c)| Some((*at + c.len_utf8(), self::digit(*c)?)))
            {
                value = value.saturating_mul(10).saturating_add(digit);
                digits = digits.saturating_add(1);
                end = at;
                chars.next();
            }
            Kind::Number { value, digits }
        } else if c.is_alphabetic() {
            let script = script(c);
            while let Some(&(at, next)) = chars.peek()
                && script != Script::Ideograph
                && (next.is_alphabetic() && self::script(next) == script
                    || is_combining_mark(next)
                    || next == '.' && is_thai(c) && text[at + 1..].starts_with(is_thai))
            {
                end = at + next.len_utf8();
                chars.next();
            }
            Kind::Word(spelling(&text[start..end]))
        } else {
            Kind::Mark(plain(c))
        };
        let after_number = matches!(tokens.last(), Some(last) if matches!(last.kind, Kind::Number { .. }));
        let token = Token {
            kind,
            range: start..end,
            spaced: std::mem::take(&mut spaced),
        };
        match counter(&token).filter(|_| after_number) {
            Some((counter, rest)) => tokens.extend([counter, rest]),
            None => tokens.push(token),
        }
    }
    tokens
}

/// How a word is looked up among names: [folded](fold), but an abbreviation keeps its vowels, which tell มี.ค. from ม.ค.
pub(super) fn spelling(word: &str) -> String {
    if word.contains('.') {
        word.to_owned()
    } else {
        fold(word)
    }
}

/// `word` in lower case without accents, as the tables of names are written.
pub(super) fn fold(word: &str) -> String {
    // Letters that do not decompose into one of ASCII and its mark.
    let bare = |c: char| match c {
        'ı' => 'i',
        'ø' => 'o',
        'ł' => 'l',
        'đ' => 'd',
        other => other,
    };
    let letters = word.to_lowercase();
    letters
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(bare)
        .nfc()
        .collect()
}

/// Splits what Korean writes together behind a number: "일자" is the counter of days and a word.
fn counter(token: &Token) -> Option<(Token, Token)> {
    let Kind::Word(word) = &token.kind else { return None };
    let first = word.chars().next().filter(|c| "년월일시분초".contains(*c))?;
    let rest = &word[first.len_utf8()..];
    if rest.is_empty() || rest.starts_with('간') || word.len() != token.range.len() {
        return None;
    }
    let middle = token.range.start + first.len_utf8();
    let piece = |word: &str, range, spaced| Token {
        kind: Kind::Word(word.to_owned()),
        range,
        spaced,
    };
    Some((
        piece(&word[..first.len_utf8()], token.range.start..middle, token.spaced),
        piece(rest, middle..token.range.end, false),
    ))
}

fn script(c: char) -> Script {
    match c {
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7ff}' => Script::Hangul,
        '\u{3005}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
            Script::Ideograph
        }
        _ => Script::Other,
    }
}

fn is_thai(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{e4e}')
}

fn digit(c: char) -> Option<u64> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        '\u{e50}'..='\u{e59}' => '\u{e50}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    Some(u64::from(u32::from(c) - u32::from(zero)))
}

fn plain(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' => '-',
        '\u{ff0e}' | '\u{2024}' | '\u{3002}' => '.',
        '\u{ff0f}' => '/',
        '\u{ff1a}' | '\u{2236}' => ':',
        '\u{ff0c}' | '\u{60c}' => ',',
        '\u{301c}' | '\u{ff5e}' | '\u{223c}' => '~',
        '\u{ff08}' => '(',
        '\u{ff09}' => ')',
        '\u{2018}' | '\u{2019}' => '\'',
        other => other,
    }
}

fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}
