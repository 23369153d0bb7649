//! What of a window a digest tells.

use std::{collections::HashMap, sync::Arc};

use crate::{
    channel::{Told, email::Line},
    delivery::Subject,
    notice::NoticeId,
};

/// The notices that `subjects` name, each once and as `newest` shows it; those that it does not show are left out.
pub(super) fn lines(subjects: &[Subject], mut newest: impl FnMut(NoticeId) -> Option<Arc<Told>>) -> Vec<Line> {
    let mut first: HashMap<NoticeId, u32> = HashMap::with_capacity(subjects.len());
    for subject in subjects {
        let revision = first.entry(subject.notice).or_insert(subject.revision);
        *revision = subject.revision.min(*revision);
    }
    let once = subjects
        .iter()
        .filter_map(|subject| first.remove_entry(&subject.notice));
    once.filter_map(|(notice, revision)| {
        Some(Line {
            told: newest(notice)?,
            // Who is told here that a notice is new is not told that it was changed.
            revised: revision > 1,
        })
    })
    .collect()
}

/// What tells two digests apart: which notices they show, in which revision, and whether as news.
pub(super) fn shown(lines: &[Line]) -> Vec<(Subject, bool)> {
    let one = |line: &Line| {
        let subject = Subject {
            notice: line.told.entry.notice.id,
            revision: line.told.entry.revision,
        };
        (subject, line.revised)
    };
    let mut shown: Vec<_> = lines.iter().map(one).collect();
    shown.sort_unstable();
    shown
}
