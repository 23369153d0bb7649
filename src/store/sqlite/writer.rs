//! The one thread that writes.
//!
//! An fsync costs milliseconds and covers everything written before it, so all operations that arrive during one and need one share
//! the next: they run in one transaction, each in a savepoint of its own, and are answered after the fsync. It has a thread of its
//! own (`syncer`), so that what needs none goes on meanwhile. Where no operation needs an fsync there is none.

use std::{
    collections::VecDeque,
    fs::{self, File},
    os::unix::fs::MetadataExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::store::StoreError;

use super::{fault::Fault, file, syncer::Syncer};

/// How often is looked whether the file's name still leads to the file.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Most operations that share a commit.
const SHARED: usize = 128;

/// How long an operation that can wait does so where not many others are there to share its commit.
const PATIENCE: Duration = Duration::from_millis(4);

/// With so many others there an operation has company enough.
const ENOUGH: usize = 16;

/// Most operations that wait before those who ask are held up.
const WAITING: usize = 1_024;

/// An operation that waits for its turn.
pub(super) struct Job {
    wants: Wants,
    run: Run,
}

/// What an operation waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// An fsync, so that it lasts whatever happens.
    Fsync,
    /// Nothing, but an fsync follows soon: a power loss undoes no more than was done in some milliseconds.
    Haste,
    /// Nothing. It survives the program's end, but a power loss may undo it, with all that came after it and none that came before.
    Nothing,
    /// Others to share its commit with, for a while. It lasts no longer than the one before.
    Company,
}

/// Runs the operation, or takes the reason why it can't; gives what will tell the one who waits.
type Run = Box<dyn FnOnce(Result<&Connection, &Fault>) -> Answer + Send>;

/// Tells the one who waits; takes the reason why the commit failed, when it did.
pub(super) type Answer = Box<dyn FnOnce(Option<&Fault>) + Send>;

/// What the thread is told.
pub(super) enum Message {
    /// There is something to do.
    Do(Job),
    /// An fsync that was waited for has ended well, or any has failed.
    Synced(bool),
}

/// The way to the thread that writes. Dropping it waits for the thread, so that the program does not end while the file is
/// being closed.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Message>>,
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
        let no_thread = |error| StoreError::Unusable(format!("the store's thread can't be started: {error}"));
        let syncer = Syncer::start(jobs.downgrade()).map_err(no_thread)?;
        let thread = thread::Builder::new()
            .name("store".into())
            .spawn(move || work(&path, connection, Queue::of(waiting, syncer)))
            .map_err(no_thread)?;
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
        self.run(Wants::Fsync, doing, operation).await
    }

    /// As [`write`](Self::write), but it returns before it is on the disk, where it is some milliseconds later: for what may be done
    /// again where a power loss comes just then.
    pub(super) async fn write_hastily<T, F>(&self, doing: &'static str, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.run(Wants::Haste, doing, operation).await
    }

    /// As [`write`](Self::write), for what reads, or may be forgotten or done again where a power loss comes soon after: it waits for no
    /// fsync, but where another operation does.
    pub(super) async fn write_lightly<T, F>(&self, doing: &'static str, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.run(Wants::Nothing, doing, operation).await
    }

    /// As [`write_lightly`](Self::write_lightly), for what nobody waits for: it waits a little for others to share its commit. It undoes
    /// what it has done where it fails: it writes by one statement, or is [`apart`].
    pub(super) async fn write_at_leisure<T, F>(&self, doing: &'static str, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.run(Wants::Company, doing, operation).await
    }

    async fn run<T, F>(&self, wants: Wants, doing: &'static str, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let run: Run = Box::new(move |connection| {
            let done = match connection {
                Ok(connection) => match wants {
                    Wants::Company => caught(connection, operation),
                    Wants::Fsync | Wants::Haste | Wants::Nothing => apart(connection, operation),
                }
                .map_err(|fault| fault.told(doing)),
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
        jobs.send(Message::Do(Job { wants, run })).await.map_err(|_| gone())?;
        told.await.map_err(|_| gone())?
    }
}

fn work(path: &Path, connection: Connection, mut queue: Queue) {
    let mut ledger = Ledger::of(connection, path).ok();
    let mut watch = Watch::over(path);
    while let Some(job) = queue.next() {
        if watch.is_replaced() {
            // What is written now would go where nobody looks.
            (job.run)(Err(&Fault::Replaced(path.to_owned())))(None);
            continue;
        }
        // After a failed fsync nobody knows what is on the disk.
        if std::mem::take(&mut queue.is_in_doubt) {
            ledger = None;
        }
        if ledger.is_none() {
            let connection = file::connect(path).ok();
            ledger = connection.and_then(|connection| Ledger::anew(connection, path).ok());
        }
        let Some(open) = &mut ledger else {
            (job.run)(Err(&Fault::Broken("the store's file can't be opened again".into())))(None);
            continue;
        };
        if job.wants == Wants::Company && queue.messages.len() < ENOUGH {
            thread::sleep(PATIENCE);
        }
        if open.share_commit(job, &mut queue).is_err_and(|fault| fault.poisons()) {
            ledger = None;
        }
    }
}

/// What waits for its turn. Operations that need an fsync wait until none is waited for, so that they share the next.
struct Queue {
    messages: mpsc::Receiver<Message>,
    held: VecDeque<Job>,
    syncer: Syncer,
    /// An fsync has failed.
    is_in_doubt: bool,
}

