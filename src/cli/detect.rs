//! `gazetted detect`: how any address can be read, worked out.

use std::path::PathBuf;

use url::Url;

use super::{ask, detect_article, terminal::Table};
use crate::{
    config,
    source::{
        detect::{Guess, SURE},
        preview::Preview,
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A page with a list of notices, a feed, or an API.
    url: Url,
    /// Reads the body from a file instead of the network; - for standard input.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The Content-Type that goes with --file.
    #[arg(long, value_name = "TYPE", requires = "file")]
    content_type: Option<String>,
    /// The page is one notice's own page.
    #[arg(long)]
    article: bool,
    /// One JSON document.
    #[arg(long)]
    json: bool,
}

pub(super) async fn detect(arguments: Arguments) -> anyhow::Result<()> {
    let page = match &arguments.file {
        Some(file) => ask::from_file(file, &arguments.url, arguments.content_type.as_deref()).await?,
        None => ask::page(&arguments.url).await?.page,
    };
    if arguments.article {
        return detect_article::detect(page, arguments.json).await;
    }
    let guesses = crate::source::detect::detect(&page, &ask::id_of(&page.url))?;
    let Some((best, others)) = guesses.split_first() else {
        anyhow::bail!("nothing was found on {}", page.url);
    };
    if arguments.json {
        let answer = Preview {
            confidence: Some((best.confidence * 1_000.0).round() / 1_000.0),
            toml: Some(config::block(&best.source)),
            ..Preview::of(&best.source, &best.meta, &best.believed)
        };
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    println!("{}", config::block(&best.source).trim_end());
    show(best);
    for other in others.iter().filter(|_| best.confidence < SURE) {
        eprintln!(
            "\nThis is not certain. The second best guess:\n\n{}",
            config::block(&other.source)
        );
        show(other);
    }
    Ok(())
}

fn show(guess: &Guess) {
    eprintln!(
        "{} notices, confidence {:.2}",
        guess.believed.notices.len(),
        guess.confidence
    );
    let mut table = Table::new(["published", "views", "title"]);
    for notice in &guess.believed.notices {
        let published = notice
            .published
            .map(|published| published.to_string())
            .unwrap_or_default();
        let views = notice.views.map(|views| views.to_string()).unwrap_or_default();
        let pin = if notice.pinned { "* " } else { "" };
        let link = notice.link.as_ref().map(|link| format!("  {link}")).unwrap_or_default();
        table.row([published, views, format!("{pin}{}{link}", notice.title)]);
    }
    eprint!("{table}");
    for note in &guess.notes {
        eprintln!("note: {note}");
    }
}
