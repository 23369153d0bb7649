//! Finds the notices on a page that nobody prepared the program for, and says how to read them: as an ordinary source.
//!
//! An HTML page is laid out flat; what is repeated on it are the candidates; in each the columns are lined up and given
//! roles; the candidate that is most like a list of notices is written down as rules. What is answered is what those rules
//! read, so that it works when it is pasted into a configuration.
//!
//! Pure, like all of `source`. Knows the shapes of lists and the words of many languages; knows no site.

mod candidates;
mod carried;
mod columns;
mod confidence;
mod documents;
mod feeds;
mod headings;
mod known;
pub(super) mod link_header;
mod lists;
mod path;
mod place;
mod places;
mod roles;
mod score;
mod scripts;
mod selectors;
mod sight;
mod words;
mod written;

use super::{
    Believed, Page, Source, SourceMeta, Unreadable,
    board::{decoded, not_html},
    dom::Doc,
};
use crate::notice::SourceId;

pub use carried::Carried;
pub use feeds::feeds;
pub use place::zone_of;
pub use places::{places, posts, sitemap_of_news, sitemaps};

/// From this confidence on, nobody has to look at the second best guess.
pub const SURE: f64 = 0.6;

/// A way to read a page.
#[derive(Clone, Debug)]
pub struct Guess {
    /// The source that reads it.
    pub source: Source,
    /// What the page says of itself.
    pub meta: SourceMeta,
    /// What the source reads there.
    pub believed: Believed,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// What an admin should know or fill in.
    pub notes: Vec<String>,
}

/// The ways to read `page` as a list of notices, best first; a second only where the first is not [`SURE`].
///
/// # Errors
///
/// [`Unreadable`] when nothing on the page is like a list of notices.
pub fn detect(page: &Page, id: &SourceId) -> Result<Vec<Guess>, Unreadable> {
    if let Some(guess) = feeds::guess(page, id)? {
        return Ok(vec![guess]);
    }
    if documents::is_json(page) {
        return documents::guess(page, id).map(|guess| vec![guess]);
    }
    let html = decoded(page);
    if let Some(seen) = not_html(page, &html) {
        return Err(Unreadable(format!("expected a page with notices, found {seen}")));
    }
    let doc = Doc::parse(&html);
    let mut guesses = lists::guesses(page, id, &html, &doc);
    if let Some(best) = guesses.first_mut() {
        known::complete(best, page, &html, &doc);
    }
    if guesses.first().is_none_or(|best| best.confidence < SURE) {
        guesses.extend(known::guess(page, id, &html, &doc));
        guesses.extend(documents::in_page(page, id, &doc));
    }
    guesses.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    match guesses.first() {
        None => Err(Unreadable(format!("no list of notices was found on {}", page.url))),
        Some(best) => {
            let most = if best.confidence >= SURE { 1 } else { 2 };
            guesses.truncate(most);
            Ok(guesses)
        }
    }
}
