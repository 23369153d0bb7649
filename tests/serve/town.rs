//! A town with two boards, a store, a server on loopback, and a plain reader that shows every byte.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use gazetted::{
    notice::{Attachment, Change, Notice, NoticeId, SafeHtml, SourceId},
    ops::{Clock, Doorbell, Listen, Listener},
    serve::{self, Limits, Metrics, SavedSearch, Serve, Site, SourceInfo},
    store::{Absent, Announce, Health, Learned, RowFacts, SourceState, Store, sqlite::Sqlite},
};
use jiff::{Timestamp, tz::TimeZone};
use prometheus_client::registry::Registry;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

pub const NEWS: &str = "mois-news";
pub const TOWN: &str = "town";

pub struct Town {
    pub store: Arc<dyn Store>,
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub served: JoinHandle<std::io::Result<()>>,
    bell: Doorbell,
    time: Arc<AtomicI64>,
    dir: Arc<tempfile::TempDir>,
}

impl Town {
    pub async fn opens() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        let dir = Arc::new(tempfile::tempdir().expect("a folder"));
        let store = open(dir.path());
        let town = Self::serving(store, dir, limits, boards()).await;
        let due = [NEWS, TOWN].map(|id| (source(id), now_at(0)));
        town.store.enrol_sources(&due, now_at(0)).await.expect("enrolled");
        town
    }

    /// The same town after a restart, with `boards` configured.
    pub async fn restarts(self, boards: Vec<SourceInfo>) -> Self {
        let (dir, time) = (Arc::clone(&self.dir), self.time.load(Ordering::Relaxed));
        self.closes().await;
        let store = open(dir.path());
        let town = Self::serving(store, dir, Limits::default(), boards).await;
        town.time.store(time, Ordering::Relaxed);
        town
    }

    /// Writes noise over the database, as a dying disk would.
    pub fn breaks_the_store(&self) {
        for file in std::fs::read_dir(self.dir.path()).expect("a folder") {
            let path = file.expect("a file").path();
            let length = std::fs::metadata(&path).expect("a file").len();
            if path.extension().is_none_or(|extension| extension != "db-shm") {
                std::fs::write(&path, vec![0xa5; usize::try_from(length).expect("a small file")]).expect("written");
            }
        }
    }

    pub async fn closes(self) {
        self.stop.cancel();
        self.served.await.expect("no panic").expect("served");
    }

    pub async fn serving(
        store: Arc<dyn Store>,
        dir: Arc<tempfile::TempDir>,
        limits: Limits,
        sources: Vec<SourceInfo>,
    ) -> Self {
        let listen = Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = Listener::open(&listen).await.expect("a port");
        let address = listener.address().expect("a TCP address");
        let bell = Doorbell::default();
        let stop = CancellationToken::new();
        let time = Arc::new(AtomicI64::new(1));
        let serve = Serve {
            clock: Clock::shows({
                let time = Arc::clone(&time);
                move || now_at(time.load(Ordering::Relaxed).max(100))
            }),
            ..serve(&store, sources, &bell, limits)
        };
        let served = tokio::spawn(serve::run(listener, server(serve), stop.clone()));
        Self {
            store,
            address,
            stop,
            served,
            bell,
            time,
            dir,
        }
    }

    /// A second server of the same store, on a unix socket.
    pub async fn also_on_a_unix_socket(&self) -> (PathBuf, CancellationToken, JoinHandle<std::io::Result<()>>) {
        let path = self.dir.path().join("http.sock");
        let listener = Listener::open(&Listen::Unix(path.clone())).await.expect("a socket");
        let stop = CancellationToken::new();
        let serve = serve(&self.store, boards(), &Doorbell::default(), Limits::default());
        (
            path,
            stop.clone(),
            tokio::spawn(serve::run(listener, server(serve), stop)),
        )
    }

    /// Time passes before the next poll.
    pub fn passes(&self, seconds: i64) {
        self.time.fetch_add(seconds, Ordering::Relaxed);
    }

    /// It is `moment` before the next poll.
    pub fn passes_until(&self, moment: &str) {
        let moment: Timestamp = moment.parse().expect("a moment");
        self.time
            .store(moment.as_second() - now_at(0).as_second(), Ordering::Relaxed);
    }

    pub async fn posts(&self, id: &str, notices: impl IntoIterator<Item = Notice>) {
        self.learns(id, notices.into_iter().map(Change::New).collect()).await;
    }

    pub async fn revises(&self, id: &str, notice: Notice) {
        self.learns(id, vec![Change::Revised(notice)]).await;
    }

    pub async fn touches(&self, id: &str, notice: Notice) {
        self.learns(id, vec![Change::Touched(notice)]).await;
    }

    async fn learns(&self, id: &str, changes: Vec<Change>) {
        self.learns_that(id, changes, Absent::default(), |_| ()).await;
    }

    /// A poll that finds nothing new and leaves the state as `set` makes it.
    pub async fn remembers(&self, id: &str, set: impl FnOnce(&mut SourceState)) {
        self.learns_that(id, Vec::new(), Absent::default(), set).await;
    }

    /// A poll that finds notices missing.
    pub async fn misses(&self, id: &str, absent: Absent) {
        self.learns_that(id, Vec::new(), absent, |_| ()).await;
    }

    /// Commits what a poll would have learned, and rings.
    async fn learns_that(&self, id: &str, changes: Vec<Change>, absent: Absent, set: impl FnOnce(&mut SourceState)) {
        let now = now_at(self.time.fetch_add(60, Ordering::Relaxed));
        let lease = self.store.lease_source(&source(id), now, Duration::from_secs(30)).await;
        let lease = lease.expect("the store").expect("a lease");
        let mut state = lease.state.clone();
        state.last_poll = Some(now);
        state.last_good = Some(now);
        state.last_new = Some(now);
        state.health = Health::Ok;
        state.baseline_done = true;
        set(&mut state);
        let facts = |notice: &Notice| RowFacts {
            row: notice.fingerprint(),
            article_read: Some(now),
            order: notice.published.map_or(now, |day| day.zoned(&seoul()).timestamp()),
        };
        let changes = changes
            .into_iter()
            .map(|change| (change.clone(), facts(change.notice())))
            .collect();
        let learned = Learned {
            lease,
            now,
            changes,
            aliases: Vec::new(),
            absent,
            announce: Announce::Baseline,
            revisions: Default::default(),
            incident: None,
            push: None,
            state,
        };
        self.store.commit(learned).await.expect("committed");
        self.bell.ring();
        // The ring is heard by a task of the server; let it run before the next question.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"").await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, b"").await
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let bytes = [request.as_bytes(), body].concat();
        Answer::read(&self.raw(&bytes).await)
    }

    /// Sends `bytes`, reads until the server closes.
    pub async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).await.expect("connected");
        // The server may refuse before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    }
}

