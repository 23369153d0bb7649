//! What a body, a header and a moment may cost.

use std::time::{Duration, Instant};

use gazetted::net::{Fault, Limit, Miss, Phase};

use crate::board::{Board, Reply, answer, ok};
use crate::{fetcher, miss, page, request, settings};

async fn missed(reply: Reply) -> Miss {
    let board = Board::start(move |_| reply.clone()).await;
    let start = Instant::now();
    let miss = miss(fetcher().get(&request(&board.url("/"))).await);
    assert!(
        start.elapsed() < settings().timeout * 3,
        "{miss} after {:?}",
        start.elapsed()
    );
    board.hung_up().await;
    miss
}

#[track_caller]
fn is_too_large(miss: &Miss) {
    assert!(
        matches!(
            miss,
            Miss::TooLarge {
                limit: Limit::Body(262_144),
                ..
            }
        ),
        "{miss:?}"
    );
}

#[track_caller]
fn is_late(miss: &Miss, in_phase: Phase) {
    assert!(
        matches!(miss, Miss::Timeout { phase, .. } if *phase == in_phase),
        "{miss:?}"
    );
    assert!(miss.is_transient());
}

#[track_caller]
fn is_broken(miss: &Miss, at: Fault) {
    assert!(matches!(miss, Miss::Broken { fault, .. } if *fault == at), "{miss:?}");
}

#[tokio::test]
async fn a_page_arrives_with_what_its_headers_say() {
    let lines = "Content-Type: text/html; charset=euc-kr\r\nContent-Language: ko\r\nETag: \"v1\"\r\nCache-Control: max-age=60\r\n";
    let board = Board::start(move |_| ok(lines, "<p>notice")).await;
    let page = page(fetcher().get(&request(&board.url("/list?page=1"))).await);
    assert_eq!(page.body, b"<p>notice");
    assert_eq!(page.url.as_str(), board.url("/list?page=1"));
    assert_eq!(page.content_type.as_deref(), Some("text/html; charset=euc-kr"));
    assert_eq!(page.content_language.as_deref(), Some("ko"));
    assert_eq!(page.validators.etag.as_deref(), Some("\"v1\""));
    assert_eq!(page.fresh_for, Some(Duration::from_secs(60)));
    assert_eq!(page.moved, None);
    let head = &board.asked()[0];
    for line in [
        "user-agent: gazetted/",
        "accept-encoding: gzip, deflate, zstd\r\n",
        "accept: application/atom+xml",
    ] {
        assert!(head.contains(line), "{head}");
    }
}

#[tokio::test]
async fn a_body_that_drips_ends_at_the_deadline_of_the_whole() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec();
    is_late(
        &missed(Reply::Endless(head, b"x".to_vec(), Duration::from_millis(50))).await,
        Phase::Whole,
    );
}

#[tokio::test]
async fn headers_that_drip_or_never_come_end_at_their_own_deadline() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    is_late(
        &missed(Reply::Endless(head, b"X-A: b\r\n".to_vec(), Duration::from_millis(50))).await,
        Phase::Headers,
    );
    is_late(&missed(Reply::Stall(Vec::new())).await, Phase::Headers);
    let hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100);
    is_late(
        &missed(Reply::Endless(Vec::new(), hints, Duration::ZERO)).await,
        Phase::Headers,
    );
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_not_a_body() {
    is_late(
        &missed(Reply::Stall(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec(),
        ))
        .await,
        Phase::Whole,
    );
    let early = |rest: &str| missed(Reply::Bytes(format!("HTTP/1.1 200 OK\r\n{rest}").into_bytes()));
    is_broken(&early("Content-Length: 9\r\n\r\nhalf").await, Fault::Ended);
    is_broken(
        &early("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n").await,
        Fault::Ended,
    );
    is_broken(
        &early("Transfer-Encoding: chunked\r\n\r\nbanana\r\n").await,
        Fault::NotHttp,
    );
    is_broken(&early("Content-Le").await, Fault::Ended);
    let reset = missed(Reply::Reset(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec(),
    ))
    .await;
    assert!(
        matches!(
            reset,
            Miss::Broken {
                fault: Fault::Reset | Fault::Ended,
                ..
            }
        ),
        "{reset:?}"
    );
}

