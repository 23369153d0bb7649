//! Where a batch is rendered: deliveries to bytes. What several of them have in common is made once.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{
    Made, Matters, before, dead, digest, finished,
    letter::{Addressed, Common, NOBODY, Shown, Tokens, somebody},
    reasons::{reasons, wanting},
    service,
};
use crate::{
    channel::{
        Told,
        email::{Digest, Extent, Matter, Stencil},
        webhook::{self, Hook},
    },
    delivery::{Delivery, Fate, Occasion, Subject},
    dispatch::{Dispatch, tell},
    notice::{Difference, Entry, NoticeId},
    subscription::{Address, Channel, Receiver, ReceiverId},
};

/// Where a batch is rendered.
pub(super) struct Desk {
    dispatch: Dispatch,
    extent: Extent,
    receivers: HashMap<ReceiverId, Receiver>,
    matters: Matters,
    told: HashMap<Subject, Arc<Told>>,
    gathered: HashMap<NoticeId, Arc<Told>>,
    stencils: HashMap<Common, Stencil>,
}

impl Desk {
    pub(super) fn new(dispatch: Dispatch, receivers: HashMap<ReceiverId, Receiver>, matters: Matters) -> Self {
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
        let Some(receiver) = self.receivers.get(&delivery.receiver).cloned() else {
            return Made::Ended(dead("the receiver is not in the configuration any more"));
        };
        if let Some(bytes) = &delivery.rendered {
            return Made::Ready(Box::new(receiver), bytes.as_slice().into());
        }
        let rendering = AssertUnwindSafe(|| self.render(delivery, &receiver));
        match catch_unwind(rendering).unwrap_or_else(|_| Ok(Err("the program failed on it".to_owned()))) {
            Ok(rendered) => finished(&self.dispatch, delivery, &receiver, rendered),
            Err(fate) => Made::Ended(fate),
        }
    }

    /// The bytes that are sent.
    ///
    /// # Errors
    ///
    /// What becomes of the delivery, when there is nothing to tell.
    fn render(&mut self, delivery: &Delivery, receiver: &Receiver) -> Result<Result<Vec<u8>, String>, Fate> {
        match &delivery.occasion {
            Occasion::Incident(incident) => Ok(service::alarm(&self.dispatch, delivery, receiver, incident)),
            Occasion::Confirmation { .. } | Occasion::Link { .. } => {
                Ok(service::question(&self.dispatch, delivery, receiver))
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
    ) -> Result<Result<Vec<u8>, String>, Fate> {
        let told = self.told(subject).ok_or_else(|| dead("the notice is gone"))?;
        if wanting(&self.dispatch, receiver, &told.entry).is_empty() {
            return Err(left());
        }
        Ok(match &receiver.channel {
            Channel::Mail { address, language } => {
                let addressed = Addressed::new(delivery, receiver, address, language);
                self.filled(addressed, Shown::Notice(subject), Matter::Notice(&told))
            }
            Channel::Webhook { url, format } => {
                let hook = Hook {
                    url,
                    format: *format,
                    secret: self.dispatch.secrets.get(&receiver.id),
                };
                Ok(webhook::body(hook, &told))
            }
        })
    }

    fn digest(&mut self, delivery: &Delivery, receiver: &Receiver) -> Result<Result<Vec<u8>, String>, Fate> {
        let Channel::Mail { address, language } = &receiver.channel else {
            return Ok(Err("this is no mail".to_owned()));
        };
        let mut lines = digest::lines(&delivery.subjects, |notice| self.gathered(notice));
        lines.retain(|line| !wanting(&self.dispatch, receiver, &line.told.entry).is_empty());
        let shown = Shown::Digest(digest::shown(&lines));
        let digest = Digest::of(lines).ok_or_else(nothing_left)?;
        let addressed = Addressed::new(delivery, receiver, address, language);
        Ok(self.filled(addressed, shown, Matter::Digest(&digest)))
    }

    /// A notice in the revision that is told, and what changed in it.
    fn told(&mut self, subject: Subject) -> Option<Arc<Told>> {
        if let Some(told) = self.told.get(&subject) {
            return Some(Arc::clone(told));
        }
        let entry = self.matters.revisions.get(&subject)?.clone();
        let before = before(subject).and_then(|before| self.matters.revisions.get(&before));
        let changed = before.map(|before| Difference::between(&before.notice, &entry.notice));
        let told = Arc::new(Told {
            changed,
            ..self.tell(entry)
        });
        self.told.insert(subject, Arc::clone(&told));
        Some(told)
    }

    /// A notice as it is now; `None` when its source has taken it away.
    fn gathered(&mut self, notice: NoticeId) -> Option<Arc<Told>> {
        if let Some(told) = self.gathered.get(&notice) {
            return Some(Arc::clone(told));
        }
        let entry = self.matters.newest.get(&notice)?;
        let entry = Some(entry).filter(|entry| entry.withdrawn.is_none())?.clone();
        let told = Arc::new(self.tell(entry));
        self.gathered.insert(notice, Arc::clone(&told));
        Some(told)
    }

    fn tell(&self, entry: Entry) -> Told {
        tell(&self.dispatch.sources, &self.dispatch.site, entry)
    }

    /// The mail that tells this: that of another reader, with this one's address and tokens.
    fn filled(&mut self, addressed: Addressed<'_>, shown: Shown, matter: Matter<'_>) -> Result<Vec<u8>, String> {
        let Addressed { receiver, address, .. } = addressed;
        let (reasons, numbers) = reasons(&self.dispatch, receiver, &matter);
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
            let written = common.write(&self.dispatch, &nobody, &placeholders, matter, self.extent)?;
            let stencil = Stencil::of(&written, NOBODY, &placeholders.all()).ok_or("the mail has no address")?;
            self.stencils.insert(common.clone(), stencil);
        }
        let stencil = self.stencils.get(&common).ok_or("there is no stencil")?;
        Ok(stencil.filled(address.as_str(), &tokens.all()))
    }
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
