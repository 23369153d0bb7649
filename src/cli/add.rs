//! `gazetted add`: an address becomes a source of the configuration.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, bail};
use ipnet::IpNet;
use url::Url;

use super::{
    ConfigArgument,
    append::append,
    ask,
    detect::{block, progress, show},
    terminal::say,
    ways::{Search, ways},
};
use crate::{
    config::{self, Config},
    notice::SourceId,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A page with a list of notices, a feed, or an API.
    url: Url,
    /// What the source is called; otherwise this is made of the address.
    #[arg(long, value_name = "ID")]
    id: Option<SourceId>,
    /// Writes without asking.
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn add(arguments: Arguments) -> anyhow::Result<()> {
    let (path, config) = config::load(arguments.config.config.as_deref())?;
    let before = std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    let ids: Vec<SourceId> = config.sources.iter().map(|known| known.source.id.clone()).collect();
    is_new(&config, &arguments.url)?;
    if let Some(taken) = arguments.id.as_ref().filter(|id| ids.contains(id)) {
        bail!(
            "there is a source {taken} in {} already; choose another --id",
            path.display()
        );
    }
    let progress = progress(&arguments.url);
    let answer = ask::page(&arguments.url).await?;
    let best = ways(&answer, Search::Named).await?.into_iter().next();
    progress.finish_and_clear();
    let mut best = best.with_context(|| format!("nothing was found on {}", arguments.url))?;
    is_new(&config, &best.source.url)?;
    best.source.id = match arguments.id {
        Some(id) => id,
        None => ask::unique(&best.source.id, &ids),
    };
    let block = block(&best);
    say(&block)?;
    show(&best);
    let closed = closed(&config, &answer.private_networks);
    if !closed.is_empty() {
        eprintln!(
            "This is not a public address. The daemon asks it only with [fetch] allow_networks = {closed:?} in {}.",
            path.display()
        );
    }
    if !arguments.yes && !agreed(&path.display().to_string())? {
        say("Nothing was written.")?;
        return Ok(());
    }
    append(&path, &before, &[block])?;
    say(format_args!(
        "{} is in {} now. The daemon takes it up after a restart:\n\n  systemctl restart gazetted",
        best.source.id,
        path.display()
    ))?;
    Ok(())
}

fn is_new(config: &Config, url: &Url) -> anyhow::Result<()> {
    let mut known = config.sources.iter().map(|known| &known.source);
    match known.find(|known| known.url == *url) {
        Some(known) => bail!("the source {} reads {url} already; nothing was written", known.id),
        None => Ok(()),
    }
}

/// Which of `networks` the configuration does not allow.
fn closed<'n>(config: &Config, networks: &'n [String]) -> Vec<&'n str> {
    let is_allowed = |network: &IpNet| config.net.allow_networks.iter().any(|known| known.contains(network));
    let is_closed = |network: &&'n String| network.parse().is_ok_and(|network| !is_allowed(&network));
    networks.iter().filter(is_closed).map(String::as_str).collect()
}

/// Asks at the terminal.
fn agreed(path: &str) -> anyhow::Result<bool> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        bail!("nothing was written, as nobody is at a terminal to agree; to write this to {path}, add --yes");
    }
    eprint!("\nAppend this to {path}? [y/N] ");
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
