//! From a leased delivery to what is sent: made at the first attempt, kept, and repeated by every later one.

mod desk;
mod letter;
mod reasons;
mod service;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tracing::{error, warn};

use self::desk::Desk;
use super::Dispatch;
use crate::{
    delivery::{Delivery, Fate, Occasion, Rendered, Subject},
    notice::{Entry, NoticeId},
    store::{Rendering, StoreError},
    subscription::{Receiver, ReceiverId},
};

/// A delivery that is not rendered after so many attempts, the last of them alone, kills whoever renders it.
const ATTEMPTS: u32 = 7;

/// When a delivery is looked at again that could not be rendered, or whose rendering could not be kept.
const PAUSE: Duration = Duration::from_secs(60);

/// So many notices at most are looked up for deliveries that are rendered together, but for one that tells more by itself.
const NOTICES: usize = 2_000;

/// A delivery, and what is sent.
pub(super) struct Prepared {
    pub(super) delivery: Delivery,
    pub(super) message: Message,
}

/// What is sent.
pub(super) enum Message {
    /// This, to a receiver.
    Made(Box<Receiver>, Rendered),
    /// What a feed says when it is sent, to a subscriber of our hub; or that it changed, to another hub.
    Feed,
}

/// What became of rendering one delivery.
enum Made {
    Ready(Box<Receiver>, Rendered),
    Ended(Fate),
    /// Its lease has passed on meanwhile: it is another worker's to send.
    Lost,
}

/// Renders what is not rendered yet and keeps it, in one transaction for all. What can't be sent has its fate in the second
/// list.
///
/// A delivery that was leased before without being rendered may be what killed the program then. It is looked at after all others,
/// and in the smaller [`company`] the more often that happened; the rest goes back meanwhile. So those that only were there when the
/// program was killed go on soon, and what has killed it alone and often enough is given up unseen.
pub(super) async fn prepare(dispatch: &Dispatch, deliveries: Vec<Delivery>) -> (Vec<Prepared>, Vec<(Delivery, Fate)>) {
    let (mut fates, mut feeds) = (Vec::new(), Vec::new());
    let (mut batch, mut suspects) = (Vec::new(), Vec::new());
    for delivery in deliveries {
        if matches!(delivery.occasion, Occasion::Topic(_) | Occasion::Ping { .. }) {
            feeds.push(Prepared {
                delivery,
                message: Message::Feed,
            });
            continue;
        }
        match (&delivery.rendered, delivery.attempt) {
            (Some(_), _) | (None, ..=1) => batch.push(delivery),
            (None, attempt) if attempt > ATTEMPTS => {
                error!(
                    delivery = delivery.id,
                    "given up: the program ended each time it was rendered"
                );
                fates.push((delivery, dead("the program ended each time it was rendered")));
            }
            _ => suspects.push(delivery),
        }
    }
    suspects.sort_by_key(|delivery| delivery.attempt);
    let together = suspects.iter().enumerate();
    let together = together
        .take_while(|(nth, delivery)| *nth < company(delivery.attempt))
        .count();
    let at = dispatch.clock.now();
    let back = suspects.split_off(together);
    fates.extend(back.into_iter().map(|delivery| (delivery, Fate::Untried { at })));
    let mut prepared = feeds;
    for batch in weighed(batch).into_iter().chain([suspects]) {
        let made = match make(dispatch, &batch).await {
            Ok(made) => made,
            // Without the bytes being kept nothing may be sent, as a second rendering could differ.
            Err(error) => {
                error!("deliveries can't be prepared: {error}");
                let at = dispatch.clock.now() + PAUSE;
                fates.extend(batch.into_iter().map(|delivery| (delivery, Fate::Untried { at })));
                continue;
            }
        };
        for (delivery, made) in batch.into_iter().zip(made) {
            match made {
                Made::Ready(receiver, rendered) => prepared.push(Prepared {
                    delivery,
                    message: Message::Made(receiver, rendered),
                }),
                Made::Ended(fate) => fates.push((delivery, fate)),
                Made::Lost => {}
            }
        }
    }
    (prepared, fates)
}

/// How many deliveries are rendered together that have been leased so often without that.
fn company(attempt: u32) -> usize {
    match attempt {
        ..=2 => 64,
        3 => 16,
        4 => 4,
        _ => 1,
    }
}

/// The mail of `delivery` to `receiver` with titles and links alone; `None` when it tells no notices, or there is nothing to tell any more.
///
/// # Errors
///
/// When the store fails.
pub(super) async fn brief(
    dispatch: &Dispatch,
    delivery: &Delivery,
    receiver: &Receiver,
) -> Result<Option<Vec<u8>>, StoreError> {
    let anew = Delivery {
        rendered: None,
        ..delivery.clone()
    };
    let matters = matters(dispatch, std::slice::from_ref(&anew)).await?;
    let receivers = HashMap::from([(receiver.id.clone(), receiver.clone())]);
    let desk = Desk::new(dispatch, &receivers, &matters).brief();
    Ok(match desk.make_all(&[anew]).pop() {
        Some(Made::Ready(_, rendered)) => Some(rendered.bytes().into_owned()),
        _ => None,
    })
}

/// Deliveries in batches that tell [`NOTICES`] at most: digests of one hour may tell very many.
fn weighed(deliveries: Vec<Delivery>) -> Vec<Vec<Delivery>> {
    let (mut batches, mut room) = (Vec::new(), 0);
    for delivery in deliveries {
        let weight = delivery.subjects.len();
        match batches.last_mut() {
            Some(batch) if weight <= room => Vec::push(batch, delivery),
            _ => {
                batches.push(vec![delivery]);
                room = NOTICES;
            }
        }
        room = room.saturating_sub(weight);
    }
    batches
}

