//! Kinds of weeks: offices, newsrooms, machines keep different days and hours, and a source's few news tell which it is.
//!
//! Days and hours are held apart, each with kinds of its own, of which a source is in part one and in part another.

/// So many news of a family outweigh what is usual for everybody.
const OWN_SHAPE: f64 = 100.0;

/// So many sources of a family outweigh what is usual for everybody.
const OWN_ODDS: f64 = 10.0;

/// What is expected of `K` kinds: how likely each of `N` parts is, 1 being average, and how common the kind is.
#[derive(Clone, Debug)]
pub(super) struct Kinds<const N: usize, const K: usize> {
    parts: [[f64; N]; K],
    odds: [f64; K],
}

/// The kinds that are there before anything is known, by which news are told apart.
#[derive(Clone, Debug)]
pub(super) struct Marks<const N: usize, const K: usize> {
    pub(super) kinds: Kinds<N, K>,
    logs: [[f64; N]; K],
}

/// The news of many sources, by kind.
#[derive(Clone, Debug)]
pub(super) struct Tally<const N: usize, const K: usize> {
    news: [[f64; N]; K],
    sources: [f64; K],
}

impl<const N: usize, const K: usize> Marks<N, K> {
    /// From weights of any size.
    pub(super) fn new(weights: &[[f64; N]; K]) -> Self {
        let parts = weights.map(|weights| {
            let mean = weights.iter().sum::<f64>() / N as f64;
            weights.map(|weight| weight / mean)
        });
        let logs = parts.map(|parts| parts.map(f64::ln));
        let odds = [1.0 / K as f64; K];
        Self {
            kinds: Kinds { parts, odds },
            logs,
        }
    }

    /// How likely `counts` are of each kind, against the likeliest.
    fn likely(&self, counts: &[f32; N]) -> [f64; K] {
        let logs = self.logs.each_ref().map(|logs| {
            let terms = counts.iter().zip(logs).map(|(count, log)| f64::from(*count) * log);
            terms.sum::<f64>()
        });
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        logs.map(|log| (log - most).exp())
    }
}

impl<const N: usize, const K: usize> Default for Tally<N, K> {
    fn default() -> Self {
        Self {
            news: [[0.0; N]; K],
            sources: [0.0; K],
        }
    }
}

impl<const N: usize, const K: usize> Tally<N, K> {
    /// Adds a source's `counts`, `weight` times.
    pub(super) fn add(&mut self, counts: &[f32; N], marks: &Marks<N, K>, weight: f64) {
        let shares = of_one(marks.likely(counts));
        for ((news, sources), share) in self.news.iter_mut().zip(&mut self.sources).zip(shares) {
            for (sum, count) in news.iter_mut().zip(counts) {
                *sum += weight * share * f64::from(*count);
            }
            *sources += share;
        }
    }

    /// What is expected; as `above` where little was counted.
    pub(super) fn kinds(&self, above: &Kinds<N, K>) -> Kinds<N, K> {
        let sources: f64 = self.sources.iter().sum();
        Kinds {
            parts: std::array::from_fn(|kind| {
                let (news, above) = (&self.news[kind], &above.parts[kind]);
                let all: f64 = news.iter().sum();
                std::array::from_fn(|part| (news[part] * N as f64 + OWN_SHAPE * above[part]) / (all + OWN_SHAPE))
            }),
            odds: std::array::from_fn(|kind| (self.sources[kind] + OWN_ODDS * above.odds[kind]) / (sources + OWN_ODDS)),
        }
    }
}

impl<const N: usize, const K: usize> Kinds<N, K> {
    /// How likely each part is for a source with these `counts`.
    pub(super) fn usual(&self, counts: &[f32; N], marks: &Marks<N, K>) -> [f64; N] {
        let mut shares = marks.likely(counts);
        shares
            .iter_mut()
            .zip(self.odds)
            .for_each(|(share, odds)| *share *= odds);
        let shares = of_one(shares);
        std::array::from_fn(|part| (0..K).map(|kind| shares[kind] * self.parts[kind][part]).sum())
    }
}

/// `weights` as shares of one.
fn of_one<const K: usize>(weights: [f64; K]) -> [f64; K] {
    let all: f64 = weights.iter().sum();
    weights.map(|weight| weight / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALVES: [[f64; 4]; 2] = [[1.0, 1.0, 0.1, 0.1], [0.1, 0.1, 1.0, 1.0]];

    #[track_caller]
    fn check(counts: [f32; 4], expected: impl Fn([f64; 4]) -> bool) {
        let marks = Marks::new(&HALVES);
        let usual = marks.kinds.usual(&counts, &marks);
        assert!((usual.iter().sum::<f64>() - 4.0).abs() < 1e-9, "{usual:?}");
        assert!(expected(usual), "{counts:?}: {usual:?}");
    }

    #[test]
    fn a_few_news_tell_what_kind_a_source_is() {
        check([0.0; 4], |usual| (usual[0] - usual[3]).abs() < 1e-9);
        check([3.0, 0.0, 0.0, 0.0], |usual| usual[1] > 5.0 * usual[3]);
        check([0.0, 0.0, 1.0, 2.0], |usual| usual[3] > 5.0 * usual[1]);
        check([1e9, 0.0, 0.0, 0.0], |usual| usual[1] > 5.0 * usual[3]);
    }

    #[test]
    fn a_family_shapes_the_kind_that_it_is_of_and_no_other() {
        let marks = Marks::new(&HALVES);
        let mut family = Tally::default();
        (0..100).for_each(|_| family.add(&[20.0, 0.0, 0.0, 0.0], &marks, 1.0));
        let kinds = family.kinds(&marks.kinds);
        assert!(kinds.parts[0][0] > 5.0 * kinds.parts[0][1]);
        assert!((kinds.parts[1][2] - kinds.parts[1][3]).abs() < 1e-3);
        assert!(
            kinds.odds[0] > 0.9,
            "new ones are taken to be of it too: {:?}",
            kinds.odds
        );
    }
}
