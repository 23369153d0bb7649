//! Tells receivers what they asked for: fan-out turns announcements into deliveries, sending settles them, both from the
//! ledger, over and over.
//!
//! Knows notices, subscriptions, channels and the store. Does not know boards; of feeds only their bytes, which it is handed.

mod endpoints;
mod fan_out;
mod hub;
mod ids;
mod lane;
mod relay;
mod render;
mod run;
mod verdict;

use std::{collections::HashMap, sync::Arc};

use crate::{
    channel::email,
    net,
    notice::SourceId,
    ops::{Clock, Doorbell, Secret},
    store::Store,
    subscription::ReceiverId,
};

pub use hub::{Feed, Hub, Topics};
pub use ids::Ids;
pub use run::{deliver_due, run};

/// What a source is called towards receivers.
#[derive(Clone, Debug)]
pub struct SourceName {
    /// Its name.
    pub name: String,
    /// Its tags, which rules ask for.
    pub tags: Vec<String>,
    /// BCP 47 tag of its texts.
    pub language: Option<String>,
    /// How its dates are read.
    pub zone: jiff::tz::TimeZone,
}

/// What sending needs.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Where announcements and deliveries are.
    pub store: Arc<dyn Store>,
    /// The guarded way out, for webhooks.
    pub client: net::Client,
    /// How mail leaves; without it nothing is mailed, and what is owed waits.
    pub mail: Option<Mail>,
    /// The secrets of the webhooks.
    pub secrets: Arc<HashMap<ReceiverId, Secret>>,
    /// What this server calls itself.
    pub site: email::Site,
    /// The configured sources.
    pub sources: Arc<HashMap<SourceId, SourceName>>,
    /// Makes Message-IDs, webhook-ids and unsubscribe tokens.
    pub ids: Ids,
    /// The hub, and the feeds that it distributes.
    pub hub: Hub,
    /// Tells the time.
    pub clock: Clock,
    /// Rung when there is something to tell.
    pub told: Doorbell,
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The relay.
    pub relay: email::Relay,
    /// Who writes.
    pub sender: email::Sender,
    /// How many connections to the relay at most.
    pub connections: usize,
}
