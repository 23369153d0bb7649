//! A message that is written once and filled in for each of its receivers.
//!
//! What differs between two readers' mails about the same notice are the address and a few tokens. All tokens are of one
//! length and of letters that no encoding changes, so the mail to a reader who does not exist shows where they stand, and
//! another reader's mail is the same with other tokens there. Writing it anew for each would take ten times as long, and keeping
//! it for each as much of the disk.

use std::{borrow::Cow, fmt, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

/// A message with blanks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stencil {
    /// Everything before the blank that is of any length, and everything behind it.
    before: String,
    behind: String,
    /// Where the bytes of each token stand, in each of them.
    blanks: Vec<[Vec<usize>; 2]>,
}

impl Stencil {
    /// The stencil of `message`: `open` is where a text of any length stands, each of `placeholders` is as long as the tokens that
    /// will stand there, of ASCII letters and digits, and found nowhere else. `None` when `open` is no part of the message.
    pub fn of(message: &str, open: Range<usize>, placeholders: &[&str]) -> Option<Self> {
        let (before, behind) = (message.get(..open.start)?, message.get(open.end..)?);
        let blanks = placeholders
            .iter()
            .map(|text| [before, behind].map(|part| places(part.as_bytes(), text.as_bytes())));
        Some(Self {
            before: before.to_owned(),
            behind: behind.to_owned(),
            blanks: blanks.collect(),
        })
    }

    /// The message with the first of `words` in the open place, and the others in the places of the placeholders, in their order.
    pub fn filled(&self, words: &[String]) -> Vec<u8> {
        let Some((open, tokens)) = words.split_first() else {
            return [self.before.as_bytes(), self.behind.as_bytes()].concat();
        };
        let mut message = [&*self.before, open, &self.behind].concat().into_bytes();
        let start = self.before.len() + open.len();
        for (token, [before, behind]) in tokens.iter().zip(&self.blanks) {
            let places = before.iter().copied().chain(behind.iter().map(|at| at + start));
            for (at, byte) in places.zip(token.bytes().cycle()) {
                if let Some(place) = message.get_mut(at) {
                    *place = byte;
                }
            }
        }
        message
    }
}

/// What is sent in a delivery, as the first attempt made it and every later one repeats it.
#[derive(Clone, PartialEq, Eq)]
pub enum Rendered {
    /// These bytes.
    Whole(Arc<[u8]>),
    /// What many receivers get, with the words of this one.
    Filled(Arc<Stencil>, Vec<String>),
}

impl Rendered {
    /// The bytes.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Whole(bytes) => Cow::Borrowed(bytes),
            Self::Filled(stencil, words) => Cow::Owned(stencil.filled(words)),
        }
    }
}

impl fmt::Debug for Rendered {
    /// Without what is sent: a mail holds its reader's address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Filled(..) => "Filled",
        })
    }
}

/// Where each byte of `text` stands in `bytes`, at each of its occurrences; a soft line break (RFC 2045 §6.7) may divide it.
fn places(bytes: &[u8], text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let Some(first) = text.first() else { return found };
    for start in memchr::memchr_iter(*first, bytes) {
        if found.last().is_some_and(|last| start <= *last) {
            continue;
        }
        let known = found.len();
        let mut at = start;
        for wanted in text {
            if bytes[at..].starts_with(b"=\r\n") {
                at += 3;
            }
            if bytes.get(at) != Some(wanted) {
                found.truncate(known);
                break;
            }
            found.push(at);
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_readers_tokens_stand_where_the_placeholders_stood() {
        let mail = "To: nobody@x.example\r\nId: <aaaa@x>\r\n\r\nhttps://x/aa=\r\naa?b=bbbb aaa nobody@x.example aaaaa";
        let stencil = Stencil::of(mail, 4..20, &["aaaa", "bbbb"]).expect("an open place");
        let words = ["ann@example.net", "1234", "5678"].map(str::to_owned);
        let expected =
            "To: ann@example.net\r\nId: <1234@x>\r\n\r\nhttps://x/12=\r\n34?b=5678 aaa nobody@x.example 1234a";
        assert_eq!(String::from_utf8(stencil.filled(&words)).expect("text"), expected);
        let kept = serde_json::to_string(&stencil).expect("JSON");
        assert_eq!(serde_json::from_str::<Stencil>(&kept).expect("a stencil"), stencil);
        assert!(Stencil::of(mail, 4..2_000, &[]).is_none());
    }
}
