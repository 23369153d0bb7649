//! HTTP for readers and people: feeds, pages, events, unsubscribing, health; and for hubs and their subscribers.
//!
//! Answers come from memory made once per change, never from work per request. Knows notices, feeds and the store; does not
//! know boards or channels, and never fetches or sends while answering.

mod accept;
mod answer;
mod archive;
mod asking;
mod choices;
mod conditional;
mod confirm;
mod connection;
mod corrections;
mod counter;
mod events;
mod feeds;
mod form;
mod freshness;
mod habits;
mod hub;
mod language;
mod lent;
mod manage;
mod metrics;
mod notices;
mod pages;
mod peer;
mod preferences;
mod private;
mod rendered;
mod renderings;
mod routes;
mod search;
mod source;
mod start;
mod store;
mod stream;
mod subscribe;
mod topics;
mod unsubscribe;
mod versions;
mod websub;
mod wish;

pub use metrics::Metrics;
pub use topics::Topic;

use std::{io, sync::Arc, time::Duration};

use ipnet::IpNet;
use jiff::tz::TimeZone;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    net::Guard,
    notice::{Corrections, SourceId},
    ops::{Clock, Doorbell, Listener},
    search::Query,
    source::LegalNote,
    store::{AskingLimits, Store},
    subscription::{Address, Tokens},
};

/// What the server calls itself and where readers reach it.
#[derive(Clone, Debug)]
pub struct Site {
    /// For people: in titles of feeds and pages.
    pub title: String,
    /// Under which licence the texts in feeds may be used.
    pub rights: Option<String>,
    /// What readers see; ends with `/`. All addresses in feeds begin with it, whatever `Host` says.
    pub public_url: Url,
}

/// A configured source, as much as people are shown of it.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// Its id.
    pub id: SourceId,
    /// What it was called before. Its old addresses lead to the new ones.
    pub aliases: Vec<SourceId>,
    /// Its name.
    pub name: String,
    /// The page that people may open: the one that is read, without secrets in its address.
    pub page: Url,
    /// BCP 47 tag of its texts.
    pub language: Option<String>,
    /// How its dates are read.
    pub zone: TimeZone,
    /// Its tags.
    pub tags: Vec<String>,
    /// How often it is polled at least.
    pub interval: Duration,
    /// Under which licence its texts may be used, when that is another one than the site's.
    pub rights: Option<String>,
    /// How feeds tell that its notices have changed.
    pub corrections: Corrections,
    /// What is told beside its notices.
    pub legal_note: Option<LegalNote>,
    /// The largest answer or push of it that is read, in bytes.
    pub max_body: usize,
}

/// A search that the admin gave a feed of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    /// What its addresses end with: `/feeds/search/{id}.atom`.
    pub id: String,
    /// What its feed is called.
    pub name: String,
    /// What it finds.
    pub query: Query,
}

/// Bounds on what one peer, or all of them, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Streams of events at a time.
    pub streams: usize,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long a body may take.
    pub body: Duration,
    /// How long a peer may take nothing of an answer.
    pub write: Duration,
    /// How long a connection may rest between two requests.
    pub rest: Duration,
    /// How long answers under way may take when the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            streams: 1_000,
            head: Duration::from_secs(10),
            body: Duration::from_secs(15),
            // A slow client is gone within 15 seconds, whichever way it is slow.
            write: Duration::from_secs(14),
            rest: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

/// What people are offered by mail.
#[derive(Clone, Debug)]
pub struct Mailing {
    /// Who writes. Nothing that a stranger asks for goes there.
    pub sender: Address,
    /// The domains of the addresses that can subscribe; all where there are none.
    pub allow_domains: Vec<String>,
    /// The domains of the addresses that can't.
    pub deny_domains: Vec<String>,
    /// How many mails strangers may cause.
    pub limits: AskingLimits,
}

/// What the server needs.
#[derive(Clone, Debug)]
pub struct Serve {
    /// Where the notices are.
    pub store: Arc<dyn Store>,
    /// What it calls itself.
    pub site: Site,
    /// The configured sources, in the order in which people see them.
    pub sources: Arc<Vec<SourceInfo>>,
    /// The searches that have feeds of their own.
    pub searches: Arc<Vec<SavedSearch>>,
    /// Its own counters, registered in `registry`.
    pub metrics: Metrics,
    /// What `/metrics` shows.
    pub registry: Arc<Registry>,
    /// Rings when notices were committed. Without a ring a change is seen within a second.
    pub doorbell: Doorbell,
    /// Hubs that distribute our feeds in the place of our own.
    pub hubs: Vec<Url>,
    /// Says which callbacks our hub may be given.
    pub guard: Guard,
    /// Rung when somebody asked our hub for something.
    pub asked: Doorbell,
    /// Rung when what feeds show may have changed.
    pub changed: Doorbell,
    /// Rung when a hub pushed something.
    pub pushed: Doorbell,
    /// What people are offered by mail; `None` where it is nothing.
    pub mailing: Option<Arc<Mailing>>,
    /// Makes and judges what links and forms carry.
    pub tokens: Tokens,
    /// The networks of the proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Tells when somebody unsubscribed.
    pub clock: Clock,
    /// Bounds.
    pub limits: Limits,
}

/// The server, and what it has in memory. Clones are one.
#[derive(Clone, Debug)]
pub struct Server(Arc<routes::House>);

impl Server {
    /// Makes it ready.
    ///
    /// # Errors
    ///
    /// When a template or word list in the program is broken.
    pub fn new(serve: Serve) -> io::Result<Self> {
        let house = routes::House::build(serve).map_err(io::Error::other)?;
        Ok(Self(Arc::new(house)))
    }

    /// Waits until what people asked for with forms so far is kept, or refused.
    pub async fn decides(&self) {
        self.0.desk.is_clear().await;
    }

    /// Rings when notices were committed.
    pub fn doorbell(&self) -> &Doorbell {
        &self.0.serve.doorbell
    }
}

/// Serves on `listener` until `stop`, then lets answers under way end within [`Limits::drain`].
///
/// # Errors
///
/// When the listener fails for good.
pub async fn run(listener: Listener, Server(house): Server, stop: CancellationToken) -> io::Result<()> {
    let serve = &house.serve;
    let (limits, metrics, doorbell) = (serve.limits, serve.metrics.clone(), serve.doorbell.clone());
    let rings = tokio::spawn({
        let house = Arc::clone(&house);
        async move {
            loop {
                doorbell.rung().await;
                house.versions.outdate();
                house.serve.changed.ring();
                house.events.bell.ring();
            }
        }
    });
    let events = tokio::spawn(events::watch(Arc::clone(&house)));
    let closing = tokio::spawn({
        let (house, stop) = (Arc::clone(&house), stop.clone());
        async move {
            stop.cancelled().await;
            house.events.close();
        }
    });
    let ended = accept::serve(listener, Arc::clone(&house), limits, metrics, stop).await;
    // What was answered 202 is kept.
    let _ = tokio::time::timeout(limits.drain, house.desk.is_clear()).await;
    rings.abort();
    events.abort();
    closing.abort();
    ended
}
