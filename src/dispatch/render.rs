//! From a leased delivery to the bytes that are sent: made at the first attempt, kept, and repeated by every later one.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use jiff::tz::TimeZone;
use tracing::{error, warn};

use super::{Dispatch, Ids};
use crate::{
    channel::{
        Told,
        email::{About, Alarm, Letter, Question, Stencil},
        webhook::{self, Hook},
    },
    delivery::{Delivery, Fate, Incident, Occasion, Subject},
    notice::{Difference, Entry},
    store::{Rendering, StoreError},
    subscription::{Address, Channel, Offer, Receiver, ReceiverId, Rule, Wish},
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
    // Off the async threads: it is work.
    let (desk, deliveries) = (Desk::new(dispatch.clone(), receivers, entries), batch.to_vec());
    let rendering = tokio::task::spawn_blocking(move || desk.make_all(&deliveries));
    let mut made = rendering.await.map_err(|panic| StoreError::Failed {
        doing: "rendering",
        why: panic.to_string(),
    })?;
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

/// Where a batch is rendered. What several deliveries have in common is made once.
struct Desk {
    dispatch: Dispatch,
    receivers: HashMap<ReceiverId, Receiver>,
    entries: HashMap<Subject, Entry>,
    told: HashMap<Subject, Arc<Told>>,
    stencils: HashMap<Common, Stencil>,
}

impl Desk {
    fn new(dispatch: Dispatch, receivers: HashMap<ReceiverId, Receiver>, entries: HashMap<Subject, Entry>) -> Self {
        Self {
            dispatch,
            receivers,
            entries,
            told: HashMap::new(),
            stencils: HashMap::new(),
        }
    }

    fn make_all(mut self, deliveries: &[Delivery]) -> Vec<Made> {
        deliveries.iter().map(|delivery| self.make(delivery)).collect()
    }

    fn make(&mut self, delivery: &Delivery) -> Made {
        let Some(receiver) = self.receivers.get(&delivery.receiver).cloned() else {
            return Made::Ended(dead("the receiver is not in the configuration any more"));
        };
        if let Some(bytes) = &delivery.rendered {
            return Made::Ready(Box::new(receiver), bytes.as_slice().into());
        }
        if !self.is_wanted(delivery, &receiver) {
            let why = "its reader has left what it came from".to_owned();
            return Made::Ended(Fate::Dropped { why });
        }
        let rendering = AssertUnwindSafe(|| self.render(delivery, &receiver));
        let rendered = catch_unwind(rendering).unwrap_or_else(|_| Some(Err("the program failed on it".to_owned())));
        match rendered {
            Some(rendered) => finished(&self.dispatch, delivery, &receiver, rendered),
            None => Made::Ended(match delivery.occasion {
                Occasion::Digest(_) => Fate::Sent,
                _ => dead("the notice is gone"),
            }),
        }
    }

    /// The bytes that are sent; `None` when there is nothing to tell.
    fn render(&mut self, delivery: &Delivery, receiver: &Receiver) -> Option<Result<Vec<u8>, String>> {
        if let Occasion::Incident(incident) = &delivery.occasion {
            return Some(alarm(&self.dispatch, delivery, receiver, incident));
        }
        if matches!(delivery.occasion, Occasion::Confirmation { .. } | Occasion::Link { .. }) {
            return Some(question(&self.dispatch, delivery, receiver));
        }
        let told: Vec<Arc<Told>> = delivery
            .subjects
            .iter()
            .filter(|subject| self.wants(receiver, subject) != Some(false))
            .copied()
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|subject| self.told(subject))
            .collect();
        let first = told.first().cloned()?;
        Some(match &receiver.channel {
            Channel::Mail { address, language } => match &delivery.occasion {
                Occasion::Notice(subject) => self.filled(receiver, (*subject, address, language), &first),
                _ => mail(&self.dispatch, delivery, receiver, &ordered(told)),
            },
            Channel::Webhook { url, format } => {
                let hook = Hook {
                    url,
                    format: *format,
                    secret: self.dispatch.secrets.get(&receiver.id),
                };
                Ok(webhook::body(hook, &first))
            }
        })
    }

    /// Whether `receiver` wants any of what a delivery tells: they may have left what it came from, and kept something else.
    fn is_wanted(&self, delivery: &Delivery, receiver: &Receiver) -> bool {
        let mut known = delivery
            .subjects
            .iter()
            .filter_map(|subject| self.wants(receiver, subject));
        let first = known.next();
        first.is_none_or(|first| first || known.any(|wants| wants))
    }

    /// Whether `receiver` wants the notice; `None` when there is no such notice.
    fn wants(&self, receiver: &Receiver, subject: &Subject) -> Option<bool> {
        let entry = self.entries.get(subject)?;
        Some(!wanting(&self.dispatch, receiver, entry).is_empty())
    }

    fn told(&mut self, subject: Subject) -> Option<Arc<Told>> {
        if let Some(told) = self.told.get(&subject) {
            return Some(Arc::clone(told));
        }
        let entry = self.entries.get(&subject)?.clone();
        let before = before(subject).and_then(|before| self.entries.get(&before)).cloned();
        let told = Arc::new(tell(&self.dispatch, Revised { entry, before }));
        self.told.insert(subject, Arc::clone(&told));
        Some(told)
    }

    /// The mail about one notice: that of another reader, with this one's address and tokens.
    fn filled(
        &mut self,
        receiver: &Receiver,
        (subject, address, language): (Subject, &Address, &str),
        told: &Told,
    ) -> Result<Vec<u8>, String> {
        let tokens = Tokens::of(&self.dispatch.ids, receiver, subject);
        let wishes = wanted(&self.dispatch, receiver, std::slice::from_ref(told));
        let key = Common {
            subject,
            language: language.to_owned(),
            because: because(&self.dispatch, &wishes, std::slice::from_ref(told)),
            leaving: leaving(&wishes),
        };
        if !self.stencils.contains_key(&key) {
            // Nobody has this address, and nobody can guess these tokens, so no notice holds them.
            let nobody: Address = NOBODY.parse().map_err(|_| "nobody has an address")?;
            let placeholders = Tokens::of(&self.dispatch.ids, &somebody(&nobody), subject);
            let written = write(&self.dispatch, &nobody, &key, &placeholders, told)?;
            let stencil = Stencil::of(&written, NOBODY, &placeholders.all()).ok_or("the mail has no address")?;
            self.stencils.insert(key.clone(), stencil);
        }
        let stencil = self.stencils.get(&key).ok_or("there is no stencil")?;
        Ok(stencil.filled(address.as_str(), &tokens.all()))
    }
}

