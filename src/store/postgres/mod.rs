//! The ledger in a PostgreSQL database that several nodes may share.
//!
//! Lists travel as arrays, claims skip what another node has locked, and a fencing number refuses whoever lost a lease.
//! No advisory locks and no notifications: wire-compatible servers and poolers don't have them.

mod asking;
mod connection;
mod fault;
mod hub;
mod notices;
mod outbox;
mod pushes;
mod past;
mod receivers;
mod rendered;
mod renaming;
mod rows;
mod search;
mod sources;
mod strikes;
mod upstreams;

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use deadpool_postgres::Pool;
use jiff::Timestamp;
use url::Url;

use crate::{
    delivery::{Announcement, Blame, Delivery, Occasion, State, Subject},
    notice::{Entry, Known, NoticeId, Revision, SourceId},
    source::Hub,
    subscription::{Receiver, ReceiverId, Request},
    websub::{Intent, Push, Subscription, Upstream},
};

use self::{fault::Fault, rows::bytes};
use super::{
    Around, Asking, AskingLimits, Committed, Course, DeliveryRow, Health, Horizon, InstallKey, Kept, Lane, Learned,
    NewDelivery, OutboxCounts, Place, Rates, ReceiverRow, Rendering, Retry, Scope, Search, Settlement, SourceLease,
    SourceState, Span, Standing, Store, StoreError, StrikeCounts, Struck, Verified,
};

/// How often a transaction is done again after a conflict or a broken connection.
const RETRIES: u32 = 6;

/// The ledger in a PostgreSQL database.
pub struct Postgres {
    pool: Pool,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connects to the database that `url` names and brings its schema up to date. `password` counts when `url` holds
    /// none.
    ///
    /// TLS is used and the certificate checked when `url` says `sslmode=require`, and, when the server is on another
    /// machine, whenever the server offers it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] when there is no connection, or the database can't hold a store.
    pub async fn connect(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        let pool = connection::open(url, password).await?;
        Ok(Self { pool })
    }
}

/// Runs a whole transaction, and again when it failed for what may pass. `$tx` is the transaction that `$body` works
/// in.
macro_rules! whole {
    ($store:ident, $doing:literal, $tx:ident => $body:expr) => {{
        let mut tries = 0;
        loop {
            let outcome: Result<_, Fault> = async {
                let mut client = $store.pool.get().await?;
                let transaction = client.transaction().await?;
                let $tx = &transaction;
                let done = $body.await?;
                transaction.commit().await?;
                Ok(done)
            }
            .await;
            match outcome {
                Err(fault) if fault.may_pass() && tries < RETRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(5) * tries * tries).await;
                }
                outcome => break outcome.map_err(|fault| fault.told($doing)),
            }
        }
    }};
}

#[async_trait]
impl Store for Postgres {
    async fn install_key(&self, fresh: InstallKey) -> Result<InstallKey, StoreError> {
        whole!(self, "reading the install key", tx => async {
            tx.execute(
                "INSERT INTO meta (name, value) VALUES ('install_key', $1) ON CONFLICT DO NOTHING",
                &[&fresh.0.as_slice()],
            )
            .await?;
            let row = tx.query_one("SELECT value FROM meta WHERE name = 'install_key'", &[]).await?;
            bytes(&row, 0).map(InstallKey)
        })
    }

    async fn enrol_sources(&self, due: &[(SourceId, Timestamp)], latest: Timestamp) -> Result<(), StoreError> {
        whole!(self, "enrolling sources", tx => sources::enrol(tx, due, latest))
    }

