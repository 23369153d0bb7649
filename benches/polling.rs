//! What polling costs beside a bare client loop that downloads and parses the same bodies: `cargo bench --bench polling [-- SOURCES]`.
//!
//! Every source is a feed of 40 KB on a loopback host of its own, and no host has a robots.txt. The daemon's loop on an
//! SQLite file, and reqwest with the same settings and feed-rs, are each a process of their own, so that the processor time is
//! theirs alone; the hosts live in this one. Rounds: the first look (the daemon asks for each robots.txt too, the loop
//! doesn't), all changed (the oldest notice makes way for a new one), nothing changed (304; five times). Linux.

use std::{
    env,
    fmt::Write,
    fs,
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::{StreamExt, stream};
use gazetted::{
    app::App,
    config,
    ops::{Clock, Pulse},
};
use jiff::Timestamp;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    process::{Child, ChildStdin, ChildStdout, Command},
};
use tokio_util::sync::CancellationToken;

/// How many requests at once, as `[fetch] concurrency` has it. Polls begin as fast as the loop's requests do: `min_interval` is
/// a second, and by default what is overdue would begin over five minutes.
const AT_ONCE: usize = 64;

/// What each round is called, the edition that the hosts show in it, how often it is done, and how many times the loop's processor
/// time is allowed.
const ROUNDS: [(&str, usize, usize, Option<f64>); 3] = [
    ("first look", 1, 1, None),
    ("all changed", 2, 1, Some(3.0)),
    ("nothing changed", 2, 5, Some(2.0)),
];

/// Peak memory of the daemon, in MB.
const MOST_MEMORY: u64 = 150;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["daemon", config] => daemon(Path::new(config)).await,
        ["loop", urls] => bare_loop(fs::read_to_string(urls)?.lines().map(str::to_owned).collect()).await,
        others => {
            let asked = others.iter().find_map(|argument| argument.parse().ok());
            compare(asked.unwrap_or(2_000)).await
        }
    }
}

/// The hosts, all on one port.
#[derive(Default)]
struct Hosts {
    edition: AtomicUsize,
    answered: AtomicUsize,
}

async fn compare(sources: usize) -> anyhow::Result<()> {
    let hosts = Arc::new(Hosts::default());
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    let port = listener.local_addr()?.port();
    let router = Router::new()
        .route("/feed.xml", get(answer))
        .with_state(Arc::clone(&hosts));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let folder = tempfile::tempdir()?;
    let urls: Vec<String> = (0..sources)
        .map(|number| SocketAddr::from(([127, 1, (number / 250) as u8, (number % 250) as u8 + 1], port)))
        .map(|host| format!("http://{host}/feed.xml"))
        .collect();
    let (list, toml) = (folder.path().join("urls"), folder.path().join("bench.toml"));
    fs::write(&list, urls.join("\n"))?;
    fs::write(&toml, configuration(&urls, folder.path())?)?;

    let measured_daemon = rounds(&hosts, sources, "daemon", &toml).await?;
    let measured_loop = rounds(&hosts, sources, "loop", &list).await?;
    println!(
        "{sources} feeds of {} KB, processor time:",
        body("127.0.0.1", 1).len() / 1_000
    );
    println!("{:16} {:>10} {:>10} {:>7}", "", "daemon", "loop", "ratio");
    for (((name, _, _, most), daemon), bare) in ROUNDS.iter().zip(&measured_daemon).zip(&measured_loop) {
        let ratio = daemon.processor / bare.processor;
        let verdict = most.map_or(String::new(), |most| format!("  {} {most}", within(ratio <= most)));
        println!(
            "{name:16} {:>8.2} s {:>8.2} s {ratio:>7.2}{verdict}",
            daemon.processor, bare.processor
        );
    }
    let memory = |rounds: &[Round]| rounds.iter().map(|round| round.peak).max().unwrap_or_default();
    let (daemon, bare) = (memory(&measured_daemon), memory(&measured_loop));
    println!(
        "{:16} {daemon:>7} MB {bare:>7} MB {:7}  {} {MOST_MEMORY} MB",
        "peak memory",
        "",
        within(daemon < MOST_MEMORY)
    );
    Ok(())
}

