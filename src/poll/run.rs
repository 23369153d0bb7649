//! Polls what is due, over and over, until told to stop.

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use super::{Outcome, Season, Turn, Watchlist, allowance::Allowance, once};
use crate::{
    fetch::Fetcher,
    notice::SourceId,
    ops::{Clock, Doorbell, Outage, Pulse, chance},
    store::{Course, SourceLease, SourceState, Store, StoreError},
    websub::{Push, Standing, Upstream},
};

/// How long a worker may take for one poll; a worker that dies costs the source this long on a shared store.
const LEASE: Duration = Duration::from_secs(300);

/// A poll ends before its lease does.
const DEADLINE: Duration = Duration::from_secs(280);

/// How long polls that are under way may go on when the daemon stops.
const DRAIN: Duration = Duration::from_secs(20);

/// The longest that a host may ask to be left alone (`Retry-After`).
const LONGEST_WISH: Duration = Duration::from_secs(86_400);

/// How often what all sources have in common is worked out anew.
const SEASON: Duration = Duration::from_secs(3_600);

/// A clock that is behind by more than this since the loop last looked was set back.
const SET_BACK: Duration = Duration::from_secs(60);

/// How long the loop sleeps at least, and looks no more often than that but for many.
const SHORTEST_SLEEP: Duration = Duration::from_millis(20);

/// How long the loop sleeps at most.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// Polls sources.
#[derive(Clone, Debug)]
pub struct Poller {
    /// The sources.
    pub sources: Watchlist,
    /// Asks them.
    pub fetcher: Fetcher,
    /// Where what is learned goes.
    pub store: Arc<dyn Store>,
    /// What all sources have in common.
    pub season: Season,
    /// Tells the time.
    pub clock: Clock,
    /// How many polls at once.
    pub concurrency: usize,
    /// Rung when there is something to tell.
    pub told: Doorbell,
    /// Rung when what feeds show has changed.
    pub shown: Doorbell,
    /// Rings when a hub has pushed something.
    pub pushed: Doorbell,
    /// Rung when a source may have named another hub.
    pub hubs: Doorbell,
}

