//! The roof: what may be written in `gazetted.toml`, and what the program will do by it.
//!
//! Everything is checked before anything runs, and all mistakes are told at once. `section` walks the file, `value` reads
//! single values, `read` says which keys there are; `problem` shows mistakes. A file without mistakes is read in `pieces`.

mod compose;
mod dkim;
mod fields;
mod pieces;
mod problem;
mod read;
mod request;
mod rules;
mod section;
mod shared;
mod sources;
mod value;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ipnet::IpNet;
use url::Url;

pub use compose::{article_table, block};
pub use problem::{Problem, Problems};

use crate::{
    channel::email::{Relay, Templates, dkim::Signer},
    dispatch::Pace,
    fetch, net,
    ops::{Listen, Secret},
    poll::Watched,
    serve::SavedSearch,
    store::AskingLimits,
    subscription::{Address, Receiver},
};

/// Where a configuration is looked for when nobody names one.
const PLACES: [&str; 2] = ["gazetted.toml", "/etc/gazetted/gazetted.toml"];

/// What the program will do.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[store]`
    pub store: StoreSettings,
    /// `[fetch]`, as the guarded client needs it.
    pub net: net::Settings,
    /// `[fetch]`, as the polite fetcher needs it.
    pub fetch: fetch::Settings,
    /// `[[source]]`
    pub sources: Vec<Watched>,
    /// `[[search]]`
    pub searches: Vec<SavedSearch>,
    /// `[admin]`: who hears what becomes of sources.
    pub admins: Vec<Receiver>,
    /// `[email]`
    pub email: Option<Email>,
    /// `[subscribe]`
    pub subscribe: Subscribe,
    /// `[[subscriber]]`
    pub subscribers: Vec<Receiver>,
    /// `[[webhook]]`
    pub webhooks: Vec<Webhook>,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    /// Where to listen.
    pub listen: Listen,
    /// What readers see, with a slash at its end.
    pub public_url: Url,
    /// The name of the whole.
    pub title: String,
    /// Under which licence the texts in feeds may be used.
    pub rights: Option<String>,
    /// The networks of the proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The WebSub hubs that distribute the feeds; none: this server is its own.
    pub hubs: Vec<Url>,
}

/// `[subscribe]`
#[derive(Clone, Debug)]
pub struct Subscribe {
    /// Whether people can subscribe themselves.
    pub enabled: bool,
    /// The domains of addresses that can; all where there are none.
    pub allow_domains: Vec<String>,
    /// The domains of addresses that can't.
    pub deny_domains: Vec<String>,
    /// How many mails strangers may cause.
    pub limits: AskingLimits,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// `sqlite:PATH` or `postgres://…`, without a password.
    pub url: String,
    /// For PostgreSQL.
    pub password: Option<Secret>,
}

/// `[email]`
#[derive(Clone, Debug)]
pub struct Email {
    /// The relay.
    pub relay: Relay,
    /// The name in `From`, when there is one.
    pub from_name: Option<String>,
    /// The address in `From`.
    pub from: Address,
    /// In whose words mails are.
    pub templates: Templates,
    /// `[email.dkim]`: who answers for them.
    pub signers: Arc<[Signer]>,
    /// How many connections to the relay at most.
    pub connections: usize,
    /// How many mails, and how fast.
    pub pace: Pace,
    /// Where what comes back of mails comes in.
    pub bounces: Option<Bounces>,
}

/// `[email.bounces]`
#[derive(Clone, Debug)]
pub struct Bounces {
    /// Of the addresses that mails come back to.
    pub domain: String,
    /// The Maildir into which they are delivered.
    pub maildir: Option<PathBuf>,
    /// Where they are delivered by LMTP.
    pub lmtp: Option<Listen>,
}

/// `[[webhook]]`
#[derive(Clone, Debug)]
pub struct Webhook {
    /// What it wants, and where it is.
    pub receiver: Receiver,
    /// Signs what is sent (`whsec_…`), or is the token of a chat service.
    pub secret: Option<Secret>,
}

/// Reads the configuration at `path`, or at the first usual place: `$GAZETTED_CONFIG`, `./gazetted.toml`,
/// `/etc/gazetted/gazetted.toml`.
///
/// # Errors
///
/// [`Problems`]: all mistakes at once, each with its place and what is allowed there.
pub fn load(path: Option<&Path>) -> Result<(PathBuf, Config), Problems> {
    let path = find(path)?;
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Problems::general(format!("can't read the configuration {}: {error}", path.display())))?;
    let config = parse(&text, &path)?;
    Ok((path, config))
}

/// Reads the configuration `text`, which stands in the file `path`.
///
/// # Errors
///
/// [`Problems`]: all mistakes at once.
pub fn parse(text: &str, path: &Path) -> Result<Config, Problems> {
    read::config(text, path)
}

fn find(path: Option<&Path>) -> Result<PathBuf, Problems> {
    if let Some(path) = path {
        return Ok(path.to_owned());
    }
    if let Some(path) = std::env::var_os("GAZETTED_CONFIG").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    PLACES.iter().map(PathBuf::from).find(|place| place.exists()).ok_or_else(|| {
        Problems::general(format!(
            "there is no configuration: looked for {}. Name one with --config FILE, or begin with `gazetted watch URL`",
            PLACES.join(" and ")
        ))
    })
}
