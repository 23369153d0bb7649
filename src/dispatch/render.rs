//! From a leased delivery to the bytes that are sent: made at the first attempt, kept, and repeated by every later one.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use tracing::{error, warn};

use super::Dispatch;
use crate::{
    channel::{
        Told,
        email::Letter,
        webhook::{self, Hook},
    },
    delivery::{Delivery, Fate, Occasion, Subject},
    notice::Entry,
    store::{Rendering, StoreError},
    subscription::{Channel, Receiver},
};

/// A delivery that is not rendered after so many attempts kills whoever renders it.
const ATTEMPTS: u32 = 3;

/// A delivery, its receiver, and what is sent.
pub(super) struct Prepared {
    pub(super) delivery: Delivery,
    pub(super) receiver: Receiver,
    pub(super) bytes: Vec<u8>,
}

/// Renders what is not rendered yet and keeps it, in one transaction for all. What can't be sent has its fate in the second
/// list.
///
/// # Errors
///
/// When the store fails: then nothing may be sent, as a second rendering could differ.
pub(super) async fn prepare(
    dispatch: &Dispatch,
    deliveries: Vec<Delivery>,
) -> Result<(Vec<Prepared>, Vec<(Delivery, Fate)>), StoreError> {
    let wanted: Vec<Subject> = deliveries
        .iter()
        .flat_map(|delivery| delivery.subjects.iter().copied())
        .collect();
    let entries: HashMap<Subject, Entry> = dispatch.store.subjects(&wanted).await?.into_iter().collect();
    let (mut prepared, mut fates, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
    for delivery in deliveries {
        let Some(row) = dispatch.store.receiver(&delivery.receiver).await? else {
            fates.push((delivery, dead("the receiver is not in the configuration any more")));
            continue;
        };
        if let Some(bytes) = delivery.rendered.clone() {
            prepared.push(Prepared {
                delivery,
                receiver: row.receiver,
                bytes,
            });
            continue;
        }
        let told: Vec<Entry> = delivery
            .subjects
            .iter()
            .filter_map(|subject| entries.get(subject).cloned())
            .collect();
        if told.is_empty() {
            let fate = if matches!(delivery.occasion, Occasion::Digest(_)) {
                Fate::Sent
            } else {
                dead("the notice is gone")
            };
            fates.push((delivery, fate));
            continue;
        }
        match render(dispatch, &delivery, &row.receiver, told).await {
            Ok(bytes) => {
                fresh.push(Rendering {
                    id: delivery.id,
                    fence: delivery.fence,
                    bytes: bytes.clone(),
                });
                prepared.push(Prepared {
                    delivery,
                    receiver: row.receiver,
                    bytes,
                });
            }
            Err(why) if delivery.attempt >= ATTEMPTS => {
                error!(delivery = delivery.id, "can't be rendered, given up: {why}");
                fates.push((delivery, dead(&format!("it can't be rendered: {why}"))));
            }
            Err(why) => {
                warn!(delivery = delivery.id, "can't be rendered: {why}");
                let at = dispatch.clock.now() + std::time::Duration::from_secs(60);
                fates.push((
                    delivery,
                    Fate::Again {
                        at,
                        why,
                        ambiguous: false,
                    },
                ));
            }
        }
    }
    if !fresh.is_empty() {
        let kept = dispatch.store.keep_rendered(&fresh).await?;
        // A lease that has passed on meanwhile is another worker's to send.
        prepared.retain(|one| one.delivery.rendered.is_some() || kept.contains(&one.delivery.id));
    }
    Ok((prepared, fates))
}

fn dead(why: &str) -> Fate {
    Fate::Dead { why: why.to_owned() }
}

/// Renders off the async threads, where a panic is caught.
async fn render(
    dispatch: &Dispatch,
    delivery: &Delivery,
    receiver: &Receiver,
    entries: Vec<Entry>,
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
fn ordered(dispatch: &Dispatch, delivery: &Delivery, entries: Vec<Entry>) -> Vec<Told> {
    let mut told: Vec<Told> = entries.into_iter().map(|entry| tell(dispatch, entry)).collect();
    if matches!(delivery.occasion, Occasion::Digest(_)) {
        told.sort_by(|a, b| a.source_name.cmp(&b.source_name).then(b.entry.seq.cmp(&a.entry.seq)));
    }
    told
}

fn tell(dispatch: &Dispatch, entry: Entry) -> Told {
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
        entry,
    }
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
