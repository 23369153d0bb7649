//! `gazetted subscribers`: who is mailed, in and out as CSV. Works while the daemon runs.

mod admit;
mod rows;

use std::{collections::HashMap, io::Write, path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use futures_util::StreamExt;
use serde_json::json;

use self::admit::{Admission, Outcome};
use super::{
    ConfigArgument,
    terminal::{Table, say},
};
use crate::{
    app,
    config::{self, Config},
    notice::SourceId,
    ops::Clock,
    search::Query,
    store::{ReceiverRow, Store},
    subscription::{Address, Cadence, Channel, ReceiverId, Rule, USUAL_HOUR, Wish},
};

/// Readers that are in memory at a time.
const PAGE: usize = 500;

/// Readers that are kept at a time: one fsync serves many.
const AT_A_TIME: usize = 64;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Shows the subscribers, those of the configuration included.
    List {
        /// One JSON document.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Subscribes an address by your word, without asking its owner.
    Add {
        /// The address.
        email: Address,
        #[command(flatten)]
        what: What,
        /// Mails the address a question instead; it counts when its owner confirms.
        #[arg(long)]
        confirm: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Removes addresses, and erases all that is kept of them.
    Remove {
        /// The addresses.
        #[arg(required = true)]
        emails: Vec<Address>,
        /// Never writes to them again, whoever asks.
        #[arg(long)]
        never: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Subscribes the addresses of a CSV file: one that `export` wrote, one of listmonk, or any with a column `email`.
    ///
    /// Who has left, was suspended or never wants mail stays so; rows of listmonk that are not enabled are left out.
    Import {
        /// The file; its first line names the columns.
        file: PathBuf,
        #[command(flatten)]
        what: What,
        /// Mails each address a question instead of taking your word.
        #[arg(long)]
        confirm: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Prints the subscribers as CSV, a line for each subscription.
    Export {
        #[command(flatten)]
        config: ConfigArgument,
    },
}

/// What is subscribed to, where a file does not say it.
#[derive(Debug, clap::Args)]
struct What {
    /// A source; can be repeated. Without sources and tags: everything.
    #[arg(long = "source", value_name = "ID")]
    sources: Vec<SourceId>,
    /// A tag; can be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// A word of which one must be there; can be repeated.
    #[arg(long, value_name = "WORD")]
    include: Vec<String>,
    /// A word that must not be there; can be repeated.
    #[arg(long, value_name = "WORD")]
    exclude: Vec<String>,
    /// A search that must find it.
    #[arg(long)]
    query: Option<Query>,
    /// How often: immediate, hourly, daily or weekly.
    #[arg(long, default_value = "immediate", value_parser = ["immediate", "hourly", "daily", "weekly"])]
    digest: String,
    /// The hour at which daily and weekly digests leave.
    #[arg(long, default_value_t = USUAL_HOUR, value_parser = clap::value_parser!(i8).range(0..24))]
    hour: i8,
    /// The language of the mails: en or ko.
    #[arg(long, default_value = "en")]
    language: String,
    /// The zone of that hour.
    #[arg(long, default_value = "UTC")]
    timezone: String,
}

pub(super) async fn subscribers(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.action {
        Action::List { json, config } => list(json, config).await,
        Action::Add {
            email,
            what,
            confirm,
            config,
        } => add(email, what, confirm, config).await,
        Action::Remove { emails, never, config } => remove(emails, never, config).await,
        Action::Import {
            file,
            what,
            confirm,
            config,
        } => import(file, what, confirm, config).await,
        Action::Export { config } => export(config).await,
    }
}

async fn list(json: bool, config: ConfigArgument) -> anyhow::Result<()> {
    let (_, _, store) = open(config).await?;
    let mut told = Vec::new();
    let mut table = Table::new(["email", "what", "how often", "state"]);
    each(store.as_ref(), |row, address| {
        let state = state(row);
        if json {
            let receiver = &row.receiver;
            told.push(json!({
                "email": address.as_str(), "state": state, "configured": row.configured, "stopped": row.stopped,
                "timezone": receiver.zone, "paused_until": receiver.paused_until, "subscriptions": receiver.wishes,
            }));
            return Ok(());
        }
        for wish in &row.receiver.wishes {
            let often = match wish.cadence.hour() {
                Some(hour) => format!("{} at {hour}:00 {}", wish.cadence.word(), row.receiver.zone),
                None => wish.cadence.word().to_owned(),
            };
            table.row([address.to_string(), what(&wish.rule), often, state.to_owned()]);
        }
        Ok(())
    })
    .await?;
    if json {
        return Ok(say(serde_json::to_string_pretty(&told)?)?);
    }
    Ok(write!(std::io::stdout().lock(), "{table}")?)
}

async fn add(email: Address, what: What, confirm: bool, config: ConfigArgument) -> anyhow::Result<()> {
    let (config, admission, _) = admission(config, confirm).await?;
    let wish = what.wish(&config)?;
    let person = rows::Person {
        language: what.language,
        zone: what.timezone,
        wishes: vec![wish],
        ..rows::Person::new(email)
    };
    match admission.admit(&person).await? {
        Outcome::Added => Ok(say(format_args!("{} is subscribed", person.address))?),
        Outcome::Asked => Ok(say(format_args!("{} is asked by mail", person.address))?),
        Outcome::Skipped(why) => bail!("{}: {why}", person.address),
    }
}

async fn remove(emails: Vec<Address>, never: bool, config: ConfigArgument) -> anyhow::Result<()> {
    let (_, admission, store) = admission(config, false).await?;
    let mut missing = 0;
    for email in emails {
        let id = ReceiverId::mail(&email);
        match store.receiver(&id).await? {
            Some(row) if row.configured => {
                say(format_args!(
                    "{email}: stands in the configuration; remove its [[subscriber]] there"
                ))?;
                missing += 1;
                continue;
            }
            None if !never => {
                say(format_args!("{email}: is not subscribed"))?;
                missing += 1;
                continue;
            }
            _ => {}
        }
        store
            .erase_reader(&id, &admission.tokens.address(&email), never)
            .await?;
        say(format_args!("{email}: removed"))?;
    }
    if missing > 0 {
        bail!("{missing} could not be removed");
    }
    Ok(())
}

async fn import(file: PathBuf, what: What, confirm: bool, config: ConfigArgument) -> anyhow::Result<()> {
    let (config, admission, _) = admission(config, confirm).await?;
    let usual = what.wish(&config)?;
    let text = std::fs::read(&file).with_context(|| format!("can't read {}", file.display()))?;
    let read = rows::read(&text, &usual, (&what.language, &what.timezone), |wish| {
        check(&config, wish)
    })
    .with_context(|| format!("{} can't be imported", file.display()))?;
    let (mut added, mut asked, mut skipped) = (0usize, 0usize, read.skipped);
    let admission = &admission;
    let mut outcomes = futures_util::stream::iter(&read.people)
        .map(|person| async move { (person, admission.admit(person).await) })
        .buffer_unordered(AT_A_TIME);
    while let Some((person, outcome)) = outcomes.next().await {
        match outcome? {
            Outcome::Added => added += 1,
            Outcome::Asked => asked += 1,
            Outcome::Skipped(why) => skipped.push((person.line, format!("{}: {why}", person.address))),
        }
    }
    skipped.sort();
    for (line, why) in &skipped {
        say(format_args!("line {line}: skipped: {why}"))?;
    }
    Ok(say(format_args!(
        "{added} subscribed, {asked} asked by mail, {} skipped",
        skipped.len()
    ))?)
}

async fn export(config: ConfigArgument) -> anyhow::Result<()> {
    let (_, _, store) = open(config).await?;
    let mut writer = rows::Writer::new(std::io::stdout().lock())?;
    each(store.as_ref(), |row, address| writer.put(address, row, state(row))).await?;
    writer.end()
}

/// Shows `see` each reader.
async fn each(
    store: &dyn Store,
    mut see: impl FnMut(&ReceiverRow, &Address) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after: Option<ReceiverId> = None;
    loop {
        let page = store.receivers(after.as_ref(), PAGE).await?;
        for row in page.iter().filter(|row| row.receiver.id.is_reader()) {
            if let Channel::Mail { address, .. } = &row.receiver.channel {
                see(row, address)?;
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.receiver.id.clone()),
            _ => return Ok(()),
        }
    }
}

fn state(row: &ReceiverRow) -> &'static str {
    let now = Clock::system().now();
    match (&row.stopped, row.receiver.paused_until) {
        (Some(_), _) => "stopped",
        (None, Some(until)) if until > now => "paused",
        (None, _) => "active",
    }
}

/// A rule in a few words.
fn what(rule: &Rule) -> String {
    let mut parts: Vec<String> = rule.sources.iter().map(ToString::to_string).collect();
    parts.extend(rule.tags.iter().map(|tag| format!("tag {tag}")));
    if parts.is_empty() {
        parts.push("everything".to_owned());
    }
    parts.extend(rule.include.iter().map(|word| format!("“{word}”")));
    parts.extend(rule.exclude.iter().map(|word| format!("not “{word}”")));
    parts.extend(rule.query.iter().map(|query| format!("found by {query}")));
    parts.join(", ")
}

impl What {
    fn wish(&self, config: &Config) -> anyhow::Result<Wish> {
        let wish = Wish {
            number: Wish::CONFIGURED,
            rule: Rule {
                sources: self.sources.clone(),
                tags: self.tags.clone(),
                include: self.include.clone(),
                exclude: self.exclude.clone(),
                query: self.query.clone(),
            },
            cadence: Cadence::named(&self.digest, self.hour).unwrap_or_default(),
        };
        check(config, &wish).map_err(anyhow::Error::msg)?;
        if jiff::tz::TimeZone::get(&self.timezone).is_err() {
            bail!("there is no time zone {:?}", self.timezone);
        }
        Ok(wish)
    }
}

/// Says what of `wish` the configuration does not have.
fn check(config: &Config, wish: &Wish) -> Result<(), String> {
    let known: HashMap<_, _> = config
        .sources
        .iter()
        .map(|watched| (&watched.source.id, &watched.source.tags))
        .collect();
    if let Some(id) = wish.rule.sources.iter().find(|id| !known.contains_key(id)) {
        return Err(format!("there is no source {id}"));
    }
    let is_missing = |tag: &&String| !known.values().any(|tags| tags.contains(tag));
    match wish.rule.tags.iter().find(is_missing) {
        Some(tag) => Err(format!("no source has the tag {tag:?}")),
        None => Ok(()),
    }
}

async fn open(config: ConfigArgument) -> anyhow::Result<(Config, PathBuf, Arc<dyn Store>)> {
    let (path, config) = config::load(config.config.as_deref())?;
    let store = app::open_existing_store(&config.store).await?;
    Ok((config, path, store))
}

async fn admission(config: ConfigArgument, asks: bool) -> anyhow::Result<(Config, Admission, Arc<dyn Store>)> {
    let (config, _, store) = open(config).await?;
    if asks && config.email.is_none() {
        bail!("nobody can be asked: the configuration has no [email]");
    }
    let admission = Admission {
        tokens: app::tokens(store.as_ref()).await?,
        mailing: app::mailing(&config),
        store: Arc::clone(&store),
        asks,
    };
    Ok((config, admission, store))
}
