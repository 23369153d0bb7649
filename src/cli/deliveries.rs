//! `gazetted deliveries`: the outbox and the dead letters.

use std::io::Write;

use super::{
    ConfigArgument,
    terminal::{Table, say},
};
use crate::{app, config, delivery::State, ops::Clock, store::Retry};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Shows deliveries, newest first.
    List {
        /// Only those in this state.
        #[arg(long, value_parser = state)]
        state: Option<State>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Queues dead letters again, or the deliveries named.
    Retry {
        /// Numbers as `gazetted deliveries list` shows them; without any, every dead letter.
        ids: Vec<i64>,
        #[command(flatten)]
        config: ConfigArgument,
    },
}

pub(super) async fn deliveries(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.action {
        Action::List {
            state,
            limit,
            json,
            config,
        } => list(state, limit, json, config).await,
        Action::Retry { ids, config } => retry(ids, config).await,
    }
}

async fn list(state: Option<State>, limit: usize, json: bool, config: ConfigArgument) -> anyhow::Result<()> {
    let (_, config) = config::load(config.config.as_deref())?;
    let rows = app::open_existing_store(&config.store)
        .await?
        .deliveries(state, limit)
        .await?;
    if json {
        return Ok(say(serde_json::to_string_pretty(&rows)?)?);
    }
    let mut table = Table::new(["id", "state", "tries", "when", "to", "what", "why"]);
    for row in rows {
        let state = serde_json::to_value(row.state)?.as_str().unwrap_or_default().to_owned();
        let when = row.at.strftime("%F %TZ").to_string();
        let to = row.receiver.to_string();
        table.row([
            row.id.to_string(),
            state,
            row.attempts.to_string(),
            when,
            to,
            row.title,
            row.why.unwrap_or_default(),
        ]);
    }
    Ok(write!(std::io::stdout().lock(), "{table}")?)
}

async fn retry(ids: Vec<i64>, config: ConfigArgument) -> anyhow::Result<()> {
    let (_, config) = config::load(config.config.as_deref())?;
    let store = app::open_existing_store(&config.store).await?;
    let asked = ids.len() as u64;
    let which = if ids.is_empty() {
        Retry::AllDead
    } else {
        Retry::These(ids)
    };
    let queued = store.retry_deliveries(&which, Clock::system().now()).await?;
    if queued < asked {
        anyhow::bail!("{queued} of {asked} queued again: the others are not there, on their way, sent or cancelled");
    }
    Ok(say(format_args!(
        "{queued} queued again; the daemon sends them within seconds."
    ))?)
}

fn state(text: &str) -> Result<State, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|_| "use queued, leased, sent, dead or cancelled".to_owned())
}
