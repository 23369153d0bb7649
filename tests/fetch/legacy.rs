//! Servers that rustls can't talk to are asked by OpenSSL, behind the same guard and with the same distrust.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::Ordering;

use gazetted::fetch::{Asking, Fetcher, Manner, Miss as FetchMiss};
use gazetted::net::{Client, Downgrade, Limit, Miss, Phase, Proxy, Settings, Tls, TlsFault, Trust, Way};
use gazetted::source::Fetched;
use openssl::dh::Dh;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::ssl::{Ssl, SslAcceptor, SslMethod, SslOptions, SslVersion};
use openssl::x509::X509;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, PublicKeyData, date_time_ymd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_openssl::SslStream;

use crate::board::{Board, ok};
use crate::certificates::authority;
use crate::proxies::tunnel;
use crate::{fetcher, page, request, settings};

const RSA_CBC: &str = "AES128-SHA:AES256-SHA256";
const SHORT_DH: &str = "DHE-RSA-AES128-SHA";

/// A server that is ten years behind.
struct Office {
    address: SocketAddr,
    pin: [u8; 32],
}

impl Office {
    async fn open(ciphers: &str, name: &str, until: i32, issuer: &CertifiedIssuer<'static, KeyPair>) -> Self {
        Self::answering(ciphers, name, until, issuer, |_| {
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage".to_vec()
        })
        .await
    }

    async fn answering(
        ciphers: &str,
        name: &str,
        until: i32,
        issuer: &CertifiedIssuer<'static, KeyPair>,
        reply: impl Fn(&str) -> Vec<u8> + Clone + Send + 'static,
    ) -> Self {
        let rsa = PKey::from_rsa(Rsa::generate(2_048).expect("a key")).expect("a key");
        let pem = String::from_utf8(rsa.private_key_to_pem_pkcs8().expect("a key")).expect("text");
        let key = KeyPair::from_pem(&pem).expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, issuer).expect("a certificate");
        let spki = key.subject_public_key_info();
        let pin = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &spki);

        let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls_server()).expect("a server");
        acceptor.set_security_level(0);
        acceptor.clear_options(SslOptions::NO_TLSV1_2);
        acceptor
            .set_max_proto_version(Some(SslVersion::TLS1_2))
            .expect("a version");
        acceptor.set_cipher_list(ciphers).expect("ciphers");
        acceptor
            .set_tmp_dh(&Dh::get_1024_160().expect("a group"))
            .expect("a group");
        acceptor.set_private_key(&rsa).expect("a key");
        let certificate = X509::from_der(certificate.der()).expect("a certificate");
        acceptor.set_certificate(&certificate).expect("a certificate");
        let acceptor = acceptor.build();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let ssl = Ssl::new(acceptor.context()).expect("a connection");
                let reply = reply.clone();
                tokio::spawn(async move {
                    let mut stream = SslStream::new(ssl, stream).expect("a connection");
                    if Pin::new(&mut stream).accept().await.is_err() {
                        return;
                    }
                    let mut head = [0; 4_096];
                    let read = stream.read(&mut head).await.unwrap_or(0);
                    let reply = reply(&String::from_utf8_lossy(&head[..read]));
                    let _ = stream.write_all(&reply).await;
                    let _ = stream.read(&mut head).await;
                });
            }
        });
        Self {
            address,
            pin: pin.as_ref().try_into().expect("32 bytes"),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    async fn asked(&self, way: Way) -> Result<Fetched, FetchMiss> {
        ask(&fetcher(), way, &self.url("/list?page=1")).await
    }
}

async fn ask(fetcher: &Fetcher, way: Way, url: &str) -> Result<Fetched, FetchMiss> {
    let manner = Manner {
        asking: Asking::Whatever,
        way,
        ..Manner::default()
    };
    fetcher.visit(&manner).ask(&request(url)).await
}

fn legacy(trust: Trust) -> Way {
    Way {
        trust,
        tls: Tls::legacy().expect("the feature"),
        ..Way::default()
    }
}

fn also(pem: &[u8]) -> Trust {
    Trust::also(pem.to_vec()).expect("a certificate")
}

