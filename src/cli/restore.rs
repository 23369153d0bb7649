//! `gazetted restore`: puts a copy that `gazetted backup` made in the place of the store.
//!
//! The copy is opened and written anew beside the store first, so that whatever is wrong with it, the store stays as it was.
//! At every moment one whole store lies in the place.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::{ConfigArgument, backup};
use crate::{app::Claim, config, store::sqlite::Sqlite};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The copy.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgument,
}

pub(super) async fn restore(arguments: Arguments) -> anyhow::Result<()> {
    let (_, config) = config::load(arguments.config.config.as_deref())?;
    let place = backup::file_of(&config.store, "pg_restore --clean")?;
    let _claim = Claim::on(&config.store)?;
    let room = beside(&place, ".restoring");
    // Nobody else holds the claim, so what lies there was left by a restore that died.
    let _ = fs::remove_dir_all(&room);
    DirBuilder::new()
        .mode(0o700)
        .create(&room)
        .with_context(|| format!("can't write beside {}", place.display()))?;
    let done = put(&arguments.file, &room, &place).await;
    let _ = fs::remove_dir_all(&room);
    match done? {
        Some(old) => println!(
            "The store is that of {} now; what was there before is {}.",
            arguments.file.display(),
            old.display()
        ),
        None => println!("The store is that of {} now.", arguments.file.display()),
    }
    Ok(())
}

/// Makes `place` a store of what `copy` holds; where the store went that was there.
async fn put(copy: &Path, room: &Path, place: &Path) -> anyhow::Result<Option<PathBuf>> {
    let (read, whole) = (room.join("copy.db"), room.join("whole.db"));
    // Opening a store writes to it, and a backup should stay as it is.
    let mut from = File::open(copy).with_context(|| format!("can't read {}", copy.display()))?;
    let mut to = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&read)?;
    if io::copy(&mut from, &mut to).with_context(|| format!("can't copy {}", copy.display()))? == 0 {
        bail!("{} is empty", copy.display());
    }
    let opened = Sqlite::open(&read).with_context(|| format!("{} can't be restored", copy.display()))?;
    opened.backup(&whole).await?;
    let old = set_aside(place)?;
    fs::rename(&whole, place)?;
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(old)
}

/// Gives the store at `place` a second name, and takes away its log, which must not meet another store.
fn set_aside(place: &Path) -> anyhow::Result<Option<PathBuf>> {
    if !place.exists() {
        return Ok(None);
    }
    let old = beside(place, ".before");
    for part in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(&old, part));
    }
    fs::hard_link(place, &old)
        .or_else(|_| fs::copy(place, &old).map(|_| ()))
        .with_context(|| format!("can't keep the store that is there as {}", old.display()))?;
    match fs::rename(beside(place, "-wal"), beside(&old, "-wal")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let _ = fs::remove_file(beside(place, "-shm"));
    Ok(Some(old))
}

/// `path` with `ending` behind its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
