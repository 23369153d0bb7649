//! What goes wrong inside an operation, before it is told to the outside.

use std::{fmt, path::PathBuf};

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// Why an operation failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite said so.
    Sql(rusqlite::Error),
    /// The lease has passed on.
    LeaseLost,
    /// What is stored can't be understood, or the store is broken otherwise.
    Broken(String),
    /// SQLite gave a whole transaction up, so nobody knows what it did last: the disk is full, or broken.
    GivenUp,
    /// The file is not the one that was opened.
    Replaced(PathBuf),
}

impl Fault {
    /// Whether the connection that reported it can't be relied on any more.
    pub(super) fn poisons(&self) -> bool {
        match self {
            Self::Sql(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::SystemIoFailure
                        | ErrorCode::DatabaseCorrupt
                        | ErrorCode::NotADatabase
                        | ErrorCode::CannotOpen
                        | ErrorCode::OutOfMemory
                )
            ),
            Self::GivenUp => true,
            Self::LeaseLost | Self::Broken(_) | Self::Replaced(_) => false,
        }
    }

    /// The fault as the store's callers see it.
    pub(super) fn told(&self, doing: &'static str) -> StoreError {
        match self {
            Self::LeaseLost => StoreError::LeaseLost,
            Self::Sql(error) if is_damage(error) => StoreError::Unusable(format!(
                "the store's file is damaged ({error}): stop gazetted, keep the file aside, and put the last backup in \
                 its place"
            )),
            Self::Replaced(_) => StoreError::Unusable(self.to_string()),
            Self::Sql(_) | Self::Broken(_) | Self::GivenUp => StoreError::Failed {
                doing,
                why: self.to_string(),
            },
        }
    }
}

/// Whether SQLite says that the file is no sound database.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(error) => error.fmt(f),
            Self::LeaseLost => StoreError::LeaseLost.fmt(f),
            Self::Broken(why) => f.write_str(why),
            Self::GivenUp => f.write_str("the database gave the transaction up, is the disk full?"),
            Self::Replaced(path) => write!(
                f,
                "{} was removed or replaced while gazetted had it open: stop gazetted, put the file in its place that \
                 belongs there, and start it again",
                path.display()
            ),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        // serde_json's own text may quote what is stored.
        Self::Broken(format!(
            "a stored value can't be read ({:?} error at column {})",
            error.classify(),
            error.column()
        ))
    }
}

impl From<jiff::Error> for Fault {
    fn from(error: jiff::Error) -> Self {
        Self::Broken(format!("a stored time can't be read: {error}"))
    }
}

impl From<crate::notice::InvalidSourceId> for Fault {
    fn from(error: crate::notice::InvalidSourceId) -> Self {
        Self::Broken(format!("a stored source id can't be read: {error}"))
    }
}
