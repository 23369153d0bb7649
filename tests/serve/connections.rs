//! Peers that are slow, rude or many.

use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use gazetted::{notice::SafeHtml, serve::Limits};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::town::{Answer, NEWS, Town, digital_government, notice};

/// Limits short enough for a test.
fn hurried() -> Limits {
    Limits {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        write: Duration::from_millis(500),
        rest: Duration::from_millis(800),
        drain: Duration::from_millis(500),
        ..Limits::default()
    }
}

/// A connection may rest longer than any test takes, so only the limit of a head can end it.
fn patient_with_the_resting() -> Limits {
    Limits {
        rest: Duration::from_secs(60),
        ..hurried()
    }
}

async fn closed_after(mut stream: TcpStream) -> Duration {
    let begun = Instant::now();
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection is still open");
    begun.elapsed()
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_closed() {
    let town = Town::with(patient_with_the_resting()).await;
    let silent = TcpStream::connect(town.address).await.expect("connected");
    assert!(closed_after(silent).await < Duration::from_secs(2));
    town.closes().await;
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_cut_off() {
    let town = Town::with(patient_with_the_resting()).await;
    let mut slow = TcpStream::connect(town.address).await.expect("connected");
    slow.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").await.expect("sent");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        if slow.write_all(b"X-A: b\r\n").await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "still taking bytes");
    town.closes().await;
}

#[tokio::test]
async fn a_second_head_may_be_late_but_not_slow() {
    let town = Town::with(patient_with_the_resting()).await;
    let mut peer = TcpStream::connect(town.address).await.expect("connected");
    let mut buffer = [0; 4096];
    for _ in 0..2 {
        peer.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .expect("sent");
        let read = peer.read(&mut buffer).await.expect("an answer");
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200"));
        // Longer than a head may take, shorter than a connection may rest.
        tokio::time::sleep(Duration::from_millis(450)).await;
    }
    peer.write_all(b"GET /heal").await.expect("sent");
    let after = closed_after(peer).await;
    assert!(after < Duration::from_millis(700), "{after:?}");
    town.closes().await;
}

#[tokio::test]
async fn a_body_that_drips_is_not_waited_for() {
    let town = Town::with(hurried()).await;
    let mut slow = TcpStream::connect(town.address).await.expect("connected");
    let head = b"POST /unsubscribe/abcdefghijklmnopqrst HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\na";
    slow.write_all(head).await.expect("sent");
    assert!(closed_after(slow).await < Duration::from_secs(3));
    town.closes().await;
}

#[tokio::test]
async fn a_connection_that_rests_too_long_after_its_answers_is_closed() {
    let town = Town::with(hurried()).await;
    town.posts(NEWS, [digital_government()]).await;
    for path in [
        "/healthz",
        "/",
        "/feeds/all.atom",
        "/feeds/all.atom",
        "/feeds/nothing.atom",
    ] {
        for times in [1, 3] {
            let mut peer = TcpStream::connect(town.address).await.expect("connected");
            for _ in 0..times {
                let asks = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
                peer.write_all(asks.as_bytes()).await.expect("sent");
                // Longer than a head may take in all, and shorter than a connection may rest.
                tokio::time::sleep(Duration::from_millis(400)).await;
            }
            let rested = closed_after(peer).await;
            assert!(rested < Duration::from_secs(2), "{path}");
        }
    }
    town.closes().await;
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_closed() {
    let town = Town::with(hurried()).await;
    let text = "words ".repeat(200_000);
    let mut long = notice(NEWS, "1", "long");
    long.content = SafeHtml::of_text(&text);
    town.posts(NEWS, [long]).await;
    let mut peer = TcpStream::connect(town.address).await.expect("connected");
    let many = "GET /feeds/all.atom HTTP/1.1\r\nHost: a\r\n\r\n".repeat(30);
    peer.write_all(many.as_bytes()).await.expect("sent");
    // Nothing is read meanwhile.
    let begun = Instant::now();
    loop {
        let metrics = town.get("/metrics").await;
        let open = metrics
            .text()
            .lines()
            .find_map(|line| line.strip_prefix("gazetted_http_connections "));
        // One is the connection that asks.
        if open == Some("1") {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(8),
            "{open:?} connections are open"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    town.closes().await;
}

#[tokio::test]
async fn a_request_has_exactly_one_host() {
    let town = Town::opens().await;
    for (head, code) in [
        ("GET /healthz HTTP/1.1\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost:\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a b\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a/b\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n", 200),
        ("GET /healthz HTTP/1.0\r\n", 200),
        ("GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
    ] {
        let answer = Answer::read(&town.raw(format!("{head}\r\n").as_bytes()).await);
        assert_eq!(answer.code, code, "{head}");
    }
    town.closes().await;
}

#[tokio::test]
async fn what_is_too_long_is_named() {
    let town = Town::opens().await;
    let long = "u".repeat(9000);
    assert_eq!(town.get(&format!("/{long}")).await.code, 414);
    let long = "v".repeat(17_000);
    assert_eq!(town.get_with("/", &[("X-A", &long)]).await.code, 431);
    let huge = "v".repeat(100_000);
    let answer = town
        .raw(format!("GET / HTTP/1.1\r\nHost: a\r\nX-A: {huge}\r\n\r\n").as_bytes())
        .await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"));
    let body = vec![b'a'; 17 * 1024];
    assert_eq!(
        town.ask("POST", "/unsubscribe/abcdefghijklmnopqrst", &[], &body)
            .await
            .code,
        413
    );
    town.closes().await;
}

#[tokio::test]
async fn other_methods_are_refused_politely() {
    let town = Town::opens().await;
    for method in ["POST", "PUT", "DELETE", "TRACE", "FOO"] {
        let answer = town.ask(method, "/feeds/all.atom", &[], b"").await;
        assert_eq!((answer.code, answer.header("allow")), (405, "GET,HEAD"), "{method}");
        assert!(answer.text().contains("<h1>"), "{method}");
    }
    town.closes().await;
}

#[tokio::test]
async fn an_answer_under_way_is_finished_when_the_server_stops() {
    let town = Town::with(hurried()).await;
    town.posts(NEWS, [digital_government()]).await;
    let mut resting = TcpStream::connect(town.address).await.expect("connected");
    resting
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .expect("sent");
    let mut buffer = [0; 4096];
    assert!(resting.read(&mut buffer).await.expect("an answer") > 0);
    let begun = Instant::now();
    let address = town.address;
    town.closes().await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_unix_socket_serves_alike() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let (path, stop, served) = town.also_on_a_unix_socket().await;
    let mode = std::fs::metadata(&path).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o666, "a proxy of another user can connect");
    let mut peer = tokio::net::UnixStream::connect(&path).await.expect("connected");
    let request = "GET /feeds/all.atom HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    peer.write_all(request.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    peer.read_to_end(&mut bytes).await.expect("an answer");
    let answer = Answer::read(&bytes);
    assert_eq!(answer.body, town.get("/feeds/all.atom").await.body);
    stop.cancel();
    served.await.expect("no panic").expect("served");
    town.closes().await;
}

#[tokio::test]
async fn a_large_feed_that_is_asked_for_often_comes_whole_each_time() {
    let town = Town::opens().await;
    let pages = |word: &str| {
        let mut page = digital_government();
        page.content = SafeHtml::clean(&format!("<p>{word}</p>").repeat(20_000), None);
        page
    };
    town.posts(NEWS, [digital_government()]).await;
    for word in ["before", "after"] {
        town.revises(NEWS, pages(word)).await;
        let expected = town.get("/feeds/mois-news.atom").await.body;
        assert!(expected.len() > 200_000);
        let mut peer = TcpStream::connect(town.address).await.expect("connected");
        let (mut reads, mut writes) = peer.split();
        let asks = "GET /feeds/mois-news.atom HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
        let last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let (asks, mut told) = ([asks.as_str(), last].concat(), Vec::new());
        let (asked, read) = tokio::join!(writes.write_all(asks.as_bytes()), reads.read_to_end(&mut told));
        asked.and(read.map(drop)).expect("a conversation");
        for _ in 0..100 {
            let body = told.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
            assert!(told.starts_with(b"HTTP/1.1 200") && told[body..].starts_with(&expected));
            told.drain(..body + expected.len());
        }
        assert!(told.starts_with(b"HTTP/1.1 200"), "and the next answer");
    }
    town.closes().await;
}
