//! `gazetted run`: the daemon.

use super::ConfigArgument;
use crate::{
    app::{App, Claim, Shift},
    config,
    ops::{self, Clock, Listener},
};
use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (path, config) = config::load(arguments.config.config.as_deref())?;
    tracing::info!(config = %path.display(), sources = config.sources.len(), version = env!("CARGO_PKG_VERSION"), "starting");
    daemon(config).await
}

/// Runs the daemon by `config` until SIGTERM or SIGINT.
pub(super) async fn daemon(config: config::Config) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone()).context("can't listen for signals")?;
    ops::raise_descriptors();
    let _claim = Claim::on(&config.store)?;
    let (listen, store) = (config.server.listen.clone(), config.store.clone());
    let app = App::open(config, Clock::system()).await?;
    match Shift::alone(&store)? {
        Some(_alone) => app.reclaim_leases().await?,
        None => tracing::info!("a command polls or sends just now; leases of a daemon before this one run out"),
    }
    let listener = Listener::open(&listen)
        .await
        .with_context(|| format!("can't listen on {listen}"))?;
    app.run(listener, stop).await
}

/// From now on a signal cancels `stop`, and a second one ends the process. Nothing is lost by that: what was under way is as
/// after a crash.
fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        let mut asked = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        asked().await;
        stop.cancel();
        asked().await;
        std::process::exit(super::FAILED.into());
    });
    Ok(())
}
