//! Programs are guests: what a host asks of them in its robots.txt is done, unless the admin says otherwise.

use std::sync::Mutex;

use gazetted::fetch::{Asking, Manner, Miss};

use crate::board::{Board, answer, ok};
use crate::hostile::{Hostile, loopback};
use crate::{fetcher, page, request};

fn robots_asked(board: &Board) -> usize {
    let asked = board.asked();
    asked.iter().filter(|head| head.starts_with("get /robots.txt ")).count()
}

#[tokio::test]
async fn a_forbidden_page_is_not_asked_for_and_the_words_say_what_to_do() {
    let board = Board::start(|path| match path {
        "/robots.txt" => ok("", "User-agent: *\nDisallow: /closed\n"),
        _ => ok("", "page"),
    })
    .await;
    let fetcher = fetcher();
    let manner = Manner::default();
    let refused = fetcher.visit(&manner).ask(&request(&board.url("/closed/1"))).await;
    let miss = refused.expect_err("a refusal");
    assert!(matches!(miss, Miss::Unwelcome { .. }), "{miss}");
    assert!(miss.to_string().contains("robots = false"), "{miss}");
    assert!(!miss.is_transient());
    page(fetcher.visit(&manner).ask(&request(&board.url("/open"))).await);
    page(fetcher.by(&manner).get(&request(&board.url("/open/too"))).await);
    assert_eq!(robots_asked(&board), 1, "once for all pages of a host");
    assert_eq!(board.asked().len(), 3);

    let whatever = Manner {
        asking: Asking::Whatever,
        ..Manner::default()
    };
    page(fetcher.visit(&whatever).ask(&request(&board.url("/closed/1"))).await);
}

#[tokio::test]
async fn a_host_without_a_robots_txt_welcomes_all_and_one_that_fails_nobody() {
    for (status, welcome) in [
        ("404 X", true),
        ("403 X", true),
        ("401 X", true),
        ("302 X", true),
        ("500 X", false),
        ("503 X", false),
        ("429 X", false),
    ] {
        let board = Board::start(move |path| match path {
            "/robots.txt" => answer(status, "", "User-agent: *\nDisallow: /"),
            _ => ok("", "page"),
        })
        .await;
        let fetched = fetcher().visit(&Manner::default()).ask(&request(&board.url("/"))).await;
        assert_eq!(fetched.is_ok(), welcome, "{status}: {fetched:?}");
        let silent = matches!(&fetched, Err(miss @ Miss::RobotsDown { .. }) if miss.is_transient());
        assert_eq!(silent, !welcome, "{status}: {fetched:?}");
    }
}

#[tokio::test]
async fn a_robots_txt_may_be_elsewhere_but_not_where_nothing_may_lead() {
    for (location, welcome) in [("/rules.txt", false), ("http://169.254.169.254/robots.txt", true)] {
        let lines = Mutex::new(format!("Location: {location}\r\n"));
        let board = Board::start(move |path| match path {
            "/robots.txt" => answer("301 X", &lines.lock().expect("no panic"), ""),
            "/rules.txt" => ok("", "User-agent: gazetted\nDisallow: /"),
            _ => ok("", "page"),
        })
        .await;
        let fetched = fetcher().visit(&Manner::default()).ask(&request(&board.url("/"))).await;
        assert_eq!(fetched.is_ok(), welcome, "{location}: {fetched:?}");
    }
}

#[tokio::test]
async fn a_redirect_into_what_is_forbidden_is_not_followed_and_the_next_host_is_asked_for_its_wishes() {
    let next = Board::at("127.0.0.2", |path| match path {
        "/robots.txt" => ok("", "User-agent: *\nDisallow: /closed\n"),
        _ => ok("", "page"),
    })
    .await;
    let (open, closed) = (next.url("/open"), next.url("/closed"));
    let board = Board::start(move |path| {
        let target = match path {
            "/robots.txt" => return ok("", "User-agent: *\nDisallow: /mine\n"),
            "/1" => &open,
            "/2" => &closed,
            "/3" => "/mine",
            _ => return ok("", "page"),
        };
        answer("302 X", &format!("Location: {target}\r\n"), "")
    })
    .await;
    let (fetcher, manner) = (fetcher(), Manner::default());
    page(fetcher.visit(&manner).ask(&request(&board.url("/1"))).await);
    for path in ["/2", "/3"] {
        let fetched = fetcher.visit(&manner).ask(&request(&board.url(path))).await;
        assert!(matches!(fetched, Err(Miss::Unwelcome { .. })), "{fetched:?}");
        let fetched = fetcher.by(&manner).get(&request(&board.url(path))).await;
        assert!(matches!(fetched, Err(Miss::Unwelcome { .. })), "{fetched:?}");
    }
    assert_eq!(robots_asked(&board) + robots_asked(&next), 2, "once for each host");
    let asked = board.asked().concat() + &next.asked().concat();
    assert!(
        !asked.contains("get /mine") && !asked.contains("get /closed"),
        "{asked}"
    );
}

#[tokio::test]
async fn no_forbidden_target_is_reached_by_way_of_a_robots_txt() {
    let Some(hostile) = Hostile::start().await else { return };
    let targets = hostile.told("/ssrf-targets.json").await;
    let names: Vec<String> = targets
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["name"].as_str())
        .map(|name| hostile.url(&format!("/redir/ssrf/{name}")).to_string())
        .collect();
    assert!(names.len() > 60, "only {} targets", names.len());
    let settings = gazetted::net::Settings {
        allow_networks: loopback(),
        ..crate::settings()
    };
    for target in names {
        let lines = format!("Location: {target}\r\n");
        let board = Board::start(move |path| match path {
            "/robots.txt" => answer("302 X", &lines, ""),
            _ => ok("", "page"),
        })
        .await;
        let client = gazetted::net::Client::new(settings.clone()).expect("a client");
        let fetcher = gazetted::fetch::Fetcher::new(client, Default::default());
        let _ = fetcher.visit(&Manner::default()).ask(&request(&board.url("/"))).await;
    }
    hostile.nobody_reached_the_canary().await;
}
