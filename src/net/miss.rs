//! Why there is no answer, in words for people.
//!
//! The words name the host at most: paths and queries of webhooks and feeds are secrets often enough, and nothing an answer
//! says is repeated, since whoever reads the words may be the stranger who pointed us there.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::CertificateError;
use url::Url;

use super::guard::Reason;
use super::resolver::Unresolved;
use super::trust::OtherKey;

/// Why there is no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Miss {
    /// The guard forbids it. No connection was made.
    #[error("address not allowed: {host} is {reason}")]
    Refused {
        /// Whose address, or the scheme of a URL without a host.
        host: String,
        /// What is wrong with it.
        reason: Reason,
    },
    /// The name could not be resolved.
    #[error("{host} could not be looked up: {why}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        why: &'static str,
    },
    /// No connection.
    #[error("no connection to {host}: {why}")]
    Connect {
        /// To whom.
        host: String,
        /// What the system said.
        why: &'static str,
    },
    /// No trust in the connection.
    #[error("no safe connection to {host}: {fault}")]
    Tls {
        /// To whom.
        host: String,
        /// What is wrong.
        fault: TlsFault,
    },
    /// Too slow.
    #[error("{host} took too long: {phase} was not over after {}", Seconds(*after))]
    Timeout {
        /// Who.
        host: String,
        /// In which phase.
        phase: Phase,
        /// The time that was granted.
        after: Duration,
    },
    /// Too large.
    #[error("the answer of {host} is too large: {limit}")]
    TooLarge {
        /// Whose.
        host: String,
        /// What it exceeds.
        limit: Limit,
    },
    /// A redirect that is not followed.
    #[error("{host} redirects {turn}")]
    Redirect {
        /// Who.
        host: String,
        /// Where to, or how often.
        turn: Turn,
    },
    /// An answer with a status that brings no page.
    #[error("{host} answered with status {status}")]
    Status {
        /// Who: the last host when redirects were followed.
        host: String,
        /// The status code.
        status: u16,
        /// How long to leave this host alone, when it said so with 429 or 503; at most a day.
        retry_after: Option<Duration>,
    },
    /// A body whose compression cannot be undone.
    #[error("the answer of {host} cannot be unpacked: {why}")]
    Encoding {
        /// Whose.
        host: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Not HTTP, or not all of it.
    #[error("the answer of {host} is broken: {fault}")]
    Broken {
        /// Whose.
        host: String,
        /// Where it broke.
        fault: Fault,
    },
    /// The way to it that the admin named can't be gone, so it was not asked.
    #[error("{host} was not asked: what [source.request] says of the way to it can't be used: {why}")]
    NoWay {
        /// Who.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// The request itself cannot be sent.
    #[error("the request to {host} cannot be sent as it is written")]
    Unsendable {
        /// To whom.
        host: String,
    },
}

/// What is wrong with a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Nobody the system trusts vouches for the certificate.
    #[error(
        "its certificate was issued by nobody this system trusts, or an intermediate certificate is missing \
             (ca_file in [source.request] can name a file with the certificate that is wanting)"
    )]
    UnknownIssuer,
    /// Nobody but itself vouches for the certificate.
    #[error("its certificate is self-signed (pin or ca_file in [source.request] can say that it is the right one)")]
    SelfSigned,
    /// The certificate is too old.
    #[error("its certificate has expired")]
    Expired,
    /// The certificate is too young, or our clock is wrong.
    #[error("its certificate is not valid yet")]
    NotYetValid,
    /// The certificate is somebody else's.
    #[error("its certificate is for another name")]
    WrongName,
    /// The certificate is not the pinned one.
    #[error("its key is not the one that pin names; if it was renewed, write the new pin")]
    OtherKey,
    /// The certificate was withdrawn.
    #[error("its certificate has been revoked")]
    Revoked,
    /// The certificate is wrong in another way.
    #[error("its certificate is not acceptable")]
    BadCertificate,
    /// No common protocol version or cipher suite.
    #[error(
        "it offers only TLS versions or ciphers that are no longer considered safe \
             (tls = \"legacy\" in [source.request] speaks most of them, and still checks its certificate)"
    )]
    NothingInCommon,
    /// The handshake failed in another way.
    #[error("the TLS handshake failed")]
    Handshake,
}

/// A phase of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Phase {
    /// Look-up, connection, TLS handshake.
    #[error("connecting")]
    Connecting,
    /// From the start of a hop to its last header.
    #[error("waiting for the headers")]
    Headers,
    /// From the first look-up to the last byte.
    #[error("the whole answer")]
    Whole,
}

/// A limit of size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Bytes of body, before or after decompression.
    #[error("more than {0} bytes")]
    Body(usize),
    /// How many times larger than transferred.
    #[error("it unpacks to more than {0} times its size")]
    Ratio(usize),
    /// Bytes or number of headers.
    #[error("too many headers")]
    Headers,
}

/// A redirect that is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Turn {
    /// A chain that is too long, or a loop.
    #[error("more than {0} times")]
    TooOften(usize),
    /// No `Location`, or none that is a URL.
    #[error("to nowhere")]
    Nowhere,
    /// From https to http.
    #[error("from https to http (allow_downgrade = true in [source.request] follows it)")]
    Downgrade,
}

