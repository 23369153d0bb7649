//! Tokens that must stand one after the other.

/// Tokens that must stand one after the other, without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    /// The tokens; never empty.
    pub tokens: Vec<String>,
    /// Whether the last one may go on.
    pub open: bool,
}

impl Phrase {
    /// How many tokens it is long.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether it stands in `tokens` from `place` on.
    pub(super) fn stands_at(&self, tokens: &[String], place: usize) -> bool {
        let Some(there) = tokens.get(place..place + self.len()) else {
            return false;
        };
        let last = self.len() - 1;
        there
            .iter()
            .zip(&self.tokens)
            .enumerate()
            .all(|(nth, (there, token))| match self.open && nth == last {
                true => there.starts_with(token.as_str()),
                false => there == token,
            })
    }
}
