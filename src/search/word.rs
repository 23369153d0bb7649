//! A word or a quoted phrase that is asked for, in every spelling in which it is found.
//!
//! A dense run (Korean and its like) has one token for each letter, whether a space follows it or none: the pair with the next
//! letter, or the letter by itself. So a word that is spaced otherwise differs in single tokens, each at its place.

use std::fmt;

use super::{
    Document, Phrase,
    token::{self, Kind, Token},
};

/// A word in no more spellings than this is looked for as a whole.
const MOST_SPELLINGS: usize = 32;

/// One in more spellings is looked for in parts of so many tokens.
const PART: usize = 4;

/// Each part begins so many tokens behind the one before it: parts overlap.
const STEP: usize = 2;

/// What must stand in a notice: of each of its parts one spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    /// As it was asked for, in one line and lower case.
    told: String,
    /// Whether it was quoted.
    exact: bool,
    parts: Vec<Vec<Phrase>>,
}

impl Word {
    /// What `told` asks for, none when it holds no letter. Words that are not `exact` may go on (`tender` finds `tenders`), and in
    /// Korean and its like, words of four letters and more are found however they are spaced.
    pub(super) fn read(told: String, exact: bool) -> Option<Self> {
        let mut tokens = token::all(&told);
        let last = tokens.last()?;
        let open = match last.kind {
            Kind::Word => !exact && last.text.chars().count() > 1 && !last.text.chars().all(char::is_numeric),
            Kind::Pair => false,
            Kind::Last => is_alone(&tokens),
        };
        let slots: Vec<Slot> = match exact {
            true => tokens.iter().map(|token| vec![token.text.clone()]).collect(),
            false => (0..tokens.len()).map(|place| slot(&tokens, place)).collect(),
        };
        if last.kind == Kind::Last && !open {
            tokens.pop();
        }
        let parts = parts(&slots[..tokens.len()], open);
        Some(Self { told, exact, parts })
    }

    /// Its parts, each in its spellings. All parts must be there, of each one spelling.
    pub fn parts(&self) -> &[Vec<Phrase>] {
        &self.parts
    }

    pub(super) fn is_in(&self, document: &Document) -> bool {
        let is_there = |part: &Vec<Phrase>| part.iter().any(|spelling| document.holds(spelling));
        self.parts.iter().all(is_there)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exact {
            true => write!(f, "\"{}\"", self.told),
            false => f.write_str(&self.told),
        }
    }
}

/// What may stand at one place of a text: one of these tokens.
type Slot = Vec<String>;

/// Whether the last token is a run of one letter.
fn is_alone(tokens: &[Token<String>]) -> bool {
    match tokens {
        [.., before, last] => before.kind != Kind::Pair || before.end != last.end,
        _ => true,
    }
}

fn slot(tokens: &[Token<String>], place: usize) -> Slot {
    let token = &tokens[place];
    let other = match token.kind {
        Kind::Word => None,
        Kind::Pair => token
            .text
            .chars()
            .next()
            .filter(|_| may_part(tokens, place))
            .map(String::from),
        Kind::Last => tokens
            .get(place + 1)
            .filter(|next| next.kind != Kind::Word)
            .and_then(|next| next.text.chars().next())
            .map(|next| format!("{}{next}", token.text)),
    };
    [token.text.clone()].into_iter().chain(other).collect()
}

/// Whether a text may have a space between the letters of the pair at `place`. With two letters on each side that is more likely
/// the same word than another one; beside a number one is enough (`3차 회의`).
fn may_part(tokens: &[Token<String>], place: usize) -> bool {
    let is_dense = |token: &&Token<String>| token.kind != Kind::Word;
    let before = tokens[..place].iter().rev().take_while(is_dense).count();
    let behind = tokens[place + 1..].iter().take_while(is_dense).count();
    (before > 0 || before < place) && (behind > 1 || place + 1 + behind < tokens.len())
}

fn parts(slots: &[Slot], open: bool) -> Vec<Vec<Phrase>> {
    let count = slots
        .iter()
        .fold(1, |count: usize, slot| count.saturating_mul(slot.len()));
    if count <= MOST_SPELLINGS {
        return vec![spellings(slots, open)];
    }
    let last = slots.len() - PART;
    (0..last)
        .step_by(STEP)
        .map(|from| spellings(&slots[from..from + PART], false))
        .chain([spellings(&slots[last..], open)])
        .collect()
}

fn spellings(slots: &[Slot], open: bool) -> Vec<Phrase> {
    let spelled = slots.iter().fold(vec![Vec::new()], |begun, slot| {
        let go_on = |tokens: &Vec<String>| {
            let tokens = tokens.clone();
            slot.iter()
                .map(move |token| [&tokens[..], std::slice::from_ref(token)].concat())
        };
        begun.iter().flat_map(go_on).collect()
    });
    spelled.into_iter().map(|tokens| Phrase { tokens, open }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, exact: bool) -> Vec<Vec<String>> {
        let word = Word::read(text.to_owned(), exact);
        let spelled = |phrase: &Phrase| format!("{}{}", phrase.tokens.join(" "), if phrase.open { "*" } else { "" });
        let parts = word.map_or_else(Vec::new, |word| word.parts);
        parts.iter().map(|part| part.iter().map(spelled).collect()).collect()
    }

    #[track_caller]
    fn check(text: &str, exact: bool, expected: &[&str]) {
        assert_eq!(told(text, exact).concat(), expected, "{text}");
    }

    #[test]
    fn a_word_may_go_on_and_a_number_may_not() {
        check("tender", false, &["tender*"]);
        check("tender", true, &["tender"]);
        check("2026", false, &["2026"]);
        check("2026-123", false, &["2026 123"]);
        check("covid19", false, &["covid 19"]);
        check("a", false, &["a"]);
        check("!?", false, &[]);
    }

    #[test]
    fn korean_is_found_however_it_is_spaced() {
        check("단수", false, &["단수"]);
        check("물", false, &["물*"]);
        check("설명회", false, &["설명 명회"]);
        check("제2024호", false, &["제 2024 호*"]);
        check("공고안내", false, &["공고 고안 안내", "공고 고 안내"]);
        check("공고안내", true, &["공고 고안 안내"]);
        check("공고·안내", false, &["공고 고 안내", "공고 고안 안내"]);
        check(
            "상수도공사",
            false,
            &[
                "상수 수도 도공 공사",
                "상수 수도 도 공사",
                "상수 수 도공 공사",
                "상수 수 도 공사",
            ],
        );
    }

    #[test]
    fn beside_a_number_one_letter_may_stand_alone() {
        check("3차회의", false, &["3 차회 회의", "3 차 회의"]);
        check("회의제3", false, &["회의 의제 제 3", "회의 의 제 3"]);
        check("3차회", false, &["3 차회"]);
        check("iot센터", false, &["iot 센터"]);
    }

    #[test]
    fn a_long_word_is_looked_for_in_parts() {
        let parts = told("개인정보처리방침변경", false);
        assert_eq!(parts.len(), 4);
        assert_eq!(parts[0].len(), 8);
        assert_eq!(parts[1].first().map(String::as_str), Some("정보 보처 처리 리방"));
        assert_eq!(parts[3].last().map(String::as_str), Some("리 방 침 변경"));
        assert!(told(&"가나".repeat(100), false).concat().len() < 2_000);
    }
}
