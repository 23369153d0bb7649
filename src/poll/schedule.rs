//! When a source is asked next. Pure: the wait follows from when it had news, and from what went wrong.

use std::time::Duration;

use crate::{
    rhythm::{Bounds, HOURS, History},
    store::Revisions,
};

/// The longest wait after failures, unless the source's own interval is longer.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(6 * 3600);

/// How often a source is asked whose hub pushes, unless its own interval is longer.
pub const SAFETY_NET: Duration = Duration::from_secs(6 * 3600);

/// How often a source is asked, and what is believed and told of its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The longest wait where `adaptive`, else the wait.
    pub interval: Duration,
    /// The shortest wait.
    pub min_interval: Duration,
    /// What all sources wait on average, which is their budget; `None`: as many requests as at `interval`, and one more
    /// for each notice.
    pub mean_interval: Option<Duration>,
    /// Whether the wait follows when news is likely.
    pub adaptive: bool,
    /// Whether what the very first poll finds is told too.
    pub notify_backlog: bool,
    /// More new notices than this in one poll of a known source are held for an admin.
    pub flood_limit: usize,
    /// What becomes of revisions.
    pub on_revision: Revisions,
    /// Whether the hub that a feed names is asked to push it.
    pub push: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15 * 60),
            min_interval: Duration::from_secs(5 * 60),
            mean_interval: None,
            adaptive: true,
            notify_backlog: false,
            flood_limit: 30,
            on_revision: Revisions::Feed,
            push: true,
        }
    }
}

impl Pace {
    /// The wait after a good poll: where adaptive, the one that is `worth_it`, else `interval`. `fresh_for`, the answer's
    /// own word on how long it will not change, is a lower bound, and `interval` bounds that. `spread` in 0..1 makes the wait up
    /// to a twentieth shorter, so that sources that began together don't stay together.
    pub fn after_success(&self, worth_it: Duration, fresh_for: Option<Duration>, spread: f64) -> Duration {
        let wait = if self.adaptive { worth_it } else { self.interval };
        let shortest = self.shortest().max(fresh_for.unwrap_or_default()).min(self.interval);
        let wait = wait.clamp(shortest, self.interval);
        wait.mul_f64(1.0 - 0.05 * spread.clamp(0.0, 1.0)).max(shortest)
    }

    /// The wait while a hub tells what is new.
    pub fn safety_net(&self, spread: f64) -> Duration {
        let wait = SAFETY_NET.max(self.interval);
        wait.mul_f64(1.0 - 0.05 * spread.clamp(0.0, 1.0))
    }

    /// Between which waits to choose.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            shortest: self.shortest().as_secs_f64() / 3600.0,
            longest: self.interval.as_secs_f64() / 3600.0,
        }
    }

    /// How many requests a week a source with this past brings along for all to share.
    pub fn budget(&self, history: &History) -> f64 {
        let Bounds { shortest, longest } = self.bounds();
        let a_week = |hours: f64| HOURS as f64 / hours.clamp(shortest, longest);
        match self.mean_interval {
            Some(mean) => a_week(mean.as_secs_f64() / 3600.0),
            None => (a_week(longest) + history.weekly()).min(a_week(shortest)),
        }
    }

    /// The shortest wait, which is never longer than `interval`.
    pub fn shortest(&self) -> Duration {
        self.min_interval.min(self.interval)
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
    fn a_source_waits_as_is_worth_it_and_never_longer_than_its_interval() {
        let pace = Pace::default();
        for spread in [0.0, 0.5, 1.0] {
            let wait = |worth_it: u32, fresh_for: Option<u32>| {
                pace.after_success(worth_it * MINUTE, fresh_for.map(|fresh| fresh * MINUTE), spread)
            };
            assert_eq!(wait(1, None), 5 * MINUTE);
            assert!((9 * MINUTE..=10 * MINUTE).contains(&wait(10, None)));
            assert!((14 * MINUTE..=15 * MINUTE).contains(&wait(1000, None)));
            assert!((8 * MINUTE..=9 * MINUTE).contains(&wait(5, Some(8))));
            assert_eq!(wait(5, Some(600)), 15 * MINUTE);
        }
        let steady = Pace {
            adaptive: false,
            ..pace
        };
        assert_eq!(steady.after_success(5 * MINUTE, None, 0.0), 15 * MINUTE);
    }

    #[test]
    fn the_budget_is_what_the_interval_costs_unless_a_mean_is_told() {
        let pace = Pace::default();
        let unknown = History::default();
        assert_eq!(pace.budget(&unknown), 4.0 * 168.0);
        let told = Pace {
            interval: 120 * MINUTE,
            mean_interval: Some(15 * MINUTE),
            ..pace
        };
        assert_eq!(told.budget(&unknown), 4.0 * 168.0);
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
