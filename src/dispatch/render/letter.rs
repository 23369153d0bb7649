//! A mail to a reader: what readers' mails have in common, and what differs between them.

use crate::{
    channel::email::{Extent, Letter, Line, Matter, Reason},
    delivery::{Delivery, Occasion, Subject},
    dispatch::{Dispatch, Ids},
    subscription::{Address, Receiver},
};

/// The address of a reader who does not exist (RFC 6761 §6.4).
pub(super) const NOBODY: &str = "nobody@notices.invalid";

/// A receiver without anything of their own, at `address`.
pub(super) fn somebody(address: &Address) -> Receiver {
    Receiver::reader(address.clone(), "")
}

/// A delivery by mail.
#[derive(Clone, Copy)]
pub(super) struct Addressed<'a> {
    pub(super) delivery: &'a Delivery,
    pub(super) receiver: &'a Receiver,
    pub(super) address: &'a Address,
    pub(super) language: &'a str,
}

impl<'a> Addressed<'a> {
    pub(super) fn new(delivery: &'a Delivery, receiver: &'a Receiver, address: &'a Address, language: &'a str) -> Self {
        Self {
            delivery,
            receiver,
            address,
            language,
        }
    }
}

/// What a mail shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shown {
    Notice(Subject),
    Digest(Vec<(Subject, bool)>),
}

impl Shown {
    /// What tells two digests apart: which notices they show, in which revision, and whether as news.
    pub(super) fn digest(lines: &[Line]) -> Self {
        let one = |line: &Line| {
            let subject = Subject {
                notice: line.told.entry.notice.id,
                revision: line.told.entry.revision,
            };
            (subject, line.revised)
        };
        let mut shown: Vec<_> = lines.iter().map(one).collect();
        shown.sort_unstable();
        Self::Digest(shown)
    }
}

/// What mails have in common that are written once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Common {
    pub(super) shown: Shown,
    pub(super) language: String,
    pub(super) reasons: Vec<Reason>,
    /// Which subscriptions the link leaves.
    pub(super) leaving: String,
}

impl Common {
    /// Writes the mail.
    pub(super) fn write(
        &self,
        dispatch: &Dispatch,
        to: &Address,
        tokens: &Tokens,
        matter: Matter<'_>,
        extent: Extent,
    ) -> Result<Vec<u8>, String> {
        let mail = dispatch.mail.as_ref().ok_or("no relay is configured")?;
        let is_revision = matches!(self.shown, Shown::Notice(subject) if subject.revision > 1);
        let first = is_revision.then(|| dispatch.ids.of_mail(&tokens.first));
        let letter = Letter {
            templates: &mail.templates,
            site: &dispatch.site,
            sender: &mail.sender,
            to,
            language: &self.language,
            matter,
            extent,
            reasons: &self.reasons,
            message_id: &dispatch.ids.of_mail(&tokens.message),
            in_reply_to: first.as_deref(),
            token: &format!("{}{}", tokens.leave, self.leaving),
            manage: &format!("{}{}", tokens.leave, tokens.manage),
            now: dispatch.clock.now(),
        };
        letter.bytes().map_err(|error| error.to_string())
    }
}

/// What differs between readers' mails that show the same.
pub(super) struct Tokens {
    message: String,
    /// Of the first mail about the notice.
    first: String,
    leave: String,
    /// What the token of the reader's own page has behind the one before.
    manage: String,
}

impl Tokens {
    pub(super) fn of(ids: &Ids, receiver: &Receiver, occasion: &Occasion) -> Self {
        let first = match occasion {
            Occasion::Notice(subject) => Occasion::Notice(Subject {
                revision: 1,
                ..*subject
            }),
            other => other.clone(),
        };
        let leave = ids.tokens().unsubscribe(&receiver.id);
        Self {
            message: ids.local_id(&receiver.id, occasion),
            first: ids.local_id(&receiver.id, &first),
            manage: ids
                .tokens()
                .manage(&receiver.id, receiver.edition)
                .split_off(leave.len()),
            leave,
        }
    }

    pub(super) fn all(&self) -> [&str; 4] {
        [&self.message, &self.first, &self.leave, &self.manage]
    }
}
