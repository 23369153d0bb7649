//! What goes wrong inside a transaction, and whether it is worth another try.

use std::{error::Error as _, fmt, io};

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// Why a transaction failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// PostgreSQL, or the way to it.
    Sql(tokio_postgres::Error),
    /// There was no connection.
    Connection(PoolError),
    /// The lease has passed on.
    LeaseLost,
    /// What is stored can't be understood.
    Broken(String),
}

impl Fault {
    /// Whether the whole transaction may succeed when it is done again: a conflict, a restart, a broken connection.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Sql(error) | Self::Connection(PoolError::Backend(error)) => may_pass(error),
            Self::Connection(PoolError::Timeout(_)) | Self::LeaseLost | Self::Broken(_) => false,
            Self::Connection(_) => false,
        }
    }

    /// Whether another node did the same thing at the same time.
    pub(super) fn is_race(&self) -> bool {
        const RACES: [&SqlState; 4] = [
            &SqlState::UNIQUE_VIOLATION,
            &SqlState::DUPLICATE_TABLE,
            &SqlState::DUPLICATE_OBJECT,
            &SqlState::DUPLICATE_COLUMN,
        ];
        matches!(self, Self::Sql(error) if error.code().is_some_and(|code| RACES.contains(&code)))
    }

    /// The fault as the store's callers see it.
    pub(super) fn told(&self, doing: &'static str) -> StoreError {
        match self {
            Self::LeaseLost => StoreError::LeaseLost,
            _ => StoreError::Failed {
                doing,
                why: self.to_string(),
            },
        }
    }
}

fn may_pass(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) => {
            let code = code.code();
            code.starts_with("08") || ["40001", "40P01", "57P01", "57P02", "57P03", "53300"].contains(&code)
        }
        None => error.is_closed() || error.source().is_some_and(|source| source.is::<io::Error>()),
    }
}

impl fmt::Display for Fault {
    /// Without the details that PostgreSQL adds: they quote what is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(error) | Self::Connection(PoolError::Backend(error)) => {
                match (error.as_db_error(), error.source()) {
                    (Some(said), _) => write!(f, "{} ({})", said.message(), said.code().code()),
                    (None, Some(source)) if source.is::<io::Error>() => write!(f, "{source}"),
                    (None, _) => error.fmt(f),
                }
            }
            Self::Connection(error) => error.fmt(f),
            Self::LeaseLost => StoreError::LeaseLost.fmt(f),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        Self::Connection(error)
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
