//! Tokens that must stand one after the other.

use super::token::{self, Kind, Token};

/// A word that is not spaced as it is written is looked for in so many spellings at most.
const MAX_SPELLINGS: usize = 32;

/// Tokens that must stand one after the other, without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    /// The tokens; never empty.
    pub tokens: Vec<String>,
    /// Whether the last one may go on.
    pub open: bool,
}

impl Phrase {
    /// What stands in a text where `text` does. Words that are not `exact` may go on: `tender` finds `tenders`. Korean and its
    /// like are found whether they are spaced as here or not. Empty when `text` holds no letter.
    pub(super) fn spellings(text: &str, exact: bool) -> Vec<Self> {
        let mut tokens = token::all(text);
        let Some(last) = tokens.last() else {
            return Vec::new();
        };
        let open = match last.kind {
            Kind::Word => !exact && last.text.chars().count() > 1 && !last.text.chars().all(char::is_numeric),
            Kind::Pair => false,
            Kind::Last => is_alone(&tokens),
        };
        if last.kind == Kind::Last && !open {
            tokens.pop();
        }
        let told = |tokens: &[Token]| tokens.iter().map(|token| token.text.clone()).collect();
        let mut spellings = vec![Self {
            tokens: told(&tokens),
            open,
        }];
        let is_one_run = tokens.len() > 2 && tokens.iter().all(|token| token.kind == Kind::Pair);
        if is_one_run && !exact {
            let letters: Vec<char> = tokens.iter().filter_map(|token| token.text.chars().next()).collect();
            let last = tokens.last().and_then(|token| token.text.chars().last());
            let letters: Vec<char> = letters.into_iter().chain(last).collect();
            spellings.extend(spaced(&letters));
        }
        spellings
    }

    /// How many tokens it is long.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }
}

/// Whether the last token is a run of one letter.
fn is_alone(tokens: &[Token]) -> bool {
    match tokens {
        [.., before, last] => before.kind != Kind::Pair || before.end != last.end,
        _ => true,
    }
}

/// `letters` with spaces between them in one or two places, with two letters at least in each part.
fn spaced(letters: &[char]) -> Vec<Phrase> {
    let pairs = |part: &[char]| {
        part.windows(2)
            .map(|pair| pair.iter().collect::<String>())
            .collect::<Vec<_>>()
    };
    let whole = |part: &[char]| {
        let mut tokens = pairs(part);
        tokens.extend(part.last().map(char::to_string));
        tokens
    };
    let count = letters.len();
    let once = (2..count.saturating_sub(1)).map(|at| [whole(&letters[..at]), pairs(&letters[at..])].concat());
    let twice = (2..count.saturating_sub(3)).flat_map(|first| {
        (first + 2..count - 1).map(move |second| {
            let parts = [
                whole(&letters[..first]),
                whole(&letters[first..second]),
                pairs(&letters[second..]),
            ];
            parts.concat()
        })
    });
    let phrase = |tokens| Phrase { tokens, open: false };
    once.chain(twice).map(phrase).take(MAX_SPELLINGS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, exact: bool, expected: &[&str]) {
        let told = Phrase::spellings(text, exact).into_iter().map(|phrase| {
            let open = if phrase.open { "*" } else { "" };
            format!("{}{open}", phrase.tokens.join(" "))
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn a_word_may_go_on_and_a_number_may_not() {
        check("Tender", false, &["tender*"]);
        check("Tender", true, &["tender"]);
        check("2026", false, &["2026"]);
        check("2026-123", false, &["2026 123"]);
        check("a", false, &["a"]);
        check("!?", false, &[]);
    }

    #[test]
    fn korean_is_found_however_it_is_spaced() {
        check("단수", false, &["단수"]);
        check("물", false, &["물*"]);
        check("제2024호", false, &["제 2024 호*"]);
        check("공고안내", false, &["공고 고안 안내", "공고 고 안내"]);
        check("공고안내", true, &["공고 고안 안내"]);
        check(
            "상수도공사",
            false,
            &["상수 수도 도공 공사", "상수 수 도공 공사", "상수 수도 도 공사"],
        );
    }
}
