//! What sending costs beside Postfix's `smtp-source`: one notice to many recipients, end to end from a durable outbox.
//!
//! `cargo bench --bench sending [-- RECIPIENTS]` (10,000 without one). Postfix's `smtp-sink` takes the mails; Debian's package
//! `postfix` has both programs. The daemon is the real one, on an SQLite file: the clock runs from the board's answer that shows
//! the notice to the last delivery that is recorded as sent. Between its turns `smtp-source` sends as many messages of the same
//! size over as many sessions. Each mail is signed with Ed25519. Rates are medians of the turns. Then a turn goes without a signature and
//! one with RSA of 2048 bits. Then a turn with ten times as many recipients shows whether
//! memory stays flat, and one with a hundred boards polled each second what is left for sending meanwhile. Linux.

use std::{
    fmt::Write,
    fs,
    net::{SocketAddr, TcpListener as Port},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa,
};
use axum::{
    Router,
    extract::{Path as Asked, State},
    response::Html,
    routing::get,
};
use base64::prelude::{BASE64_STANDARD, Engine};
use gazetted::{
    delivery::Stencil,
    subscription::{Address, Receiver, Wish},
};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use tokio::net::TcpListener;

/// How many sessions both have with the sink.
const SESSIONS: usize = 8;

/// How often each has its turn.
const TURNS: usize = 5;

/// How many boards are polled each second while mails are sent.
const BOARDS: usize = 100;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let recipients: usize = asked.unwrap_or(10_000);
    let sink = Sink::start()?;
    let ed25519 = BASE64_STANDARD.encode([7; 32]);
    let (mut ours, mut theirs, mut peak) = (Vec::new(), Vec::new(), 0);
    for turn in 1..=TURNS {
        let sent = send(recipients, 1, Some(&ed25519), &sink).await?;
        let rate = source_rate(recipients, sent.bytes, &sink)?;
        println!(
            "turn {turn}: {:.0}/s, smtp-source {rate:.0}/s, {} bytes a mail, at most {} MB, {:.0} µs of processor a mail",
            sent.rate, sent.bytes, sent.peak, sent.processor_us
        );
        ours.push(sent.rate);
        theirs.push(rate);
        peak = peak.max(sent.peak);
    }
    let ratio = median(&mut ours) / median(&mut theirs);
    println!(
        "{:.0}/s of {:.0}/s: {ratio:.2} of smtp-source over {SESSIONS} sessions",
        median(&mut ours),
        median(&mut theirs)
    );
    for (name, key) in [("no signature", None), ("RSA", Some(rsa_key()?))] {
        let sent = send(recipients, 1, key.as_deref(), &sink).await?;
        println!(
            "with {name}: {:.0}/s, {:.0} µs of processor a mail",
            sent.rate, sent.processor_us
        );
    }
    let many = send(recipients * 10, 1, Some(&ed25519), &sink).await?;
    println!(
        "{} recipients: {:.0}/s, at most {} MB, beside {peak} MB for {recipients}",
        recipients * 10,
        many.rate,
        many.peak
    );
    let beside = send(recipients, BOARDS, Some(&ed25519), &sink).await?;
    println!(
        "while {BOARDS} boards are polled each second: {:.0}/s, {:.0} polls/s",
        beside.rate, beside.polls
    );
    Ok(())
}

/// What came of one turn of ours.
struct Sent {
    rate: f64,
    bytes: usize,
    peak: u64,
    processor_us: f64,
    polls: f64,
}

/// The boards, all of which show the same.
#[derive(Default)]
struct Town {
    has_news: AtomicBool,
    /// When it first showed the news.
    shown: OnceLock<Instant>,
    asked: AtomicUsize,
}

/// A key for RSA of 2048 bits.
fn rsa_key() -> anyhow::Result<String> {
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048)?;
    let der: Pkcs8V1Der<'_> = pair.as_der()?;
    let key = BASE64_STANDARD.encode(der.as_ref());
    Ok(format!(
        "-----BEGIN PRIVATE KEY-----\\n{key}\\n-----END PRIVATE KEY-----"
    ))
}

