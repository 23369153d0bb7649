//! What a commit makes of each notice, the same for every database. Pure.

use std::{
    collections::{HashMap, HashSet},
    iter,
    time::Duration,
};

use jiff::Timestamp;

use crate::{
    delivery::{Occasion, Subject},
    notice::{Change, Fingerprint, Notice, NoticeId, Published, SourceId},
    subscription::{Channel, Receiver, Request, Rule, Wish},
};

use super::{Revisions, RowFacts, Waiting};

/// Most digests of one window for one receiver.
const MAX_LATE_DIGESTS: u64 = 3_600;

/// The small columns of a stored notice.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) revision: u32,
    pub(super) revised: Timestamp,
    pub(super) withdrawn: Option<Timestamp>,
    pub(super) fingerprint: Fingerprint,
    pub(super) row: Fingerprint,
    pub(super) article_read: Option<Timestamp>,
    pub(super) has_content: bool,
    pub(super) published: Option<Published>,
    pub(super) views: Option<u64>,
    pub(super) pinned: bool,
}

/// What becomes of the text of a notice that is already stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Text {
    /// It stays.
    Same,
    /// One that was owed arrived; it belongs to the revision that there is.
    Arrived(Notice),
    /// There is a new revision.
    Revised(Notice),
}

/// The changes in the order of insertion, from the page's last to its first; of two with one id the page's first
/// counts.
pub(super) fn in_order(changes: &[(Change, RowFacts)]) -> Vec<&(Change, RowFacts)> {
    let mut seen = HashSet::new();
    let mut kept: Vec<_> = changes
        .iter()
        .filter(|(change, _)| seen.insert(change.notice().id))
        .collect();
    kept.reverse();
    kept
}

/// The head of a notice that is new.
pub(super) fn first(notice: &Notice, facts: &RowFacts, now: Timestamp) -> Head {
    Head {
        revision: 1,
        revised: now,
        withdrawn: None,
        fingerprint: notice.fingerprint(),
        row: facts.row,
        article_read: facts.article_read,
        has_content: notice.content.is_some(),
        published: notice.published,
        views: notice.views,
        pinned: notice.pinned,
    }
}

/// Whether [`next`] must see the stored text to decide. Most polls find most rows unchanged: those are told by their
/// head.
pub(super) fn needs_text(head: &Head, change: &Change) -> bool {
    let arrived = !head.has_content && change.notice().content.is_some();
    arrived
        || matches!(change, Change::Moved(_))
        || (!matches!(change, Change::Touched(_)) && head.fingerprint != change.notice().fingerprint())
}

/// What a change makes of a stored notice. `stored` is its text, when [`needs_text`] asked for it.
pub(super) fn next(
    head: &Head,
    stored: Option<Notice>,
    change: &Change,
    facts: &RowFacts,
    revisions: Revisions,
    now: Timestamp,
) -> (Head, Text) {
    let shown = change.notice();
    let mut next = Head {
        row: facts.row,
        article_read: facts.article_read.or(head.article_read),
        // Feeds show the count; one that moved would change their bytes while no notice changed.
        views: head.views.or(shown.views),
        pinned: shown.pinned,
        withdrawn: None,
        ..head.clone()
    };
    let Some(stored) = stored else {
        return (next, Text::Same);
    };
    let arrived = !head.has_content && shown.content.is_some() || matches!(change, Change::Moved(_));
    let merged = merge(stored, shown.clone());
    let fingerprint = merged.fingerprint();
    if fingerprint == head.fingerprint && !arrived {
        return (next, Text::Same);
    }
    next.fingerprint = fingerprint;
    next.has_content = merged.content.is_some();
    next.views = merged.views;
    next.published = merged.published;
    if arrived {
        return (next, Text::Arrived(merged));
    }
    next.revision += 1;
    if revisions != Revisions::Silent {
        next.revised = now;
    }
    (next, Text::Revised(merged))
}

/// Whether a feed shows the difference.
pub(super) fn shows(before: &Head, text: &Text) -> bool {
    before.withdrawn.is_some() || *text != Text::Same
}

