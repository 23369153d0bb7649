//! The side of the outbox that mails: leases in pages, takes connections into use while there is something for them, and records
//! what became of mails in groups.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use super::{
    carrier::Carrier,
    lane::Side,
    render::{Prepared, prepare},
    run::{DRAIN, LEASE, LONGEST_SLEEP, settle, until_next},
    spool::{ROOM, Spool},
};
use crate::{
    delivery::{Delivery, Fate},
    ops::{Doorbell, Outage},
    store::{Lane, StoreError},
};

/// Mails that are leased at once.
const PAGE: usize = 128;

/// The side of the outbox that mails.
pub(super) struct Mailing {
    side: Arc<Side>,
    spool: Arc<Spool>,
    lines: JoinSet<()>,
    leasing: Option<JoinHandle<Result<Page, StoreError>>>,
    settling: Option<JoinHandle<()>>,
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

/// What happens next.
enum Event {
    Leased(Result<Result<Page, StoreError>, JoinError>),
    Ended(Result<(), JoinError>),
    Settled,
    Woken,
}

impl Mailing {
    /// The way to the relay of `side`; `None` when none is configured.
    pub(super) fn new(side: Arc<Side>) -> Option<Self> {
        let pace = side.dispatch.mail.as_ref()?.pace;
        Some(Self {
            side,
            spool: Arc::new(Spool::new(pace)),
            lines: JoinSet::new(),
            leasing: None,
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
            let may_lease = self.has_room() && self.side.resting_until().is_none();
            let sleep = if may_lease { sleep } else { wake };
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
        self.leasing.is_none() && self.spool.len() < most
    }

    /// The domains that nothing should be leased for.
    fn except(&self) -> Vec<String> {
        self.spool.except(self.side.now())
    }

    /// Begins what may begin and records what has ended; when something more may begin by itself.
    fn go_on(&mut self) -> Instant {
        let now = Instant::now();
        let mut wake = now + LONGEST_SLEEP;
        match self.side.resting_until() {
            Some(until) => {
                self.spool.give_all_back();
                let rest = Duration::try_from(until.duration_since(self.side.now()));
                wake = wake.min(now + rest.unwrap_or_default());
            }
            None => self.spool.give_back(self.side.now()),
        }
        loop {
            match self.spool.open(self.side.connections(), now) {
                Ok(first) => {
                    let carrier = Carrier::new(Arc::clone(&self.side), Arc::clone(&self.spool));
                    self.lines.spawn(carrier.carry(first));
                }
                Err(then) => {
                    wake = then.map_or(wake, |then| wake.min(then));
                    break;
                }
            }
        }
        if let Some(slow_at) = self.spool.slow_at(now) {
            wake = wake.min(slow_at);
        }
        if let Some(ended) = self.spool.record() {
            let side = Arc::clone(&self.side);
            let now = self.side.now();
            let is_due = |(_, fate): &(Delivery, Fate)| matches!(fate, Fate::Untried { at } if *at <= now);
            self.has_again |= ended.iter().any(is_due);
            self.settling = Some(tokio::spawn(async move { settle(&side, ended).await }));
        }
        wake
    }

    async fn next(&mut self, wake: Instant) -> Event {
        tokio::select! {
            biased;
            Some(settled) = async { Some(self.settling.as_mut()?.await) } => {
                self.settling = None;
                self.spool.recorded();
                if settled.is_err() {
                    error!("recording what became of mails failed inside the program; please report this");
                }
                Event::Settled
            }
            Some(leased) = async { Some(self.leasing.as_mut()?.await) } => {
                self.leasing = None;
                Event::Leased(leased)
            }
            Some(ended) = self.lines.join_next() => Event::Ended(ended),
            () = self.spool.owed.rung() => Event::Woken,
            () = tokio::time::sleep_until(wake.into()) => Event::Woken,
        }
    }

    /// Takes note of what happened. Where that tells of it: whether there may be more to lease.
    fn heed(&mut self, event: Event) -> Option<Result<bool, StoreError>> {
        match event {
            Event::Woken | Event::Ended(Ok(())) => None,
            Event::Ended(Err(_)) => {
                error!("carrying mails failed inside the program; please report this");
                None
            }
            // A lease that began before may not have seen it.
            Event::Settled if self.leasing.is_some() => None,
            Event::Settled => std::mem::take(&mut self.has_again).then_some(Ok(true)),
            Event::Leased(Ok(page)) => Some(page.map(|page| {
                self.spool.fill(page.prepared, page.ended);
                let is_recorded = self.settling.is_none();
                page.leased > 0 || (is_recorded && std::mem::take(&mut self.has_again))
            })),
            Event::Leased(Err(_)) => {
                error!("preparing mails failed inside the program; please report this");
                Some(Ok(false))
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.leasing.is_none() && self.spool.is_idle()
    }

    async fn record(&self) {
        if let Some(ended) = self.spool.record() {
            settle(&self.side, ended).await;
            self.spool.recorded();
        }
    }

    /// Lets what is on its way end, gives back the rest, and hangs up.
    async fn end(&mut self) {
        if let Some(Ok(Ok(page))) = match self.leasing.take() {
            Some(leasing) => Some(leasing.await),
            None => None,
        } {
            self.spool.fill(page.prepared, page.ended);
        }
        self.spool.give_all_back();
        if let Some(settling) = self.settling.take() {
            let _ = settling.await;
            self.spool.recorded();
        }
        // One that takes long must not keep the others from being recorded.
        loop {
            self.record().await;
            tokio::select! {
                line = self.lines.join_next() => {
                    if line.is_none() {
                        break;
                    }
                }
                () = self.spool.owed.rung() => {}
            }
        }
        self.record().await;
        self.side.hang_up().await;
    }
}
