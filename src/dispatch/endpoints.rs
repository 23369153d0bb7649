//! The webhooks: how many posts each may have under way, and which of them asked to be left alone.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::verdict::untried;
use crate::{delivery::Verdict, subscription::ReceiverId};

/// How many posts to one webhook at once.
const PER_HOOK: usize = 4;

/// How many deliveries to one webhook may be under way, those that wait for their turn included, so that one that hangs
/// can't fill the lane.
const WAITING_PER_HOOK: usize = 8;

/// All webhooks that were told something.
#[derive(Default)]
pub(super) struct Endpoints(Mutex<HashMap<ReceiverId, Arc<Endpoint>>>);

/// One webhook. Whoever holds it has a delivery to it under way.
pub(super) struct Endpoint {
    turns: Semaphore,
    resting: Mutex<Option<Timestamp>>,
}

impl Endpoints {
    /// The webhook `id`, for a delivery to it.
    ///
    /// # Errors
    ///
    /// When it has enough under way, or wants to be left alone: from when on it can be asked.
    pub(super) fn place(&self, id: &ReceiverId, now: Timestamp) -> Result<Arc<Endpoint>, Timestamp> {
        let mut all = lock(&self.0);
        let endpoint = all.entry(id.clone()).or_insert_with(|| {
            Arc::new(Endpoint {
                turns: Semaphore::new(PER_HOOK),
                resting: Mutex::default(),
            })
        });
        match endpoint.resting_until(now) {
            Some(until) => Err(until),
            None if under_way(endpoint) >= WAITING_PER_HOOK => Err(now),
            None => Ok(Arc::clone(endpoint)),
        }
    }

    /// Those that nothing should be leased for: all their turns are taken, or they want to be left alone.
    pub(super) fn busy(&self, now: Timestamp) -> Vec<String> {
        let all = lock(&self.0);
        let busy = all
            .iter()
            .filter(|(_, endpoint)| under_way(endpoint) >= PER_HOOK || endpoint.resting_until(now).is_some());
        busy.map(|(id, _)| id.0.clone()).collect()
    }
}

impl Endpoint {
    /// A turn to post.
    ///
    /// # Errors
    ///
    /// The verdict on a message that can't be posted now. `now` is asked when the turn has come.
    pub(super) async fn turn(&self, now: impl Fn() -> Timestamp) -> Result<SemaphorePermit<'_>, Verdict> {
        let turn = self.turns.acquire().await;
        let turn = turn.map_err(|_| untried("the daemon stops", now()))?;
        match self.resting_until(now()) {
            Some(until) => Err(untried("the webhook asked to be left alone", until)),
            None => Ok(turn),
        }
    }

    /// Leaves it alone when that is what it asked for (`Retry-After`).
    pub(super) fn heed(&self, verdict: &Verdict) {
        if let Verdict::Later {
            not_before: Some(until),
            ..
        } = verdict
        {
            *lock(&self.resting) = Some(*until);
        }
    }

    fn resting_until(&self, now: Timestamp) -> Option<Timestamp> {
        lock(&self.resting).filter(|until| *until > now)
    }
}

/// How many hold `endpoint` beside the list.
fn under_way(endpoint: &Arc<Endpoint>) -> usize {
    Arc::strong_count(endpoint) - 1
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_webhook_that_hangs_leaves_places_for_others() {
        let (endpoints, now) = (Endpoints::default(), Timestamp::UNIX_EPOCH);
        let [slow, other] = ["slow", "other"].map(ReceiverId::hook);
        let mut held = Vec::new();
        while let Ok(place) = endpoints.place(&slow, now) {
            held.push(place);
        }
        assert_eq!(held.len(), WAITING_PER_HOOK);
        assert!(endpoints.place(&other, now).is_ok());
        assert_eq!(endpoints.busy(now), std::slice::from_ref(&slow.0));
        held.clear();
        assert!(endpoints.busy(now).is_empty() && endpoints.place(&slow, now).is_ok());
    }

    #[test]
    fn a_webhook_that_asks_to_be_left_alone_is() {
        let (endpoints, now) = (Endpoints::default(), Timestamp::UNIX_EPOCH);
        let until = Timestamp::from_second(60).expect("a time");
        let id = ReceiverId::hook("busy");
        let asked = Verdict::Later {
            why: "429".into(),
            not_before: Some(until),
            ambiguous: false,
        };
        endpoints
            .place(&id, now)
            .map(|hook| hook.heed(&asked))
            .expect("a place");
        assert_eq!(endpoints.place(&id, now).err(), Some(until));
        assert_eq!(endpoints.busy(now), std::slice::from_ref(&id.0));
        assert!(endpoints.place(&id, until).is_ok() && endpoints.busy(until).is_empty());
    }
}
