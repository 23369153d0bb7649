//! What sources know of each other: what is usual, and what a request may cost.

use super::{
    Bounds, History, Week,
    price::price,
    shape::{Common, Expected, Known},
    wait,
};

/// So many sources stand for all when the price is worked out.
const SAMPLE: usize = 512;

/// What all sources have in common, at a time. It is written anew now and then, from their histories alone, so that nothing of
/// it needs to be kept.
#[derive(Clone, Debug)]
pub struct Almanac {
    known: Known,
    everybody: Expected,
    families: Vec<Expected>,
    price: f64,
}

/// One source, as the almanac takes it in.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The number of its family.
    pub family: usize,
    /// When it had news.
    pub history: &'a History,
    /// Between which waits it is asked.
    pub bounds: Bounds,
    /// How many requests a week it brings along, for all to share.
    pub weekly: f64,
}

impl Almanac {
    /// Of these sources.
    pub fn of(members: &[Member<'_>]) -> Self {
        let known = Known::default();
        let families = members.iter().map(|member| member.family + 1).max().unwrap_or_default();
        let mut all = Common::default();
        let mut each = vec![Common::default(); families];
        for member in members {
            all.add(member.history, &known);
            each[member.family].add(member.history, &known);
        }
        let everybody = all.expected(&Expected::at_first(&known));
        let mut almanac = Self {
            families: each.iter().map(|family| family.expected(&everybody)).collect(),
            known,
            everybody,
            price: 0.0,
        };
        let step = members.len().div_ceil(SAMPLE).max(1);
        let some = members.iter().step_by(step);
        let weekly = some.clone().map(|member| member.weekly).sum();
        let weeks: Vec<_> = some
            .map(|member| (almanac.week(member.family, member.history), member.bounds))
            .collect();
        almanac.price = price(&weeks, weekly);
        almanac
    }

    /// What is to be expected of the week of a source of a family.
    pub fn week(&self, family: usize, history: &History) -> Week {
        let family = self.families.get(family).unwrap_or(&self.everybody);
        Week::new(history, &family.usual(history, &self.known), family.weekly)
    }

    /// How many hours a source with this week waits from the hour of the week `from` on.
    pub fn wait(&self, week: &Week, from: f64, bounds: Bounds) -> f64 {
        wait(|hour| week.rate(hour), from, self.price, bounds)
    }

    /// What a request may cost, in notice-hours of delay.
    pub fn price(&self) -> f64 {
        self.price
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(families: &[(usize, History)], weekly: f64) -> Almanac {
        let bounds = Bounds {
            shortest: 0.1,
            longest: 24.0,
        };
        let member = |(family, history)| Member {
            family,
            history,
            bounds,
            weekly,
        };
        let members: Vec<_> = families
            .iter()
            .map(|(family, history)| member((*family, history)))
            .collect();
        Almanac::of(&members)
    }

    #[test]
    fn what_a_family_does_is_expected_of_its_newcomers_alone() {
        let mut evening = History::default();
        let almanac = Almanac::of(&[]);
        for day in 0..100 {
            let until = f64::from(day % 5) * 24.0 + 20.5;
            let news = [crate::rhythm::Seen {
                until,
                hours: 0.0,
                weeks_ago: 0.0,
            }];
            let poll = crate::rhythm::Poll {
                weeks: Some(0.2),
                news: &news,
            };
            evening = evening.after(poll, &almanac.week(0, &evening));
        }
        let almanac = of(&vec![(1, evening); 50], 84.0);
        let newcomer = |family| almanac.week(family, &History::default());
        assert!(newcomer(1).rate(20) > 2.0 * newcomer(1).rate(10));
    }

    #[test]
    fn a_request_costs_more_the_fewer_there_may_be() {
        let sources = vec![(0, History::default()); 2_000];
        assert!(of(&sources, 40.0).price() > 3.0 * of(&sources, 84.0).price());
    }

    #[test]
    fn the_waits_of_a_week_spend_what_the_budget_has() {
        let sources = vec![(0, History::default()); 10];
        let almanac = of(&sources, 84.0);
        let bounds = Bounds {
            shortest: 0.1,
            longest: 24.0,
        };
        let week = almanac.week(0, &History::default());
        let (mut at, mut requests) = (0.0, 0.0);
        while at < 10.0 * 168.0 {
            at += almanac.wait(&week, at, bounds);
            requests += 1.0;
        }
        assert!((70.0..95.0).contains(&(requests / 10.0)), "{requests}");
    }
}