/// `shown` with what it does not say taken from `stored`. A row whose article was not read says only what the list page
/// says.
fn merge(stored: Notice, shown: Notice) -> Notice {
    let row_only = shown.content.is_none() && stored.content.is_some();
    let mut merged = shown;
    merged.published = stored.published.or(merged.published);
    merged.views = merged.views.or(stored.views);
    if row_only {
        merged.content = stored.content;
        merged.summary = merged.summary.or(stored.summary);
        merged.author = merged.author.or(stored.author);
        merged.updated = merged.updated.or(stored.updated);
        merged.language = merged.language.or(stored.language);
        if merged.attachments.is_empty() {
            merged.attachments = stored.attachments;
        }
        if merged.categories.is_empty() {
            merged.categories = stored.categories;
        }
    }
    merged
}

/// The digests that may take a subject, one after the other: that of the window, then ones that end a second later
/// each, for when the former is being sent already.
pub(super) fn occasions(occasion: Occasion) -> impl Iterator<Item = Occasion> {
    let end = match &occasion {
        Occasion::Digest(end) => Some(*end),
        Occasion::Confirmation { .. }
        | Occasion::Link { .. }
        | Occasion::Notice(_)
        | Occasion::Incident(_)
        | Occasion::Topic(_)
        | Occasion::Ping { .. } => None,
    };
    let later = (1..=MAX_LATE_DIGESTS)
        .map_while(move |seconds| end.map(|end| Occasion::Digest(end + Duration::from_secs(seconds))));
    iter::once(occasion).chain(later)
}

/// What becomes of a receiver that the configuration names no more: who has chosen something stays.
pub(super) fn without_configuration(mut receiver: Receiver) -> Option<Receiver> {
    receiver.wishes.retain(Wish::is_own);
    (!receiver.wishes.is_empty()).then_some(receiver)
}

/// Whether `now` is reached where `before` was not, so that what was said of the old address does not hold.
pub(super) fn is_elsewhere(before: &Receiver, now: &Receiver) -> bool {
    match (&before.channel, &now.channel) {
        (Channel::Webhook { url: before, .. }, Channel::Webhook { url: now, .. }) => before != now,
        _ => false,
    }
}

/// What waits, as it is called where its source has another name.
pub(super) fn renamed(waiting: HashMap<String, Waiting>, source: &SourceId) -> HashMap<String, Waiting> {
    let renamed = waiting.into_iter().map(|(key, mut waiting)| {
        waiting.notice.id = NoticeId::of(source, &waiting.notice.key);
        (key, waiting)
    });
    renamed.collect()
}

/// `receiver`, who wants of `new` what they wanted of `old`; `None` where that is nothing.
pub(super) fn following(receiver: &Receiver, new: &SourceId, old: &SourceId) -> Option<Receiver> {
    let mut following = receiver.clone();
    for wish in &mut following.wishes {
        wish.rule = renamed_in(std::mem::take(&mut wish.rule), new, old);
    }
    (following != *receiver).then_some(following)
}

/// `request`, which is about `new` where it was about `old`; `None` where it was not.
pub(super) fn asking(request: &Request, new: &SourceId, old: &SourceId) -> Option<Request> {
    let mut asking = request.clone();
    asking.wish.rule = renamed_in(std::mem::take(&mut asking.wish.rule), new, old);
    (asking != *request).then_some(asking)
}

fn renamed_in(rule: Rule, new: &SourceId, old: &SourceId) -> Rule {
    rule.renamed(|id| (id == old).then(|| new.clone()))
}

/// What a list of deliveries shows of one that tells no notices.
pub(super) fn own_title(occasion: &Occasion) -> Option<String> {
    match occasion {
        Occasion::Incident(incident) => Some(format!("{} is {}", incident.source, incident.trouble.as_str())),
        Occasion::Topic(_) => Some("the feed as it is now".to_owned()),
        Occasion::Ping { topics, .. } => Some(format!("{} feeds have changed", topics.len())),
        Occasion::Confirmation { .. } => Some("whether a subscription is meant".to_owned()),
        Occasion::Link { .. } => Some("the link to the own page".to_owned()),
        Occasion::Notice(_) | Occasion::Digest(_) => None,
    }
}

/// What a list of deliveries shows of one.
pub(super) fn delivery_title(title: Option<String>, subjects: &[Subject]) -> String {
    match (title, subjects) {
        (Some(title), [_]) => title,
        (None, [only]) => only.notice.to_string(),
        (_, many) => format!("{} notices", many.len()),
    }
}
