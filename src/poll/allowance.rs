//! How many polls may begin. Pure: time is told to it, by a clock that is never set.
//!
//! After a stop, a laptop's sleep or a clock that was set forward everything is overdue at once. It is asked one after the other.

use std::time::Duration;

use super::Pace;

/// So many polls may begin at once.
const AT_ONCE: f64 = 16.0;

/// How many polls may begin, and how fast that grows again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    a_second: f64,
    left: f64,
    told: Duration,
}

impl Allowance {
    /// For sources of these paces: as many as all of them could need when they bring nothing but news, and one a second.
    pub(super) fn new<'a>(paces: impl Iterator<Item = &'a Pace>) -> Self {
        let needed: f64 = paces.map(|pace| 1.0 / pace.shortest().as_secs_f64().max(1.0)).sum();
        Self {
            a_second: 1.0 + needed,
            left: AT_ONCE,
            told: Duration::ZERO,
        }
    }

    /// How many may begin at `elapsed`, counted from any beginning.
    pub(super) fn at(&mut self, elapsed: Duration) -> usize {
        let since = elapsed.saturating_sub(self.told).as_secs_f64();
        self.left = (self.left + since * self.a_second).min(AT_ONCE.max(self.a_second));
        self.told = elapsed;
        self.left as usize
    }

    /// So many began.
    pub(super) fn spend(&mut self, polls: usize) {
        self.left -= polls as f64;
    }

    /// How long it takes until the next one may begin.
    pub(super) fn until_next(&self) -> Duration {
        Duration::from_secs_f64(((1.0 - self.left) / self.a_second).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_overdue_is_asked_one_after_the_other() {
        let paces = vec![Pace::default(); 1_000];
        let mut allowance = Allowance::new(paces.iter());
        let mut begun = 0;
        let mut first = 0;
        for second in 0..=300 {
            let now = allowance.at(Duration::from_secs(second));
            allowance.spend(now);
            begun += now;
            if second == 0 {
                first = now;
            }
        }
        assert_eq!(first, 16, "not everything at once");
        assert!(
            begun >= 1_000,
            "nobody waits longer for that than min_interval: {begun}"
        );
    }

    #[test]
    fn a_long_sleep_saves_nothing_up() {
        let mut allowance = Allowance::new(vec![Pace::default(); 10].iter());
        let all = allowance.at(Duration::ZERO);
        allowance.spend(all);
        assert!(allowance.until_next() <= Duration::from_secs(1));
        assert_eq!(allowance.at(Duration::from_secs(86_400)), 16);
    }
}
