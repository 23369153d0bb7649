//! Leaving a host alone when it asks for it. How turns are taken is told beside the gate itself.

use std::time::Duration;

use gazetted::fetch::{self, Asking, Cookies, Fetcher, Manner, Miss as FetchMiss};
use gazetted::net::Miss;
use jiff::Timestamp;

use crate::board::{Board, answer, ok};
use crate::{client, fetcher, page, request};

#[tokio::test]
async fn a_host_that_names_a_time_is_not_asked_before_it() {
    let board = Board::start(|path| match path {
        "/busy" => answer("429 X", "Retry-After: 60\r\n", ""),
        _ => ok("", "page"),
    })
    .await;
    let other = Board::at("127.0.0.2", |_| ok("", "page")).await;
    let fetcher = fetcher();
    let fetched = fetcher.get(&request(&board.url("/busy"))).await;
    let wait = Some(Duration::from_secs(60));
    assert!(
        matches!(&fetched, Err(FetchMiss::Net(Miss::Status { status: 429, retry_after, .. })) if *retry_after == wait),
        "{fetched:?}"
    );
    match fetcher.get(&request(&board.url("/another"))).await {
        Err(FetchMiss::HostAsksToWait { until }) => {
            let left = until.as_second() - Timestamp::now().as_second();
            assert!((50..=61).contains(&left), "{left} s");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(board.asked().len(), 1);
    page(fetcher.get(&request(&other.url("/"))).await);
}

#[tokio::test]
async fn a_host_that_has_had_too_much_is_left_alone_though_it_names_no_time() {
    let board = Board::start(|_| answer("429 X", "", "")).await;
    let fetcher = fetcher();
    let fetched = fetcher.get(&request(&board.url("/"))).await;
    assert!(
        matches!(&fetched, Err(FetchMiss::Net(Miss::Status { status: 429, .. }))),
        "{fetched:?}"
    );
    let fetched = fetcher.get(&request(&board.url("/another"))).await;
    assert!(matches!(&fetched, Err(FetchMiss::HostAsksToWait { .. })), "{fetched:?}");
    assert_eq!(board.asked().len(), 1);
}

#[tokio::test]
async fn a_wish_holds_for_every_name_of_an_address() {
    let board = Board::start(|_| answer("503 X", "Retry-After: 60\r\n", "")).await;
    let fetcher = fetcher();
    let named = board.url("/").replace("127.0.0.1", "localhost");
    assert!(fetcher.get(&request(&named)).await.is_err());
    let fetched = fetcher.get(&request(&board.url("/"))).await;
    assert!(matches!(&fetched, Err(FetchMiss::HostAsksToWait { .. })), "{fetched:?}");
}

#[tokio::test]
async fn nonsense_and_past_wishes_shut_nobody_out() {
    for wish in ["-5", "soon", "0", "Wed, 01 Jan 2020 00:00:00 GMT"] {
        let lines = format!("Retry-After: {wish}\r\n");
        let board = Board::start(move |path| {
            if path == "/" {
                ok("", "page")
            } else {
                answer("503 X", &lines, "")
            }
        })
        .await;
        let fetcher = fetcher();
        let fetched = fetcher.get(&request(&board.url("/busy"))).await;
        assert!(
            matches!(
                fetched,
                Err(FetchMiss::Net(Miss::Status {
                    status: 503,
                    retry_after: None,
                    ..
                }))
            ),
            "{wish}: {fetched:?}"
        );
        page(fetcher.get(&request(&board.url("/"))).await);
    }
}

#[tokio::test]
async fn a_wish_behind_a_redirect_holds_for_both_hosts() {
    let busy = Board::at("127.0.0.2", |_| answer("503 X", "Retry-After: 60\r\n", "")).await;
    let target = busy.url("/");
    let board = Board::start(move |_| answer("302 X", &format!("Location: {target}\r\n"), "")).await;
    let fetcher = fetcher();
    assert!(fetcher.get(&request(&board.url("/"))).await.is_err());
    for url in [board.url("/"), busy.url("/x")] {
        let fetched = fetcher.get(&request(&url)).await;
        assert!(matches!(fetched, Err(FetchMiss::HostAsksToWait { .. })), "{fetched:?}");
    }
    assert_eq!((board.asked().len(), busy.asked().len()), (1, 1));
}

#[tokio::test]
async fn requests_to_one_host_start_an_interval_apart() {
    let board = Board::start(|_| ok("", "page")).await;
    let apart = Duration::from_millis(200);
    let settings = fetch::Settings {
        per_host_interval: apart,
        ..fetch::Settings::default()
    };
    let fetcher = Fetcher::new(client(), settings);
    let start = std::time::Instant::now();
    let requests: Vec<_> = (0..4).map(|nth| request(&board.url(&format!("/{nth}")))).collect();
    for fetched in futures_util::future::join_all(requests.iter().map(|request| fetcher.get(request))).await {
        page(fetched);
    }
    assert!(start.elapsed() >= apart * 3, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_source_can_have_its_own_interval_and_limits() {
    let board = Board::start(|path| match path {
        "/large" => ok("", "x".repeat(100)),
        "/slow" => crate::board::Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npage".to_vec()),
        _ => ok("", "page"),
    })
    .await;
    let mut manner = Manner {
        asking: Asking::Whatever,
        apart: Some(Duration::from_millis(200)),
        ..Manner::default()
    };
    manner.way.max_body = Some(99);
    manner.way.timeout = Some(Duration::from_millis(300));
    let fetcher = fetcher().by(&manner);
    let start = std::time::Instant::now();
    for _ in 0..3 {
        page(fetcher.get(&request(&board.url("/"))).await);
    }
    assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
    let fetched = fetcher.get(&request(&board.url("/large"))).await;
    assert!(
        matches!(fetched, Err(FetchMiss::Net(Miss::TooLarge { .. }))),
        "{fetched:?}"
    );
    let fetched = fetcher.get(&request(&board.url("/slow"))).await;
    let after = Duration::from_millis(300);
    assert!(
        matches!(&fetched, Err(FetchMiss::Net(Miss::Timeout { after: found, .. })) if *found == after),
        "{fetched:?}"
    );
}

#[tokio::test]
async fn cookies_are_kept_between_visits_when_the_admin_says_so_and_never_otherwise() {
    for (cookies, expected) in [(Some(Cookies::default()), true), (None, false)] {
        let board = Board::start(|_| ok("Set-Cookie: seen=1; Path=/\r\n", "page")).await;
        let fetcher = fetcher();
        let manner = Manner {
            asking: Asking::Whatever,
            cookies,
            ..Manner::default()
        };
        for _ in 0..2 {
            page(fetcher.visit(&manner).ask(&request(&board.url("/"))).await);
        }
        let brought: Vec<bool> = board
            .asked()
            .iter()
            .map(|head| head.contains("cookie: seen=1"))
            .collect();
        assert_eq!(brought, [false, expected]);
    }
}
