//! The kinds of addresses that are not the public Internet (the IANA special-purpose registries).
//!
//! IPv6 is judged the other way round from IPv4: only the space handed out for the global Internet (2000::/3) passes, so
//! that the next special block is refused before we hear of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::Reason;

/// Why `ip` must not be connected to, or `None` when it may. What lies in a network of `allow` may; a metadata address only
/// when `allow` names it alone, since whoever opens 169.254.0.0/16 or fd00::/8 rarely means a cloud's credentials.
/// IPv4 inside IPv6 is judged as the IPv4 address it leads to.
pub fn refuse(ip: IpAddr, allow: &[IpNet]) -> Option<Reason> {
    let ip = ip.to_canonical();
    if is_metadata(ip) {
        let alone = |net: &IpNet| net.prefix_len() == net.max_prefix_len() && net.addr() == ip;
        return (!allow.iter().any(alone)).then_some(Reason::Metadata);
    }
    if allow.iter().any(|net| net.contains(&ip)) {
        return None;
    }
    match ip {
        IpAddr::V4(ip) => refuse_v4(ip),
        IpAddr::V6(ip) => refuse_v6(ip, allow),
    }
}

/// Whether `ip`, or the IPv4 address inside it, lies in a network of `allow`.
pub(super) fn is_named(ip: IpAddr, allow: &[IpNet]) -> bool {
    let ip = ip.to_canonical();
    allow.iter().any(|net| net.contains(&ip))
        || matches!(ip, IpAddr::V6(ip) if translated(ip).is_some_and(|v4| is_named(IpAddr::V4(v4), allow)))
}

fn is_metadata(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => matches!(
            ip.octets(),
            [169, 254, 169, 254]
                | [169, 254, 170, 2 | 23]
                | [100, 100, 100, 200]
                | [168, 63, 129, 16]
                | [192, 0, 0, 192]
        ),
        IpAddr::V6(ip) => matches!(
            ip.segments(),
            [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23 | 0x254] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
        ),
    }
}

fn refuse_v4(ip: Ipv4Addr) -> Option<Reason> {
    Some(match ip.octets() {
        [0, ..] => Reason::Unspecified,
        [127, ..] => Reason::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reason::Private,
        [100, 64..=127, ..] => Reason::Shared,
        [169, 254, ..] => Reason::LinkLocal,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Reason::Documentation,
        [198, 18..=19, ..] => Reason::Benchmarking,
        [224..=239, ..] => Reason::Multicast,
        // 192.0.0.0/24 is for protocols, 192.88.99.0/24 was the way into 6to4, 240.0.0.0/4 was never handed out.
        [192, 0, 0, _] | [192, 88, 99, _] | [240..=255, ..] => Reason::Reserved,
        _ => return None,
    })
}

fn refuse_v6(ip: Ipv6Addr, allow: &[IpNet]) -> Option<Reason> {
    if let Some(v4) = translated(ip) {
        return refuse(IpAddr::V4(v4), allow);
    }
    Some(match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Reason::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Reason::Loopback,
        // IPv4-compatible: never routed, but some systems connect to the address inside.
        [0, 0, 0, 0, 0, 0, high, low] => refuse_v4(v4(high, low)).unwrap_or(Reason::Reserved),
        [0xfe80..=0xfebf, ..] => Reason::LinkLocal,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Reason::Private,
        [0xff00..=0xffff, ..] => Reason::Multicast,
        // Translation inside somebody's own network (RFC 8215), and Teredo, which names its relay in the address.
        [0x64, 0xff9b, 1, ..] | [0x2001, 0, ..] => Reason::Tunnel,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reason::Documentation,
        [0x2001, 2, 0, ..] => Reason::Benchmarking,
        [0x2001, 0..=0x1ff, ..] => Reason::Reserved,
        [0x2000..=0x3fff, ..] => return None,
        _ => Reason::Reserved,
    })
}

