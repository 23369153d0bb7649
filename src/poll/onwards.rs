//! Reading on to the further pages of a list, when its first one shows nothing but news.
//!
//! A board that posts more than a page of notices between two polls would otherwise lose some. Nothing is lost when a further
//! page can't be had either: then the poll is done again, and only after a few times the list ends there.

use std::{collections::HashSet, time::Duration};

use tokio::time::Instant;
use tracing::debug;

use super::{Turn, once};
use crate::{
    fetch::{Miss, Visit},
    notice::{Notice, NoticeId},
    source::{
        Believed, Fetched, Page, Request, Source,
        paging::{Onwards, next_link},
    },
    store::{Store, StoreError},
};

/// How long one poll goes on asking for further pages.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How many notices of all pages are taken.
const MOST: usize = 2_000;

/// After so many polls that failed, what the pages before show is taken without the rest.
const PATIENCE: u32 = 3;

/// What `first` showed and, as long as a page holds only new notices, what the pages after it show. Each notice once.
///
/// # Errors
///
/// [`StoreError`]; inside, the [`Miss`] of a page that is worth asking for again in another poll.
pub(super) async fn read_on(
    turn: &Turn<'_>,
    first: &Page,
    shown: Believed,
    visit: &mut Visit<'_>,
    store: &dyn Store,
) -> Result<Result<Believed, Miss>, StoreError> {
    let source = turn.source();
    let end = Instant::now() + TIME_LIMIT;
    let mut ids: HashSet<NoticeId> = shown.notices.iter().map(|notice| notice.id).collect();
    let mut asked = HashSet::from([first.url.clone()]);
    let (mut all, mut newest, mut page) = (shown, 0, first.clone());
    for turns in 1..source.pages() {
        if all.notices.len() >= MOST || Instant::now() >= end || !all_new(turn, &all.notices[newest..], store).await? {
            break;
        }
        let Some(request) = further(turn, page, turns).await else {
            break;
        };
        if request.form.is_none() && !asked.insert(request.url.clone()) {
            break;
        }
        page = match visit.ask(&request).await {
            Ok(Fetched::Page(page)) if page.url.origin() == first.url.origin() => page,
            Ok(_) => break,
            Err(miss) if miss.is_transient() && !turn.is_baseline() && turn.lease.state.failures < PATIENCE => {
                return Ok(Err(miss));
            }
            Err(miss) => {
                debug!(source = %source.id, "the list ends before a page that can't be had: {miss}");
                break;
            }
        };
        let Ok(more) = once::read(source, page.clone()).await else {
            break;
        };
        newest = all.notices.len();
        all.notices
            .extend(more.notices.into_iter().filter(|notice| ids.insert(notice.id)));
        if all.notices.len() == newest {
            // The board shows the same page whatever it is asked for.
            break;
        }
    }
    Ok(Ok(all))
}

/// Whether none of `notices` is known. What is kept on top is shown on each page and says nothing about what is below.
async fn all_new(turn: &Turn<'_>, notices: &[Notice], store: &dyn Store) -> Result<bool, StoreError> {
    if turn.is_baseline() {
        return Ok(true);
    }
    let below: Vec<&Notice> = notices.iter().filter(|notice| !notice.pinned).collect();
    let waiting = &turn.lease.state.waiting;
    if below.iter().any(|notice| waiting.contains_key(&notice.key)) {
        return Ok(false);
    }
    let ids: Vec<NoticeId> = below.iter().map(|notice| notice.id).collect();
    Ok(store.known(&ids).await?.is_empty())
}

/// The question for the page after `page`, to which `turns` lead from the first one.
async fn further(turn: &Turn<'_>, page: Page, turns: usize) -> Option<Request> {
    let source = turn.source();
    match source.onwards()? {
        Onwards::Number { parameter, step } => {
            let turns = u64::try_from(turns).ok()?;
            Some(turn.watched.manner.turned(turn.address(), parameter, step, turns))
        }
        Onwards::Link(_) => {
            let (source, referer) = (source.clone(), page.url.clone());
            let looking = tokio::task::spawn_blocking(move || link_on(&source, &page));
            Some(Request {
                url: looking.await.ok()??,
                validators: Default::default(),
                referer: Some(referer),
                form: None,
            })
        }
    }
}

fn link_on(source: &Source, page: &Page) -> Option<url::Url> {
    match source.onwards()? {
        Onwards::Link(field) => next_link(field, page),
        Onwards::Number { .. } => None,
    }
}
