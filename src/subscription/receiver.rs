//! Someone or something that is told about notices.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Address, Cadence, Rule};

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
}

/// Someone or something that is told about notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// Who.
    pub id: ReceiverId,
    /// How.
    pub channel: Channel,
    /// About what.
    pub rule: Rule,
    /// What kind of news.
    #[serde(default)]
    pub hears: Hears,
    /// How often.
    pub cadence: Cadence,
    /// IANA name of the zone in which digests are timed.
    pub zone: String,
}
