//! The thread that waits for the disk, so that the one that writes does not.
//!
//! A commit without an fsync has written the log; an fsync of the log makes it last, with all before it. What is owed one while another
//! is under way shares the next, and what nobody waits for waits a little for company.

use std::{
    fs::File,
    io,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::WeakSender;

use super::{
    fault::Fault,
    writer::{Answer, Message},
};

/// How long an fsync that nobody waits for is put off, for what is written meanwhile to share it.
const LINGER: Duration = Duration::from_millis(5);

/// The way to the thread. Dropping it waits until all that is owed an fsync has had one.
pub(super) struct Syncer {
    batches: Option<Sender<Batch>>,
    thread: Option<thread::JoinHandle<()>>,
    /// Whether somebody waits for an fsync.
    is_awaited: bool,
}

/// What shares an fsync of `log`, and who is told then.
struct Batch {
    log: Arc<File>,
    answers: Vec<Answer>,
}

impl Syncer {
    /// Starts the thread, which sends word to `word` of each fsync that was waited for, and of each that has failed.
    pub(super) fn start(word: WeakSender<Message>) -> io::Result<Self> {
        let (batches, waiting) = channel();
        let thread = thread::Builder::new()
            .name("store-sync".into())
            .spawn(move || work(&waiting, &word))?;
        Ok(Self {
            batches: Some(batches),
            thread: Some(thread),
            is_awaited: false,
        })
    }

    /// Whether somebody waits for an fsync that is under way.
    pub(super) fn is_awaited(&self) -> bool {
        self.is_awaited
    }

    /// Owes what was just written to `log` an fsync, and then `answers`.
    pub(super) fn owe(&mut self, log: &Arc<File>, answers: Vec<Answer>) {
        self.is_awaited |= !answers.is_empty();
        let log = Arc::clone(log);
        // The thread ends after this sender alone.
        if let Some(batches) = &self.batches {
            let _ = batches.send(Batch { log, answers });
        }
    }

    /// Takes note that the fsync that was waited for has ended.
    pub(super) fn heed(&mut self) {
        self.is_awaited = false;
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(waiting: &Receiver<Batch>, word: &WeakSender<Message>) {
    let mut broken: Option<Arc<File>> = None;
    let mut next = None;
    while let Some(Batch { log, answers }) = gather(waiting, &mut next) {
        let is_awaited = !answers.is_empty();
        let fault = match &broken {
            // One that follows a failed one may succeed without what the failed one has lost.
            Some(broken) if Arc::ptr_eq(broken, &log) => Err("an fsync of it has failed".to_owned()),
            _ => log.sync_data().map_err(|error| error.to_string()),
        }
        .map_err(|why| Fault::Broken(format!("the store's log can't be brought to the disk: {why}")))
        .err();
        for answer in answers {
            answer(fault.as_ref());
        }
        // Without a sender the writer is ending.
        if (is_awaited || fault.is_some())
            && let Some(word) = word.upgrade()
        {
            let _ = word.blocking_send(Message::Synced(fault.is_none()));
        }
        broken = fault.map(|_| log);
    }
}

/// What shares the next fsync; `None` when there will be none. What is owed one of another log is left as the `next`.
fn gather(waiting: &Receiver<Batch>, next: &mut Option<Batch>) -> Option<Batch> {
    let mut batch = next.take().or_else(|| waiting.recv().ok())?;
    let until = Instant::now() + LINGER;
    loop {
        let left = match batch.answers.is_empty() {
            true => until.saturating_duration_since(Instant::now()),
            false => Duration::ZERO,
        };
        match waiting.recv_timeout(left) {
            Ok(more) if Arc::ptr_eq(&more.log, &batch.log) => batch.answers.extend(more.answers),
            Ok(more) => {
                *next = Some(more);
                return Some(batch);
            }
            Err(_) => return Some(batch),
        }
    }
}
