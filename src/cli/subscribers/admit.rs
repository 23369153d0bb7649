//! Making a subscriber of somebody by the admin's word, or asking them.

use std::sync::Arc;

use anyhow::bail;
use aws_lc_rs::rand;

use super::rows::Person;
use crate::{
    delivery::Occasion,
    ops::Clock,
    serve::Mailing,
    store::{Asking, AskingLimits, Kept, Store},
    subscription::{Channel, Receiver, ReceiverId, Request, Tokens, hash},
};

/// How often a change is tried against others of the same reader.
const TRIES: usize = 4;

/// Lets people in.
pub(super) struct Admission {
    pub(super) store: Arc<dyn Store>,
    pub(super) tokens: Tokens,
    pub(super) mailing: Option<Mailing>,
    /// Whether they are asked first.
    pub(super) asks: bool,
}

/// What became of one.
pub(super) enum Outcome {
    Added,
    Asked,
    /// Nothing, and why.
    Skipped(String),
}

impl Admission {
    /// Lets `person` in, or asks them. Who does not want to be written to any more is left alone.
    pub(super) async fn admit(&self, person: &Person) -> anyhow::Result<Outcome> {
        let skipped = |why: &str| Ok(Outcome::Skipped(why.to_owned()));
        if self
            .mailing
            .as_ref()
            .is_some_and(|mailing| !mailing.writes_to(&person.address))
        {
            return skipped("[subscribe] does not let this domain in, or it is our own address");
        }
        if self.store.is_never_again(&self.tokens.address(&person.address)).await? {
            return skipped("its owner never wants to be written to again");
        }
        for _ in 0..TRIES {
            let id = ReceiverId::mail(&person.address);
            let row = self.store.receiver(&id).await?;
            if let Some(why) = row.as_ref().and_then(|row| row.stopped.as_ref()) {
                return Ok(Outcome::Skipped(format!("nothing is sent to it any more: {why}")));
            }
            let before = row.map(|row| row.receiver);
            let mut reader = before.clone().unwrap_or_else(|| Receiver {
                zone: person.zone.clone(),
                ..Receiver::new(id, person.channel())
            });
            for wish in &person.wishes {
                reader.follow(wish.clone());
            }
            if before.as_ref() == Some(&reader) {
                return skipped("it has this subscription already");
            }
            if self.asks {
                return self.ask(person).await;
            }
            let was = before.map(|before| before.edition);
            reader.edition = was.map_or(0, |was| was + 1);
            let kept = Kept {
                token_hash: hash(&self.tokens.unsubscribe(&reader.id)),
                reader,
                was,
                fulfils: None,
                now: Clock::system().now(),
            };
            if self.store.keep_reader(&kept).await? {
                return Ok(Outcome::Added);
            }
        }
        skipped("somebody else is changing it")
    }

    async fn ask(&self, person: &Person) -> anyhow::Result<Outcome> {
        // An admin may ask as many as there are, but none of them often.
        let limits = AskingLimits {
            per_mailbox: self.mailing.as_ref().map_or(3, |mailing| mailing.limits.per_mailbox),
            per_network: usize::MAX,
            per_domain: usize::MAX,
            per_hour: usize::MAX,
        };
        for wish in &person.wishes {
            let mut bytes = [0; 17];
            if rand::fill(&mut bytes).is_err() {
                bail!("the system gives no randomness");
            }
            let request = Request {
                id: Tokens::named(&bytes),
                address: person.address.clone(),
                language: person.language.clone(),
                zone: person.zone.clone(),
                wish: wish.clone(),
                asked: Clock::system().now(),
            };
            let receiver = request.receiver();
            let asking = Asking {
                unsubscribe_hash: hash(&self.tokens.unsubscribe(&receiver.id)),
                receiver,
                id: request.id.clone(),
                token_hash: hash(&self.tokens.confirm(&request.id)),
                occasion: Occasion::Confirmation {
                    request: request.id.clone(),
                },
                address: self.tokens.address(&person.address),
                mailbox: self.tokens.mailbox(&person.address),
                domain: person.address.domain().to_owned(),
                network: None,
                now: request.asked,
                request: Some(request),
            };
            if !self.store.ask(&asking, &limits).await? {
                return Ok(Outcome::Skipped("it was asked three times today already".to_owned()));
            }
        }
        Ok(Outcome::Asked)
    }
}

impl Person {
    fn channel(&self) -> Channel {
        Channel::Mail {
            address: self.address.clone(),
            language: self.language.clone(),
        }
    }
}
