//! Someone or something that is told about notices.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Address, Wish};

/// Names a receiver: `mail:` and an address, or `hook:` and the webhook's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReceiverId(pub String);

impl ReceiverId {
    /// The id of the reader at `address`.
    pub fn mail(address: &Address) -> Self {
        Self(format!("mail:{}", address.as_str().to_lowercase()))
    }

    /// The id of the admin at `address`, who may be a reader too.
    pub fn admin(address: &Address) -> Self {
        Self(format!("mail:admin {}", address.as_str().to_lowercase()))
    }

    /// The id under which the owner of an address at `domain` is asked what request `request` says. It does not name the address.
    pub fn asked(request: &str, domain: &str) -> Self {
        Self(format!("mail:asked {request}@{domain}"))
    }

    /// Whether this is a reader: neither an admin, nor somebody who is asked, nor a webhook.
    pub fn is_reader(&self) -> bool {
        self.0.strip_prefix("mail:").is_some_and(|name| !name.contains(' '))
    }

    /// Whether it is an admin's.
    pub fn is_admin(&self) -> bool {
        self.0.starts_with("mail:admin ")
    }

    /// The id of the webhook that the configuration calls `id`.
    pub fn hook(id: &str) -> Self {
        Self(format!("hook:{id}"))
    }
}

impl fmt::Display for ReceiverId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a receiver is reached. The secret of a webhook is not here: it stays with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// By mail.
    Mail {
        /// Where to.
        address: Address,
        /// BCP 47 tag of the language to write in.
        language: String,
    },
    /// By an HTTP POST.
    Webhook {
        /// Where to.
        url: Url,
        /// In what shape.
        format: WebhookFormat,
    },
}

/// The shape of a webhook's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is the name of the service")]
pub enum WebhookFormat {
    #[default]
    Standard,
    Slack,
    Discord,
    Teams,
    Mattermost,
    Telegram,
    Ntfy,
    Matrix,
}

/// What kind of news someone is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hears {
    /// Notices.
    #[default]
    Notices,
    /// What happens to sources.
    Incidents,
    /// Both.
    Both,
    /// Neither: whoever is asked whether they want to hear anything.
    Nothing,
}

/// Someone or something that is told about notices. A person is one of them, however much they follow, and so gets each notice
/// once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// Who.
    pub id: ReceiverId,
    /// How.
    pub channel: Channel,
    /// About what, and how often. Each is a subscription that can be left alone.
    pub wishes: Vec<Wish>,
    /// What kind of news.
    #[serde(default)]
    pub hears: Hears,
    /// IANA name of the zone in which digests are timed.
    pub zone: String,
    /// Nothing is sent before this time, and nothing of what is announced until then.
    #[serde(default)]
    pub paused_until: Option<Timestamp>,
    /// How often its owner has changed it. Links to the page on which that is done are good for one edition.
    #[serde(default)]
    pub edition: u64,
    /// Its owner has left what the configuration subscribed them to.
    #[serde(default)]
    pub declined: bool,
}

impl Receiver {
    /// One that follows nothing yet.
    pub fn new(id: ReceiverId, channel: Channel) -> Self {
        Self {
            id,
            channel,
            wishes: Vec::new(),
            hears: Hears::default(),
            zone: "UTC".to_owned(),
            paused_until: None,
            edition: 0,
            declined: false,
        }
    }

    /// Whoever reads mail at `address`, around the notices in `language`; follows nothing yet.
    pub fn reader(address: Address, language: &str) -> Self {
        let id = ReceiverId::mail(&address);
        let language = language.to_owned();
        Self::new(id, Channel::Mail { address, language })
    }

    /// Follows this too, unless it does already (then how often is what `wish` says), or follows [`Wish::MOST`] others.
    pub fn follow(&mut self, wish: Wish) {
        let is_followed = |own: &Wish| own.rule == wish.rule && own.cadence == wish.cadence;
        if self.wishes.iter().any(is_followed) {
            return;
        }
        if let Some(same) = self.wishes.iter_mut().find(|own| own.is_own() && own.rule == wish.rule) {
            same.cadence = wish.cadence;
            return;
        }
        if self.wishes.len() >= Wish::MOST {
            return;
        }
        let number = self.wishes.iter().map(|own| own.number).max().unwrap_or_default() + 1;
        self.wishes.push(Wish { number, ..wish });
    }

    /// Follows what `numbers` name no more.
    pub fn leave(&mut self, numbers: &[u32]) {
        self.declined |= numbers.contains(&Wish::CONFIGURED);
        self.wishes.retain(|wish| !numbers.contains(&wish.number));
    }

    /// Takes over what its owner has chosen, from what was kept of it so far; what the configuration says stays beside it.
    pub fn keep_own(&mut self, before: &Receiver) {
        if before.declined {
            self.wishes.clear();
        }
        let own = before.wishes.iter().filter(|wish| wish.is_own());
        self.wishes.extend(own.cloned());
        self.paused_until = before.paused_until;
        self.edition = before.edition;
        self.declined = before.declined;
    }
}
