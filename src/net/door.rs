//! The door that a request leaves by: one HTTP client that connects only where its resolver lets it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Request, RequestBuilder, Response};
use url::{Host, Url};

use super::Settings;
use super::client::{MAX_HEADER_BYTES, MAX_HEADERS};
use super::guard::{Guard, Reach, Reason};
#[cfg(feature = "legacy-tls")]
use super::legacy::Legacy;
use super::miss::{Miss, host};
use super::resolver::{Resolver, Unresolved};
use super::way::{Tls, Way};

/// How long this machine may look for the address of a name that a proxy will look up itself.
const PATIENCE_BEFORE_PROXY: Duration = Duration::from_secs(2);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum Unbuildable {
    /// Neither the user agent nor the certificates may be anything.
    #[error("the HTTP client can't be set up: its certificates can't be read, or the user agent is not a header value")]
    Http(#[source] reqwest::Error),
    /// OpenSSL can't be set up, or isn't there.
    #[error("TLS as tls = \"legacy\" wants it can't be set up: {0}")]
    Legacy(String),
}

/// One way out, for URLs of one reach.
pub(super) struct Door {
    http: reqwest::Client,
    resolver: Resolver,
    connect_timeout: Duration,
    #[cfg(feature = "legacy-tls")]
    legacy: Option<Legacy>,
}

impl Door {
    /// A door for URLs of this `reach`.
    pub fn build(settings: &Settings, guard: &Guard, reach: Reach, way: &Way) -> Result<Self, Unbuildable> {
        let resolver = Resolver {
            guard: guard.clone(),
            reach,
            // The rest is for connecting. A resolver whose first server is dead asks the second after 5 seconds.
            patience: settings.connect_timeout * 3 / 4,
            proxy: way.proxy.clone(),
        };
        #[cfg(not(feature = "legacy-tls"))]
        if way.tls == Tls::Legacy {
            return Err(Unbuildable::Legacy("this program was built without it".to_owned()));
        }
        Ok(Self {
            http: http(settings, &resolver, way).map_err(Unbuildable::Http)?,
            connect_timeout: settings.connect_timeout,
            #[cfg(feature = "legacy-tls")]
            legacy: match way.tls {
                Tls::Modern => None,
                Tls::Legacy => {
                    let legacy = Legacy::new(settings, &resolver, way);
                    Some(legacy.map_err(|error| Unbuildable::Legacy(error.to_string()))?)
                }
            },
            resolver,
        })
    }

    /// A request that can be [sent](Self::send) through this door.
    pub fn request(&self, method: reqwest::Method, url: Url) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// The addresses of the host of `url`, where this machine looks for them.
    pub async fn addresses(&self, url: &Url) -> Vec<IpAddr> {
        let found = match (url.host(), &self.resolver.proxy) {
            (Some(Host::Domain(name)), None) => self.resolver.look_up(name).await,
            _ => return Vec::new(),
        };
        let found = found.unwrap_or_default();
        found.into_iter().map(|address| address.ip()).collect()
    }

    /// Sends a request, up to the headers of its answer.
    pub async fn send(&self, request: Request) -> Result<Response, Miss> {
        let url = request.url().clone();
        self.judge_for_proxy(&url).await?;
        #[cfg(feature = "legacy-tls")]
        if let (Some(legacy), "https") = (&self.legacy, url.scheme()) {
            return legacy.send(request).await;
        }
        let sent = self.http.execute(request).await;
        sent.map_err(|error| match Miss::of(&error, &url, self.connect_timeout) {
            Miss::Connect { host, .. } | Miss::Dns { host, .. } if self.resolver.proxy.is_some() => {
                let why = "its proxy does not answer, or does not lead there";
                Miss::Connect { host, why }
            }
            miss => miss,
        })
    }

    /// Refuses a name that a proxy would look up, where this machine knows that it leads to where nothing may lead.
    async fn judge_for_proxy(&self, url: &Url) -> Result<(), Miss> {
        let (Some(proxy), Some(Host::Domain(name))) = (&self.resolver.proxy, url.host()) else {
            return Ok(());
        };
        if proxy.is_given_addresses() && !proxy.has_name(name) {
            return Ok(());
        }
        let resolver = Resolver {
            patience: self.resolver.patience.min(PATIENCE_BEFORE_PROXY),
            ..self.resolver.clone()
        };
        let refused = |reason| Miss::Refused {
            host: host(url),
            reason,
        };
        match (resolver.look_up(name).await, self.resolver.reach) {
            (Err(Unresolved::Refused(reason)), _) => Err(refused(reason)),
            // Its port is open in the allowed networks alone, and nobody knows whether it is there.
            (Err(_), Reach::AllowedNetworks) => Err(refused(Reason::Port)),
            _ => Ok(()),
        }
    }
}

// Clients may show the secrets of their proxies.
impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("resolver", &self.resolver)
            .finish_non_exhaustive()
    }
}

fn http(settings: &Settings, resolver: &Resolver, way: &Way) -> Result<reqwest::Client, reqwest::Error> {
    let builder = way.trust.apply(reqwest::Client::builder())?.no_proxy();
    let builder = match &way.proxy {
        Some(proxy) => builder.proxy(proxy.for_all()?),
        None => builder,
    };
    builder
        .user_agent(&settings.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .dns_resolver(Arc::new(resolver.clone()))
        .connect_timeout(settings.connect_timeout)
        // Boards are asked minutes apart. A connection of its own for each request is judged anew, never turns out to have
        // been closed meanwhile, carries nothing over from an earlier answer, and costs no memory in between.
        .pool_max_idle_per_host(0)
        // What it waits for has a deadline anyway.
        .tcp_keepalive(None)
        .tcp_user_timeout(None)
        .http1_max_headers(MAX_HEADERS)
        .http2_max_header_list_size(MAX_HEADER_BYTES as u32)
        .no_gzip()
        .no_deflate()
        .no_zstd()
        .no_brotli()
        .build()
}
