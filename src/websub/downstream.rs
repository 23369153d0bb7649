//! What subscribers ask of our hub: read from their form, and clamped to what it promises.

use std::{fmt, time::Duration};

use aws_lc_rs::digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use super::signature::hexadecimal;
use crate::subscription::ReceiverId;

/// Leases that are granted, in seconds; the longest where nobody asks for one.
const LEASES: (u32, u32) = (3_600, 10 * 86_400);

/// A secret is shorter than this, in bytes (section 5.1).
const LONGEST_SECRET: usize = 200;

/// Longest callback and topic, in bytes.
const LONGEST_ADDRESS: usize = 2_000;

/// What a subscriber wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// To be told of a topic.
    Subscribe,
    /// To be told no more.
    Unsubscribe,
}

impl Mode {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
        }
    }
}

/// What somebody asked of our hub, until its callback has said whether it means it. Of one callback and topic there is one: the
/// newest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What for.
    pub mode: Mode,
    /// Where it is told.
    pub callback: Url,
    /// What that is a part of, as limits count hosts.
    pub host: String,
    /// The address of our feed.
    pub topic: String,
    /// What pushes are signed with.
    pub secret: Option<String>,
    /// How long, in seconds.
    pub lease: u32,
    /// When it was asked for.
    pub asked: Timestamp,
    /// How often the callback was asked about it.
    #[serde(skip)]
    pub tries: u32,
    /// Grows with each intent and with each look at one.
    #[serde(skip)]
    pub version: i64,
}

/// Somebody who is told of a feed of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where.
    pub callback: Url,
    /// What that is a part of, as limits count hosts.
    pub host: String,
    /// Of which feed.
    pub topic: String,
    /// What pushes are signed with.
    pub secret: Option<String>,
    /// Until when.
    pub until: Timestamp,
}

