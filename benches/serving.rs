//! What serving a feed costs beside nginx, which serves the same bytes as static files: `cargo bench --bench serving`.
//!
//! An Atom feed of 60 KB as it is, in gzip, and not at all (304). Both servers run on one processor and wrk asks from another,
//! in short rounds by turns, of which the medians count: other work on the machine hits both. Needs `nginx` and `wrk`
//! (Debian: `apt-get install nginx wrk`) and two processors. Linux.

use std::{
    fmt::Write,
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use axum::{Router, routing::get};
use tokio::net::TcpListener;

/// Rounds of each server for each kind of answer.
const ROUNDS: usize = 9;

/// How long a round takes, as wrk is told.
const ROUND: &str = "1s";

/// How many connections ask.
const CONNECTIONS: &str = "32";

/// The slowest hundredth of answers may take so many times as long as nginx's.
const MOST_TAIL: f64 = 1.5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let town = TcpListener::bind("127.0.0.1:0").await?;
    let source = town.local_addr()?;
    let router = Router::new().route(
        "/feed.xml",
        get(|| async { ([("content-type", "application/rss+xml")], rss()) }),
    );
    tokio::spawn(async move { axum::serve(town, router).await });

    let ours = free_port().await?;
    let mut daemon = gazetted(folder.path(), ours, source)?;
    let theirs = free_port().await?;
    let measured = async {
        let asked = format!("http://{ours}/feeds/town.atom");
        let (plain, packed) = (feed(&asked, "identity").await?, feed(&asked, "gzip").await?);
        fs::create_dir(folder.path().join("feeds"))?;
        fs::write(folder.path().join("feeds/town.atom"), &plain.1)?;
        fs::write(folder.path().join("feeds/town.atom.gz"), &packed.1)?;
        println!("{} bytes of Atom, {} in gzip", plain.1.len(), packed.1.len());
        let mut nginx = nginx(folder.path(), theirs)?;
        let beside = format!("http://{theirs}/feeds/town.atom");
        let compared = async {
            let tag = feed(&beside, "identity").await?.0;
            let serving = [server(daemon.id())?, server(nginx.id())?];
            for (name, least, ours, theirs) in [
                (
                    "identity",
                    0.85,
                    "Accept-Encoding: identity".to_owned(),
                    "Accept-Encoding: identity".to_owned(),
                ),
                (
                    "gzip",
                    0.9,
                    "Accept-Encoding: gzip".to_owned(),
                    "Accept-Encoding: gzip".to_owned(),
                ),
                (
                    "304",
                    0.9,
                    format!("If-None-Match: {}", plain.0),
                    format!("If-None-Match: {tag}"),
                ),
            ] {
                compare(name, least, [(&asked, &ours), (&beside, &theirs)], serving)?;
            }
            anyhow::Ok(())
        }
        .await;
        // Killed outright, it would leave its worker behind.
        stop(folder.path())?;
        nginx.wait()?;
        compared
    }
    .await;
    daemon.kill()?;
    daemon.wait()?;
    measured
}

/// Has both asked by turns and prints how they compare.
fn compare(name: &str, least: f64, asked: [(&String, &String); 2], serving: [u32; 2]) -> anyhow::Result<()> {
    let mut rounds: [Vec<Round>; 2] = Default::default();
    for _ in 0..ROUNDS {
        for which in [0, 1] {
            rounds[which].push(round(asked[which].0, asked[which].1, serving[which])?);
        }
    }
    let middle = |which: usize, of: fn(&Round) -> f64| median(rounds[which].iter().map(of).collect());
    let (rate, rate_nginx) = (middle(0, |round| round.rate), middle(1, |round| round.rate));
    let (tail, tail_nginx) = (middle(0, |round| round.tail), middle(1, |round| round.tail));
    let (cost, cost_nginx) = (middle(0, |round| round.cost), middle(1, |round| round.cost));
    println!(
        "{name:9} {rate:>8.0} a second, nginx {rate_nginx:>8.0}: {:.2} {} {least}",
        rate / rate_nginx,
        within(rate / rate_nginx >= least)
    );
    println!(
        "{:9} {tail:>8.2} ms p99,   nginx {tail_nginx:>8.2}: {:.2} {} {MOST_TAIL}",
        "",
        tail / tail_nginx,
        within(tail / tail_nginx <= MOST_TAIL)
    );
    println!("{:9} {cost:>8.1} µs of processor, nginx {cost_nginx:>8.1}", "");
    Ok(())
}

/// What one round came to.
struct Round {
    /// Answers a second.
    rate: f64,
    /// How long the slowest hundredth took, in milliseconds.
    tail: f64,
    /// Processor time for an answer, in microseconds.
    cost: f64,
}

