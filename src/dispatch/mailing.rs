//! The side of the outbox that mails: leases in pages, lets mails go over the relay's connections one after the other, and
//! records what became of them in groups.
//!
//! Mails wait here for their turn between lease and connection, the oldest first, unless their domain has enough on its way.
//! What was sent and is not recorded yet may be sent again after a crash: with the same id and bytes, but seen twice. So few
//! may be in doubt at once, and only where many wait is more than one: one for each 128 that wait.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use super::{
    domains::{Domains, Said},
    lane::Side,
    render::{Prepared, prepare},
    run::{DRAIN, LEASE, LONGEST_SLEEP, settle, until_next},
    waiting::{Waiting, domain_of},
};
use crate::{
    delivery::{Delivery, Fate},
    ops::{Doorbell, Outage, chance},
    store::{Lane, StoreError},
};

/// Mails that are leased at once.
const PAGE: usize = 256;

/// Mails that wait here: so many that enough may be in doubt to outlast a sync of the disk.
const ROOM: usize = 8 * PAGE;

/// One mail more may be in doubt for so many that wait.
const WAITING_PER_DOUBT: usize = 128;

/// A mail that takes longer than this holds up no others.
const SLOW: Duration = Duration::from_secs(1);

/// Whether a reader has left since the lease is looked up before each mail; where many wait, when the lease is so old.
const MANY: usize = PAGE / 4;
const FRESH: Duration = Duration::from_secs(1);

/// For a domain that has so many waiting here no more are leased; others need the room.
const WAITING_PER_DOMAIN: usize = ROOM / 2;

/// The side of the outbox that mails.
pub(super) struct Mailing {
    side: Arc<Side>,
    connections: usize,
    domains: Domains,
    waiting: Waiting,
    under_way: JoinSet<Done>,
    begun: HashMap<i64, Instant>,
    leasing: Option<JoinHandle<Result<Page, StoreError>>>,
    ended: Vec<(Delivery, Fate)>,
    settling: Option<(usize, JoinHandle<()>)>,
    /// Something that is being recorded is due at once.
    has_again: bool,
    outage: Outage,
}

/// What a lease brought.
struct Page {
    leased: usize,
    prepared: Vec<Prepared>,
    ended: Vec<(Delivery, Fate)>,
}

/// A mail that was on its way.
struct Done {
    delivery: Delivery,
    domain: String,
    fate: Fate,
    said: Said,
}

/// What happens next.
enum Event {
    Leased(Result<Result<Page, StoreError>, JoinError>),
    Sent(Box<Option<Result<Done, JoinError>>>),
    Settled,
    Woken,
}

impl Mailing {
    /// The way to the relay of `side`; `None` when none is configured.
    pub(super) fn new(side: Arc<Side>) -> Option<Self> {
        let mail = side.dispatch.mail.as_ref()?;
        let (connections, pace) = (mail.connections.max(1), mail.pace);
        Some(Self {
            side,
            connections,
            domains: Domains::new(pace),
            waiting: Waiting::default(),
            under_way: JoinSet::new(),
            begun: HashMap::new(),
            leasing: None,
            ended: Vec::new(),
            settling: None,
            has_again: false,
            outage: Outage::of("look for mails that are due"),
        })
    }

    /// Mails what is due, over and over, until `stop` is cancelled; then lets what is on its way end.
    pub(super) async fn serve(mut self, owed: Doorbell, stop: CancellationToken) {
        let mut look_at = Instant::now();
        while !stop.is_cancelled() {
            if self.side.resting_until().is_none() && Instant::now() >= look_at {
                self.lease();
            }
            let wake = self.go_on();
            if self.is_idle() {
                self.side.hang_up().await;
            }
            let sleep = wake.min(look_at.max(Instant::now() + Duration::from_millis(1)));
            let sleep = if self.has_room() { sleep } else { wake };
            let event = tokio::select! {
                () = stop.cancelled() => break,
                () = owed.rung(), if self.leasing.is_none() => {
                    look_at = Instant::now();
                    continue;
                }
                event = self.next(sleep) => event,
            };
            if let Some(found) = self.heed(event) {
                let wait = match self.outage.heed(found) {
                    Some(true) => Duration::ZERO,
                    _ => until_next(&self.side, &self.except()).await,
                };
                look_at = Instant::now() + wait;
            }
        }
        let ending = async { self.end().await };
        if tokio::time::timeout(DRAIN, ending).await.is_err() {
            debug!("what is still being sent is left to the next start");
        }
    }

