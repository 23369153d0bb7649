//! The way to the mail relay: the connections to it, and how it has behaved lately.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tracing::warn;

use super::{Mail, verdict::untried};
use crate::{
    channel::email::{InTime, Outgoing, Sent, Session, Trouble},
    delivery::Verdict,
};

/// How many messages a connection carries before it is closed; many relays set a limit near this.
const PER_CONNECTION: u32 = 100;

/// The first rest after trouble with the relay; doubled each time up to the longest.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(300);

/// So many unwanted messages in a row are no fault of theirs: the relay is left alone.
const UNWANTED_IN_A_ROW: u32 = 5;

/// When a message that the relay did not want is offered again: by then an admin may have mended the relay.
const UNWANTED_FOR: Duration = Duration::from_secs(3_600);

/// So many mails in a row at which the relay closed the connection are no fault of their domains.
const CLOSED_IN_A_ROW: u32 = 3;

/// The way to the relay.
#[derive(Default)]
pub(super) struct RelayLines {
    idle: Mutex<Vec<Line>>,
    rest: Mutex<Rest>,
}

/// A connection to it, and how many messages it has carried.
pub(super) struct Line {
    session: Session,
    carried: u32,
}

/// The relay is left alone until `until` after `troubles` in a row.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    troubles: u32,
    unwanted: u32,
    closed: u32,
    until: Option<Timestamp>,
}

impl RelayLines {
    /// Whether the relay has behaved well lately.
    pub(super) fn is_well(&self) -> bool {
        lock(&self.rest).troubles == 0
    }

    /// Until when the relay is left alone.
    pub(super) fn resting_until(&self, now: Timestamp) -> Option<Timestamp> {
        lock(&self.rest).until.filter(|until| *until > now)
    }

    /// Sends a message over the connection that is `held` for it, another one that is open, or a new one. Where the relay was shown the
    /// `next` one already, its connection comes back.
    ///
    /// # Errors
    ///
    /// [`Trouble`] with the relay.
    pub(super) async fn carry(
        &self,
        mail: &Mail,
        held: Option<Line>,
        one: Outgoing<'_>,
        next: Option<Outgoing<'_>>,
        in_time: InTime<'_>,
    ) -> Result<(Sent, Option<Line>), Trouble> {
        let open = held.or_else(|| lock(&self.idle).pop());
        if let Some(Line { session, carried }) = open {
            let next = next.filter(|_| carried + 1 < PER_CONNECTION);
            match session.send(one, next, in_time).await {
                Ok((session, sent)) => {
                    let carried = carried + 1;
                    return Ok((sent, self.keep(Line { session, carried }).await));
                }
                // Relays close connections that were idle for a while, and those beside it were idle as long.
                Err(Trouble::Broken(_)) => lock(&self.idle).clear(),
                Err(trouble) => return Err(trouble),
            }
        }
        let session = Session::open(&mail.relay).await?;
        let (session, sent) = session.send(one, next, in_time).await?;
        Ok((sent, self.keep(Line { session, carried: 1 }).await))
    }

    /// Draws the conclusions from what came of a message that was queued at `queued`.
    pub(super) fn heed(&self, outcome: Result<Sent, Trouble>, queued: Timestamp, now: Timestamp) -> Verdict {
        match outcome {
            Ok(Sent::Accepted) => {
                *lock(&self.rest) = Rest::default();
                Verdict::Delivered
            }
            Ok(Sent::Unwanted(why)) => {
                self.unwanted(&why, now);
                Verdict::Later {
                    why,
                    not_before: Some(now + UNWANTED_FOR),
                    ambiguous: false,
                }
            }
            Ok(Sent::Later(why)) => {
                self.answered();
                Verdict::Later {
                    why,
                    not_before: None,
                    ambiguous: false,
                }
            }
            Ok(Sent::Refused(why) | Sent::TooLarge(why)) => {
                self.answered();
                Verdict::Refused { why }
            }
            Ok(Sent::NoMailbox(why)) => {
                self.answered();
                Verdict::Gone { why }
            }
            Err(trouble @ Trouble::Away(_)) => {
                self.trouble(&trouble, now);
                // Whoever comes first knocks; the message was not looked at, and keeps its place among the others.
                untried(&trouble.to_string(), queued)
            }
            Err(Trouble::Closing(why)) => {
                lock(&self.idle).clear();
                let closed = {
                    let mut rest = lock(&self.rest);
                    rest.closed += 1;
                    rest.closed
                };
                if closed >= CLOSED_IN_A_ROW {
                    self.trouble(&Trouble::Closing(why.clone()), now);
                }
                Verdict::Later {
                    why,
                    not_before: None,
                    ambiguous: false,
                }
            }
            Err(Trouble::Late) => untried("sending took so long that another worker may have it", now),
            Err(trouble) => {
                // Connections that were open beside this one are as old and as suspect.
                lock(&self.idle).clear();
                Verdict::Later {
                    why: trouble.to_string(),
                    not_before: Some(self.trouble(&trouble, now)),
                    ambiguous: matches!(trouble, Trouble::Ambiguous(_)),
                }
            }
        }
    }

