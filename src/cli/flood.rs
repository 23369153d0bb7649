//! `gazetted release` and `gazetted discard`: what becomes of a held flood of notices.

use super::{ConfigArgument, terminal::say};
use crate::{app, config, notice::SourceId};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The source whose new notices are held.
    source: SourceId,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn release(arguments: Arguments) -> anyhow::Result<()> {
    let (_, config) = config::load(arguments.config.config.as_deref())?;
    let store = app::open_existing_store(&config.store).await?;
    match store.release_held(&arguments.source).await? {
        0 => anyhow::bail!("nothing of {} is held", arguments.source),
        held => Ok(say(format_args!(
            "Subscribers of {} will be told about {held} held notices.",
            arguments.source
        ))?),
    }
}

pub(super) async fn discard(arguments: Arguments) -> anyhow::Result<()> {
    let (_, config) = config::load(arguments.config.config.as_deref())?;
    let store = app::open_existing_store(&config.store).await?;
    match store.discard_held(&arguments.source).await? {
        0 => anyhow::bail!("nothing of {} is held", arguments.source),
        held => Ok(say(format_args!(
            "{held} notices of {} stay in the feeds and out of mails.",
            arguments.source
        ))?),
    }
}
