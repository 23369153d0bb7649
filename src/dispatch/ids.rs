//! Ids derived from what they announce: the same through retries, crashes, and a poll that is done again.

use std::fmt;

use aws_lc_rs::constant_time;

use crate::{
    delivery::Occasion,
    store::InstallKey,
    subscription::{ReceiverId, Tokens, hash},
};

/// Makes Message-IDs and webhook-ids, and knows the tokens that links carry: HMAC-SHA256 under the installation's key.
#[derive(Clone)]
pub struct Ids {
    tokens: Tokens,
    mail_domain: String,
}

impl Ids {
    /// Ids of the installation that has `key`; Message-IDs are of `mail_domain`.
    pub fn new(key: InstallKey, mail_domain: &str) -> Self {
        Self {
            tokens: Tokens::new(&key.0),
            mail_domain: mail_domain.to_owned(),
        }
    }

    /// `Message-ID` without its angle brackets (RFC 5322 §3.6.4).
    pub fn message_id(&self, receiver: &ReceiverId, occasion: &Occasion) -> String {
        self.of_mail(&self.local_id(receiver, occasion))
    }

    /// What stands before the `@` of a [`Self::message_id`].
    pub fn local_id(&self, receiver: &ReceiverId, occasion: &Occasion) -> String {
        self.tokens.derive("m", receiver, occasion.key())
    }

    /// The [`Self::message_id`] that has `local` before its `@`.
    pub fn of_mail(&self, local: &str) -> String {
        format!("{local}@{}", self.mail_domain)
    }

    /// `webhook-id` (Standard Webhooks).
    pub fn webhook_id(&self, receiver: &ReceiverId, occasion: &Occasion) -> String {
        format!("msg_{}", self.tokens.derive("w", receiver, occasion.key()))
    }

    /// Makes the tokens that links carry.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What the store keeps of a receiver's unsubscribe token.
    pub fn token_hash(&self, receiver: &ReceiverId) -> [u8; 32] {
        hash(&self.tokens.unsubscribe(receiver))
    }

    /// What the return path of the mail of `delivery` carries: the number, and eight bytes that only this installation can add
    /// to it. Case does not matter in it.
    pub fn return_token(&self, delivery: i64) -> String {
        let number = &delivery.to_be_bytes()[2..];
        Tokens::named(&[number, &self.seal(number)].concat())
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
        self.tokens.seal(&[b"v\n", number].concat())
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids")
            .field("mail_domain", &self.mail_domain)
            .finish_non_exhaustive()
    }
}

/// The bytes that [`Tokens::named`] made a text of.
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
    fn what_was_named_is_read_again() {
        for text in [&b"foobar"[..], b"fooba", b"", &[255; 14]] {
            assert_eq!(unbase32(&Tokens::named(text)).as_deref(), Some(text));
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
    }
}
