//! Sending one prepared delivery, and what becomes of it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tracing::{info, warn};

use super::{Dispatch, Mail, render::Prepared};
use crate::{
    channel::{
        email::{Sent, Session, Trouble},
        webhook::{self, Hook},
    },
    delivery::{Fate, Verdict, retry::Schedule},
    store::Lane,
    subscription::{Channel, ReceiverId},
};

/// How many messages a connection carries before it is closed; many relays set a limit near this.
const PER_CONNECTION: u32 = 100;

/// How many mails go over one connection before another one is opened beside it.
const IN_A_ROW: usize = 8;

/// The first rest after trouble with the relay; doubled each time up to the longest.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(300);

/// How many posts to one webhook at once.
const PER_HOOK: usize = 4;

/// How many deliveries may wait for one webhook's turn, so that one that hangs can't fill the lane.
const WAITING_PER_HOOK: usize = 16;

/// One side of the outbox: its connections, and how the other side has behaved lately.
pub(super) struct Side {
    pub(super) dispatch: Dispatch,
    pub(super) lane: Lane,
    schedule: Schedule,
    connections: Semaphore,
    idle: Mutex<Vec<(Session, u32)>>,
    rest: Mutex<Rest>,
    hooks: Mutex<HashMap<ReceiverId, Arc<Semaphore>>>,
    under_way: AtomicUsize,
}

/// A delivery's place among those under way; given back when dropped, by a panic too.
pub(super) struct Place(Arc<Side>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The relay is left alone until `until` after `troubles` in a row.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    troubles: u32,
    until: Option<Timestamp>,
}

impl Side {
    pub(super) fn new(dispatch: Dispatch, lane: Lane) -> Self {
        let connections = dispatch.mail.as_ref().map_or(1, |mail| mail.connections.max(1));
        let schedule = match lane {
            Lane::Mail => Schedule::mail(),
            Lane::Webhook => Schedule::webhook(),
        };
        Self {
            dispatch,
            lane,
            schedule,
            connections: Semaphore::new(connections),
            idle: Mutex::default(),
            rest: Mutex::default(),
            hooks: Mutex::default(),
            under_way: AtomicUsize::new(0),
        }
    }

    /// How many more deliveries may be taken now.
    pub(super) fn room(&self) -> usize {
        self.capacity().saturating_sub(self.under_way.load(Ordering::Relaxed))
    }

    /// A place among the deliveries under way.
    pub(super) fn place(self: &Arc<Self>) -> Place {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        Place(Arc::clone(self))
    }

    /// How many deliveries go one after the other, each recorded before the next begins. Mails do, over one connection: a
    /// relay is not visited by four at once for the sake of three letters, and a crash leaves one letter in doubt and not
    /// all of them.
    pub(super) fn in_a_row(&self) -> usize {
        match self.lane {
            Lane::Mail => IN_A_ROW,
            Lane::Webhook => 1,
        }
    }

    /// How many deliveries may be under way at once. After trouble one goes ahead and probes.
    fn capacity(&self) -> usize {
        match (self.lane, lock(&self.rest).troubles) {
            (Lane::Webhook, _) => 64,
            (Lane::Mail, 0) => self
                .dispatch
                .mail
                .as_ref()
                .map_or(0, |mail| mail.connections * IN_A_ROW),
            (Lane::Mail, _) => 1,
        }
    }

    /// Until when the relay is left alone.
    pub(super) fn resting_until(&self) -> Option<Timestamp> {
        lock(&self.rest)
            .until
            .filter(|until| *until > self.dispatch.clock.now())
    }

    /// Sends, and says what becomes of the delivery.
    pub(super) async fn deliver(&self, one: &Prepared, spread: f64) -> Fate {
        let delivery = &one.delivery;
        let verdict = match (&one.receiver.channel, &self.dispatch.mail) {
            (Channel::Webhook { .. }, _) => self.post(one).await,
            (Channel::Mail { .. }, Some(mail)) => self.mail(mail, one).await,
            (Channel::Mail { .. }, None) => later("no relay is configured", None),
        };
        let now = self.dispatch.clock.now();
        if let (Verdict::Gone { why }, Lane::Webhook) = (&verdict, self.lane) {
            match self.dispatch.store.stop_receiver(&delivery.receiver, why, now).await {
                Ok(_) => warn!(receiver = %delivery.receiver, "the webhook is stopped: it {why}"),
                Err(error) => warn!(receiver = %delivery.receiver, "the webhook should be stopped, but {error}"),
            }
        }
        match &verdict {
            Verdict::Delivered => info!(delivery = delivery.id, attempt = delivery.attempt, "delivered"),
            Verdict::Later { why, ambiguous, .. } => {
                warn!(
                    delivery = delivery.id,
                    attempt = delivery.attempt,
                    ambiguous,
                    "not delivered yet: {why}"
                );
            }
            Verdict::Refused { why } | Verdict::Gone { why } => {
                warn!(
                    delivery = delivery.id,
                    attempt = delivery.attempt,
                    "refused, a dead letter: {why}"
                );
            }
        }
        self.schedule
            .after(verdict, delivery.attempt, delivery.queued, now, spread)
    }