/// Where an answer broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The connection was reset.
    #[error("the connection was reset")]
    Reset,
    /// Less came than was announced.
    #[error("it ended early")]
    Ended,
    /// Not HTTP.
    #[error("it is not proper HTTP")]
    NotHttp,
    /// Something else.
    #[error("the exchange failed")]
    Other,
}

impl Miss {
    /// Whether the same request may well succeed later with nobody here changing anything: true for faults of the network
    /// and the server (certificates too, which get renewed), false for what is refused, wrong or missing.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Dns { .. } | Self::Connect { .. } | Self::Tls { .. } | Self::Timeout { .. } | Self::Broken { .. } => {
                true
            }
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::Redirect { .. }
            | Self::Encoding { .. }
            | Self::NoWay { .. }
            | Self::Unsendable { .. } => false,
        }
    }

    /// Puts what the resolver says about the host of `url` into our words.
    pub(super) fn unresolved(unresolved: Unresolved, url: &Url) -> Self {
        let host = host(url);
        match unresolved {
            Unresolved::Refused(reason) => Self::Refused { host, reason },
            Unresolved::NotFound => Self::Dns {
                host,
                why: "no address was found",
            },
            Unresolved::Slow => Self::Dns {
                host,
                why: "the name server did not answer in time",
            },
        }
    }

    /// Puts what the HTTP client reports about asking `url` into our words.
    pub(super) fn of(error: &reqwest::Error, url: &Url, connect_timeout: Duration) -> Self {
        let host = host(url);
        if let Some(unresolved) = find::<Unresolved>(error) {
            return Self::unresolved(*unresolved, url);
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::Tls {
                host,
                fault: tls_fault(tls),
            };
        }
        if error.is_builder() {
            return Self::Unsendable { host };
        }
        let io = find::<io::Error>(error).map(io::Error::kind);
        if error.is_connect() {
            if error.is_timeout() {
                return Self::Timeout {
                    host,
                    phase: Phase::Connecting,
                    after: connect_timeout,
                };
            }
            return Self::Connect {
                host,
                why: io.map_or("it failed", connect_fault),
            };
        }
        Self::broken(host, find::<hyper::Error>(error), io)
    }

    /// Puts what an HTTP connection reports about asking `url` into our words.
    #[cfg(feature = "legacy-tls")]
    pub(super) fn of_hyper(error: &hyper::Error, url: &Url) -> Self {
        Self::broken(host(url), Some(error), find::<io::Error>(error).map(io::Error::kind))
    }

    fn broken(host: String, hyper: Option<&hyper::Error>, io: Option<io::ErrorKind>) -> Self {
        match hyper {
            Some(hyper) if hyper.is_parse_too_large() => Self::TooLarge {
                host,
                limit: Limit::Headers,
            },
            Some(hyper) if hyper.is_parse() => Self::Broken {
                host,
                fault: Fault::NotHttp,
            },
            Some(hyper) if hyper.is_incomplete_message() => Self::Broken {
                host,
                fault: Fault::Ended,
            },
            _ => Self::Broken {
                host,
                fault: match io {
                    Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => Fault::Reset,
                    Some(io::ErrorKind::UnexpectedEof) => Fault::Ended,
                    Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => Fault::NotHttp,
                    _ => Fault::Other,
                },
            },
        }
    }
}

/// The host of `url` for people, shortened when it is absurd; the scheme when there is no host.
pub(super) fn host(url: &Url) -> String {
    let Some(host) = url.host_str() else {
        return format!("a {:.32}: URL", url.scheme());
    };
    if host.len() > 100 {
        return host.chars().take(100).chain(['…']).collect();
    }
    host.to_owned()
}

/// The error of type `T` among the causes of `error`.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // An I/O error hides the error it wraps from `source`.
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

pub(super) fn connect_fault(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "it was refused",
        io::ErrorKind::ConnectionReset => "it was reset",
        io::ErrorKind::HostUnreachable => "the host is unreachable",
        io::ErrorKind::NetworkUnreachable => "the network is unreachable",
        io::ErrorKind::UnexpectedEof => "it was closed during the handshake",
        io::ErrorKind::TimedOut => "nobody answered",
        _ => "it failed",
    }
}

fn tls_fault(error: &rustls::Error) -> TlsFault {
    use rustls::AlertDescription::{HandshakeFailure, InsufficientSecurity, ProtocolVersion};
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::WrongName,
            CertificateError::Revoked => TlsFault::Revoked,
            CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
            // The verifier's word for a certificate that is its own authority, as the usual command makes them.
            CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity" => TlsFault::SelfSigned,
            CertificateError::Other(other) if other.0.is::<OtherKey>() => TlsFault::OtherKey,
            _ => TlsFault::BadCertificate,
        },
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(HandshakeFailure | InsufficientSecurity | ProtocolVersion) => {
            TlsFault::NothingInCommon
        }
        _ => TlsFault::Handshake,
    }
}

/// A duration as people write it.
struct Seconds(Duration);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{} s", self.0.as_secs()),
            _ => write!(f, "{:.1} s", self.0.as_secs_f64()),
        }
    }
}
