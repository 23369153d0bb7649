//! `GET /events`: new notices as they come, as server-sent events (HTML Living Standard). Event ids are places in the ledger, so
//! that who was away goes on from the store where they were.
//!
//! One look at the store serves all streams. Whoever can't keep up is hung up on, and goes on from the last id.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{
        HeaderMap, HeaderValue, Method, Response, StatusCode, Uri,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE},
    },
};
use futures_util::stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast, broadcast::error::RecvError},
    time::{Instant, Interval, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::{feeds, renderings::Missing, routes::House, store::in_time};
use crate::{
    feed,
    notice::{Entry, SourceId},
    ops::Doorbell,
    store::StoreError,
};

/// How many events a stream may be behind before it is hung up on.
const BEHIND: usize = 256;

/// How many notices one stream makes up for; then it is hung up on, and goes on from there when it comes back.
const MADE_UP: usize = 1_000;

/// How far back in the ledger anybody goes on from.
const FARTHEST: i64 = 20_000;

/// How many notices are read at a time.
const PAGE: usize = 50;

/// Several workers on one PostgreSQL number their notices before they are there to be seen: so many places back is looked again.
const OVERLAP: i64 = 50;

/// How often something is said, so that nobody between takes the stream for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How often is looked without a ring, for other nodes' notices.
const LOOK: Duration = Duration::from_secs(1);

/// How soon a stream that ended is to come back, in milliseconds.
const RETRY: &str = "retry: 3000\n\n";

/// All streams.
#[derive(Debug)]
pub(super) struct Events {
    told: broadcast::Sender<Event>,
    places: Arc<Semaphore>,
    /// Rung when there may be new notices.
    pub(super) bell: Doorbell,
    closing: CancellationToken,
}

#[derive(Clone, Debug)]
struct Event {
    seq: i64,
    source: SourceId,
    bytes: Bytes,
}

impl Events {
    /// No stream yet, and so many at most.
    pub(super) fn new(streams: usize) -> Self {
        Self {
            told: broadcast::Sender::new(BEHIND),
            places: Arc::new(Semaphore::new(streams)),
            bell: Doorbell::default(),
            closing: CancellationToken::new(),
        }
    }

    /// Ends all streams.
    pub(super) fn close(&self) {
        self.closing.cancel();
    }
}

/// Begins a stream.
pub(super) async fn stream(
    State(house): State<Arc<House>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(of) = wanted(&house, uri.query()) else {
        return house.missing(&Missing::Unknown, &uri, &headers);
    };
    let mut answer = Response::new(Body::empty());
    let told = [
        (CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    for (name, value) in told {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    // Proxies are not to gather what should go out at once.
    answer
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    if method == Method::HEAD {
        return answer;
    }
    let Ok(place) = Arc::clone(&house.events.places).try_acquire_owned() else {
        return house.word(StatusCode::SERVICE_UNAVAILABLE, "busy", &uri, &headers);
    };
    // Listening begins before looking: what comes in between is heard.
    let live = house.events.told.subscribe();
    house.events.bell.ring();
    let newest = match in_time(house.serve.store.newest_seq()).await {
        Ok(newest) => newest,
        Err(failure) => return house.missing(&Missing::Store(failure), &uri, &headers),
    };
    let last = last_seen(&uri, &headers).map_or(newest, |last| last.clamp(newest - FARTHEST, newest));
    let mut heartbeat = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stream = Stream {
        closing: house.events.closing.clone(),
        house,
        of,
        begin: last,
        last,
        made_up: Some(0),
        told: HashSet::new(),
        ready: VecDeque::from([Bytes::from_static(RETRY.as_bytes())]),
        live,
        heartbeat,
        _place: place,
    };
    *answer.body_mut() = Body::from_stream(stream::unfold(stream, |mut stream| async move {
        let next = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(next), stream))
    }));
    answer
}

/// Which notices a stream tells.
enum Wanted {
    /// Those of all sources.
    All,
    /// Those of these sources.
    Of(HashSet<SourceId>),
}

impl Wanted {
    fn has(&self, source: &SourceId) -> bool {
        match self {
            Self::All => true,
            Self::Of(sources) => sources.contains(source),
        }
    }

    fn sources(&self, house: &House) -> Vec<SourceId> {
        match self {
            Self::All => configured(house),
            Self::Of(sources) => sources.iter().cloned().collect(),
        }
    }
}

fn configured(house: &House) -> Vec<SourceId> {
    house.serve.sources.iter().map(|source| source.id.clone()).collect()
}

/// What `?source=` and `?tag=` ask for; `None` when there is no such source or tag.
fn wanted(house: &House, query: Option<&str>) -> Option<Wanted> {
    let pairs: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
    let named = |name: &'static str| {
        let values = pairs.iter().filter(move |(told, _)| told == name);
        values.flat_map(|(_, value)| value.split(',').map(str::trim).filter(|value| !value.is_empty()))
    };
    if named("source").chain(named("tag")).next().is_none() {
        return Some(Wanted::All);
    }
    let mut of = HashSet::new();
    for id in named("source") {
        of.insert(house.source(&id.parse().ok()?)?.id.clone());
    }
    for tag in named("tag") {
        let sources = house.serve.sources.iter();
        let mut tagged = sources
            .filter(|source| source.tags.iter().any(|told| told == tag))
            .peekable();
        tagged.peek()?;
        of.extend(tagged.map(|source| source.id.clone()));
    }
    Some(Wanted::Of(of))
}

/// `Last-Event-ID`, or `lastEventId` in the address, as browsers without a header of their own send it.
fn last_seen(uri: &Uri, headers: &HeaderMap) -> Option<i64> {
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let in_address = pairs.into_iter().find(|(name, _)| name == "lastEventId");
    let told = header.map(str::to_owned).or(in_address.map(|(_, id)| id.into_owned()));
    told?.trim().parse().ok().filter(|id| *id >= 0)
}

/// One stream.
struct Stream {
    house: Arc<House>,
    of: Wanted,
    /// What it had seen when it began.
    begin: i64,
    /// The last place that was read from the store.
    last: i64,
    /// How many were made up for; `None` once it is on a level with the others.
    made_up: Option<usize>,
    /// Those that were told from the store, and may come again.
    told: HashSet<i64>,
    ready: VecDeque<Bytes>,
    live: broadcast::Receiver<Event>,
    heartbeat: Interval,
    closing: CancellationToken,
    /// Given back when the stream ends.
    _place: OwnedSemaphorePermit,
}

impl Stream {
    /// What is to be said next; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if self.closing.is_cancelled() {
                return None;
            }
            match self.made_up {
                Some(MADE_UP..) => return None,
                Some(_) => self.make_up().await.ok()?,
                None => {
                    tokio::select! {
                        () = self.closing.cancelled() => return None,
                        event = self.live.recv() => match event {
                            Ok(event) if self.wants(&event) => return Some(event.bytes),
                            Ok(_) => {}
                            // It is too far behind.
                            Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                        },
                        _ = self.heartbeat.tick() => return Some(Bytes::from_static(b":\n\n")),
                    }
                }
            }
        }
    }

    /// Reads some of what came while it was away.
    async fn make_up(&mut self) -> Result<(), StoreError> {
        let sources = self.of.sources(&self.house);
        let work = self.house.serve.store.entries_after(&sources, self.last, PAGE);
        let page = in_time(work).await?;
        let read = page.len();
        if let Some(entry) = page.last() {
            self.last = entry.seq;
        }
        let events = page.into_iter().filter_map(|entry| event(&self.house, entry));
        for event in events {
            self.told.insert(event.seq);
            self.ready.push_back(event.bytes);
        }
        self.made_up = self.made_up.map(|made_up| made_up + read).filter(|_| read == PAGE);
        Ok(())
    }

    fn wants(&mut self, event: &Event) -> bool {
        event.seq > self.begin && self.of.has(&event.source) && !self.told.remove(&event.seq)
    }
}

