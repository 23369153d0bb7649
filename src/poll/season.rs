//! What all sources have in common at a time, for all polls to share.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use super::Watched;
use crate::{
    net::host_of,
    notice::SourceId,
    rhythm::{Almanac, HOURS, History, Member},
};

/// The almanac that holds now, and which family each source is of.
#[derive(Clone, Debug)]
pub struct Season {
    families: Arc<HashMap<SourceId, usize>>,
    hosts: Arc<HashMap<SourceId, usize>>,
    /// How many requests a week the sources of one host make together.
    of_one_host: f64,
    almanac: Arc<RwLock<Arc<Almanac>>>,
}

impl Season {
    /// For these sources, before anything is known of them. Sources of one zone that are read alike are of one family.
    /// `per_host_hourly` requests an hour are made to one host, as far as the intervals of its sources allow.
    pub fn new(sources: &[Watched], per_host_hourly: usize) -> Self {
        let mut names = HashMap::new();
        let host = |watched: &Watched| {
            let next = names.len();
            let number = *names.entry(host_of(&watched.source.url)).or_insert(next);
            (watched.source.id.clone(), number)
        };
        let hosts: HashMap<_, _> = sources.iter().map(host).collect();
        let mut numbers = HashMap::new();
        let family = |watched: &Watched| {
            let source = &watched.source;
            let alike = (
                source.zone.iana_name().map(str::to_owned),
                std::mem::discriminant(&source.kind),
            );
            let next = numbers.len();
            (source.id.clone(), *numbers.entry(alike).or_insert(next))
        };
        Self {
            hosts: Arc::new(hosts),
            of_one_host: per_host_hourly as f64 * HOURS as f64,
            families: Arc::new(sources.iter().map(family).collect()),
            almanac: Arc::new(RwLock::new(Arc::new(Almanac::of(&[])))),
        }
    }

    /// Writes the almanac anew, from what is remembered of the sources.
    pub fn turn<'w>(
        &self,
        sources: impl Iterator<Item = &'w Watched>,
        known: impl Iterator<Item = (&'w SourceId, &'w History)>,
    ) {
        let histories: HashMap<_, _> = known.collect();
        let none = History::default();
        let members: Vec<_> = sources
            .filter(|watched| watched.pace.adaptive)
            .map(|watched| {
                let history = histories.get(&watched.source.id).copied().unwrap_or(&none);
                Member {
                    family: self.family(&watched.source.id),
                    host: self.host(&watched.source.id),
                    history,
                    bounds: watched.pace.bounds(),
                    weekly: watched.pace.budget(history),
                }
            })
            .collect();
        let almanac = Almanac::of(&members).sparing_hosts(&members, self.of_one_host);
        *self.almanac.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(almanac);
    }

    /// The number of a source's family.
    pub fn family(&self, id: &SourceId) -> usize {
        self.families.get(id).copied().unwrap_or_default()
    }

    /// The number of a source's host.
    pub fn host(&self, id: &SourceId) -> usize {
        self.hosts.get(id).copied().unwrap_or_default()
    }

    /// What is known now.
    pub fn almanac(&self) -> Arc<Almanac> {
        Arc::clone(&self.almanac.read().unwrap_or_else(PoisonError::into_inner))
    }
}
