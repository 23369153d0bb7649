//! `gazetted backup`: a consistent copy of the store, while the daemon runs.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::ConfigArgument;
use crate::{
    config::{self, StoreSettings},
    store::sqlite::Sqlite,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the copy goes; a file that is not there yet.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn backup(arguments: Arguments) -> anyhow::Result<()> {
    let (_, config) = config::load(arguments.config.config.as_deref())?;
    let path = file_of(&config.store, "pg_dump --format=custom")?;
    if !path.exists() {
        bail!("there is no store at {} yet", path.display());
    }
    Sqlite::open(&path)?.backup(&arguments.file).await?;
    println!("The copy is {}.", arguments.file.display());
    Ok(())
}

/// The file of an SQLite store. PostgreSQL has tools of its own.
pub(super) fn file_of(store: &StoreSettings, tool: &str) -> anyhow::Result<PathBuf> {
    match store.url.strip_prefix("sqlite:").map(Path::new) {
        Some(folder) if folder.is_dir() => Ok(folder.join("gazetted.db")),
        Some(file) => Ok(file.to_owned()),
        None => bail!("the store is a PostgreSQL database: use {tool}, which can do it while the daemon runs"),
    }
}