/// The address of a reader who does not exist (RFC 6761 §6.4).
const NOBODY: &str = "nobody@notices.invalid";

/// A receiver without anything of their own, at `address`.
fn somebody(address: &Address) -> Receiver {
    let channel = Channel::Mail {
        address: address.clone(),
        language: String::new(),
    };
    Receiver::new(ReceiverId::mail(address), channel)
}

/// What mails have in common that are written once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Common {
    subject: Subject,
    language: String,
    because: String,
    /// Which subscriptions the link leaves.
    leaving: String,
}

/// What differs between readers' mails about one notice.
struct Tokens {
    message: String,
    first: String,
    leave: String,
    /// What the token of the reader's own page has behind the one before.
    manage: String,
}

impl Tokens {
    fn of(ids: &Ids, receiver: &Receiver, subject: Subject) -> Self {
        let id = |revision| ids.local_id(&receiver.id, &Occasion::Notice(Subject { revision, ..subject }));
        let leave = ids.tokens().unsubscribe(&receiver.id);
        Self {
            message: id(subject.revision),
            first: id(1),
            manage: ids
                .tokens()
                .manage(&receiver.id, receiver.edition)
                .split_off(leave.len()),
            leave,
        }
    }

    fn all(&self) -> [&str; 4] {
        [&self.message, &self.first, &self.leave, &self.manage]
    }
}