#[tokio::test]
async fn a_body_without_end_is_cut_and_the_connection_closed() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"8000\r\n".as_slice(), &[b'x'; 0x8000], b"\r\n"].concat();
    is_too_large(&missed(Reply::Endless(head, chunk, Duration::ZERO)).await);
    let until_closed = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    is_too_large(&missed(Reply::Endless(until_closed, vec![b'x'; 0x8000], Duration::ZERO)).await);
}

#[tokio::test]
async fn an_announced_size_is_refused_at_once_and_never_reserved() {
    let start = Instant::now();
    for length in ["262145", "9223372036854775807", "18446744073709551613"] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n<html>");
        let miss = missed(Reply::Stall(head.into_bytes())).await;
        assert!(
            matches!(miss, Miss::TooLarge { .. } | Miss::Broken { .. }),
            "{length}: {miss:?}"
        );
    }
    assert!(start.elapsed() < settings().timeout, "it waited for a body");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let most = settings().max_body;
    let board = Board::start(move |path| ok("", vec![b'x'; path[1..].parse().expect("a size")])).await;
    let fetched = fetcher().get(&request(&board.url(&format!("/{most}")))).await;
    assert_eq!(page(fetched).body.len(), most);
    is_too_large(&miss(
        fetcher().get(&request(&board.url(&format!("/{}", most + 1)))).await,
    ));
}

#[tokio::test]
async fn headers_are_bounded_in_number_and_bytes() {
    for lines in [
        "X-A: b\r\n".repeat(101),
        format!("X-A: {}\r\n", "v".repeat(70_000)),
        format!("X-A: {}\r\n", "v".repeat(1 << 20)),
    ] {
        let miss = missed(ok(&lines, "ok")).await;
        assert!(
            matches!(
                miss,
                Miss::TooLarge {
                    limit: Limit::Headers,
                    ..
                }
            ),
            "{miss:?}"
        );
    }
}

#[tokio::test]
async fn only_a_200_is_a_page() {
    for status in [
        "203 X", "204 X", "205 X", "206 X", "304 X", "404 X", "410 X", "451 X", "500 X", "999 X", "101 X",
    ] {
        let miss = missed(answer(status, "", "<p>notice")).await;
        let code: u16 = status[..3].parse().expect("a number");
        assert!(
            matches!(&miss, Miss::Status { status, retry_after: None, .. } if *status == code),
            "{miss:?}"
        );
        assert_eq!(miss.is_transient(), (500..600).contains(&code));
    }
}

#[tokio::test]
async fn what_is_not_http_is_not_read() {
    for bytes in [
        "<html>bare",
        "220 mail.example ESMTP\r\n",
        "HTTP/1.1 banana\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    ] {
        is_broken(&missed(Reply::Bytes(bytes.into())).await, Fault::NotHttp);
    }
    is_broken(&missed(Reply::Bytes(Vec::new())).await, Fault::Ended);
}

#[tokio::test]
async fn an_empty_page_is_a_miss_of_its_own() {
    let board = Board::start(|_| ok("", "")).await;
    let fetched = fetcher().get(&request(&board.url("/"))).await;
    assert!(matches!(fetched, Err(gazetted::fetch::Miss::Empty)), "{fetched:?}");
}

#[tokio::test]
async fn nobody_listening_is_a_miss_that_names_the_host_and_nothing_secret() {
    let url = {
        let board = Board::start(|_| ok("", "")).await;
        board
            .url("/secret-path?key=secret-query")
            .replace("http://", "http://user:secret-word@")
    };
    // The port is free again once the board has been dropped and its task has ended.
    tokio::task::yield_now().await;
    let miss = miss(fetcher().get(&request(&url)).await);
    assert!(matches!(miss, Miss::Connect { .. }), "{miss:?}");
    assert_eq!(miss.to_string(), "no connection to 127.0.0.1: it was refused");
    assert!(!format!("{miss:?}").contains("secret"));
}
