//! A ledger of 1,000 sources and 200,000 notices: how soon after the start the first feed is answered, and how long searches take.
//!
//! `cargo bench --bench ledger` fills an SQLite store (a minute or more), then prints both. Searches are asked of the store, so
//! without the making of pages.

use std::{
    fmt::Write,
    fs,
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use gazetted::{
    notice::{Change, Notice, NoticeId, SafeHtml, SourceId},
    search::Query,
    store::{self, Announce, Learned, RowFacts, Search, SourceState, Store},
};
use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const SOURCES: usize = 1_000;
const NOTICES: usize = 200;
const ROUNDS: usize = 20;
const WORDS: [&str; 12] = [
    "water",
    "notice",
    "tender",
    "road",
    "council",
    "minutes",
    "단수 안내",
    "공사",
    "모집 공고",
    "회의록",
    "도로",
    "2026",
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}/ledger.db", folder.path().display());
    let filled = Instant::now();
    {
        let store = store::open(&url, None).await?;
        fill(store.as_ref()).await?;
        println!(
            "{} notices kept in {:.0} s",
            SOURCES * NOTICES,
            filled.elapsed().as_secs_f64()
        );
        search(store.as_ref()).await?;
    }
    let mut starts = Vec::new();
    for _ in 0..5 {
        starts.push(start(folder.path(), &url).await?);
    }
    starts.sort();
    println!(
        "first feed after the start: {} ms (median of {}), {} ms at most",
        starts[2].as_millis(),
        starts.len(),
        starts[4].as_millis()
    );
    Ok(())
}

async fn fill(store: &dyn Store) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let due = ids().map(|id| (id, now)).collect::<Vec<_>>();
    store.enrol_sources(&due, now + Duration::from_secs(86_400)).await?;
    for (nth, id) in ids().enumerate() {
        let lease = store
            .lease_source(&id, now, Duration::from_secs(60))
            .await?
            .context("a lease")?;
        let changes = (0..NOTICES).map(|number| {
            let order = now - Duration::from_secs((number * SOURCES + nth) as u64 * 60);
            let notice = Notice {
                published: format!("{}", order.to_zoned(jiff::tz::TimeZone::UTC).date())
                    .parse()
                    .ok(),
                ..notice(&id, nth, number)
            };
            let facts = RowFacts {
                row: notice.fingerprint(),
                article_read: None,
                order,
            };
            (Change::New(notice), facts)
        });
        let learned = Learned {
            now,
            changes: changes.collect(),
            aliases: Vec::new(),
            absent: Default::default(),
            announce: Announce::Baseline,
            revisions: Default::default(),
            incident: None,
            push: None,
            state: SourceState {
                next_poll: now + Duration::from_secs(3_600),
                baseline_done: true,
                ..lease.state.clone()
            },
            lease,
        };
        store.commit(learned).await?;
    }
    Ok(())
}

async fn search(store: &dyn Store) -> anyhow::Result<()> {
    for told in [
        "water",
        "단수",
        "water 도로 tender",
        "\"rare-77-7\"",
        "zeppelin",
        "notice -water after:2026",
        "공사 OR minutes",
        "water before:2000",
        "water before:2026-06",
        "water after:2026-11-20",
        "-zeppelin before:2026-06",
        "water source:board-7",
        "water source:board-7 source:board-8 before:2026-06",
    ] {
        let query: Query = told.parse()?;
        let search = Search {
            sources: ids().filter(|id| query.follows(id, &[])).collect(),
            query,
            behind: None,
        };
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..ROUNDS {
            let asked = Instant::now();
            found = store.search(&search, 31).await?.len();
            times.push(asked.elapsed());
        }
        times.sort();
        println!(
            "{told:30} {found:3} shown, {:7.1} ms (median), {:7.1} ms at most",
            millis(times[ROUNDS / 2]),
            millis(times[ROUNDS - 1])
        );
    }
    Ok(())
}

/// From the start of the program to the last byte of a feed.
async fn start(folder: &std::path::Path, url: &str) -> anyhow::Result<Duration> {
    let listen = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let mut config = format!("[server]\nlisten = \"{listen}\"\n[store]\nurl = \"{url}\"\n");
    for id in ids() {
        write!(
            config,
            "[[source]]\nid = \"{id}\"\nurl = \"https://{id}.example/list\"\nkind = \"board\"\n[source.board]\nrow = \"tbody tr\"\n\
             title = \"td.title a\"\ndate = \"td.date\"\n"
        )?;
    }
    let file = folder.join("ledger.toml");
    fs::write(&file, config)?;
    let begun = Instant::now();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_gazetted"))
        .args(["run", "--log", "error", "--config"])
        .arg(&file)
        .stderr(Stdio::inherit())
        .spawn()?;
    let answered = tokio::time::timeout(Duration::from_secs(60), async {
        while !is_answered(listen).await.unwrap_or_default() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    let answered = answered.await.map(|()| begun.elapsed());
    daemon.kill()?;
    daemon.wait()?;
    answered.context("no feed in a minute")
}

async fn is_answered(listen: SocketAddr) -> anyhow::Result<bool> {
    let mut stream = TcpStream::connect(listen).await?;
    stream
        .write_all(b"GET /feeds/board-7.atom HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"</feed>"))
}

fn ids() -> impl Iterator<Item = SourceId> {
    (0..SOURCES).map(|number| format!("board-{number}").parse().expect("an id"))
}

fn notice(source: &SourceId, nth: usize, number: usize) -> Notice {
    let word = |at: usize| WORDS[(nth * 7 + number * 13 + at * 5 + number / (at + 1)) % WORDS.len()];
    let text: Vec<&str> = (0..40).map(word).collect();
    let key = format!("{number}");
    Notice {
        id: NoticeId::of(source, &key),
        title: format!("{} {} rare-{nth}-{number}", word(1), word(3)),
        link: format!("https://{source}.example/view?id={key}").parse().ok(),
        key,
        published: None,
        updated: None,
        author: None,
        categories: Vec::new(),
        views: None,
        pinned: false,
        summary: None,
        content: SafeHtml::of_text(&text.join(" ")),
        attachments: Vec::new(),
        language: None,
        guid: None,
    }
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}
