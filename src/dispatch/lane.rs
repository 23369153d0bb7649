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
use url::Url;

use super::{
    Dispatch, Mail,
    endpoints::{Endpoint, Endpoints},
    hub,
    relay::RelayLine,
    render::{Message, Prepared},
    verdict::{later, untried},
};
use crate::{
    channel::webhook::{self, Hook},
    delivery::{Delivery, Fate, Verdict, retry::Schedule},
    store::Lane,
    subscription::{Address, Channel, ReceiverId, WebhookFormat},
};

/// How many mails go over one connection before another one is opened beside it.
const IN_A_ROW: usize = 8;

/// How many posts may be under way at once.
const POSTS: usize = 64;

/// The longest wait for the answer to a final dot. Whoever sends one must still have the lease when the answer comes, else
/// another worker sends the message again meanwhile.
const DOT: Duration = Duration::from_secs(600);

/// What must be left of a lease for a mail to be begun: the dot, and what comes before it.
const TIME_TO_MAIL: Duration = Duration::from_secs(700);

/// What must be left of a lease for a post to be begun.
const TIME_TO_POST: Duration = Duration::from_secs(30);

/// After the store could not be asked.
const STORE_REST: Duration = Duration::from_secs(60);

/// After a host of the hub's subscribers had no place left.
const HOST_REST: Duration = Duration::from_secs(1);

/// One side of the outbox: its connections, and how the other side has behaved lately.
pub(super) struct Side {
    pub(super) dispatch: Dispatch,
    pub(super) lane: Lane,
    schedule: Schedule,
    relay: RelayLine,
    endpoints: Endpoints,
    under_way: AtomicUsize,
}

