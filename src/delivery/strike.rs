//! When a mail address that mails come back from is left alone. A pure function of what came back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// So many mails that found no mailbox suspend an address.
const HARD: usize = 2;

/// The score at which failures that may pass suspend an address. One a day counts, as one full mailbox may refuse many
/// mails of one day; each is worth half as much after a month. A daily digest gets there on the sixth day of failing, a
/// weekly one in the ninth week.
const SOFT: f64 = 5.0;

/// After so many seconds a failure that may pass is worth half as much.
const HALF_LIFE: f64 = 30.0 * DAY;

const DAY: f64 = 86_400.0;

/// How the reason of every suspension begins; a reader who left has another.
pub const SUSPENDED: &str = "suspended: ";

/// What a mail that came back says of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// There is no such mailbox.
    Hard,
    /// The mailbox is full, its server away, or the like.
    Soft,
    /// Its reader called the mail unwanted.
    Complaint,
}

impl Blame {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hard, Self::Soft, Self::Complaint];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Complaint => "complaint",
        }
    }

    /// The one that is called `word`.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|blame| blame.as_str() == word)
    }
}

/// A mail that came back. One mail counts once for each [`Blame`], however often word of it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// What it says.
    pub blame: Blame,
    /// When word of it came.
    pub at: Timestamp,
    /// What the other side said, one line, without addresses.
    pub why: String,
}

/// Why an address from which these mails came back is left alone from `now` on, when it is: a complaint at once, the second
/// mail that found no mailbox, or failures that go on.
pub fn suspension(strikes: &[Strike], now: Timestamp) -> Option<String> {
    let of = |blame| strikes.iter().filter(move |strike| strike.blame == blame);
    if of(Blame::Complaint).next().is_some() {
        return Some(format!("{SUSPENDED}its reader complained of a mail"));
    }
    if let Some(last) = of(Blame::Hard).nth(HARD - 1) {
        return Some(format!(
            "{SUSPENDED}{HARD} mails found no mailbox, the last time: {}",
            last.why
        ));
    }
    let mut days: Vec<i64> = of(Blame::Soft)
        .map(|strike| strike.at.as_second().div_euclid(DAY as i64))
        .collect();
    days.sort_unstable();
    days.dedup();
    let today = now.as_second().div_euclid(DAY as i64);
    let worth = |day: &i64| 0.5f64.powf((today - day).max(0) as f64 * DAY / HALF_LIFE);
    let score: f64 = days.iter().map(worth).sum();
    let last = of(Blame::Soft).max_by_key(|strike| strike.at)?;
    (score >= SOFT).then(|| format!("{SUSPENDED}mails kept coming back, the last time: {}", last.why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strike(blame: Blame, day: i64) -> Strike {
        Strike {
            blame,
            at: Timestamp::from_second(day * 86_400 + 3_600).expect("a time"),
            why: "550 no".to_owned(),
        }
    }

    #[track_caller]
    fn check(strikes: &[(Blame, i64)], today: i64, suspended: bool) {
        let strikes: Vec<Strike> = strikes.iter().map(|(blame, day)| strike(*blame, *day)).collect();
        let now = Timestamp::from_second(today * 86_400 + 7_200).expect("a time");
        let why = suspension(&strikes, now);
        assert_eq!(why.is_some(), suspended, "{strikes:?}: {why:?}");
        assert!(why.is_none_or(|why| why.starts_with(SUSPENDED)));
    }

    /// On which of these days an address is suspended whose mails come back on all of them.
    fn suspended_on(days: impl Iterator<Item = i64>) -> Option<usize> {
        let mut strikes = Vec::new();
        days.into_iter().position(|day| {
            strikes.push(strike(Blame::Soft, day));
            suspension(&strikes, Timestamp::from_second(day * 86_400 + 9_000).expect("a time")).is_some()
        })
    }

    #[test]
    fn two_mails_without_a_mailbox_or_one_complaint_are_enough() {
        check(&[], 0, false);
        check(&[(Blame::Hard, 0)], 0, false);
        check(&[(Blame::Hard, 0), (Blame::Hard, 0)], 0, true);
        check(&[(Blame::Hard, 0), (Blame::Soft, 0)], 0, false);
        check(&[(Blame::Complaint, 0)], 0, true);
    }

    #[test]
    fn failures_that_may_pass_count_once_a_day_and_fade() {
        check(&[(Blame::Soft, 7); 30], 7, false);
        assert_eq!(suspended_on(0..30), Some(5), "daily");
        assert_eq!(suspended_on((0..30).map(|week| week * 7)), Some(8), "weekly");
        assert_eq!(suspended_on((0..100).map(|month| month * 30)), None, "once a month");
    }
}
