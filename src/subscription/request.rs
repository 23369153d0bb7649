//! What somebody asked for with a form, until the owner of the address says that it was meant.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Address, Channel, Hears, Receiver, ReceiverId, Wish};

/// How long a request waits for its confirmation. Then it is erased.
pub const LIFE: Duration = Duration::from_secs(48 * 3_600);

/// What somebody asked for with a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Random: 128 bits or more.
    pub id: String,
    /// For whom.
    pub address: Address,
    /// BCP 47 tag of the language to write in.
    pub language: String,
    /// IANA name of the zone in which digests are timed.
    pub zone: String,
    /// What.
    pub wish: Wish,
    /// When it was asked.
    pub asked: Timestamp,
}

impl Request {
    /// Whether it can still be confirmed.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.asked + LIFE
    }

    /// Who is asked. They hear nothing else.
    pub fn receiver(&self) -> Receiver {
        Receiver {
            hears: Hears::Nothing,
            ..Receiver::new(ReceiverId::asked(&self.id, self.address.domain()), self.channel())
        }
    }

    /// The reader, once it is confirmed; `before` is what was kept of them. `resumed` says that nothing was sent to them any
    /// more, so that what they followed then counts no longer.
    pub fn confirmed(&self, before: Option<&Receiver>, resumed: bool) -> Receiver {
        let mut reader = Receiver {
            zone: self.zone.clone(),
            ..Receiver::new(ReceiverId::mail(&self.address), self.channel())
        };
        if let Some(before) = before {
            reader.wishes.clone_from(&before.wishes);
            reader.hears = before.hears;
            reader.paused_until = before.paused_until;
            reader.edition = before.edition + 1;
            reader.declined = before.declined;
        }
        if resumed {
            let left: Vec<u32> = reader.wishes.iter().map(|wish| wish.number).collect();
            reader.leave(&left);
            reader.paused_until = None;
        }
        reader.follow(self.wish.clone());
        reader
    }

    fn channel(&self) -> Channel {
        Channel::Mail {
            address: self.address.clone(),
            language: self.language.clone(),
        }
    }
}
