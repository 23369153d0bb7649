//! The other sides that the daemon talks to: a mail relay and a webhook receiver, on loopback.

pub mod hooks;
pub mod smtp;
