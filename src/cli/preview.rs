//! `gazetted preview`: what a source would yield, without storing or sending anything.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::ValueEnum;
use jiff::tz::TimeZone;
use url::Url;

use super::{
    ConfigArgument, ask, preview_rows,
    terminal::{Table, say},
};
use crate::{
    config,
    fetch::Fetcher,
    notice::SourceId,
    source::{Believed, Kind, Page, Source, SourceMeta, believe, preview::Preview},
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A source of the configuration.
    #[arg(required_unless_present = "url", conflicts_with = "url")]
    source: Option<SourceId>,
    /// An address instead.
    #[arg(long, requires = "kind")]
    url: Option<Url>,
    /// How to read it.
    #[arg(long)]
    kind: Option<KindArgument>,
    /// Reads the body from a file instead of the network; - for standard input.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The Content-Type that goes with --file.
    #[arg(long, value_name = "TYPE", requires = "file")]
    content_type: Option<String>,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// Shows for each row what each selector finds in it, and why it was set aside.
    #[arg(long, conflicts_with = "json")]
    rows: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArgument {
    Auto,
    Board,
    Feed,
    Json,
}

pub(super) async fn preview(arguments: Arguments) -> anyhow::Result<()> {
    let (source, page, fetcher) = subject(&arguments).await?;
    let source = match source.kind {
        Kind::Auto => {
            let (_, found) = source.recognise(&page)?;
            found.and_then(|found| found.applied_to(&source)).unwrap_or(source)
        }
        _ => source,
    };
    if arguments.rows {
        return preview_rows::print(&source, &page);
    }
    let parsed = source.parse(&page)?;
    let meta = parsed.meta.clone();
    let mut believed = believe(&source, &page, parsed);
    if let Some(fetcher) = fetcher {
        follow_first(&source, &mut believed, &fetcher).await?;
    }
    if arguments.json {
        Ok(say(serde_json::to_string_pretty(&Preview::of(
            &source, &meta, &believed,
        ))?)?)
    } else {
        Ok(show(&mut std::io::stdout().lock(), &source, &meta, &believed)?)
    }
}

/// The source, the page to read, and who asks for what it leads to.
async fn subject(arguments: &Arguments) -> anyhow::Result<(Source, Page, Option<Fetcher>)> {
    let content_type = arguments.content_type.as_deref();
    match (&arguments.source, &arguments.url) {
        (Some(id), _) => {
            let (path, config) = config::load(arguments.config.config.as_deref())?;
            let watched = config.sources.iter().find(|watched| watched.source.id == *id);
            let watched = watched.with_context(|| format!("there is no source {id} in {}", path.display()))?;
            let source = watched.source.clone();
            if let Some(file) = &arguments.file {
                let page = ask::from_file(file, &source.url, content_type).await?;
                return Ok((source, page, None));
            }
            let (page, fetcher) = ask::watched(&config, watched).await?;
            Ok((source, page, Some(fetcher)))
        }
        (None, Some(url)) => {
            let page = match &arguments.file {
                Some(file) => ask::from_file(file, url, content_type).await?,
                None => ask::page(url).await?.page,
            };
            let kind = arguments.kind.unwrap_or(KindArgument::Auto);
            Ok((named(kind, url, &page)?, page, None))
        }
        (None, None) => bail!("name a source of the configuration, or --url and --kind"),
    }
}

fn named(kind: KindArgument, url: &Url, page: &Page) -> anyhow::Result<Source> {
    match kind {
        KindArgument::Feed => Ok(Source {
            id: "preview".parse()?,
            name: url.host_str().unwrap_or("preview").to_owned(),
            url: url.clone(),
            kind: Kind::Feed,
            language: None,
            zone: TimeZone::UTC,
            tags: Vec::new(),
            article: None,
        }),
        KindArgument::Auto | KindArgument::Board => ask::recognise(page),
        KindArgument::Json => {
            bail!("a JSON source needs its paths: write a [[source]] with [source.json], then preview it by its id")
        }
    }
}

/// Reads the first notice's own page, so that an admin sees whether the article's selectors fit.
async fn follow_first(source: &Source, believed: &mut Believed, fetcher: &Fetcher) -> anyhow::Result<()> {
    let Some(first) = believed.notices.iter_mut().find(|notice| notice.link.is_some()) else {
        return Ok(());
    };
    let (Some(link), true) = (first.link.clone(), source.article.is_some()) else {
        return Ok(());
    };
    let page = ask::get(&link, Some(&source.url), fetcher).await?;
    match source.complete(first.clone(), &page) {
        Ok(complete) => *first = complete,
        Err(unreadable) => eprintln!("The first notice's own page could not be read: {unreadable}"),
    }
    Ok(())
}

fn show(out: &mut dyn Write, source: &Source, meta: &SourceMeta, believed: &Believed) -> io::Result<()> {
    writeln!(
        out,
        "{}: {} notices",
        meta.title.as_deref().unwrap_or(&source.name),
        believed.notices.len()
    )?;
    let mut table = Table::new(["published", "views", "files", "title"]);
    for notice in &believed.notices {
        let published = notice
            .published
            .map(|published| published.to_string())
            .unwrap_or_default();
        let views = notice.views.map(|views| views.to_string()).unwrap_or_default();
        let pin = if notice.pinned { "* " } else { "" };
        let link = notice.link.as_ref().map(|link| format!("  {link}")).unwrap_or_default();
        table.row([
            published,
            views,
            notice.attachments.len().to_string(),
            format!("{pin}{}{link}", notice.title),
        ]);
    }
    write!(out, "{table}")?;
    if let Some(text) = believed.notices.iter().find_map(|notice| notice.content.as_ref()) {
        writeln!(out, "\nThe first text:\n{}", text.text())?;
    }
    for unusable in believed.set_aside.iter().chain(&believed.doubts) {
        writeln!(out, "set aside or odd: {} ({})", unusable.reason, unusable.text)?;
    }
    Ok(())
}
