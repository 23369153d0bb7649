//! What the server counts. Labels are routes and codes, never addresses, paths or tokens.

use std::sync::atomic::AtomicI64;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// What the server counts.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    pub(super) requests: Family<Asked, Counter>,
    pub(super) connections: Gauge<i64, AtomicI64>,
    pub(super) renderings: Counter,
    pub(super) stale: Counter,
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
        metrics
    }

    pub(super) fn answered(&self, route: &'static str, code: u16) {
        self.requests.get_or_create(&Asked { route, code }).inc();
    }
}
