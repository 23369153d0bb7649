//! Mail: a message for one notice or a digest, and the connection that carries it to the relay.

mod alarm;
pub mod message;
mod question;
pub mod relay;
pub mod session;
mod stencil;
mod template;

pub use alarm::Alarm;
pub use message::{Letter, Sender, Site};
pub use question::{About, Question};
pub use relay::{Encryption, Relay, UnusableRelay};
pub use session::{Sent, Session, Trouble, Way};
pub use stencil::Stencil;
