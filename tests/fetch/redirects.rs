//! Where an answer may lead.

use gazetted::net::guard::Reason;
use gazetted::net::{Client, HeaderName, HeaderValue, Miss, Redirects, Settings, Turn};
use url::Url;

use crate::board::{Board, Reply, answer, ok};
use crate::{client, fetcher, miss, page, request, settings};

fn to(status: &str, location: &str) -> Reply {
    answer(status, &format!("Location: {location}\r\n"), "")
}

fn site(path: &str) -> Reply {
    match path {
        "/301" => to("301 X", "/end"),
        "/302" => to("302 X", "/end"),
        "/303" => to("303 X", "/end"),
        "/307" => to("307 X", "/end"),
        "/308" => to("308 X", "/end"),
        "/301-301" => to("301 X", "/301"),
        "/301-302" => to("301 X", "/302"),
        "/302-301" => to("302 X", "/301"),
        "/self" => to("302 X", "/self"),
        "/ping" => to("302 X", "/pong"),
        "/pong" => to("302 X", "/ping"),
        "/nowhere" => answer("302 X", "", ""),
        "/nonsense" => to("302 X", "http://[::bad/ %zz"),
        "/split" => to("302 X", "/echo?x=%0d%0aX-Injected:%201"),
        "/end" => ok("", "the end"),
        _ => match path
            .strip_prefix("/chain/")
            .map(|left| left.parse::<u32>().expect("a number"))
        {
            Some(0) => ok("", "the end"),
            Some(left) => to("302 X", &format!("/chain/{}", left - 1)),
            None => ok("", "another page"),
        },
    }
}

