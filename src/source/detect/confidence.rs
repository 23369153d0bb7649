//! How sure the detector is of an answer: from what the rules read, not from what it hoped.

use std::collections::HashSet;

use super::score::Score;
use crate::source::Believed;

/// From 0 to 1. `total` is the score of the answer, `rival` that of the best other.
pub(super) fn of(believed: &Believed, score: &Score, total: f64, rival: f64) -> f64 {
    let notices = &believed.notices;
    let n = notices.len().max(1) as f64;
    let share = |count: usize| count as f64 / n;
    let linked = share(notices.iter().filter(|notice| notice.link.is_some()).count());
    let dated = share(notices.iter().filter(|notice| notice.published.is_some()).count());
    let titles: HashSet<&str> = notices.iter().map(|notice| notice.title.as_str()).collect();
    let different = titles.len() as f64 / n;
    let many = 1.0 - 0.5_f64.powf(n / 2.0);
    let read = n / (n + believed.set_aside.len() as f64);
    let clear = if total > 0.0 {
        (1.0 - 0.5 * (rival / total).min(1.0)).clamp(0.5, 1.0)
    } else {
        0.5
    };
    let middle = score.place.min(1.0);
    let quality = 0.25 * linked + 0.35 * dated + 0.1 * different + 0.3 * score.title.min(1.0);
    (quality
        * (0.6 + 0.4 * many)
        * (0.7 + 0.3 * clear)
        * (0.6 + 0.4 * middle)
        * (0.5 + 0.5 * read)
        * (0.6 + 0.4 * score.single))
        .clamp(0.0, 0.99)
}