    /// Mails what is due now, once, and returns when nothing is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(super) async fn once(mut self) -> Result<(), StoreError> {
        let mut has_more = true;
        loop {
            let is_resting = self.side.resting_until().is_some();
            if has_more && !is_resting {
                self.lease();
            }
            let wake = self.go_on();
            if self.is_idle() && (!has_more || is_resting) {
                self.side.hang_up().await;
                return Ok(());
            }
            let event = self.next(wake).await;
            match self.heed(event) {
                Some(Ok(found)) => has_more = found,
                None => {}
                Some(Err(error)) => {
                    self.end().await;
                    return Err(error);
                }
            }
        }
    }

    /// Begins to look for more, where there is room for more.
    fn lease(&mut self) {
        if self.leasing.is_some() || !self.has_room() {
            return;
        }
        let (side, except) = (Arc::clone(&self.side), self.except());
        // After trouble one goes ahead and probes.
        let limit = if side.is_well() { PAGE } else { 1 };
        self.leasing = Some(tokio::spawn(async move {
            let store = &side.dispatch.store;
            let leased = store
                .lease_deliveries(Lane::Mail, side.now(), LEASE, limit, &except)
                .await?;
            let count = leased.len();
            let (prepared, ended) = prepare(&side.dispatch, leased).await;
            Ok(Page {
                leased: count,
                prepared,
                ended,
            })
        }));
    }

    fn has_room(&self) -> bool {
        let most = if self.side.is_well() { ROOM } else { 1 };
        self.leasing.is_none() && self.waiting.len() + self.under_way.len() < most
    }

    /// The domains that nothing should be leased for.
    fn except(&self) -> Vec<String> {
        let full = self.waiting.domains().filter(|(_, count)| *count >= WAITING_PER_DOMAIN);
        let mut except: HashSet<String> = full.map(|(domain, _)| domain.to_owned()).collect();
        except.extend(
            self.domains
                .all_resting(self.side.now())
                .map(|(domain, _)| domain.to_owned()),
        );
        except.into_iter().collect()
    }

    /// Begins what may begin and records what has ended; when something more may begin by itself.
    fn go_on(&mut self) -> Instant {
        let now = Instant::now();
        let mut wake = now + LONGEST_SLEEP;
        self.give_back();
        while self.may_begin(now) {
            match self.waiting.take(|domain| self.domains.turn(domain, now)) {
                Ok(one) => self.begin(one, now),
                Err(then) => {
                    wake = then.map_or(wake, |then| wake.min(then));
                    break;
                }
            }
        }
        if !self.waiting.is_empty() && !self.begun.is_empty() {
            wake = wake.min(now + SLOW);
        }
        if self.settling.is_none() && !self.ended.is_empty() {
            let (side, ended) = (Arc::clone(&self.side), std::mem::take(&mut self.ended));
            let count = ended.len();
            let now = self.side.now();
            let is_due = |(_, fate): &(Delivery, Fate)| matches!(fate, Fate::Untried { at } if *at <= now);
            self.has_again |= ended.iter().any(is_due);
            self.settling = Some((count, tokio::spawn(async move { settle(&side, ended).await })));
        }
        wake
    }

    /// Gives back what can't be sent now: the relay rests, or their domain does. This was no attempt.
    fn give_back(&mut self) {
        if self.side.resting_until().is_some() {
            return self.give_all_back();
        }
        let now = self.side.now();
        if !self.domains.any_resting(now) {
            return;
        }
        for (domain, at) in self.domains.all_resting(now) {
            let back = self.waiting.take_domain(domain);
            self.ended.extend(back.map(|one| (one.delivery, Fate::Untried { at })));
        }
    }

    /// They keep their age.
    fn give_all_back(&mut self) {
        let back = self.waiting.take_all().map(|one| {
            let at = one.delivery.queued;
            (one.delivery, Fate::Untried { at })
        });
        self.ended.extend(back);
    }

    /// Whether one more may be on its way, and in doubt.
    fn may_begin(&self, now: Instant) -> bool {
        let connections = if self.side.is_well() { self.connections } else { 1 };
        let young = self
            .begun
            .values()
            .filter(|begun| now.duration_since(**begun) < SLOW)
            .count();
        let unrecorded = self.ended.len() + self.settling.as_ref().map_or(0, |(count, _)| *count);
        self.under_way.len() < connections && young + unrecorded <= self.waiting.len() / WAITING_PER_DOUBT
    }

    fn begin(&mut self, one: Prepared, now: Instant) {
        let domain = domain_of(&one.delivery).to_owned();
        self.domains.begin(&domain, now);
        self.begun.insert(one.delivery.id, now);
        let side = Arc::clone(&self.side);
        let fresh_for = match self.waiting.len() {
            MANY.. => FRESH,
            _ => Duration::ZERO,
        };
        self.under_way.spawn(async move {
            let sending = std::panic::AssertUnwindSafe(side.mail(&one, fresh_for, chance())).catch_unwind();
            let (fate, said) = sending.await.unwrap_or_else(|_| {
                error!(
                    delivery = one.delivery.id,
                    "sending it failed inside the program; please report this"
                );
                (side.after_panic(&one.delivery, chance()), Said::Nothing)
            });
            Done {
                delivery: one.delivery,
                domain,
                fate,
                said,
            }
        });
    }

    async fn next(&mut self, wake: Instant) -> Event {
        tokio::select! {
            biased;
            Some(settled) = async { Some((&mut self.settling.as_mut()?.1).await) } => {
                self.settling = None;
                if settled.is_err() {
                    error!("recording what became of mails failed inside the program; please report this");
                }
                Event::Settled
            }
            sent = self.under_way.join_next(), if !self.under_way.is_empty() => Event::Sent(Box::new(sent)),
            Some(leased) = async { Some(self.leasing.as_mut()?.await) } => {
                self.leasing = None;
                Event::Leased(leased)
            }
            () = tokio::time::sleep_until(wake.into()) => Event::Woken,
        }
    }

    /// Takes note of what happened. Where that tells of it: whether there may be more to lease.
    fn heed(&mut self, event: Event) -> Option<Result<bool, StoreError>> {
        match event {
            Event::Woken => None,
            // A lease that began before may not have seen it.
            Event::Settled if self.leasing.is_some() => None,
            Event::Settled => std::mem::take(&mut self.has_again).then_some(Ok(true)),
            Event::Sent(sent) => {
                self.done(*sent);
                while let Some(sent) = self.under_way.try_join_next() {
                    self.done(Some(sent));
                }
                None
            }
            Event::Leased(Ok(page)) => Some(page.map(|page| {
                page.prepared.into_iter().for_each(|one| self.waiting.push(one));
                self.ended.extend(page.ended);
                let is_recorded = self.settling.is_none();
                page.leased > 0 || (is_recorded && std::mem::take(&mut self.has_again))
            })),
            Event::Leased(Err(_)) => {
                error!("preparing mails failed inside the program; please report this");
                Some(Ok(false))
            }
        }
    }

    fn done(&mut self, sent: Option<Result<Done, JoinError>>) {
        let Some(Ok(done)) = sent else { return };
        self.begun.remove(&done.delivery.id);
        self.domains.end(&done.domain, done.said, self.side.now());
        self.ended.push((done.delivery, done.fate));
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty()
            && self.under_way.is_empty()
            && self.ended.is_empty()
            && self.leasing.is_none()
            && self.settling.is_none()
    }

    /// Lets what is on its way end, gives back the rest, and hangs up.
    async fn end(&mut self) {
        if let Some(Ok(Ok(page))) = match self.leasing.take() {
            Some(leasing) => Some(leasing.await),
            None => None,
        } {
            page.prepared.into_iter().for_each(|one| self.waiting.push(one));
            self.ended.extend(page.ended);
        }
        self.give_all_back();
        while let Some(sent) = self.under_way.join_next().await {
            self.done(Some(sent));
        }
        if let Some((_, settling)) = self.settling.take() {
            let _ = settling.await;
        }
        settle(&self.side, std::mem::take(&mut self.ended)).await;
        self.side.hang_up().await;
    }
}
