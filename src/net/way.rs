//! How one source's hosts are gone to, where it differs from the usual.

use std::time::Duration;

use super::{proxy::Proxy, trust::Trust};

/// How the hosts of a source are gone to. The usual way by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Way {
    /// Whose certificates are believed.
    pub trust: Trust,
    /// How TLS is spoken.
    pub tls: Tls,
    /// Through whom.
    pub proxy: Option<Proxy>,
    /// What a redirect from https to http leads to.
    pub downgrade: Downgrade,
    /// For a whole `get`; `None`: as ever.
    pub timeout: Option<Duration>,
    /// The largest body in bytes; `None`: as ever.
    pub max_body: Option<usize>,
}

impl Way {
    /// Whether connections are made as in the `other` way.
    pub(super) fn connects_as(&self, other: &Self) -> bool {
        (&self.trust, self.tls, &self.proxy) == (&other.trust, other.tls, &other.proxy)
    }
}

/// How TLS is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tls {
    /// TLS 1.3, or 1.2 with forward secrecy and authenticated encryption.
    #[default]
    Modern,
    /// TLS 1.2 also with CBC, with RSA key exchange, and with short Diffie-Hellman groups, by OpenSSL. Certificates are
    /// verified all the same.
    Legacy,
}

impl Tls {
    /// Legacy TLS, where this program was built with it.
    ///
    /// # Errors
    ///
    /// When it was not.
    pub fn legacy() -> Result<Self, &'static str> {
        match cfg!(feature = "legacy-tls") {
            true => Ok(Self::Legacy),
            false => Err("this program was built without it (cargo build --features legacy-tls)"),
        }
    }
}

/// What a redirect from https to http leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Downgrade {
    /// A miss.
    #[default]
    Refused,
    /// The page there. Whoever is on the way can read and change it.
    Allowed,
}
