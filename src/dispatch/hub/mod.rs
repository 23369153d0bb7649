//! The WebSub hub for our own feeds (W3C Recommendation): who asked for what is asked whether that is meant (`verify`), changed
//! feeds are owed to their subscribers (`changes`), and what is owed is pushed (`push`) through the outbox, like all that is sent.
//!
//! Where other hubs distribute the feeds, they are told which ones changed.

mod changes;
mod push;
mod run;
mod verify;

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use url::Url;

use crate::{notice::SourceId, ops::Doorbell, subscription::ReceiverId};

pub(super) use push::push;
pub(super) use run::{run, see_to};

/// The hub, and the feeds that it distributes.
#[derive(Clone, Debug)]
pub struct Hub {
    /// Our feeds.
    pub topics: Arc<dyn Topics>,
    /// Other hubs, which distribute our feeds in our place.
    pub others: Arc<Vec<Url>>,
    /// Rings when somebody asked for something.
    pub asked: Doorbell,
    /// Rings when what feeds show may have changed.
    pub changed: Doorbell,
}

/// A feed as it is pushed: as it would be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// `Content-Type`
    pub content_type: String,
    /// `Link`, with the hub and the feed's own address.
    pub link: String,
    /// The body.
    pub body: Arc<[u8]>,
}

/// Our feeds, by whoever makes them.
#[async_trait]
pub trait Topics: Send + Sync + fmt::Debug {
    /// The feed at this address, as it is now; `None` when there is none.
    ///
    /// # Errors
    ///
    /// Why it can't be made now.
    async fn feed(&self, topic: &str) -> Result<Option<Feed>, String>;

    /// The versions of our sources, as the store has them now; `None` when it does not say.
    async fn versions(&self) -> Option<HashMap<SourceId, i64>>;

    /// The version of the feed at this address when its sources have these; `None` when there is none. It grows with each change.
    fn version(&self, topic: &str, versions: &HashMap<SourceId, i64>) -> Option<i64>;

    /// The addresses of all feeds that show any of these sources.
    fn showing(&self, sources: &[SourceId]) -> Vec<String>;
}

/// Stands for all receivers at the host of this one.
pub(super) fn host(receiver: &ReceiverId) -> ReceiverId {
    match receiver.0.split_once(' ') {
        Some((host, _)) => ReceiverId(host.to_owned()),
        None => receiver.clone(),
    }
}
