//! What hosts ask of programs: their robots.txt, asked for once a day and kept (RFC 9309).
//!
//! Knows how a robots.txt is got and for how long it holds; `rules` knows what it says. Does not wait for turns: whoever asks
//! has one.

mod rules;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use url::{Origin, Url};

use super::Miss;
use crate::net::{self, Client, Redirects};
use rules::{MAX_BYTES, Rules};

/// For how long an answer holds (RFC 9309 §2.4).
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// When a server that failed is asked again.
const SOON: Duration = Duration::from_secs(10 * 60);
/// Hosts whose answers are kept.
const MAX_KEPT: usize = 10_000;
/// Hops to a robots.txt (RFC 9309 §2.3.1.2).
const FOLLOW: Redirects = Redirects::Follow { max: 5 };

/// The robots.txt of all hosts.
#[derive(Debug, Default)]
pub(super) struct Robots {
    kept: Mutex<HashMap<Origin, Arc<Place>>>,
}

/// Held while the robots.txt is asked for, so that it is asked for once.
type Place = tokio::sync::Mutex<Option<Known>>;

#[derive(Clone, Debug)]
struct Known {
    until: Instant,
    said: Result<Arc<Rules>, u16>,
}

impl Robots {
    /// Whether `url` may be asked for through `client`, which gets the robots.txt when none is at hand.
    ///
    /// # Errors
    ///
    /// [`Miss::Unwelcome`] and [`Miss::RobotsDown`]; [`Miss::Net`] when the server could not be reached, or not be trusted.
    pub async fn admit(&self, url: &Url, client: &Client) -> Result<(), Miss> {
        let place = self.place(url.origin());
        let mut known = place.lock().await;
        let fresh = known.as_ref().filter(|known| known.until > Instant::now());
        let said = match fresh {
            Some(known) => known.said.clone(),
            None => {
                let earlier = known.take().and_then(|known| known.said.ok());
                let now = ask(url, client, earlier).await?;
                known.insert(now).said.clone()
            }
        };
        let host = || url.host_str().unwrap_or_default().to_owned();
        match said {
            Ok(rules) if rules.allow(url) => Ok(()),
            Ok(_) => Err(Miss::Unwelcome { host: host() }),
            Err(status) => Err(Miss::RobotsDown { host: host(), status }),
        }
    }

    fn place(&self, origin: Origin) -> Arc<Place> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT && !kept.contains_key(&origin) {
            let now = Instant::now();
            kept.retain(|_, place| {
                place
                    .try_lock()
                    .map_or(true, |known| known.as_ref().is_some_and(|known| known.until > now))
            });
            if kept.len() >= MAX_KEPT {
                kept.clear();
            }
        }
        Arc::clone(kept.entry(origin).or_default())
    }
}

/// Asks for the robots.txt of the host of `url`. What it said `earlier` holds on while its server fails.
async fn ask(url: &Url, client: &Client, earlier: Option<Arc<Rules>>) -> Result<Known, net::Miss> {
    let mut place = url.clone();
    place.set_path("/robots.txt");
    place.set_query(None);
    place.set_fragment(None);
    let (said, holds) = match client.beginning(&place, FOLLOW, MAX_BYTES).await {
        Ok(answer) => (Ok(Arc::new(Rules::read(&answer.body))), DAY),
        Err(net::Miss::Status {
            status: status @ (429 | 500..=599),
            ..
        }) => (earlier.ok_or(status), SOON),
        // The host has none (RFC 9309 §2.3.1.3), or leads us nowhere for it.
        Err(net::Miss::Status { .. } | net::Miss::Redirect { .. } | net::Miss::Refused { .. }) => {
            (Ok(Arc::default()), DAY)
        }
        Err(miss) => match earlier {
            Some(rules) => (Ok(rules), SOON),
            None => return Err(miss),
        },
    };
    Ok(Known {
        until: Instant::now() + holds,
        said,
    })
}
