//! Where mails go: how many are on their way to one domain at once, how fast they follow each other, and which domains asked
//! for patience.
//!
//! A domain that puts mails off gets half as many at once; after three in a row it is left alone, longer each time. Each mail
//! that it takes lets it have one more at once. All this is forgotten when the daemon starts anew: the mails themselves keep
//! when they are tried again.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use jiff::Timestamp;

/// So many mails in a row that are put off make a domain rest.
const PUT_OFF_IN_A_ROW: u32 = 3;

/// The first rest of a domain; doubled each time up to the longest.
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(900);

/// Domains of which nothing special is known are forgotten when there are so many.
const MANY: usize = 10_000;

/// How many mails, and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Mails a second in all.
    pub rate: Option<u32>,
    /// Mails on their way to one domain at once.
    pub per_domain_concurrency: usize,
    /// Mails a second to one domain.
    pub per_domain_rate: Option<u32>,
}

/// What a domain said of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It took or refused it: it works.
    Answered,
    /// Not now.
    PutOff,
    /// It was not heard.
    Nothing,
}

/// All domains that mails go to.
#[derive(Debug)]
pub(super) struct Domains {
    pace: Pace,
    next: Option<Instant>,
    all: HashMap<String, Domain>,
    /// The end of the longest rest.
    rest: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Domain {
    under_way: usize,
    at_once: usize,
    put_off: u32,
    rest: Option<Timestamp>,
    next: Option<Instant>,
}

/// Whether a mail may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Now.
    Now,
    /// Then.
    At(Instant),
    /// When another one has ended.
    Later,
}

impl Domains {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            next: None,
            all: HashMap::new(),
            rest: None,
        }
    }

    /// Whether a mail to `domain` may begin.
    pub(super) fn turn(&self, domain: &str, now: Instant) -> Turn {
        let known = self.all.get(domain);
        if known.is_some_and(|domain| domain.under_way >= domain.at_once) {
            return Turn::Later;
        }
        let next = self.next.max(known.and_then(|domain| domain.next));
        next.filter(|next| *next > now).map_or(Turn::Now, Turn::At)
    }

    /// A mail to `domain` begins.
    pub(super) fn begin(&mut self, domain: &str, now: Instant) {
        let after = |rate: Option<u32>, last: Option<Instant>| {
            let wait = Duration::from_secs(1) / rate.filter(|rate| *rate > 0)?;
            Some(last.map_or(now, |last| last.max(now)) + wait)
        };
        self.next = after(self.pace.rate, self.next);
        let rate = self.pace.per_domain_rate;
        let domain = self.domain(domain);
        domain.next = after(rate, domain.next);
        domain.under_way += 1;
    }

    /// A mail to `domain` has ended.
    pub(super) fn end(&mut self, domain: &str, said: Said, now: Timestamp) {
        let most = self.pace.per_domain_concurrency;
        let domain = self.domain(domain);
        domain.under_way = domain.under_way.saturating_sub(1);
        match said {
            Said::Nothing => {}
            Said::Answered => {
                domain.at_once = (domain.at_once + 1).min(most);
                (domain.put_off, domain.rest) = (0, None);
            }
            Said::PutOff => {
                domain.at_once = (domain.at_once / 2).max(1);
                // Those that were on their way together are one wish.
                if domain.rest.is_none_or(|rest| rest <= now) {
                    domain.put_off += 1;
                }
                if let Some(nth) = domain.put_off.checked_sub(PUT_OFF_IN_A_ROW) {
                    let rest = FIRST_REST.saturating_mul(1 << nth.min(16)).min(LONGEST_REST);
                    domain.rest = domain.rest.max(Some(now + rest));
                    let longest = domain.rest;
                    self.rest = self.rest.max(longest);
                }
            }
        }
        if self.all.len() > MANY {
            self.forget(now);
        }
    }

    /// Whether there may be any that is left alone.
    pub(super) fn any_resting(&self, now: Timestamp) -> bool {
        self.rest.is_some_and(|rest| rest > now)
    }

    /// The domains that are left alone, and until when.
    pub(super) fn all_resting(&self, now: Timestamp) -> impl Iterator<Item = (&str, Timestamp)> {
        let rest = move |domain: &Domain| domain.rest.filter(|rest| *rest > now);
        self.all
            .iter()
            .filter_map(move |(name, domain)| Some((name.as_str(), rest(domain)?)))
    }

    fn domain(&mut self, name: &str) -> &mut Domain {
        if !self.all.contains_key(name) {
            let fresh = Domain::fresh(self.pace);
            self.all.insert(name.to_owned(), fresh);
        }
        self.all
            .entry(name.to_owned())
            .or_insert_with(|| Domain::fresh(self.pace))
    }

    fn forget(&mut self, now: Timestamp) {
        let instant = Instant::now();
        self.all.retain(|_, domain| {
            domain.under_way > 0
                || domain.put_off > 0
                || domain.rest.is_some_and(|rest| rest > now)
                || domain.next.is_some_and(|next| next > instant)
        });
    }
}