impl Queue {
    fn of(messages: mpsc::Receiver<Message>, syncer: Syncer) -> Self {
        Self {
            messages,
            held: VecDeque::new(),
            syncer,
            is_in_doubt: false,
        }
    }

    /// The next operation that may run; waits until there is one. `None` when there will be none.
    fn next(&mut self) -> Option<Job> {
        loop {
            if let Some(job) = self.held_back() {
                return Some(job);
            }
            let Some(message) = self.messages.blocking_recv() else {
                return self.held.pop_front();
            };
            if let Some(job) = self.heed(message) {
                return Some(job);
            }
        }
    }

    /// The next operation that may run now, when there is one.
    fn another(&mut self) -> Option<Job> {
        loop {
            if let Some(job) = self.held_back() {
                return Some(job);
            }
            let message = self.messages.try_recv().ok()?;
            if let Some(job) = self.heed(message) {
                return Some(job);
            }
        }
    }

    fn held_back(&mut self) -> Option<Job> {
        if self.syncer.is_awaited() {
            None
        } else {
            self.held.pop_front()
        }
    }

    fn heed(&mut self, message: Message) -> Option<Job> {
        match message {
            Message::Do(job) if job.wants == Wants::Fsync && self.syncer.is_awaited() => self.held.push_back(job),
            Message::Do(job) => return Some(job),
            Message::Synced(is_good) => {
                self.is_in_doubt |= !is_good;
                self.syncer.heed();
            }
        }
        None
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

/// The file, whose commits wait for no fsync.
struct Ledger {
    connection: Connection,
    log: Arc<File>,
}

impl Ledger {
    /// In the write-ahead log a commit without an fsync is whole or not there at all, as any other, and the next fsync covers it.
    fn of(connection: Connection, path: &Path) -> Result<Self, Fault> {
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let no_log = |error| Fault::Broken(format!("the store's log can't be opened: {error}"));
        let mut name = path.canonicalize().map_err(no_log)?.into_os_string();
        name.push("-wal");
        let log = Arc::new(File::open(name).map_err(no_log)?);
        Ok(Self { connection, log })
    }

    /// After a fault, with a log that begins anew: what follows a part of the log that an fsync has lost is lost with it.
    fn anew(connection: Connection, path: &Path) -> Result<Self, Fault> {
        let ledger = Self::of(connection, path)?;
        let is_busy: bool = ledger
            .connection
            .query_one("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        match is_busy {
            true => Err(Fault::Broken(
                "the store's log is being read and can't begin anew".into(),
            )),
            false => Ok(ledger),
        }
    }

    /// Runs `first` and what waits behind it in one transaction, and answers all, those that need an fsync after one.
    fn share_commit(&mut self, first: Job, queue: &mut Queue) -> Result<(), Fault> {
        let connection = &self.connection;
        if let Err(fault) = run(connection, "BEGIN IMMEDIATE") {
            (first.run)(Err(&fault))(None);
            return Err(fault);
        }
        let mut answers = vec![(first.wants, (first.run)(Ok(connection)))];
        while answers.len() < SHARED && !connection.is_autocommit() {
            let Some(job) = queue.another() else { break };
            answers.push((job.wants, (job.run)(Ok(connection))));
        }
        let committed = if connection.is_autocommit() {
            // SQLite gives a whole transaction up when the disk is full or broken.
            Err(Fault::GivenUp)
        } else {
            run(connection, "COMMIT")
        };
        if committed.is_err() && !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        let is_owed = answers
            .iter()
            .any(|(wants, _)| matches!(wants, Wants::Fsync | Wants::Haste));
        let mut patient = Vec::new();
        for (wants, answer) in answers {
            match (wants, &committed) {
                (Wants::Fsync, Ok(())) => patient.push(answer),
                _ => answer(committed.as_ref().err()),
            }
        }
        committed?;
        if is_owed {
            queue.syncer.owe(&self.log, patient);
        }
        Ok(())
    }
}

fn run(connection: &Connection, statement: &str) -> Result<(), Fault> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

/// Runs `operation` so that its failure, even its panic, undoes it alone.
pub(super) fn apart<T>(
    connection: &Connection,
    operation: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    run(connection, "SAVEPOINT operation")?;
    let done = caught(connection, operation);
    if !connection.is_autocommit() {
        if done.is_err() {
            run(connection, "ROLLBACK TO operation")?;
        }
        run(connection, "RELEASE operation")?;
    }
    done
}

/// Runs `operation`; its panic is an error like others.
fn caught<T>(connection: &Connection, operation: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(|| operation(connection)))
        .unwrap_or_else(|_| Err(Fault::Broken("a bug: the operation panicked".into())))
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
    async fn what_waits_for_no_sync_is_there_for_all_who_come_later() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = writer(folder.path());
        let (a, b, c) = tokio::join!(
            writer.write_at_leisure("a", put("one")),
            writer.write_lightly("b", put("two")),
            writer.write("c", put("three")),
        );
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        writer.write_at_leisure("d", put("four")).await.expect("written");
        // As another process sees it, or the next one after this was killed.
        let beside = file::connect_reader(&folder.path().join("store.db")).expect("a reader");
        let names: i64 = beside
            .query_row("SELECT count(*) FROM meta", [], |row| row.get(0))
            .expect("a count");
        assert_eq!(names, 4);
        assert!(writer.write_lightly("e", put("four")).await.is_err());
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
