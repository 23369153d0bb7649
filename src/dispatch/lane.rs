//! One side of the outbox: how much of it may be under way, and what becomes of one prepared delivery.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tracing::{debug, info, warn};

use super::{
    Dispatch,
    endpoints::{Endpoint, Endpoints},
    hub,
    relay::RelayLines,
    render::{Message, Prepared},
    verdict::{later, unasked, untried},
};
use crate::{
    channel::webhook::{self, Hook},
    delivery::{Delivery, Fate, Verdict, retry::Schedule},
    store::Lane,
    subscription::{Channel, Receiver},
};

/// How many posts may be under way at once.
const POSTS: usize = 64;

/// What must be left of a lease for a post to be begun.
const TIME_TO_POST: Duration = Duration::from_secs(30);

/// After a host of the hub's subscribers had no place left.
const HOST_REST: Duration = Duration::from_secs(1);

/// One side of the outbox: its connections, and how the other side has behaved lately.
pub(super) struct Side {
    pub(super) dispatch: Dispatch,
    pub(super) lane: Lane,
    schedule: Schedule,
    pub(super) relay: RelayLines,
    endpoints: Endpoints,
    under_way: AtomicUsize,
}

/// A delivery's place among those under way; given back when dropped, by a panic too.
pub(super) struct Place {
    side: Arc<Side>,
    endpoint: Arc<Endpoint>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.side.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Side {
    pub(super) fn new(dispatch: Dispatch, lane: Lane) -> Self {
        let schedule = match lane {
            Lane::Mail => Schedule::mail(),
            Lane::Webhook | Lane::Hub => Schedule::webhook(),
        };
        Self {
            dispatch,
            lane,
            schedule,
            relay: RelayLines::default(),
            endpoints: Endpoints::default(),
            under_way: AtomicUsize::new(0),
        }
    }

    /// How many more posts may be taken now.
    pub(super) fn room(&self) -> usize {
        POSTS.saturating_sub(self.under_way.load(Ordering::Relaxed))
    }

    /// Whether it is worth while to look for more posts: there is nothing to do, or room for a good part of what fits.
    pub(super) fn wants_more(&self) -> bool {
        let under_way = self.under_way.load(Ordering::Relaxed);
        under_way == 0 || self.room() * 4 >= POSTS
    }

    /// How many connections to the relay may be in use: after trouble one goes ahead and probes.
    pub(super) fn connections(&self) -> usize {
        match &self.dispatch.mail {
            Some(mail) if self.relay.is_well() => mail.connections.max(1),
            Some(_) => 1,
            None => 0,
        }
    }

    /// Whether the relay has behaved well lately.
    pub(super) fn is_well(&self) -> bool {
        self.relay.is_well()
    }

    /// A place among the deliveries under way.
    ///
    /// # Errors
    ///
    /// When there is none to this receiver: from when on there may be.
    pub(super) fn place(self: &Arc<Self>, delivery: &Delivery) -> Result<Place, Timestamp> {
        let endpoint = match self.lane {
            Lane::Mail | Lane::Webhook => self.endpoints.place(&delivery.receiver, self.now())?,
            // Who shares a host shares its places.
            Lane::Hub => {
                let place = self.endpoints.place(&hub::host(&delivery.receiver), self.now());
                place.map_err(|until| until.max(self.now() + HOST_REST))?
            }
        };
        self.under_way.fetch_add(1, Ordering::Relaxed);
        Ok(Place {
            side: Arc::clone(self),
            endpoint,
        })
    }

    /// The webhooks that nothing should be leased for now.
    pub(super) fn busy(&self) -> Vec<String> {
        match self.lane {
            Lane::Mail | Lane::Hub => Vec::new(),
            Lane::Webhook => self.endpoints.busy(self.now()),
        }
    }

    /// Until when the whole other side is left alone.
    pub(super) fn resting_until(&self) -> Option<Timestamp> {
        self.relay.resting_until(self.now())
    }

    /// Posts, and says what becomes of the delivery.
    pub(super) async fn post(&self, one: &Prepared, place: &Place, spread: f64) -> Fate {
        let delivery = &one.delivery;
        let verdict = match &one.message {
            Message::Made(receiver, rendered) => {
                let bytes = rendered.bytes();
                self.posted(&place.endpoint, delivery, receiver, &bytes).await
            }
            Message::Feed => self.push(&place.endpoint, delivery).await,
        };
        let verdict = verdict.unwrap_or_else(|verdict| verdict);
        let now = self.now();
        if let (Verdict::Gone { .. }, Lane::Hub) = (&verdict, self.lane) {
            match self.dispatch.store.end_subscription(&delivery.receiver).await {
                Ok(()) => info!(receiver = %delivery.receiver, "a subscriber of the hub has left"),
                Err(error) => warn!(receiver = %delivery.receiver, "a subscription should be ended, but {error}"),
            }
        }
        if let (Verdict::Gone { why }, Lane::Webhook) = (&verdict, self.lane) {
            match self.dispatch.store.stop_receiver(&delivery.receiver, why, now).await {
                Ok(_) => warn!(receiver = %delivery.receiver, "the webhook is stopped: it {why}"),
                Err(error) => warn!(receiver = %delivery.receiver, "the webhook should be stopped, but {error}"),
            }
        }
        match (self.fate(delivery, verdict, spread), self.lane) {
            // Subscribers of the hub are strangers: what they don't take is no matter for the admin.
            (Fate::Dead { why, .. }, Lane::Hub) => Fate::Dropped { why },
            (fate, _) => fate,
        }
    }

    /// What becomes of a delivery.
    pub(super) fn fate(&self, delivery: &Delivery, verdict: Verdict, spread: f64) -> Fate {
        tell(delivery, &verdict);
        self.schedule
            .after(verdict, delivery.attempt, delivery.queued, self.now(), spread)
    }

    /// What becomes of a delivery on which the program failed while it was sent.
    pub(super) fn after_panic(&self, delivery: &Delivery, spread: f64) -> Fate {
        let verdict = Verdict::Later {
            why: "the program failed on it".to_owned(),
            not_before: None,
            ambiguous: true,
        };
        self.schedule
            .after(verdict, delivery.attempt, delivery.queued, self.now(), spread)
    }

    /// Closes connections that nobody needs now.
    pub(super) async fn hang_up(&self) {
        self.relay.hang_up().await;
    }

    pub(super) fn now(&self) -> Timestamp {
        self.dispatch.clock.now()
    }

    async fn posted(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        receiver: &Receiver,
        bytes: &[u8],
    ) -> Result<Verdict, Verdict> {
        let Channel::Webhook { url, format } = &receiver.channel else {
            return Ok(later("this is no webhook"));
        };
        let _turn = endpoint.turn(|| self.now()).await?;
        self.in_lease(delivery, TIME_TO_POST)?;
        self.is_wanted(delivery).await?;
        let id = &delivery.receiver;
        let hook = Hook {
            url,
            format: *format,
            secret: self.dispatch.secrets.get(id),
        };
        let message = self.dispatch.ids.webhook_id(id, &delivery.occasion);
        let verdict = webhook::send(&self.dispatch.client, hook, &message, bytes.to_vec(), self.now()).await;
        endpoint.heed(&verdict);
        Ok(verdict)
    }

    /// Tells a subscriber of our hub what its feed says now, or another hub which feeds changed.
    async fn push(&self, endpoint: &Endpoint, delivery: &Delivery) -> Result<Verdict, Verdict> {
        let _turn = endpoint.turn(|| self.now()).await?;
        self.in_lease(delivery, TIME_TO_POST)?;
        let verdict = hub::push(&self.dispatch, delivery).await;
        endpoint.heed(&verdict);
        Ok(verdict)
    }

    /// Whether so much is left of the lease.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub(super) fn in_lease(&self, delivery: &Delivery, needed: Duration) -> Result<(), Verdict> {
        let now = self.now();
        match now + needed > delivery.lease_until {
            true => Err(untried("its turn came too late", now)),
            false => Ok(()),
        }
    }

    /// Whether its receiver is still there, who may have left since the lease.
    ///
    /// # Errors
    ///
    /// When they are not, or that is not known.
    pub(super) async fn is_wanted(&self, delivery: &Delivery) -> Result<(), Verdict> {
        let now = self.now();
        match self.dispatch.store.receiver(&delivery.receiver).await {
            Ok(Some(row)) if row.stopped.is_none() => Ok(()),
            // The next lease cancels it.
            Ok(_) => Err(untried("its receiver has left", now)),
            Err(error) => Err(unasked(&error, now)),
        }
    }
}

fn tell(delivery: &Delivery, verdict: &Verdict) {
    let (delivery, attempt) = (delivery.id, delivery.attempt);
    match verdict {
        Verdict::Delivered => info!(delivery, attempt, "delivered"),
        Verdict::Later { why, ambiguous, .. } => warn!(delivery, attempt, ambiguous, "not delivered yet: {why}"),
        Verdict::Untried { why, .. } => debug!(delivery, "not tried: {why}"),
        Verdict::Refused { why } | Verdict::Gone { why } => {
            warn!(delivery, attempt, "refused, a dead letter: {why}");
        }
    }
}
