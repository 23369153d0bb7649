//! Names to addresses, judged before anyone connects.
//!
//! The HTTP client connects only to what this returns, so a name that changes its mind between check and use gains nothing.
//! One refused address refuses the name: a name that is public and private at once is an attack or a mistake.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::{Guard, Reach, Reason};
use super::proxy::Proxy;

/// More addresses than this are not tried.
const MAX_ADDRESSES: usize = 16;

/// Asks the system's resolver.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    /// Who judges.
    pub guard: Guard,
    /// How far the URLs asked by this client lead.
    pub reach: Reach,
    /// How long a look-up may take.
    pub patience: Duration,
    /// Who is not judged, since the admin named it.
    pub proxy: Option<Proxy>,
}

impl Resolver {
    /// The addresses of `name`, all of them admitted.
    pub async fn look_up(&self, name: &str) -> Result<Vec<SocketAddr>, Unresolved> {
        let found = self.find(name).await?;
        admit_all(&self.guard, self.reach, found)
    }

    /// As [`look_up`](Self::look_up), and whatever addresses the proxy has.
    pub async fn look_up_or_proxy(&self, name: &str) -> Result<Vec<SocketAddr>, Unresolved> {
        match &self.proxy {
            Some(proxy) if proxy.has_name(name) => self.find(name).await,
            _ => self.look_up(name).await,
        }
    }

    async fn find(&self, name: &str) -> Result<Vec<SocketAddr>, Unresolved> {
        let found = tokio::time::timeout(self.patience, tokio::net::lookup_host((name, 0)))
            .await
            .map_err(|_| Unresolved::Slow)?
            .map_err(|_| Unresolved::NotFound)?;
        Ok(found.collect())
    }
}

/// Whether two names of hosts are the same.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.')
        .eq_ignore_ascii_case(other.trim_end_matches('.'))
}

/// Why a name gave no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unresolved {
    /// It leads to where nothing may lead.
    #[error("{0}")]
    Refused(Reason),
    /// The resolver knows no address.
    #[error("no address was found")]
    NotFound,
    /// The resolver did not answer in time.
    #[error("the name server did not answer in time")]
    Slow,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let admitted = resolver.look_up_or_proxy(name.as_str()).await?;
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

fn admit_all(guard: &Guard, reach: Reach, mut found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Unresolved> {
    if found.is_empty() {
        return Err(Unresolved::NotFound);
    }
    for address in &found {
        guard.admit(address.ip(), reach).map_err(Unresolved::Refused)?;
    }
    found.truncate(MAX_ADDRESSES);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refused_address_refuses_the_name() {
        let found = |ips: &[&str]| {
            ips.iter()
                .map(|ip| SocketAddr::new(ip.parse().expect("an address"), 0))
                .collect()
        };
        let judge =
            |ips: &[&str]| admit_all(&Guard::default(), Reach::Public, found(ips)).map(|admitted| admitted.len());
        assert_eq!(judge(&["93.184.216.34", "2606:2800::1"]), Ok(2));
        assert_eq!(
            judge(&["93.184.216.34", "10.0.0.1"]),
            Err(Unresolved::Refused(Reason::Private))
        );
        assert_eq!(judge(&["93.184.216.34"; 20]), Ok(MAX_ADDRESSES));
        let private_last: Vec<&str> = [["8.8.8.8"; 20].as_slice(), &["::ffff:127.0.0.1"]].concat();
        assert_eq!(judge(&private_last), Err(Unresolved::Refused(Reason::Loopback)));
        assert_eq!(judge(&[]), Err(Unresolved::NotFound));
    }
}
