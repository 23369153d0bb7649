//! `gazetted watch`: the daemon on addresses alone, without any configuration.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, bail};
use url::Url;

use super::{
    ask, run,
    terminal::say,
    ways::{Search, ways},
};
use crate::{app, config};

/// In the folder that it was started in.
const STORE: &str = "sqlite:gazetted.db";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Pages of notices, feeds, or APIs.
    #[arg(required = true)]
    urls: Vec<Url>,
    /// Where the feeds are served.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Writes the configuration that was worked out, to go on from there with `gazetted run`.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

pub(super) async fn watch(arguments: Arguments) -> anyhow::Result<()> {
    leave_alone_what_is_not_ours().await?;
    let progress = indicatif::ProgressBar::new_spinner();
    progress.enable_steady_tick(std::time::Duration::from_millis(120));
    let mut blocks = Vec::new();
    let mut ids = Vec::new();
    let mut networks: Vec<String> = Vec::new();
    for url in &arguments.urls {
        progress.set_message(format!("looking at {url}"));
        let answer = ask::page(url).await?;
        let best = ways(&answer, Search::Named).await?.into_iter().next();
        let mut source = best
            .with_context(|| format!("no list of notices was found on {url}"))?
            .source;
        source.id = ask::unique(&source.id, &ids);
        ids.push(source.id.clone());
        networks.extend(answer.private_networks);
        blocks.push(config::block(&source));
    }
    progress.finish_and_clear();
    networks.sort();
    networks.dedup();
    let text = compose(arguments.listen, &networks, &blocks);
    let path = arguments.save.clone().unwrap_or_else(|| PathBuf::from("(worked out)"));
    let config = config::parse(&text, &path)?;
    if let Some(path) = &arguments.save {
        if path.exists() {
            bail!("{} is there already; name a file that is not", path.display());
        }
        std::fs::write(path, &text).with_context(|| format!("can't write {}", path.display()))?;
        say(format_args!("The configuration is in {}.", path.display()))?;
    }
    let base = &config.server.public_url;
    say(format_args!("Page    {base}"))?;
    for id in &ids {
        say(format_args!(
            "Feeds   {base}feeds/{id}.atom  {base}feeds/{id}.rss  {base}feeds/{id}.json"
        ))?;
    }
    run::daemon(config).await
}

/// Here nobody is subscribed, and whoever is not in the configuration is removed from the store.
async fn leave_alone_what_is_not_ours() -> anyhow::Result<()> {
    let settings = config::StoreSettings {
        url: STORE.to_owned(),
        password: None,
    };
    let Ok(store) = app::open_existing_store(&settings).await else {
        return Ok(());
    };
    if !store.receivers(None, 1).await?.is_empty() {
        bail!(
            "{STORE} in this folder belongs to a configuration with subscribers: use `gazetted run` with that, or begin in \
             another folder"
        );
    }
    Ok(())
}

fn compose(listen: SocketAddr, networks: &[String], blocks: &[String]) -> String {
    let mut text =
        format!("[server]\nlisten = \"{listen}\"\npublic_url = \"http://{listen}/\"\n\n[store]\nurl = \"{STORE}\"\n");
    if !networks.is_empty() {
        let list: Vec<String> = networks.iter().map(|network| format!("{network:?}")).collect();
        text.push_str(&format!(
            "\n[fetch]\nallow_networks = [{}]  # the addresses named are not public ones\n",
            list.join(", ")
        ));
    }
    for block in blocks {
        text.push('\n');
        text.push_str(block);
    }
    text
}