    /// Closes the connections that nobody needs now, all at once.
    pub(super) async fn hang_up(&self) {
        let idle = std::mem::take(&mut *lock(&self.idle));
        futures_util::future::join_all(idle.into_iter().map(|line| line.session.close())).await;
    }

    /// Keeps a connection for whoever needs one; gives it back where the relay was shown what comes next over it.
    async fn keep(&self, line: Line) -> Option<Line> {
        if line.session.is_promised() {
            return Some(line);
        }
        if line.carried < PER_CONNECTION {
            lock(&self.idle).push(line);
        } else {
            line.session.close().await;
        }
        None
    }

    /// The relay is there. Only a message that it takes makes it forget those it did not want.
    fn answered(&self) {
        let mut rest = lock(&self.rest);
        if rest.unwanted < UNWANTED_IN_A_ROW {
            (rest.troubles, rest.until) = (0, None);
        }
    }

    fn unwanted(&self, why: &str, now: Timestamp) {
        let mut rest = lock(&self.rest);
        rest.unwanted += 1;
        if rest.unwanted >= UNWANTED_IN_A_ROW {
            (rest.troubles, rest.until) = (1, Some(now + LONGEST_REST));
            let (unwanted, pause_s) = (rest.unwanted, LONGEST_REST.as_secs());
            warn!(
                unwanted,
                pause_s, "the mail relay wants none of our messages, the last time: {why}"
            );
        }
    }

    /// Leaves the relay alone for a while, longer each time.
    fn trouble(&self, trouble: &Trouble, now: Timestamp) -> Timestamp {
        let mut rest = lock(&self.rest);
        // Connections that fail together are one trouble.
        let troubles = match rest.until {
            Some(until) if until > now => rest.troubles.max(1),
            _ => rest.troubles + 1,
        };
        let pause = match trouble {
            Trouble::Unwilling(_) => LONGEST_REST,
            _ => FIRST_REST.saturating_mul(1 << (troubles - 1).min(16)).min(LONGEST_REST),
        };
        let until = rest.until.map_or(now + pause, |until| until.max(now + pause));
        (rest.troubles, rest.until) = (troubles, Some(until));
        warn!(pause_s = pause.as_secs(), "trouble with the mail relay: {trouble}");
        until
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    fn broken() -> Result<Sent, Trouble> {
        Err(Trouble::Broken("it broke off".into()))
    }

    #[test]
    fn one_message_that_the_relay_dislikes_holds_up_no_other() {
        let line = RelayLines::default();
        for nth in 1..=9 {
            line.heed(Ok(Sent::Unwanted("554 spam".into())), at(0), at(0));
            assert_eq!(line.resting_until(at(0)).is_some(), nth >= 5, "after {nth}");
        }
        line.heed(Ok(Sent::Later("450 busy".into())), at(0), at(301));
        line.heed(Ok(Sent::Unwanted("554 spam".into())), at(0), at(301));
        assert!(line.resting_until(at(301)).is_some(), "it has taken nothing yet");
        line.heed(Ok(Sent::Accepted), at(0), at(700));
        line.heed(Ok(Sent::Unwanted("554 spam".into())), at(0), at(700));
        assert_eq!((line.resting_until(at(700)), line.is_well()), (None, true));
    }

    #[test]
    fn connections_that_fail_together_are_one_trouble() {
        let line = RelayLines::default();
        for _ in 0..4 {
            line.heed(broken(), at(0), at(0));
        }
        assert_eq!(line.resting_until(at(0)), Some(at(1)));
        line.heed(broken(), at(0), at(1));
        assert_eq!(line.resting_until(at(1)), Some(at(3)), "a second one is twice as long");
    }
}