fn within(held: bool) -> &'static str {
    if held { "within" } else { "OVER" }
}

/// What a round cost.
#[derive(Debug)]
struct Round {
    /// Seconds; the mean where it was done more than once.
    processor: f64,
    /// Memory until then, in MB.
    peak: u64,
}

/// Has this program do all rounds as `role` in a process of its own.
async fn rounds(hosts: &Hosts, sources: usize, role: &str, of: &Path) -> anyhow::Result<Vec<Round>> {
    let mut child = Command::new(env::current_exe()?)
        .arg(role)
        .arg(of)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut measured = Vec::new();
    let mut says = BufReader::new(child.stdout.take().context("no output")?);
    let mut hears = child.stdin.take().context("no input")?;
    for (_, edition, times, _) in ROUNDS {
        hosts.edition.store(edition, Ordering::SeqCst);
        let mut of_all = Round {
            processor: 0.0,
            peak: 0,
        };
        for _ in 0..times {
            hosts.answered.store(0, Ordering::SeqCst);
            let one = round(hosts, sources, &mut child, &mut hears, &mut says).await?;
            of_all.processor += one.processor / times as f64;
            of_all.peak = of_all.peak.max(one.peak);
        }
        measured.push(of_all);
    }
    drop(hears);
    child.wait().await?;
    Ok(measured)
}

