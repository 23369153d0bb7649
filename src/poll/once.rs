//! The life of one poll, from request to commit.

use std::{collections::HashMap, sync::Arc};

use tracing::{info, warn};

use super::{Outcome, Turn, articles, doubt, flood, onwards, pushed, sight, withdrawn};
use crate::{
    delivery::Trouble,
    fetch::{Fetcher, Miss},
    notice::{Change, Known, Notice, NoticeId, compare},
    source::{
        Believed, Fetched, Hub, Kind, Page, Parsed, Recognised, Rows, Source, Unreadable, Validators, Wishes,
        believe_again,
    },
    store::{Absent, Announce, Health, Learned, SourceState, Store, StoreError},
};

/// Polls one source once, or reads what its hub pushed, and commits what was learned.
///
/// A row that can't be understood is set aside and never hides its neighbours. An answer that can't be believed as a whole
/// (blocked, empty, unreadable) changes nothing but the source's state.
///
/// # Errors
///
/// Only [`StoreError`]. A board that is down, slow or rearranged is an [`Outcome`], not an error.
pub async fn once(mut turn: Turn<'_>, fetcher: &Fetcher, store: &dyn Store) -> Result<Outcome, StoreError> {
    if let Some(outcome) = pushed::take(&turn, fetcher, store).await? {
        return Ok(outcome);
    }
    let mut visit = fetcher.visit(&turn.watched.manner);
    let request = turn.request();
    let page = match visit.ask(&request).await {
        Ok(Fetched::Page(page)) => Arc::new(page),
        Ok(Fetched::NotModified { .. }) if request.validators == Validators::default() => {
            let why = "the answer is that nothing changed (304), although it was asked for all";
            return missed(&turn, store, why, None).await;
        }
        Ok(Fetched::NotModified { validators, fresh_for }) => {
            let state = turn.after_success(validators, &[], fresh_for);
            return nothing_changed(&turn, store, state).await;
        }
        Err(miss) => return missed(&turn, store, &miss.to_string(), Some(&miss)).await,
    };
    let last = sight::may_be_skipped(&turn).then_some(&turn.lease.state);
    let answer = sight::of_answer(&page);
    if last.is_some_and(|last| last.last_answer.as_ref() == Some(&answer)) {
        return unchanged(&turn, store, &page, answer).await;
    }
    let last_rows = last.map(|last| last.last_rows.clone()).unwrap_or_default();
    let other = if turn.may_find() {
        Other::Recognised
    } else {
        Other::Refused
    };
    let (told, shown) = match read_anew(turn.source(), Arc::clone(&page), last_rows, other).await {
        Ok(Reading::Anew(told, found, believed)) => {
            found.into_iter().for_each(|found| turn.find(*found));
            (told, believed)
        }
        Ok(Reading::SameRows) => return unchanged(&turn, store, &page, answer).await,
        Err(unreadable) => return missed(&turn, store, &unreadable.to_string(), None).await,
    };
    let shown = match onwards::read_on(&turn, &page, shown, &mut visit, store).await? {
        Ok(shown) => shown,
        Err(miss) => return missed(&turn, store, &format!("on a further page: {miss}"), Some(&miss)).await,
    };
    let came = Came::Asked { page, answer, told };
    learn(turn, shown, came, &visit.fetcher(), store).await
}

/// How what is shown came to us.
pub(super) enum Came {
    /// In an answer.
    Asked {
        /// The answer.
        page: Arc<Page>,
        /// Its digest.
        answer: String,
        /// What it says beside its notices.
        told: Box<Told>,
    },
    /// By its hub, perhaps in part.
    Pushed,
}

