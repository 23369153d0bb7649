//! What sources know of each other: what is usual, and what a request may cost.

use std::collections::HashMap;

use super::{
    Bounds, HOURS, History, Week,
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
    /// What a request costs at hosts that would else be asked too often.
    at_hosts: HashMap<usize, f64>,
}

/// One source, as the almanac takes it in.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The number of its family.
    pub family: usize,
    /// The number of its host.
    pub host: usize,
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
            at_hosts: HashMap::new(),
        };
        let all: Vec<&Member<'_>> = members.iter().collect();
        let some = sample(&all);
        let weekly = some.iter().map(|member| member.weekly).sum();
        almanac.price = almanac.price_of(&some, weekly);
        almanac
    }

    /// It, for the same `members`, where no host is asked more than `weekly` times a week as far as the longest waits allow: at
    /// a host whose sources would ask for more, requests cost more.
    #[must_use]
    pub fn sparing_hosts(mut self, members: &[Member<'_>], weekly: f64) -> Self {
        let mut hosts: HashMap<usize, Vec<&Member<'_>>> = HashMap::new();
        for member in members {
            hosts.entry(member.host).or_default().push(member);
        }
        for (host, members) in hosts {
            let most: f64 = members.iter().map(|member| HOURS as f64 / member.bounds.shortest).sum();
            if most <= weekly {
                continue;
            }
            let some = sample(&members);
            let share = some.len() as f64 / members.len() as f64;
            let price = self.price_of(&some, weekly * share);
            if price > self.price {
                self.at_hosts.insert(host, price);
            }
        }
        self
    }

    fn price_of(&self, members: &[&Member<'_>], weekly: f64) -> f64 {
        let weeks: Vec<_> = members
            .iter()
            .map(|member| (self.week(member.family, member.history), member.bounds))
            .collect();
        price(&weeks, weekly)
    }

    /// What is to be expected of the week of a source of a family.
    pub fn week(&self, family: usize, history: &History) -> Week {
        let family = self.families.get(family).unwrap_or(&self.everybody);
        Week::new(history, &family.usual(history, &self.known), family.weekly)
    }

    /// How many hours a source with this week, at this host, waits from the hour of the week `from` on.
    pub fn wait(&self, week: &Week, from: f64, bounds: Bounds, host: usize) -> f64 {
        let price = self.at_hosts.get(&host).copied().unwrap_or(self.price);
        wait(|hour| week.rate(hour), from, price, bounds)
    }

    /// What a request may cost, in notice-hours of delay.
    pub fn price(&self) -> f64 {
        self.price
    }
}

/// Some of `members` that stand for all.
fn sample<'m, 'h>(members: &[&'m Member<'h>]) -> Vec<&'m Member<'h>> {
    let step = members.len().div_ceil(SAMPLE).max(1);
    members.iter().step_by(step).copied().collect()
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
            host: family,
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
    fn a_host_with_many_sources_is_spared_and_others_are_not() {
        let bounds = Bounds {
            shortest: 0.1,
            longest: 24.0,
        };
        let history = History::default();
        let member = |host| Member {
            family: 0,
            host,
            history: &history,
            bounds,
            weekly: 84.0,
        };
        let many = std::iter::repeat_n(member(1), 1_000);
        let few = (2..100).map(member);
        let members: Vec<_> = many.chain(few).collect();
        let almanac = Almanac::of(&members).sparing_hosts(&members, 30_000.0);
        let week = almanac.week(0, &history);
        let requests = |host| {
            let (mut at, mut requests) = (0.0, 0.0);
            while at < 10.0 * 168.0 {
                at += almanac.wait(&week, at, bounds, host);
                requests += 0.1;
            }
            requests
        };
        let (spared, usual) = (requests(1), requests(2));
        assert!(spared * 1_000.0 < 33_000.0, "{spared} a source");
        assert!(usual > 2.0 * spared, "{usual} and {spared}");
        let idle = Almanac::of(&members).sparing_hosts(&members, 1.0);
        assert!(idle.wait(&week, 10.0, bounds, 1) <= 24.0, "the longest wait holds");
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
            at += almanac.wait(&week, at, bounds, 0);
            requests += 1.0;
        }
        assert!((70.0..95.0).contains(&(requests / 10.0)), "{requests}");
    }
}
