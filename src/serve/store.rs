//! Asking the store while somebody waits for the answer.

use std::time::Duration;

use crate::store::StoreError;

/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What `work` comes to, or that it took too long.
pub(super) async fn in_time<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => Err(StoreError::Failed {
            doing: "answering a request",
            why: format!("it took longer than {} seconds", PATIENCE.as_secs()),
        }),
    }
}
