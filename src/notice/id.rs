//! What a notice and a source are called, for ever.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names the space in which notice ids are made (a UUID v5 of the DNS name `gazetted`). Changing it renames every notice.
const SPACE: Uuid = Uuid::from_u128(0xfccf_5f0c_0263_5803_973f_7e50_ebdf_8c48);

/// A source's id as the configuration writes it: 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit. Clones share
/// the text: an id stands in many places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(Arc<str>);

impl SourceId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that can't be a [`SourceId`].
#[derive(Debug, thiserror::Error)]
#[error("{0:?} can't be an id: use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit")]
pub struct InvalidSourceId(String);

impl FromStr for SourceId {
    type Err = InvalidSourceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let begins = text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
        if begins && text.len() <= 64 && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidSourceId(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for SourceId {
    type Error = InvalidSourceId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Borrow<str> for SourceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A notice's id: `urn:uuid:` and a UUID v5 (RFC 9562 §5.5) of the source's id and the notice's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NoticeId(Uuid);

impl NoticeId {
    /// The id of what `key` names on `source`.
    pub fn of(source: &SourceId, key: &str) -> Self {
        Self(Uuid::new_v5(&SPACE, format!("{source}\n{key}").as_bytes()))
    }

    /// What a later revision of this notice is called where it is told as something of its own.
    pub fn of_revision(self, revision: u32) -> Self {
        Self(Uuid::new_v5(&self.0, format!("revision {revision}").as_bytes()))
    }

    /// The 16 bytes, as the store keeps them.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id whose bytes these are.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The UUID without `urn:uuid:`, as addresses carry it.
    pub fn uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.urn().fmt(f)
    }
}

impl FromStr for NoticeId {
    type Err = uuid::Error;

    /// Reads the id with or without `urn:uuid:`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

impl TryFrom<String> for NoticeId {
    type Error = uuid::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<NoticeId> for String {
    fn from(id: NoticeId) -> Self {
        id.to_string()
    }
}

/// SHA-256 over what matters of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

/// Collects words into a [`Fingerprint`]; white space and where one field ends can't make two texts alike.
#[derive(Default)]
pub(super) struct Digest(Vec<u8>);

impl Digest {
    pub(super) fn words(&mut self, text: &str) {
        for word in text.split_whitespace() {
            self.0.extend_from_slice(word.as_bytes());
            self.0.push(b' ');
        }
        self.0.push(b'\n');
    }

    pub(super) fn finish(self) -> Fingerprint {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, &self.0).as_ref());
        Fingerprint(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_notice_is_the_same_for_ever() {
        let board: SourceId = "mois-news".parse().expect("an id");
        assert_eq!(
            NoticeId::of(&board, "nttId=1").to_string(),
            "urn:uuid:011117d6-2c6f-5560-9400-438ce563bc36"
        );
        assert_ne!(NoticeId::of(&board, "nttId=1"), NoticeId::of(&board, "nttId=2"));
        assert_eq!(
            NoticeId::of(&board, "nttId=1").of_revision(2).to_string(),
            "urn:uuid:89747d99-0049-5a9c-a59d-bfc22dcb285e"
        );
    }

    #[test]
    fn a_source_id_is_safe_in_addresses_and_file_names() {
        for good in ["mois-news", "a", "0.b_c-d"] {
            assert!(good.parse::<SourceId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", ".", "A", "a/b", "a b", "공지"] {
            assert!(bad.parse::<SourceId>().is_err(), "{bad}");
        }
    }
}
