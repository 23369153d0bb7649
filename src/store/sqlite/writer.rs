//! The one thread that writes.
//!
//! An fsync costs milliseconds and covers everything written before it, so all operations that arrive during one share
//! the next: they run in one transaction, each in a savepoint of its own, and are answered after the commit.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::store::StoreError;

use super::{fault::Fault, file};

/// How often is looked whether the file's name still leads to the file.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Most operations that share a commit.
const SHARED: usize = 128;

/// Most operations that wait before those who ask are held up.
const WAITING: usize = 1_024;

/// Runs the operation, or takes the reason why it can't; gives what will tell the one who waits.
type Job = Box<dyn FnOnce(Result<&Connection, &Fault>) -> Answer + Send>;

/// Tells the one who waits; takes the reason why the commit failed, when it did.
type Answer = Box<dyn FnOnce(Option<&Fault>) + Send>;

/// The way to the thread that writes. Dropping it waits for the thread, so that the program does not end while the file is
/// being closed.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Whoever waited for a job that panicked has been told.
            let _ = thread.join();
        }
    }
}

impl Writer {
    /// Starts the thread, which owns `connection` to the file at `path`.
    pub(super) fn start(path: PathBuf, connection: Connection) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("store".into())
            .spawn(move || work(&path, connection, waiting))
            .map_err(|error| StoreError::Unusable(format!("the store's thread can't be started: {error}")))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs `operation`; when this returns, what it did is on the disk, or nothing was done.
    pub(super) async fn write<T, F>(&self, doing: &'static str, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let done = match connection {
                Ok(connection) => apart(connection, operation).map_err(|fault| fault.told(doing)),
                Err(fault) => Err(fault.told(doing)),
            };
            Box::new(move |failed| {
                // Whoever asked may have gone; what was done stays done.
                let _ = tell.send(match failed {
                    None => done,
                    Some(fault) => Err(fault.told(doing)),
                });
            })
        });
        let gone = || Fault::Broken("the store's thread has ended".into()).told(doing);
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).await.map_err(|_| gone())?;
        told.await.map_err(|_| gone())?
    }
}

fn work(path: &Path, connection: Connection, mut waiting: mpsc::Receiver<Job>) {
    let mut connection = Some(connection);
    let mut watch = Watch::over(path);
    while let Some(job) = waiting.blocking_recv() {
        if watch.is_replaced() {
            // What is written now would go where nobody looks.
            job(Err(&Fault::Replaced(path.to_owned())))(None);
            continue;
        }
        if connection.is_none() {
            connection = file::connect(path).ok();
        }
        let Some(open) = &connection else {
            job(Err(&Fault::Broken("the store's file can't be opened again".into())))(None);
            continue;
        };
        if share_commit(open, job, &mut waiting).is_err_and(|fault| fault.poisons()) {
            // After a failed fsync nobody knows what is on the disk but the log itself: read it anew.
            connection = None;
        }
    }
}

/// Whether the file's name still leads to the file.
struct Watch<'a> {
    path: &'a Path,
    file: Option<(u64, u64)>,
    looked: Instant,
    replaced: bool,
}

impl<'a> Watch<'a> {
    fn over(path: &'a Path) -> Self {
        Self {
            path,
            file: identity(path),
            looked: Instant::now(),
            replaced: false,
        }
    }

