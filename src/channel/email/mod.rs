//! Mail: a message for one notice or a digest, and the connection that carries it to the relay.

mod alarm;
mod context;
mod digest;
pub mod dkim;
pub mod message;
mod question;
mod reason;
pub mod relay;
mod sample;
pub mod session;
mod templates;

pub use alarm::Alarm;
pub use digest::{Digest, Line};
pub use message::{Extent, Letter, Matter, Sender, Site, Unwritable};
pub use question::{About, Question};
pub use reason::Reason;
pub use relay::{Encryption, Relay, UnusableRelay};
pub use sample::sample;
pub use session::{InTime, Outgoing, Sent, Session, Trouble};
pub use templates::{Templates, UnusableTemplates};