    /// Closes connections that nobody needs now.
    pub(super) async fn hang_up(&self) {
        let idle = std::mem::take(&mut *lock(&self.idle));
        for (session, _) in idle {
            session.close().await;
        }
    }

    async fn mail(&self, mail: &Mail, one: &Prepared) -> Verdict {
        let Channel::Mail { address, .. } = &one.receiver.channel else {
            return later("this is no mail", None);
        };
        let Ok(_place) = self.connections.acquire().await else {
            return later("the daemon stops", None);
        };
        if let Some(until) = self.resting_until() {
            return later("the relay is left alone after trouble", Some(until));
        }
        // What waited for its place for too long is another worker's.
        if self.dispatch.clock.now() >= one.delivery.lease_until {
            return later("its turn came too late", None);
        }
        let idle = lock(&self.idle).pop();
        let opened = match idle {
            Some(open) => Ok(open),
            None => Session::open(&mail.relay).await.map(|session| (session, 0)),
        };
        let sent = match opened {
            Ok((session, carried)) => {
                let sent = session.send(&mail.sender.address, address, &one.bytes).await;
                sent.map(|(session, sent)| (session, carried + 1, sent))
            }
            Err(trouble) => Err(trouble),
        };
        match sent {
            Ok((session, carried, sent)) => {
                *lock(&self.rest) = Rest::default();
                if carried < PER_CONNECTION {
                    lock(&self.idle).push((session, carried));
                } else {
                    session.close().await;
                }
                match sent {
                    Sent::Accepted => Verdict::Delivered,
                    Sent::Later(why) => later(&why, None),
                    Sent::Refused(why) => Verdict::Refused { why },
                    Sent::NoMailbox(why) => Verdict::Gone { why },
                }
            }
            Err(trouble) => {
                // Connections that were open beside this one are as old and as suspect.
                lock(&self.idle).clear();
                let until = self.trouble(&trouble);
                let ambiguous = matches!(trouble, Trouble::Ambiguous(_));
                Verdict::Later {
                    why: trouble.to_string(),
                    not_before: Some(until),
                    ambiguous,
                }
            }
        }
    }

    /// Leaves the relay alone for a while, longer each time.
    fn trouble(&self, trouble: &Trouble) -> Timestamp {
        let mut rest = lock(&self.rest);
        let pause = match trouble {
            Trouble::Unwilling(_) => LONGEST_REST,
            _ => FIRST_REST.saturating_mul(1 << rest.troubles.min(16)).min(LONGEST_REST),
        };
        let until = self.dispatch.clock.now() + pause;
        *rest = Rest {
            troubles: rest.troubles + 1,
            until: Some(until),
        };
        warn!(pause_s = pause.as_secs(), "trouble with the mail relay: {trouble}");
        until
    }

    async fn post(&self, one: &Prepared) -> Verdict {
        let Channel::Webhook { url, format } = &one.receiver.channel else {
            return later("this is no webhook", None);
        };
        let id = &one.delivery.receiver;
        let turns = Arc::clone(
            lock(&self.hooks)
                .entry(id.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(PER_HOOK))),
        );
        let waiting = Arc::strong_count(&turns);
        if turns.available_permits() == 0 && waiting > WAITING_PER_HOOK {
            return later("the webhook is busy with earlier messages", None);
        }
        let Ok(_turn) = turns.acquire().await else {
            return later("the daemon stops", None);
        };
        let hook = Hook {
            url,
            format: *format,
            secret: self.dispatch.secrets.get(id),
        };
        let message = self.dispatch.ids.webhook_id(id, &one.delivery.occasion);
        webhook::send(
            &self.dispatch.client,
            hook,
            &message,
            one.bytes.clone(),
            self.dispatch.clock.now(),
        )
        .await
    }
}

fn later(why: &str, not_before: Option<Timestamp>) -> Verdict {
    Verdict::Later {
        why: why.to_owned(),
        not_before,
        ambiguous: false,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
