//! Asks boards, politely: conditional requests, a few at a time per host, some time apart, and silence when a host asks for it.
//!
//! Knows [`crate::net`] and the words of [`crate::source::exchange`]. Does not know HTML, the store, or when to poll.

mod freshness;
mod gate;
mod headers;
mod manner;
mod robots;
mod visit;

use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use tokio::sync::Semaphore;

use crate::net::{self, Answer, Client, Escort, Jar, Redirects, Way};
use crate::source::{Fetched, FileHead, Page, Request};

pub use manner::{Asking, Cookies, Manner, Method};
pub use visit::Visit;

use gate::Gates;
use net::site::Site;
use robots::Robots;
use visit::Company;

/// Hops that are followed to a page.
const FOLLOW: Redirects = Redirects::Follow { max: 5 };

/// How long a host is left alone that has had too much and does not say for how long.
const PAUSE: Duration = Duration::from_secs(60);

/// For how long at most one host's wish holds for others at its address: strangers may share it.
const LONGEST_AT_ADDRESS: Duration = Duration::from_secs(10 * 60);

/// How many questions may be open, and how close together.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Requests in flight to one host: to all names under one registered name, and to all names at one address.
    pub per_host_concurrency: usize,
    /// Time between the starts of two requests to one host.
    pub per_host_interval: Duration,
    /// Requests an hour to one host that polls are planned for; the sources' intervals go before it.
    pub per_host_hourly: usize,
    /// Requests in flight in all.
    pub concurrency: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            per_host_concurrency: 2,
            per_host_interval: Duration::from_secs(1),
            per_host_hourly: 600,
            concurrency: 64,
        }
    }
}

/// Why a board could not be read this time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Miss {
    /// There was no usable answer.
    #[error(transparent)]
    Net(#[from] net::Miss),
    /// Status 200 and not one byte.
    #[error("the answer is empty")]
    Empty,
    /// The host asked to be left alone, so it was not asked.
    #[error("its host asks to wait until {until}")]
    HostAsksToWait {
        /// When it may be asked again.
        until: Timestamp,
    },
    /// The robots.txt of its host forbids the page, so it was not asked for.
    #[error(
        "the robots.txt of {host} asks programs to leave this page alone; with robots = false in [source.request] it is \
         asked for nevertheless"
    )]
    Unwelcome {
        /// Whose.
        host: String,
    },
    /// The host fails to say whether programs are welcome, so the page was not asked for (RFC 9309 §2.3.1.4).
    #[error("{host} was not asked: its robots.txt can't be had (status {status})")]
    RobotsDown {
        /// Whose.
        host: String,
        /// The answer.
        status: u16,
    },
}

impl Miss {
    /// Whether the same request may well succeed later with nobody here changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Net(miss) => miss.is_transient(),
            Self::Empty | Self::HostAsksToWait { .. } | Self::RobotsDown { .. } => true,
            Self::Unwelcome { .. } => false,
        }
    }

    /// Whether the answer was 410: what was asked for is gone for good.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Net(net::Miss::Status { status: 410, .. }))
    }

    /// How long the host asked to be left alone, at `now`.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Net(net::Miss::Status { retry_after, .. }) => *retry_after,
            Self::HostAsksToWait { until } => Duration::try_from(until.duration_since(now)).ok(),
            _ => None,
        }
    }
}

/// Asks boards. Cheap to clone; clones share their politeness.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// Or why the way of the source can't be gone.
    client: Result<Client, Arc<str>>,
    usual: Client,
    gates: Arc<Gates>,
    places: Arc<Semaphore>,
    robots: Arc<Robots>,
    asking: Asking,
    /// The time between two requests to one host.
    apart: Duration,
    usual_apart: Duration,
    /// The client for each way that differs from the usual one.
    clients: Arc<Mutex<HashMap<Way, Client>>>,
    /// What goes along to the origin of a visit's list.
    company: Option<Arc<Company>>,
}

