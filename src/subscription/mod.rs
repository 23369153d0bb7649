//! Who wants what.
//!
//! Pure: knows notices and rules; does not know how anything is sent.

mod address;
mod cadence;
mod receiver;
mod rule;

pub use address::{Address, InvalidAddress};
pub use cadence::Cadence;
pub use receiver::{Channel, Hears, Receiver, ReceiverId, WebhookFormat};
pub use rule::{Offer, Rule};
