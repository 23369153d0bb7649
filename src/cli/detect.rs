//! `gazetted detect`: how any address can be read, worked out.

use std::path::PathBuf;

use url::Url;

use super::{
    ask, detect_article,
    terminal::{Table, say},
    ways::{Search, ways},
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
    /// Looks for feeds that the page does not name, and reads the page of the first notice.
    #[arg(long, conflicts_with_all = ["file", "article"])]
    deep: bool,
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
    let mut followed = None;
    let guesses = match &arguments.file {
        Some(file) => {
            let page = ask::from_file(file, &arguments.url, arguments.content_type.as_deref()).await?;
            if arguments.article {
                return detect_article::detect(page, arguments.json).await;
            }
            alone(&page)?
        }
        None => {
            let progress = progress(&arguments.url);
            let answer = ask::page(&arguments.url).await?;
            if arguments.article {
                return detect_article::detect(answer.page, arguments.json).await;
            }
            let search = if arguments.deep { Search::Usual } else { Search::Named };
            let mut guesses = ways(&answer, search).await?;
            if let (true, Some(best)) = (arguments.deep, guesses.first_mut()) {
                followed = detect_article::follow(&answer, best).await;
            }
            progress.finish_and_clear();
            guesses
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
    if let Some(notice) = followed.and_then(|nth| best.believed.notices.get(nth)) {
        eprintln!("\nThe page of the first notice:");
        detect_article::show(notice);
    }
    if best.confidence < SURE && !arguments.deep && arguments.file.is_none() {
        eprintln!("\nWith --deep, a feed of the same host is looked for that the page does not name.");
    }
    for other in others {
        eprintln!("\nThis is not certain. The second best guess:\n\n{}\n", block(other));
        show(other);
    }
    Ok(())
}

/// A sign of life on a terminal, as looking around takes a while.
pub(super) fn progress(url: &Url) -> indicatif::ProgressBar {
    let progress = indicatif::ProgressBar::new_spinner();
    progress.enable_steady_tick(std::time::Duration::from_millis(120));
    progress.with_message(format!("looking at {url}"))
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
pub(super) fn block(guess: &Guess) -> String {
    let notes = guess
        .notes
        .iter()
        .map(|note| format!("# {}\n", note.replace(char::is_control, " ")));
    format!(
        "{}{}\n",
        notes.collect::<String>(),
        config::block(&guess.source).trim_end()
    )
}

pub(super) fn show(guess: &Guess) {
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
