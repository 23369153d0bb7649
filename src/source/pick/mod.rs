//! How a value is picked out of an element: by selector, then by hand, and for addresses that only a script knows by template.
//!
//! Shared by boards and articles.

mod address;
mod call;
mod date_format;
mod date_words;
mod field;
mod hand;
mod pattern;
mod template;
mod written;

pub use address::Address;
pub use call::{address_in, arguments, call};
pub use date_format::{BadDateFormat, DateFormat};
pub use field::{BadField, Field};
pub use hand::{BadHand, Hand};
pub use pattern::Pattern;
pub use template::{BadTemplate, Template};