/// The IPv4 address that a well-known NAT64 (RFC 6052) or 6to4 (RFC 3056) address leads to. Networks with IPv6 alone reach
/// the whole IPv4 Internet by NAT64, so these are judged rather than refused.
fn translated(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ip: &str, expected: Option<Reason>) {
        assert_eq!(refuse(ip.parse().expect("an address"), &[]), expected, "{ip}");
    }

    #[test]
    fn the_public_internet_is_open() {
        for ip in [
            "8.8.8.8",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2001:200::1",
        ] {
            check(ip, None);
        }
    }

    #[test]
    fn everything_else_is_refused_by_its_kind() {
        use Reason::*;
        for (ip, reason) in [
            ("127.0.0.1", Loopback),
            ("127.255.255.255", Loopback),
            ("::1", Loopback),
            ("::ffff:127.0.0.1", Loopback),
            ("::127.0.0.1", Loopback),
            ("64:ff9b::7f00:1", Loopback),
            ("2002:7f00:1::", Loopback),
            ("0.0.0.0", Unspecified),
            ("0.1.2.3", Unspecified),
            ("::", Unspecified),
            ("::ffff:0.0.0.0", Unspecified),
            ("10.0.0.1", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.168.1.1", Private),
            ("fc00::1", Private),
            ("fdff::1", Private),
            ("fec0::1", Private),
            ("feff::1", Private),
            ("64:ff9b::a00:1", Private),
            ("2002:a00:1::1", Private),
            ("::10.0.0.1", Private),
            ("100.64.0.1", Shared),
            ("100.127.255.255", Shared),
            ("169.254.1.1", LinkLocal),
            ("fe80::1", LinkLocal),
            ("febf::1", LinkLocal),
            ("169.254.169.254", Metadata),
            ("::ffff:169.254.169.254", Metadata),
            ("64:ff9b::a9fe:a9fe", Metadata),
            ("fd00:ec2::254", Metadata),
            ("100.100.100.200", Metadata),
            ("168.63.129.16", Metadata),
            ("192.0.0.192", Metadata),
            ("224.0.0.1", Multicast),
            ("ff02::1", Multicast),
            ("192.0.2.1", Documentation),
            ("198.51.100.1", Documentation),
            ("203.0.113.1", Documentation),
            ("2001:db8::1", Documentation),
            ("3fff::1", Documentation),
            ("198.18.0.1", Benchmarking),
            ("198.19.255.255", Benchmarking),
            ("2001:2::1", Benchmarking),
            ("2001::1", Tunnel),
            ("2001:0:7f00:1::8080:8080", Tunnel),
            ("64:ff9b:1::808:808", Tunnel),
            ("192.0.0.1", Reserved),
            ("192.88.99.1", Reserved),
            ("240.0.0.1", Reserved),
            ("255.255.255.255", Reserved),
            ("100::1", Reserved),
            ("2001:10::1", Reserved),
            ("5f00::1", Reserved),
            ("4000::1", Reserved),
            ("::8.8.8.8", Reserved),
        ] {
            check(ip, Some(reason));
        }
    }

    #[test]
    fn an_allowed_network_opens_what_it_names_in_every_disguise() {
        let allow: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8", "169.254.0.0/16"]
            .map(|n| n.parse().expect("a network"))
            .into();
        let refused = |ip: &str| refuse(ip.parse().expect("an address"), &allow);
        for ip in [
            "10.9.8.7",
            "::ffff:10.9.8.7",
            "64:ff9b::a09:807",
            "fd12::1",
            "169.254.3.4",
        ] {
            assert_eq!(refused(ip), None, "{ip}");
        }
        assert_eq!(refused("192.168.0.1"), Some(Reason::Private));
        assert_eq!(refused("169.254.169.254"), Some(Reason::Metadata));
        assert_eq!(refused("fd00:ec2::254"), Some(Reason::Metadata));
        let exactly: [IpNet; 1] = ["169.254.169.254/32".parse().expect("a network")];
        assert_eq!(refuse("169.254.169.254".parse().expect("an address"), &exactly), None);
    }
}