fn round(url: &str, header: &str, server: u32) -> anyhow::Result<Round> {
    let before = ticks(server)?;
    let told = Command::new("taskset")
        .args([
            "-c",
            "1",
            "wrk",
            "-t1",
            "-c",
            CONNECTIONS,
            "-d",
            ROUND,
            "--latency",
            "-H",
            header,
            url,
        ])
        .output()
        .context("wrk can't be run")?;
    let spent = (ticks(server)? - before) as f64 * 10_000.0;
    let told = String::from_utf8(told.stdout)?;
    ensure!(!told.contains("Non-2xx") && !told.contains("Socket errors"), "{told}");
    let word = |line: &str, nth: usize| {
        let line = told.lines().find(|told| told.trim_start().starts_with(line));
        line.and_then(|line| line.split_whitespace().nth(nth))
            .map(str::to_owned)
    };
    let answers: f64 = told
        .lines()
        .find_map(|line| line.trim().split_once(" requests in "))
        .context("wrk counted nothing")?
        .0
        .parse()?;
    Ok(Round {
        rate: word("Requests/sec:", 1).context("no rate")?.parse()?,
        tail: milliseconds(&word("99%", 1).context("no latency")?)?,
        cost: spent / answers,
    })
}

fn milliseconds(text: &str) -> anyhow::Result<f64> {
    let number = text.trim_end_matches(char::is_alphabetic);
    Ok(number.parse::<f64>()?
        * match &text[number.len()..] {
            "us" => 0.001,
            "ms" => 1.0,
            _ => 1_000.0,
        })
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

fn within(held: bool) -> &'static str {
    if held { "within" } else { "OVER" }
}

fn gazetted(folder: &Path, listen: SocketAddr, source: SocketAddr) -> anyhow::Result<std::process::Child> {
    let file = folder.join("bench.toml");
    let config = format!(
        "[server]\nlisten = \"{listen}\"\n[store]\nurl = \"sqlite:{}/bench.db\"\n[fetch]\nallow_networks = [\"127.0.0.0/8\"]\n\
         [poll]\ninterval = \"1d\"\n[[source]]\nid = \"town\"\nurl = \"http://{source}/feed.xml\"\nkind = \"feed\"\n",
        folder.display()
    );
    fs::write(&file, config)?;
    pinned(env!("CARGO_BIN_EXE_gazetted"))
        .args(["run", "--log", "error", "--config"])
        .arg(&file)
        .spawn()
        .context("the daemon can't be started")
}

fn nginx(folder: &Path, listen: SocketAddr) -> anyhow::Result<std::process::Child> {
    let file = folder.join("nginx.conf");
    let config = format!(
        "daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr error;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ types {{ application/atom+xml atom; }} access_log off; sendfile on; tcp_nopush on; gzip_static on; \
         keepalive_requests 100000000;\n\
         client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; \
         scgi_temp_path {folder}/e;\n\
         server {{ listen {listen}; root {folder}; }} }}\n",
        folder = folder.display()
    );
    fs::write(&file, config)?;
    // Its worker may be another user, who must find the files.
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    pinned("nginx")
        .arg("-c")
        .arg(&file)
        .stderr(Stdio::inherit())
        .spawn()
        .context("nginx can't be started; Debian: apt-get install nginx wrk")
}

fn stop(folder: &Path) -> anyhow::Result<()> {
    let file = folder.join("nginx.conf");
    Command::new("nginx").args(["-s", "stop", "-c"]).arg(file).status()?;
    Ok(())
}

/// `program` on the first processor alone.
fn pinned(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0", program]);
    command
}

/// The tag and the bytes of the feed, as soon as it has entries.
async fn feed(url: &str, encoding: &str) -> anyhow::Result<(String, Vec<u8>)> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let start = Instant::now();
    loop {
        ensure!(start.elapsed() < Duration::from_secs(20), "{url} is not served");
        let asked = client.get(url).header("accept-encoding", encoding).send().await;
        if let Ok(answer) = asked {
            let tag = answer
                .headers()
                .get("etag")
                .and_then(|tag| Some(tag.to_str().ok()?.to_owned()));
            let bytes = answer.bytes().await?;
            if bytes.len() > 2_000 {
                return Ok((tag.context("the feed has no tag")?, bytes.to_vec()));
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The process that answers: a child of `started`, or itself.
fn server(started: u32) -> anyhow::Result<u32> {
    let children = fs::read_to_string(format!("/proc/{started}/task/{started}/children"))?;
    Ok(children.split_whitespace().next().map_or(Ok(started), str::parse)?)
}

async fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}

/// A feed that comes out as 60 KB of Atom.
fn rss() -> String {
    let mut feed = "<rss version=\"2.0\"><channel><title>Town</title>".to_owned();
    for number in 0..50 {
        let _ = write!(
            feed,
            "<item><title>Notice {number}</title><guid isPermaLink=\"false\">{number}</guid>\
             <link>http://127.0.0.1/{number}</link><pubDate>Tue, 10 Nov 2020 09:{number:02}:00 +0900</pubDate><description><![CDATA["
        );
        for part in 0..3 {
            let _ = write!(
                feed,
                "<p>{number}.{part}: the town hall is closed from {from} to {number} November, and the library, too. 자세한 사항은 담당 부서에 \
                 문의하시기 바랍니다.</p>",
                from = number % 7,
            );
        }
        feed.push_str("]]></description></item>");
    }
    feed + "</channel></rss>"
}

/// Processor time so far, in hundredths of a second.
fn ticks(process: u32) -> anyhow::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after = stat.rsplit_once(") ").context("no name")?.1;
    let fields: Vec<&str> = after.split(' ').collect();
    Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
}
