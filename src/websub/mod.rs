//! The words of WebSub (W3C Recommendation, 23 January 2018): what hubs and subscribers owe each other. Pure.
//!
//! *upstream* is what we are as a subscriber: a hub pushes a feed that we read. *downstream* is what we are as a hub: others are
//! told of our feeds. *signature* is how a push is signed. Does not know HTTP, the store or the clock.

mod downstream;
pub mod signature;
mod upstream;

pub use downstream::{Intent, Mode, Refusal, Subscription};
pub use upstream::{Offer, Push, Standing, Upstream};
