//! What systemd wants to hear (sd_notify(3)). Without systemd, nothing happens.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// Everything is open and migrated: the daemon does its work from now on.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// A line for `systemctl status`.
pub fn status(text: &str) {
    notify(&[NotifyState::Status(text)]);
}

/// The daemon drains and will exit.
pub fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("draining")]);
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd did not hear");
    }
}

/// The heartbeats of the loops that must not stall.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// Called by a loop each time it goes around.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// How often each watched loop must go around.
pub(crate) const BEAT: Duration = Duration::from_secs(3);

/// Tells systemd's watchdog that we live, as long as each of `pulses` beats. Returns when `stop` is cancelled; at once when
/// there is no watchdog.
pub async fn watchdog(pulses: Vec<Pulse>, stop: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut seen: Vec<Option<u64>> = vec![None; pulses.len()];
    let mut silent_since: Vec<tokio::time::Instant> = vec![tokio::time::Instant::now(); pulses.len()];
    while stop
        .run_until_cancelled(tokio::time::sleep((limit / 4).min(BEAT)))
        .await
        .is_some()
    {
        let now = tokio::time::Instant::now();
        for (nth, pulse) in pulses.iter().enumerate() {
            let beats = pulse.0.load(Ordering::Relaxed);
            if seen[nth] != Some(beats) {
                seen[nth] = Some(beats);
                silent_since[nth] = now;
            }
        }
        if silent_since.iter().all(|since| now - *since < limit.max(BEAT * 3)) {
            notify(&[NotifyState::Watchdog]);
        } else {
            tracing::error!("a loop of the daemon stands still; systemd will restart it");
        }
    }
}
