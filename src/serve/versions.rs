//! How far the store's sources are, asked at most once a second however many readers come.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    notice::SourceId,
    ops::Clock,
    store::{Standing, Store},
};

/// How long an answer of the store is believed without asking again.
const FRESH: Duration = Duration::from_secs(1);

/// How long readers wait for the store before they get what is in memory.
const PATIENCE: Duration = Duration::from_millis(250);

/// The versions as of one moment.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Grows when any version changes.
    pub(super) epoch: u64,
    /// By source; sources that were configured once are here too.
    pub(super) of: HashMap<SourceId, Standing>,
    /// Whether the store ever answered.
    pub(super) known: bool,
    /// When it was asked.
    pub(super) at: Timestamp,
}

impl Seen {
    /// How far the source is.
    pub(super) fn version(&self, source: &SourceId) -> i64 {
        self.of.get(source).map_or(0, |standing| standing.version)
    }

    /// Whether any version is another one in `of`.
    fn differs(&self, of: &HashMap<SourceId, Standing>) -> bool {
        let is_same = |(id, standing): (&SourceId, &Standing)| self.version(id) == standing.version;
        self.of.len() != of.len() || !of.iter().all(is_same)
    }
}

/// The newest known versions.
#[derive(Debug)]
pub(super) struct Versions {
    store: Arc<dyn Store>,
    clock: Clock,
    seen: RwLock<(Arc<Seen>, Option<Instant>)>,
    outdated: AtomicBool,
    asking: tokio::sync::Mutex<()>,
}

impl Versions {
    pub(super) fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self {
            store,
            clock,
            seen: RwLock::default(),
            outdated: AtomicBool::new(true),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Makes the next reader ask.
    pub(super) fn outdate(&self) {
        self.outdated.store(true, Ordering::Release);
    }

    /// The versions, a second old at most; older ones while the store does not answer.
    pub(super) async fn now(&self) -> Arc<Seen> {
        if let Some(seen) = self.fresh() {
            return seen;
        }
        let asked = tokio::time::timeout(PATIENCE, async {
            let _one = self.asking.lock().await;
            if self.fresh().is_some() {
                return;
            }
            // Lowered before asking: a ring during the question must be heard.
            self.outdated.store(false, Ordering::Release);
            match self.store.standings().await {
                Ok(standings) => self.keep(Some(standings)),
                Err(failure) => {
                    tracing::warn!(%failure, "the versions of the feeds can't be read; older bytes are served");
                    self.keep(None);
                }
            }
        })
        .await;
        if asked.is_err() {
            self.keep(None);
        }
        self.seen().0
    }

    /// The versions, if they need not be asked for.
    pub(super) fn fresh(&self) -> Option<Arc<Seen>> {
        let (seen, asked) = self.seen();
        let young = asked.is_some_and(|asked| asked.elapsed() < FRESH);
        (young && !self.outdated.load(Ordering::Acquire)).then_some(seen)
    }

    fn seen(&self) -> (Arc<Seen>, Option<Instant>) {
        self.seen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what was learned, or that it was tried.
    fn keep(&self, standings: Option<HashMap<SourceId, Standing>>) {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.1 = Some(Instant::now());
        if let Some(of) = standings {
            let is_news = seen.0.differs(&of) || !seen.0.known;
            seen.0 = Arc::new(Seen {
                epoch: seen.0.epoch + u64::from(is_news),
                of,
                known: true,
                at: self.clock.now(),
            });
        }
    }
}
