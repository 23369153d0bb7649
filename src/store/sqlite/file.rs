//! The file: how it is made, opened, checked and copied.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, config::DbConfig};

use crate::store::{StoreError, migrate};

use super::fault::is_damage;

/// Marks the file as ours ("gztd").
const APPLICATION_ID: i64 = 0x677a_7464;

/// The first SQLite without the bug by which a WAL reset could lose transactions.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Of pages that the writer has at hand.
const WRITER_CACHE_KIB: i64 = 8 << 10;

/// So many pages in the log are put into the file together: what many commits have changed in one page is put there once.
const PAGES_IN_LOG: i64 = 4_000;

/// How long one process waits for another's write.
const BUSY: Duration = Duration::from_secs(10);

/// Opens the store at `path` for writing, its schema brought up to date.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let version = rusqlite::version_number();
    if version < OLDEST_SQLITE {
        return Err(StoreError::Unusable(format!(
            "this gazetted was linked with SQLite {}, whose bugs can lose data: link it with 3.51.3 or newer",
            rusqlite::version()
        )));
    }
    match fs::metadata(path) {
        Ok(found) if found.len() == 0 => {
            return Err(StoreError::Unusable(format!(
                "{} is empty, so it is no store any more: put the last backup in its place, \
                or remove the file to begin anew",
                path.display()
            )));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
        Err(error) => return Err(unreachable_file(path, &error)),
    }
    let mut connection = connect(path)?;
    bring_up_to_date(&mut connection, path)?;
    Ok(connection)
}

/// A connection to the store at `path`, which must be there, for writing.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| unusable(path, &error))?;
    prepare(&connection).map_err(|error| unusable(path, &error))?;
    let id = connection
        .query_row("PRAGMA application_id", [], |row| row.get::<_, i64>(0))
        .map_err(|error| unusable(path, &error))?;
    if id != APPLICATION_ID {
        return Err(StoreError::Unusable(format!(
            "{} is a database, but not one of gazetted's: name another file as the store",
            path.display()
        )));
    }
    make_durable(&connection, path)?;
    Ok(connection)
}

/// A connection to the store at `path` for reading alone.
pub(super) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    Ok(connection)
}

/// Writes a consistent copy of the store at `from` to `to`, which must not exist.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let beside = beside(to)?;
    let written = connect_reader(from)
        .and_then(|db| db.execute("VACUUM INTO ?1", [beside.to_string_lossy()]))
        .map_err(|error| unusable(from, &error));
    settle_file(written.map(|_| ()), &beside, to).and_then(|is_new| {
        if is_new {
            Ok(())
        } else {
            Err(StoreError::Unusable(format!(
                "{} is there already: name a file that is not",
                to.display()
            )))
        }
    })
}

/// Makes a store at `path`. It is made under another name and then linked, so that no crash leaves half a store.
fn make(path: &Path) -> Result<(), StoreError> {
    let beside = beside(path)?;
    let made = make_at(&beside);
    settle_file(made, &beside, path).map(|_| ())
}

fn make_at(path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| unusable(path, &error))?;
    prepare(&connection)
        .and_then(|()| connection.pragma_update(None, "application_id", APPLICATION_ID))
        .map_err(|error| unusable(path, &error))?;
    make_durable(&connection, path)?;
    bring_up_to_date(&mut connection, path)?;
    // Closing moves the write-ahead log into the file.
    connection.close().map_err(|(_, error)| unusable(path, &error))
}

/// An empty file beside `path` that only its owner can read.
fn beside(path: &Path) -> Result<PathBuf, StoreError> {
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| StoreError::Unusable("the operating system gives no random numbers".into()))?;
    let name = path
        .file_name()
        .ok_or_else(|| StoreError::Unusable(format!("{} does not name a file", path.display())))?;
    let beside = path.with_file_name(format!(
        ".{}.{:016x}.new",
        name.to_string_lossy(),
        u64::from_ne_bytes(random)
    ));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .map_err(|error| unreachable_file(path, &error))?;
    Ok(beside)
}

/// Gives the finished file `beside` the name `path`, durably; `false` when another was faster. Removes `beside` in any
/// case.
fn settle_file(made: Result<(), StoreError>, beside: &Path, path: &Path) -> Result<bool, StoreError> {
    let named = made.and_then(|()| name(beside, path).map_err(|error| unreachable_file(path, &error)));
    // A left-over is only untidy.
    let _ = fs::remove_file(beside);
    named
}

fn name(beside: &Path, path: &Path) -> io::Result<bool> {
    File::open(beside)?.sync_all()?;
    let is_new = match fs::hard_link(beside, path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        // Some file systems have no links.
        Err(_) if !path.exists() => {
            fs::rename(beside, path)?;
            true
        }
        Err(error) => return Err(error),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(is_new)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Else a statement is planned anew when other values are bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // What undoes a single operation among those that share a commit is small, and no reason to write a file.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// Every answered write survives a power loss.
fn make_durable(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(|error| unusable(path, &error))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(StoreError::Unusable(format!(
            "{} lies on a file system that SQLite's write-ahead log does not work on: use a local disk",
            path.display()
        )));
    }
    connection
        .pragma_update(None, "synchronous", "FULL")
        .and_then(|()| connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB))
        .and_then(|()| connection.pragma_update_and_check(None, "wal_autocheckpoint", PAGES_IN_LOG, |_| Ok(())))
        .and_then(|()| connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(())))
        .map_err(|error| unusable(path, &error))
}

fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let store = path.display().to_string();
    let broken = |error: &rusqlite::Error| unusable(path, error);
    let steps = migrate::missing(migrate::SQLITE, version_of(connection).map_err(|e| broken(&e))?, &store)?;
    for (version, step) in steps {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| broken(&error))?;
        // Another process may have been faster.
        if version_of(&transaction).map_err(|error| broken(&error))? >= version {
            continue;
        }
        transaction
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS schema_version
                (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL)",
            )
            .and_then(|()| transaction.execute_batch(step))
            .and_then(|()| {
                transaction.execute(
                    "INSERT INTO schema_version VALUES (1, ?1) ON CONFLICT DO UPDATE SET version = ?1",
                    [version],
                )
            })
            .and_then(|_| transaction.commit())
            .map_err(|error| broken(&error))?;
    }
    Ok(())
}

fn version_of(connection: &Connection) -> rusqlite::Result<i64> {
    let there: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'",
        [],
        |row| row.get(0),
    )?;
    if there == 0 {
        return Ok(0);
    }
    let version = connection
        .query_row("SELECT version FROM schema_version", [], |row| row.get(0))
        .optional()?;
    Ok(version.unwrap_or(0))
}

fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.display();
    StoreError::Unusable(if is_damage(error) {
        format!(
            "{path} is damaged, or no SQLite database ({error}): stop gazetted, keep the file aside, and put the last \
             backup in its place"
        )
    } else {
        format!(
            "{path} can't be used as the store ({error}): the file and its folder must be writable by the user that \
             runs gazetted, on a disk with free space"
        )
    })
}

fn unreachable_file(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unusable(format!(
        "{} can't be opened or made ({error}): its folder must exist and be writable by the user that runs gazetted",
        path.display()
    ))
}