#[tokio::test]
async fn a_redirect_is_followed_and_a_permanent_one_is_reported() {
    let board = Board::start(site).await;
    for (path, moved) in [
        ("/301", Some("/end")),
        ("/308", Some("/end")),
        ("/302", None),
        ("/303", None),
        ("/307", None),
        ("/301-301", Some("/end")),
        ("/301-302", Some("/302")),
        ("/302-301", None),
    ] {
        let page = page(fetcher().get(&request(&board.url(path))).await);
        assert_eq!(page.body, b"the end", "{path}");
        assert_eq!(page.url.as_str(), board.url("/end"), "{path}");
        assert_eq!(
            page.moved.map(String::from),
            moved.map(|path| board.url(path)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_board_that_asks_for_its_cookie_gets_it_and_it_is_forgotten() {
    let gate = Board::reading(|path, head| {
        let set = |location: &str| {
            answer(
                "302 X",
                &format!("Set-Cookie: gate=open; Path=/\r\nLocation: {location}\r\n"),
                "",
            )
        };
        match path {
            _ if head.contains("\r\ncookie: gate=open\r\n") => ok("", "the board"),
            "/away" => set("/list"),
            path => set(path),
        }
    })
    .await;
    let fetcher = fetcher();
    for path in ["/list", "/away", "/list"] {
        let before = gate.asked().len();
        assert_eq!(
            page(fetcher.get(&request(&gate.url(path))).await).body,
            b"the board",
            "{path}"
        );
        let asked = &gate.asked()[before..];
        assert!(asked.len() == 2 && !asked[0].contains("cookie:"), "{asked:?}");
    }
    let other = Board::start(|_| ok("", "elsewhere")).await;
    let elsewhere = other.url("/");
    let leads_away =
        Board::start(move |_| answer("302 X", &format!("Set-Cookie: s=1\r\nLocation: {elsewhere}\r\n"), ""));
    let page = page(fetcher.get(&request(&leads_away.await.url("/"))).await);
    assert_eq!(page.body, b"elsewhere");
    assert!(!other.asked()[0].contains("cookie:"), "{:?}", other.asked());
}

#[tokio::test]
async fn five_hops_are_followed_and_a_sixth_is_not() {
    let board = Board::start(site).await;
    assert_eq!(
        page(fetcher().get(&request(&board.url("/chain/5"))).await).body,
        b"the end"
    );
    for path in ["/chain/6", "/self", "/ping"] {
        let asked = board.asked().len();
        let miss = miss(fetcher().get(&request(&board.url(path))).await);
        assert!(
            matches!(
                miss,
                Miss::Redirect {
                    turn: Turn::TooOften(5),
                    ..
                }
            ),
            "{miss:?}"
        );
        assert_eq!(board.asked().len() - asked, 6);
    }
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_a_miss() {
    let board = Board::start(site).await;
    for path in ["/nowhere", "/nonsense"] {
        let miss = miss(fetcher().get(&request(&board.url(path))).await);
        assert!(
            matches!(
                miss,
                Miss::Redirect {
                    turn: Turn::Nowhere,
                    ..
                }
            ),
            "{miss:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_writes_no_headers_into_the_next_request() {
    let board = Board::start(site).await;
    page(fetcher().get(&request(&board.url("/split"))).await);
    assert!(!board.asked()[1].contains("\r\nx-injected"), "{:?}", board.asked());
}

#[tokio::test]
async fn a_redirect_leads_to_no_address_that_could_not_be_asked_itself() {
    let inside = Board::at("127.0.0.2", |_| ok("", "secret")).await;
    for target in [
        inside.url("/"),
        "http://169.254.169.254/latest".into(),
        "http://2130706434/".into(),
        "http://[::1]/".into(),
        "file:///etc/passwd".into(),
        "http://localhost.:8080/".into(),
        "//10.0.0.1/".into(),
    ] {
        let board = Board::start(move |_| to("302 X", &target)).await;
        let open = Settings {
            allow_networks: vec!["127.0.0.1/32".parse().expect("a network")],
            ..settings()
        };
        let url = Url::parse(&board.url("/")).expect("a URL");
        let outcome = Client::new(open)
            .expect("a client")
            .get(&url, &[], Redirects::Follow { max: 5 })
            .await;
        // Its own name is open here, since one of its addresses is: then nobody listens there, or it is not found.
        assert!(
            matches!(
                outcome,
                Err(Miss::Refused { .. } | Miss::Connect { .. } | Miss::Dns { .. })
            ),
            "{outcome:?}"
        );
    }
    assert_eq!(inside.asked(), [""; 0]);
}

#[tokio::test]
async fn without_the_admins_word_loopback_is_refused_and_not_even_connected_to() {
    let board = Board::start(site).await;
    let closed = Client::new(Settings::default()).expect("a client");
    let url = Url::parse(&board.url("/end")).expect("a URL");
    let outcome = closed.get(&url, &[], Redirects::Never).await;
    assert!(
        matches!(
            outcome,
            Err(Miss::Refused {
                reason: Reason::Loopback,
                ..
            })
        ),
        "{outcome:?}"
    );
    let outcome = closed.post(&url, &[], b"x".to_vec(), settings().timeout).await;
    assert!(
        matches!(
            outcome,
            Err(Miss::Refused {
                reason: Reason::Loopback,
                ..
            })
        ),
        "{outcome:?}"
    );
    assert_eq!(board.asked(), [""; 0]);
}

#[tokio::test]
async fn secrets_stay_with_the_origin_they_were_meant_for() {
    let other = Board::at("127.0.0.2", site).await;
    let elsewhere = other.url("/end");
    let board = Board::start(move |path| {
        if path == "/here" {
            to("302 X", "/away")
        } else {
            to("302 X", &elsewhere)
        }
    })
    .await;
    let secret = |name| (HeaderName::from_static(name), HeaderValue::from_static("secret"));
    let headers = [
        secret("authorization"),
        secret("cookie"),
        secret("x-api-key"),
        secret("referer"),
        secret("if-none-match"),
    ];
    let url = board.url("/here").replace("http://", "http://user:password@");
    let url = Url::parse(&url).expect("a URL");
    let answer = client()
        .get(&url, &headers, Redirects::Follow { max: 5 })
        .await
        .expect("an answer");
    assert_eq!(answer.url.as_str(), other.url("/end"));
    for head in board.asked() {
        for name in ["authorization", "cookie", "x-api-key", "referer"] {
            assert!(head.contains(&format!("\r\n{name}: ")), "{head}");
        }
    }
    let [head] = &other.asked()[..] else {
        panic!("asked {:?}", other.asked())
    };
    assert_eq!(head.matches("secret").count(), 1, "{head}");
    assert!(
        head.contains("if-none-match: secret") && !head.contains("authorization"),
        "{head}"
    );
}

#[tokio::test]
async fn a_password_in_an_address_is_used_and_never_shown() {
    let board = Board::start(site).await;
    let url = board.url("/301").replace("http://", "http://user:secret-word@");
    let page = page(fetcher().get(&request(&url)).await);
    assert!(
        board.asked().iter().all(|head| head.contains("authorization: basic ")),
        "{:?}",
        board.asked()
    );
    assert!(!format!("{page:?}").contains("secret-word"));
}
