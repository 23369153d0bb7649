//! When a source is asked next. Pure: the wait follows from what the last polls brought.

use std::time::Duration;

use crate::store::Revisions;

/// The longest wait after failures, unless the source's own interval is longer.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(6 * 3600);

/// How often a source is asked, and what is believed and told of its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The longest wait where `adaptive`, else the wait.
    pub interval: Duration,
    /// The shortest wait.
    pub min_interval: Duration,
    /// Whether the wait follows how often there is news.
    pub adaptive: bool,
    /// Whether what the very first poll finds is told too.
    pub notify_backlog: bool,
    /// More new notices than this in one poll of a known source are held for an admin.
    pub flood_limit: usize,
    /// What becomes of revisions.
    pub on_revision: Revisions,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15 * 60),
            min_interval: Duration::from_secs(5 * 60),
            adaptive: true,
            notify_backlog: false,
            flood_limit: 30,
            on_revision: Revisions::Feed,
        }
    }
}

impl Pace {
    /// The wait after a good poll. Where adaptive, it halves when there was news, down to `min_interval`, and grows by half
    /// while there is none, up to `interval`. `fresh_for`, the answer's own word on how long it will not change, is a lower
    /// bound, and `interval` bounds that.
    pub fn after_success(&self, last: Duration, found_news: bool, fresh_for: Option<Duration>) -> Duration {
        let shortest = self.min_interval.min(self.interval);
        let wait = match (self.adaptive, found_news) {
            (false, _) => self.interval,
            (true, true) => last / 2,
            (true, false) => last.max(Duration::from_secs(1)) * 3 / 2,
        };
        wait.max(fresh_for.unwrap_or_default()).clamp(shortest, self.interval)
    }

    /// The wait after `failures` failed polls in a row (at least 1): the interval, doubled each time up to six hours.
    pub fn after_failure(&self, failures: u32) -> Duration {
        let doubled = self.interval.saturating_mul(1 << failures.saturating_sub(1).min(16));
        doubled.min(LONGEST_BACK_OFF.max(self.interval))
    }
}

/// `wait`, up to a tenth longer: `spread` in 0..1 tells where. Keeps sources that began together from staying together.
pub fn spread_out(wait: Duration, spread: f64) -> Duration {
    wait.mul_f64(1.0 + 0.1 * spread.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_wait_follows_the_news_between_its_bounds() {
        let pace = Pace::default();
        assert_eq!(pace.after_success(15 * MINUTE, true, None), Duration::from_secs(450));
        assert_eq!(pace.after_success(5 * MINUTE, true, None), 5 * MINUTE);
        assert_eq!(pace.after_success(10 * MINUTE, false, None), 15 * MINUTE);
        assert_eq!(pace.after_success(5 * MINUTE, true, Some(8 * MINUTE)), 8 * MINUTE);
        assert_eq!(pace.after_success(5 * MINUTE, true, Some(600 * MINUTE)), 15 * MINUTE);
        let steady = Pace {
            adaptive: false,
            ..pace
        };
        assert_eq!(steady.after_success(5 * MINUTE, true, None), 15 * MINUTE);
    }

    #[test]
    fn a_failing_source_is_asked_less_and_less_but_never_given_up() {
        let pace = Pace::default();
        let waits: Vec<_> = [1, 2, 3, 4, 40]
            .map(|failures| pace.after_failure(failures) / 60)
            .into();
        assert_eq!(waits, [15, 30, 60, 120, 360].map(Duration::from_secs));
        let daily = Pace {
            interval: 1440 * MINUTE,
            ..pace
        };
        assert_eq!(daily.after_failure(3), 1440 * MINUTE);
    }
}
