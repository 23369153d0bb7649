//! What comes back, from a Maildir: each message moves from `new` to `cur` when what it says is recorded.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::Returns;
use crate::ops::Outage;

/// How often is looked for new messages.
const EVERY: Duration = Duration::from_secs(5);

/// Most messages between two looks at the folder.
const AT_A_TIME: usize = 1_000;

/// As much of a message is read, in bytes: more than counts.
const MOST_BYTES: u64 = 1024 * 1024;

/// Reads what is delivered into `folder`, until `stop` is cancelled.
pub(super) async fn read(returns: &Returns, folder: &Path, stop: &CancellationToken) {
    let mut outage = Outage::of("read the Maildir of what comes back");
    loop {
        let more = outage.heed(look(returns, folder, stop).await);
        if more == Some(true) && !stop.is_cancelled() {
            continue;
        }
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
    }
}

/// Reads the messages that there are; whether there may be more.
async fn look(returns: &Returns, folder: &Path, stop: &CancellationToken) -> io::Result<bool> {
    let new = folder.join("new");
    let messages = tokio::task::spawn_blocking(move || list(&new)).await??;
    let count = messages.len();
    for path in messages {
        if stop.is_cancelled() {
            break;
        }
        let (from, to) = (path.clone(), seen(folder, &path));
        let message = match tokio::task::spawn_blocking(move || begin(&path)).await? {
            Ok(message) => message,
            // Another reader has moved it.
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        returns.heed(&[], message).await.map_err(io::Error::other)?;
        match tokio::fs::rename(&from, &to).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(count == AT_A_TIME)
}

fn list(new: &Path) -> io::Result<Vec<PathBuf>> {
    let mut messages = Vec::new();
    for entry in std::fs::read_dir(new)?.take(AT_A_TIME) {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            messages.push(entry.path());
        }
    }
    Ok(messages)
}

fn begin(path: &Path) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    std::fs::File::open(path)?.take(MOST_BYTES).read_to_end(&mut message)?;
    Ok(message)
}

/// Where a message stands that was seen.
fn seen(folder: &Path, path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(":2,S");
    folder.join("cur").join(name)
}
