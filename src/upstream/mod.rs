//! Subscribes to the hubs that sources name, so that news is pushed here: whom to ask (`plan`), asking (`ask`), over and over
//! (`run`).
//!
//! Knows the store and the guarded client. Does not know boards or feeds: `poll` notes which hub a source names, `serve` takes
//! what hubs say, and `poll` reads what they push.

mod ask;
mod plan;
mod run;

pub use run::{Subscriber, is_reachable};
