//! Who carries mails to the relay over one connection, one after the other.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use jiff::Timestamp;
use tracing::{error, info, warn};

use super::{
    Mail,
    domains::Said,
    lane::Side,
    relay::Line,
    render::{Message, Prepared, brief},
    run::LEASE,
    spool::Spool,
    strikes::strike,
    verdict::{later, unasked, untried},
};
use crate::{
    channel::email::{Outgoing, Sent, Trouble},
    delivery::{Blame, Fate, Verdict},
    ops::chance,
    subscription::{Address, Channel, Receiver},
};

/// The longest wait for the answer to a final dot. Whoever sends one must still have the lease when the answer comes, else
/// another worker sends the message again meanwhile.
const DOT: Duration = Duration::from_secs(600);

/// What must be left of a lease for a mail to be begun: the dot, and what comes before it.
const TIME_TO_MAIL: Duration = Duration::from_secs(700);

/// Whether a reader has left since the lease is looked up before each mail; where many wait, when that was known so long ago.
const MANY: usize = 64;
const FRESH: Duration = Duration::from_secs(1);

/// Who carries mails over one connection.
pub(super) struct Carrier {
    side: Arc<Side>,
    spool: Arc<Spool>,
    /// The connection over which the relay was shown the next mail.
    held: Option<Line>,
}

/// A mail, and how it leaves, or why it does not.
struct Piece {
    mail: Prepared,
    ready: Result<Ready, Verdict>,
}

/// How a mail leaves.
struct Ready {
    from: Address,
    signed: Vec<u8>,
    /// Until when its reader is not looked up again.
    fresh_until: Timestamp,
}

/// What came of a mail: the verdict, what its domain said, and what its address is to blame for if that was the last attempt.
type Came = (Verdict, Said, Option<Blame>);

impl Drop for Carrier {
    fn drop(&mut self) {
        self.spool.close();
    }
}

impl Carrier {
    /// Over a connection that was taken into use.
    pub(super) fn new(side: Arc<Side>, spool: Arc<Spool>) -> Self {
        Self {
            side,
            spool,
            held: None,
        }
    }

    /// Carries `first`, and then others, as long as some may go.
    pub(super) async fn carry(mut self, first: Prepared) {
        let mut current = Some(first);
        let mut behind = None;
        loop {
            let one = match (behind.take(), current.take()) {
                (Some(piece), _) => piece,
                (None, Some(mail)) => self.piece(mail).await,
                (None, None) => return,
            };
            if self.side.resting_until().is_none()
                && let Some(mail) = self.spool.behind(self.side.connections(), Instant::now())
            {
                behind = Some(self.piece(mail).await);
            }
            let (fate, said) = self.sent(&one, behind.as_ref()).await;
            let now = self.side.now();
            self.spool.done(one.mail.delivery, fate, said, now);
            if behind.is_none() && self.side.resting_until().is_none() {
                current = self.spool.next(self.side.connections(), Instant::now());
            }
        }
    }

    async fn piece(&self, mail: Prepared) -> Piece {
        let ready = AssertUnwindSafe(self.ready(&mail)).catch_unwind().await;
        let ready = ready.unwrap_or_else(|_| {
            self.failed(&mail);
            Err(later("the program failed on it"))
        });
        Piece { mail, ready }
    }

    /// The last look before a mail leaves: it may have waited long for its turn, and its reader may have left.
    async fn ready(&self, mail: &Prepared) -> Result<Ready, Verdict> {
        let (Some(way), Message::Made(_, rendered)) = (&self.side.dispatch.mail, &mail.message) else {
            return Err(later("this is no mail, or no relay is configured"));
        };
        let delivery = &mail.delivery;
        self.side.in_lease(delivery, TIME_TO_MAIL)?;
        let mut fresh_until = delivery.lease_until - LEASE;
        if self.spool.waiting() >= MANY {
            fresh_until += FRESH;
        }
        if self.side.now() >= fresh_until {
            self.side.is_wanted(delivery).await?;
            fresh_until = self.side.now() + FRESH;
        }
        let from = self.side.dispatch.return_path(delivery.id);
        Ok(Ready {
            from: from.unwrap_or_else(|| way.sender.address.clone()),
            signed: signed(way, &rendered.bytes())?,
            fresh_until,
        })
    }

    /// Mails, and says what becomes of the delivery, and what its domain said.
    async fn sent(&mut self, one: &Piece, behind: Option<&Piece>) -> (Fate, Said) {
        match AssertUnwindSafe(self.met(one, behind)).catch_unwind().await {
            Ok(met) => met,
            Err(_) => {
                self.failed(&one.mail);
                (self.side.after_panic(&one.mail.delivery, chance()), Said::Nothing)
            }
        }
    }

