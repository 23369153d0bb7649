//! `gazetted poll`: one pass over the sources, then exit.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{ConfigArgument, terminal::say};
use crate::{
    app::{App, Shift},
    config,
    notice::SourceId,
    ops::Clock,
    poll::Outcome,
    store::StoreError,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which sources; all of them by default.
    sources: Vec<SourceId>,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn poll(arguments: Arguments) -> anyhow::Result<()> {
    let (path, config) = config::load(arguments.config.config.as_deref())?;
    let known: Vec<SourceId> = config.sources.iter().map(|watched| watched.source.id.clone()).collect();
    if let Some(unknown) = arguments.sources.iter().find(|id| !known.contains(id)) {
        anyhow::bail!("there is no source {unknown} in {}", path.display());
    }
    let chosen = if arguments.sources.is_empty() {
        known
    } else {
        arguments.sources
    };
    let _shift = Shift::begin(&config.store)?;
    let turns = Arc::new(Semaphore::new(config.fetch.concurrency.max(1)));
    let app = App::open(config, Clock::system()).await?;
    let progress = indicatif::ProgressBar::new(chosen.len() as u64);
    let mut missed = 0;
    let mut polls = tokio::task::JoinSet::new();
    for id in chosen {
        let poller = app.poller().clone();
        let turns = Arc::clone(&turns);
        polls.spawn(async move {
            // A source is leased when its turn has come, so that a daemon beside us has the others meanwhile.
            let _turn = turns.acquire().await;
            (poller.poll_now(&id).await, id)
        });
    }
    while let Some(done) = polls.join_next().await {
        let (outcome, id) = done?;
        progress.inc(1);
        let line = match outcome {
            Ok(Some(Outcome::Learned {
                committed,
                shown,
                baseline,
                held,
                ..
            })) => {
                let news = match (baseline, held) {
                    (true, _) => "first look, nothing is announced".to_owned(),
                    (_, true) => format!("{} new, held: see `gazetted status`", committed.new.len()),
                    _ => format!("{} new, {} revised", committed.new.len(), committed.revised.len()),
                };
                format!("{id}: {shown} notices, {news}")
            }
            Ok(Some(Outcome::Unchanged)) => format!("{id}: not modified"),
            Ok(Some(Outcome::Missed { why })) => {
                missed += 1;
                format!("{id}: failed: {why}")
            }
            Ok(None) => format!("{id}: is being polled by another process"),
            Err(StoreError::LeaseLost) => format!("{id}: was taken over by another process"),
            Err(error) => {
                missed += 1;
                format!("{id}: failed: {error}")
            }
        };
        // Nobody may be reading; the work goes on.
        let _ = progress.suspend(|| say(line));
    }
    progress.finish_and_clear();
    app.deliver_due().await?;
    match missed {
        0 => Ok(()),
        n => anyhow::bail!("{n} of the sources could not be polled"),
    }
}