async fn send(recipients: usize, boards: usize, key: Option<&str>, sink: &Sink) -> anyhow::Result<Sent> {
    let town = Arc::new(Town::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let board = listener.local_addr()?;
    let router = Router::new().route("/{board}", get(page)).with_state(Arc::clone(&town));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("sending.toml");
    fs::write(&file, configuration(folder.path(), board, (boards, key), sink.address)?)?;
    let daemon = Process(
        Command::new(env!("CARGO_BIN_EXE_gazetted"))
            .args(["run", "--log", "error", "--config"])
            .arg(&file)
            .stderr(Stdio::inherit())
            .spawn()?,
    );
    let path = folder.path().join("sending.db");
    until("the first look", || Ok(town.asked.load(Ordering::Relaxed) > 2 * boards)).await?;
    let db = Connection::open(&path)?;
    enrol(&db, recipients)?;
    let reader = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let (before, polls) = (daemon.ticks()?, town.asked.load(Ordering::Relaxed));
    town.has_news.store(true, Ordering::Relaxed);
    let count = |sql: &str| Ok::<_, anyhow::Error>(reader.query_row(sql, [], |row| row.get::<_, i64>(0))? as usize);
    until("the fan-out", || {
        Ok(count("SELECT count(*) FROM deliveries WHERE id <= 1")? > 0)
    })
    .await?;
    let bytes = until_some("a mail", || {
        let sql = "SELECT d.rendered, s.body FROM deliveries d JOIN stencils s ON s.id = d.stencil
                   WHERE d.id <= 1000 AND d.rendered IS NOT NULL LIMIT 1";
        let row = reader.query_row(sql, [], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?)));
        let Some((words, stencil)) = row.optional()? else {
            return Ok(None);
        };
        let (words, stencil): (Vec<String>, Stencil) =
            (serde_json::from_slice(&words)?, serde_json::from_str(&stencil)?);
        Ok(Some(stencil.filled(&words).len()))
    })
    .await?;
    until("the last mail", || {
        let waiting =
            count("SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state IN ('queued', 'leased') LIMIT 1)")?;
        Ok(waiting == 0 && count("SELECT count(*) FROM announcements")? == 0)
    })
    .await?;
    let took = town.shown.get().context("nobody saw the news")?.elapsed();
    anyhow::ensure!(
        count("SELECT count(*) FROM deliveries WHERE state = 'sent'")? == recipients,
        "not all were sent"
    );
    let sent = Sent {
        rate: recipients as f64 / took.as_secs_f64(),
        bytes,
        peak: daemon.peak()?,
        processor_us: (daemon.ticks()? - before) as f64 * 1e4 / recipients as f64,
        polls: (town.asked.load(Ordering::Relaxed) - polls) as f64 / took.as_secs_f64(),
    };
    serving.abort();
    Ok(sent)
}

fn configuration(
    folder: &Path,
    board: SocketAddr,
    (boards, key): (usize, Option<&str>),
    sink: SocketAddr,
) -> anyhow::Result<String> {
    let listen = Port::bind("127.0.0.1:0")?.local_addr()?;
    let mut config = format!(
        "[server]\nlisten = \"{listen}\"\npublic_url = \"https://notices.example.org/\"\n[store]\nurl = \"sqlite:{}/sending.db\"\n\
         [fetch]\nallow_networks = [\"127.0.0.0/8\"]\nper_host_interval = \"0s\"\nper_host_concurrency = 8\n\
         [poll]\ninterval = \"1s\"\nmin_interval = \"1s\"\nadaptive = false\n\
         [email]\nsmtp = \"smtp://{sink}\"\nfrom = \"City notices <notices@example.org>\"\n",
        folder.display()
    );
    if let Some(key) = key {
        writeln!(
            config,
            "dkim = {{ domain = \"example.org\", selector = \"s\", key = \"{key}\" }}"
        )?;
    }
    for number in 0..boards {
        write!(
            config,
            "[[source]]\nid = \"board-{number}\"\nurl = \"http://{board}/{number}\"\nkind = \"board\"\n\
             [source.board]\nrow = \"tbody tr\"\ntitle = \"td.title a\"\nlink = \"td.title a @href\"\ndate = \"td.date\"\nsummary = \"td.text\"\n"
        )?;
    }
    Ok(config)
}

