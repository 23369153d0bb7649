//! Asks hubs when it is time, over and over, until told to stop.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::rand;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use url::Url;

use super::{ask::ask, plan::plan};
use crate::{
    net::{Client, Guard, guard::Reason},
    notice::SourceId,
    ops::{Clock, Doorbell, Outage},
    source::Hub,
    store::{Store, StoreError},
    websub::{Standing, Upstream, signature::hexadecimal},
};

/// How often is looked for hubs that nobody rang for.
const LOOK: Duration = Duration::from_secs(600);

/// How long the loop sleeps at least and at most.
const SLEEP: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(30));

/// How many hubs are asked at a time.
const AT_ONCE: usize = 4;

/// Subscribes to hubs.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// Where subscriptions are kept.
    pub store: Arc<dyn Store>,
    /// The way to the hubs.
    pub client: Client,
    /// Tells the time.
    pub clock: Clock,
    /// Where hubs reach us; `None` when they can't.
    pub callback: Option<Url>,
    /// The sources that may be pushed.
    pub sources: Arc<HashSet<SourceId>>,
    /// Rings when a source named another hub.
    pub hubs: Doorbell,
}

/// Whether `public_url` may be an address at which hubs reach us: no address that only this machine or its network can reach,
/// unless the admin named that network.
pub fn is_reachable(public_url: &Url, guard: &Guard) -> bool {
    !matches!(guard.check(public_url), Err(reason) if reason != Reason::Port)
}

impl Subscriber {
    /// Asks whom there is to ask until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let mut outage = Outage::of("see to subscriptions at hubs");
        let mut looked: Option<Instant> = None;
        while !stop.is_cancelled() {
            if looked.is_none_or(|then| then.elapsed() > LOOK) {
                looked = outage.heed(self.reconcile().await).map(|()| Instant::now());
            }
            let next = stop.run_until_cancelled(self.ask_due()).await;
            let sleep = match next.map(|next| outage.heed(next)) {
                Some(Some(next)) => self.until(next),
                Some(None) => SLEEP.1,
                None => break,
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(sleep) => {}
                () = self.hubs.rung() => looked = None,
            }
        }
    }

    /// Makes the subscriptions be those of the hubs that sources name, as far as they may be pushed.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn reconcile(&self) -> Result<(), StoreError> {
        let named = self.store.hubs().await?.into_iter();
        let wanted: HashMap<SourceId, Hub> = named.filter(|(source, _)| self.sources.contains(source)).collect();
        let there = self.store.upstreams(None).await?;
        let now = self.clock.now();
        let plan = plan(&wanted, &there, self.callback.as_ref());
        for upstream in plan.leave {
            info!(source = %upstream.source, hub = %upstream.hub.url, "its hub is asked to push no more");
            self.store.change_upstream(&upstream.left(now)).await?;
            // Nobody tells of its news any more.
            self.store.enrol_sources(&[(upstream.source.clone(), now)], now).await?;
        }
        for (source, hub) in plan.open {
            let (Some(callback), Some(token), Some(secret)) = (&self.callback, random::<16>(), random::<32>()) else {
                continue;
            };
            let new = Upstream::new(source.clone(), hub.clone(), callback.clone(), token, secret, now);
            if self.store.open_upstream(&new).await? {
                info!(%source, hub = %hub.url, "its hub is asked to push");
            }
        }
        Ok(())
    }

    /// Asks the hubs that are due, once; when the next one is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn ask_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let due = self.store.due_upstreams(self.clock.now(), AT_ONCE).await?;
        let asked = stream::iter(due)
            .map(|upstream| self.ask(upstream))
            .buffer_unordered(AT_ONCE);
        let asked: Vec<Result<(), StoreError>> = asked.collect().await;
        asked.into_iter().collect::<Result<(), _>>()?;
        self.store.next_due_upstream().await
    }

    async fn ask(&self, upstream: Upstream) -> Result<(), StoreError> {
        let now = self.clock.now();
        if upstream.is_over(now) {
            return self.store.close_upstream(&upstream.token).await;
        }
        // Noted before it is done, and by one node alone.
        let asked = upstream.asked_at(now);
        if !self.store.change_upstream(&asked).await? {
            return Ok(());
        }
        if let Err(why) = ask(&self.client, &asked).await {
            warn!(source = %asked.source, hub = %asked.hub.url, asked = asked.asked, next = %asked.due, "a hub could not be asked to push: {why}");
            let failed = Upstream {
                why: Some(why),
                version: asked.version + 1,
                ..asked
            };
            // Where the hub has spoken meanwhile, its word counts.
            self.store.change_upstream(&failed).await?;
        } else if asked.standing == Standing::Leaving {
            info!(source = %asked.source, hub = %asked.hub.url, "its hub was asked to push no more");
        }
        Ok(())
    }

    fn until(&self, next: Option<Timestamp>) -> Duration {
        let wait = next.map(|next| Duration::try_from(next.duration_since(self.clock.now())).unwrap_or_default());
        wait.unwrap_or(SLEEP.1).clamp(SLEEP.0, SLEEP.1)
    }
}

/// So many random bytes in hexadecimal; `None` when the system gives none.
fn random<const N: usize>() -> Option<String> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).ok()?;
    Some(hexadecimal("", &bytes))
}