#[track_caller]
fn refused(fetched: Result<Fetched, FetchMiss>, expected: TlsFault) {
    match fetched {
        Err(FetchMiss::Net(Miss::Tls { fault, .. })) => assert_eq!(fault, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_with_old_ciphers_alone_is_read_and_the_usual_words_say_how() {
    let (ours, pem) = authority("ours");
    for ciphers in [RSA_CBC, SHORT_DH] {
        let office = Office::open(ciphers, "127.0.0.1", 2099, &ours).await;
        let usual = Way {
            trust: also(&pem),
            ..Way::default()
        };
        let fetched = office.asked(usual).await;
        let words = fetched.as_ref().expect_err("a miss").to_string();
        assert!(words.contains("tls = \"legacy\""), "{words}");
        refused(fetched, TlsFault::NothingInCommon);
        let read = page(office.asked(legacy(also(&pem))).await);
        assert_eq!((read.body.as_slice(), read.url.path()), (&b"page"[..], "/list"));
    }
}

#[tokio::test]
async fn old_ciphers_excuse_neither_issuer_nor_name_nor_time() {
    let (ours, pem) = authority("ours");
    let (_, others) = authority("others");
    let office = Office::open(RSA_CBC, "127.0.0.1", 2099, &ours).await;
    refused(office.asked(legacy(Trust::System)).await, TlsFault::UnknownIssuer);
    refused(office.asked(legacy(also(&others))).await, TlsFault::UnknownIssuer);
    let misnamed = Office::open(RSA_CBC, "board.example", 2099, &ours).await;
    refused(misnamed.asked(legacy(also(&pem))).await, TlsFault::WrongName);
    let expired = Office::open(RSA_CBC, "127.0.0.1", 2020, &ours).await;
    refused(expired.asked(legacy(also(&pem))).await, TlsFault::Expired);
}

#[tokio::test]
async fn a_pin_holds_with_old_ciphers_too() {
    let (ours, _) = authority("ours");
    let office = Office::open(RSA_CBC, "board.example", 2020, &ours).await;
    page(office.asked(legacy(Trust::Pin(office.pin))).await);
    refused(office.asked(legacy(Trust::Pin([7; 32]))).await, TlsFault::OtherKey);
}

#[tokio::test]
async fn the_request_is_a_proper_one_and_carries_what_the_admin_said() {
    let (ours, pem) = authority("ours");
    let office = Office::answering(RSA_CBC, "127.0.0.1", 2099, &ours, |head| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len()).into_bytes()
    })
    .await;
    let read = page(office.asked(legacy(also(&pem))).await);
    let head = String::from_utf8(read.body).expect("text").to_lowercase();
    assert!(head.starts_with("get /list?page=1 http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nhost: {}\r\n", office.address)), "{head}");
    assert!(head.contains("\r\nuser-agent: gazetted/"), "{head}");
    assert!(head.contains("\r\naccept-encoding: "), "{head}");
}

#[tokio::test]
async fn the_guard_and_the_budgets_hold() {
    let (ours, pem) = authority("ours");
    let office = Office::answering(RSA_CBC, "127.0.0.1", 2099, &ours, |head| {
        match head.split(' ').nth(1).unwrap_or_default() {
            "/away" => b"HTTP/1.1 302 X\r\nLocation: https://10.0.0.1/\r\nContent-Length: 0\r\n\r\n".to_vec(),
            "/large" => [
                b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n".as_slice(),
                &[b'x'; 300_000],
            ]
            .concat(),
            _ => Vec::new(),
        }
    })
    .await;
    let way = || legacy(also(&pem));
    let closed = Client::new(Settings {
        allow_networks: Vec::new(),
        ..settings()
    });
    let closed = Fetcher::new(closed.expect("a client"), Default::default());
    let is_refused =
        |fetched: &Result<Fetched, FetchMiss>| matches!(fetched, Err(FetchMiss::Net(Miss::Refused { .. })));
    let fetched = ask(&closed, way(), &office.url("/")).await;
    assert!(is_refused(&fetched), "{fetched:?}");
    let named = format!("https://localhost:{}/", office.address.port());
    let fetched = ask(&closed, way(), &named).await;
    assert!(is_refused(&fetched), "{fetched:?}");
    let fetched = ask(&fetcher(), way(), &office.url("/away")).await;
    assert!(is_refused(&fetched), "{fetched:?}");
    let fetched = ask(&fetcher(), way(), &office.url("/large")).await;
    let limit = Limit::Body(256 << 10);
    assert!(
        matches!(&fetched, Err(FetchMiss::Net(Miss::TooLarge { limit: found, .. })) if *found == limit),
        "{fetched:?}"
    );
    let fetched = ask(&fetcher(), way(), &office.url("/silent")).await;
    let phase = Phase::Headers;
    assert!(
        matches!(&fetched, Err(FetchMiss::Net(Miss::Timeout { phase: found, .. })) if *found == phase),
        "{fetched:?}"
    );
}

#[tokio::test]
async fn old_ciphers_are_spoken_through_a_proxy() {
    let (ours, pem) = authority("ours");
    let office = Office::open(RSA_CBC, "board.invalid", 2099, &ours).await;
    let (proxy, joined) = tunnel(office.address).await;
    let way = Way {
        proxy: Some(Proxy::at(&proxy).expect("a proxy")),
        ..legacy(also(&pem))
    };
    page(ask(&fetcher(), way, "https://board.invalid/").await);
    assert_eq!(joined.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn https_leads_to_http_where_the_admin_says_so_alone() {
    let (ours, pem) = authority("ours");
    let board = Board::start(|_| ok("", "page")).await;
    let target = board.url("/");
    let office = Office::answering(RSA_CBC, "127.0.0.1", 2099, &ours, move |_| {
        format!("HTTP/1.1 302 X\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    })
    .await;
    let fetched = office.asked(legacy(also(&pem))).await;
    let words = fetched.expect_err("a miss").to_string();
    assert!(words.contains("allow_downgrade"), "{words}");
    let way = Way {
        downgrade: Downgrade::Allowed,
        ..legacy(also(&pem))
    };
    page(office.asked(way).await);
}
