//! Reads what comes back of the mails that were sent: from a Maildir, or over LMTP, whichever the mail server here delivers by.
//!
//! Knows bounces, the ids in return paths, and the store. Does not know how mails are sent.
//!
//! A message is let go of only when what it says is recorded, and to record it again changes nothing: a crash in between costs
//! a second look.

mod heed;
mod lmtp;
mod maildir;

use std::{path::PathBuf, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    dispatch::Ids,
    ops::{Clock, Listener},
    store::Store,
};

/// What reading needs.
#[derive(Clone, Debug)]
pub struct Returns {
    /// Where deliveries are.
    pub store: Arc<dyn Store>,
    /// Knows the return paths that were given.
    pub ids: Ids,
    /// The domain of the addresses that are ours.
    pub domain: String,
    /// Tells the time.
    pub clock: Clock,
}

/// Reads the Maildir and serves LMTP, as far as there are such, until `stop` is cancelled.
pub async fn run(returns: Returns, maildir: Option<PathBuf>, lmtp: Option<Listener>, stop: CancellationToken) {
    let read = async {
        if let Some(maildir) = maildir {
            maildir::read(&returns, &maildir, &stop).await;
        }
    };
    let serve = async {
        if let Some(listener) = lmtp {
            lmtp::serve(&returns, listener, &stop).await;
        }
    };
    tokio::join!(read, serve);
}
