//! `gazetted detect`: how any address can be read, worked out.

use std::path::PathBuf;

use url::Url;

use super::{
    ask, detect_article,
    terminal::{Table, say},
    ways::ways,
};
use crate::{
    config,
    source::{
        Page,
        detect::{self, Guess, SURE},
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
    let guesses = match &arguments.file {
        Some(file) => {
            let page = ask::from_file(file, &arguments.url, arguments.content_type.as_deref()).await?;
            if arguments.article {
                return detect_article::detect(page, arguments.json).await;
            }
            alone(&page)?
        }
        None => {
            let answer = ask::page(&arguments.url).await?;
            if arguments.article {
                return detect_article::detect(answer.page, arguments.json).await;
            }
            ways(&answer).await?
        }
    };
    let Some((best, others)) = guesses.split_first() else {
        anyhow::bail!("nothing was found on {}", arguments.url);
    };
    if arguments.json {
        let answer = Preview {
            confidence: Some((best.confidence * 1_000.0).round() / 1_000.0),
            toml: Some(block(best)),
            ..Preview::of(&best.source, &best.meta, &best.believed)
        };
        say(serde_json::to_string_pretty(&answer)?)?;
        return Ok(());
    }
    say(block(best))?;
    show(best);
    for other in others {
        eprintln!("\nThis is not certain. The second best guess:\n\n{}\n", block(other));
        show(other);
    }
    Ok(())
}

/// The ways to read a page without asking for anything else.
fn alone(page: &Page) -> anyhow::Result<Vec<Guess>> {
    let mut guesses = detect::detect(page, &ask::id_of(&page.url))?;
    if let Some(best) = guesses.first_mut() {
        let named = detect::feeds(page);
        let named = named
            .iter()
            .map(|feed| format!("the page names a feed, which may serve better: {feed}"));
        best.notes.extend(named);
    }
    Ok(guesses)
}

/// The source as TOML, with what an admin should know of it.
fn block(guess: &Guess) -> String {
    let notes = guess
        .notes
        .iter()
        .map(|note| format!("# {}\n", note.replace(['\n', '\r'], " ")));
    format!(
        "{}{}\n",
        notes.collect::<String>(),
        config::block(&guess.source).trim_end()
    )
}

fn show(guess: &Guess) {
    let sure = if guess.confidence < SURE { "; look closely" } else { "" };
    eprintln!(
        "{} notices, confidence {:.2}{sure}",
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
}
