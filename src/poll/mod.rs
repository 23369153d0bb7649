//! Asks sources for news: when (`schedule`), once (`once`, the program on one page), over and over (`run`),
//! knowing what all sources have in common (`season`); or reads what their hubs pushed (`pushed`).
//!
//! Knows sources, notices and the store. Does not know subscribers, channels or feeds.

mod allowance;
mod articles;
mod doubt;
mod flood;
mod heard;
mod incident;
mod moved;
pub mod once;
mod onwards;
mod pushed;
pub mod run;
pub mod schedule;
mod season;
mod sight;
mod turn;
mod watchlist;
mod withdrawn;

pub use incident::is_silent;
pub use moved::PATIENCE as MOVED_AFTER;
pub use once::once;
pub use run::Poller;
pub use schedule::Pace;
pub use season::Season;
pub use turn::{Definition, Outcome, Turn, Watched};
pub use watchlist::Watchlist;
