//! Which requests go to the same host: by the name that somebody registered, and by address.

use std::net::IpAddr;

use psl::Psl;
use url::{Host, Url};

/// One thing that must not be asked too often. Gates are taken in the order of these.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Site {
    /// All that is under one registered name: `example.org` for `www.example.org`.
    Name(String),
    /// All that is at one address.
    Address(IpAddr),
}

impl Site {
    /// The site of a host as URLs write it.
    pub fn of(host: &str) -> Self {
        Host::parse(host).map_or_else(|_| Self::Name(host.to_owned()), Self::of_host)
    }

    fn of_url(url: &Url) -> Self {
        url.host().map_or_else(|| Self::Name(String::new()), Self::of_host)
    }

    fn of_host(host: Host<impl AsRef<str>>) -> Self {
        match host {
            Host::Domain(name) => Self::Name(registered(name.as_ref())),
            Host::Ipv4(ip) => Self::Address(ip.into()),
            Host::Ipv6(ip) => Self::Address(IpAddr::from(ip).to_canonical()),
        }
    }

    /// The sites that `url` is a part of, `addresses` being those of its host; sorted, each once.
    pub fn all_of(url: &Url, addresses: &[IpAddr]) -> Vec<Self> {
        let named = Self::of_url(url);
        let at = addresses.iter().map(|ip| Self::Address(ip.to_canonical()));
        let mut sites: Vec<Self> = at.chain([named]).collect();
        sites.sort();
        sites.dedup();
        sites
    }
}

/// What requests for `url` go to, as far as the address says: the registered name that its host is under, or its IP address.
pub fn host_of(url: &Url) -> String {
    match Site::of_url(url) {
        Site::Name(name) => name,
        Site::Address(ip) => ip.to_string(),
    }
}

/// The registered name that `name` is under (the public suffix list's), or `name` where there is none.
fn registered(name: &str) -> String {
    let name = name.trim_end_matches('.');
    let known = psl::List.domain(name.as_bytes());
    known
        .and_then(|known| std::str::from_utf8(known.as_bytes()).ok())
        .unwrap_or(name)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, addresses: &[&str], expected: &[&str]) {
        let addresses: Vec<IpAddr> = addresses.iter().map(|ip| ip.parse().expect("an address")).collect();
        let sites = Site::all_of(&Url::parse(url).expect("a URL"), &addresses);
        let sites: Vec<String> = sites
            .into_iter()
            .map(|site| match site {
                Site::Name(name) => name,
                Site::Address(ip) => ip.to_string(),
            })
            .collect();
        assert_eq!(sites, expected);
    }

    #[test]
    fn names_under_one_registered_name_are_one_site_and_so_are_those_at_one_address() {
        check("https://www.example.org/", &[], &["example.org"]);
        check("https://a.b.Example.ORG.:8443/", &[], &["example.org"]);
        check("https://www.ministry.go.kr/", &[], &["ministry.go.kr"]);
        check("https://go.kr/", &[], &["go.kr"]);
        check("https://someone.github.io/", &[], &["someone.github.io"]);
        check("http://intranet/", &[], &["intranet"]);
        check("https://www.xn--9t4b11yi5a.kr/", &[], &["xn--9t4b11yi5a.kr"]);
        check(
            "https://a.example/",
            &["192.0.2.9", "192.0.2.1", "::ffff:192.0.2.9"],
            &["a.example", "192.0.2.1", "192.0.2.9"],
        );
        check("http://127.0.0.1:8099/", &["127.0.0.1"], &["127.0.0.1"]);
        check("http://[::1]/", &[], &["::1"]);
    }
}