pub struct Answer {
    pub code: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn read(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .expect("the end of a head");
        let head = std::str::from_utf8(&bytes[..end]).expect("a head of text");
        let mut lines = head.split("\r\n");
        let code = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|code| code.parse().ok());
        let mut headers: HashMap<String, String> = HashMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let kept = headers.entry(name.to_ascii_lowercase()).or_default();
            if !kept.is_empty() {
                kept.push_str(", ");
            }
            kept.push_str(value.trim());
        }
        let mut body = bytes[end + 4..].to_vec();
        if headers
            .get("transfer-encoding")
            .is_some_and(|coding| coding == "chunked")
        {
            panic!("answers are made in memory and have a length");
        }
        if let Some(length) = headers.get("content-length").and_then(|length| length.parse().ok()) {
            body.truncate(length);
        }
        Self {
            code: code.expect("a status"),
            headers,
            body,
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

pub fn boards() -> Vec<SourceInfo> {
    let board = |id: &str, name: &str, language: &str, tags: &[&str]| SourceInfo {
        id: source(id),
        aliases: Vec::new(),
        name: name.to_owned(),
        page: format!("https://{id}.example.org/list.do?a=1&b=2")
            .parse()
            .expect("an address"),
        language: Some(language.to_owned()),
        zone: seoul(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        rights: None,
        corrections: Default::default(),
        legal_note: None,
        interval: Duration::from_secs(600),
        max_body: 1 << 20,
    };
    vec![
        board(NEWS, "MOIS News & Notices", "en", &["korea", "government"]),
        board(TOWN, "시청 공지", "ko", &["korea", "시청/공지"]),
    ]
}

/// The notice that this program was asked for.
pub fn digital_government() -> Notice {
    let mut notice = notice(
        NEWS,
        "nttId=22",
        "Republic of Korea talks the future of digital government with digital leaders",
    );
    notice.published = "2020-11-10".parse().ok();
    notice.views = Some(9872);
    notice.content = SafeHtml::clean(
        "<p>Ministers met.</p>\n<p>They agreed on a &lt;plan&gt; &amp; left.</p>",
        None,
    );
    notice.attachments = vec![
        Attachment {
            name: "Joint statement.pdf".to_owned(),
            url: "https://mois-news.example.org/down.do?a=1&b=2"
                .parse()
                .expect("an address"),
            media_type: None,
            length: Some(12_345),
        },
        Attachment {
            name: "사진.jpg".to_owned(),
            url: "https://mois-news.example.org/down.do?a=2".parse().expect("an address"),
            media_type: None,
            length: None,
        },
    ];
    notice
}

pub fn notice(board: &str, key: &str, title: &str) -> Notice {
    Notice {
        id: NoticeId::of(&source(board), key),
        key: key.to_owned(),
        title: title.to_owned(),
        link: format!("https://{board}.example.org/view.do?{key}").parse().ok(),
        published: None,
        updated: None,
        author: None,
        categories: Vec::new(),
        views: None,
        pinned: false,
        summary: None,
        content: None,
        attachments: Vec::new(),
        language: None,
        guid: None,
    }
}

pub fn source(id: &str) -> SourceId {
    id.parse().expect("an id")
}

/// A moment after the notices of these tests were published.
pub fn now_at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_605_000_000 + seconds).expect("a moment")
}

