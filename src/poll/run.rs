//! Polls what is due, over and over, until told to stop.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{Outcome, Turn, Watched, once};
use crate::{
    fetch::Fetcher,
    notice::SourceId,
    ops::{Clock, Doorbell, Pulse},
    store::{SourceLease, Store, StoreError},
};

/// How long a worker may take for one poll; a worker that dies costs the source this long on a shared store.
const LEASE: Duration = Duration::from_secs(300);

/// A poll ends before its lease does.
const DEADLINE: Duration = Duration::from_secs(280);

/// How long the loop sleeps at most.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// Polls sources.
#[derive(Clone, Debug)]
pub struct Poller {
    /// The sources, in the configuration's order.
    pub sources: Arc<Vec<Watched>>,
    /// Asks them.
    pub fetcher: Fetcher,
    /// Where what is learned goes.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Clock,
    /// How many polls at once.
    pub concurrency: usize,
    /// Rung when there is something to tell.
    pub told: Doorbell,
    /// Rung when what feeds show has changed.
    pub shown: Doorbell,
}

impl Poller {
    /// Gives each source a place in the schedule. New ones are due at once.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn enrol(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let due: Vec<_> = self
            .sources
            .iter()
            .map(|watched| (watched.source.id.clone(), now))
            .collect();
        let longest = self
            .sources
            .iter()
            .map(|watched| watched.pace.interval)
            .max()
            .unwrap_or_default();
        self.store
            .enrol_sources(&due, now + longest.max(Duration::from_secs(6 * 3600)))
            .await
    }

    /// Polls what is due until `stop` is cancelled; then lets the polls that are under way end.
    pub async fn run(self, pulse: Pulse, stop: CancellationToken) {
        let ids: Vec<SourceId> = self.sources.iter().map(|watched| watched.source.id.clone()).collect();
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            pulse.beat();
            let free = self.concurrency.saturating_sub(under_way.len());
            let due = match self.store.lease_due_sources(&ids, self.clock.now(), LEASE, free).await {
                Ok(due) => due,
                Err(error) => {
                    error!("can't look for sources that are due: {error}");
                    Vec::new()
                }
            };
            for lease in due {
                let poller = self.clone();
                under_way.spawn(async move { poller.poll(lease).await });
            }
            let sleep = if under_way.len() < self.concurrency {
                self.until_next(&ids).await
            } else {
                LONGEST_SLEEP
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(sleep) => {}
                Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Polls one source now, due or not. `None` when it is being polled elsewhere.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn poll_now(&self, id: &SourceId) -> Result<Option<Outcome>, StoreError> {
        match self.store.lease_source(id, self.clock.now(), LEASE).await? {
            Some(lease) => self.turn(lease).await,
            None => Ok(None),
        }
    }

    async fn poll(&self, lease: SourceLease) {
        let id = lease.state.id.clone();
        match self.turn(lease).await {
            Ok(_) => {}
            Err(StoreError::LeaseLost) => warn!(source = %id, "another worker has taken over this source"),
            Err(error) => error!(source = %id, "what a poll taught could not be kept; it will be asked again: {error}"),
        }
    }

    async fn turn(&self, lease: SourceLease) -> Result<Option<Outcome>, StoreError> {
        let Some(watched) = self.sources.iter().find(|watched| watched.source.id == lease.state.id) else {
            return Ok(None);
        };
        let turn = Turn {
            watched,
            lease,
            now: self.clock.now(),
            spread: chance(),
        };
        let late = turn.clone();
        let outcome = match tokio::time::timeout(DEADLINE, once(turn, &self.fetcher, self.store.as_ref())).await {
            Ok(outcome) => outcome?,
            Err(_) => {
                let why = format!("the poll did not end within {} seconds", DEADLINE.as_secs());
                self.store
                    .commit(late.only(late.after_failure(&why, false, None)))
                    .await?;
                Outcome::Missed { why }
            }
        };
        if let Outcome::Learned { committed, .. } = &outcome {
            if committed.announced > 0 {
                self.told.ring();
            }
            self.shown.ring();
        }
        Ok(Some(outcome))
    }

    async fn until_next(&self, ids: &[SourceId]) -> Duration {
        let next = self.store.next_due_source(ids).await.ok().flatten();
        let wait = next.map(|next: Timestamp| next.duration_since(self.clock.now()));
        let wait = wait.map_or(LONGEST_SLEEP, |wait| Duration::try_from(wait).unwrap_or_default());
        wait.clamp(Duration::from_millis(20), LONGEST_SLEEP)
    }
}

/// A number in 0..1.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness the waits are merely not spread.
    let _ = rand::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
