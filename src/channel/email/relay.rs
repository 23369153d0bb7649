//! The relay that takes our mail, as the configuration names it.

use std::{sync::Arc, time::Duration};

use rustls::ClientConfig;
use rustls_platform_verifier::ConfigVerifierExt;
use url::Url;

use crate::ops::Secret;

/// Whether and how the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Never: a relay on this machine.
    None,
    /// STARTTLS (RFC 3207), or nothing is sent.
    Required,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// A relay.
#[derive(Clone)]
pub struct Relay {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) login: Option<(String, Secret)>,
    pub(super) tls: Option<Arc<ClientConfig>>,
    pub(super) patience: Patience,
}

/// How long each phase may take: RFC 5321 §4.5.3.2, shorter where a relay that answers at all answers sooner.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the connection and the greeting, each.
    pub greeting: Duration,
    /// For the answer to a command.
    pub command: Duration,
    /// For sending the whole message.
    pub body: Duration,
    /// For the answer to the final dot: the relay may scan the message first.
    pub dot: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            greeting: seconds(60),
            command: seconds(120),
            body: seconds(180),
            dot: seconds(600),
        }
    }
}

/// Why a relay can't be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum UnusableRelay {
    /// The address is not one of a relay.
    #[error("expected smtp:// or smtps:// and a host; the only parameter is ?tls=required, after smtp://")]
    Address,
    /// A user without a password, or the other way round.
    #[error("a user in the address and a `password` go together")]
    Login,
    /// The password would be sent in the clear.
    #[error("a password is only sent over TLS: use smtps:// or ?tls=required")]
    ClearPassword,
    /// The system's certificates can't be read.
    #[error("the system's certificates can't be read: {0}")]
    Certificates(rustls::Error),
}

impl Relay {
    /// The relay at `url` (`smtp://host`, `smtps://user@host:465`, `smtp://host?tls=required`). Where it is encrypted,
    /// it can be used [with certificates](Self::with_system_certificates) alone.
    ///
    /// # Errors
    ///
    /// [`UnusableRelay`] says what does not fit together.
    pub fn new(url: &Url, password: Option<Secret>) -> Result<Self, UnusableRelay> {
        let parameters: Vec<_> = url.query_pairs().collect();
        let encryption = match (url.scheme(), parameters.as_slice()) {
            ("smtps", []) => Encryption::Implicit,
            ("smtp", []) => Encryption::None,
            ("smtp", [(key, value)]) if key == "tls" && value == "required" => Encryption::Required,
            _ => return Err(UnusableRelay::Address),
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(UnusableRelay::Address)?;
        let user = percent_encoding::percent_decode_str(url.username())
            .decode_utf8()
            .map_err(|_| UnusableRelay::Address)?;
        let login = match (user.is_empty(), password) {
            (true, None) => None,
            (false, Some(password)) => Some((user.into_owned(), password)),
            _ => return Err(UnusableRelay::Login),
        };
        if login.is_some() && encryption == Encryption::None && !is_loopback(host) {
            return Err(UnusableRelay::ClearPassword);
        }
        let port = url
            .port()
            .unwrap_or(if encryption == Encryption::Implicit { 465 } else { 25 });
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self {
            host,
            port,
            encryption,
            login,
            tls: None,
            patience: Patience::default(),
        })
    }

    /// The same relay, trusted as the system's certificates say.
    ///
    /// # Errors
    ///
    /// When they can't be read.
    pub fn with_system_certificates(self) -> Result<Self, UnusableRelay> {
        let tls = match self.encryption {
            Encryption::None => None,
            _ => Some(Arc::new(
                ClientConfig::with_platform_verifier().map_err(UnusableRelay::Certificates)?,
            )),
        };
        Ok(Self { tls, ..self })
    }

    /// Whether it wants to know who we are.
    pub fn logs_in(&self) -> bool {
        self.login.is_some()
    }

    /// The same relay, waited for as long as `patience` says.
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
