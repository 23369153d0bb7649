//! From a leased delivery to the bytes that are sent: made at the first attempt, kept, and repeated by every later one.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::tz::TimeZone;
use tracing::{error, warn};

use super::Dispatch;
use crate::{
    channel::{
        Told,
        email::{Alarm, Letter},
        webhook::{self, Hook},
    },
    delivery::{Delivery, Fate, Incident, Occasion, Subject},
    notice::{Difference, Entry},
    store::{Rendering, StoreError},
    subscription::{Channel, Receiver, ReceiverId},
};

/// A delivery that is not rendered after so many attempts kills whoever renders it.
const ATTEMPTS: u32 = 3;

/// When a delivery is looked at again that could not be rendered, or whose rendering could not be kept.
const PAUSE: Duration = Duration::from_secs(60);

/// A delivery, and what is sent.
pub(super) struct Prepared {
    pub(super) delivery: Delivery,
    pub(super) message: Message,
}

/// What is sent.
pub(super) enum Message {
    /// These bytes, to a receiver.
    Made(Box<Receiver>, Arc<[u8]>),
    /// What a feed says when it is sent, to a subscriber of our hub; or that it changed, to another hub.
    Feed,
}

/// A notice in the revision that is told, and in the one before.
struct Revised {
    entry: Entry,
    before: Option<Entry>,
}

/// The revision before that of `subject`, when there is one.
fn before(subject: Subject) -> Option<Subject> {
    (subject.revision > 1).then(|| Subject {
        revision: subject.revision - 1,
        ..subject
    })
}

/// What became of rendering one delivery.
enum Made {
    Ready(Box<Receiver>, Arc<[u8]>),
    Ended(Fate),
    /// Its lease has passed on meanwhile: it is another worker's to send.
    Lost,
}

/// Renders what is not rendered yet and keeps it, in one transaction for all. What can't be sent has its fate in the second
/// list.
///
/// A delivery that was leased before without being rendered may be what killed the program then. It is looked at alone and
/// after all others; those that died with it go back meanwhile, so that they are not taken for the culprit. When it has
/// killed the program often enough, it is given up unseen.
pub(super) async fn prepare(dispatch: &Dispatch, deliveries: Vec<Delivery>) -> (Vec<Prepared>, Vec<(Delivery, Fate)>) {
    let (mut fates, mut feeds) = (Vec::new(), Vec::new());
    let (mut batch, mut suspect) = (Vec::new(), Vec::new());
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
            _ if suspect.is_empty() => suspect.push(delivery),
            _ => fates.push((
                delivery,
                Fate::Untried {
                    at: dispatch.clock.now(),
                },
            )),
        }
    }
    let mut prepared = feeds;
    for batch in [batch, suspect] {
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
                Made::Ready(receiver, bytes) => prepared.push(Prepared {
                    delivery,
                    message: Message::Made(receiver, bytes),
                }),
                Made::Ended(fate) => fates.push((delivery, fate)),
                Made::Lost => {}
            }
        }
    }
    (prepared, fates)
}

