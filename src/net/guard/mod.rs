//! Which URLs may be asked at all.
//!
//! A board, a redirect or a subscriber can write any URL; the daemon often stands where more can be reached than its
//! readers may see. So a URL is refused unless it is http or https, to an ordinary port, to an address of the public
//! Internet. The admin opens more by naming networks and ports.

mod address;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

use ipnet::IpNet;
use url::{Host, Url};

pub use address::refuse;

/// Why a URL is not asked. Says what kind of address it is, never which: the reader may be the stranger who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// 127.0.0.0/8, `::1`, `localhost`.
    #[error("a loopback address")]
    Loopback,
    /// 0.0.0.0/8, `::`.
    #[error("an unspecified address")]
    Unspecified,
    /// RFC 1918, unique local and the old site-local IPv6.
    #[error("a private address")]
    Private,
    /// 100.64.0.0/10, between providers and their customers.
    #[error("a carrier's shared address")]
    Shared,
    /// 169.254.0.0/16, `fe80::/10`.
    #[error("a link-local address")]
    LinkLocal,
    /// Where clouds hand out credentials.
    #[error("a cloud's metadata address")]
    Metadata,
    /// 224.0.0.0/4, `ff00::/8`.
    #[error("a multicast address")]
    Multicast,
    /// TEST-NET 1 to 3, `2001:db8::/32`, `3fff::/20`.
    #[error("an address for documentation")]
    Documentation,
    /// 198.18.0.0/15.
    #[error("an address for benchmarks")]
    Benchmarking,
    /// IPv4 inside IPv6 by a tunnel whose other end nobody can name.
    #[error("a tunnel's address")]
    Tunnel,
    /// Not handed out to anyone.
    #[error("a reserved address")]
    Reserved,
    /// Outside the allowed ports, and not in an allowed network.
    #[error("on a port that is not 80, 443 or 8000 to 8999")]
    Port,
    /// Neither http nor https.
    #[error("neither http nor https")]
    Scheme,
    /// No host.
    #[error("without a host")]
    NoHost,
}

/// How far a URL that was not refused may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To every address that is not refused.
    Public,
    /// To the allowed networks alone, because of its port.
    AllowedNetworks,
}

/// The admin's exceptions, and the judgement.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    networks: Vec<IpNet>,
    ports: Vec<RangeInclusive<u16>>,
}

impl Guard {
    /// A guard that opens `networks` at any port.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        Self {
            networks: networks.into_iter().collect(),
            ports: Vec::new(),
        }
    }

    /// Opens `port` to every address that is not refused: for a port that the admin wrote into a source's URL.
    #[must_use]
    pub fn allow_port(self, port: u16) -> Self {
        self.allow_ports([port..=port])
    }

    /// Opens all `ports`, as [`Guard::allow_port`] does one.
    #[must_use]
    pub fn allow_ports(mut self, ports: impl IntoIterator<Item = RangeInclusive<u16>>) -> Self {
        self.ports.extend(ports);
        self
    }

    /// Judges what a URL shows by itself: scheme, port, and the host when it is an address or a name for this machine.
    /// Other names are judged by [`Guard::admit`] once they are resolved.
    ///
    /// # Errors
    ///
    /// The [`Reason`] to refuse it.
    pub fn check(&self, url: &Url) -> Result<Reach, Reason> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Reason::Scheme);
        }
        let reach = match url.port_or_known_default() {
            Some(port) if self.is_ordinary(port) => Reach::Public,
            _ => Reach::AllowedNetworks,
        };
        match url.host().ok_or(Reason::NoHost)? {
            Host::Ipv4(ip) => self.admit(IpAddr::V4(ip), reach)?,
            Host::Ipv6(ip) => self.admit(IpAddr::V6(ip), reach)?,
            Host::Domain(name) => {
                if is_localhost(name) && !self.opens_loopback() {
                    return Err(Reason::Loopback);
                }
                if reach == Reach::AllowedNetworks && self.networks.is_empty() {
                    return Err(Reason::Port);
                }
            }
        }
        Ok(reach)
    }

    /// Judges an address that a URL of this `reach` leads to.
    ///
    /// # Errors
    ///
    /// The [`Reason`] to refuse it.
    pub fn admit(&self, ip: IpAddr, reach: Reach) -> Result<(), Reason> {
        if let Some(reason) = refuse(ip, &self.networks) {
            return Err(reason);
        }
        match reach {
            Reach::AllowedNetworks if !address::is_named(ip, &self.networks) => Err(Reason::Port),
            _ => Ok(()),
        }
    }

    /// Whether there are networks that only the admin's word opens.
    pub fn has_networks(&self) -> bool {
        !self.networks.is_empty()
    }

    fn is_ordinary(&self, port: u16) -> bool {
        matches!(port, 80 | 443 | 8000..=8999) || self.ports.iter().any(|range| range.contains(&port))
    }

    fn opens_loopback(&self) -> bool {
        [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
            .into_iter()
            .any(|ip| refuse(ip, &self.networks).is_none())
    }
}

