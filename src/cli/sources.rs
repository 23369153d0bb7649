//! `gazetted sources`: lists of feeds from other readers into the configuration, and the other way.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::tz::TimeZone;

use super::{ConfigArgument, append::append, ask, terminal::say};
use crate::{
    config,
    feed::{self, Format, Outline},
    notice::SourceId,
    source::{
        Kind, Source,
        believe::one_line,
        charset::{self, Hint},
    },
};

/// Longest list that is read, in bytes.
const LONGEST: u64 = 16 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes a [[source]] of each feed in an OPML file, and prints them.
    Import {
        /// The list, as feed readers export it.
        file: PathBuf,
        /// Appends to a configuration instead, leaving out what it has; makes it when there is none.
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
    },
    /// Prints the configured sources as OPML: feeds by their own addresses, everything else by the feed made of it here.
    Export {
        #[command(flatten)]
        config: ConfigArgument,
    },
}

pub(super) fn sources(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.action {
        Action::Import { file, save } => import(&file, save.as_deref()),
        Action::Export { config } => export(&config),
    }
}

fn import(file: &Path, save: Option<&Path>) -> anyhow::Result<()> {
    let length = std::fs::metadata(file)
        .with_context(|| format!("can't read {}", file.display()))?
        .len();
    if length > LONGEST {
        bail!("{} is longer than {} MiB", file.display(), LONGEST >> 20);
    }
    let bytes = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
    let hint = Hint {
        format: charset::Format::Xml,
        tld: None,
    };
    let outlines = feed::read_opml(&charset::decode(&bytes, None, hint).text)
        .with_context(|| format!("{} can't be imported", file.display()))?;
    let (known, before) = match save.filter(|path| path.exists()) {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
            let config = config::parse(&text, path)?;
            (config.sources.into_iter().map(|watched| watched.source).collect(), text)
        }
        None => (Vec::new(), String::new()),
    };
    let blocks = blocks(&outlines, known);
    let Some(path) = save else {
        say(blocks.join("\n").trim_end())?;
        return Ok(());
    };
    append(path, &before, &blocks)?;
    println!(
        "{} of {} feeds are new in {}.",
        blocks.len(),
        outlines.len(),
        path.display()
    );
    Ok(())
}

/// A `[[source]]` for each of `outlines` that is not `known`. What can't be one is said on stderr.
fn blocks(outlines: &[Outline], mut known: Vec<Source>) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut ids: Vec<SourceId> = known.iter().map(|source| source.id.clone()).collect();
    for outline in outlines {
        let Ok(url) = outline.feed.parse::<url::Url>() else {
            eprintln!("left out: {:?} is no address", one_line(&outline.feed, 200));
            continue;
        };
        if known.iter().any(|source| source.url == url) {
            continue;
        }
        let source = Source {
            id: ask::unique(&ask::id_of(&url), &ids),
            name: one_line(&outline.title, 100),
            url,
            kind: Kind::Feed,
            language: outline.language.clone(),
            zone: TimeZone::UTC,
            tags: outline.tags.clone(),
            article: None,
        };
        let block = config::block(&source);
        match config::parse(&block, Path::new("(imported)")) {
            Ok(_) => {
                ids.push(source.id.clone());
                known.push(source);
                blocks.push(block);
            }
            Err(problems) => eprintln!("left out: {problems}"),
        }
    }
    blocks
}

fn export(config: &ConfigArgument) -> anyhow::Result<()> {
    let (_, config) = config::load(config.config.as_deref())?;
    let base = &config.server.public_url;
    let outlines: Vec<Outline> = config
        .sources
        .iter()
        .map(|watched| &watched.source)
        .map(|source| Outline {
            title: source.name.clone(),
            feed: match source.kind {
                Kind::Feed | Kind::Auto => source.url.to_string(),
                Kind::Board(_) | Kind::Json(_) => {
                    format!("{base}feeds/{}.{}", source.id, Format::Atom.extension())
                }
            },
            page: source.page(),
            language: source.language.clone(),
            tags: source.tags.clone(),
        })
        .collect();
    say(String::from_utf8(feed::opml(&config.server.title, &outlines))?.trim_end())?;
    Ok(())
}
