//! The ledger in one SQLite file: one writer that shares each fsync among all who wait for it, and a few readers.

mod asking;
mod fault;
mod hub;
mod file;
mod notices;
mod outbox;
mod pushes;
mod past;
mod readers;
mod receivers;
mod rendered;
mod renaming;
mod rows;
mod search;
mod sources;
mod strikes;
mod syncer;
mod upstreams;
mod writer;

use std::{
    collections::{HashMap, HashSet},
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

use crate::{
    delivery::{Announcement, Blame, Delivery, Occasion, State, Subject},
    notice::{Entry, Known, NoticeId, Revision, SourceId},
    source::Hub,
    subscription::{Receiver, ReceiverId, Request},
    websub::{Intent, Push, Subscription, Upstream},
};

use self::{fault::Fault, readers::Readers, writer::Writer};
use super::{
    Around, Asking, AskingLimits, Committed, Course, DeliveryRow, Health, Horizon, InstallKey, Kept, Lane, Learned,
    NewDelivery, OutboxCounts, Place, Rates, ReceiverRow, Rendering, Retry, Scope, Search, Settlement, SourceLease,
    SourceState, Span, Standing, Store, StoreError, StrikeCounts, Struck, Verified,
};

/// The ledger in one SQLite file. Other processes may have the same file open for short commands.
pub struct Sqlite {
    path: PathBuf,
    // Closed first: the last connection to close puts the log into the file, and these may not write.
    readers: Readers,
    writer: Writer,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Opens the store in the file at `path`, or in `gazetted.db` when `path` is a folder; makes it when there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] when the file can't be opened, is damaged, is no store, or is of a newer gazetted.
    /// Nothing is ever made anew in place of a file that is there.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let path = if path.is_dir() {
            path.join("gazetted.db")
        } else {
            path.to_owned()
        };
        let connection = file::open(&path)?;
        Ok(Self {
            writer: Writer::start(path.clone(), connection)?,
            readers: Readers::of(path.clone()),
            path,
        })
    }

    /// Writes a consistent copy of the store to `file`, which must not exist, while the store is in use.
    ///
    /// # Errors
    ///
    /// When the copy can't be written; then there is no `file`.
    pub async fn backup(&self, file: &Path) -> Result<(), StoreError> {
        let (from, to) = (self.path.clone(), file.to_owned());
        tokio::task::spawn_blocking(move || file::copy(&from, &to))
            .await
            .unwrap_or_else(|_| Err(Fault::Broken("the copy was given up".into()).told("writing a backup")))
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn install_key(&self, fresh: InstallKey) -> Result<InstallKey, StoreError> {
        self.writer
            .write("reading the install key", move |db| {
                db.prepare_cached("INSERT INTO meta (name, value) VALUES ('install_key', ?1) ON CONFLICT DO NOTHING")?
                    .execute([fresh.0])?;
                let key = db
                    .prepare_cached("SELECT value FROM meta WHERE name = 'install_key'")?
                    .query_one([], |row| row.get(0))?;
                Ok(InstallKey(key))
            })
            .await
    }

    async fn enrol_sources(&self, due: &[(SourceId, Timestamp)], latest: Timestamp) -> Result<(), StoreError> {
        let due = due.to_vec();
        self.writer
            .write("enrolling sources", move |db| sources::enrol(db, &due, latest))
            .await
    }

    async fn lease_due_sources(
        &self,
        among: &Arc<HashSet<SourceId>>,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<SourceLease>, StoreError> {
        let among = Arc::clone(among);
        // Whoever loses the lease with the power doesn't work under it any more.
        self.writer
            .write_lightly("leasing sources", move |db| {
                sources::lease_due(db, &among, now, lease, limit)
            })
            .await
    }

    async fn lease_source(
        &self,
        id: &SourceId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<SourceLease>, StoreError> {
        let id = id.clone();
        self.writer
            .write_lightly("leasing a source", move |db| sources::lease(db, &id, now, lease))
            .await
    }

    async fn next_due_source(&self, among: &Arc<HashSet<SourceId>>) -> Result<Option<Timestamp>, StoreError> {
        let among = Arc::clone(among);
        self.readers
            .read("looking for the next source", move |db| sources::next_due(db, &among))
            .await
    }

    async fn courses(&self) -> Result<Vec<Course>, StoreError> {
        self.readers
            .read("reading how sources have fared", sources::courses)
            .await
    }

    async fn unwell(&self) -> Result<Vec<(SourceId, Health)>, StoreError> {
        self.readers
            .read("reading which sources are unwell", sources::unwell)
            .await
    }

    async fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        self.readers.read("reading source states", sources::states).await
    }

    async fn known(&self, ids: &[NoticeId]) -> Result<HashMap<NoticeId, Known>, StoreError> {
        let ids = ids.to_vec();
        // By the writer, whose pages are at hand: a reader's are out of date after each commit, and polls commit all the time.
        self.writer
            .write_lightly("reading what is known", move |db| notices::known(db, &ids))
            .await
    }

    async fn hubs(&self) -> Result<Vec<(SourceId, Hub)>, StoreError> {
        self.readers.read("reading hubs", upstreams::hubs).await
    }

    async fn upstreams(&self, of: Option<&SourceId>) -> Result<Vec<Upstream>, StoreError> {
        let of = of.cloned();
        self.readers
            .read("reading subscriptions at hubs", move |db| {
                upstreams::all(db, of.as_ref())
            })
            .await
    }

    async fn upstream(&self, token: &str) -> Result<Option<Upstream>, StoreError> {
        let token = token.to_owned();
        self.readers
            .read("looking for a subscription at a hub", move |db| {
                upstreams::one(db, &token)
            })
            .await
    }

    async fn open_upstream(&self, upstream: &Upstream) -> Result<bool, StoreError> {
        let upstream = upstream.clone();
        self.writer
            .write("writing a subscription at a hub", move |db| {
                upstreams::open(db, &upstream)
            })
            .await
    }

    async fn change_upstream(&self, upstream: &Upstream) -> Result<bool, StoreError> {
        let upstream = upstream.clone();
        self.writer
            .write("changing a subscription at a hub", move |db| {
                upstreams::change(db, &upstream)
            })
            .await
    }

    async fn close_upstream(&self, token: &str) -> Result<(), StoreError> {
        let token = token.to_owned();
        self.writer
            .write("forgetting a subscription at a hub", move |db| {
                upstreams::close(db, &token)
            })
            .await
    }

    async fn due_upstreams(&self, now: Timestamp, limit: usize) -> Result<Vec<Upstream>, StoreError> {
        self.readers
            .read("looking for hubs to ask", move |db| upstreams::due(db, now, limit))
            .await
    }

    async fn next_due_upstream(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.read("looking for the next hub", upstreams::next_due).await
    }

    async fn push(&self, source: &SourceId, push: &Push, most: usize) -> Result<bool, StoreError> {
        let (source, push) = (source.clone(), push.clone());
        self.writer
            .write("keeping what a hub pushed", move |db| {
                pushes::keep(db, &source, &push, most)
            })
            .await
    }

    async fn oldest_push(&self, source: &SourceId) -> Result<Option<Push>, StoreError> {
        let source = source.clone();
        self.readers
            .read("reading what a hub pushed", move |db| pushes::oldest(db, &source))
            .await
    }

    async fn ask_hub(&self, intent: &Intent, most: usize) -> Result<bool, StoreError> {
        let intent = intent.clone();
        self.writer
            .write("keeping what is asked of the hub", move |db| {
                hub::ask(db, &intent, most)
            })
            .await
    }

    async fn lease_intents(
        &self,
        now: Timestamp,
        lease: Duration,
        rates: Rates,
        limit: usize,
    ) -> Result<Vec<Intent>, StoreError> {
        self.writer
            .write("leasing what is asked of the hub", move |db| {
                hub::lease(db, now, lease, rates, limit)
            })
            .await
    }

    async fn next_due_intent(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers
            .read("looking for what is asked of the hub", hub::next_due)
            .await
    }

    async fn settle_intent(&self, intent: &Intent, verified: Verified, now: Timestamp) -> Result<(), StoreError> {
        let intent = intent.clone();
        self.writer
            .write("recording what a callback said", move |db| {
                hub::settle(db, &intent, verified, now)
            })
            .await
    }

    async fn topics(&self, now: Timestamp) -> Result<Vec<(String, i64)>, StoreError> {
        self.readers
            .read("reading what was distributed", move |db| hub::topics(db, now))
            .await
    }

    async fn distribute(&self, topic: &str, was: i64, version: i64, now: Timestamp) -> Result<u64, StoreError> {
        let topic = topic.to_owned();
        self.writer
            .write("distributing a feed", move |db| {
                hub::distribute(db, &topic, was, version, now)
            })
            .await
    }

    async fn subscription(&self, id: &ReceiverId) -> Result<Option<Subscription>, StoreError> {
        let id = id.clone();
        self.readers
            .read("reading a subscription at the hub", move |db| {
                hub::subscription(db, &id)
            })
            .await
    }

    async fn end_subscription(&self, id: &ReceiverId) -> Result<(), StoreError> {
        let id = id.clone();
        self.writer
            .write("ending a subscription at the hub", move |db| hub::end(db, &id))
            .await
    }

    async fn told_hub(&self, hub: &Url) -> Result<HashMap<SourceId, i64>, StoreError> {
        let hub = hub.clone();
        self.readers
            .read("reading what another hub was told", move |db| hub::told(db, &hub))
            .await
    }

    async fn tell_hub(
        &self,
        hub: &Url,
        versions: &HashMap<SourceId, i64>,
        pings: &[Occasion],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (hub, versions, pings) = (hub.clone(), versions.clone(), pings.to_vec());
        self.writer
            .write("telling another hub", move |db| {
                hub::tell(db, &hub, &versions, &pings, now)
            })
            .await
    }

    async fn absent(&self, source: &SourceId, shown: &[NoticeId]) -> Result<Vec<NoticeId>, StoreError> {
        let (source, shown) = (source.clone(), shown.to_vec());
        self.writer
            .write_lightly("reading what is missing", move |db| {
                notices::absent(db, &source, &notices::hex(&shown)?)
            })
            .await
    }

    async fn commit(&self, learned: Learned) -> Result<Committed, StoreError> {
        const DOING: &str = "recording a poll";
        // What only says when to ask again is learned again by asking.
        if learned.is_news() {
            self.writer.write(DOING, move |db| notices::commit(db, &learned)).await
        } else {
            let record = move |db: &Connection| notices::commit_rest(db, &learned);
            self.writer.write_at_leisure(DOING, record).await
        }
    }

    async fn release_held(&self, source: &SourceId) -> Result<u64, StoreError> {
        let source = source.clone();
        self.writer
            .write("releasing announcements", move |db| outbox::release(db, &source))
            .await
    }

    async fn discard_held(&self, source: &SourceId) -> Result<u64, StoreError> {
        let source = source.clone();
        self.writer
            .write("discarding announcements", move |db| outbox::discard(db, &source))
            .await
    }

    async fn past(&self, scope: &Scope, span: Span, skip: usize, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sources = rows::json(scope.sources())?;
        self.readers
            .read("reading past notices", move |db| {
                past::past(db, &sources, span, skip, limit)
            })
            .await
    }

    async fn around(&self, scope: &Scope, span: Span) -> Result<Around, StoreError> {
        let sources = rows::json(scope.sources())?;
        self.readers
            .read("reading when notices came", move |db| past::around(db, &sources, span))
            .await
    }

    async fn corrected(&self, scope: &Scope, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sources = rows::json(scope.sources())?;
        self.readers
            .read("reading the newest corrections", move |db| {
                past::corrected(db, &sources, limit)
            })
            .await
    }

    async fn adopt(&self, new: &SourceId, old: &SourceId) -> Result<bool, StoreError> {
        let (new, old) = (new.clone(), old.clone());
        self.writer
            .write("renaming a source", move |db| renaming::adopt(db, &new, &old))
            .await
    }

    async fn renamed(&self) -> Result<HashMap<SourceId, SourceId>, StoreError> {
        self.readers
            .read("reading what sources were called", renaming::renamed)
            .await
    }

    async fn newest(&self, scope: &Scope, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sources = rows::json(scope.sources())?;
        self.readers
            .read("reading the newest notices", move |db| {
                notices::newest(db, &sources, limit)
            })
            .await
    }

    async fn search(&self, search: &Search, limit: usize) -> Result<Vec<(Place, Entry)>, StoreError> {
        let search = search.clone();
        self.readers
            .read("searching the notices", move |db| search::search(db, &search, limit))
            .await
    }

    async fn newest_seq(&self) -> Result<i64, StoreError> {
        self.readers.read("reading the newest place", notices::newest_seq).await
    }

    async fn entries_after(&self, sources: &[SourceId], after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sources = rows::json(sources)?;
        self.readers
            .read("reading what came since", move |db| {
                notices::after(db, &sources, after, limit)
            })
            .await
    }

    async fn entry(&self, id: NoticeId) -> Result<Option<(Entry, Vec<Revision>)>, StoreError> {
        self.readers
            .read("reading a notice", move |db| notices::entry(db, id))
            .await
    }

    async fn subjects(&self, subjects: &[Subject]) -> Result<Vec<(Subject, Entry)>, StoreError> {
        let subjects = subjects.to_vec();
        self.readers
            .read("reading what is to be told", move |db| notices::subjects(db, &subjects))
            .await
    }

    async fn entries_of(&self, notices: &[NoticeId]) -> Result<Vec<Entry>, StoreError> {
        let ids = notices.to_vec();
        self.readers
            .read("reading notices", move |db| notices::entries_of(db, &ids))
            .await
    }

    async fn standings(&self) -> Result<HashMap<SourceId, Standing>, StoreError> {
        self.readers
            .read("reading how far sources are", sources::standings)
            .await
    }

    async fn enrol_receivers(&self, receivers: &[(Receiver, [u8; 32])], now: Timestamp) -> Result<(), StoreError> {
        let receivers = receivers.to_vec();
        self.writer
            .write("enrolling receivers", move |db| receivers::enrol(db, &receivers, now))
            .await
    }

    async fn receivers(&self, after: Option<&ReceiverId>, limit: usize) -> Result<Vec<ReceiverRow>, StoreError> {
        let after = after.cloned();
        self.readers
            .read("reading receivers", move |db| {
                receivers::page(db, after.as_ref(), limit)
            })
            .await
    }

    async fn receiver(&self, id: &ReceiverId) -> Result<Option<ReceiverRow>, StoreError> {
        let id = id.clone();
        self.readers
            .read("reading a receiver", move |db| receivers::one(db, &id))
            .await
    }

    async fn receivers_named(&self, ids: &[ReceiverId]) -> Result<Vec<ReceiverRow>, StoreError> {
        let ids = rows::json(ids)?;
        self.readers
            .read("reading receivers", move |db| receivers::named(db, &ids))
            .await
    }

    async fn receiver_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<ReceiverRow>, StoreError> {
        let hash = *token_hash;
        self.readers
            .read("looking for a receiver", move |db| receivers::by_token(db, &hash))
            .await
    }

    async fn stop_receiver(&self, id: &ReceiverId, why: &str, now: Timestamp) -> Result<bool, StoreError> {
        let (id, why) = (id.clone(), why.to_owned());
        self.writer
            .write("stopping a receiver", move |db| receivers::stop(db, &id, &why, now))
            .await
    }

    async fn resume_receiver(&self, id: &ReceiverId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer
            .write("resuming a receiver", move |db| receivers::resume(db, &id))
            .await
    }

    async fn ask(&self, asking: &Asking, limits: &AskingLimits) -> Result<bool, StoreError> {
        let (asking, limits) = (asking.clone(), *limits);
        self.writer
            .write("keeping what somebody asked for", move |db| {
                asking::ask(db, &asking, &limits)
            })
            .await
    }

    async fn request(&self, token_hash: &[u8; 32]) -> Result<Option<Request>, StoreError> {
        let hash = *token_hash;
        self.readers
            .read("reading a request", move |db| asking::request(db, &hash))
            .await
    }

    async fn forget_requests(&self, before: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.writer
            .write("forgetting requests", move |db| asking::forget(db, before, now))
            .await
    }

    async fn keep_reader(&self, kept: &Kept) -> Result<bool, StoreError> {
        let kept = kept.clone();
        self.writer
            .write("keeping a reader", move |db| asking::keep(db, &kept))
            .await
    }

    async fn erase_reader(&self, id: &ReceiverId, address: &[u8; 32], never: bool) -> Result<(), StoreError> {
        let (id, address) = (id.clone(), *address);
        self.writer
            .write("erasing a reader", move |db| asking::erase(db, &id, &address, never))
            .await
    }

    async fn is_never_again(&self, address: &[u8; 32]) -> Result<bool, StoreError> {
        let address = *address;
        self.readers
            .read("looking for an address", move |db| asking::is_never_again(db, &address))
            .await
    }

    async fn strike(
        &self,
        delivery: i64,
        blame: Blame,
        why: &str,
        now: Timestamp,
    ) -> Result<Option<Struck>, StoreError> {
        let why = why.to_owned();
        self.writer
            .write("recording what came back", move |db| {
                strikes::strike(db, delivery, blame, &why, now)
            })
            .await
    }

    async fn strike_counts(&self) -> Result<StrikeCounts, StoreError> {
        self.readers.read("counting what came back", strikes::counts).await
    }

    async fn lease_announcement(&self, now: Timestamp, lease: Duration) -> Result<Option<Announcement>, StoreError> {
        self.writer
            .write("leasing an announcement", move |db| {
                outbox::lease_announcement(db, now, lease)
            })
            .await
    }

    async fn fan_out(
        &self,
        announcement: &Announcement,
        deliveries: &[NewDelivery],
        cursor: Option<&ReceiverId>,
        now: Timestamp,
        lease: Duration,
    ) -> Result<(), StoreError> {
        let (announcement, deliveries, cursor) = (announcement.clone(), deliveries.to_vec(), cursor.cloned());
        self.writer
            .write("recording a fan-out", move |db| {
                outbox::fan_out(db, &announcement, &deliveries, cursor.as_ref(), now, lease)
            })
            .await
    }

    async fn lease_deliveries(
        &self,
        lane: Lane,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        except: &[String],
    ) -> Result<Vec<Delivery>, StoreError> {
        let except = rows::json(except)?;
        self.writer
            .write_lightly("leasing deliveries", move |db| {
                outbox::lease_deliveries(db, lane, now, lease, limit, &except)
            })
            .await
    }

    async fn next_due_delivery(&self, lane: Lane, except: &[String]) -> Result<Option<Timestamp>, StoreError> {
        let except = rows::json(except)?;
        self.readers
            .read("looking for the next delivery", move |db| {
                outbox::next_due_delivery(db, lane, &except)
            })
            .await
    }

    async fn drop_stencils(&self) -> Result<(), StoreError> {
        self.writer
            .write_lightly("dropping what no mail needs", rendered::drop_stencils)
            .await
    }

    async fn keep_rendered(&self, renderings: &[Rendering]) -> Result<Vec<i64>, StoreError> {
        let renderings = renderings.to_vec();
        self.writer
            .write("keeping what will be sent", move |db| rendered::keep(db, &renderings))
            .await
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<u64, StoreError> {
        let settlements = settlements.to_vec();
        self.writer
            .write_hastily("recording what became of deliveries", move |db| {
                outbox::settle(db, &settlements)
            })
            .await
    }

    async fn deliveries(&self, state: Option<State>, limit: usize) -> Result<Vec<DeliveryRow>, StoreError> {
        self.readers
            .read("reading deliveries", move |db| outbox::deliveries(db, state, limit))
            .await
    }

    async fn retry_deliveries(&self, which: &Retry, now: Timestamp) -> Result<u64, StoreError> {
        let which = which.clone();
        self.writer
            .write("queueing deliveries again", move |db| outbox::retry(db, &which, now))
            .await
    }

    async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        self.readers.read("counting what is owed", outbox::counts).await
    }

    async fn reclaim_leases(&self, now: Timestamp) -> Result<(), StoreError> {
        self.writer
            .write("taking over leases", move |db| {
                outbox::reclaim(db, now)?;
                sources::reclaim(db)
            })
            .await
    }

    async fn bring_back(&self, horizon: Horizon) -> Result<(), StoreError> {
        self.writer
            .write("bringing back what lies too far ahead", move |db| {
                outbox::bring_back(db, horizon)?;
                sources::bring_back(db, horizon)
            })
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // Asks the writer too: a store that can't record is not well.
        self.writer
            .write("answering", |db| {
                let one: Option<i64> = db.query_row("SELECT 1", params![], |row| row.get(0)).optional()?;
                one.map(|_| ()).ok_or(Fault::Broken("no answer".into()))
            })
            .await
    }
}
