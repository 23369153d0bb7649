//! Who may do what with an SQLite file: locks beside it, let go of when the process ends in whichever way. PostgreSQL is
//! shared by as many daemons as wish.

use std::{
    fs::{File, TryLockError},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::config::StoreSettings;

/// The right to be the one daemon on an SQLite file.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "holding the file is what holds the lock")] Option<File>);

impl Claim {
    /// Claims the store.
    ///
    /// # Errors
    ///
    /// When another daemon has it.
    pub fn on(store: &StoreSettings) -> anyhow::Result<Self> {
        let Some(path) = file_of(store) else {
            return Ok(Self(None));
        };
        let (mut file, lock) = open(&path, "lock")?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)
                    .and_then(|()| file.write_all(std::process::id().to_string().as_bytes()))?;
                Ok(Self(Some(file)))
            }
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _ = file.read_to_string(&mut process);
                bail!(
                    "another gazetted (process {process}) already runs on {}; stop it first, or use PostgreSQL for several",
                    path.display()
                )
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("can't lock {}", lock.display())),
        }
    }
}

/// A time in which leases in the store are held by a process that lives. Commands that poll or send beside a daemon have
/// one each.
#[derive(Debug)]
pub struct Shift(#[expect(dead_code, reason = "holding the file is what holds the lock")] Option<File>);

impl Shift {
    /// Begins a shift beside others.
    ///
    /// # Errors
    ///
    /// When the file beside the store can't be locked.
    pub fn begin(store: &StoreSettings) -> anyhow::Result<Self> {
        let Some(path) = file_of(store) else {
            return Ok(Self(None));
        };
        let (file, lock) = open(&path, "busy")?;
        file.lock_shared()
            .with_context(|| format!("can't lock {}", lock.display()))?;
        Ok(Self(Some(file)))
    }

    /// A shift in which nobody else begins one; `None` when somebody has.
    ///
    /// # Errors
    ///
    /// When the file beside the store can't be locked.
    pub fn alone(store: &StoreSettings) -> anyhow::Result<Option<Self>> {
        let Some(path) = file_of(store) else {
            return Ok(Some(Self(None)));
        };
        let (file, lock) = open(&path, "busy")?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(Some(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("can't lock {}", lock.display())),
        }
    }
}

/// The file of an SQLite store, by the one name that all its names lead to.
pub(super) fn file_of(store: &StoreSettings) -> Option<PathBuf> {
    let path = Path::new(store.url.strip_prefix("sqlite:")?);
    let path = if path.is_dir() {
        path.join("gazetted.db")
    } else {
        path.to_owned()
    };
    if let Ok(path) = path.canonicalize() {
        return Some(path);
    }
    // It is not made yet.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok();
    Some(
        folder
            .zip(path.file_name())
            .map_or(path.clone(), |(folder, name)| folder.join(name)),
    )
}

fn open(path: &Path, suffix: &str) -> anyhow::Result<(File, PathBuf)> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    let lock = PathBuf::from(name);
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&lock)
        .with_context(|| format!("can't open {}", lock.display()))?;
    Ok((file, lock))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(path: &Path) -> StoreSettings {
        StoreSettings {
            url: format!("sqlite:{}", path.display()),
            password: None,
        }
    }

    #[test]
    fn a_file_has_one_daemon_by_whichever_name_it_is_called() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("gazetted.db");
        File::create(&file).expect("a file");
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        let claim = Claim::on(&store(&file)).expect("a claim");
        for other in [&link, &folder.path().join("./gazetted.db"), &folder.path().to_owned()] {
            let refused = Claim::on(&store(other)).expect_err("a second claim");
            assert!(refused.to_string().contains("already runs"), "{refused}");
        }
        drop(claim);
        Claim::on(&store(&link)).expect("a claim");
    }

    #[test]
    fn leases_are_taken_over_only_where_nobody_works() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder.path().join("gazetted.db"));
        let shifts = [
            Shift::begin(&store).expect("a shift"),
            Shift::begin(&store).expect("a shift"),
        ];
        assert!(Shift::alone(&store).expect("an answer").is_none());
        drop(shifts);
        assert!(Shift::alone(&store).expect("an answer").is_some());
    }
}
