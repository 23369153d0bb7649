//! What is put right from time to time.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    ops::{Clock, Outage},
    store::{Horizon, Store},
    subscription::LIFE,
};

const EVERY: Duration = Duration::from_secs(3_600);

/// No delivery waits longer: a weekly digest, and a day for good measure.
const LONGEST_DELIVERY: Duration = Duration::from_secs(9 * 86_400);

/// No lease is longer.
const LONGEST_LEASE: Duration = Duration::from_secs(3_600);

/// How far into the future things may reach at `now`, where `longest_wait` is the longest between two polls of a source.
pub(super) fn horizon(now: Timestamp, longest_wait: Duration) -> Horizon {
    Horizon {
        now,
        polls: now + longest_wait,
        deliveries: now + LONGEST_DELIVERY,
        leases: now + LONGEST_LEASE,
    }
}

/// Brings back what a clock that was ahead has put too far into the future, erases what nobody confirmed and drops what no mail needs
/// any more, over and over, until `stop` is cancelled.
pub(super) async fn run(store: Arc<dyn Store>, clock: Clock, longest_wait: Duration, stop: CancellationToken) {
    let mut outage = Outage::of("bring back what lies too far ahead");
    loop {
        let now = clock.now();
        outage.heed(store.bring_back(horizon(now, longest_wait)).await);
        outage.heed(store.forget_requests(now - LIFE, now).await);
        outage.heed(store.drop_stencils().await);
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
    }
}
