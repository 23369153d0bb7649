//! A source that says, time and again, that it has moved for good (301, 308) is asked where it is.
//!
//! The address that the admin wrote stays the source's own: ids are made from it, and it is asked again as soon as the other
//! one fails.

use url::Url;

use super::Turn;
use crate::{fetch::Method, store::Moved};

/// So many full answers running make a move believed.
pub const PATIENCE: u32 = 3;

/// A longer address is not kept, in bytes.
const LONGEST: usize = 2_000;

impl Turn<'_> {
    /// Where the source is asked.
    pub fn address(&self) -> &Url {
        let fails_there = self.lease.state.failures % 2 == 1;
        match self.known_move() {
            Some(moved) if moved.seen >= PATIENCE && !fails_there && self.may_move(&moved.to) => &moved.to,
            _ => &self.source().url,
        }
    }

    /// What is known of the source's move after a full answer that was had at `moved` for good.
    pub(super) fn moved(&self, moved: Option<&Url>) -> Option<Moved> {
        let known = self.known_move();
        match moved.filter(|to| to.as_str().len() <= LONGEST) {
            None if *self.address() != self.source().url => known.cloned(),
            None => None,
            Some(to) => Some(Moved {
                to: to.clone(),
                seen: known.filter(|known| known.to == *to).map_or(0, |known| known.seen) + 1,
            }),
        }
    }

    fn known_move(&self) -> Option<&Moved> {
        let state = &self.lease.state;
        state.moved.as_ref().filter(|_| self.is_read_as_before())
    }

    /// A form, and what the source's own origin alone may see, stay where they are.
    fn may_move(&self, to: &Url) -> bool {
        let (from, manner) = (&self.source().url, &self.watched.manner);
        let is_plain = manner.headers.is_empty() && manner.cookies.is_none() && manner.prime.is_none();
        let is_same_origin = to.origin() == from.origin();
        manner.method == Method::Get
            && manner.form.is_empty()
            && (is_same_origin || is_plain)
            && (from.scheme() == to.scheme() || to.scheme() == "https")
    }
}
