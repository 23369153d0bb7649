//! `gazetted check`

use super::{ConfigArgument, check_deep, terminal::say};
use crate::config;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Also tries what can be tried without asking anybody: says how many selectors, expressions, paths and templates there
    /// are, and writes a sample mail.
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) fn check(arguments: Arguments) -> anyhow::Result<()> {
    let (path, config) = config::load(arguments.config.config.as_deref())?;
    say(format_args!(
        "{} is right: {}, {}, {}.",
        path.display(),
        count(config.sources.len(), "source"),
        count(config.subscribers.len(), "subscriber"),
        count(config.webhooks.len(), "webhook"),
    ))?;
    if arguments.deep {
        check_deep::check(&config)?;
    }
    Ok(())
}

/// "1 source", "2 sources".
pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