impl Fetcher {
    /// A fetcher that asks through `client` at a person's word, so that no robots.txt is asked first;
    /// [`by`](Self::by) is for a program's own account.
    pub fn new(client: Client, settings: Settings) -> Self {
        Self {
            client: Ok(client.clone()),
            usual: client,
            gates: Arc::new(Gates::new(settings.per_host_concurrency)),
            places: Arc::new(Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            robots: Arc::default(),
            asking: Asking::Whatever,
            apart: settings.per_host_interval,
            usual_apart: settings.per_host_interval,
            clients: Arc::default(),
            company: None,
        }
    }

    /// The same, asking as a source is asked in this `manner`.
    #[must_use]
    pub fn by(&self, manner: &Manner) -> Self {
        Self {
            asking: manner.asking,
            apart: manner.apart.unwrap_or(self.usual_apart),
            client: self.going(&manner.way).map_err(|why| why.to_string().into()),
            ..self.clone()
        }
    }

    fn going(&self, way: &Way) -> Result<Client, net::Unbuildable> {
        if *way == Way::default() {
            return Ok(self.usual.clone());
        }
        let mut known = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.get(way) {
            return Ok(client.clone());
        }
        let client = self.usual.by(way)?;
        known.insert(way.clone(), client.clone());
        Ok(client)
    }

    /// The client to ask for `url` with: never one that goes another way than the admin said.
    fn client(&self, url: &url::Url) -> Result<&Client, net::Miss> {
        self.client.as_ref().map_err(|why| net::Miss::NoWay {
            host: url.host_str().unwrap_or_default().to_owned(),
            why: why.to_string(),
        })
    }

    /// Asks for a page, waiting for its host's turn. Dropping the future gives the turn back.
    ///
    /// # Errors
    ///
    /// A [`Miss`]; a host that asked to be left alone is not asked.
    pub async fn get(&self, request: &Request) -> Result<Fetched, Miss> {
        let (headers, jar) = (self.headers(request), &mut Jar::default());
        let client = self.client(&request.url)?;
        let asking = pin!(client.visit(&request.url, &headers, None, FOLLOW, jar, self));
        let answer = self.politely(request, asking).await?;
        fetched(request, answer)
    }

    /// Asks what a file is called, how large it is and of what type, without fetching it.
    ///
    /// # Errors
    ///
    /// A [`Miss`], as for [`get`](Self::get).
    pub async fn head(&self, request: &Request) -> Result<FileHead, Miss> {
        let headers = self.headers(request);
        let client = self.client(&request.url)?;
        let asking = pin!(client.head(&request.url, &headers, FOLLOW, self));
        let answer = self.politely(request, asking).await?;
        Ok(FileHead {
            disposition: answer
                .headers
                .get(CONTENT_DISPOSITION)
                .map(|value| value.as_bytes().to_vec()),
            content_type: headers::text(&answer.headers, &CONTENT_TYPE),
            length: headers::text(&answer.headers, &CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        })
    }

    fn headers(&self, request: &Request) -> Vec<(net::HeaderName, net::HeaderValue)> {
        let company = self.company.as_ref().map(|company| company.to(&request.url));
        [&headers::of(request), company.unwrap_or_default()].concat()
    }

    async fn welcome(&self, url: &url::Url) -> Result<(), Miss> {
        match self.asking {
            Asking::WhereWelcome => self.robots.admit(url, self.client(url)?).await,
            Asking::Whatever => Ok(()),
        }
    }

    /// Lets `asking` run when it is the turn of the host of `request`.
    async fn politely(
        &self,
        request: &Request,
        asking: Pin<&mut impl Future<Output = Result<Answer, Miss>>>,
    ) -> Result<Answer, Miss> {
        let addresses = self.client(&request.url)?.addresses(&request.url).await;
        let sites = Site::all_of(&request.url, &addresses);
        let turn = self
            .gates
            .turn(&sites, self.apart, &self.places)
            .await
            .map_err(|left| Miss::HostAsksToWait {
                until: whole_second_after(left),
            })?;
        let outcome = match self.welcome(&request.url).await {
            Ok(()) => asking.await,
            Err(unwelcome) => Err(unwelcome),
        };
        drop(turn);
        if let Err(Miss::Net(net::Miss::Status {
            host,
            status,
            retry_after,
        })) = &outcome
            && let Some(wait) = retry_after.or((*status == 429).then_some(PAUSE))
        {
            // Asking the first host again would only lead to the one that answered.
            self.hold(&sites, &Site::of(host), wait);
        }
        outcome
    }

    /// Leaves alone who answered, and who led there.
    fn hold(&self, sites: &[Site], answered: &Site, wait: Duration) {
        let names = sites.iter().any(|site| matches!(site, Site::Name(_)));
        for site in sites.iter().chain([answered]) {
            match site {
                Site::Address(_) if names => self.gates.hold(site, wait.min(LONGEST_AT_ADDRESS)),
                _ => self.gates.hold(site, wait),
            }
        }
    }
}

/// Redirects lead where the first page could have been asked for.
#[async_trait]
impl Escort for Fetcher {
    type No = Miss;

    async fn admit(&self, url: &url::Url) -> Result<(), Miss> {
        self.welcome(url).await
    }
}

/// The first whole second once `left` is over: nobody asks for more precision.
fn whole_second_after(left: Duration) -> Timestamp {
    let until = Timestamp::now().saturating_add(left).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(until.as_second().saturating_add(1)).unwrap_or(until)
}

fn fetched(request: &Request, answer: Answer) -> Result<Fetched, Miss> {
    let validators = headers::validators(&answer.headers);
    let fresh_for = freshness::fresh_for(&answer.headers);
    if answer.status == 304 {
        return Ok(Fetched::NotModified {
            validators: headers::renewed(&request.validators, validators),
            fresh_for,
        });
    }
    if answer.body.is_empty() {
        return Err(Miss::Empty);
    }
    Ok(Fetched::Page(Page {
        url: answer.url,
        content_type: headers::text(&answer.headers, &CONTENT_TYPE),
        content_language: headers::text(&answer.headers, &net::HeaderName::from_static("content-language")),
        links: headers::links(&answer.headers),
        body: answer.body,
        validators,
        fresh_for,
        moved: answer.moved,
        at: Timestamp::now(),
    }))
}
