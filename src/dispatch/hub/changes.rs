//! Which feeds have changed since they were distributed last. Many changes between two looks are one.

use std::collections::HashMap;

use tracing::{debug, info};
use url::Url;

use super::Hub;
use crate::{delivery::Occasion, dispatch::Dispatch, notice::SourceId, store::StoreError};

/// Feeds that one ping names at most.
const IN_ONE: usize = 100;

/// Owes what changed to who wants it; whether anything did.
///
/// # Errors
///
/// When the store fails.
pub(super) async fn owe(dispatch: &Dispatch) -> Result<bool, StoreError> {
    let (store, hub, now) = (&dispatch.store, &dispatch.hub, dispatch.clock.now());
    // First what was distributed, then what there is: what another node distributes in between is seen in neither or in both.
    let distributed = store.topics(now).await?;
    if distributed.is_empty() && hub.others.is_empty() {
        return Ok(false);
    }
    let Some(versions) = hub.topics.versions().await else {
        return Ok(false);
    };
    let mut owed = 0;
    for (topic, was) in distributed {
        let version = hub.topics.version(&topic, &versions);
        if let Some(version) = version.filter(|version| *version != was) {
            let to = store.distribute(&topic, was, version, now).await?;
            debug!(topic, version, subscribers = to, "a feed is distributed");
            owed += to;
        }
    }
    for other in hub.others.iter() {
        owed += ping(dispatch, hub, other, &versions).await?;
    }
    Ok(owed > 0)
}

/// Owes another hub the word that feeds changed; how many words.
async fn ping(
    dispatch: &Dispatch,
    hub: &Hub,
    other: &Url,
    versions: &HashMap<SourceId, i64>,
) -> Result<u64, StoreError> {
    let told = dispatch.store.told_hub(other).await?;
    let is_changed = |(source, version): &(&SourceId, &i64)| told.get(*source) != Some(*version);
    let changed: Vec<SourceId> = versions
        .iter()
        .filter(is_changed)
        .map(|(source, _)| source.clone())
        .collect();
    let topics = hub.topics.showing(&changed);
    if topics.is_empty() {
        return Ok(0);
    }
    let version = versions.values().sum();
    let pings: Vec<Occasion> = topics
        .chunks(IN_ONE)
        .enumerate()
        .map(|(part, topics)| Occasion::Ping {
            topics: topics.to_vec(),
            version,
            part,
        })
        .collect();
    dispatch
        .store
        .tell_hub(other, versions, &pings, dispatch.clock.now())
        .await?;
    info!(hub = %other, feeds = topics.len(), "another hub is told of changes");
    Ok(pings.len() as u64)
}
