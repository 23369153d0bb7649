//! Where a batch is rendered. What several of them have in common is made once.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{
    Made, Matters, before, dead, finished,
    letter::{Addressed, Common, NOBODY, Shown, Tokens, somebody},
    reasons::{reasons, wants},
    service,
};
use crate::{
    channel::{
        Told,
        email::{self, Digest, Extent, Line, Matter},
        webhook::{self, Hook},
    },
    delivery::{Delivery, Fate, Occasion, Rendered, Stencil, Subject},
    dispatch::{Dispatch, tell},
    notice::{Difference, Entry, NoticeId},
    subscription::{Address, Channel, Offer, Receiver, ReceiverId},
};

/// Where a batch is rendered.
pub(super) struct Desk<'d> {
    dispatch: &'d Dispatch,
    extent: Extent,
    receivers: &'d HashMap<ReceiverId, Receiver>,
    matters: &'d Matters,
    told: HashMap<Subject, Telling<'d>>,
    gathered: HashMap<NoticeId, Telling<'d>>,
    stencils: HashMap<Common, Arc<Stencil>>,
}

/// A notice as it is told, and as rules look at it.
#[derive(Clone)]
pub(super) struct Telling<'d> {
    pub(super) told: Arc<Told>,
    pub(super) offer: Arc<Offer<'d>>,
}

impl<'d> Desk<'d> {
    pub(super) fn new(
        dispatch: &'d Dispatch,
        receivers: &'d HashMap<ReceiverId, Receiver>,
        matters: &'d Matters,
    ) -> Self {
        Self {
            dispatch,
            extent: Extent::Whole,
            receivers,
            matters,
            told: HashMap::new(),
            gathered: HashMap::new(),
            stencils: HashMap::new(),
        }
    }

    /// A desk at which mails are kept short.
    pub(super) fn brief(self) -> Self {
        Self {
            extent: Extent::Links,
            ..self
        }
    }

    pub(super) fn make_all(mut self, deliveries: &[Delivery]) -> Vec<Made> {
        deliveries.iter().map(|delivery| self.make(delivery)).collect()
    }

    fn make(&mut self, delivery: &Delivery) -> Made {
        let Some(receiver) = self.receivers.get(&delivery.receiver) else {
            return Made::Ended(dead("the receiver is not in the configuration any more"));
        };
        if let Some(rendered) = &delivery.rendered {
            return Made::Ready(Box::new(receiver.clone()), rendered.clone());
        }
        let rendering = AssertUnwindSafe(|| self.render(delivery, receiver));
        match catch_unwind(rendering).unwrap_or_else(|_| Ok(Err("the program failed on it".to_owned()))) {
            Ok(rendered) => finished(self.dispatch, delivery, receiver, rendered),
            Err(fate) => Made::Ended(fate),
        }
    }

    /// What is sent.
    ///
    /// # Errors
    ///
    /// What becomes of the delivery, when there is nothing to tell.
    fn render(&mut self, delivery: &Delivery, receiver: &Receiver) -> Result<Result<Rendered, String>, Fate> {
        match &delivery.occasion {
            Occasion::Incident(incident) => Ok(whole(service::alarm(self.dispatch, delivery, receiver, incident))),
            Occasion::Confirmation { .. } | Occasion::Link { .. } => {
                Ok(whole(service::question(self.dispatch, delivery, receiver)))
            }
            Occasion::Digest(_) => self.digest(delivery, receiver),
            Occasion::Notice(subject) => self.notice(delivery, *subject, receiver),
            Occasion::Topic(_) | Occasion::Ping { .. } => Err(dead("this is made when it is sent")),
        }
    }

    fn notice(
        &mut self,
        delivery: &Delivery,
        subject: Subject,
        receiver: &Receiver,
    ) -> Result<Result<Rendered, String>, Fate> {
        let news = self.told(subject).ok_or_else(|| dead("the notice is gone"))?;
        if !wants(receiver, &news.offer) {
            return Err(left());
        }
        let told = &*news.told;
        Ok(match &receiver.channel {
            Channel::Mail { address, language } => {
                let addressed = Addressed::new(delivery, receiver, address, language);
                self.filled(
                    addressed,
                    Shown::Notice(subject),
                    (Matter::Notice(told), std::slice::from_ref(&news)),
                )
            }
            Channel::Webhook { url, format } => {
                let hook = Hook {
                    url,
                    format: *format,
                    secret: self.dispatch.secrets.get(&receiver.id),
                };
                whole(Ok(webhook::body(hook, told)))
            }
        })
    }