    /// Looks now and then. A file that was replaced stays so: the connection is to the other one.
    fn is_replaced(&mut self) -> bool {
        if !self.replaced && self.looked.elapsed() >= LOOK_EVERY {
            self.looked = Instant::now();
            self.replaced = identity(self.path) != self.file;
        }
        self.replaced
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Runs `first` and what waits behind it in one transaction, and answers all.
fn share_commit(connection: &Connection, first: Job, waiting: &mut mpsc::Receiver<Job>) -> Result<(), Fault> {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        let fault = Fault::from(error);
        first(Err(&fault))(None);
        return Err(fault);
    }
    let mut answers = vec![first(Ok(connection))];
    while answers.len() < SHARED && !connection.is_autocommit() {
        match waiting.try_recv() {
            Ok(job) => answers.push(job(Ok(connection))),
            Err(_) => break,
        }
    }
    let committed = if connection.is_autocommit() {
        // SQLite gives a whole transaction up when the disk is full or broken.
        Err(Fault::GivenUp)
    } else {
        connection.execute_batch("COMMIT").map_err(Fault::from)
    };
    if committed.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    for answer in answers {
        answer(committed.as_ref().err());
    }
    committed
}

/// Runs `operation` so that its failure, even its panic, undoes it alone.
fn apart<T>(connection: &Connection, operation: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
    connection.prepare_cached("SAVEPOINT operation")?.execute([])?;
    let done = catch_unwind(AssertUnwindSafe(|| operation(connection)))
        .unwrap_or_else(|_| Err(Fault::Broken("a bug: the operation panicked".into())));
    if !connection.is_autocommit() {
        if done.is_err() {
            connection.prepare_cached("ROLLBACK TO operation")?.execute([])?;
        }
        connection.prepare_cached("RELEASE operation")?.execute([])?;
    }
    done
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;

    fn writer(folder: &Path) -> Writer {
        let path = folder.join("store.db");
        let connection = file::open(&path).expect("a store");
        Writer::start(path, connection).expect("a writer")
    }

    fn put(name: &'static str) -> impl FnOnce(&Connection) -> Result<(), Fault> + Send {
        move |db| {
            db.execute("INSERT INTO meta (name, value) VALUES (?1, x'00')", params![name])?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_failing_operation_does_not_hurt_its_neighbours() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = writer(folder.path());
        let (a, b, c, d) = tokio::join!(
            writer.write("a", put("one")),
            writer.write("b", |db| {
                put("two")(db)?;
                put("one")(db)
            }),
            writer.write("c", |db| {
                put("three")(db)?;
                if db.is_autocommit() { Ok(()) } else { panic!("a bug") }
            }),
            writer.write("d", put("four")),
        );
        assert!(a.is_ok() && d.is_ok());
        assert!(b.is_err() && c.is_err());
        let names = writer
            .write("count", |db| {
                Ok(db.query_row(
                    "SELECT group_concat(name) FROM (SELECT name FROM meta ORDER BY name)",
                    [],
                    |row| row.get::<_, String>(0),
                )?)
            })
            .await;
        assert_eq!(names.expect("names"), "four,one");
    }

    #[test]
    fn a_file_that_was_replaced_is_not_the_store_any_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, aside) = (folder.path().join("store.db"), folder.path().join("aside.db"));
        fs::write(&path, "one").expect("a file");
        let mut watch = Watch::over(&path);
        watch.looked -= LOOK_EVERY;
        assert!(!watch.is_replaced());
        fs::rename(&path, &aside).expect("moved");
        fs::write(&path, "another").expect("a file");
        assert!(!watch.is_replaced(), "it is looked for now and then");
        watch.looked -= LOOK_EVERY;
        assert!(watch.is_replaced());
        fs::rename(&aside, &path).expect("moved back");
        watch.looked -= LOOK_EVERY;
        assert!(watch.is_replaced(), "nobody knows what was written meanwhile");
    }

    #[tokio::test]
    async fn a_full_disk_fails_those_who_wait_and_nobody_later() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = writer(folder.path());
        let fill = |db: &Connection| {
            let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            db.query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |_| Ok(()))?;
            db.execute("INSERT INTO meta (name, value) VALUES ('big', zeroblob(1000000))", [])?;
            Ok(())
        };
        assert!(writer.write("filling", fill).await.is_err());
        let make_room = |db: &Connection| {
            db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(()))?;
            put("small")(db)
        };
        writer.write("going on", make_room).await.expect("room again");
    }
}
