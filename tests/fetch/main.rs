//! What the way out promises, over real sockets: budgets, redirects, politeness, and a server that does everything wrong.

mod board;
mod budgets;
mod certificates;
mod conditional;
mod hostile;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod packed;
mod politeness;
mod post;
mod proxies;
mod redirects;
mod robots;

use std::time::Duration;

use gazetted::fetch::{self, Fetcher};
use gazetted::net::{Client, Settings};
use gazetted::source::{Fetched, Page, Request, Validators};
use url::Url;

/// Short budgets, with loopback open as an admin would open an intranet.
fn settings() -> Settings {
    Settings {
        timeout: Duration::from_millis(1_500),
        first_byte_timeout: Duration::from_millis(700),
        connect_timeout: Duration::from_millis(500),
        max_body: 256 << 10,
        allow_networks: vec!["127.0.0.0/8".parse().expect("a network")],
        ..Settings::default()
    }
}

fn client() -> Client {
    Client::new(settings()).expect("a client")
}

fn fetcher() -> Fetcher {
    Fetcher::new(
        client(),
        fetch::Settings {
            per_host_interval: Duration::ZERO,
            ..fetch::Settings::default()
        },
    )
}

fn request(url: &str) -> Request {
    Request {
        url: Url::parse(url).expect("a URL"),
        validators: Validators::default(),
        referer: None,
        form: None,
    }
}

#[track_caller]
fn page(fetched: Result<Fetched, fetch::Miss>) -> Page {
    match fetched {
        Ok(Fetched::Page(page)) => page,
        other => panic!("no page but {other:?}"),
    }
}

#[track_caller]
fn miss(fetched: Result<Fetched, fetch::Miss>) -> gazetted::net::Miss {
    match fetched {
        Err(fetch::Miss::Net(miss)) => miss,
        other => panic!("no miss but {other:?}"),
    }
}