    async fn met(&mut self, one: &Piece, behind: Option<&Piece>) -> (Fate, Said) {
        let delivery = &one.mail.delivery;
        let (verdict, said, blame) = self.mailed(one, behind).await;
        let fate = self.side.fate(delivery, verdict, chance());
        if let (Fate::Dead { why, .. }, Some(blame)) = (&fate, blame) {
            let struck = strike(&self.side.dispatch.store, delivery.id, blame, why, self.side.now()).await;
            if let Err(error) = struck {
                warn!(
                    delivery = delivery.id,
                    "that it came back could not be recorded: {error}"
                );
            }
        }
        (fate, said)
    }

    async fn mailed(&mut self, one: &Piece, behind: Option<&Piece>) -> Came {
        // Where the mail does not leave, the relay waits for it in vain: that connection ends.
        let held = self.held.take();
        let unsaid = |verdict| (verdict, Said::Nothing, None);
        let ready = match &one.ready {
            Ok(ready) => ready,
            Err(verdict) => return unsaid(verdict.clone()),
        };
        let (Some(mail), Message::Made(receiver, _)) = (&self.side.dispatch.mail, &one.mail.message) else {
            return unsaid(later("this is no mail, or no relay is configured"));
        };
        let (delivery, relay) = (&one.mail.delivery, &self.side.relay);
        if let Some(until) = self.side.resting_until() {
            return unsaid(untried("the relay is left alone after trouble", until));
        }
        if self.side.now() >= ready.fresh_until
            && let Err(verdict) = self.side.is_wanted(delivery).await
        {
            return unsaid(verdict);
        }
        let (last, clock) = (delivery.lease_until - DOT, self.side.dispatch.clock.clone());
        let in_time = move || clock.now() <= last;
        let Some(outgoing) = one.outgoing() else {
            return unsaid(later("this is no mail"));
        };
        let next = behind.and_then(Piece::outgoing);
        let mut sent = match relay.carry(mail, held, outgoing, next, &in_time).await {
            Ok((sent, held)) => {
                self.held = held;
                Ok(sent)
            }
            Err(trouble) => Err(trouble),
        };
        if let Ok(Sent::TooLarge(why)) = &sent {
            // The relay would wait over it for the next mail, while this one needs a connection again.
            self.held = None;
            let brief = match self.brief(mail, &one.mail, receiver).await {
                Ok(brief) => brief.filter(|brief| brief.len() < ready.signed.len()),
                Err(verdict) => return unsaid(verdict),
            };
            if let Some(brief) = brief {
                info!(delivery = delivery.id, "kept short, as the relay takes no more: {why}");
                let outgoing = Outgoing {
                    message: &brief,
                    ..outgoing
                };
                let carried = relay.carry(mail, None, outgoing, None, &in_time).await;
                sent = carried.map(|(sent, _)| sent);
            }
        }
        let (said, blame) = match &sent {
            Ok(Sent::Later(_)) | Err(Trouble::Closing(_)) => (Said::PutOff, Some(Blame::Soft)),
            Ok(Sent::Accepted | Sent::TooLarge(_)) => (Said::Answered, None),
            Ok(Sent::Refused(_)) => (Said::Answered, Some(Blame::Soft)),
            Ok(Sent::NoMailbox(_)) => (Said::Answered, Some(Blame::Hard)),
            Ok(Sent::Unwanted(_)) | Err(_) => (Said::Nothing, None),
        };
        (relay.heed(sent, delivery.queued, self.side.now()), said, blame)
    }

    /// The mail with titles and links alone, signed, where that can be.
    async fn brief(&self, mail: &Mail, one: &Prepared, receiver: &Receiver) -> Result<Option<Vec<u8>>, Verdict> {
        match brief(&self.side.dispatch, &one.delivery, receiver).await {
            Ok(brief) => brief.map(|brief| signed(mail, &brief)).transpose(),
            Err(error) => Err(unasked(&error, self.side.now())),
        }
    }

    fn failed(&self, mail: &Prepared) {
        error!(
            delivery = mail.delivery.id,
            "sending it failed inside the program; please report this"
        );
    }
}

impl Piece {
    /// What leaves; `None` where nothing does.
    fn outgoing(&self) -> Option<Outgoing<'_>> {
        let (Ok(ready), Message::Made(receiver, _)) = (&self.ready, &self.mail.message) else {
            return None;
        };
        let Channel::Mail { address, .. } = &receiver.channel else {
            return None;
        };
        Some(Outgoing {
            from: &ready.from,
            to: address,
            message: &ready.signed,
        })
    }
}

fn signed(mail: &Mail, rendered: &[u8]) -> Result<Vec<u8>, Verdict> {
    let signed = mail.signed(rendered).map_err(|unsigned| later(&unsigned.to_string()))?;
    Ok(signed.into_owned())
}