fn serve(store: &Arc<dyn Store>, sources: Vec<SourceInfo>, bell: &Doorbell, limits: Limits) -> Serve {
    let mut registry = Registry::with_prefix("gazetted");
    Serve {
        store: Arc::clone(store),
        site: Site {
            title: "City notices".to_owned(),
            rights: None,
            public_url: "https://notices.example.org/".parse().expect("an address"),
        },
        sources: Arc::new(sources),
        searches: Arc::new(vec![SavedSearch {
            id: "water".to_owned(),
            name: "Water in town".to_owned(),
            query: "water OR 단수 tag:korea".parse().expect("a query"),
        }]),
        metrics: Metrics::register(&mut registry),
        registry: Arc::new(registry),
        doorbell: bell.clone(),
        hubs: Vec::new(),
        guard: gazetted::net::Guard::default(),
        asked: Doorbell::default(),
        changed: Doorbell::default(),
        pushed: Doorbell::default(),
        mailing: None,
        tokens: gazetted::subscription::Tokens::new(&[7; 32]),
        trusted_proxies: Vec::new(),
        clock: Clock::shows(|| now_at(100)),
        limits,
    }
}

fn server(serve: Serve) -> serve::Server {
    serve::Server::new(serve).expect("a server")
}

fn seoul() -> TimeZone {
    TimeZone::get("Asia/Seoul").expect("a zone")
}

fn open(dir: &Path) -> Arc<dyn Store> {
    Arc::new(Sqlite::open(&dir.join("notices.db")).expect("a store"))
}