    fn digest(&mut self, delivery: &Delivery, receiver: &Receiver) -> Result<Result<Rendered, String>, Fate> {
        let Channel::Mail { address, language } = &receiver.channel else {
            return Ok(Err("this is no mail".to_owned()));
        };
        let (mut lines, mut news) = (Vec::new(), Vec::new());
        for (notice, revised) in once(&delivery.subjects) {
            if let Some(one) = self.gathered(notice).filter(|one| wants(receiver, &one.offer)) {
                lines.push(Line {
                    told: Arc::clone(&one.told),
                    revised,
                });
                news.push(one);
            }
        }
        let shown = Shown::digest(&lines);
        let digest = Digest::of(lines).ok_or_else(nothing_left)?;
        let addressed = Addressed::new(delivery, receiver, address, language);
        Ok(self.filled(addressed, shown, (Matter::Digest(&digest), &news)))
    }

    /// A notice in the revision that is told, and what changed in it.
    fn told(&mut self, subject: Subject) -> Option<Telling<'d>> {
        if let Some(news) = self.told.get(&subject) {
            return Some(news.clone());
        }
        let entry = self.matters.revisions.get(&subject)?;
        let before = before(subject).and_then(|before| self.matters.revisions.get(&before));
        let changed = before.map(|before| Difference::between(&before.notice, &entry.notice));
        let news = self.news(entry, changed);
        self.told.insert(subject, news.clone());
        Some(news)
    }

    /// A notice as it is now; `None` when its source has taken it away.
    fn gathered(&mut self, notice: NoticeId) -> Option<Telling<'d>> {
        if let Some(news) = self.gathered.get(&notice) {
            return Some(news.clone());
        }
        let entry = self.matters.newest.get(&notice)?;
        let entry = Some(entry).filter(|entry| entry.withdrawn.is_none())?;
        let news = self.news(entry, None);
        self.gathered.insert(notice, news.clone());
        Some(news)
    }

    fn news(&self, entry: &'d Entry, changed: Option<Difference>) -> Telling<'d> {
        let (names, site) = (&self.dispatch.sources, &self.dispatch.site);
        let tags = names.get(&entry.source).map_or(&[][..], |source| &source.tags);
        let told = Told {
            changed,
            ..tell(names, site, entry.clone())
        };
        Telling {
            told: Arc::new(told),
            offer: Arc::new(Offer::new(tags, entry)),
        }
    }

    /// The mail that tells this: that of another reader, with this one's address and tokens.
    fn filled(
        &mut self,
        addressed: Addressed<'_>,
        shown: Shown,
        (matter, news): (Matter<'_>, &[Telling<'d>]),
    ) -> Result<Rendered, String> {
        let Addressed { receiver, address, .. } = addressed;
        let (reasons, numbers) = reasons(receiver, news);
        let common = Common {
            shown,
            language: addressed.language.to_owned(),
            reasons,
            leaving: numbers.iter().map(|number| format!("-{number}")).collect(),
        };
        let ids = &self.dispatch.ids;
        let tokens = Tokens::of(ids, receiver, &addressed.delivery.occasion);
        if !self.stencils.contains_key(&common) {
            // Nobody has this address, and nobody can guess these tokens, so no notice holds them.
            let nobody: Address = NOBODY.parse().map_err(|_| "nobody has an address")?;
            let placeholders = Tokens::of(ids, &somebody(&nobody), &addressed.delivery.occasion);
            let written = common.write(self.dispatch, &nobody, &placeholders, matter, self.extent)?;
            let written = String::from_utf8(written).map_err(|_| "the mail is no text")?;
            let open = email::message::recipient(&written, NOBODY).ok_or("the mail has no address")?;
            let stencil = Stencil::of(&written, open, &placeholders.all()).ok_or("the mail has no address")?;
            self.stencils.insert(common.clone(), Arc::new(stencil));
        }
        let stencil = self.stencils.get(&common).ok_or("there is no stencil")?;
        let words = std::iter::once(address.as_str()).chain(tokens.all());
        Ok(Rendered::Filled(
            Arc::clone(stencil),
            words.map(str::to_owned).collect(),
        ))
    }
}

fn whole(bytes: Result<Vec<u8>, String>) -> Result<Rendered, String> {
    bytes.map(|bytes| Rendered::Whole(bytes.into()))
}

/// They may have left what it came from, and kept something else.
fn left() -> Fate {
    Fate::Dropped {
        why: "its reader has left what it came from".to_owned(),
    }
}

/// What a digest gathered was taken away, or its reader has left it.
fn nothing_left() -> Fate {
    Fate::Dropped {
        why: "nothing of it is left to tell".to_owned(),
    }
}

/// The notices that `subjects` name, each once, and whether their reader was told of them before. Who is told that a notice is new
/// is not told that it was changed.
fn once(subjects: &[Subject]) -> Vec<(NoticeId, bool)> {
    let mut first: HashMap<NoticeId, u32> = HashMap::with_capacity(subjects.len());
    for subject in subjects {
        let revision = first.entry(subject.notice).or_insert(subject.revision);
        *revision = subject.revision.min(*revision);
    }
    let once = subjects
        .iter()
        .filter_map(|subject| first.remove_entry(&subject.notice));
    once.map(|(notice, revision)| (notice, revision > 1)).collect()
}
