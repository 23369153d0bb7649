//! Mails that are leased and wait for their turn, the oldest first. Each domain's are in a queue of their own, so that one that has
//! enough on its way costs a look and not one for each mail.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Instant,
};

use super::{domains::Turn, render::Prepared};
use crate::{delivery::Delivery, store::Lane};

/// The mails that wait.
#[derive(Default)]
pub(super) struct Waiting {
    domains: HashMap<String, VecDeque<(u64, Prepared)>>,
    /// The domains, by the number of their oldest mail.
    oldest: BTreeMap<u64, String>,
    numbered: u64,
    count: usize,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The domains, and how many wait for each.
    pub(super) fn domains(&self) -> impl Iterator<Item = (&str, usize)> {
        self.domains
            .iter()
            .map(|(domain, mails)| (domain.as_str(), mails.len()))
    }

    pub(super) fn push(&mut self, one: Prepared) {
        let number = self.numbered;
        (self.numbered, self.count) = (number + 1, self.count + 1);
        let domain = domain_of(&one.delivery);
        if let Some(mails) = self.domains.get_mut(domain) {
            mails.push_back((number, one));
            return;
        }
        let domain = domain.to_owned();
        self.oldest.insert(number, domain.clone());
        self.domains.insert(domain, VecDeque::from([(number, one)]));
    }

    /// The oldest mail to a domain whose turn it is.
    ///
    /// # Errors
    ///
    /// When it is no domain's turn: from when on it is one's by itself.
    pub(super) fn take(&mut self, turn: impl Fn(&str) -> Turn) -> Result<Prepared, Option<Instant>> {
        let mut soonest: Option<Instant> = None;
        let mut found = None;
        for (number, domain) in &self.oldest {
            match turn(domain) {
                Turn::Now => {
                    found = Some(*number);
                    break;
                }
                Turn::At(then) => soonest = Some(soonest.map_or(then, |earlier| earlier.min(then))),
                Turn::Later => {}
            }
        }
        let domain = found.and_then(|number| self.oldest.remove(&number)).ok_or(soonest)?;
        let mails = self.domains.get_mut(&domain).ok_or(soonest)?;
        let (_, one) = mails.pop_front().ok_or(soonest)?;
        self.count -= 1;
        match mails.front() {
            Some((next, _)) => {
                self.oldest.insert(*next, domain);
            }
            None => {
                self.domains.remove(&domain);
            }
        }
        Ok(one)
    }

    /// All mails to `domain`.
    pub(super) fn take_domain(&mut self, domain: &str) -> impl Iterator<Item = Prepared> + use<> {
        let mails = self.domains.remove(domain).unwrap_or_default();
        self.count -= mails.len();
        if let Some((number, _)) = mails.front() {
            self.oldest.remove(number);
        }
        mails.into_iter().map(|(_, one)| one)
    }

    /// All mails.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Prepared> + use<> {
        std::mem::take(self).domains.into_values().flatten().map(|(_, one)| one)
    }
}

/// Where a mail goes.
pub(super) fn domain_of(delivery: &Delivery) -> &str {
    Lane::Mail.destination(&delivery.receiver)
}
