//! A few read-only connections, used on blocking threads. They see every commit that was answered.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::store::StoreError;

use super::{fault::Fault, file};

/// Most reads at a time.
const AT_A_TIME: usize = 4;

/// The pool; connections are opened when they are first needed.
pub(super) struct Readers {
    path: PathBuf,
    free: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    /// Readers of the file at `path`.
    pub(super) fn of(path: PathBuf) -> Self {
        Self {
            path,
            free: Arc::default(),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }

    /// Runs `operation` on one state of the store.
    pub(super) async fn read<T, F>(&self, doing: &'static str, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let gone = || Fault::Broken("the read was given up".into()).told(doing);
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| gone())?;
        let (path, free) = (self.path.clone(), Arc::clone(&self.free));
        spawn_blocking(move || {
            let _turn = turn;
            let kept = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => file::connect_reader(&path)?,
            };
            let snapshot = connection.unchecked_transaction()?;
            let answer = operation(&snapshot)?;
            snapshot.finish()?;
            // A connection that failed is not used again.
            free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(answer)
        })
        .await
        .map_err(|_| gone())?
        .map_err(|fault: Fault| fault.told(doing))
    }
}
