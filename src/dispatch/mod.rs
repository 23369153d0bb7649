//! Tells receivers what they asked for: fan-out turns announcements into deliveries, sending settles them, both from the
//! ledger, over and over.
//!
//! Knows notices, subscriptions, channels and the store. Does not know boards; of feeds only their bytes, which it is handed.

mod carrier;
mod domains;
mod endpoints;
mod fan_out;
mod hub;
mod ids;
mod lane;
mod mailing;
mod relay;
mod render;
mod run;
mod spool;
mod strikes;
mod tell;
mod verdict;
mod waiting;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crate::{
    channel::email,
    net,
    notice::SourceId,
    ops::{Clock, Doorbell, Secret},
    store::Store,
    subscription::{Address, ReceiverId},
};

pub use domains::Pace;
pub use hub::{Feed, Hub, Topics};
pub use ids::Ids;
pub use run::{deliver_due, run};
pub use strikes::strike;
pub use tell::tell;

/// What a source is called towards receivers.
#[derive(Clone, Debug)]
pub struct SourceName {
    /// Its name.
    pub name: String,
    /// Its tags, which rules ask for.
    pub tags: Vec<String>,
    /// BCP 47 tag of its texts.
    pub language: Option<String>,
    /// How its dates are read.
    pub zone: jiff::tz::TimeZone,
}

/// What sending needs.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Where announcements and deliveries are.
    pub store: Arc<dyn Store>,
    /// The guarded way out, for webhooks.
    pub client: net::Client,
    /// How mail leaves; without it nothing is mailed, and what is owed waits.
    pub mail: Option<Mail>,
    /// The secrets of the webhooks.
    pub secrets: Arc<HashMap<ReceiverId, Secret>>,
    /// What this server calls itself.
    pub site: email::Site,
    /// The configured sources.
    pub sources: Arc<HashMap<SourceId, SourceName>>,
    /// Makes Message-IDs, webhook-ids and unsubscribe tokens.
    pub ids: Ids,
    /// The hub, and the feeds that it distributes.
    pub hub: Hub,
    /// Tells the time.
    pub clock: Clock,
    /// Rung when there is something to tell.
    pub told: Doorbell,
}

impl Dispatch {
    /// The return path of the mail of `delivery`, where somebody reads what comes back.
    fn return_path(&self, delivery: i64) -> Option<Address> {
        let domain = self.mail.as_ref()?.sender.returns.as_ref()?;
        let token = self.ids.return_token(delivery);
        format!("bounce+{token}@{domain}").parse().ok()
    }
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The relay.
    pub relay: email::Relay,
    /// Who writes.
    pub sender: email::Sender,
    /// In whose words.
    pub templates: email::Templates,
    /// Who answers for the mails.
    pub signers: Arc<[email::dkim::Signer]>,
    /// How many connections to the relay at most.
    pub connections: usize,
    /// How many mails, and how fast, in all and to one domain.
    pub pace: Pace,
}

impl Mail {
    /// What is sent of a mail that was rendered: it is signed when it leaves, with the keys of that time, so that keys can be changed
    /// while mails wait.
    fn signed<'b>(&self, rendered: &'b [u8]) -> Result<Cow<'b, [u8]>, email::dkim::Unsigned> {
        match self.signers.is_empty() {
            true => Ok(Cow::Borrowed(rendered)),
            false => email::dkim::signed(&self.signers, rendered).map(Cow::Owned),
        }
    }
}
