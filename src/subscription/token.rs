//! What links in mails and forms carry, so that nobody else can write them: HMAC-SHA256 under the installation's key.
//!
//! Each kind has a label of its own, so that a token for one purpose is none for another.

use aws_lc_rs::{constant_time, digest, hmac};
use jiff::Timestamp;

use super::{Address, ReceiverId};

/// The length of one token: 130 bits in base32.
const LENGTH: usize = 26;

/// Makes and judges tokens.
#[derive(Clone)]
pub struct Tokens(hmac::Key);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Those of the installation that has `key`.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// `bytes` as a name that fits into tokens and addresses.
    pub fn named(bytes: &[u8]) -> String {
        base32(bytes)
    }

    /// What the unsubscribe link of a receiver carries.
    pub fn unsubscribe(&self, receiver: &ReceiverId) -> String {
        self.derive("u", receiver, "")
    }

    /// What the link to a receiver's own page carries, in this edition of the receiver. It begins with the token above.
    pub fn manage(&self, receiver: &ReceiverId, edition: u64) -> String {
        let proof = self.derive("g", receiver, edition);
        self.unsubscribe(receiver) + &proof
    }

    /// Whether `token` is that of the receiver's own page, compared in constant time.
    pub fn manages(&self, token: &str, receiver: &ReceiverId, edition: u64) -> bool {
        let right = self.manage(receiver, edition);
        constant_time::verify_slices_are_equal(token.as_bytes(), right.as_bytes()).is_ok()
    }

    /// What the link carries by which request `id` is confirmed.
    pub fn confirm(&self, id: &str) -> String {
        self.derive("c", id, "")
    }

    /// Says in a form when the form was made.
    pub fn stamp(&self, now: Timestamp) -> String {
        let second = now.as_second();
        format!("{second}-{}", self.derive("f", second, ""))
    }

    /// When a form was made that says `stamp`; `None` when we did not write that.
    pub fn stamped(&self, stamp: &str) -> Option<Timestamp> {
        let (second, _) = stamp.split_once('-')?;
        let at = Timestamp::from_second(second.parse().ok()?).ok()?;
        constant_time::verify_slices_are_equal(stamp.as_bytes(), self.stamp(at).as_bytes())
            .ok()
            .map(|()| at)
    }

    /// Stands for an address where the address itself is not to be kept.
    pub fn address(&self, address: &Address) -> [u8; 32] {
        self.digest("a", &address.as_str().to_lowercase())
    }

    /// Stands for the mailbox that is likely behind an address: `A.Reader+news@example.org` fills that of `areader@example.org`.
    pub fn mailbox(&self, address: &Address) -> [u8; 32] {
        let lower = address.as_str().to_lowercase();
        let (local, domain) = lower.rsplit_once('@').unwrap_or((&lower, ""));
        let local = local.split('+').next().unwrap_or_default().replace('.', "");
        self.digest("b", &format!("{local}@{domain}"))
    }

    /// 130 bits in base32 that follow from `what` and `further`, for the purpose `label`.
    pub(crate) fn derive(&self, label: &str, what: impl std::fmt::Display, further: impl std::fmt::Display) -> String {
        let tag = hmac::sign(&self.0, format!("{label}\n{what}\n{further}").as_bytes());
        base32(&tag.as_ref()[..17])[..LENGTH].to_owned()
    }

    /// The first eight bytes of what only this installation can make of `text`.
    pub(crate) fn seal(&self, text: &[u8]) -> [u8; 8] {
        let mut seal = [0; 8];
        seal.copy_from_slice(&hmac::sign(&self.0, text).as_ref()[..8]);
        seal
    }

    fn digest(&self, label: &str, text: &str) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hmac::sign(&self.0, format!("{label}\n{text}").as_bytes()).as_ref());
        bytes
    }
}

/// What is kept of a token (SHA-256).
pub fn hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    hash
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

    fn tokens() -> Tokens {
        Tokens::new(&[7; 32])
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(base32(b"foobar"), "mzxw6ytboi");
        assert_eq!(base32(b"fooba"), "mzxw6ytb");
    }

    #[test]
    fn a_token_is_good_for_one_purpose_one_reader_and_one_edition() {
        let [ann, ben] = ["mail:ann@example.org", "mail:ben@example.org"].map(|id| ReceiverId(id.to_owned()));
        let token = tokens().manage(&ann, 3);
        assert!(tokens().manages(&token, &ann, 3));
        for wrong in [(&ann, 4), (&ben, 3)] {
            assert!(!tokens().manages(&token, wrong.0, wrong.1));
        }
        assert!(!tokens().manages(&tokens().unsubscribe(&ann), &ann, 3));
        assert_ne!(Tokens::new(&[8; 32]).manage(&ann, 3), token);
    }

    #[test]
    fn a_form_says_when_it_was_made_and_nobody_else_can() {
        let now = Timestamp::from_second(1_700_000_000).expect("a time");
        assert_eq!(tokens().stamped(&tokens().stamp(now)), Some(now));
        let forged = tokens().stamp(now).replace("1700000000", "1700000001");
        assert_eq!(tokens().stamped(&forged), None);
        assert_eq!(tokens().stamped("x"), None);
    }

    #[test]
    fn spellings_of_one_mailbox_are_counted_together() {
        let mailbox = |text: &str| tokens().mailbox(&text.parse().expect("an address"));
        assert_eq!(mailbox("A.Reader+news@Example.org"), mailbox("areader@example.org"));
        assert_ne!(mailbox("areader@example.org"), mailbox("breader@example.org"));
    }
}
