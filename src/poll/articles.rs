//! Which notices' own pages are read in a poll, and what becomes of notices whose page can't be.
//!
//! New notices come first. A notice whose page can't be read waits for a few polls, so that it is announced with its text;
//! then it is announced without. Known notices are looked at again now and then: boards edit the text and not the row.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::debug;

use super::Turn;
use crate::{
    fetch::{Fetcher, Miss},
    net,
    notice::{Fingerprint, Known, Notice, NoticeId},
    source::{Believed, Fetched, Request, Source, disposition},
    store::{Announce, RowFacts, Waiting},
};

/// How many article pages one poll asks for, so that a poll ends and a board is not overrun.
const PER_POLL: usize = 20;

/// How many of them may be of notices that are known and unchanged.
const AGAIN_PER_POLL: usize = 3;

/// How long one poll goes on reading article pages.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// How long a known article is left alone at first; then in proportion to its age.
const LEAVE_ALONE: Duration = Duration::from_secs(3600);

/// How many files of one notice are asked for their names.
const FILES_ASKED: usize = 5;

/// After so many polls a new notice is taken without its article.
const PATIENCE: u32 = 3;

/// What following the links led to.
pub(super) struct Followed {
    /// The notices in the page's order, those that wait left out.
    pub(super) notices: Vec<Notice>,
    /// The notices that wait for their article, by key.
    pub(super) waiting: HashMap<String, Waiting>,
    /// Whose article page was asked for, with success or without.
    pub(super) asked: HashSet<NoticeId>,
    /// When the next page is to be read again; `None` where none is.
    pub(super) next: Option<Timestamp>,
    /// What the list shows of each notice.
    rows: HashMap<NoticeId, Fingerprint>,
}

/// What a notice's own page led to.
enum Article {
    /// The notice with everything that its page says.
    Read(Notice),
    /// As that, but a file's server could not be asked for the file's name.
    Unnamed(Notice),
    /// The page can't be had or read.
    Missing,
}

/// Reads the article pages that are due. Of a flood that is held no notice waits: nobody is told of it anyway, and what
/// waits is not in the feeds yet.
pub(super) async fn follow(
    turn: &Turn<'_>,
    shown: Believed,
    known: &HashMap<NoticeId, Known>,
    announce: Announce,
    fetcher: &Fetcher,
) -> Followed {
    let rows = shown
        .notices
        .iter()
        .map(|notice| (notice.id, notice.row_fingerprint()))
        .collect();
    let mut followed = Followed {
        notices: Vec::new(),
        waiting: HashMap::new(),
        asked: HashSet::new(),
        next: None,
        rows,
    };
    if turn.source().article.is_none() {
        followed.notices = shown.notices;
        return followed;
    }
    let due = due(turn, &shown.notices, known);
    let end = Instant::now() + TIME_LIMIT;
    let mut earlier = turn.lease.state.waiting.clone();
    for notice in shown.notices {
        let is_new = !known.contains_key(&notice.id);
        let polls = earlier.remove(&notice.key).map_or(1, |waiting| waiting.polls + 1);
        let may_wait =
            is_new && notice.link.is_some() && !turn.is_baseline() && announce != Announce::Hold && polls < PATIENCE;
        let known_before = known.get(&notice.id);
        let (article, last_read) = if due.contains(&notice.id) && Instant::now() < end {
            followed.asked.insert(notice.id);
            (read(turn.source(), &notice, fetcher).await, Some(turn.now))
        } else {
            (Article::Missing, known_before.and_then(|known| known.article_read))
        };
        if notice.link.is_some() {
            let has_content =
                matches!(article, Article::Read(_)) || known_before.is_some_and(|known| known.has_content);
            let next = last_read.map_or(turn.now, |read| read + rest(&notice, turn, has_content));
            followed.next = Some(followed.next.map_or(next, |earlier| earlier.min(next)));
        }
        match article {
            Article::Read(complete) => followed.notices.push(complete),
            Article::Unnamed(complete) if is_new && !may_wait => followed.notices.push(complete),
            Article::Unnamed(_) | Article::Missing if may_wait => {
                followed.waiting.insert(notice.key.clone(), Waiting { polls, notice });
            }
            // What the list says of a notice whose page was read is less than what is known.
            Article::Unnamed(_) | Article::Missing
                if known
                    .get(&notice.id)
                    .is_some_and(|known| known.has_content && known.row == notice.row_fingerprint()) => {}
            Article::Unnamed(_) | Article::Missing => followed.notices.push(notice),
        }
    }
    // What left the page while it waited is not shown again. It was below what is there now.
    let mut gone: Vec<Waiting> = earlier.into_values().collect();
    let zone = &turn.source().zone;
    gone.sort_by_cached_key(|waiting| {
        let told = waiting
            .notice
            .published
            .map(|published| published.zoned(zone).timestamp());
        (Reverse(told), waiting.notice.key.clone())
    });
    let gone = gone.into_iter().map(|waiting| waiting.notice);
    followed
        .notices
        .extend(gone.filter(|notice| !known.contains_key(&notice.id)));
    followed
}

