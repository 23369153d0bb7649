//! A failure that repeats, told once: when it begins, and when it is over.

use std::fmt;

use tracing::{error, info};

/// Something that is done over and over, and whether it fails just now.
#[derive(Debug)]
pub struct Outage {
    doing: &'static str,
    failures: u64,
}

impl Outage {
    /// Nothing has failed yet. `doing` goes on after "can't".
    pub fn of(doing: &'static str) -> Self {
        Self { doing, failures: 0 }
    }

    /// What was done, when it worked. Logs the first failure of a series, and its end.
    pub fn heed<T, E: fmt::Display>(&mut self, outcome: Result<T, E>) -> Option<T> {
        let doing = self.doing;
        match outcome {
            Ok(done) => {
                if self.failures > 0 {
                    info!(failures = self.failures, "it works again: {doing}");
                    self.failures = 0;
                }
                Some(done)
            }
            Err(why) => {
                if self.failures == 0 {
                    error!("can't {doing}, trying on: {why}");
                }
                self.failures += 1;
                None
            }
        }
    }
}
