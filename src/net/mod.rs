//! The guarded way out: everything that leaves for an address somebody else wrote goes through [`Client`].
//!
//! Knows which addresses are refused ([`guard`]), what an answer may cost ([`Settings`]) and how a failure is put in words
//! ([`Miss`]). Does not know boards, notices or webhooks.
//!
//! The address that is checked is the address that is connected to: names are judged inside the client's resolver, hosts
//! that are addresses already are judged on the parsed URL, and both again on every hop of a redirect. Proxies from the
//! environment are not used, since the check would then judge the proxy instead of the board; one that the admin names for a
//! source ([`Proxy`]) is.

pub mod guard;
mod body;
mod client;
mod decode;
mod door;
mod jar;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod miss;
mod proxy;
mod resolver;
mod retry_after;
pub(crate) mod site;
mod trust;
mod way;

use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;

pub use client::{Answer, Client, Escort, Redirects};
pub use door::Unbuildable;
pub use guard::Guard;
pub use jar::Jar;
pub use miss::{Fault, Limit, Miss, Phase, TlsFault, Turn};
pub use proxy::Proxy;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use retry_after::{MAX_WAIT, http_date, retry_after};
pub use site::host_of;
pub use trust::Trust;
pub use way::{Downgrade, Tls, Way};

/// What the way out allows and what it costs at most.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who we say we are.
    pub user_agent: String,
    /// For a whole `get`, from the first look-up to the last byte, redirects included.
    pub timeout: Duration,
    /// For the look-up, the connection and the TLS handshake of one hop.
    pub connect_timeout: Duration,
    /// Until the last header of one hop, the connection included.
    pub first_byte_timeout: Duration,
    /// The largest body in bytes; holds before and after decompression.
    pub max_body: usize,
    /// How many times larger than what was transferred a body may become, once it is larger than a mebibyte.
    pub max_ratio: usize,
    /// Networks that are reachable although they are private; any port of theirs is.
    pub allow_networks: Vec<IpNet>,
    /// Ports that are reachable besides 80, 443 and 8000 to 8999, anywhere.
    pub allow_ports: Vec<RangeInclusive<u16>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            user_agent: concat!("gazetted/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(15),
            max_body: 10 << 20,
            max_ratio: 200,
            allow_networks: Vec::new(),
            allow_ports: Vec::new(),
        }
    }
}