impl Followed {
    /// What the ledger keeps of the row of `notice`.
    pub(super) fn facts(&self, source: &Source, now: Timestamp, notice: &Notice) -> RowFacts {
        let told = notice
            .published
            .map(|published| published.zoned(&source.zone).timestamp());
        RowFacts {
            row: self
                .rows
                .get(&notice.id)
                .copied()
                .unwrap_or_else(|| notice.row_fingerprint()),
            article_read: self.asked.contains(&notice.id).then_some(now),
            order: told.map_or(now, |told| told.min(now)),
        }
    }
}

/// Whose article page is to be read in this poll.
fn due(turn: &Turn<'_>, shown: &[Notice], known: &HashMap<NoticeId, Known>) -> HashSet<NoticeId> {
    let mut urgent: Vec<NoticeId> = Vec::new();
    let mut again: Vec<(Timestamp, NoticeId)> = Vec::new();
    for notice in shown.iter().filter(|notice| notice.link.is_some()) {
        match known.get(&notice.id) {
            None => urgent.push(notice.id),
            Some(known) if known.row != notice.row_fingerprint() => urgent.push(notice.id),
            Some(known) => match known.article_read {
                Some(read) if turn.now.duration_since(read).unsigned_abs() < rest(notice, turn, known.has_content) => {}
                read => again.push((read.unwrap_or(Timestamp::MIN), notice.id)),
            },
        }
    }
    again.sort_unstable();
    urgent
        .into_iter()
        .take(PER_POLL)
        .chain(again.into_iter().map(|(_, id)| id).take(AGAIN_PER_POLL))
        .collect()
}

/// How long a known article is left alone: an hour at first, a twentieth of its age later.
fn rest(notice: &Notice, turn: &Turn<'_>, has_content: bool) -> Duration {
    let told = notice
        .published
        .map_or(turn.now, |published| published.zoned(&turn.source().zone).timestamp());
    let age = turn.now.duration_since(told).unsigned_abs();
    if has_content {
        (age / 20).max(LEAVE_ALONE)
    } else {
        LEAVE_ALONE
    }
}

/// The notice completed from its own page.
async fn read(source: &Source, notice: &Notice, fetcher: &Fetcher) -> Article {
    let Some(url) = notice.link.clone() else {
        return Article::Missing;
    };
    let request = Request {
        url,
        validators: Default::default(),
        referer: Some(source.url.clone()),
        form: None,
    };
    let page = match fetcher.get(&request).await {
        Ok(Fetched::Page(page)) => page,
        Ok(Fetched::NotModified { .. }) => return Article::Missing,
        Err(miss) => {
            debug!(source = %source.id, notice = %notice.id, "its article could not be had: {miss}");
            return Article::Missing;
        }
    };
    let (source, row) = (source.clone(), notice.clone());
    let id = notice.id;
    let reading = tokio::task::spawn_blocking(move || source.complete(row, &page));
    match reading.await {
        Ok(Ok(complete)) => name_files(complete, fetcher).await,
        Ok(Err(unreadable)) => {
            debug!(notice = %id, "its article could not be read: {unreadable}");
            Article::Missing
        }
        Err(panic) => {
            tracing::warn!(notice = %id, %panic, "reading an article failed inside the program; please report this");
            Article::Missing
        }
    }
}

/// The notice with the files that its page gave no name called as their servers call them. A server that answers with a
/// status, whichever, has been asked: many know no HEAD. One that can't be reached may be another time, and a file that is
/// called one thing today and another tomorrow looks like a revision.
async fn name_files(mut notice: Notice, fetcher: &Fetcher) -> Article {
    let Some(page) = notice.link.clone() else {
        return Article::Read(notice);
    };
    let mut all_asked = true;
    let nameless = notice
        .attachments
        .iter_mut()
        .filter(|file| disposition::is_nameless(file));
    for file in nameless.take(FILES_ASKED) {
        match fetcher.head(&disposition::question(file, &page)).await {
            Ok(head) => *file = disposition::completed(file.clone(), &head),
            Err(miss) => {
                all_asked &= !miss.is_transient() || matches!(miss, Miss::Net(net::Miss::Status { .. }));
                debug!(notice = %notice.id, "a file's server does not tell its name: {miss}");
            }
        }
    }
    if all_asked {
        Article::Read(notice)
    } else {
        Article::Unnamed(notice)
    }
}