/// A page of twelve notices, and one more when there is news on the first board.
async fn page(State(town): State<Arc<Town>>, Asked(board): Asked<usize>) -> Html<String> {
    town.asked.fetch_add(1, Ordering::Relaxed);
    let news = usize::from(board == 0 && town.has_news.load(Ordering::Relaxed));
    if news > 0 {
        town.shown.get_or_init(Instant::now);
    }
    let text =
        "The council has decided on the matter that was laid before it, and gives notice of it here. ".repeat(12);
    let rows = (0..12 + news).rev().fold(String::new(), |mut rows, notice| {
        let _ = write!(
            rows,
            "<tr><td class=title><a href='/view?board={board}&no={notice}'>Notice {notice} of board {board}: a title as long \
             as titles are</a></td><td class=text>{text}</td><td class=date>2026.11.{}</td></tr>",
            10 + notice
        );
        rows
    });
    Html(format!(
        "<!doctype html><title>Board {board}</title><table><tbody>{rows}</tbody></table>"
    ))
}

/// People who follow everything, as if they had subscribed themselves.
fn enrol(db: &Connection, recipients: usize) -> anyhow::Result<()> {
    db.busy_timeout(Duration::from_secs(30))?;
    db.execute_batch("BEGIN IMMEDIATE")?;
    let mut put =
        db.prepare("INSERT INTO receivers (id, token_hash, since, receiver) VALUES (?1, randomblob(32), 0, ?2)")?;
    for number in 0..recipients {
        let address: Address = format!("reader-{number}@town-{}.example.net", number % 50).parse()?;
        let receiver = Receiver {
            wishes: vec![Wish {
                number: 1,
                ..Wish::default()
            }],
            zone: "Asia/Seoul".to_owned(),
            ..Receiver::reader(address, "en")
        };
        put.execute(params![receiver.id.0, serde_json::to_string(&receiver)?])?;
    }
    db.execute_batch("COMMIT")?;
    Ok(())
}

/// Messages a second that `smtp-source` sends.
fn source_rate(messages: usize, bytes: usize, sink: &Sink) -> anyhow::Result<f64> {
    let start = Instant::now();
    let status = Command::new("smtp-source")
        .args([
            "-d",
            "-s",
            &SESSIONS.to_string(),
            "-m",
            &messages.to_string(),
            "-l",
            &bytes.to_string(),
        ])
        .args([
            "-f",
            "notices@example.org",
            "-t",
            "reader@example.net",
            &sink.address.to_string(),
        ])
        .status()
        .context("smtp-source, of Debian's package postfix")?;
    anyhow::ensure!(status.success(), "smtp-source failed");
    Ok(messages as f64 / start.elapsed().as_secs_f64())
}

/// Postfix's sink, which throws mail away.
struct Sink {
    address: SocketAddr,
    _process: Process,
}

impl Sink {
    fn start() -> anyhow::Result<Self> {
        let address = Port::bind("127.0.0.1:0")?.local_addr()?;
        // It wants a user's name where it is started by root, and nowhere else.
        let root = fs::read_to_string("/proc/self/status")?.contains("\nUid:\t0\t");
        let user: &[&str] = if root { &["-u", "nobody"] } else { &[] };
        let process = Command::new("smtp-sink")
            .args(user)
            .args([&address.to_string(), "256"])
            .spawn();
        let process = Process(process.context("smtp-sink, of Debian's package postfix")?);
        let start = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            anyhow::ensure!(start.elapsed() < Duration::from_secs(10), "smtp-sink does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self {
            address,
            _process: process,
        })
    }
}

/// A process that ends with us.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Its peak memory, in MB.
    fn peak(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .context("no peak")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kilobytes / 1_000)
    }

    /// Processor time so far, in hundredths of a second.
    fn ticks(&self) -> anyhow::Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let after = stat.rsplit_once(") ").context("no name")?.1;
        let fields: Vec<&str> = after.split(' ').collect();
        Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
    }
}

async fn until(what: &str, holds: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    until_some(what, || Ok(holds()?.then_some(()))).await
}

async fn until_some<T>(what: &str, look: impl Fn() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let start = Instant::now();
    loop {
        match look() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(error) if start.elapsed() > Duration::from_secs(5) => return Err(error),
            Err(_) => {}
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(600),
            "no end of waiting for {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