/// What becomes of each of `batch`, in its order. What is ready has its bytes in the store.
async fn make(dispatch: &Dispatch, batch: &[Delivery]) -> Result<Vec<Made>, StoreError> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: HashSet<Subject> = batch
        .iter()
        .filter(|delivery| delivery.rendered.is_none())
        .flat_map(|delivery| delivery.subjects.iter().copied())
        .flat_map(|subject| [Some(subject), before(subject)])
        .flatten()
        .collect();
    let wanted: Vec<Subject> = wanted.into_iter().collect();
    let entries: HashMap<Subject, Entry> = dispatch.store.subjects(&wanted).await?.into_iter().collect();
    let ids: HashSet<&ReceiverId> = batch.iter().map(|delivery| &delivery.receiver).collect();
    let ids: Vec<ReceiverId> = ids.into_iter().cloned().collect();
    let receivers: HashMap<ReceiverId, Receiver> = dispatch
        .store
        .receivers_named(&ids)
        .await?
        .into_iter()
        .map(|row| (row.receiver.id.clone(), row.receiver))
        .collect();
    let mut made = Vec::with_capacity(batch.len());
    for delivery in batch {
        made.push(make_one(dispatch, delivery, receivers.get(&delivery.receiver), &entries).await);
    }
    let fresh: Vec<Rendering> = batch
        .iter()
        .zip(&made)
        .filter_map(|(delivery, made)| match made {
            Made::Ready(_, bytes) if delivery.rendered.is_none() => Some(Rendering {
                id: delivery.id,
                fence: delivery.fence,
                bytes: Arc::clone(bytes),
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

async fn make_one(
    dispatch: &Dispatch,
    delivery: &Delivery,
    receiver: Option<&Receiver>,
    entries: &HashMap<Subject, Entry>,
) -> Made {
    let Some(receiver) = receiver else {
        return Made::Ended(dead("the receiver is not in the configuration any more"));
    };
    if let Some(bytes) = &delivery.rendered {
        return Made::Ready(Box::new(receiver.clone()), bytes.as_slice().into());
    }
    if let Occasion::Incident(incident) = &delivery.occasion {
        let alarmed = alarm(dispatch, delivery, receiver, incident);
        return finished(dispatch, delivery, receiver, alarmed);
    }
    let told: Vec<Revised> = delivery
        .subjects
        .iter()
        .filter_map(|subject| {
            let entry = entries.get(subject)?.clone();
            let before = before(*subject).and_then(|before| entries.get(&before)).cloned();
            Some(Revised { entry, before })
        })
        .collect();
    if told.is_empty() {
        return Made::Ended(match delivery.occasion {
            Occasion::Digest(_) => Fate::Sent,
            _ => dead("the notice is gone"),
        });
    }
    let rendered = render(dispatch, delivery, receiver, told).await;
    finished(dispatch, delivery, receiver, rendered)
}

/// What a rendering that went well or not makes of its delivery.
fn finished(dispatch: &Dispatch, delivery: &Delivery, receiver: &Receiver, rendered: Result<Vec<u8>, String>) -> Made {
    match rendered {
        Ok(bytes) => Made::Ready(Box::new(receiver.clone()), bytes.into()),
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

/// Renders off the async threads, where a panic is caught.
async fn render(
    dispatch: &Dispatch,
    delivery: &Delivery,
    receiver: &Receiver,
    entries: Vec<Revised>,
) -> Result<Vec<u8>, String> {
    let (dispatch, delivery, receiver) = (dispatch.clone(), delivery.clone(), receiver.clone());
    let rendering = tokio::task::spawn_blocking(move || {
        let told: Vec<Told> = ordered(&dispatch, &delivery, entries);
        match &receiver.channel {
            Channel::Mail { .. } => mail(&dispatch, &delivery, &receiver, &told),
            Channel::Webhook { url, format } => {
                let hook = Hook {
                    url,
                    format: *format,
                    secret: dispatch.secrets.get(&receiver.id),
                };
                told.first()
                    .map(|told| webhook::body(hook, told))
                    .ok_or_else(|| "there is nothing to tell".to_owned())
            }
        }
    });
    rendering
        .await
        .unwrap_or_else(|panic| Err(format!("the program failed on it: {panic}")))
}

/// Digests go source by source, newest first.
fn ordered(dispatch: &Dispatch, delivery: &Delivery, entries: Vec<Revised>) -> Vec<Told> {
    let mut told: Vec<Told> = entries.into_iter().map(|entry| tell(dispatch, entry)).collect();
    if matches!(delivery.occasion, Occasion::Digest(_)) {
        told.sort_by(|a, b| a.source_name.cmp(&b.source_name).then(b.entry.seq.cmp(&a.entry.seq)));
    }
    told
}

fn tell(dispatch: &Dispatch, revised: Revised) -> Told {
    let Revised { entry, before } = revised;
    let source = dispatch.sources.get(&entry.source);
    let page = format!("notices/{}", entry.notice.id.uuid());
    Told {
        source_name: source.map_or_else(|| entry.source.to_string(), |source| source.name.clone()),
        language: entry
            .notice
            .language
            .clone()
            .or_else(|| source.and_then(|source| source.language.clone())),
        zone: source.map_or(TimeZone::UTC, |source| source.zone.clone()),
        page: dispatch
            .site
            .public_url
            .join(&page)
            .unwrap_or_else(|_| dispatch.site.public_url.clone()),
        changed: before.map(|before| Difference::between(&before.notice, &entry.notice)),
        entry,
    }
}

/// What an admin or a program is sent about a source.
fn alarm(
    dispatch: &Dispatch,
    delivery: &Delivery,
    receiver: &Receiver,
    incident: &Incident,
) -> Result<Vec<u8>, String> {
    let source = dispatch.sources.get(&incident.source);
    let source_name = source.map_or_else(|| incident.source.as_str(), |source| &source.name);
    let Channel::Mail { address, language } = &receiver.channel else {
        return Ok(webhook::incident(incident, source_name));
    };
    let mail = dispatch.mail.as_ref().ok_or("no relay is configured")?;
    let zone = source.map_or(TimeZone::UTC, |source| source.zone.clone());
    let alarm = Alarm {
        site: &dispatch.site,
        sender: &mail.sender,
        to: address,
        language,
        incident,
        source_name,
        zone: &zone,
        message_id: &dispatch.ids.message_id(&receiver.id, &delivery.occasion),
        now: dispatch.clock.now(),
    };
    alarm.bytes().map_err(|error| error.to_string())
}

fn mail(dispatch: &Dispatch, delivery: &Delivery, receiver: &Receiver, told: &[Told]) -> Result<Vec<u8>, String> {
    let Channel::Mail { address, language } = &receiver.channel else {
        return Err("this is no mail".to_owned());
    };
    let mail = dispatch.mail.as_ref().ok_or("no relay is configured")?;
    let first = match delivery.occasion {
        Occasion::Notice(subject) if subject.revision > 1 => Some(Occasion::Notice(Subject { revision: 1, ..subject })),
        _ => None,
    };
    let first = first.map(|occasion| dispatch.ids.message_id(&receiver.id, &occasion));
    let letter = Letter {
        site: &dispatch.site,
        sender: &mail.sender,
        to: address,
        language,
        told,
        digest: matches!(delivery.occasion, Occasion::Digest(_)),
        because: &because(dispatch, receiver, told),
        message_id: &dispatch.ids.message_id(&receiver.id, &delivery.occasion),
        in_reply_to: first.as_deref(),
        token: &dispatch.ids.token(&receiver.id),
        now: dispatch.clock.now(),
    };
    letter.bytes().map_err(|error| error.to_string())
}

/// What the reader follows, by name, as far as it has to do with what is told.
fn because(dispatch: &Dispatch, receiver: &Receiver, told: &[Told]) -> String {
    let rule = &receiver.rule;
    let mut names: Vec<String> = Vec::new();
    let named = |told: &Told| {
        rule.sources
            .contains(&told.entry.source)
            .then(|| told.source_name.clone())
    };
    names.extend(told.iter().filter_map(named));
    let tags = told
        .iter()
        .filter_map(|told| dispatch.sources.get(&told.entry.source))
        .flat_map(|source| &source.tags);
    names.extend(tags.filter(|tag| rule.tags.contains(tag)).cloned());
    if names.is_empty() {
        names.push(dispatch.site.title.clone());
    }
    names.sort();
    names.dedup();
    names.extend(rule.include.iter().map(|word| format!("“{word}”")));
    names.join(", ")
}