impl fmt::Debug for Intent {
    /// Without the secret, and of the callback only the host: what is behind it may be one too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intent")
            .field("mode", &self.mode)
            .field("callback", &self.callback.host_str())
            .field("topic", &self.topic)
            .field("lease", &self.lease)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Subscription {
    /// Without the secret, and of the callback only the host.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("callback", &self.callback.host_str())
            .field("topic", &self.topic)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// Why a form is refused, for the program's author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub &'static str);

impl Intent {
    /// What the form of a subscriber says (section 5.1). Names that mean nothing to a hub are ignored; of a name that is there
    /// twice, the first counts. `host_of` tells which host limits count for an address.
    ///
    /// # Errors
    ///
    /// What is missing or wrong.
    pub fn read(form: &[u8], now: Timestamp, host_of: impl Fn(&Url) -> String) -> Result<Self, Refusal> {
        let pairs: Vec<_> = form_urlencoded::parse(form).collect();
        let told = |name: &str| {
            let pair = pairs.iter().find(|(told, _)| told == name);
            pair.map(|(_, value)| value.as_ref()).filter(|value| !value.is_empty())
        };
        let mode = match told("hub.mode") {
            Some("subscribe") => Mode::Subscribe,
            Some("unsubscribe") => Mode::Unsubscribe,
            Some("publish") => return Err(Refusal("hub.mode: this hub knows by itself when its feeds change")),
            Some(_) => return Err(Refusal("hub.mode must be subscribe or unsubscribe")),
            None => return Err(Refusal("hub.mode is missing: subscribe or unsubscribe")),
        };
        let topic = told("hub.topic").ok_or(Refusal("hub.topic is missing: the address of a feed of this server"))?;
        let callback = told("hub.callback").ok_or(Refusal("hub.callback is missing: the address to be told at"))?;
        let callback = Url::parse(callback).map_err(|_| Refusal("hub.callback is no address"))?;
        if !matches!(callback.scheme(), "http" | "https") || !callback.has_host() {
            return Err(Refusal("hub.callback must be an http or https address"));
        }
        if callback.fragment().is_some() || !callback.username().is_empty() || callback.password().is_some() {
            return Err(Refusal("hub.callback may have neither a fragment nor a user name"));
        }
        if callback.as_str().len() > LONGEST_ADDRESS || topic.len() > LONGEST_ADDRESS {
            return Err(Refusal("hub.callback or hub.topic is longer than 2000 bytes"));
        }
        let secret = told("hub.secret");
        if secret.is_some_and(|secret| secret.len() >= LONGEST_SECRET) {
            return Err(Refusal("hub.secret must be shorter than 200 bytes"));
        }
        let lease = match told("hub.lease_seconds") {
            None => LEASES.1,
            Some(told) if told.bytes().all(|byte| byte.is_ascii_digit()) => {
                told.parse().unwrap_or(u32::MAX).clamp(LEASES.0, LEASES.1)
            }
            Some(_) => return Err(Refusal("hub.lease_seconds must be a number of seconds")),
        };
        Ok(Self {
            mode,
            host: host_of(&callback),
            callback,
            topic: topic.to_owned(),
            secret: secret.map(str::to_owned),
            lease,
            asked: now,
            tries: 0,
            version: 0,
        })
    }

    /// The question to the callback whether this is meant (section 5.3). What the callback's address asks for stays.
    pub fn question(&self, challenge: &str) -> Url {
        let mut question = self.callback.clone();
        let mut pairs = question.query_pairs_mut();
        pairs
            .append_pair("hub.mode", self.mode.as_str())
            .append_pair("hub.topic", &self.topic)
            .append_pair("hub.challenge", challenge);
        if self.mode == Mode::Subscribe {
            pairs.append_pair("hub.lease_seconds", &self.lease.to_string());
        }
        drop(pairs);
        question
    }

    /// What it becomes when its callback means it.
    pub fn confirmed(&self, now: Timestamp) -> Subscription {
        let lease = Duration::from_secs(u64::from(self.lease));
        Subscription {
            callback: self.callback.clone(),
            host: self.host.clone(),
            topic: self.topic.clone(),
            secret: self.secret.clone(),
            until: now.checked_add(lease).unwrap_or(Timestamp::MAX),
        }
    }

    /// Names callback and topic in the ledger.
    pub fn id(&self) -> ReceiverId {
        id(&self.host, &self.callback, &self.topic)
    }
}

impl Subscription {
    /// Names callback and topic in the ledger.
    pub fn id(&self) -> ReceiverId {
        id(&self.host, &self.callback, &self.topic)
    }
}

/// The host stands first, so that whoever sends can tell who shares one.
fn id(host: &str, callback: &Url, topic: &str) -> ReceiverId {
    let hash = digest::digest(&digest::SHA256, format!("{callback}\n{topic}").as_bytes());
    ReceiverId(hexadecimal(&format!("hub:{host} "), &hash.as_ref()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "hub.mode=subscribe&hub.topic=https%3A%2F%2Fus.example%2Ff.atom&hub.callback=https%3A%2F%2Fthem.example%2Fcb%3Fa%3D1";

    fn read(form: &str) -> Result<Intent, Refusal> {
        Intent::read(form.as_bytes(), Timestamp::UNIX_EPOCH, |url| {
            url.host_str().unwrap_or_default().to_owned()
        })
    }

    #[track_caller]
    fn check(form: &str, word: &str) {
        let refusal = read(form).expect_err("it is refused").to_string();
        assert!(refusal.contains(word), "{refusal}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_told() {
        check("", "hub.mode");
        check("hub.mode=dance", "hub.mode");
        check("hub.mode=publish&hub.url=x", "hub.mode");
        check("hub.mode=subscribe", "hub.topic");
        check("hub.mode=subscribe&hub.topic=x", "hub.callback");
        for callback in [
            "file:///etc/passwd",
            "nowhere",
            "http://",
            "https://a.example/#x",
            "https://u:p@a.example/",
        ] {
            check(
                &format!("hub.mode=subscribe&hub.topic=x&hub.callback={callback}").replace('#', "%23"),
                "hub.callback",
            );
        }
        check(&format!("{WHOLE}&hub.secret={}", "s".repeat(200)), "hub.secret");
        check(&format!("{WHOLE}&hub.lease_seconds=soon"), "hub.lease_seconds");
        check(&format!("{WHOLE}&hub.lease_seconds=-1"), "hub.lease_seconds");
    }

    #[test]
    fn leases_are_from_an_hour_to_ten_days() {
        let lease = |told: &str| read(&format!("{WHOLE}&hub.lease_seconds={told}")).map(|intent| intent.lease);
        assert_eq!(lease(""), Ok(864_000));
        assert_eq!(lease("1"), Ok(3_600));
        assert_eq!(lease("7200"), Ok(7_200));
        assert_eq!(lease("99999999999999999999"), Ok(864_000));
    }

    #[test]
    fn the_question_keeps_what_the_callback_s_address_asks_for() {
        let intent = read(&format!("{WHOLE}&foo=bar&hub.secret={}", "s".repeat(199))).expect("an intent");
        assert_eq!(
            intent.question("c h").as_str(),
            "https://them.example/cb?a=1&hub.mode=subscribe&hub.topic=https%3A%2F%2Fus.example%2Ff.atom\
             &hub.challenge=c+h&hub.lease_seconds=864000"
        );
        let told = format!("{intent:?} {:?}", intent.confirmed(Timestamp::UNIX_EPOCH));
        assert!(!told.contains("sss") && !told.contains("/cb"), "{told}");
    }
}
