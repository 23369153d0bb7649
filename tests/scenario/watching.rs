//! `gazetted watch` on a board that nobody prepared it for.

use std::{process::Stdio, time::Duration};

use axum::{Router, extract::Query, response::Html, routing::get};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::Command,
};

const LIST: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Northvale Council - Announcements</title>
<ul class="menu"><li><a href="/council">Council</a></li><li><a href="/services">Services</a></li><li><a href="/contact">Contact</a></li></ul>
<div class="x7"><h2>Announcements</h2>ROWS</div><p>&copy; Northvale Council</p></html>"#;

#[derive(serde::Deserialize)]
struct Asked {
    item: usize,
}

async fn board() -> std::net::SocketAddr {
    let topics = [
        "Mill Lane footbridge closed",
        "Library hours in winter",
        "Tenders for the swimming pool roof",
        "Vote on the market square",
        "Refuse collection over the holidays",
    ];
    let list = move || async move {
        let row = |(nth, topic): (usize, &&str)| {
            format!(
                "<div class=\"k\"><p><a href=\"/show?item={}\">{topic}</a></p><span>{} November 2026</span></div>",
                40 - nth,
                24 - nth
            )
        };
        Html(LIST.replace("ROWS", &topics.iter().enumerate().map(row).collect::<String>()))
    };
    let article = move |Query(asked): Query<Asked>| async move {
        let topic = topics[40 - asked.item];
        Html(format!(
            "<!doctype html><meta charset=utf-8><title>{topic} | Northvale Council</title><ul class=menu><li><a href=/council>Council</a></ul>\
             <h1>{topic}</h1><p>Published: {} November 2026</p><div class=z><p>The council announces: {topic}. Everybody who lives here is concerned, \
             and asked to read this to the end.</p><p>Questions are answered at the town hall, on working days from nine to four.</p></div>\
             <p>Attached file: <a href=\"/f/{}.pdf\">plan-{}.pdf</a></p>",
            24 - (40 - asked.item),
            asked.item,
            asked.item
        ))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/news", get(list)).route("/show", get(article));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn a_board_that_nobody_configured_is_a_feed_with_its_texts() {
    let board = board().await;
    let folder = tempfile::tempdir().expect("a folder");
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port")
        .local_addr()
        .expect("an address");
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_gazetted"))
        .current_dir(folder.path())
        .args(["watch", "--listen", &free.to_string(), &format!("http://{board}/news")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("a program");
    let mut printed = BufReader::new(daemon.stdout.take().expect("a pipe")).lines();
    let feed = loop {
        let line = printed
            .next_line()
            .await
            .expect("a line")
            .expect("the addresses of the feeds");
        if line.starts_with("Feeds") {
            break line.split_whitespace().last().expect("an address").to_owned();
        }
    };
    // The log says when the first poll is done.
    let mut log = BufReader::new(daemon.stderr.take().expect("a pipe")).lines();
    let polled = async {
        while let Some(line) = log.next_line().await.expect("a line") {
            if line.contains("polled") {
                return;
            }
        }
        panic!("the daemon ended");
    };
    tokio::time::timeout(Duration::from_secs(60), polled)
        .await
        .expect("a poll");

    let path = feed
        .split_once(&free.to_string())
        .expect("the listening address")
        .1
        .to_owned();
    let feed: serde_json::Value = serde_json::from_slice(&crate::support::get(free, &path).await).expect("JSON");
    let items = feed["items"].as_array().expect("items");
    assert_eq!(items.len(), 5, "{feed:#}");
    assert_eq!(items[0]["title"], "Mill Lane footbridge closed");
    assert!(
        items[0]["date_published"]
            .as_str()
            .is_some_and(|date| date.starts_with("2026-11-24")),
        "{}",
        items[0]
    );
    let text = items[0]["content_html"].as_str().expect("a text");
    assert!(
        text.contains("asked to read this to the end") && !text.contains("Services"),
        "{text}"
    );
    assert_eq!(items[0]["attachments"][0]["title"], "plan-40.pdf");
}
