//! `gazetted check`

use super::{ConfigArgument, terminal::say};
use crate::config;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) fn check(arguments: Arguments) -> anyhow::Result<()> {
    let (path, config) = config::load(arguments.config.config.as_deref())?;
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    Ok(say(format_args!(
        "{} is right: {}, {}, {}.",
        path.display(),
        count(config.sources.len(), "source"),
        count(config.subscribers.len(), "subscriber"),
        count(config.webhooks.len(), "webhook"),
    ))?)
}
