//! Whose certificates are believed, over real handshakes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use gazetted::fetch::{Asking, Manner, Miss as FetchMiss};
use gazetted::net::{Miss, TlsFault, Trust, Way};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PublicKeyData, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::board::{Board, ok};
use crate::{fetcher, page, request};

/// A board with a certificate of its own.
pub struct Shop {
    pub address: SocketAddr,
    pin: [u8; 32],
}

/// An authority, and its certificate as PEM.
pub fn authority(name: &str) -> (CertifiedIssuer<'static, KeyPair>, Vec<u8>) {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
    let pem = issuer.pem().into_bytes();
    (issuer, pem)
}

impl Shop {
    pub async fn open(name: &str, until: i32, issuer: Option<&CertifiedIssuer<'static, KeyPair>>) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = match issuer {
            Some(issuer) => params.signed_by(&key, issuer),
            None => params.self_signed(&key),
        }
        .expect("a certificate");
        let spki = key.subject_public_key_info();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &spki);
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let private = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .expect("a server");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let _ = stream.read(&mut [0; 4_096]).await;
                    let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage";
                    let _ = stream.write_all(reply).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self {
            address,
            pin: digest.as_ref().try_into().expect("32 bytes"),
        }
    }

    async fn asked(&self, trust: Trust) -> Result<gazetted::source::Fetched, FetchMiss> {
        let manner = Manner {
            asking: Asking::Whatever,
            way: Way {
                trust,
                ..Way::default()
            },
            ..Manner::default()
        };
        let url = format!("https://{}/", self.address);
        fetcher().visit(&manner).ask(&request(&url)).await
    }

    #[track_caller]
    fn refused(fetched: Result<gazetted::source::Fetched, FetchMiss>, expected: TlsFault) {
        match fetched {
            Err(FetchMiss::Net(Miss::Tls { fault, .. })) => assert_eq!(fault, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_certificate_that_the_admin_names_is_believed_and_no_other_is() {
    let (ours, pem) = authority("ours");
    let (others, other_pem) = authority("others");
    let shop = Shop::open("127.0.0.1", 2099, Some(&ours)).await;
    let trust = Trust::also(pem.clone()).expect("a certificate");
    page(shop.asked(trust.clone()).await);
    Shop::refused(shop.asked(Trust::System).await, TlsFault::UnknownIssuer);
    Shop::refused(
        shop.asked(Trust::also(other_pem).expect("a certificate")).await,
        TlsFault::UnknownIssuer,
    );
    let foreign = Shop::open("127.0.0.1", 2099, Some(&others)).await;
    Shop::refused(foreign.asked(trust).await, TlsFault::UnknownIssuer);
}

#[tokio::test]
async fn a_certificate_that_can_not_be_used_refuses_the_source_and_falls_back_to_nobody() {
    let damaged = b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    let board = Board::start(|_| ok("", "page")).await;
    let manner = Manner {
        way: Way {
            trust: Trust::Also(damaged.to_vec()),
            ..Way::default()
        },
        ..Manner::default()
    };
    let fetched = fetcher().visit(&manner).ask(&request(&board.url("/"))).await;
    assert!(
        matches!(fetched, Err(FetchMiss::Net(Miss::NoWay { .. }))),
        "{fetched:?}"
    );
    assert_eq!(board.asked(), [""; 0]);
}

#[tokio::test]
async fn a_named_authority_excuses_neither_another_name_nor_another_time() {
    let (ours, pem) = authority("ours");
    let trust = Trust::also(pem).expect("a certificate");
    let misnamed = Shop::open("board.example", 2099, Some(&ours)).await;
    Shop::refused(misnamed.asked(trust.clone()).await, TlsFault::WrongName);
    let expired = Shop::open("127.0.0.1", 2020, Some(&ours)).await;
    Shop::refused(expired.asked(trust).await, TlsFault::Expired);
}

#[tokio::test]
async fn a_pinned_key_is_believed_whoever_vouches_for_it_and_no_other_key_is() {
    let shop = Shop::open("board.example", 2020, None).await;
    let pin = format!("sha256/{}", BASE64_STANDARD.encode(shop.pin));
    page(shop.asked(Trust::pin(&pin).expect("a pin")).await);
    let other = Shop::open("127.0.0.1", 2099, None).await;
    let fetched = other.asked(Trust::Pin(shop.pin)).await;
    Shop::refused(fetched, TlsFault::OtherKey);
}

#[tokio::test]
async fn without_verification_anybody_is_believed_by_this_source_alone() {
    let shop = Shop::open("board.example", 2020, None).await;
    page(shop.asked(Trust::Anyone).await);
    assert!(matches!(
        shop.asked(Trust::System).await,
        Err(FetchMiss::Net(Miss::Tls { .. }))
    ));
}
