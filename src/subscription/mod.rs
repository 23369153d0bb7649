//! Who wants what.
//!
//! Pure: knows notices and rules; does not know how anything is sent.

mod address;
mod cadence;
mod receiver;
mod request;
mod rule;
mod token;
mod wish;

pub use address::{Address, InvalidAddress};
pub use cadence::{Cadence, USUAL_HOUR};
pub use receiver::{Channel, Hears, Receiver, ReceiverId, WebhookFormat};
pub use request::{LIFE, Request};
pub use rule::{Offer, Rule};
pub use token::{Tokens, hash};
pub use wish::Wish;
