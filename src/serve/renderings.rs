//! What was made once and is handed out many times.
//!
//! A rendering is made when the first reader asks for it after a change, by one reader, while the others wait or get the
//! older one. When the store does not answer, the older one is handed out.
//!
//! What exists because it is configured or was published stands on one shelf; what readers think up (lengths, searches) on
//! another, with less room and fewer makers, so that it can't push the former out or take its turns.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{
    archive::Page,
    language::Spoken,
    lent::Files,
    metrics::Metrics,
    rendered::{Made, Rendered},
    search::Asked,
    wish::Wish,
};
use crate::{
    feed::Format,
    notice::{NoticeId, SourceId},
    store::StoreError,
};

/// Of common renderings: how many bytes they may hold together, and how many there may be. The least recently asked for go
/// first.
const COMMON: (usize, usize) = (160 << 20, 20_000);

/// The same of what readers think up.
const PARTICULAR: (usize, usize) = (32 << 20, 500);

/// How many renderings that readers think up are made at a time.
const PARTICULAR_MAKERS: usize = 2;

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
    /// A search that the configuration names.
    Search(String),
}

impl Of {
    /// The feed that is called so among those of sources.
    pub(super) fn source(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            id => id.parse().ok().map(Self::Source),
        }
    }

    /// The feed of the tag that is called so.
    pub(super) fn tag(name: &str) -> Option<Self> {
        Some(Self::Tag(name.to_owned()))
    }

    /// The feed of the search that is called so.
    pub(super) fn search(name: &str) -> Option<Self> {
        Some(Self::Search(name.to_owned()))
    }
}

/// What a rendering shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Feed(Of, Format, Wish),
    Archive(Of, Page, Format),
    Opml,
    Start(Spoken),
    Source(SourceId, Spoken),
    Notice(NoticeId, Spoken),
    Search(Asked, Spoken),
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
            Self::Feed(..) | Self::Archive(..) | Self::Opml | Self::Notice(..) | Self::Search(..) => None,
        }
    }

    fn is_particular(&self) -> bool {
        match self {
            Self::Feed(_, _, wish) => wish.is_particular(),
            Self::Archive(..) | Self::Search(..) => true,
            Self::Opml | Self::Start(_) | Self::Source(..) | Self::Notice(..) => false,
        }
    }
}

/// The right to make a rendering. Work that goes on when nobody waits for it any more keeps a clone, so that asking and
/// hanging up gives no more makers.
pub(super) type Turn = Arc<OwnedSemaphorePermit>;

/// All that was made.
#[derive(Debug)]
pub(super) struct Renderings {
    common: Shelf,
    particular: Shelf,
    turn: AtomicU64,
    metrics: Metrics,
}

/// Renderings that share their room and their makers.
#[derive(Debug)]
struct Shelf {
    stock: RwLock<Stock>,
    /// Making takes a permit: of memory and processors there is not one for each reader.
    makers: Arc<Semaphore>,
    /// Where bodies that are asked for often may stand, too.
    files: Files,
}

#[derive(Debug)]
struct Stock {
    slots: HashMap<Key, Arc<Slot>>,
    weight: usize,
    budget: usize,
    count: usize,
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
        let files = Files::default();
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            common: Shelf::new(COMMON, processors.max(2), files.clone()),
            particular: Shelf::new(PARTICULAR, PARTICULAR_MAKERS, files),
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
        make: impl FnOnce(Turn) -> F,
    ) -> Result<Arc<Rendered>, Missing>
    where
        F: Future<Output = Result<Made, Missing>>,
    {
        let shelf = if key.is_particular() {
            &self.particular
        } else {
            &self.common
        };
        let slot = shelf.slot(key, self.turn.fetch_add(1, Ordering::Relaxed));
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
        let rendered = match tokio::time::timeout(DEADLINE, shelf.make(make)).await {
            Ok(rendered) => rendered,
            Err(_) => Err(Missing::Late),
        };
        match (rendered, older) {
            (Ok(rendered), _) => {
                self.metrics.renderings.inc();
                let current = Current {
                    epoch,
                    basis,
                    made: Instant::now(),
                    rendered: Arc::clone(&rendered),
                };
                shelf.keep(key, &slot, current);
                Ok(rendered)
            }
            (Err(Missing::Unknown), _) => {
                shelf.forget(key);
                Err(Missing::Unknown)
            }
            (Err(missing), Some(older)) => {
                tracing::warn!(why = %missing, "older bytes are served");
                self.metrics.stale.inc();
                Ok(older)
            }
            (Err(missing), None) => {
                shelf.forget(key);
                Err(missing)
            }
        }
    }
}

impl Shelf {
    fn new((budget, count): (usize, usize), makers: usize, files: Files) -> Self {
        Self {
            stock: RwLock::new(Stock {
                slots: HashMap::new(),
                weight: 0,
                budget,
                count,
            }),
            makers: Arc::new(Semaphore::new(makers)),
            files,
        }
    }

    async fn make<F>(&self, make: impl FnOnce(Turn) -> F) -> Result<Arc<Rendered>, Missing>
    where
        F: Future<Output = Result<Made, Missing>>,
    {
        let turn = Arc::clone(&self.makers).acquire_owned().await;
        let turn = Arc::new(turn.expect("makers are never sent home"));
        let made = make(Arc::clone(&turn)).await?;
        let files = self.files.clone();
        let packed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            Arc::new(Rendered::of(made, &files))
        });
        packed.await.map_err(|broken| Missing::Page(broken.to_string()))
    }

    fn slot(&self, key: &Key, turn: u64) -> Arc<Slot> {
        let known = self.read().slots.get(key).cloned();
        let slot = known.unwrap_or_else(|| {
            let mut stock = self.write();
            stock.make_room();
            Arc::clone(stock.slots.entry(key.clone()).or_default())
        });
        slot.asked.store(turn, Ordering::Relaxed);
        slot
    }

    fn keep(&self, key: &Key, slot: &Arc<Slot>, current: Current) {
        let mut stock = self.write();
        stock.remove(key);
        stock.weight += current.rendered.weight();
        *slot.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
        stock.make_room();
        stock.slots.insert(key.clone(), Arc::clone(slot));
    }

    /// Drops the slot of what does not exist, so that asking for nonsense costs no memory.
    fn forget(&self, key: &Key) {
        self.write().remove(key);
    }

    fn read(&self) -> RwLockReadGuard<'_, Stock> {
        self.stock.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Stock> {
        self.stock.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stock {
    fn remove(&mut self, key: &Key) {
        if let Some(slot) = self.slots.remove(key) {
            self.weight -= slot.any().map_or(0, |rendered| rendered.weight());
        }
    }

    /// Lets the least recently asked for go when there is no room for one more; an eighth at once, since looking for them
    /// takes long.
    fn make_room(&mut self) {
        if self.weight <= self.budget && self.slots.len() < self.count {
            return;
        }
        let mut by_age: Vec<(u64, Key)> = self
            .slots
            .iter()
            .map(|(key, slot)| (slot.asked.load(Ordering::Relaxed), key.clone()))
            .collect();
        by_age.sort_unstable_by_key(|(asked, _)| *asked);
        for (_, key) in by_age {
            if self.weight <= self.budget / 8 * 7 && self.slots.len() < self.count / 8 * 7 {
                break;
            }
            self.remove(&key);
        }
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
