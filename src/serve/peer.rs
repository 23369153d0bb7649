//! From where somebody asks: the network whose requests are counted together.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Most proxies behind each other that are looked at.
const MOST: usize = 16;

/// The other end of a connection; `None` on a unix socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) Option<IpAddr>);

impl Peer {
    /// The network that a request comes from: the nearest address that is no trusted proxy's, cut to /24 or /64. `None` for this
    /// machine and for proxies that don't say for whom they ask.
    pub(super) fn network(self, headers: &HeaderMap, proxies: &[IpNet]) -> Option<String> {
        let is_proxy = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
        if let Some(address) = self.0.map(|address| address.to_canonical())
            && !is_proxy(&address)
        {
            return Some(network_of(address));
        }
        let lines: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        let told = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MOST);
        for address in told {
            // What is no address may have been written by the visitor; nothing before it counts.
            let address: IpAddr = address.trim().parse().ok()?;
            let address = address.to_canonical();
            if !is_proxy(&address) {
                return Some(network_of(address));
            }
        }
        None
    }
}

fn network_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(peer: Option<&str>, told: &[&'static str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in told {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let proxies = ["127.0.0.0/8", "10.0.0.0/8"].map(|network| network.parse().expect("a network"));
        let peer = Peer(peer.map(|address| address.parse().expect("an address")));
        assert_eq!(peer.network(&headers, &proxies).as_deref(), expected);
    }

    #[test]
    fn a_visitor_is_counted_by_network_and_can_only_be_named_by_a_proxy() {
        check(Some("192.0.2.77"), &["198.51.100.1"], Some("192.0.2.0/24"));
        check(Some("2001:db8:1:2:3::4"), &[], Some("2001:db8:1:2::/64"));
        check(Some("::ffff:192.0.2.77"), &[], Some("192.0.2.0/24"));
        check(Some("127.0.0.1"), &[], None);
        check(None, &["198.51.100.7"], Some("198.51.100.0/24"));
        check(
            Some("127.0.0.1"),
            &["203.0.113.1, 198.51.100.7, 10.0.0.2"],
            Some("198.51.100.0/24"),
        );
        check(
            Some("127.0.0.1"),
            &["203.0.113.1", "198.51.100.7"],
            Some("198.51.100.0/24"),
        );
        check(Some("127.0.0.1"), &["203.0.113.1, bogus"], None);
    }
}
