//! What people search for, and where it stands: the language of `?q=`, of saved searches and of subscriptions.
//!
//! *token* cuts a text into what is looked up, *document* is a notice cut so, *phrase*, *word* and *query* are what is asked for. The
//! stores index the very tokens that are cut here, so that every store and every rule gives the same answer.
//!
//! Pure. Does not know: the store, HTTP, how anything is shown.

mod document;
mod excerpt;
mod phrase;
mod query;
mod token;
mod word;

pub use document::{Document, written};
pub use excerpt::{Excerpt, Piece, excerpt};
pub use phrase::Phrase;
pub use query::{Clause, MAX_CHARS, MAX_WORDS, Query, Unwise};
pub use token::GAP;
pub use word::Word;
