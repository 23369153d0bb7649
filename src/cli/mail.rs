//! `gazetted mail preview`: the mail about a notice, as a reader would get it.

use std::{io::Write, path::PathBuf, sync::Arc};

use anyhow::{Context, bail};

use super::{ConfigArgument, terminal::say};
use crate::{
    app,
    channel::{
        Told,
        email::{self, Digest, Extent, Letter, Line, Matter, Reason},
    },
    config::{self, Config, Email},
    delivery::Subject,
    dispatch,
    notice::{Difference, Entry, NoticeId, SourceId},
    ops::Clock,
    store::{Scope, Store},
    subscription::Address,
};

/// How many notices a digest is made of where nobody says.
const DIGEST: u16 = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Writes the mail about a notice of the store, or a digest, with the templates of the configuration. Nothing is sent; the
    /// links of the reader lead nowhere.
    Preview(Preview),
}

#[derive(Debug, clap::Args)]
struct Preview {
    /// The notice, as its page's address ends; without it, the newest.
    notice: Option<NoticeId>,
    /// The newest of this source.
    #[arg(long, conflicts_with = "notice")]
    source: Option<SourceId>,
    /// A digest of the newest notices.
    #[arg(long, conflicts_with = "notice")]
    digest: bool,
    /// How many of them.
    #[arg(long, requires = "digest", default_value_t = DIGEST, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// The language around them: en or ko.
    #[arg(long, default_value = "en")]
    language: String,
    /// Prints the text, which is what is printed without --html and --eml too.
    #[arg(long, conflicts_with_all = ["html", "eml"])]
    text: bool,
    /// Prints the HTML.
    #[arg(long, conflicts_with = "eml")]
    html: bool,
    /// Writes the whole message, signed, into a file; - for standard output.
    #[arg(long, value_name = "FILE")]
    eml: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn mail(arguments: Arguments) -> anyhow::Result<()> {
    let Action::Preview(asked) = arguments.action;
    let (path, config) = config::load(asked.config.config.as_deref())?;
    let email = config.email.as_ref();
    let email = email.with_context(|| format!("there is no [email] in {}", path.display()))?;
    let store = app::open_existing_store(&config.store).await?;
    let told = notices(&asked, &config, store.as_ref()).await?;
    let bytes = written(&asked, &config, email, told)?;
    if let Some(file) = &asked.eml {
        let signed = email::dkim::signed(&email.signers, &bytes)?;
        return match file.as_os_str() == "-" {
            true => Ok(std::io::stdout().lock().write_all(&signed)?),
            false => std::fs::write(file, signed).with_context(|| format!("can't write {}", file.display())),
        };
    }
    let mail = mail_parser::MessageParser::default().parse(&bytes);
    let mail = mail.context("the mail is none that can be read")?;
    if asked.html {
        return Ok(say(mail.body_html(0).unwrap_or_default())?);
    }
    let (name, from) = (email.from_name.as_deref(), &email.from);
    say(format_args!(
        "From: {} <{from}>\nSubject: {}",
        name.unwrap_or(&config.server.title),
        mail.subject().unwrap_or_default()
    ))?;
    say(format_args!(
        "\n{}",
        mail.body_text(0).unwrap_or_default().replace('\r', "")
    ))?;
    Ok(())
}

/// What is to be told.
async fn notices(asked: &Preview, config: &Config, store: &dyn Store) -> anyhow::Result<Vec<Told>> {
    let entries: Vec<Entry> = match (asked.notice, &asked.source) {
        (Some(id), _) => store.entries_of(&[id]).await?,
        (None, source) => {
            let scope = match source {
                Some(source) => Scope::Source(source.clone()),
                None => Scope::Sources(config.sources.iter().map(|watched| watched.source.id.clone()).collect()),
            };
            store
                .newest(&scope, if asked.digest { asked.limit.into() } else { 1 })
                .await?
        }
    };
    if entries.is_empty() {
        bail!("the store has no such notice; `gazetted poll` looks for new ones");
    }
    let (names, site) = (app::source_names(config), app::site(config));
    let mut told: Vec<Told> = Vec::with_capacity(entries.len());
    for entry in entries {
        let changed = changed(&entry, store).await?;
        told.push(Told {
            changed,
            ..dispatch::tell(&names, &site, entry)
        });
    }
    Ok(told)
}

/// What changed in a notice that was revised.
async fn changed(entry: &Entry, store: &dyn Store) -> anyhow::Result<Option<Difference>> {
    let before = Subject {
        notice: entry.notice.id,
        revision: entry.revision.saturating_sub(1),
    };
    let before = store.subjects(&[before]).await?.pop();
    Ok(before.map(|(_, before)| Difference::between(&before.notice, &entry.notice)))
}

fn written(asked: &Preview, config: &Config, email: &Email, told: Vec<Told>) -> anyhow::Result<Vec<u8>> {
    let reader: Address = "reader@example.net".parse()?;
    let mut names: Vec<String> = told.iter().map(|told| told.source_name.clone()).collect();
    names.sort();
    names.dedup();
    let reason = Reason {
        sources: names,
        ..Reason::default()
    };
    let line = |told: &Told| Line {
        told: Arc::new(told.clone()),
        revised: false,
    };
    let digest = Digest::of(told.iter().map(line).collect());
    let matter = match (&digest, told.first()) {
        (Some(digest), _) if asked.digest => Matter::Digest(digest),
        (_, Some(told)) => Matter::Notice(told),
        (_, None) => bail!("there is nothing to tell"),
    };
    let letter = Letter {
        templates: &email.templates,
        site: &app::site(config),
        sender: &app::sender(email),
        to: &reader,
        language: &asked.language,
        matter,
        extent: Extent::Whole,
        reasons: &[reason],
        message_id: &format!("preview@{}", email.from.domain()),
        in_reply_to: None,
        token: "preview",
        manage: "preview",
        now: Clock::system().now(),
    };
    letter.bytes().context("the mail can't be written")
}
