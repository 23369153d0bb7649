//! `gazetted run`: the daemon.

use super::ConfigArgument;
use crate::{
    app::{App, Claim},
    config,
    ops::{Clock, Listener},
};
use anyhow::Context;
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
    let _claim = Claim::on(&config.store)?;
    let listen = config.server.listen.clone();
    let app = App::open(config, Clock::system()).await?;
    app.reclaim_leases().await?;
    let listener = Listener::open(&listen)
        .await
        .with_context(|| format!("can't listen on {listen}"))?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    app.run(listener, stop).await
}

async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("can't listen for signals; stop the daemon with SIGKILL, nothing is lost by it");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.cancel();
}
