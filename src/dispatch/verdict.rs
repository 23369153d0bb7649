//! Short words for verdicts that are ours and not the other side's.

use std::time::Duration;

use jiff::Timestamp;

use crate::{delivery::Verdict, store::StoreError};

/// After the store could not be asked.
const STORE_REST: Duration = Duration::from_secs(60);

/// The other side was not asked.
pub(super) fn untried(why: &str, until: Timestamp) -> Verdict {
    Verdict::Untried {
        why: why.to_owned(),
        until,
    }
}

/// The other side was not asked, as the store could not be.
pub(super) fn unasked(error: &StoreError, now: Timestamp) -> Verdict {
    untried(&error.to_string(), now + STORE_REST)
}

/// It did not work here, without the other side having said so.
pub(super) fn later(why: &str) -> Verdict {
    Verdict::Later {
        why: why.to_owned(),
        not_before: None,
        ambiguous: false,
    }
}
