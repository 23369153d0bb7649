//! A mail that is written once and filled in for each of its readers.
//!
//! What differs between two readers' mails about the same notice are the address and a few tokens. All tokens are of one
//! length and of letters that no encoding changes, so the mail to a reader who does not exist shows where they stand, and
//! another reader's mail is the same with other tokens there. Writing it anew for each would take ten times as long.

/// A mail with blanks.
#[derive(Clone, Debug)]
pub struct Stencil {
    /// Everything before the address in `To`, and everything behind it.
    before: Vec<u8>,
    behind: Vec<u8>,
    /// Where the bytes of each token stand, in each of them.
    blanks: Vec<[Vec<usize>; 2]>,
}

impl Stencil {
    /// The stencil of `mail`, which was written to the address `to` with `placeholders` as tokens: as long as tokens are, of
    /// ASCII letters and digits, and found nowhere else. `None` when `mail` has no such header.
    pub fn of(mail: &[u8], to: &str, placeholders: &[&str]) -> Option<Self> {
        let header = format!("\r\nTo: {to}\r\n");
        let at = memchr::memmem::find(mail, header.as_bytes())? + "\r\nTo: ".len();
        let (before, behind) = (&mail[..at], &mail[at + to.len()..]);
        let blanks = placeholders
            .iter()
            .map(|text| [before, behind].map(|bytes| places(bytes, text.as_bytes())));
        Some(Self {
            before: before.to_vec(),
            behind: behind.to_vec(),
            blanks: blanks.collect(),
        })
    }

    /// The mail to `to` with `tokens` in the place of the placeholders, in their order.
    pub fn filled(&self, to: &str, tokens: &[&str]) -> Vec<u8> {
        let mut mail = Vec::with_capacity(self.before.len() + to.len() + self.behind.len());
        mail.extend_from_slice(&self.before);
        mail.extend_from_slice(to.as_bytes());
        let start = mail.len();
        mail.extend_from_slice(&self.behind);
        for (token, [before, behind]) in tokens.iter().zip(&self.blanks) {
            let places = before.iter().copied().chain(behind.iter().map(|at| at + start));
            for (at, byte) in places.zip(token.bytes().cycle()) {
                mail[at] = byte;
            }
        }
        mail
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
        let mail = b"From: x\r\nTo: nobody@x.example\r\nId: <aaaa@x>\r\n\r\nhttps://x/aa=\r\naa?b=bbbb aaa nobody@x.example aaaaa";
        let stencil = Stencil::of(mail, "nobody@x.example", &["aaaa", "bbbb"]).expect("an address");
        assert_eq!(
            String::from_utf8(stencil.filled("ann@example.net", &["1234", "5678"])).expect("text"),
            "From: x\r\nTo: ann@example.net\r\nId: <1234@x>\r\n\r\nhttps://x/12=\r\n34?b=5678 aaa nobody@x.example 1234a"
        );
        assert!(Stencil::of(mail, "somebody@x.example", &[]).is_none());
    }
}
