//! HTTPS by OpenSSL, for servers that rustls can't talk to: CBC, RSA key exchange, short Diffie-Hellman groups.
//!
//! The addresses are those of the same resolver, and certificates are verified as ever. TLS is 1.2 at least, and OpenSSL's
//! security level 1 (keys and groups from 1,024 bits); each request has a connection of its own.

mod dial;

use std::pin::Pin;

use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper::http::{self, Uri};
use hyper_util::rt::TokioIo;
use openssl::ssl::{SslConnector, SslConnectorBuilder, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::{X509, verify::X509VerifyFlags};
use reqwest::header::{ACCEPT, HOST, HeaderValue, USER_AGENT};
use reqwest::{Request, Response, ResponseBuilderExt};
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_openssl::SslStream;
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Url};

use dial::Dialer;

use super::Settings;
use super::client::{MAX_HEADER_BYTES, MAX_HEADERS};
use super::miss::{Fault, Miss, Phase, TlsFault, connect_fault, host};
use super::resolver::Resolver;
use super::trust::{Trust, has_key};
use super::way::Way;

/// What OpenSSL may offer besides its defaults, and must not offer whatever its defaults are.
const CIPHERS: &str = "DEFAULT:!aNULL:!eNULL:!MD5:!3DES:!DES:!RC4:!IDEA:!SEED:!aDSS:!SRP:!PSK:@SECLEVEL=1";

/// An HTTPS client that speaks what rustls no longer does.
pub(super) struct Legacy {
    connector: SslConnector,
    trust: Trust,
    dialer: Dialer,
    user_agent: HeaderValue,
}

impl Legacy {
    pub fn new(settings: &Settings, resolver: &Resolver, way: &Way) -> Result<Self, Box<dyn std::error::Error>> {
        let mut builder = SslConnector::builder(SslMethod::tls_client())?;
        builder.set_cipher_list(CIPHERS)?;
        builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
        builder.set_alpn_protos(b"\x08http/1.1")?;
        believe(&way.trust, &mut builder)?;
        Ok(Self {
            connector: builder.build(),
            trust: way.trust.clone(),
            dialer: Dialer {
                resolver: resolver.clone(),
                patience: settings.connect_timeout,
            },
            user_agent: HeaderValue::from_str(&settings.user_agent)?,
        })
    }

    /// Sends a request for an `https:` URL, up to the headers of its answer.
    pub async fn send(&self, request: Request) -> Result<Response, Miss> {
        let url = request.url().clone();
        let stream = timeout(self.dialer.patience, self.connect(&url))
            .await
            .map_err(|_| Miss::Timeout {
                host: host(&url),
                phase: Phase::Connecting,
                after: self.dialer.patience,
            })??;
        let broken = |error: hyper::Error| Miss::of_hyper(&error, &url);
        let (mut sender, connection) = http1::Builder::new()
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEADER_BYTES * 4)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        // It ends with the body, or when nobody waits for that any more.
        let driving = AbortOnDropHandle::new(tokio::spawn(connection));
        let asked = sender.send_request(self.written(request)?).await.map_err(broken)?;
        let (head, body) = asked.into_parts();
        let body = body.map_frame(move |frame| {
            let _until_then = &driving;
            frame
        });
        let answer = http::Response::builder()
            .url(url.clone())
            .status(head.status)
            .version(head.version)
            .body(reqwest::Body::wrap(body));
        let mut answer = answer.map_err(|_| Miss::Broken {
            host: host(&url),
            fault: Fault::NotHttp,
        })?;
        *answer.headers_mut() = head.headers;
        Ok(answer.into())
    }

    /// The request as it stands on the wire.
    fn written(&self, request: Request) -> Result<http::Request<reqwest::Body>, Miss> {
        let url = request.url().clone();
        let unsendable = || Miss::Unsendable { host: host(&url) };
        let mut request = http::Request::try_from(request).map_err(|_| unsendable())?;
        let name = HeaderValue::from_str(&authority(&url)).map_err(|_| unsendable())?;
        let headers = request.headers_mut();
        headers.entry(HOST).or_insert(name);
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        let path = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        *request.uri_mut() = Uri::try_from(path).map_err(|_| unsendable())?;
        Ok(request)
    }

    async fn connect(&self, url: &Url) -> Result<SslStream<TcpStream>, Miss> {
        let stream = self.dialer.reach(url).await?;
        let fault = |fault| Miss::Tls { host: host(url), fault };
        let setup = self.connector.configure().and_then(|setup| {
            let name_counts = matches!(self.trust, Trust::System | Trust::Also(_));
            setup.verify_hostname(name_counts).into_ssl(&name(url))
        });
        let ssl = setup.map_err(|_| fault(TlsFault::Handshake))?;
        let mut stream = SslStream::new(ssl, stream).map_err(|_| fault(TlsFault::Handshake))?;
        if let Err(error) = Pin::new(&mut stream).connect().await {
            return Err(match (stream.ssl().verify_result().as_raw(), error.io_error()) {
                (0, Some(error)) => Miss::Connect {
                    host: host(url),
                    why: connect_fault(error.kind()),
                },
                (0, None) => fault(TlsFault::Handshake),
                (wrong, _) => fault(tls_fault(wrong)),
            });
        }
        if let Trust::Pin(pin) = &self.trust {
            let shown = stream.ssl().peer_certificate().and_then(|shown| shown.to_der().ok());
            let is_pinned = shown.is_some_and(|der| has_key(&CertificateDer::from(der), pin).unwrap_or(false));
            if !is_pinned {
                return Err(fault(TlsFault::OtherKey));
            }
        }
        Ok(stream)
    }
}

fn believe(trust: &Trust, builder: &mut SslConnectorBuilder) -> Result<(), openssl::error::ErrorStack> {
    match trust {
        Trust::System => {}
        Trust::Also(pem) => {
            let store = builder.cert_store_mut();
            for certificate in X509::stack_from_pem(pem)? {
                store.add_cert(certificate)?;
            }
            // An intermediate certificate that the admin names is believed as it is elsewhere.
            builder.verify_param_mut().set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
        }
        // The key is compared once the handshake has proved that the server holds it.
        Trust::Pin(_) | Trust::Anyone => builder.set_verify(SslVerifyMode::NONE),
    }
    Ok(())
}

/// The host as certificates name it.
fn name(url: &Url) -> String {
    match url.host() {
        Some(Host::Ipv6(ip)) => ip.to_string(),
        _ => url.host_str().unwrap_or_default().to_owned(),
    }
}

/// The host as `Host` names it (RFC 9110 §7.2).
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The codes of X509_verify_cert(3).
fn tls_fault(code: i32) -> TlsFault {
    match code {
        9 => TlsFault::NotYetValid,
        10 => TlsFault::Expired,
        18 => TlsFault::SelfSigned,
        2 | 19 | 20 | 21 => TlsFault::UnknownIssuer,
        23 => TlsFault::Revoked,
        62..=64 => TlsFault::WrongName,
        _ => TlsFault::BadCertificate,
    }
}
