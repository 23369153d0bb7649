//! What was made once and is handed out many times.
//!
//! A rendering is made when the first reader asks for it after a change, by one reader, while the others wait or get the
//! older one. When the store does not answer, the older one is handed out.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    feeds::Length,
    language::Spoken,
    metrics::Metrics,
    rendered::{Made, Rendered},
};
use crate::{
    feed::Format,
    notice::{NoticeId, SourceId},
    store::StoreError,
};

/// How many bytes all renderings may hold together; the least recently asked for go first.
const BUDGET: usize = 192 << 20;

/// How many renderings there may be.
const COUNT: usize = 20_000;

/// How long a reader waits for another's rendering when there is an older one.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long making one may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Which feed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Of {
    All,
    Source(SourceId),
    Tag(String),
}

/// What a rendering shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Feed(Of, Format, Length),
    Opml,
    Start(Spoken),
    Source(SourceId, Spoken),
    Notice(NoticeId, Spoken),
}

/// Of what a rendering was made; it is good while this is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// These versions.
    Versions(Vec<i64>),
    /// All versions, as of this epoch.
    Epoch(u64),
}

impl Key {
    /// How long a rendering is good although no version changed. Pages that tell how sources are doing age.
    fn lasts(&self) -> Option<Duration> {
        match self {
            Self::Start(_) | Self::Source(..) => Some(Duration::from_secs(10)),
            Self::Feed(..) | Self::Opml | Self::Notice(..) => None,
        }
    }
}

/// All that was made.
#[derive(Debug)]
pub(super) struct Renderings {
    shelf: RwLock<Shelf>,
    turn: AtomicU64,
    metrics: Metrics,
}

#[derive(Debug, Default)]
struct Shelf {
    slots: HashMap<Key, Arc<Slot>>,
    weight: usize,
}

#[derive(Debug, Default)]
struct Slot {
    current: RwLock<Option<Current>>,
    making: tokio::sync::Mutex<()>,
    asked: AtomicU64,
}

#[derive(Clone, Debug)]
struct Current {
    epoch: u64,
    basis: Basis,
    made: Instant,
    rendered: Arc<Rendered>,
}

/// Why there is nothing to hand out.
#[derive(Debug, thiserror::Error)]
pub(super) enum Missing {
    /// There is no such thing.
    #[error("there is no such thing")]
    Unknown,
    /// The store failed and there is nothing older.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store did not answer in time and there is nothing older.
    #[error("the store did not answer in time")]
    Late,
    /// A page could not be made.
    #[error("a page could not be made: {0}")]
    Page(String),
}

impl Renderings {
    pub(super) fn new(metrics: Metrics) -> Self {
        Self {
            shelf: RwLock::default(),
            turn: AtomicU64::new(0),
            metrics,
        }
    }

    /// What `key` shows. What is there is good while the epoch is the same, or else while the basis is; otherwise `make` is
    /// asked for a new one.
    pub(super) async fn take<F>(
        &self,
        key: &Key,
        epoch: u64,
        basis: impl FnOnce() -> Basis,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<Rendered>, Missing>
    where
        F: Future<Output = Result<Made, Missing>>,
    {
        let slot = self.slot(key);
        let lasts = key.lasts();
        if let Some(good) = slot.of_epoch(epoch, lasts) {
            return Ok(good);
        }
        let basis = basis();
        if let Some(good) = slot.of_basis(epoch, &basis, lasts) {
            return Ok(good);
        }
        let older = slot.any();
        let _one = match &older {
            None => slot.making.lock().await,
            Some(older) => match tokio::time::timeout(PATIENCE, slot.making.lock()).await {
                Ok(one) => one,
                Err(_) => return Ok(Arc::clone(older)),
            },
        };
        if let Some(good) = slot.of_basis(epoch, &basis, lasts) {
            return Ok(good);
        }
        let made = match tokio::time::timeout(DEADLINE, make()).await {
            Ok(made) => made,
            Err(_) => Err(Missing::Late),
        };
        match (made, older) {
            (Ok(made), _) => {
                self.metrics.renderings.inc();
                let rendered = tokio::task::spawn_blocking(move || Arc::new(Rendered::of(made)))
                    .await
                    .map_err(|broken| Missing::Page(broken.to_string()))?;
                let current = Current {
                    epoch,
                    basis,
                    made: Instant::now(),
                    rendered: Arc::clone(&rendered),
                };
                self.keep(key, &slot, current);
                Ok(rendered)
            }
            (Err(Missing::Unknown), _) => {
                self.forget(key);
                Err(Missing::Unknown)
            }
            (Err(missing), Some(older)) => {
                tracing::warn!(why = %missing, "older bytes are served");
                self.metrics.stale.inc();
                Ok(older)
            }
            (Err(missing), None) => {
                self.forget(key);
                Err(missing)
            }
        }
    }

    fn slot(&self, key: &Key) -> Arc<Slot> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let known = self
            .shelf
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .slots
            .get(key)
            .cloned();
        let slot = known.unwrap_or_else(|| {
            let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shelf.slots.entry(key.clone()).or_default())
        });
        slot.asked.store(turn, Ordering::Relaxed);
        slot
    }

    fn keep(&self, key: &Key, slot: &Arc<Slot>, current: Current) {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        shelf.remove(key);
        shelf.weight += current.rendered.weight();
        *slot.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
        shelf.make_room();
        shelf.slots.insert(key.clone(), Arc::clone(slot));
    }

    /// Drops the slot of what does not exist, so that asking for nonsense costs no memory.
    fn forget(&self, key: &Key) {
        self.shelf.write().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

impl Shelf {
    fn remove(&mut self, key: &Key) {
        if let Some(slot) = self.slots.remove(key) {
            self.weight -= slot.any().map_or(0, |rendered| rendered.weight());
        }
    }

    /// Lets the least recently asked for go until one more fits.
    fn make_room(&mut self) {
        if self.fits() {
            return;
        }
        let mut by_age: Vec<(u64, Key)> = self
            .slots
            .iter()
            .map(|(key, slot)| (slot.asked.load(Ordering::Relaxed), key.clone()))
            .collect();
        by_age.sort_unstable_by_key(|(asked, _)| *asked);
        for (_, key) in by_age {
            if self.fits() {
                break;
            }
            self.remove(&key);
        }
    }

    fn fits(&self) -> bool {
        self.weight <= BUDGET && self.slots.len() < COUNT
    }
}

impl Slot {
    fn any(&self) -> Option<Arc<Rendered>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|current| Arc::clone(&current.rendered))
    }

    fn of_epoch(&self, epoch: u64, lasts: Option<Duration>) -> Option<Arc<Rendered>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let current = current.as_ref()?;
        (current.epoch == epoch && current.is_young(lasts)).then(|| Arc::clone(&current.rendered))
    }

    fn of_basis(&self, epoch: u64, basis: &Basis, lasts: Option<Duration>) -> Option<Arc<Rendered>> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let current = current.as_mut()?;
        if current.basis != *basis || !current.is_young(lasts) {
            return None;
        }
        current.epoch = epoch;
        Some(Arc::clone(&current.rendered))
    }
}

impl Current {
    fn is_young(&self, lasts: Option<Duration>) -> bool {
        lasts.is_none_or(|lasts| self.made.elapsed() < lasts)
    }
}
