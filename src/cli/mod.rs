//! The commands: one file each, arguments in, library calls, words out.

mod add;
mod append;
mod backup;
mod check;
mod check_deep;
mod deliveries;
mod flood;
mod habits;
mod mail;
mod poll;
mod ask;
mod detect;
mod detect_article;
mod preview;
mod preview_rows;
mod reference;
mod restore;
mod run;
mod sources;
mod status;
mod subscribers;
mod terminal;
mod watch;
mod ways;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{config, ops};

/// The thing asked for failed.
const FAILED: u8 = 1;

/// The configuration is wrong (`EX_CONFIG`): trying again does not help, and systemd is told not to.
const MISCONFIGURED: u8 = 78;

/// Makes every official notice board a feed and an alert.
///
/// Give it one address to begin with:
///
///   gazetted watch https://www.example.go.kr/board/list.do
///
/// or write a configuration, check it with `gazetted check`, and start the daemon with `gazetted run`.
#[derive(Debug, Parser)]
#[command(
    name = "gazetted",
    version,
    about,
    long_about,
    verbatim_doc_comment,
    propagate_version = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// What is logged to stderr: error, warn, info, debug, or a filter such as "warn,gazetted=debug".
    #[arg(
        long,
        global = true,
        env = "GAZETTED_LOG",
        default_value = "",
        hide_default_value = true,
        value_name = "LEVEL"
    )]
    log: String,
    /// Logs one JSON object a line.
    #[arg(long, global = true)]
    log_json: bool,
}

/// Where the configuration is.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgument {
    /// The configuration; without it, $GAZETTED_CONFIG, ./gazetted.toml and /etc/gazetted/gazetted.toml are tried.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the daemon: polls the sources, serves the feeds, tells the subscribers.
    Run(run::Arguments),
    /// Runs the daemon on the addresses given, without any configuration.
    Watch(watch::Arguments),
    /// Works out how any page, feed or API address can be read, and shows what it would yield.
    ///
    /// The address is asked for, and the feeds that its page names, to see whether they carry the same notices. Where the page
    /// shows no list, or with --deep, the usual places of its host are tried too (/feed, /rss.xml, what WordPress offers, the
    /// sitemaps of news): thirteen more questions at most, one a second, within the host's robots.txt.
    Detect(detect::Arguments),
    /// Adds an address to the configuration, as a source that was worked out.
    ///
    /// Works out how the address can be read, as `gazetted detect` does, shows it, asks, and appends the [[source]]. The
    /// configuration is checked as a whole before it is written. The daemon takes it up after a restart (systemctl restart
    /// gazetted).
    Add(add::Arguments),
    /// Checks the configuration; every mistake is shown with its place and what is allowed there.
    Check(check::Arguments),
    /// Polls one source once and shows what it would yield; stores and sends nothing.
    Preview(preview::Arguments),
    /// Polls the sources once, stores and tells what is new, then exits.
    Poll(poll::Arguments),
    /// Shows how each source is doing, and what is waiting to be sent.
    Status(status::Arguments),
    /// Tells subscribers about a held flood of notices after all.
    Release(flood::Arguments),
    /// Keeps a held flood of notices out of mails; the notices stay in the feeds.
    Discard(flood::Arguments),
    /// Shows or re-queues what is owed to subscribers.
    Deliveries(deliveries::Arguments),
    /// Shows what mails look like.
    Mail(mail::Arguments),
    /// Shows, adds, removes, imports and exports those who are mailed.
    Subscribers(subscribers::Arguments),
    /// Takes sources from OPML, the lists of feed readers, and writes them.
    Sources(sources::Arguments),
    /// Writes a consistent copy of the store, while the daemon runs.
    Backup(backup::Arguments),
    /// Puts a copy of the store in its place, while the daemon does not run.
    Restore(restore::Arguments),
    /// Prints completions for a shell.
    Completions(reference::Completions),
    /// Writes the manual pages into a directory.
    Man(reference::Man),
}

/// Runs the command line and returns the exit code: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let daemon = matches!(arguments.command, Command::Run(_) | Command::Watch(_));
    let level = match arguments.log.as_str() {
        "" if daemon => "info",
        "" => "error",
        level => level,
    };
    let format = if arguments.log_json {
        ops::LogFormat::Json
    } else {
        ops::LogFormat::Auto
    };
    ops::start_logging(format, level);
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().min(8));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(obey(arguments.command));
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => explain(&error),
    }
}

async fn obey(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Watch(arguments) => watch::watch(arguments).await,
        Command::Check(arguments) => check::check(arguments),
        Command::Detect(arguments) => detect::detect(arguments).await,
        Command::Add(arguments) => add::add(arguments).await,
        Command::Preview(arguments) => preview::preview(arguments).await,
        Command::Poll(arguments) => poll::poll(arguments).await,
        Command::Status(arguments) => status::status(arguments).await,
        Command::Release(arguments) => flood::release(arguments).await,
        Command::Discard(arguments) => flood::discard(arguments).await,
        Command::Deliveries(arguments) => deliveries::deliveries(arguments).await,
        Command::Mail(arguments) => mail::mail(arguments).await,
        Command::Subscribers(arguments) => subscribers::subscribers(arguments).await,
        Command::Sources(arguments) => sources::sources(arguments),
        Command::Backup(arguments) => backup::backup(arguments).await,
        Command::Restore(arguments) => restore::restore(arguments).await,
        Command::Completions(arguments) => reference::completions(arguments),
        Command::Man(arguments) => reference::man(arguments),
    }
}

fn explain(error: &anyhow::Error) -> ExitCode {
    if let Some(problems) = error.downcast_ref::<config::Problems>() {
        eprintln!("{problems}");
        return MISCONFIGURED.into();
    }
    if error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    {
        return ExitCode::SUCCESS;
    }
    eprintln!("gazetted: {error:#}");
    FAILED.into()
}
