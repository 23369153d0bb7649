//! What `/metrics` shows: what the server counts, and how the ledger stands. Labels are routes, codes and states, never
//! addresses, paths or tokens.

use std::{collections::HashMap, sync::atomic::AtomicI64};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::{
    store::{Health, OutboxCounts, StrikeCounts},
    websub::{Standing, Upstream},
};

/// What the server counts.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    pub(super) requests: Family<Asked, Counter>,
    pub(super) connections: Gauge<i64, AtomicI64>,
    pub(super) renderings: Counter,
    pub(super) stale: Counter,
    sources: Family<InHealth, Gauge>,
    deliveries: Family<InState, Gauge>,
    announcements: Family<InState, Gauge>,
    ambiguous: Gauge,
    came_back: Family<OfKind, Gauge>,
    suspended: Gauge,
    upstreams: Family<InState, Gauge>,
    pushes: Family<Outcome, Counter>,
    asked_mails: Family<Outcome, Counter>,
}

/// What became of a push.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pushed {
    Taken,
    WrongSignature,
    TooLarge,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InHealth {
    health: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Asked {
    pub(super) route: &'static str,
    pub(super) code: u16,
}

impl Metrics {
    /// Makes the counters and registers them.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        registry.register("http_connections", "Connections open", metrics.connections.clone());
        registry.register("renderings", "Feeds and pages made", metrics.renderings.clone());
        registry.register(
            "stale_answers",
            "Answers with older bytes because the store did not answer",
            metrics.stale.clone(),
        );
        registry.register("sources", "Sources by how they are doing", metrics.sources.clone());
        registry.register("deliveries", "Deliveries by state", metrics.deliveries.clone());
        registry.register(
            "ambiguous_attempts",
            "Attempts whose answer was cut off, and which were repeated with the same id and bytes",
            metrics.ambiguous.clone(),
        );
        registry.register("mails_back", "Mails that came back, by kind", metrics.came_back.clone());
        registry.register(
            "suspended_addresses",
            "Addresses that get no mail any more because mails came back",
            metrics.suspended.clone(),
        );
        registry.register(
            "announcements",
            "Announcements that are not yet fanned out",
            metrics.announcements.clone(),
        );
        registry.register(
            "upstreams",
            "Subscriptions at hubs by how far they are",
            metrics.upstreams.clone(),
        );
        registry.register(
            "pushes",
            "What hubs posted, by what became of it",
            metrics.pushes.clone(),
        );
        registry.register(
            "asked_mails",
            "Mails that people asked for with a form, by what became of it",
            metrics.asked_mails.clone(),
        );
        metrics
    }

    /// Counts a mail that somebody asked for.
    pub(super) fn asked(&self, is_kept: bool) {
        let outcome = if is_kept { "queued" } else { "too_many" };
        self.asked_mails.get_or_create(&Outcome { outcome }).inc();
    }

    /// Takes over how our subscriptions at hubs stand.
    pub(super) fn stand_upstreams(&self, upstreams: &[Upstream]) {
        for (standing, state) in [
            (Standing::Asked, "asked"),
            (Standing::Held, "held"),
            (Standing::Denied, "denied"),
            (Standing::Leaving, "leaving"),
        ] {
            let count = upstreams
                .iter()
                .filter(|upstream| upstream.standing == standing)
                .count();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.upstreams.get_or_create(&InState { state }).set(count);
        }
    }

    /// Counts a push.
    pub(super) fn pushed(&self, pushed: Pushed) {
        let outcome = match pushed {
            Pushed::Taken => "taken",
            Pushed::WrongSignature => "wrong_signature",
            Pushed::TooLarge => "too_large",
            Pushed::Unknown => "unknown",
        };
        self.pushes.get_or_create(&Outcome { outcome }).inc();
    }

    /// Takes over how the ledger stands: of so many `sources` these are `unwell`.
    pub(super) fn stand(&self, sources: usize, unwell: impl Iterator<Item = Health>, owed: OutboxCounts) {
        let mut counted: HashMap<Health, i64> = Health::ALL.map(|health| (health, 0)).into();
        let mut well = i64::try_from(sources).unwrap_or(i64::MAX);
        for health in unwell {
            *counted.entry(health).or_default() += 1;
            well -= 1;
        }
        counted.insert(Health::Ok, well);
        for (health, count) in counted {
            let health = health.as_str();
            self.sources.get_or_create(&InHealth { health }).set(count);
        }
        let set = |family: &Family<InState, Gauge>, state, count| {
            family
                .get_or_create(&InState { state })
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        };
        set(&self.announcements, "open", owed.announcements_open);
        set(&self.announcements, "held", owed.announcements_held);
        set(&self.deliveries, "queued", owed.queued);
        set(&self.deliveries, "leased", owed.leased);
        set(&self.deliveries, "sent", owed.sent);
        set(&self.deliveries, "dead", owed.dead);
        set(&self.deliveries, "cancelled", owed.cancelled);
        self.ambiguous.set(i64::try_from(owed.ambiguous).unwrap_or(i64::MAX));
    }

    /// Takes over what came back.
    pub(super) fn stand_back(&self, back: StrikeCounts) {
        let all = [("hard", back.hard), ("soft", back.soft), ("complaint", back.complaint)];
        for (kind, count) in all {
            let gauge = self.came_back.get_or_create(&OfKind { kind });
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        self.suspended.set(i64::try_from(back.suspended).unwrap_or(i64::MAX));
    }

    pub(super) fn answered(&self, route: &'static str, code: u16) {
        self.requests.get_or_create(&Asked { route, code }).inc();
    }
}
