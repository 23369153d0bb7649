//! Short words for verdicts that are ours and not the other side's.

use jiff::Timestamp;

use crate::delivery::Verdict;

/// The other side was not asked.
pub(super) fn untried(why: &str, until: Timestamp) -> Verdict {
    Verdict::Untried {
        why: why.to_owned(),
        until,
    }
}

/// It did not work here, without the other side having said so.
pub(super) fn later(why: &str) -> Verdict {
    Verdict::Later {
        why: why.to_owned(),
        not_before: None,
        ambiguous: false,
    }
}
