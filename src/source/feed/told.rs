//! Which of several elements counts when they say the same thing about an entry or a feed.

use super::names::Space;

/// Most people that are named together.
const MAX_NAMES: usize = 20;

/// How much an element's word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Made up from something else.
    Guess,
    /// For players of media.
    Media,
    /// Dublin Core.
    Common,
    /// The format's own.
    Own,
}

impl Weight {
    /// That of elements in this namespace.
    pub(super) fn of(space: Space) -> Self {
        match space {
            Space::Rss | Space::Atom | Space::Content | Space::Sitemap | Space::News => Self::Own,
            Space::Dublin => Self::Common,
            _ => Self::Media,
        }
    }
}

/// What was said by elements of different weight: the weightiest counts, and of several of the same weight the last.
#[derive(Default)]
pub(super) struct Told(Option<(Weight, Vec<String>)>);

impl Told {
    /// Notes what an element of this weight says.
    pub(super) fn say(&mut self, weight: Weight, said: Option<String>) {
        if let Some(said) = said
            && self.weight().is_none_or(|known| known <= weight)
        {
            self.0 = Some((weight, vec![said]));
        }
    }

    /// Notes what an element of this weight says besides the others of its weight.
    pub(super) fn add(&mut self, weight: Weight, said: Option<String>) {
        match (&mut self.0, said) {
            (Some((known, all)), Some(said)) if *known == weight => {
                if all.len() < MAX_NAMES && !all.contains(&said) {
                    all.push(said);
                }
            }
            (_, said) => self.say(weight, said),
        }
    }

    /// How much counts what was said so far.
    pub(super) fn weight(&self) -> Option<Weight> {
        self.0.as_ref().map(|(weight, _)| *weight)
    }

    /// Whether this was said.
    pub(super) fn says(&self, text: &str) -> bool {
        self.0
            .as_ref()
            .is_some_and(|(_, all)| all.iter().any(|said| said == text))
    }

    /// What counts in the end.
    pub(super) fn last_word(self) -> Option<String> {
        self.0.map(|(_, all)| all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &[(Weight, &str)], last_word: &str, together: &str) {
        let (mut told, mut added) = (Told::default(), Told::default());
        for (weight, text) in said {
            told.say(*weight, Some((*text).to_owned()));
            added.add(*weight, Some((*text).to_owned()));
        }
        assert_eq!(told.last_word().unwrap_or_default(), last_word);
        assert_eq!(added.last_word().unwrap_or_default(), together);
    }

    #[test]
    fn the_formats_own_word_counts_most() {
        use Weight::{Common, Media, Own};
        check(&[], "", "");
        check(&[(Own, "a"), (Common, "b"), (Media, "c")], "a", "a");
        check(&[(Media, "c"), (Common, "b"), (Own, "a")], "a", "a");
        check(&[(Own, "a"), (Own, "b"), (Own, "a")], "a", "a, b");
    }
}
