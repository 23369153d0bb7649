//! The main job on one machine and no internet: a sample notice board that publishes now and then, the real daemon polling
//! it, its feeds, and the alert mails as they arrive.
//!
//! `cargo run --release --example demo [-- --for 60s] [--every 8s]`

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use axum::{Router, extract::Query, response::Html, routing::get};
use clap::Parser;
use gazetted::{
    app::App,
    config,
    ops::{self, Clock, Listener},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

/// A sample notice board, the daemon on it, and a mailbox.
#[derive(Debug, Parser)]
struct Arguments {
    /// Ends by itself after this time, such as 60s.
    #[arg(long = "for", value_parser = duration, value_name = "TIME")]
    time: Option<Duration>,
    /// How often the board publishes.
    #[arg(long, value_parser = duration, default_value = "8s", value_name = "TIME")]
    every: Duration,
    /// Where the daemon serves.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    ops::start_logging(ops::LogFormat::Auto, "warn");
    let folder = tempfile::tempdir().context("no room for the store")?;
    let board = open_board(arguments.every).await?;
    let mailbox = open_mailbox().await?;
    let (listener, address) = open_listener(arguments.listen).await?;

    let text = configuration(board, mailbox, address, folder.path());
    let config = config::parse(&text, Path::new("demo.toml"))?;
    let app = App::open(config, Clock::system()).await?;
    println!(
        "Board    http://{board}/list.do?bbsId=BBSMSTR_000000000022   a new notice every {:?}",
        arguments.every
    );
    println!("Page     http://{address}/");
    for format in ["atom", "rss", "json"] {
        println!("Feed     http://{address}/feeds/town.{format}");
    }
    println!("Mailbox  {mailbox} (SMTP); each mail is shown below as it arrives. Ctrl-C ends.\n");

    let stop = CancellationToken::new();
    let ends = stop.clone();
    let time = arguments.time.unwrap_or(Duration::MAX);
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = tokio::time::sleep(time) => {}
        }
        ends.cancel();
    });
    app.run(listener, stop).await
}

fn configuration(board: SocketAddr, mailbox: SocketAddr, listen: SocketAddr, folder: &Path) -> String {
    format!(
        r#"
[server]
listen = "{listen}"
public_url = "http://{listen}/"
title = "Notices of Sampleton"

[store]
url = "sqlite:{folder}/gazetted.db"

[fetch]
allow_networks = ["127.0.0.0/8"]
per_host_interval = "0s"

[poll]
interval = "2s"
min_interval = "1s"

[[source]]
id = "town"
name = "Sampleton town hall"
url = "http://{board}/list.do?bbsId=BBSMSTR_000000000022"
kind = "board"
timezone = "Asia/Seoul"
tags = ["sample"]

[source.board]
row = "table.board tbody tr"
title = "td.subject a"
link = "td.subject a @href"
date = "td.date"
views = "td.views"

[source.article]
content = ".view_cont"
attachments = ".file_list a"

[email]
smtp = "smtp://{mailbox}"
from = "Notices of Sampleton <notices@sampleton.example>"

[[subscriber]]
email = "reader@example.net"
"#,
        folder = folder.display()
    )
}

const TITLES: [&str; 8] = [
    "Water will be off in the old town on Monday morning",
    "The library opens on Sundays from now on",
    "Call for tenders: repair of the harbour bridge",
    "공지사항: 겨울철 도로 제설 안내",
    "Road works between the station and the market",
    "Minutes of the council's last session",
    "Applications for the youth orchestra are open",
    "Change of the waste collection days in December",
];

#[derive(serde::Deserialize)]
struct Article {
    #[serde(rename = "nttId")]
    number: usize,
}

/// A board in the usual shape: a table of links, view counters that move, an article page for each.
async fn open_board(every: Duration) -> anyhow::Result<SocketAddr> {
    let published = Arc::new(AtomicUsize::new(4));
    let visits = Arc::new(AtomicUsize::new(100));
    let counter = Arc::clone(&published);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(every).await;
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let list = move || {
        let (newest, visits) = (
            published.load(Ordering::Relaxed),
            visits.fetch_add(7, Ordering::Relaxed),
        );
        async move { Html(list_page(newest, visits)) }
    };
    let article = |Query(article): Query<Article>| async move { Html(article_page(article.number)) };
    let board = Router::new()
        .route("/list.do", get(list))
        .route("/view.do", get(article));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, board).await });
    Ok(address)
}

fn list_page(newest: usize, visits: usize) -> String {
    let today =
        jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Seoul").unwrap_or(jiff::tz::TimeZone::UTC));
    let rows: String = (1..=newest)
        .rev()
        .take(15)
        .map(|number| {
            format!(
                r#"<tr><td>{number}</td><td class="subject"><a href="view.do;jsessionid=A{visits}?nttId={number}">{}</a></td>
                <td class="date">{}</td><td class="views">Read : {}</td></tr>"#,
                title(number),
                today.strftime("%Y.%m.%d"),
                visits + number
            )
        })
        .collect();
    format!(
        r#"<!doctype html><meta charset="utf-8"><title>Notices</title><h1>Sampleton: Notices</h1>
        <table class="board"><thead><tr><th>No</th><th>Title</th><th>Date</th><th>Views</th></tr></thead><tbody>{rows}</tbody></table>"#
    )
}

fn article_page(number: usize) -> String {
    format!(
        r#"<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><div class="view_cont"><p>{title}.</p>
        <p>This is notice number {number} of the town hall. Questions are answered at the counter, on working days.</p></div>
        <ul class="file_list"><li><a href="/files/{number}.pdf">notice-{number}.pdf</a></li></ul>"#,
        title = title(number)
    )
}

fn title(number: usize) -> String {
    format!("{} (No. {number})", TITLES[number % TITLES.len()])
}

async fn open_listener(listen: SocketAddr) -> anyhow::Result<(Listener, SocketAddr)> {
    let listener = Listener::open(&ops::Listen::Tcp(listen))
        .await
        .with_context(|| format!("can't listen on {listen}"))?;
    let address = listener.address().context("the listener has no address")?;
    Ok((listener, address))
}

/// A mailbox that takes every mail and prints it.
async fn open_mailbox() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                if let Err(error) = receive(stream).await {
                    eprintln!("a mail connection broke: {error}");
                }
            });
        }
    });
    Ok(address)
}

async fn receive(stream: TcpStream) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    write.write_all(b"220 mailbox\r\n").await?;
    let mut line = String::new();
    while {
        line.clear();
        lines.read_line(&mut line).await?
    } > 0
    {
        let answer: &[u8] = match line
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase()
            .as_str()
        {
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                show(&message(&mut lines).await?);
                b"250 taken\r\n"
            }
            "QUIT" => return write.write_all(b"221 bye\r\n").await,
            _ => b"250 fine\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}

async fn message(lines: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn show(raw: &[u8]) {
    let Some(mail) = mail_parser::MessageParser::default().parse(raw) else {
        return println!("(a mail that can't be read)");
    };
    let header = |name| mail.header_raw(name).unwrap_or_default().trim().to_owned();
    println!("-- mail ----------------------------------------------------------------");
    println!("To:         {}", header("To"));
    println!("Subject:    {}", mail.subject().unwrap_or_default());
    println!("Message-ID: {}\n", header("Message-ID"));
    for line in mail.body_text(0).unwrap_or_default().lines() {
        println!("   {line}");
    }
    println!();
}

fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|time| time.try_into().ok())
        .ok_or_else(|| "use a time such as 60s".to_owned())
}