/// Writes the mail about one notice.
fn write(dispatch: &Dispatch, to: &Address, common: &Common, tokens: &Tokens, told: &Told) -> Result<Vec<u8>, String> {
    let mail = dispatch.mail.as_ref().ok_or("no relay is configured")?;
    let first = (common.subject.revision > 1).then(|| dispatch.ids.of_mail(&tokens.first));
    let letter = Letter {
        site: &dispatch.site,
        sender: &mail.sender,
        to,
        language: &common.language,
        told: std::slice::from_ref(told),
        digest: false,
        because: &common.because,
        message_id: &dispatch.ids.of_mail(&tokens.message),
        in_reply_to: first.as_deref(),
        token: &format!("{}{}", tokens.leave, common.leaving),
        manage: &format!("{}{}", tokens.leave, tokens.manage),
        now: dispatch.clock.now(),
    };
    letter.bytes().map_err(|error| error.to_string())
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

/// Digests go source by source, newest first.
fn ordered(mut told: Vec<Arc<Told>>) -> Vec<Told> {
    told.sort_by(|a, b| a.source_name.cmp(&b.source_name).then(b.entry.seq.cmp(&a.entry.seq)));
    told.into_iter().map(|told| Told::clone(&told)).collect()
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

/// A digest.
fn mail(dispatch: &Dispatch, delivery: &Delivery, receiver: &Receiver, told: &[Told]) -> Result<Vec<u8>, String> {
    let Channel::Mail { address, language } = &receiver.channel else {
        return Err("this is no mail".to_owned());
    };
    let mail = dispatch.mail.as_ref().ok_or("no relay is configured")?;
    let wishes = wanted(dispatch, receiver, told);
    let tokens = dispatch.ids.tokens();
    let letter = Letter {
        site: &dispatch.site,
        sender: &mail.sender,
        to: address,
        language,
        told,
        digest: true,
        because: &because(dispatch, &wishes, told),
        message_id: &dispatch.ids.message_id(&receiver.id, &delivery.occasion),
        in_reply_to: None,
        token: &(tokens.unsubscribe(&receiver.id) + &leaving(&wishes)),
        manage: &tokens.manage(&receiver.id, receiver.edition),
        now: dispatch.clock.now(),
    };
    letter.bytes().map_err(|error| error.to_string())
}

/// What the reader follows, by name, as far as it has to do with what is told.
fn because(dispatch: &Dispatch, wishes: &[&Wish], told: &[Told]) -> String {
    let follow = |pick: &dyn Fn(&Rule) -> bool| wishes.iter().any(|wish| pick(&wish.rule));
    let mut names: Vec<String> = Vec::new();
    let named =
        |told: &Told| follow(&|rule| rule.sources.contains(&told.entry.source)).then(|| told.source_name.clone());
    names.extend(told.iter().filter_map(named));
    let tags = told
        .iter()
        .filter_map(|told| dispatch.sources.get(&told.entry.source))
        .flat_map(|source| &source.tags);
    names.extend(tags.filter(|tag| follow(&|rule| rule.tags.contains(tag))).cloned());
    if names.is_empty() {
        names.push(dispatch.site.title.clone());
    }
    names.sort();
    names.dedup();
    let words = wishes.iter().flat_map(|wish| &wish.rule.include);
    names.extend(words.map(|word| format!("“{word}”")));
    names.join(", ")
}

/// The subscriptions of `receiver` that ask for `entry`.
fn wanting<'r>(dispatch: &Dispatch, receiver: &'r Receiver, entry: &Entry) -> Vec<&'r Wish> {
    let source = dispatch.sources.get(&entry.source);
    let tags = source.map_or(&[][..], |source| &source.tags);
    let offer = Offer::new(tags, entry);
    receiver.wishes.iter().filter(|wish| wish.rule.wants(&offer)).collect()
}

/// The subscriptions of `receiver` that a mail comes from, each once.
fn wanted<'r>(dispatch: &Dispatch, receiver: &'r Receiver, told: &[Told]) -> Vec<&'r Wish> {
    let mut wishes: Vec<&Wish> = told
        .iter()
        .flat_map(|told| wanting(dispatch, receiver, &told.entry))
        .collect();
    wishes.sort_by_key(|wish| wish.number);
    wishes.dedup_by_key(|wish| wish.number);
    wishes
}

/// What a link to leave has behind the receiver's token, so that it leaves `wishes` alone.
fn leaving(wishes: &[&Wish]) -> String {
    wishes.iter().map(|wish| format!("-{}", wish.number)).collect()
}

/// What somebody is asked, or the link that they asked for.
fn question(dispatch: &Dispatch, delivery: &Delivery, receiver: &Receiver) -> Result<Vec<u8>, String> {
    let Channel::Mail { address, language } = &receiver.channel else {
        return Err("this is no mail".to_owned());
    };
    let mail = dispatch.mail.as_ref().ok_or("no relay is configured")?;
    let tokens = dispatch.ids.tokens();
    let (about, path) = match &delivery.occasion {
        Occasion::Confirmation { request } => (About::Confirmation, format!("confirm/{}", tokens.confirm(request))),
        Occasion::Link { edition } => {
            let token = tokens.manage(&ReceiverId::mail(address), *edition);
            (About::Link, format!("manage/{token}"))
        }
        _ => return Err("this is no question".to_owned()),
    };
    let question = Question {
        site: &dispatch.site,
        sender: &mail.sender,
        to: address,
        language,
        about,
        path: &path,
        token: &tokens.unsubscribe(&receiver.id),
        message_id: &dispatch.ids.message_id(&receiver.id, &delivery.occasion),
        now: dispatch.clock.now(),
    };
    question.bytes().map_err(|error| error.to_string())
}