/// Judges what is `shown` beside what is known, and commits what it teaches.
pub(super) async fn learn(
    mut turn: Turn<'_>,
    shown: Believed,
    came: Came,
    fetcher: &Fetcher,
    store: &dyn Store,
) -> Result<Outcome, StoreError> {
    let waiting = turn.lease.state.waiting.values().map(|waiting| waiting.notice.id);
    let ids: Vec<_> = shown.notices.iter().map(|notice| notice.id).chain(waiting).collect();
    let asked = store.known(&ids).await?;
    let mut shown = shown;
    let is_kept = shown.same.iter().all(|id| asked.contains_key(id));
    // Of what the ledger has lost, the texts are to be read again.
    shown
        .notices
        .retain(|notice| !shown.same.contains(&notice.id) || asked.contains_key(&notice.id));
    let last_rows = if is_kept {
        std::mem::take(&mut shown.rows)
    } else {
        Rows::default()
    };
    for notice in &mut shown.notices {
        notice.id = asked.get(&notice.id).map_or(notice.id, |known| known.id);
    }
    shown.same = shown.same.iter().filter_map(|id| Some(asked.get(id)?.id)).collect();
    let mut known: HashMap<NoticeId, Known> = asked.into_values().map(|known| (known.id, known)).collect();
    if let Err(doubt) = doubt::judge(&turn, &shown, &known, store).await? {
        return match came {
            Came::Asked { .. } => missed(&turn, store, &doubt.to_string(), None).await,
            Came::Pushed => Ok(Outcome::Missed { why: doubt.to_string() }),
        };
    }
    let judged = flood::judge(&turn, &shown.notices, &known, store).await?;
    let announce = judged.announce;
    let kept: Vec<NoticeId> = judged.moved.values().copied().collect();
    if !kept.is_empty() {
        known.extend(store.known(&kept).await?);
        info!(source = %turn.source().id, moved = kept.len(), "the board has new addresses for its notices, which are known by title and date");
    }
    if turn.found.is_some() && !turn.is_baseline() && turn.is_read_as_before() {
        let is_known = |notice: &&Notice| known.contains_key(&notice.id) || judged.moved.contains_key(&notice.id);
        let (rows, of_ours) = (shown.notices.len(), shown.notices.iter().filter(is_known).count());
        if of_ours * 2 < rows {
            let why = format!(
                "the page was rearranged, and of {rows} notices that seem to be on it now {of_ours} are known: look at it with \
                 `gazetted detect {}` and write down what it prints",
                turn.source().page()
            );
            return missed(&turn, store, &why, None).await;
        }
    }
    for notice in &mut shown.notices {
        notice.id = *judged.moved.get(&notice.id).unwrap_or(&notice.id);
    }
    let absent = match came {
        Came::Asked { .. } => withdrawn::judge(&turn, &shown.notices, &known, store).await?,
        Came::Pushed => Absent::Unknown,
    };
    let is_news =
        |notice: &Notice| !known.contains_key(&notice.id) && !turn.lease.state.waiting.contains_key(&notice.key);
    match came {
        Came::Asked { .. } if shown.notices.iter().any(is_news) => pushed::doubt(&mut turn, store).await?,
        Came::Asked { .. } => {}
        Came::Pushed => pushed::trust(&mut turn, store).await?,
    }
    let rows = shown.notices.len();
    shown.notices.retain(|notice| !shown.same.contains(&notice.id));
    // Of rows that were not looked at again it is known when their pages are due.
    let due_of_same = turn.lease.state.articles_due.filter(|_| !shown.same.is_empty());
    let mut followed = articles::follow(&turn, shown, &known, announce, fetcher).await;
    let changes = compare(&known, std::mem::take(&mut followed.notices));
    let changes: Vec<Change> = changes
        .into_iter()
        .map(|change| match kept.contains(&change.notice().id) {
            true => Change::Moved(change.into_notice()),
            false => change,
        })
        .collect();

    let news: Vec<&Notice> = changes.iter().filter_map(Change::news).collect();
    let new = news.len();
    let is_owed = !followed.waiting.is_empty();
    if is_owed {
        // It is asked for at the next poll, which is not to be put off.
        turn.upstream = None;
    }
    let is_pushed = matches!(came, Came::Pushed);
    let mut other_hub = false;
    let mut state = match came {
        Came::Asked { page, answer, told } => {
            other_hub = turn.lease.state.hub != told.hub;
            turn.wishes = told.wishes;
            // While an article is owed, the list must come in full again.
            let validators = if is_owed {
                Default::default()
            } else {
                page.validators.clone()
            };
            SourceState {
                recognised: match turn.source().kind {
                    Kind::Auto => None,
                    _ => turn.found.take().or_else(|| turn.lease.state.recognised.clone()),
                },
                wishes: told.wishes,
                hub: told.hub,
                moved: turn.moved(page.moved.as_ref()),
                last_answer: Some(answer),
                last_rows,
                ..turn.after_page(validators, &news, page.fresh_for)
            }
        }
        Came::Pushed => {
            let kept = if is_owed {
                Default::default()
            } else {
                turn.lease.state.validators.clone()
            };
            SourceState {
                last_answer: None,
                last_rows: Rows::default(),
                ..turn.after_success(kept, &news, None)
            }
        }
    };
    state.waiting = std::mem::take(&mut followed.waiting);
    state.articles_due = [followed.next, due_of_same].into_iter().flatten().min();
    if announce == Announce::Hold {
        state.health = Health::Held;
        // What looks like news by mistake says nothing of when there is some.
        state.rhythm = turn.lease.state.rhythm;
    }
    let with_facts = |change: Change| {
        let facts = followed.facts(turn.source(), turn.now, change.notice());
        (change, facts)
    };
    let mut learned = Learned {
        changes: changes.into_iter().map(with_facts).collect(),
        aliases: judged.moved.into_iter().collect(),
        absent,
        announce,
        ..turn.only(state)
    };
    if let Some(incident) = &mut learned.incident
        && incident.trouble == Trouble::Held
    {
        incident.why = format!("{new} of {rows} notices on the page are new");
    }
    let committed = store.commit(learned).await?;
    let (baseline, held) = (turn.is_baseline(), announce == Announce::Hold);
    info!(source = %turn.source().id, pushed = is_pushed, new = committed.new.len(), revised = committed.revised.len(), withdrawn = committed.withdrawn, shown = rows, baseline, held, "polled");
    Ok(Outcome::Learned {
        committed,
        shown: rows,
        baseline,
        held,
        other_hub,
    })
}