/// `localhost` and everything below it is this machine, whatever a resolver says (RFC 6761 §6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let (_, last) = name.rsplit_once('.').unwrap_or(("", name));
    last.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(guard: &Guard, url: &str, expected: Result<Reach, Reason>) {
        let url = Url::parse(url).expect("a URL");
        assert_eq!(guard.check(&url), expected, "{url}");
    }

    fn networks(names: &[&str]) -> Guard {
        Guard::new(names.iter().map(|name| name.parse().expect("a network")))
    }

    #[test]
    fn every_spelling_of_an_address_is_that_address() {
        let guard = Guard::default();
        for host in [
            "127.0.0.66",
            "2130706498",
            "0x7f000042",
            "0177.00.00.0102",
            "0x7f.0x0.0x0.0x42",
            "127.66",
            "127.0.0.66.",
            "[::ffff:127.0.0.66]",
            "[::ffff:7f00:42]",
            "[::127.0.0.66]",
            "[64:ff9b::7f00:42]",
            "[2002:7f00:42::1]",
            "127。0。0。66",
            "①②⑦.⓪.⓪.⑥⑥",
            "board.example@127.0.0.66",
            "LOCALHOST",
            "localhost.",
            "x.localhost",
            "%31%32%37.0.0.1",
        ] {
            check(&guard, &format!("http://{host}:8099/"), Err(Reason::Loopback));
        }
        check(&guard, "http://0:8099/", Err(Reason::Unspecified));
        check(&guard, "http://127.0.0.66:8099\\@board.example/", Err(Reason::Loopback));
        check(&guard, "ht\ttp://127.0.0.66:8099/", Err(Reason::Loopback));
        check(&guard, "http://localhost.example/", Ok(Reach::Public));
    }

    #[test]
    fn only_http_to_ordinary_ports_leaves() {
        let guard = Guard::default();
        for url in [
            "file:///etc/passwd",
            "gopher://8.8.8.8/_x",
            "ftp://8.8.8.8/",
            "data:text/html,x",
            "unix:/run/x.sock",
        ] {
            check(&guard, url, Err(Reason::Scheme));
        }
        for port in [22, 25, 6379, 9000, 1] {
            check(&guard, &format!("http://8.8.8.8:{port}/"), Err(Reason::Port));
            check(&guard, &format!("http://board.example:{port}/"), Err(Reason::Port));
        }
        check(&guard, "https://8.8.8.8/", Ok(Reach::Public));
        check(&guard, "http://board.example:8443/", Ok(Reach::Public));
        let guard = guard.allow_port(9000);
        check(&guard, "http://board.example:9000/", Ok(Reach::Public));
        check(&guard, "http://127.0.0.1:9000/", Err(Reason::Loopback));
    }

    #[test]
    fn an_allowed_network_is_open_at_any_port_and_nothing_else_is() {
        let guard = networks(&["10.1.0.0/16", "127.0.0.1/32"]);
        check(&guard, "http://10.1.2.3:9999/", Ok(Reach::AllowedNetworks));
        check(&guard, "http://10.1.2.3/", Ok(Reach::Public));
        check(&guard, "http://10.2.0.1/", Err(Reason::Private));
        check(&guard, "http://8.8.8.8:9999/", Err(Reason::Port));
        check(&guard, "http://127.0.0.2/", Err(Reason::Loopback));
        check(&guard, "http://localhost/", Ok(Reach::Public));
        check(&guard, "http://board.example:9999/", Ok(Reach::AllowedNetworks));
        let outside = "8.8.8.8".parse().expect("an address");
        assert_eq!(guard.admit(outside, Reach::AllowedNetworks), Err(Reason::Port));
        assert_eq!(guard.admit(outside, Reach::Public), Ok(()));
    }
}