fn event(house: &House, entry: Entry) -> Option<Event> {
    let (seq, source) = (entry.seq, entry.source.clone());
    if entry.withdrawn.is_some() {
        return None;
    }
    let shown = feeds::feed_entry(house, entry)?;
    Some(Event {
        seq,
        source,
        bytes: feed::event(&shown).into(),
    })
}

/// Tells all streams of new notices, until the server stops.
pub(super) async fn watch(house: Arc<House>) {
    let events = &house.events;
    let sources = configured(&house);
    let mut watch = Watch::default();
    loop {
        if let Err(failure) = watch.look(&house, &sources).await {
            tracing::debug!(%failure, "new notices can't be looked for");
        }
        let rest = match events.told.receiver_count() {
            0 => HEARTBEAT,
            _ => LOOK,
        };
        tokio::select! {
            () = events.closing.cancelled() => return,
            () = events.bell.rung() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// What the streams were told.
#[derive(Default)]
struct Watch {
    /// Up to where, some places aside that were taken and not yet to be seen.
    seen: i64,
    /// What was told of the last places; nothing is known of them while nobody listens.
    told: Option<HashSet<i64>>,
}

impl Watch {
    /// Tells what is new.
    async fn look(&mut self, house: &House, sources: &[SourceId]) -> Result<(), StoreError> {
        let store = &house.serve.store;
        let newest = store.newest_seq().await?;
        if house.events.told.receiver_count() == 0 {
            *self = Self {
                seen: newest,
                told: None,
            };
            return Ok(());
        }
        let is_first = self.told.is_none();
        let told = self.told.get_or_insert_default();
        // Streams that are new begin at the newest, or make up for themselves.
        let mut after = self.seen.max(newest - MADE_UP as i64) - OVERLAP;
        loop {
            let page = store.entries_after(sources, after, PAGE).await?;
            let read = page.len();
            for entry in page {
                after = entry.seq;
                let is_news = told.insert(entry.seq) && !(is_first && entry.seq <= self.seen);
                if is_news && let Some(event) = event(house, entry) {
                    // Nobody may be listening any more.
                    let _ = house.events.told.send(event);
                }
            }
            if read < PAGE {
                break;
            }
        }
        self.seen = newest.max(after);
        told.retain(|seq| *seq > self.seen - 2 * OVERLAP);
        Ok(())
    }
}
