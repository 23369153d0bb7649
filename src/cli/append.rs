//! Puts `[[source]]` blocks behind what an admin wrote, which stays to the letter. Whatever happens meanwhile, the file holds
//! one of both versions in full.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::config;

/// Appends `blocks` to the configuration `before`, which stands at `path`; where there is none, makes it.
///
/// # Errors
///
/// When the whole would be no configuration, when somebody wrote the file since it was `before`, or when it can't be written.
/// Then it is as it was.
pub(super) fn append(path: &Path, before: &str, blocks: &[String]) -> anyhow::Result<()> {
    let mut text = before.to_owned();
    for block in blocks {
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(block);
    }
    config::parse(&text, path)?;
    let now = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        now => now.with_context(|| format!("can't read {}", path.display())),
    };
    if now? != before {
        bail!(
            "{} was changed meanwhile; nothing was written, try again",
            path.display()
        );
    }
    replace(path, &text).with_context(|| format!("can't write {}", path.display()))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let done = write(&beside, text, &path).and_then(|()| fs::rename(&beside, &path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
        return done;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Writes `text` to the disk, into a new file with the owner and the permissions of `model`.
fn write(new: &Path, text: &str, model: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new)?;
    file.write_all(text.as_bytes())?;
    if let Ok(before) = fs::metadata(model) {
        let ours = file.metadata()?;
        if (before.uid(), before.gid()) != (ours.uid(), ours.gid()) {
            fchown(&file, Some(before.uid()), Some(before.gid()))?;
        }
        file.set_permissions(before.permissions())?;
    }
    file.sync_all()
}
