//! How a value is picked out of an element: by selector, and for addresses that only a script knows by template.
//!
//! Shared by boards and articles.

mod address;
mod call;
mod field;
mod template;

pub use address::Address;
pub use call::{address_in, arguments, call};
pub use field::{BadField, Field};
pub use template::{BadTemplate, Pattern, Template};