async fn round(
    hosts: &Hosts,
    sources: usize,
    child: &mut Child,
    hears: &mut ChildStdin,
    says: &mut BufReader<ChildStdout>,
) -> anyhow::Result<Round> {
    let process = child.id().context("it has ended")?;
    let mut line = String::new();
    says.read_line(&mut line).await?;
    let before = ticks(process)?;
    hears.write_all(b"go\n").await?;
    while hosts.answered.load(Ordering::SeqCst) < sources {
        anyhow::ensure!(child.try_wait()?.is_none(), "it has ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    hears.write_all(b"that was all\n").await?;
    says.read_line(&mut line).await?;
    Ok(Round {
        processor: (ticks(process)? - before) as f64 / 100.0,
        peak: peak(process)?,
    })
}

/// The daemon's loop: a round begins when all sources are due, and ends with the polls that are under way by then.
async fn daemon(file: &Path) -> anyhow::Result<()> {
    let hours = Arc::new(AtomicI64::new(0));
    let shown = Arc::clone(&hours);
    let begin = Timestamp::now();
    let clock = Clock::shows(move || begin + Duration::from_secs(7_200 * shown.load(Ordering::SeqCst).unsigned_abs()));
    let (_, config) = config::load(Some(file))?;
    let app = App::open(config, clock).await?;
    say("ready")?;
    while hear().await? {
        let stop = CancellationToken::new();
        let polling = tokio::spawn(app.poller().clone().run(Pulse::default(), stop.clone()));
        hear().await?;
        stop.cancel();
        polling.await?;
        say("done")?;
        hours.fetch_add(1, Ordering::SeqCst);
        say("ready")?;
    }
    let states = app.store().source_states().await?;
    for state in states {
        anyhow::ensure!(state.notices > 1 && state.failures == 0, "{state:?}");
    }
    Ok(())
}

/// Downloads and parses, and remembers nothing but validators.
async fn bare_loop(urls: Vec<String>) -> anyhow::Result<()> {
    let client = reqwest::Client::builder()
        .user_agent("loop")
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()?;
    let mut tags = vec![None; urls.len()];
    say("ready")?;
    while hear().await? {
        let asking = urls.iter().zip(tags).map(|(url, tag)| {
            let (client, url) = (client.clone(), url.clone());
            async move { tokio::spawn(ask(client, url, tag)).await? }
        });
        let answers: Vec<anyhow::Result<_>> = stream::iter(asking).buffered(AT_ONCE).collect().await;
        tags = answers.into_iter().collect::<anyhow::Result<_>>()?;
        hear().await?;
        say("done")?;
        say("ready")?;
    }
    Ok(())
}

async fn ask(
    client: reqwest::Client,
    url: String,
    tag: Option<header::HeaderValue>,
) -> anyhow::Result<Option<header::HeaderValue>> {
    let mut request = client.get(url);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let answer = request.send().await?.error_for_status()?;
    let tag = answer.headers().get(header::ETAG).cloned();
    if answer.status() == StatusCode::OK {
        let body = answer.bytes().await?;
        let feed = feed_rs::parser::parse(&body[..])?;
        anyhow::ensure!(!feed.entries.is_empty(), "nothing was read");
    }
    Ok(tag)
}

/// Waits for a line of this program's first process; false when it has no more.
async fn hear() -> anyhow::Result<bool> {
    let read = || std::io::stdin().read_line(&mut String::new());
    Ok(tokio::task::spawn_blocking(read).await?? > 0)
}

/// Tells this program's first process.
fn say(word: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{word}")?;
    Ok(out.flush()?)
}

async fn answer(State(hosts): State<Arc<Hosts>>, headers: HeaderMap) -> Response {
    let edition = hosts.edition.load(Ordering::SeqCst);
    let tag = format!("\"{edition}\"");
    hosts.answered.fetch_add(1, Ordering::SeqCst);
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|seen| seen == tag.as_str())
    {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let named = [
        (header::ETAG, tag),
        (header::CONTENT_TYPE, "application/rss+xml".to_owned()),
    ];
    (named, body(host, edition)).into_response()
}

/// A feed of 32 notices; with each edition a new one comes first and the oldest goes.
fn body(host: &str, edition: usize) -> String {
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n\
         <title>Notices of {host}</title>\n<link>http://{host}/</link>\n<description>What is made known</description>\n"
    );
    for number in (edition..edition + 32).rev() {
        let _ = write!(
            feed,
            "<item><title>Town hall closed, notice {number}</title><link>http://{host}/view?id={number}</link>\
             <guid isPermaLink=\"false\">notice-{number}</guid><pubDate>Tue, 10 Nov 2020 09:{minute:02}:00 +0900</pubDate>\
             <dc:creator>Civil Affairs</dc:creator><category>Offices</category><description><![CDATA[",
            minute = number % 60
        );
        for paragraph in 0..3 {
            let _ = write!(
                feed,
                "<p>Notice {number}.{paragraph}: the town hall is <b>closed</b> from {from} to {to} November &amp; the library, too. \
                 Please use the <a href=\"/counter?id={number}&amp;part={paragraph}\">counter in the market hall</a> for passports, \
                 parking permits and registrations. 자세한 사항은 담당 부서에 문의하시기 바랍니다.</p>",
                from = 1 + number % 20,
                to = 3 + number % 20,
            );
        }
        feed.push_str("]]></description></item>\n");
    }
    feed.push_str("</channel>\n</rss>\n");
    feed
}

fn configuration(urls: &[String], folder: &Path) -> anyhow::Result<String> {
    let mut config = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:{}/bench.db\"\n[fetch]\nallow_networks = [\"127.0.0.0/8\"]\n\
         concurrency = {AT_ONCE}\nper_host_interval = \"0s\"\n[poll]\nmin_interval = \"1s\"\n",
        folder.display()
    );
    for (number, url) in urls.iter().enumerate() {
        write!(
            config,
            "[[source]]\nid = \"town-{number}\"\nurl = \"{url}\"\nkind = \"feed\"\n"
        )?;
    }
    Ok(config)
}

/// The most memory that was resident, in MB.
fn peak(process: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no such line")?;
    let kilobytes: u64 = line.split_whitespace().next().context("no number")?.parse()?;
    Ok(kilobytes / 1_000)
}

/// Processor time so far, in hundredths of a second.
fn ticks(process: u32) -> anyhow::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after = stat.rsplit_once(") ").context("no name")?.1;
    let fields: Vec<&str> = after.split(' ').collect();
    Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
}
