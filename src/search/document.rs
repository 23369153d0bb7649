//! A notice as it is searched: its tokens, one after the other.

use std::{
    collections::HashMap,
    ops::{ControlFlow, Range},
};

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{
    Phrase,
    token::{self, GAP, Kind, Token},
};
use crate::notice::{Notice, SafeHtml};

/// So many tokens of a notice are looked at. An index of PostgreSQL holds no later places.
const MOST: usize = 16_000;

/// One token is found in so many places of a notice. An index of PostgreSQL holds no more.
const MOST_OF_ONE: usize = 250;

/// So many bytes of tokens are looked at. An index of PostgreSQL holds a megabyte, places included.
const MOST_BYTES: usize = 384 << 10;

/// A notice as it is searched.
#[derive(Clone, Debug, Default)]
pub struct Document {
    tokens: Vec<String>,
    /// Places of tokens in the order of their text.
    sorted: Vec<u32>,
}

impl Document {
    /// What is looked for in `notice`, as [`written`].
    pub fn of(notice: &Notice) -> Self {
        let tokens: Vec<String> = written(notice).split(' ').map(str::to_owned).collect();
        let mut sorted: Vec<u32> = (0..).take(tokens.len()).collect();
        sorted.sort_by(|a, b| tokens[*a as usize].cmp(&tokens[*b as usize]));
        Self { tokens, sorted }
    }

    /// Whether `phrase` stands in it.
    pub fn holds(&self, phrase: &Phrase) -> bool {
        let Some(first) = phrase.tokens.first() else {
            return false;
        };
        let alone = phrase.len() == 1;
        let from = self
            .sorted
            .partition_point(|place| self.tokens[*place as usize] < *first);
        self.sorted[from..]
            .iter()
            .map(|place| *place as usize)
            .take_while(|place| match alone && phrase.open {
                true => self.tokens[*place].starts_with(first.as_str()),
                false => self.tokens[*place] == *first,
            })
            .any(|place| phrase.stands_at(&self.tokens, place))
    }
}

/// Where one of `phrases` stands in `text`, in bytes, in order and apart from each other.
pub(super) fn places(text: &str, phrases: &[&Phrase]) -> Vec<Range<usize>> {
    let tokens = token::all(text);
    let words: Vec<String> = tokens.iter().map(|token| token.text.clone()).collect();
    let mut places: Vec<Range<usize>> = (0..tokens.len())
        .flat_map(|at| phrases.iter().map(move |phrase| (at, *phrase)))
        .filter(|(at, phrase)| phrase.stands_at(&words, *at))
        .map(|(at, phrase)| {
            let last = &tokens[at + phrase.len() - 1];
            let end = match last.kind {
                // One letter was asked for, and it is the first of two.
                Kind::Pair if phrase.open => text[last.start..]
                    .chars()
                    .next()
                    .map_or(last.end, |letter| last.start + letter.len_utf8()),
                _ => last.end,
            };
            tokens[at].start..end
        })
        .collect();
    places.sort_by_key(|place| (place.start, place.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for place in places {
        match apart.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    apart
}

/// The tokens of a notice in their places, a blank between two: those of its title, its author, its categories, the names of its files
/// and its text, each after a gap. Also what takes no part in a search has a place.
pub fn written(notice: &Notice) -> String {
    let body = notice.body().map(SafeHtml::text);
    let texts = [&notice.title]
        .into_iter()
        .chain(&notice.author)
        .chain(&notice.categories)
        .chain(notice.attachments.iter().map(|file| &file.name))
        .chain(&body);
    let mut gathered = Gathered::default();
    for text in texts {
        gathered.add(text);
    }
    match gathered.tokens > MOST_OF_ONE {
        true => without_repeats(&gathered.text),
        false => gathered.text,
    }
}

/// `text` with gaps where a token stood often enough before.
fn without_repeats(text: &str) -> String {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut kept = Gathered::default();
    for token in text.split(' ') {
        let count = counts.entry(token).or_default();
        *count += 1;
        kept.push(if *count <= MOST_OF_ONE { token } else { GAP });
    }
    kept.text
}

#[derive(Default)]
struct Gathered {
    text: String,
    tokens: usize,
    bytes: usize,
}

impl Gathered {
    fn add(&mut self, text: &str) {
        if self.tokens >= MOST {
            return;
        }
        self.push(GAP);
        match is_nfc(text) {
            true => token::each(text, |token| self.take(token)),
            false => token::each(&text.nfc().collect::<String>(), |token| self.take(token)),
        }
    }

    fn take(&mut self, token: Token<&str>) -> ControlFlow<()> {
        if self.tokens >= MOST || self.bytes >= MOST_BYTES {
            return ControlFlow::Break(());
        }
        self.bytes += token.text.len();
        self.push(token.text);
        ControlFlow::Continue(())
    }

    fn push(&mut self, token: &str) {
        if self.tokens > 0 {
            self.text.push(' ');
        }
        self.text.push_str(token);
        self.tokens += 1;
    }
}
