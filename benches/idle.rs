//! What an idle daemon costs: it polls 1,000 boards once, then rests.
//!
//! `cargo bench --bench idle [-- SOURCES]` prints the memory that is resident and the processor time of the rest. The boards
//! are asked daily, so that it is a rest for a hundred thousand of them too. Linux.

use std::{
    fmt::Write,
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use axum::{Router, extract::Path, response::Html, routing::get};
use tokio::net::{TcpListener, TcpStream};

/// How long the first look at a board may take, beside all others.
const LOOK: Duration = Duration::from_millis(20);

/// How long the rest is watched.
const REST: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let sources: usize = asked.unwrap_or(1_000);
    let boards = TcpListener::bind("127.0.0.1:0").await?;
    let board = boards.local_addr()?;
    let router = Router::new().route(
        "/{board}",
        get(|Path(board): Path<usize>| async move { Html(page(board)) }),
    );
    tokio::spawn(async move { axum::serve(boards, router).await });

    let folder = tempfile::tempdir()?;
    let listen = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let mut config = format!(
        "[server]\nlisten = \"{listen}\"\n[store]\nurl = \"sqlite:{}/idle.db\"\n[fetch]\nallow_networks = [\"127.0.0.0/8\"]\n\
         per_host_interval = \"0s\"\nper_host_concurrency = 8\n[poll]\ninterval = \"1d\"\nmin_interval = \"1m\"\n",
        folder.path().display()
    );
    for number in 0..sources {
        write!(
            config,
            "[[source]]\nid = \"board-{number}\"\nurl = \"http://{board}/{number}\"\nkind = \"board\"\n\
             [source.board]\nrow = \"tbody tr\"\ntitle = \"td.title a\"\ndate = \"td.date\"\n"
        )?;
    }
    let file = folder.path().join("idle.toml");
    fs::write(&file, config)?;
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_gazetted"))
        .args(["run", "--log", "error", "--config"])
        .arg(&file)
        .stderr(Stdio::inherit())
        .spawn()?;
    let measured = measure(daemon.id(), listen, sources).await;
    daemon.kill()?;
    daemon.wait()?;
    measured
}

async fn measure(process: u32, listen: std::net::SocketAddr, sources: usize) -> anyhow::Result<()> {
    let (start, allowance) = (Instant::now(), Duration::from_secs(60) + LOOK * u32::try_from(sources)?);
    let all = format!("gazetted_sources{{health=\"ok\"}} {sources}\n");
    while !metrics(listen).await.unwrap_or_default().contains(&all) {
        anyhow::ensure!(
            start.elapsed() < allowance,
            "the boards were not polled in {} s",
            allowance.as_secs()
        );
        // The answer counts all sources; asking for it without pause would be what is measured.
        tokio::time::sleep(Duration::from_millis(200 + sources as u64 / 20)).await;
    }
    println!("{sources} boards polled in {:.1} s", start.elapsed().as_secs_f64());
    let before = ticks(process)?;
    tokio::time::sleep(REST).await;
    let spent = ticks(process)? - before;
    println!(
        "resident: {} MB, at most {} MB",
        memory(process, "VmRSS:")?,
        memory(process, "VmHWM:")?
    );
    println!(
        "processor while idle: {:.2} % of a core",
        spent as f64 / REST.as_secs_f64()
    );
    Ok(())
}

/// A page of twelve notices.
fn page(board: usize) -> String {
    let rows = (0..12).fold(String::new(), |mut rows, notice| {
        let _ = write!(
            rows,
            "<tr><td class=title><a href='/view?board={board}&no={notice}'>Notice {notice} of board {board}: a title as long \
             as titles are</a></td><td class=date>2026.11.{}</td></tr>",
            10 + notice
        );
        rows
    });
    format!("<!doctype html><title>Board {board}</title><table><tbody>{rows}</tbody></table>")
}

async fn metrics(listen: std::net::SocketAddr) -> anyhow::Result<String> {
    use http_body_util::{BodyExt, Empty};
    let stream = TcpStream::connect(listen).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = hyper::Request::get("/metrics").header("host", listen.to_string());
    let answer = sender
        .send_request(request.body(Empty::<hyper::body::Bytes>::new())?)
        .await?;
    Ok(String::from_utf8(
        answer.into_body().collect().await?.to_bytes().to_vec(),
    )?)
}

/// A line of the process's status, in MB.
fn memory(process: u32, name: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .context("no such line")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kilobytes / 1_000)
}

/// Processor time so far, in hundredths of a second.
fn ticks(process: u32) -> anyhow::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after = stat.rsplit_once(") ").context("no name")?.1;
    let fields: Vec<&str> = after.split(' ').collect();
    Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
}