impl Domain {
    fn fresh(pace: Pace) -> Self {
        Self {
            under_way: 0,
            at_once: pace.per_domain_concurrency.max(1),
            put_off: 0,
            rest: None,
            next: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        rate: None,
        per_domain_concurrency: 4,
        per_domain_rate: None,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    #[test]
    fn one_domain_gets_so_many_at_once_and_others_go_on() {
        let (mut domains, now) = (Domains::new(PACE), Instant::now());
        for _ in 0..4 {
            assert_eq!(domains.turn("slow.example", now), Turn::Now);
            domains.begin("slow.example", now);
        }
        assert_eq!(domains.turn("slow.example", now), Turn::Later);
        assert_eq!(domains.turn("other.example", now), Turn::Now);
        domains.end("slow.example", Said::Answered, at(0));
        assert_eq!(domains.turn("slow.example", now), Turn::Now);
    }

    fn rest_of(domains: &Domains, now: Timestamp) -> Option<Timestamp> {
        let mut resting = domains.all_resting(now);
        resting
            .find(|(domain, _)| *domain == "busy.example")
            .map(|(_, until)| until)
    }

    #[test]
    fn a_domain_that_puts_mails_off_is_asked_less_and_then_left_alone() {
        let (mut domains, now) = (Domains::new(PACE), Instant::now());
        let put_off = |domains: &mut Domains, seconds| {
            domains.begin("busy.example", now);
            domains.end("busy.example", Said::PutOff, at(seconds));
            rest_of(domains, at(seconds))
        };
        assert_eq!(put_off(&mut domains, 0), None);
        assert_eq!(put_off(&mut domains, 0), None);
        domains.begin("busy.example", now);
        assert_eq!(domains.turn("busy.example", now), Turn::Later, "one at once is left");
        domains.end("busy.example", Said::Nothing, at(0));
        assert_eq!(put_off(&mut domains, 0), Some(at(5)));
        assert_eq!(rest_of(&domains, at(5)), None);
        assert_eq!((domains.any_resting(at(4)), domains.any_resting(at(5))), (true, false));
        assert_eq!(put_off(&mut domains, 5), Some(at(15)), "longer each time");
        domains.begin("busy.example", now);
        domains.end("busy.example", Said::Answered, at(15));
        assert_eq!(put_off(&mut domains, 16), None, "all is well again");
    }

    #[test]
    fn rates_hold_for_all_and_for_each_domain() {
        let pace = Pace {
            rate: Some(100),
            per_domain_rate: Some(10),
            ..PACE
        };
        let (mut domains, now) = (Domains::new(pace), Instant::now());
        domains.begin("a.example", now);
        let wait = |turn| match turn {
            Turn::At(then) => then.duration_since(now).as_millis(),
            turn => panic!("{turn:?}"),
        };
        assert_eq!(wait(domains.turn("a.example", now)), 100);
        assert_eq!(wait(domains.turn("b.example", now)), 10);
        assert_eq!(domains.turn("b.example", now + Duration::from_millis(10)), Turn::Now);
    }
}
