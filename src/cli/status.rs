//! `gazetted status`: how each source is doing, in words, and what waits to be sent.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    ConfigArgument, habits,
    terminal::{Table, relative, say},
};
use crate::{
    app,
    config::{self, Config},
    ops::Clock,
    poll::{MOVED_AFTER, Season, Watched, is_silent},
    store::{Health, OutboxCounts, SourceState, StrikeCounts},
    websub::Standing,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One JSON document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

#[derive(Serialize)]
struct Status {
    sources: Vec<SourceStatus>,
    deliveries: OutboxCounts,
    /// Mails that came back, and the addresses that are left alone for that.
    bounces: StrikeCounts,
}

#[derive(Serialize)]
struct SourceStatus {
    id: String,
    name: String,
    url: String,
    state: Health,
    last_poll: Option<Timestamp>,
    last_good: Option<Timestamp>,
    last_new: Option<Timestamp>,
    next_poll: Option<Timestamp>,
    failures: u32,
    last_error: Option<String>,
    advice: Option<String>,
    /// Where it has moved for good.
    moved: Option<String>,
    /// When it usually speaks, and how often it is asked.
    rhythm: Option<String>,
    /// How its hub, when it names one that was asked, pushes its news.
    push: Option<String>,
    /// In which ways it is asked that a colleague should know of.
    exceptions: Vec<&'static str>,
    held: u64,
    notices: u64,
}

pub(super) async fn status(arguments: Arguments) -> anyhow::Result<()> {
    let (_, config) = config::load(arguments.config.config.as_deref())?;
    let status = gather(&config).await?;
    if arguments.json {
        Ok(say(serde_json::to_string_pretty(&status)?)?)
    } else {
        Ok(show(&mut std::io::stdout().lock(), &status, Clock::system().now())?)
    }
}

async fn gather(config: &Config) -> anyhow::Result<Status> {
    let store = app::open_existing_store(&config.store).await?;
    let states = store.source_states().await?;
    let season = Season::new(&config.sources, config.fetch.per_host_hourly);
    season.turn(
        config.sources.iter(),
        states.iter().map(|state| (&state.id, &state.rhythm)),
    );
    let upstreams = store.upstreams(None).await?;
    let current = upstreams
        .iter()
        .filter(|upstream| upstream.standing != Standing::Leaving);
    let upstreams: HashMap<_, _> = current.map(|upstream| (&upstream.source, upstream)).collect();
    let states: HashMap<_, _> = states.into_iter().map(|state| (state.id.clone(), state)).collect();
    let now = Clock::system().now();
    let sources = config
        .sources
        .iter()
        .map(|watched| {
            let id = &watched.source.id;
            let state = states.get(id);
            SourceStatus {
                rhythm: state.map(|state| habits::rhythm(watched, state, &season)),
                push: upstreams.get(id).map(|upstream| habits::push(watched, upstream, now)),
                ..describe(watched, state, now)
            }
        })
        .collect();
    Ok(Status {
        sources,
        deliveries: store.outbox_counts().await?,
        bounces: store.strike_counts().await?,
    })
}

fn describe(watched: &Watched, state: Option<&SourceState>, now: Timestamp) -> SourceStatus {
    let source = &watched.source;
    SourceStatus {
        id: source.id.to_string(),
        name: source.name.clone(),
        url: source.url.to_string(),
        state: state.map_or(Health::New, |state| state.health),
        last_poll: state.and_then(|state| state.last_poll),
        last_good: state.and_then(|state| state.last_good),
        last_new: state.and_then(|state| state.last_new),
        next_poll: state.map(|state| state.next_poll),
        failures: state.map_or(0, |state| state.failures),
        last_error: state.and_then(|state| state.last_error.clone()),
        advice: state.and_then(|state| advice(state, source.id.as_str(), now)),
        moved: state
            .and_then(|state| state.moved.as_ref())
            .filter(|moved| moved.seen >= MOVED_AFTER)
            .map(|moved| moved.to.to_string()),
        rhythm: None,
        push: None,
        exceptions: watched.manner.exceptions(),
        held: state.map_or(0, |state| state.held),
        notices: state.map_or(0, |state| state.notices),
    }
}

/// What to do about a source that is not well.
fn advice(state: &SourceState, id: &str, now: Timestamp) -> Option<String> {
    let error = state.last_error.as_deref().unwrap_or_default();
    let has = |word: &str| error.contains(word);
    match state.health {
        Health::Ok if is_silent(state, now) => Some(format!(
            "it answers, and has been quiet for much longer than its own past allows: see whether its board has moved, and `gazetted preview {id}`"
        )),
        Health::New | Health::Ok => None,
        Health::Held => Some(format!(
            "more new notices came at once than flood_limit allows: look at them, then `gazetted release {id}` to tell subscribers, or `gazetted discard {id}` to keep them out of mails"
        )),
        Health::Gone => Some("the address answers 410 Gone: remove the source, or give it its new address".to_owned()),
        Health::Failing if has("allow_networks") => {
            Some("name its network in allow_networks if it is meant to be asked".to_owned())
        }
        Health::Failing if has("row") || has("notice") => Some(format!(
            "the page may have been rebuilt: see `gazetted preview {id}`, then mend its selectors"
        )),
        Health::Failing => Some("it is tried again by itself; if this lasts, open the address in a browser".to_owned()),
    }
}

fn show(out: &mut dyn Write, status: &Status, now: Timestamp) -> io::Result<()> {
    if status.sources.is_empty() {
        writeln!(out, "No sources are configured.")?;
    }
    let ago = |then: Option<Timestamp>| then.map_or_else(|| "never".to_owned(), |then| relative(then, now));
    let mut table = Table::new(["source", "state", "notices", "last poll", "last new", "next poll"]);
    for source in &status.sources {
        let state = format!("{:?}", source.state).to_lowercase();
        let next = source
            .next_poll
            .map_or_else(|| "at start".to_owned(), |next| relative(next.max(now), now));
        let last = [ago(source.last_poll), ago(source.last_new), next];
        let [poll, new, next] = last;
        table.row([source.id.clone(), state, source.notices.to_string(), poll, new, next]);
    }
    write!(out, "{table}")?;
    for source in &status.sources {
        if let Some(error) = &source.last_error {
            writeln!(
                out,
                "\n{}: {} failed polls in a row; the last: {error}",
                source.id, source.failures
            )?;
            writeln!(out, "  last good answer: {}", ago(source.last_good))?;
        } else if source.held > 0 {
            writeln!(out, "\n{}: {} new notices are held", source.id, source.held)?;
        }
        if let Some(advice) = &source.advice {
            writeln!(out, "  {advice}")?;
        }
        if let Some(moved) = &source.moved {
            writeln!(
                out,
                "\n{}: it has moved for good to {moved}: write that as its url",
                source.id
            )?;
        }
        if let Some(rhythm) = &source.rhythm {
            writeln!(out, "\n{}: {rhythm}", source.id)?;
        }
        if let Some(push) = &source.push {
            writeln!(out, "  {push}")?;
        }
        for exception in &source.exceptions {
            writeln!(out, "\n{}: {exception}", source.id)?;
        }
    }
    let owed = &status.deliveries;
    writeln!(
        out,
        "\nDeliveries: {} waiting, {} being sent, {} sent, {} dead, {} cancelled.",
        owed.queued, owed.leased, owed.sent, owed.dead, owed.cancelled
    )?;
    if owed.ambiguous > 0 {
        writeln!(
            out,
            "  {} answers were cut off behind a whole message: it was sent again with the same id, and may have come twice.",
            owed.ambiguous
        )?;
    }
    let back = &status.bounces;
    if back.hard + back.soft + back.complaint > 0 {
        writeln!(
            out,
            "Mails that came back: {} without a mailbox, {} that may pass, {} complaints; {} addresses are suspended.",
            back.hard, back.soft, back.complaint, back.suspended
        )?;
    }
    if owed.dead > 0 {
        writeln!(
            out,
            "  `gazetted deliveries list --state dead` shows why; `gazetted deliveries retry` queues them again."
        )?;
    }
    Ok(())
}