/// A delivery's place among those under way; given back when dropped, by a panic too.
pub(super) struct Place {
    side: Arc<Side>,
    endpoint: Option<Arc<Endpoint>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.side.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Side {
    pub(super) fn new(dispatch: Dispatch, lane: Lane) -> Self {
        let connections = dispatch.mail.as_ref().map_or(1, |mail| mail.connections);
        let schedule = match lane {
            Lane::Mail => Schedule::mail(),
            Lane::Webhook | Lane::Hub => Schedule::webhook(),
        };
        Self {
            dispatch,
            lane,
            schedule,
            relay: RelayLine::new(connections),
            endpoints: Endpoints::default(),
            under_way: AtomicUsize::new(0),
        }
    }

    /// How many more deliveries may be taken now.
    pub(super) fn room(&self) -> usize {
        self.capacity().saturating_sub(self.under_way.load(Ordering::Relaxed))
    }

    /// Whether it is worth while to look for more: there is nothing to do, or room for a good part of what fits.
    pub(super) fn wants_more(&self) -> bool {
        let under_way = self.under_way.load(Ordering::Relaxed);
        self.capacity() > 0 && (under_way == 0 || self.room() * 4 >= self.capacity())
    }

    /// A place among the deliveries under way.
    ///
    /// # Errors
    ///
    /// When there is none to this receiver: from when on there may be.
    pub(super) fn place(self: &Arc<Self>, delivery: &Delivery) -> Result<Place, Timestamp> {
        let endpoint = match self.lane {
            Lane::Mail => None,
            Lane::Webhook => Some(self.endpoints.place(&delivery.receiver, self.now())?),
            // Who shares a host shares its places.
            Lane::Hub => {
                let host = hub::host(&delivery.receiver);
                let place = self.endpoints.place(&host, self.now());
                Some(place.map_err(|until| until.max(self.now() + HOST_REST))?)
            }
        };
        self.under_way.fetch_add(1, Ordering::Relaxed);
        Ok(Place {
            side: Arc::clone(self),
            endpoint,
        })
    }

    /// The receivers that nothing should be leased for now.
    pub(super) fn busy(&self) -> Vec<ReceiverId> {
        match self.lane {
            Lane::Mail | Lane::Hub => Vec::new(),
            Lane::Webhook => self.endpoints.busy(self.now()),
        }
    }

    /// How many deliveries go one after the other, each recorded before the next begins. Mails do, over one connection: a
    /// relay is not visited by four at once for the sake of three letters, and a crash leaves one letter in doubt and not
    /// all of them.
    pub(super) fn in_a_row(&self) -> usize {
        match self.lane {
            Lane::Mail => IN_A_ROW,
            Lane::Webhook | Lane::Hub => 1,
        }
    }

    /// Until when the whole other side is left alone.
    pub(super) fn resting_until(&self) -> Option<Timestamp> {
        self.relay.resting_until(self.now())
    }

    /// Sends, and says what becomes of the delivery.
    pub(super) async fn deliver(&self, one: &Prepared, place: &Place, spread: f64) -> Fate {
        let delivery = &one.delivery;
        let verdict = match (&one.message, &place.endpoint) {
            (Message::Made(receiver, bytes), endpoint) => match (&receiver.channel, &self.dispatch.mail, endpoint) {
                (Channel::Webhook { url, format }, _, Some(endpoint)) => {
                    self.post(endpoint, delivery, (url, *format), bytes).await
                }
                (Channel::Mail { address, .. }, Some(mail), _) => self.mail(mail, address, delivery, bytes).await,
                (Channel::Mail { .. }, None, _) => Ok(later("no relay is configured")),
                (Channel::Webhook { .. }, _, None) => Ok(later("this is no mail")),
            },
            (Message::Feed, Some(endpoint)) => self.push(endpoint, delivery).await,
            (Message::Feed, None) => Ok(later("this is no mail")),
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
        tell(delivery, &verdict);
        let fate = self
            .schedule
            .after(verdict, delivery.attempt, delivery.queued, now, spread);
        match (fate, self.lane) {
            // Subscribers of the hub are strangers: what they don't take is no matter for the admin.
            (Fate::Dead { why, .. }, Lane::Hub) => Fate::Dropped { why },
            (fate, _) => fate,
        }
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

    /// How many deliveries may be under way at once. After trouble one goes ahead and probes.
    fn capacity(&self) -> usize {
        match (self.lane, &self.dispatch.mail) {
            (Lane::Webhook | Lane::Hub, _) => POSTS,
            (Lane::Mail, Some(mail)) if self.relay.is_well() => mail.connections * IN_A_ROW,
            (Lane::Mail, Some(_)) => 1,
            (Lane::Mail, None) => 0,
        }
    }

    async fn mail(
        &self,
        mail: &Mail,
        address: &Address,
        delivery: &Delivery,
        bytes: &Arc<[u8]>,
    ) -> Result<Verdict, Verdict> {
        let _place = self.relay.place(|| self.now()).await?;
        self.look_again(delivery, TIME_TO_MAIL).await?;
        let last = delivery.lease_until - DOT;
        let clock = self.dispatch.clock.clone();
        let sent = self
            .relay
            .carry(mail, address, bytes, &move || clock.now() <= last)
            .await;
        Ok(self.relay.heed(sent, self.now()))
    }

    async fn post(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        (url, format): (&Url, WebhookFormat),
        bytes: &Arc<[u8]>,
    ) -> Result<Verdict, Verdict> {
        let _turn = endpoint.turn(|| self.now()).await?;
        self.look_again(delivery, TIME_TO_POST).await?;
        let id = &delivery.receiver;
        let hook = Hook {
            url,
            format,
            secret: self.dispatch.secrets.get(id),
        };
        let message = self.dispatch.ids.webhook_id(id, &delivery.occasion);
        let body = bytes.to_vec();
        let verdict = webhook::send(&self.dispatch.client, hook, &message, body, self.now()).await;
        endpoint.heed(&verdict);
        Ok(verdict)
    }

    /// Tells a subscriber of our hub what its feed says now, or another hub which feeds changed.
    async fn push(&self, endpoint: &Endpoint, delivery: &Delivery) -> Result<Verdict, Verdict> {
        let _turn = endpoint.turn(|| self.now()).await?;
        if self.now() + TIME_TO_POST > delivery.lease_until {
            return Err(untried("its turn came too late", self.now()));
        }
        let verdict = hub::push(&self.dispatch, delivery).await;
        endpoint.heed(&verdict);
        Ok(verdict)
    }

    /// The last look before a message leaves: it may have waited long for its place, and its reader may have left.
    async fn look_again(&self, delivery: &Delivery, needed: Duration) -> Result<(), Verdict> {
        let now = self.now();
        if now + needed > delivery.lease_until {
            return Err(untried("its turn came too late", now));
        }
        match self.dispatch.store.receiver(&delivery.receiver).await {
            Ok(Some(row)) if row.stopped.is_none() => Ok(()),
            // The next lease cancels it.
            Ok(_) => Err(untried("its receiver has left", now)),
            Err(error) => Err(untried(&error.to_string(), now + STORE_REST)),
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
