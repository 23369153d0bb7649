//! Names to addresses, judged before anyone connects.
//!
//! The HTTP client connects only to what this returns, so a name that changes its mind between check and use gains nothing.
//! One refused address refuses the name: a name that is public and private at once is an attack or a mistake.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::{Guard, Reach, Reason};

/// More addresses than this are not tried.
const MAX_ADDRESSES: usize = 16;

/// Asks the system's resolver.
pub(super) struct Resolver {
    /// Who judges.
    pub guard: Guard,
    /// How far the URLs asked by this client lead.
    pub reach: Reach,
    /// How long a look-up may take.
    pub patience: Duration,
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
        let (guard, reach, patience) = (self.guard.clone(), self.reach, self.patience);
        Box::pin(async move {
            let found = tokio::time::timeout(patience, tokio::net::lookup_host((name.as_str(), 0)))
                .await
                .map_err(|_| Unresolved::Slow)?
                .map_err(|_| Unresolved::NotFound)?
                .collect();
            let admitted = admit_all(&guard, reach, found)?;
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