impl Poller {
    /// Gives each source a place in the schedule. New ones are due at once, and so are
    /// those that are read otherwise than at their last answer: an admin has mended them.
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
        self.store.enrol_sources(&due, now + self.longest_wait()).await?;
        let courses = self.learn().await?;
        let read_as: HashMap<_, _> = courses
            .into_iter()
            .map(|course| (course.id, course.definition))
            .collect();
        let is_mended = |id: &&SourceId| {
            let now_read_as = self.sources.definition(id).map(|definition| definition.to_string());
            read_as.get(*id) != Some(&now_read_as)
        };
        let mended = self.sources.ids().iter().filter(is_mended);
        let mended: Vec<_> = mended.map(|id| (id.clone(), now)).collect();
        self.store.enrol_sources(&mended, now).await
    }

    /// Works out anew what all sources have in common. Those that are well wait no longer than their interval from now on,
    /// whatever clock or configuration made them.
    async fn learn(&self) -> Result<Vec<Course>, StoreError> {
        let courses = self.store.courses().await?;
        self.season.turn(
            self.sources.iter(),
            courses.iter().map(|course| (&course.id, &course.rhythm)),
        );
        let now = self.clock.now();
        let upstreams = self.store.upstreams(None).await?;
        let pushed = upstreams
            .iter()
            .filter(|upstream| upstream.relied_on_until(now).is_some());
        let pushed: HashSet<_> = pushed.map(|upstream| &upstream.source).collect();
        let by_id: HashMap<_, _> = courses.iter().map(|course| (&course.id, course)).collect();
        let mut too_late: HashMap<Duration, Vec<_>> = HashMap::new();
        for watched in self.sources.iter() {
            let interval = match pushed.contains(&watched.source.id) {
                true => watched.pace.safety_net(0.0),
                false => watched.pace.interval,
            };
            let is_too_late = |course: &&&Course| course.failures == 0 && course.next_poll > now + interval;
            if let Some(course) = by_id.get(&watched.source.id).filter(is_too_late) {
                too_late.entry(interval).or_default().push((course.id.clone(), now));
            }
        }
        for (interval, sources) in too_late {
            self.store.enrol_sources(&sources, now + interval).await?;
        }
        Ok(courses)
    }

    /// The longest that a source which is not gone waits for its next poll: its interval, or what its host may ask for,
    /// spread out.
    pub fn longest_wait(&self) -> Duration {
        let intervals = self.sources.iter().map(|watched| watched.pace.interval);
        intervals.max().unwrap_or_default().max(LONGEST_WISH).mul_f64(1.2)
    }

    /// Polls what is due until `stop` is cancelled; then lets the polls that are under way end, for a while.
    pub async fn run(self: Arc<Self>, pulse: Pulse, stop: CancellationToken) {
        let mut under_way = JoinSet::new();
        let mut outage = Outage::of("look for sources that are due");
        let mut outage_of_learning = Outage::of("work out what sources have in common");
        let mut allowance = Allowance::new(self.sources.iter().map(|watched| &watched.pace));
        let begin = tokio::time::Instant::now();
        let (mut learned, mut last) = (begin, self.clock.now());
        let (mut looked, mut has_more) = (begin, true);
        while !stop.is_cancelled() {
            pulse.beat();
            while under_way.try_join_next().is_some() {}
            let is_set_back = self.clock.now() + SET_BACK < last;
            last = self.clock.now();
            if is_set_back || learned.elapsed() > SEASON {
                learned = tokio::time::Instant::now();
                outage_of_learning.heed(self.learn().await);
            }
            let free = (self.concurrency + self.ahead()).saturating_sub(under_way.len());
            let free = free.min(allowance.at(begin.elapsed()));
            let is_worth_it = has_more && free >= self.ahead();
            let sleep = if under_way.len() >= self.concurrency {
                LONGEST_SLEEP
            } else if !is_worth_it && looked.elapsed() < SHORTEST_SLEEP {
                SHORTEST_SLEEP.saturating_sub(looked.elapsed())
            } else {
                looked = tokio::time::Instant::now();
                let due = match free {
                    0 => Ok(Vec::new()),
                    _ => {
                        self.store
                            .lease_due_sources(self.sources.ids(), last, LEASE, free)
                            .await
                    }
                };
                let due = outage.heed(due);
                let is_known = due.is_some();
                let due = due.unwrap_or_default();
                has_more = due.len() == free;
                allowance.spend(due.len());
                for lease in due {
                    let poller = Arc::clone(&self);
                    under_way.spawn(async move { poller.poll(lease).await });
                }
                match (is_known, has_more) {
                    (true, false) => self.until_next().await.max(allowance.until_next()),
                    (true, true) => allowance.until_next().clamp(SHORTEST_SLEEP, LONGEST_SLEEP),
                    (false, _) => LONGEST_SLEEP,
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(sleep) => {}
                () = self.pushed.rung() => {}
                Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
            }
        }
        let ending = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, ending).await.is_err() {
            debug!("the polls that are still under way are given up; their sources are asked again");
        }
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
        let id = &lease.state.id;
        let (Some(watched), Some(definition)) = (self.sources.get(id), self.sources.definition(id)) else {
            return Ok(None);
        };
        let (upstream, push) = self.told_by_hub(&lease.state).await?;
        let turn = Turn {
            watched,
            source: watched.source_by(&lease.state),
            definition: definition.to_string(),
            found: None,
            wishes: lease.state.wishes,
            lease,
            upstream,
            push,
            now: self.clock.now(),
            spread: chance(),
            almanac: self.season.almanac(),
            family: self.season.family(&watched.source.id),
            host: self.season.host(&watched.source.id),
        };
        let late = turn.clone();
        // A large future, which is not to be moved about.
        let polling = Box::pin(once(turn, &self.fetcher, self.store.as_ref()));
        let polling = AssertUnwindSafe(polling).catch_unwind();
        let why = match tokio::time::timeout(DEADLINE, polling).await {
            Ok(Ok(outcome)) => {
                return outcome.map(|outcome| Some(self.ring(outcome)));
            }
            Ok(Err(_)) => {
                error!(source = %late.source().id, "a poll failed inside the program; please report this");
                "the program failed on it".to_owned()
            }
            Err(_) => format!("the poll did not end within {} seconds", DEADLINE.as_secs()),
        };
        self.store
            .commit(late.only(late.after_failure(&why, false, None)))
            .await?;
        Ok(Some(Outcome::Missed { why }))
    }

    /// The subscription at the hub that the source names, and what was pushed.
    async fn told_by_hub(&self, state: &SourceState) -> Result<(Option<Upstream>, Option<Arc<Push>>), StoreError> {
        let push = match state.pushes {
            0 => None,
            _ => self.store.oldest_push(&state.id).await?.map(Arc::new),
        };
        let upstreams = match state.hub {
            Some(_) => self.store.upstreams(Some(&state.id)).await?,
            None => Vec::new(),
        };
        let current = |upstream: &Upstream| upstream.standing != Standing::Leaving;
        Ok((upstreams.into_iter().find(current), push))
    }

    fn ring(&self, outcome: Outcome) -> Outcome {
        if let Outcome::Learned {
            committed, other_hub, ..
        } = &outcome
        {
            if *other_hub {
                self.hubs.ring();
            }
            if committed.announced > 0 {
                self.told.ring();
            }
            self.shown.ring();
        }
        outcome
    }

    /// How many more polls than `concurrency` are taken at a time, so that the store is not asked for each by itself. They
    /// wait for the fetcher's places.
    fn ahead(&self) -> usize {
        self.concurrency / 4
    }

    async fn until_next(&self) -> Duration {
        let next = self.store.next_due_source(self.sources.ids()).await.ok().flatten();
        let wait = next.map(|next: Timestamp| next.duration_since(self.clock.now()));
        let wait = wait.map_or(LONGEST_SLEEP, |wait| Duration::try_from(wait).unwrap_or_default());
        wait.clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
    }
}
