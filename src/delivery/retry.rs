//! When a delivery is tried again, and when it is given up. Retries are rows, not loops: this is a pure function of them.

use std::time::Duration;

use jiff::Timestamp;

use super::{Fate, Verdict};

/// How long the other side may ask to be left alone.
const LONGEST_WISH: Duration = Duration::from_secs(86_400);

/// The waits between attempts, and how long a delivery is tried at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The wait after the first failed attempt, the second, and so on; the last repeats.
    pub waits: Vec<Duration>,
    /// How long after queueing a delivery is given up.
    pub give_up_after: Duration,
}

impl Schedule {
    /// For mail: 1, 5, 15, 30 minutes, 1, 2, 4 hours; five days in all, as mail relays do.
    pub fn mail() -> Self {
        let minutes = [1, 5, 15, 30, 60, 120, 240];
        Self {
            waits: minutes.map(|m| Duration::from_secs(m * 60)).into(),
            give_up_after: Duration::from_secs(5 * 86_400),
        }
    }

    /// For webhooks, as Standard Webhooks recommends: 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20, 24 hours; five days.
    pub fn webhook() -> Self {
        let seconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        Self {
            waits: seconds.map(Duration::from_secs).into(),
            give_up_after: Duration::from_secs(5 * 86_400),
        }
    }

    /// What becomes of a delivery queued at `queued` whose attempt number `attempt` (from 1) ended with `verdict` at `now`.
    /// `spread` in 0..1 places the wait between 80 % and 120 % of the planned one. What the other side asked for is
    /// honoured up to a day.
    pub fn after(&self, verdict: Verdict, attempt: u32, queued: Timestamp, now: Timestamp, spread: f64) -> Fate {
        match verdict {
            Verdict::Delivered => Fate::Sent,
            Verdict::Untried { until, .. } => Fate::Untried {
                at: until.min(now + LONGEST_WISH),
            },
            Verdict::Refused { why } | Verdict::Gone { why } => Fate::Dead { why, ambiguous: false },
            Verdict::Later {
                why,
                not_before,
                ambiguous,
            } => {
                let nth = (attempt.max(1) as usize - 1).min(self.waits.len().saturating_sub(1));
                let planned = self.waits.get(nth).copied().unwrap_or(Duration::from_secs(60));
                let planned = now + planned.mul_f64(0.8 + 0.4 * spread.clamp(0.0, 1.0));
                let asked = not_before.map_or(planned, |at| at.min(now + LONGEST_WISH));
                let at = planned.max(asked);
                if at > queued + self.give_up_after {
                    Fate::Dead {
                        why: format!("{why}; given up after {attempt} attempts"),
                        ambiguous,
                    }
                } else {
                    Fate::Again { at, why, ambiguous }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(not_before: Option<Timestamp>) -> Verdict {
        Verdict::Later {
            why: "busy".into(),
            not_before,
            ambiguous: false,
        }
    }

    #[test]
    fn waits_grow_and_end_in_a_dead_letter() {
        let queued = Timestamp::UNIX_EPOCH;
        let schedule = Schedule::webhook();
        let mut now = queued;
        let mut waits = Vec::new();
        for attempt in 1.. {
            match schedule.after(later(None), attempt, queued, now, 0.5) {
                Fate::Again { at, .. } => {
                    waits.push(at.as_second() - now.as_second());
                    now = at;
                }
                Fate::Dead { why, .. } => {
                    assert!(why.contains("given up after"), "{why}");
                    break;
                }
                fate => panic!("{fate:?}"),
            }
        }
        assert_eq!(waits[..4], [5, 300, 1_800, 7_200]);
        assert!(now <= queued + schedule.give_up_after);
    }

    #[test]
    fn what_was_not_tried_waits_for_its_turn_alone() {
        let now = Timestamp::UNIX_EPOCH + Duration::from_secs(400 * 86_400);
        let untried = Verdict::Untried {
            why: "busy".into(),
            until: now + Duration::from_secs(1),
        };
        let fate = Schedule::mail().after(untried, 9, Timestamp::UNIX_EPOCH, now, 0.5);
        assert_eq!(
            fate,
            Fate::Untried {
                at: now + Duration::from_secs(1)
            }
        );
    }

    #[test]
    fn a_last_attempt_in_doubt_is_still_counted_as_such() {
        let verdict = Verdict::Later {
            why: "cut off".into(),
            not_before: None,
            ambiguous: true,
        };
        let now = Timestamp::UNIX_EPOCH + Duration::from_secs(5 * 86_400);
        let fate = Schedule::mail().after(verdict, 30, Timestamp::UNIX_EPOCH, now, 0.5);
        assert!(matches!(fate, Fate::Dead { ambiguous: true, .. }), "{fate:?}");
    }

    #[test]
    fn a_wish_for_later_is_honoured_up_to_a_day() {
        let now = Timestamp::UNIX_EPOCH;
        let at = |asked: u64| match Schedule::webhook().after(
            later(Some(now + Duration::from_secs(asked))),
            1,
            now,
            now,
            0.5,
        ) {
            Fate::Again { at, .. } => at.as_second(),
            fate => panic!("{fate:?}"),
        };
        assert_eq!(at(600), 600);
        assert_eq!(at(1), 5);
        assert_eq!(at(9_999_999), 86_400);
    }
}
