//! Connections to where the resolver lets them lead, or through the proxy that the admin named.

use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::http::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use reqwest::header::HeaderValue;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower::{Service, service_fn};
use url::{Host, Url};

use crate::net::miss::{Miss, connect_fault, host};
use crate::net::proxy::Proxy;
use crate::net::resolver::Resolver;

/// Makes connections.
pub(super) struct Dialer {
    /// Who judges.
    pub resolver: Resolver,
    /// For one host, however many addresses it has.
    pub patience: Duration,
}

impl Dialer {
    /// A connection to the host of `url`.
    pub async fn reach(&self, url: &Url) -> Result<TcpStream, Miss> {
        let port = url.port_or_known_default().unwrap_or(443);
        match &self.resolver.proxy {
            None => self.dial(url, url.host(), port).await,
            Some(proxy) => self.through(proxy, url, port).await,
        }
    }

    async fn dial(&self, url: &Url, to: Option<Host<&str>>, port: u16) -> Result<TcpStream, Miss> {
        let addresses = match to {
            Some(Host::Ipv4(ip)) => vec![SocketAddr::new(ip.into(), port)],
            Some(Host::Ipv6(ip)) => vec![SocketAddr::new(ip.into(), port)],
            Some(Host::Domain(name)) => self.addresses(url, name, port).await?,
            None => return Err(Miss::Unsendable { host: host(url) }),
        };
        let each = self.patience / u32::try_from(addresses.len()).unwrap_or(1).max(1);
        let mut why = "nobody answered";
        for address in addresses {
            match timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => why = connect_fault(error.kind()),
                Err(_) => why = "nobody answered",
            }
        }
        Err(Miss::Connect { host: host(url), why })
    }

    async fn addresses(&self, url: &Url, name: &str, port: u16) -> Result<Vec<SocketAddr>, Miss> {
        let found = self.resolver.look_up_or_proxy(name).await;
        let found = found.map_err(|unresolved| Miss::unresolved(unresolved, url))?;
        let at_port = found.into_iter().map(|address| SocketAddr::new(address.ip(), port));
        Ok(at_port.collect())
    }

    async fn through(&self, proxy: &Proxy, url: &Url, port: u16) -> Result<TcpStream, Miss> {
        let lost = || Miss::Connect {
            host: host(url),
            why: "its proxy does not answer, or does not lead there",
        };
        let to = match url.host() {
            Some(Host::Domain(name)) if proxy.is_given_addresses() => {
                let addresses = self.addresses(url, name, port).await?;
                addresses.first().map(SocketAddr::to_string).ok_or_else(lost)?
            }
            _ => format!("{}:{port}", url.host_str().unwrap_or_default()),
        };
        let to: Uri = format!("https://{to}/").parse().map_err(|_| lost())?;
        let own = proxy.url();
        let is_socks = own.scheme() != "http";
        let own_port = own.port_or_known_default().unwrap_or(if is_socks { 1080 } else { 80 });
        let own_name = own.host_str().unwrap_or_default();
        let own_host = Host::parse(own_name).map_err(|_| lost())?;
        let own_host = match &own_host {
            Host::Domain(name) => Host::Domain(name.as_str()),
            Host::Ipv4(ip) => Host::Ipv4(*ip),
            Host::Ipv6(ip) => Host::Ipv6(*ip),
        };
        let place: Uri = format!("http://{own_name}:{own_port}").parse().map_err(|_| lost())?;
        let stream = self.dial(url, Some(own_host), own_port).await.map_err(|_| lost())?;
        let mut stream = Some(TokioIo::new(stream));
        let dialled = service_fn(move |_: Uri| ready(stream.take().ok_or(io::Error::other("there is one connection"))));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = (decoded(own.username()), decoded(own.password().unwrap_or_default()));
        let reached = if is_socks {
            let mut socks = SocksV5::new(place, dialled).local_dns(false);
            if !user.is_empty() {
                socks = socks.with_auth(user, password);
            }
            socks.call(to).await.ok()
        } else {
            let mut tunnel = Tunnel::new(place, dialled);
            if !user.is_empty() {
                let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
                tunnel = tunnel.with_auth(HeaderValue::from_str(&basic).map_err(|_| lost())?);
            }
            tunnel.call(to).await.ok()
        };
        Ok(reached.ok_or_else(lost)?.into_inner())
    }
}