    async fn lease_due_sources(
        &self,
        among: &Arc<HashSet<SourceId>>,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<SourceLease>, StoreError> {
        whole!(self, "leasing sources", tx => sources::lease_due(tx, among, now, lease, limit))
    }

    async fn lease_source(
        &self,
        id: &SourceId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<SourceLease>, StoreError> {
        whole!(self, "leasing a source", tx => sources::lease(tx, id, now, lease))
    }

    async fn next_due_source(&self, among: &Arc<HashSet<SourceId>>) -> Result<Option<Timestamp>, StoreError> {
        whole!(self, "looking for the next source", tx => sources::next_due(tx, among))
    }

    async fn courses(&self) -> Result<Vec<Course>, StoreError> {
        whole!(self, "reading how sources have fared", tx => sources::courses(tx))
    }

    async fn unwell(&self) -> Result<Vec<(SourceId, Health)>, StoreError> {
        whole!(self, "reading which sources are unwell", tx => sources::unwell(tx))
    }

    async fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        whole!(self, "reading source states", tx => sources::states(tx))
    }

    async fn known(&self, ids: &[NoticeId]) -> Result<HashMap<NoticeId, Known>, StoreError> {
        whole!(self, "reading what is known", tx => notices::known(tx, ids))
    }

    async fn hubs(&self) -> Result<Vec<(SourceId, Hub)>, StoreError> {
        whole!(self, "reading hubs", tx => upstreams::hubs(tx))
    }

    async fn upstreams(&self, of: Option<&SourceId>) -> Result<Vec<Upstream>, StoreError> {
        whole!(self, "reading subscriptions at hubs", tx => upstreams::all(tx, of))
    }

    async fn upstream(&self, token: &str) -> Result<Option<Upstream>, StoreError> {
        whole!(self, "looking for a subscription at a hub", tx => upstreams::one(tx, token))
    }

    async fn open_upstream(&self, upstream: &Upstream) -> Result<bool, StoreError> {
        whole!(self, "writing a subscription at a hub", tx => upstreams::open(tx, upstream))
    }

    async fn change_upstream(&self, upstream: &Upstream) -> Result<bool, StoreError> {
        whole!(self, "changing a subscription at a hub", tx => upstreams::change(tx, upstream))
    }

    async fn close_upstream(&self, token: &str) -> Result<(), StoreError> {
        whole!(self, "forgetting a subscription at a hub", tx => upstreams::close(tx, token))
    }

    async fn due_upstreams(&self, now: Timestamp, limit: usize) -> Result<Vec<Upstream>, StoreError> {
        whole!(self, "looking for hubs to ask", tx => upstreams::due(tx, now, limit))
    }

    async fn next_due_upstream(&self) -> Result<Option<Timestamp>, StoreError> {
        whole!(self, "looking for the next hub", tx => upstreams::next_due(tx))
    }

    async fn push(&self, source: &SourceId, push: &Push, most: usize) -> Result<bool, StoreError> {
        whole!(self, "keeping what a hub pushed", tx => pushes::keep(tx, source, push, most))
    }

    async fn oldest_push(&self, source: &SourceId) -> Result<Option<Push>, StoreError> {
        whole!(self, "reading what a hub pushed", tx => pushes::oldest(tx, source))
    }

    async fn ask_hub(&self, intent: &Intent, most: usize) -> Result<bool, StoreError> {
        whole!(self, "keeping what is asked of the hub", tx => hub::ask(tx, intent, most))
    }

    async fn lease_intents(
        &self,
        now: Timestamp,
        lease: Duration,
        rates: Rates,
        limit: usize,
    ) -> Result<Vec<Intent>, StoreError> {
        whole!(self, "leasing what is asked of the hub", tx => hub::lease(tx, now, lease, rates, limit))
    }

    async fn next_due_intent(&self) -> Result<Option<Timestamp>, StoreError> {
        whole!(self, "looking for what is asked of the hub", tx => hub::next_due(tx))
    }

    async fn settle_intent(&self, intent: &Intent, verified: Verified, now: Timestamp) -> Result<(), StoreError> {
        whole!(self, "recording what a callback said", tx => hub::settle(tx, intent, verified, now))
    }

    async fn topics(&self, now: Timestamp) -> Result<Vec<(String, i64)>, StoreError> {
        whole!(self, "reading what was distributed", tx => hub::topics(tx, now))
    }

    async fn distribute(&self, topic: &str, was: i64, version: i64, now: Timestamp) -> Result<u64, StoreError> {
        whole!(self, "distributing a feed", tx => hub::distribute(tx, topic, was, version, now))
    }

    async fn subscription(&self, id: &ReceiverId) -> Result<Option<Subscription>, StoreError> {
        whole!(self, "reading a subscription at the hub", tx => hub::subscription(tx, id))
    }

    async fn end_subscription(&self, id: &ReceiverId) -> Result<(), StoreError> {
        whole!(self, "ending a subscription at the hub", tx => hub::end(tx, id))
    }

    async fn told_hub(&self, hub: &Url) -> Result<HashMap<SourceId, i64>, StoreError> {
        whole!(self, "reading what another hub was told", tx => hub::told(tx, hub))
    }

    async fn tell_hub(
        &self,
        hub: &Url,
        versions: &HashMap<SourceId, i64>,
        pings: &[Occasion],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        whole!(self, "telling another hub", tx => hub::tell(tx, hub, versions, pings, now))
    }

    async fn absent(&self, source: &SourceId, shown: &[NoticeId]) -> Result<Vec<NoticeId>, StoreError> {
        whole!(self, "reading what is missing", tx => notices::absent(tx, source, shown))
    }

    async fn commit(&self, learned: Learned) -> Result<Committed, StoreError> {
        whole!(self, "recording a poll", tx => notices::commit(tx, &learned))
    }

    async fn release_held(&self, source: &SourceId) -> Result<u64, StoreError> {
        whole!(self, "releasing announcements", tx => outbox::release(tx, source))
    }

    async fn discard_held(&self, source: &SourceId) -> Result<u64, StoreError> {
        whole!(self, "discarding announcements", tx => outbox::discard(tx, source))
    }

    async fn past(&self, scope: &Scope, span: Span, skip: usize, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sources: Vec<&str> = scope.sources().iter().map(SourceId::as_str).collect();
        whole!(self, "reading past notices", tx => past::past(tx, &sources, span, skip, limit))
    }

    async fn around(&self, scope: &Scope, span: Span) -> Result<Around, StoreError> {
        let sources: Vec<&str> = scope.sources().iter().map(SourceId::as_str).collect();
        whole!(self, "reading when notices came", tx => past::around(tx, &sources, span))
    }

    async fn corrected(&self, scope: &Scope, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sources: Vec<&str> = scope.sources().iter().map(SourceId::as_str).collect();
        whole!(self, "reading the newest corrections", tx => past::corrected(tx, &sources, limit))
    }

    async fn adopt(&self, new: &SourceId, old: &SourceId) -> Result<bool, StoreError> {
        whole!(self, "renaming a source", tx => renaming::adopt(tx, new, old))
    }

    async fn renamed(&self) -> Result<HashMap<SourceId, SourceId>, StoreError> {
        whole!(self, "reading what sources were called", tx => renaming::renamed(tx))
    }

    async fn newest(&self, scope: &Scope, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sources: Vec<&str> = scope.sources().iter().map(SourceId::as_str).collect();
        whole!(self, "reading the newest notices", tx => notices::newest(tx, &sources, limit))
    }

    async fn search(&self, search: &Search, limit: usize) -> Result<Vec<(Place, Entry)>, StoreError> {
        whole!(self, "searching the notices", tx => search::search(tx, search, limit))
    }

    async fn newest_seq(&self) -> Result<i64, StoreError> {
        whole!(self, "reading the newest place", tx => notices::newest_seq(tx))
    }

    async fn entries_after(&self, sources: &[SourceId], after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sources: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
        whole!(self, "reading what came since", tx => notices::after(tx, &sources, after, limit))
    }

    async fn entry(&self, id: NoticeId) -> Result<Option<(Entry, Vec<Revision>)>, StoreError> {
        whole!(self, "reading a notice", tx => notices::entry(tx, id))
    }

    async fn subjects(&self, subjects: &[Subject]) -> Result<Vec<(Subject, Entry)>, StoreError> {
        whole!(self, "reading what is to be told", tx => notices::subjects(tx, subjects))
    }

    async fn entries_of(&self, notices: &[NoticeId]) -> Result<Vec<Entry>, StoreError> {
        whole!(self, "reading notices", tx => notices::entries_of(tx, notices))
    }

    async fn standings(&self) -> Result<HashMap<SourceId, Standing>, StoreError> {
        whole!(self, "reading how far sources are", tx => sources::standings(tx))
    }

    async fn enrol_receivers(&self, receivers: &[(Receiver, [u8; 32])], now: Timestamp) -> Result<(), StoreError> {
        whole!(self, "enrolling receivers", tx => receivers::enrol(tx, receivers, now))
    }

    async fn receivers(&self, after: Option<&ReceiverId>, limit: usize) -> Result<Vec<ReceiverRow>, StoreError> {
        whole!(self, "reading receivers", tx => receivers::page(tx, after, limit))
    }

    async fn receiver(&self, id: &ReceiverId) -> Result<Option<ReceiverRow>, StoreError> {
        whole!(self, "reading a receiver", tx => receivers::one(tx, id))
    }

    async fn receivers_named(&self, ids: &[ReceiverId]) -> Result<Vec<ReceiverRow>, StoreError> {
        whole!(self, "reading receivers", tx => receivers::named(tx, ids))
    }

    async fn receiver_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<ReceiverRow>, StoreError> {
        whole!(self, "looking for a receiver", tx => receivers::by_token(tx, token_hash))
    }

    async fn stop_receiver(&self, id: &ReceiverId, why: &str, now: Timestamp) -> Result<bool, StoreError> {
        whole!(self, "stopping a receiver", tx => receivers::stop(tx, id, why, now))
    }

    async fn resume_receiver(&self, id: &ReceiverId) -> Result<bool, StoreError> {
        whole!(self, "resuming a receiver", tx => receivers::resume(tx, id))
    }

    async fn ask(&self, asking: &Asking, limits: &AskingLimits) -> Result<bool, StoreError> {
        whole!(self, "keeping what somebody asked for", tx => asking::ask(tx, asking, limits))
    }

    async fn request(&self, token_hash: &[u8; 32]) -> Result<Option<Request>, StoreError> {
        whole!(self, "reading a request", tx => asking::request(tx, token_hash))
    }

    async fn forget_requests(&self, before: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        whole!(self, "forgetting requests", tx => asking::forget(tx, before, now))
    }

    async fn keep_reader(&self, kept: &Kept) -> Result<bool, StoreError> {
        whole!(self, "keeping a reader", tx => asking::keep(tx, kept))
    }

    async fn erase_reader(&self, id: &ReceiverId, address: &[u8; 32], never: bool) -> Result<(), StoreError> {
        whole!(self, "erasing a reader", tx => asking::erase(tx, id, address, never))
    }

    async fn is_never_again(&self, address: &[u8; 32]) -> Result<bool, StoreError> {
        whole!(self, "looking for an address", tx => asking::is_never_again(tx, address))
    }

    async fn strike(
        &self,
        delivery: i64,
        blame: Blame,
        why: &str,
        now: Timestamp,
    ) -> Result<Option<Struck>, StoreError> {
        whole!(self, "recording what came back", tx => strikes::strike(tx, delivery, blame, why, now))
    }

    async fn strike_counts(&self) -> Result<StrikeCounts, StoreError> {
        whole!(self, "counting what came back", tx => strikes::counts(tx))
    }

    async fn lease_announcement(&self, now: Timestamp, lease: Duration) -> Result<Option<Announcement>, StoreError> {
        whole!(self, "leasing an announcement", tx => outbox::lease_announcement(tx, now, lease))
    }

    async fn fan_out(
        &self,
        announcement: &Announcement,
        deliveries: &[NewDelivery],
        cursor: Option<&ReceiverId>,
        now: Timestamp,
        lease: Duration,
    ) -> Result<(), StoreError> {
        whole!(self, "recording a fan-out", tx => outbox::fan_out(tx, announcement, deliveries, cursor, now, lease))
    }

    async fn lease_deliveries(
        &self,
        lane: Lane,
        now: Timestamp,
        lease: Duration,
        limit: usize,
        except: &[String],
    ) -> Result<Vec<Delivery>, StoreError> {
        whole!(self, "leasing deliveries", tx => outbox::lease_deliveries(tx, lane, now, lease, limit, except))
    }

    async fn next_due_delivery(&self, lane: Lane, except: &[String]) -> Result<Option<Timestamp>, StoreError> {
        whole!(self, "looking for the next delivery", tx => outbox::next_due_delivery(tx, lane, except))
    }

    async fn drop_stencils(&self) -> Result<(), StoreError> {
        whole!(self, "dropping what no mail needs", tx => rendered::drop_stencils(tx))
    }

    async fn keep_rendered(&self, renderings: &[Rendering]) -> Result<Vec<i64>, StoreError> {
        whole!(self, "keeping what will be sent", tx => rendered::keep(tx, renderings))
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<u64, StoreError> {
        whole!(self, "recording what became of deliveries", tx => outbox::settle(tx, settlements))
    }

    async fn deliveries(&self, state: Option<State>, limit: usize) -> Result<Vec<DeliveryRow>, StoreError> {
        whole!(self, "reading deliveries", tx => outbox::deliveries(tx, state, limit))
    }

    async fn retry_deliveries(&self, which: &Retry, now: Timestamp) -> Result<u64, StoreError> {
        whole!(self, "queueing deliveries again", tx => outbox::retry(tx, which, now))
    }

    async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        whole!(self, "counting what is owed", tx => outbox::counts(tx))
    }

    async fn reclaim_leases(&self, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn bring_back(&self, horizon: Horizon) -> Result<(), StoreError> {
        whole!(self, "bringing back what lies too far ahead", tx => async {
            outbox::bring_back(tx, horizon).await?;
            sources::bring_back(tx, horizon).await
        })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        whole!(self, "answering", tx => tx.batch_execute("SELECT 1"))
    }
}
