//! What every daemon needs and no notice board knows: time, doorbells, secrets, logging, systemd, stopping in order.

mod chance;
mod clock;
mod descriptors;
mod doorbell;
mod listener;
mod logging;
mod outage;
mod secret;
mod systemd;

pub use chance::chance;
pub use clock::Clock;
pub use descriptors::raise_descriptors;
pub use doorbell::Doorbell;
pub use listener::{Listen, Listener};
pub use logging::{LogFormat, start_logging};
pub use outage::Outage;
pub use secret::Secret;
pub use systemd::{Pulse, ready, status, stopping, watchdog};