/// Parses and believes off the async threads; an answer without a single notice is not believed at all.
pub(super) async fn read(source: &Source, page: Page) -> Result<Believed, Unreadable> {
    match read_anew(source, Arc::new(page), Rows::default(), Other::Refused).await? {
        Reading::Anew(_, _, believed) => Ok(believed),
        Reading::SameRows => Err(Unreadable("the answer shows the same rows again".to_owned())),
    }
}

/// What came of reading an answer.
enum Reading {
    /// Its rows are those that were read before.
    SameRows,
    /// What it says beside its notices, what it was found to be where nobody told, and the notices.
    Anew(Box<Told>, Option<Box<Recognised>>, Believed),
}

/// What an answer says beside its notices.
pub(super) struct Told {
    /// When it wants to be asked.
    wishes: Wishes,
    /// The hub that it names.
    hub: Option<Hub>,
}

/// What becomes of an answer that is not of its source's kind.
enum Other {
    /// It can't be read.
    Refused,
    /// It is read as what it is found to be, where nobody told its kind.
    Recognised,
}

/// As [`read`], but what is in `last` is not looked at again.
async fn read_anew(source: &Source, page: Arc<Page>, last: Rows, other: Other) -> Result<Reading, Unreadable> {
    let source = source.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let (parsed, found) = match other {
            Other::Refused => (source.parse(&page)?, None),
            Other::Recognised => source.recognise(&page)?,
        };
        let source = found
            .as_ref()
            .and_then(|found| found.applied_to(&source))
            .unwrap_or(source);
        let is_feed = matches!(source.kind, Kind::Feed | Kind::Auto);
        let told = Told {
            wishes: if is_feed {
                Wishes::of(&parsed.meta)
            } else {
                Wishes::default()
            },
            hub: Hub::of(&page, &parsed.meta).filter(|_| is_feed),
        };
        let believed = believed(&source, &page, parsed, &last)?;
        if believed.rows == last {
            return Ok(Reading::SameRows);
        }
        Ok(Reading::Anew(Box::new(told), found.map(Box::new), believed))
    });
    reading.await.unwrap_or_else(|panic| {
        warn!(%panic, "reading an answer failed inside the program; please report this");
        Err(Unreadable(
            "the answer could not be read: the reader failed on it".to_owned(),
        ))
    })
}

fn believed(source: &Source, page: &Page, parsed: Parsed, last: &Rows) -> Result<Believed, Unreadable> {
    let believed = believe_again(source, page, parsed, last);
    match believed.set_aside.first() {
        _ if !believed.notices.is_empty() => Ok(believed),
        Some(first) => Err(Unreadable(format!(
            "no row could be used; the first was set aside: {}",
            first.reason
        ))),
        None => Err(Unreadable("the answer was read but shows no notice at all".to_owned())),
    }
}

/// An answer in full that shows what the last one showed.
async fn unchanged(turn: &Turn<'_>, store: &dyn Store, page: &Page, answer: String) -> Result<Outcome, StoreError> {
    let state = SourceState {
        last_answer: Some(answer),
        moved: turn.moved(page.moved.as_ref()),
        ..turn.after_page(page.validators.clone(), &[], page.fresh_for)
    };
    nothing_changed(turn, store, state).await
}

/// The source's state alone; what was missing is missing still.
async fn nothing_changed(turn: &Turn<'_>, store: &dyn Store, state: SourceState) -> Result<Outcome, StoreError> {
    let unchanged = Learned {
        absent: Absent::Same {
            patience: withdrawn::PATIENCE,
        },
        ..turn.only(state)
    };
    store.commit(unchanged).await?;
    Ok(Outcome::Unchanged)
}

async fn missed(turn: &Turn<'_>, store: &dyn Store, why: &str, miss: Option<&Miss>) -> Result<Outcome, StoreError> {
    let state = turn.after_failure(
        why,
        miss.is_some_and(Miss::is_gone),
        miss.and_then(|miss| miss.wait(turn.now)),
    );
    warn!(source = %turn.source().id, failures = state.failures, next = %state.next_poll, "poll failed: {why}");
    store.commit(turn.only(state)).await?;
    Ok(Outcome::Missed { why: why.to_owned() })
}
