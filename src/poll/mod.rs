//! Asks sources for news: when (`schedule`), once (`once`, the program on one page), over and over (`run`).
//!
//! Knows sources, notices and the store. Does not know subscribers, channels or feeds.

mod articles;
mod doubt;
mod flood;
mod incident;
pub mod once;
mod onwards;
pub mod run;
pub mod schedule;
mod turn;
mod withdrawn;

pub use once::once;
pub use run::Poller;
pub use schedule::Pace;
pub use turn::{Outcome, Turn, Watched};