/// The notices that a batch tells.
struct Matters {
    /// In the revisions that are told, and in those before.
    revisions: HashMap<Subject, Entry>,
    /// As they are now: what digests tell.
    newest: HashMap<NoticeId, Entry>,
}

/// The revision before that of `subject`, when there is one.
fn before(subject: Subject) -> Option<Subject> {
    (subject.revision > 1).then(|| Subject {
        revision: subject.revision - 1,
        ..subject
    })
}

/// What becomes of each of `batch`, in its order. What is ready is kept in the store.
async fn make(dispatch: &Dispatch, batch: &[Delivery]) -> Result<Vec<Made>, StoreError> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let matters = matters(dispatch, batch).await?;
    let ids: HashSet<&ReceiverId> = batch.iter().map(|delivery| &delivery.receiver).collect();
    let ids: Vec<ReceiverId> = ids.into_iter().cloned().collect();
    let receivers: HashMap<ReceiverId, Receiver> = dispatch
        .store
        .receivers_named(&ids)
        .await?
        .into_iter()
        .map(|row| (row.receiver.id.clone(), row.receiver))
        .collect();
    // Off the async threads: it is work.
    let rendering = {
        let (dispatch, deliveries) = (dispatch.clone(), batch.to_vec());
        tokio::task::spawn_blocking(move || Desk::new(&dispatch, &receivers, &matters).make_all(&deliveries))
    };
    let mut made = rendering.await.map_err(|panic| StoreError::Failed {
        doing: "rendering",
        why: panic.to_string(),
    })?;
    let fresh: Vec<Rendering> = batch
        .iter()
        .zip(&made)
        .filter_map(|(delivery, made)| match made {
            Made::Ready(_, rendered) if delivery.rendered.is_none() => Some(Rendering {
                id: delivery.id,
                fence: delivery.fence,
                rendered: rendered.clone(),
            }),
            _ => None,
        })
        .collect();
    if !fresh.is_empty() {
        let kept: HashSet<i64> = dispatch.store.keep_rendered(&fresh).await?.into_iter().collect();
        for (delivery, made) in batch.iter().zip(&mut made) {
            if matches!(made, Made::Ready(..)) && delivery.rendered.is_none() && !kept.contains(&delivery.id) {
                *made = Made::Lost;
            }
        }
    }
    Ok(made)
}

/// What a rendering that went well or not makes of its delivery.
fn finished(dispatch: &Dispatch, delivery: &Delivery, receiver: &Receiver, rendered: Result<Rendered, String>) -> Made {
    match rendered {
        Ok(rendered) => Made::Ready(Box::new(receiver.clone()), rendered),
        Err(why) if delivery.attempt >= ATTEMPTS => {
            error!(delivery = delivery.id, "can't be rendered, given up: {why}");
            Made::Ended(dead(&format!("it can't be rendered: {why}")))
        }
        Err(why) => {
            warn!(delivery = delivery.id, "can't be rendered: {why}");
            Made::Ended(Fate::Again {
                at: dispatch.clock.now() + PAUSE,
                why,
                ambiguous: false,
            })
        }
    }
}

fn dead(why: &str) -> Fate {
    Fate::Dead {
        why: why.to_owned(),
        ambiguous: false,
    }
}

/// The notices that are told by those of `batch` that are not rendered yet.
async fn matters(dispatch: &Dispatch, batch: &[Delivery]) -> Result<Matters, StoreError> {
    let (mut told, mut gathered) = (HashSet::new(), HashSet::new());
    for delivery in batch.iter().filter(|delivery| delivery.rendered.is_none()) {
        let subjects = delivery.subjects.iter().copied();
        match delivery.occasion {
            Occasion::Digest(_) => gathered.extend(subjects.map(|subject| subject.notice)),
            _ => told.extend(subjects.flat_map(|subject| [Some(subject), before(subject)]).flatten()),
        }
    }
    let told: Vec<Subject> = told.into_iter().collect();
    let gathered: Vec<NoticeId> = gathered.into_iter().collect();
    let newest = dispatch.store.entries_of(&gathered).await?;
    Ok(Matters {
        revisions: dispatch.store.subjects(&told).await?.into_iter().collect(),
        newest: newest.into_iter().map(|entry| (entry.notice.id, entry)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn digest(notices: usize) -> Delivery {
        let source = "town".parse().expect("an id");
        let subject = |nth: usize| Subject {
            notice: NoticeId::of(&source, &nth.to_string()),
            revision: 1,
        };
        Delivery {
            id: 1,
            receiver: ReceiverId("mail:ann@example.net".to_owned()),
            occasion: Occasion::Digest(Timestamp::UNIX_EPOCH),
            subjects: (0..notices).map(subject).collect(),
            attempt: 1,
            rendered: None,
            fence: 1,
            lease_until: Timestamp::UNIX_EPOCH,
            queued: Timestamp::UNIX_EPOCH,
        }
    }

    #[track_caller]
    fn check(notices: &[usize], expected: &[&[usize]]) {
        let batches = weighed(notices.iter().map(|notices| digest(*notices)).collect());
        let told = |batch: &Vec<Delivery>| batch.iter().map(|one| one.subjects.len()).collect::<Vec<_>>();
        assert_eq!(batches.iter().map(told).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn large_digests_are_not_rendered_all_at_once() {
        check(&[1, 1, 1], &[&[1, 1, 1]]);
        check(&[1_500, 400, 200, 1], &[&[1_500, 400], &[200, 1]]);
        check(&[5_000, 1, 2_000], &[&[5_000], &[1], &[2_000]]);
        check(&[], &[]);
    }
}
