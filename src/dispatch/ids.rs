//! Ids derived from what they announce: the same through retries, crashes, and a poll that is done again.

use std::fmt;

use aws_lc_rs::{digest, hmac};

use crate::{delivery::Occasion, store::InstallKey, subscription::ReceiverId};

/// Makes Message-IDs, webhook-ids and unsubscribe tokens: HMAC-SHA256 under the installation's key, 130 bits in base32.
#[derive(Clone)]
pub struct Ids {
    key: hmac::Key,
    mail_domain: String,
}

impl Ids {
    /// Ids of the installation that has `key`; Message-IDs are of `mail_domain`.
    pub fn new(key: InstallKey, mail_domain: &str) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key.0),
            mail_domain: mail_domain.to_owned(),
        }
    }

    /// `Message-ID` without its angle brackets (RFC 5322 §3.6.4).
    pub fn message_id(&self, receiver: &ReceiverId, occasion: &Occasion) -> String {
        format!("{}@{}", self.derive("m", receiver, &occasion.key()), self.mail_domain)
    }

    /// `webhook-id` (Standard Webhooks).
    pub fn webhook_id(&self, receiver: &ReceiverId, occasion: &Occasion) -> String {
        format!("msg_{}", self.derive("w", receiver, &occasion.key()))
    }

    /// What the unsubscribe link of a receiver carries.
    pub fn token(&self, receiver: &ReceiverId) -> String {
        self.derive("u", receiver, "")
    }

    /// What the store keeps of that token.
    pub fn token_hash(&self, receiver: &ReceiverId) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, self.token(receiver).as_bytes()).as_ref());
        hash
    }

    fn derive(&self, label: &str, receiver: &ReceiverId, occasion: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{label}\n{receiver}\n{occasion}").as_bytes());
        base32(&tag.as_ref()[..17])[..26].to_owned()
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids")
            .field("mail_domain", &self.mail_domain)
            .finish_non_exhaustive()
    }
}

/// RFC 4648 §6 in lower case, without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = String::new();
    let (mut held, mut bits) = (0u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{delivery::Subject, notice::NoticeId};

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(base32(b"foobar"), "mzxw6ytboi");
        assert_eq!(base32(b"fooba"), "mzxw6ytb");
    }

    #[test]
    fn ids_follow_from_what_is_told_and_to_whom() {
        let ids = Ids::new(InstallKey([7; 32]), "example.org");
        let source = "board".parse().expect("an id");
        let occasion = |key| {
            Occasion::Notice(Subject {
                notice: NoticeId::of(&source, key),
                revision: 1,
            })
        };
        let (ann, ben) = (
            ReceiverId("mail:ann@example.org".into()),
            ReceiverId("mail:ben@example.org".into()),
        );
        assert_eq!(
            ids.message_id(&ann, &occasion("1")),
            ids.clone().message_id(&ann, &occasion("1"))
        );
        assert_ne!(
            ids.message_id(&ann, &occasion("1")),
            ids.message_id(&ann, &occasion("2"))
        );
        assert_ne!(
            ids.message_id(&ann, &occasion("1")),
            ids.message_id(&ben, &occasion("1"))
        );
        assert_ne!(
            ids.token(&ann),
            Ids::new(InstallKey([8; 32]), "example.org").token(&ann)
        );
        assert_eq!(ids.token(&ann).len(), 26);
    }
}
