//! How values are written, the same in every database. Times are Unix microseconds.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::delivery::{Rendered, State, Stencil};

use super::{Place, Rendering};

/// The time in which verifications of our hub, and mails that strangers ask for, are counted.
pub(super) const HOUR: Duration = Duration::from_secs(3_600);

/// So much may be asked of our hub and not verified, of all hosts together.
pub(super) const MOST_ASKED: i64 = 10_000;

/// The time in which mails to one mailbox that strangers ask for are counted.
pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// For how long one is put off where there were too many.
pub(super) const PUT_OFF: Duration = Duration::from_secs(600);

/// A time as it is stored.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// When a lease that is taken at `now` ends, as it is stored.
pub(super) fn lease_end(now: Timestamp, lease: Duration) -> i64 {
    micros(now).saturating_add(span(lease)).min(micros(Timestamp::MAX))
}

/// The bits of a [`Place`] that are the notice's number.
pub(super) const PLACE_SEQ: i64 = (1 << 30) - 1;

impl Place {
    /// The place of the notice `seq`, whose place among others is `order` (see [`RowFacts::order`](super::RowFacts)).
    pub(super) fn of(order: Timestamp, seq: i64) -> Self {
        let second = (order.as_second() + (1 << 32)).clamp(0, (1 << 33) - 1);
        Self((second << 30) | (seq & PLACE_SEQ))
    }
}

/// A stencil that some of the renderings that are kept together have in common.
pub(super) struct Shared {
    /// The stencil.
    pub(super) stencil: Arc<Stencil>,
    /// The first and the last of the deliveries.
    pub(super) deliveries: (i64, i64),
}

/// The stencils of `renderings`, each once.
pub(super) fn shared(renderings: &[Rendering]) -> Vec<Shared> {
    let mut shared: Vec<Shared> = Vec::new();
    for Rendering { id, rendered, .. } in renderings {
        let Rendered::Filled(stencil, _) = rendered else {
            continue;
        };
        match shared.iter_mut().find(|one| Arc::ptr_eq(&one.stencil, stencil)) {
            Some(Shared { deliveries, .. }) => *deliveries = (deliveries.0.min(*id), deliveries.1.max(*id)),
            None => shared.push(Shared {
                stencil: Arc::clone(stencil),
                deliveries: (*id, *id),
            }),
        }
    }
    shared
}

/// What is stored of a rendering: its bytes, and the number of its stencil, one of `numbered`.
pub(super) fn rendering(
    rendered: &Rendered,
    numbered: &[(Shared, i64)],
) -> Result<(Arc<[u8]>, Option<i64>), serde_json::Error> {
    match rendered {
        Rendered::Whole(bytes) => Ok((Arc::clone(bytes), None)),
        Rendered::Filled(stencil, words) => {
            let number = numbered.iter().find(|(one, _)| Arc::ptr_eq(&one.stencil, stencil));
            Ok((serde_json::to_vec(words)?.into(), number.map(|(_, number)| *number)))
        }
    }
}

/// A rendering from its bytes and its stencil, where it has one.
pub(super) fn rendered(bytes: Vec<u8>, stencil: Option<Arc<Stencil>>) -> Result<Rendered, serde_json::Error> {
    match stencil {
        None => Ok(Rendered::Whole(bytes.into())),
        Some(stencil) => Ok(Rendered::Filled(stencil, serde_json::from_slice(&bytes)?)),
    }
}

/// A time span as it is stored.
pub(super) fn span(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// A limit as SQL takes it.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A state as it is stored.
pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::Leased => "leased",
        State::Sent => "sent",
        State::Dead => "dead",
        State::Cancelled => "cancelled",
    }
}

/// The state that is stored as `name`.
pub(super) fn state_named(name: &str) -> Option<State> {
    [State::Queued, State::Leased, State::Sent, State::Dead, State::Cancelled]
        .into_iter()
        .find(|state| state_name(*state) == name)
}
