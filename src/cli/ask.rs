//! One-off questions to an address that the admin typed: get it, and work out what it is.

use std::{io::Read, net::IpAddr, path::Path};

use anyhow::{Context, bail};
use ipnet::IpNet;
use jiff::Timestamp;
use url::Url;

use crate::{
    config::Config,
    fetch::{self, Fetcher, Manner},
    net,
    notice::SourceId,
    poll::Watched,
    source::{Fetched, Page, Request, Source, detect},
};

/// A page that was asked for.
pub(super) struct Answer {
    /// The page.
    pub(super) page: Page,
    /// The networks that must be allowed for it, as the address is not a public one.
    pub(super) private_networks: Vec<String>,
    fetcher: Fetcher,
}

impl Answer {
    /// Asks for `url`, which this answer named: with no more leave than there was for this one, and a while after it where
    /// the host is the same.
    pub(super) async fn named(&self, url: &Url) -> anyhow::Result<Page> {
        get(url, None, &self.fetcher).await
    }

    /// As [`named`](Self::named), for the page of a notice: with this page as the one that led there.
    pub(super) async fn linked(&self, url: &Url) -> anyhow::Result<Page> {
        get(url, Some(&self.page.url), &self.fetcher).await
    }

    /// As [`named`](Self::named), for what nobody named: where the host's robots.txt allows it, and only if it is there itself;
    /// another host is somebody else's.
    pub(super) async fn guessed(&self, url: &Url) -> Option<Page> {
        let fetcher = self.fetcher.by(&Manner::default());
        let page = get(url, None, &fetcher).await.ok()?;
        (page.url.host() == url.host()).then_some(page)
    }
}

/// Asks for `url`. That an admin typed it is leave enough to ask an address that is not public.
pub(super) async fn page(url: &Url) -> anyhow::Result<Answer> {
    let allow_networks = private_networks_of(url).await;
    let private_networks = allow_networks.iter().map(IpNet::to_string).collect();
    let settings = net::Settings {
        allow_networks,
        allow_ports: url.port().map(|port| port..=port).into_iter().collect(),
        ..net::Settings::default()
    };
    let fetcher = Fetcher::new(net::Client::new(settings)?, fetch::Settings::default());
    Ok(Answer {
        page: get(url, None, &fetcher).await?,
        private_networks,
        fetcher,
    })
}

/// The first page of the list of a source that is configured, asked for in its manner, and who asks for what it leads to.
pub(super) async fn watched(config: &Config, watched: &Watched) -> anyhow::Result<(Page, Fetcher)> {
    let request = watched.manner.request(&watched.source.url, Default::default());
    let client = net::Client::new(crate::app::net_settings(config))?;
    let fetcher = Fetcher::new(client, config.fetch.clone());
    let mut visit = fetcher.visit(&watched.manner);
    let answer = visit.ask(&request).await;
    Ok((page_of(&request.url, answer)?, visit.fetcher()))
}

/// The page that stands in a file, or on standard input (`-`), as if it had come from `url`.
pub(super) async fn from_file(file: &Path, url: &Url, content_type: Option<&str>) -> anyhow::Result<Page> {
    let body = if file.as_os_str() == "-" {
        let mut body = Vec::new();
        std::io::stdin()
            .read_to_end(&mut body)
            .context("can't read standard input")?;
        body
    } else {
        tokio::fs::read(file)
            .await
            .with_context(|| format!("can't read {}", file.display()))?
    };
    Ok(Page {
        url: url.clone(),
        content_type: content_type.map(str::to_owned),
        content_language: None,
        links: Vec::new(),
        body,
        validators: Default::default(),
        fresh_for: None,
        moved: None,
        at: Timestamp::now(),
    })
}

/// What the page is: a feed, or a board, of a family that is known or worked out.
pub(super) fn recognise(page: &Page) -> anyhow::Result<Source> {
    let guesses = detect::detect(page, &id_of(&page.url))?;
    let best = guesses.into_iter().next();
    Ok(best
        .with_context(|| format!("no list of notices was found on {}", page.url))?
        .source)
}

/// `wanted`, or with a number behind it when that is taken.
pub(super) fn unique(wanted: &SourceId, taken: &[SourceId]) -> SourceId {
    let numbered = (2..).filter_map(|n| format!("{}-{n}", shortened(wanted.as_str(), 60)).parse().ok());
    std::iter::once(wanted.clone())
        .chain(numbered)
        .find(|id| !taken.contains(id))
        .unwrap_or_else(|| wanted.clone())
}

/// An id that people can guess from the address: `www.example.org/notices/feed.xml` becomes `example-org-notices`.
pub(super) fn id_of(url: &Url) -> SourceId {
    let host = url.host_str().unwrap_or("source").trim_start_matches("www.");
    let path = url.path().rsplit_once('.').map_or(url.path(), |(path, _)| path);
    let text = format!("{host}{path}").to_lowercase();
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !matches!(*word, "feed" | "rss" | "index"));
    let id = words.collect::<Vec<_>>().join("-");
    shortened(&id, 64)
        .parse()
        .or_else(|_| "source".parse())
        .unwrap_or_else(|_| unreachable!("this is an id"))
}

fn shortened(id: &str, limit: usize) -> &str {
    id.get(..limit).unwrap_or(id).trim_end_matches('-')
}

/// The page at `url`, to which `referer` led.
pub(super) async fn get(url: &Url, referer: Option<&Url>, fetcher: &Fetcher) -> anyhow::Result<Page> {
    let request = Request {
        url: url.clone(),
        validators: Default::default(),
        referer: referer.cloned(),
        form: None,
    };
    page_of(url, fetcher.get(&request).await)
}

fn page_of(url: &Url, answer: Result<Fetched, fetch::Miss>) -> anyhow::Result<Page> {
    match answer.with_context(|| format!("can't get {url}"))? {
        Fetched::Page(page) => Ok(page),
        Fetched::NotModified { .. } => bail!("{url} answered 304 to a question without conditions"),
    }
}

async fn private_networks_of(url: &Url) -> Vec<IpNet> {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Vec::new();
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<IpAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => tokio::net::lookup_host((host, port))
            .await
            .map(|all| all.map(|a| a.ip()).collect())
            .unwrap_or_default(),
    };
    found
        .into_iter()
        .filter(|address| net::guard::refuse(*address, &[]).is_some())
        .map(IpNet::from)
        .collect()
}
