//! A proxy that the admin names is gone through, and leads nowhere that could not be asked without it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gazetted::fetch::{self, Asking, Fetcher, Manner, Miss as FetchMiss};
use gazetted::net::{Client, Miss, Proxy, Settings, Trust, Way};
use gazetted::source::Fetched;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::board::{Board, answer, ok};
use crate::certificates::{Shop, authority};
use crate::{page, request, settings};

/// Nothing private is open, not even where the proxy itself is.
fn closed() -> Fetcher {
    let settings = Settings {
        allow_networks: Vec::new(),
        ..settings()
    };
    Fetcher::new(Client::new(settings).expect("a client"), fetch::Settings::default())
}

fn through(proxy: &str) -> Manner {
    Manner {
        asking: Asking::Whatever,
        way: Way {
            proxy: Some(Proxy::at(proxy).expect("a proxy")),
            ..Way::default()
        },
        ..Manner::default()
    }
}

async fn ask(manner: &Manner, url: &str) -> Result<Fetched, FetchMiss> {
    closed().visit(manner).ask(&request(url)).await
}

#[track_caller]
fn is_refused(fetched: Result<Fetched, FetchMiss>) {
    assert!(
        matches!(fetched, Err(FetchMiss::Net(Miss::Refused { .. }))),
        "{fetched:?}"
    );
}

#[tokio::test]
async fn a_page_is_got_through_the_proxy_with_its_password_and_the_board_never_sees_that() {
    let proxy = Board::start(|path| match path {
        "http://board.invalid/list" => ok("", "page"),
        other => answer("404 X", "", other),
    })
    .await;
    let at = proxy.url("").replace("http://", "http://me:hush@");
    page(ask(&through(&at), "http://board.invalid/list").await);
    let asked = proxy.asked().concat();
    assert!(asked.contains("proxy-authorization: basic bwu6ahvzaa=="), "{asked}");
    assert!(!asked.contains("\r\nauthorization:"), "{asked}");
}

#[tokio::test]
async fn what_may_not_be_asked_is_not_asked_through_a_proxy_either() {
    let proxy = Board::start(|path| match path {
        "http://board.invalid/away" => answer("302 X", "Location: http://169.254.169.254/latest\r\n", ""),
        _ => ok("", "page"),
    })
    .await;
    let manner = through(&proxy.url(""));
    for url in [
        "http://127.0.0.1/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/",
        "http://localhost/",
        "http://board.invalid:22/",
        "http://board.invalid/away",
    ] {
        is_refused(ask(&manner, url).await);
    }
    // The admin's word is for the proxy, not for what else its host serves.
    is_refused(ask(&manner, &proxy.url("/")).await);
    assert_eq!(proxy.asked().len(), 1, "only the redirect");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_told_without_its_password() {
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let at = format!("http://me:hush@{}", gone.local_addr().expect("an address"));
    drop(gone);
    let fetched = ask(&through(&at), "http://board.invalid/").await;
    let miss = fetched.expect_err("a miss");
    assert!(miss.to_string().contains("proxy"), "{miss}");
    assert!(!format!("{miss:?} {:?}", through(&at)).contains("hush"));
}

#[tokio::test]
async fn a_socks_proxy_is_given_a_name_where_it_looks_names_up_itself() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a guest");
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.expect("a greeting");
        stream.write_all(&[5, 0]).await.expect("a reply");
        let mut wish = vec![0; 5 + "board.invalid".len() + 2];
        stream.read_exact(&mut wish).await.expect("a wish");
        stream
            .write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
            .await
            .expect("a reply");
        let _ = stream.read(&mut [0; 4_096]).await;
        let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage";
        stream.write_all(reply).await.expect("a page");
        wish
    });
    page(ask(&through(&format!("socks5h://{address}")), "http://board.invalid/").await);
    let wish = serving.await.expect("no panic");
    assert_eq!(&wish[..5], &[5, 1, 0, 3, 13]);
    assert_eq!(&wish[5..18], b"board.invalid");
    assert_eq!(&wish[18..], &[0, 80]);

    // Where names are looked up here, one that nobody knows is not asked for.
    let fetched = ask(&through(&format!("socks5://{address}")), "http://board.invalid/").await;
    assert!(fetched.is_err());
}

#[tokio::test]
async fn a_proxy_does_not_stand_in_for_the_board_that_it_leads_to() {
    let (ours, pem) = authority("ours");
    for (name, is_right) in [("board.invalid", true), ("other.invalid", false)] {
        let shop = Shop::open(name, 2099, Some(&ours)).await;
        let (proxy, joined) = tunnel(shop.address).await;
        let mut manner = through(&proxy);
        manner.way.trust = Trust::also(pem.clone()).expect("a certificate");
        let fetched = ask(&manner, "https://board.invalid/").await;
        assert_eq!(fetched.is_ok(), is_right, "{fetched:?}");
        assert_eq!(joined.load(Ordering::Relaxed), 1);
    }
}

/// A proxy that joins whoever asks with `to`; and how often it did.
pub async fn tunnel(to: SocketAddr) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let at = format!("http://{}", listener.local_addr().expect("an address"));
    let joined = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&joined);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            if !head.starts_with(b"CONNECT ") {
                continue;
            }
            count.fetch_add(1, Ordering::Relaxed);
            let mut other = TcpStream::connect(to).await.expect("the other side");
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("a reply");
            tokio::spawn(async move { copy_bidirectional(&mut stream, &mut other).await });
        }
    });
    (at, joined)
}
