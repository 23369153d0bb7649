//! Tells a sleeping loop that there is work.

use std::sync::Arc;

use tokio::sync::Notify;

/// Tells one sleeping loop that there is work. A ring while it is awake is kept; many rings are one. Nothing depends on it
/// for correctness: whoever waits also looks by itself from time to time.
#[derive(Clone, Debug, Default)]
pub struct Doorbell(Arc<Notify>);

impl Doorbell {
    /// Wakes the loop that waits, or the next one that will.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Returns at the next ring, or at once when it rang since the last wait.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}
