//! The mails that are leased: those that wait for their turn, those on their way, and those whose fate is not recorded yet.
//!
//! Mails wait here between lease and connection, the oldest first, unless their domain has enough on its way. What was sent and is
//! not recorded yet may be sent again after a crash: with the same id and bytes, but seen twice. So each is recorded before the next
//! begins, but in a burst of more than 200: then one more may be in doubt for each 32 of these.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    domains::{Domains, Pace, Said},
    render::Prepared,
    waiting::{Waiting, domain_of},
};
use crate::{
    delivery::{Delivery, Fate},
    ops::Doorbell,
};

/// Mails that are here at once: so many that no connection waits for the next page.
pub(super) const ROOM: usize = 2_048;

/// In a burst of so few, each is recorded before the next begins.
const FEW: usize = 200;

/// One mail more may be in doubt for so many that a burst has besides, up to the most.
const BURST_PER_DOUBT: usize = 32;
const MOST_DOUBTS: usize = 48;

/// A mail that takes longer than this holds up no others.
const SLOW: Duration = Duration::from_secs(1);

/// For a domain that has so many waiting here no more are leased; others need the room.
const WAITING_PER_DOMAIN: usize = ROOM / 2;

/// The mails that are leased, shared by those who carry them.
pub(super) struct Spool {
    state: Mutex<State>,
    /// Rung when there is something to record and nobody records.
    pub(super) owed: Doorbell,
}

struct State {
    waiting: Waiting,
    /// How many have come since there was nothing here.
    burst: usize,
    domains: Domains,
    /// Those on their way, and since when.
    begun: HashMap<i64, Instant>,
    ended: Vec<(Delivery, Fate)>,
    /// How many are being recorded, while some are.
    recording: Option<usize>,
    /// Connections that are in use.
    lines: usize,
}

impl Spool {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            state: Mutex::new(State {
                waiting: Waiting::default(),
                burst: 0,
                domains: Domains::new(pace),
                begun: HashMap::new(),
                ended: Vec::new(),
                recording: None,
                lines: 0,
            }),
            owed: Doorbell::default(),
        }
    }

    /// Takes one more connection into use, of `connections`, for the mail whose turn it is.
    ///
    /// # Errors
    ///
    /// When there is none: from when on there is one by itself.
    pub(super) fn open(&self, connections: usize, now: Instant) -> Result<Prepared, Option<Instant>> {
        let mut state = self.state();
        if state.lines >= connections {
            return Err(None);
        }
        let one = state.begin(now)?;
        state.lines += 1;
        Ok(one)
    }

    /// The next mail for a connection in use.
    pub(super) fn next(&self, connections: usize, now: Instant) -> Option<Prepared> {
        let mut state = self.state();
        if state.lines > connections {
            return None;
        }
        state.begin(now).ok()
    }

    /// The mail behind the one that a connection carries. While other connections are idle it is theirs.
    pub(super) fn behind(&self, connections: usize, now: Instant) -> Option<Prepared> {
        let mut state = self.state();
        if state.lines != connections {
            return None;
        }
        state.begin(now).ok()
    }

    /// A connection is not in use any more.
    pub(super) fn close(&self) {
        self.state().lines -= 1;
    }

    /// A mail that was on its way has met its fate, and its domain has said this.
    pub(super) fn done(&self, delivery: Delivery, fate: Fate, said: Said, now: Timestamp) {
        let mut state = self.state();
        state.begun.remove(&delivery.id);
        state.domains.end(domain_of(&delivery), said, now);
        state.ended.push((delivery, fate));
        if said == Said::PutOff {
            state.give_back(now);
        }
        if state.recording.is_none() {
            self.owed.ring();
        }
    }

    /// Takes in what a lease brought.
    pub(super) fn fill(&self, prepared: Vec<Prepared>, ended: Vec<(Delivery, Fate)>) {
        let mut state = self.state();
        if state.is_empty() {
            state.burst = 0;
        }
        state.burst += prepared.len();
        prepared.into_iter().for_each(|one| state.waiting.push(one));
        state.ended.extend(ended);
    }

    /// What is to be recorded, when nothing is being recorded.
    pub(super) fn record(&self) -> Option<Vec<(Delivery, Fate)>> {
        let mut state = self.state();
        if state.recording.is_some() || state.ended.is_empty() {
            return None;
        }
        state.recording = Some(state.ended.len());
        Some(std::mem::take(&mut state.ended))
    }

    /// What was to be recorded is.
    pub(super) fn recorded(&self) {
        self.state().recording = None;
    }

    /// Gives back what waits for domains that rest. This was no attempt.
    pub(super) fn give_back(&self, now: Timestamp) {
        self.state().give_back(now);
    }

    /// Gives back all that waits. It keeps its age.
    pub(super) fn give_all_back(&self) {
        let state = &mut *self.state();
        let back = state.waiting.take_all().map(|one| {
            let at = one.delivery.queued;
            (one.delivery, Fate::Untried { at })
        });
        state.ended.extend(back);
    }

    /// How many wait or are on their way.
    pub(super) fn len(&self) -> usize {
        let state = self.state();
        state.waiting.len() + state.begun.len()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Whether there is nothing here, nor anything to record.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.state();
        state.is_empty() && state.lines == 0
    }

    /// When more may begin because those on their way are slow.
    pub(super) fn slow_at(&self, now: Instant) -> Option<Instant> {
        let state = self.state();
        (!state.waiting.is_empty() && !state.begun.is_empty()).then(|| now + SLOW)
    }

    /// The domains that nothing should be leased for.
    pub(super) fn except(&self, now: Timestamp) -> Vec<String> {
        let state = self.state();
        let full = state.waiting.domains();
        let full = full.filter(|(_, count)| *count >= WAITING_PER_DOMAIN);
        let resting = state.domains.all_resting(now);
        let except: HashSet<&str> = full
            .map(|(domain, _)| domain)
            .chain(resting.map(|(domain, _)| domain))
            .collect();
        except.into_iter().map(str::to_owned).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.begun.is_empty() && self.ended.is_empty() && self.recording.is_none()
    }

    fn give_back(&mut self, now: Timestamp) {
        if !self.domains.any_resting(now) {
            return;
        }
        for (domain, at) in self.domains.all_resting(now) {
            let back = self.waiting.take_domain(domain);
            self.ended.extend(back.map(|one| (one.delivery, Fate::Untried { at })));
        }
    }

    fn begin(&mut self, now: Instant) -> Result<Prepared, Option<Instant>> {
        if !self.may_begin(now) {
            return Err(None);
        }
        let domains = &self.domains;
        let one = self.waiting.take(|domain| domains.turn(domain, now))?;
        self.domains.begin(domain_of(&one.delivery), now);
        self.begun.insert(one.delivery.id, now);
        Ok(one)
    }

    /// Whether one more may be in doubt.
    fn may_begin(&self, now: Instant) -> bool {
        let young = self.begun.values().filter(|begun| now.duration_since(**begun) < SLOW);
        let unrecorded = self.ended.len() + self.recording.unwrap_or(0);
        let most = self.burst.saturating_sub(FEW) / BURST_PER_DOUBT;
        young.count() + unrecorded <= most.min(MOST_DOUBTS)
    }
}
