//! Asking only for what is new.

use gazetted::fetch::Miss as FetchMiss;
use gazetted::net::Miss;
use gazetted::source::{Fetched, Request, Validators};

use crate::board::{Board, Reply, answer};
use crate::{fetcher, page, request};

fn known(url: &str, etag: Option<&str>, last_modified: Option<&str>) -> Request {
    Request {
        validators: Validators {
            etag: etag.map(str::to_owned),
            last_modified: last_modified.map(str::to_owned),
        },
        ..request(url)
    }
}

#[tokio::test]
async fn validators_go_back_to_the_letter_and_a_304_keeps_or_renews_them() {
    let board = Board::start(|path| match path {
        "/same" => answer("304 X", "Cache-Control: max-age=30\r\n", ""),
        _ => answer("304 X", "ETag: W/\"new\"\r\n", ""),
    })
    .await;
    let ask = known(&board.url("/same"), Some("W/\"a,b\""), Some("yesterday 오전"));
    match fetcher().get(&ask).await {
        Ok(Fetched::NotModified { validators, fresh_for }) => {
            assert_eq!(validators, ask.validators);
            assert_eq!(fresh_for.map(|time| time.as_secs()), Some(30));
        }
        other => panic!("{other:?}"),
    }
    let head = &board.asked()[0];
    assert!(head.contains("\r\nif-none-match: w/\"a,b\"\r\n"), "{head}");
    assert!(head.contains("\r\nif-modified-since: yesterday 오전\r\n"), "{head}");
    match fetcher()
        .get(&known(&board.url("/renewed"), Some("\"old\""), Some("then")))
        .await
    {
        Ok(Fetched::NotModified { validators, .. }) => {
            assert_eq!(validators.etag.as_deref(), Some("W/\"new\""));
            assert_eq!(validators.last_modified.as_deref(), Some("then"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_a_miss() {
    let board = Board::start(|_| answer("304 X", "", "")).await;
    let fetched = fetcher().get(&request(&board.url("/"))).await;
    assert!(
        matches!(fetched, Err(FetchMiss::Net(Miss::Status { status: 304, .. }))),
        "{fetched:?}"
    );
}

#[tokio::test]
async fn a_304_with_a_body_poisons_nothing() {
    let board = Board::start(|path| match path {
        "/304" => Reply::Bytes(
            b"HTTP/1.1 304 X\r\nContent-Length: 6\r\n\r\nPOISONHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"
                .to_vec(),
        ),
        _ => Reply::Bytes(
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"
                .to_vec(),
        ),
    })
    .await;
    let fetcher = fetcher();
    let fetched = fetcher.get(&known(&board.url("/304"), Some("\"v\""), None)).await;
    assert!(matches!(fetched, Ok(Fetched::NotModified { .. })), "{fetched:?}");
    for _ in 0..3 {
        assert_eq!(page(fetcher.get(&request(&board.url("/"))).await).body, b"good");
    }
}
