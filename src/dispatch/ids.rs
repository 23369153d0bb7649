//! Ids derived from what they announce: the same through retries, crashes, and a poll that is done again.

use std::fmt;

use aws_lc_rs::{constant_time, digest, hmac};

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
        self.of_mail(&self.local_id(receiver, occasion))
    }

    /// What stands before the `@` of a [`Self::message_id`].
    pub fn local_id(&self, receiver: &ReceiverId, occasion: &Occasion) -> String {
        self.derive("m", receiver, &occasion.key())
    }

    /// The [`Self::message_id`] that has `local` before its `@`.
    pub fn of_mail(&self, local: &str) -> String {
        format!("{local}@{}", self.mail_domain)
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

    /// What the return path of the mail of `delivery` carries: the number, and eight bytes that only this installation can add
    /// to it. Case does not matter in it.
    pub fn return_token(&self, delivery: i64) -> String {
        let number = &delivery.to_be_bytes()[2..];
        base32(&[number, &self.seal(number)].concat())
    }

    /// The delivery whose return path carries `token`; `None` when this installation did not make it.
    pub fn returned(&self, token: &str) -> Option<i64> {
        let bytes = unbase32(&token.to_ascii_lowercase())?;
        let (number, seal) = bytes.split_at_checked(6)?;
        constant_time::verify_slices_are_equal(&self.seal(number), seal).ok()?;
        let mut delivery = [0; 8];
        delivery[2..].copy_from_slice(number);
        Some(i64::from_be_bytes(delivery))
    }

    fn seal(&self, number: &[u8]) -> [u8; 8] {
        let tag = hmac::sign(&self.key, &[b"v\n", number].concat());
        let mut seal = [0; 8];
        seal.copy_from_slice(&tag.as_ref()[..8]);
        seal
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

/// The bytes of a [`base32`] text.
fn unbase32(text: &str) -> Option<Vec<u8>> {
    let (mut held, mut bits, mut bytes) = (0u32, 0, Vec::new());
    for digit in text.bytes().take(64) {
        let value = match digit {
            b'a'..=b'z' => digit - b'a',
            b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        held = (held << 5 | u32::from(value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{delivery::Subject, notice::NoticeId};

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(base32(b"foobar"), "mzxw6ytboi");
        assert_eq!(base32(b"fooba"), "mzxw6ytb");
        for text in [&b"foobar"[..], b"fooba", b"", &[255; 14]] {
            assert_eq!(unbase32(&base32(text)).as_deref(), Some(text));
        }
        assert_eq!(unbase32("a-b"), None);
    }

    #[test]
    fn only_return_paths_that_we_gave_lead_to_a_delivery() {
        let (ids, others) = (
            Ids::new(InstallKey([7; 32]), "a.org"),
            Ids::new(InstallKey([8; 32]), "a.org"),
        );
        for delivery in [1, 300, 1 << 40] {
            let token = ids.return_token(delivery);
            assert_eq!((ids.returned(&token), token.len()), (Some(delivery), 23));
            assert_eq!(ids.returned(&token.to_ascii_uppercase()), Some(delivery));
            assert_eq!(others.returned(&token), None);
            assert_eq!(ids.returned(&token[1..]), None);
        }
        assert_eq!(ids.returned(""), None);
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
