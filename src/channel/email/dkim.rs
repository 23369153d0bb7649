//! DKIM signatures (RFC 6376, RFC 8301, RFC 8463): who answers for a mail, and that it is as it was written.
//!
//! Knows keys and bytes. Does not know the DNS, in which the record with the public key has to stand.

use std::fmt;

use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use base64::prelude::{BASE64_STANDARD, Engine};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};

use crate::ops::Secret;

/// Header fields that are signed once more than they are there, so that nobody can add another one.
const SEALED: [&str; 13] = [
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Header fields that are signed where they are there.
const SIGNED: [&str; 7] = [
    "List-Id",
    "List-Archive",
    "List-Help",
    "List-Post",
    "Feedback-ID",
    "Auto-Submitted",
    "Content-Language",
];

/// The longest line of a signature, and the longest text of a DNS record, in characters.
const LINE: usize = 72;
const RECORD_TEXT: usize = 250;

/// Signs mails with one key.
pub struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(Box<rsa::KeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with PKCS #1 v1.5, which every receiver can check.
    RsaSha256,
    /// Ed25519 (RFC 8463): much faster to make and much shorter; not every receiver checks it yet.
    Ed25519Sha256,
}

/// Why a key can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no private key for RSA of 2048 to 8192 bits, or for Ed25519, that is not encrypted")]
pub struct UnusableKey;

/// The signature could not be made: there is no memory, or a fault of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mail can't be signed")]
pub struct Unsigned;

impl Signer {
    /// Signs for `domain` with `key`, whose public half stands at `selector`. The key is PEM (PKCS #8, or PKCS #1 for RSA), or the
    /// seed of an Ed25519 key in base64.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`].
    pub fn new(domain: &str, selector: &str, key: &Secret) -> Result<Self, UnusableKey> {
        Ok(Self {
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            key: Key::read(key.expose())?,
        })
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        match self.key {
            Key::Rsa(_) => Algorithm::RsaSha256,
            Key::Ed25519(_) => Algorithm::Ed25519Sha256,
        }
    }

    /// For whom it signs.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Where receivers look for the public key.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// What they must find there: one TXT record, in texts that are short enough for one.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`], which a key is not that was read.
    pub fn record(&self) -> Result<Vec<String>, UnusableKey> {
        let (kind, key) = match &self.key {
            Key::Rsa(pair) => {
                let key: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| UnusableKey)?;
                ("rsa", BASE64_STANDARD.encode(key.as_ref()))
            }
            Key::Ed25519(pair) => ("ed25519", BASE64_STANDARD.encode(pair.public_key().as_ref())),
        };
        let record = format!("v=DKIM1; k={kind}; p={key}");
        Ok(pieces(&record, RECORD_TEXT).map(str::to_owned).collect())
    }

    /// The header field that signs a mail with these header fields and this hash of its body.
    fn signature(&self, fields: &[Field<'_>], body_hash: &str) -> Result<String, Unsigned> {
        let signed = signed_fields(fields);
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let mut field = format!(
            "DKIM-Signature: v=1; a={}; c=relaxed/relaxed;\r\n d={}; s={};\r\n h={};\r\n bh={body_hash};\r\n b=",
            self.algorithm().name(),
            self.domain,
            self.selector,
            folded(names.join(":").split_inclusive(':')),
        );
        let mut text = Vec::with_capacity(4_096);
        for found in signed.iter().filter_map(|(_, found)| *found) {
            relax(found, &mut text);
            text.extend_from_slice(b"\r\n");
        }
        relax(&field, &mut text);
        field.push_str(&folded(pieces(&self.key.sign(&text)?, LINE)));
        field.push_str("\r\n");
        Ok(field)
    }
}

impl Algorithm {
    /// What signatures and configurations call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("record", &self.record_name())
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// `mail` with a signature of each of `signers` before it. A mail that is signed again has the same signatures.
///
/// # Errors
///
/// [`Unsigned`].
pub fn signed(signers: &[Signer], mail: &[u8]) -> Result<Vec<u8>, Unsigned> {
    let (head, body) = match memchr::memmem::find(mail, b"\r\n\r\n") {
        Some(at) => (&mail[..at + 2], &mail[at + 4..]),
        None => (mail, &b""[..]),
    };
    let head = str::from_utf8(head).map_err(|_| Unsigned)?;
    let (fields, hash) = (fields(head), BASE64_STANDARD.encode(body_hash(body)));
    let mut whole = Vec::with_capacity(mail.len() + signers.len() * 1024);
    for signer in signers {
        whole.extend_from_slice(signer.signature(&fields, &hash)?.as_bytes());
    }
    whole.extend_from_slice(mail);
    Ok(whole)
}

impl Key {
    fn read(text: &str) -> Result<Self, UnusableKey> {
        if !text.contains("-----BEGIN") {
            let seed = BASE64_STANDARD.decode(text.trim()).map_err(|_| UnusableKey)?;
            return match Ed25519KeyPair::from_seed_unchecked(&seed) {
                Ok(pair) => Ok(Self::Ed25519(pair)),
                Err(_) => Err(UnusableKey),
            };
        }
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| UnusableKey)?;
        let rsa = |pair: Result<rsa::KeyPair, _>| pair.ok().map(|pair| Self::Rsa(Box::new(pair)));
        let read = match &key {
            PrivateKeyDer::Pkcs1(der) => rsa(rsa::KeyPair::from_der(der.secret_pkcs1_der())),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok();
                ed25519
                    .map(Self::Ed25519)
                    .or_else(|| rsa(rsa::KeyPair::from_pkcs8(der)))
            }
            _ => None,
        };
        read.ok_or(UnusableKey)
    }

    /// The signature of `text`, in base64.
    fn sign(&self, text: &[u8]) -> Result<String, Unsigned> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
                    .map_err(|_| Unsigned)?;
                Ok(BASE64_STANDARD.encode(signature))
            }
            // RFC 8463 §3: what is signed is the hash.
            Self::Ed25519(pair) => Ok(BASE64_STANDARD.encode(pair.sign(digest(&SHA256, text).as_ref()))),
        }
    }
}

/// A header field: its name, and all of it without its last line end.
type Field<'m> = (&'m str, &'m str);

/// The fields of a header.
fn fields(head: &str) -> Vec<Field<'_>> {
    let mut fields = Vec::with_capacity(32);
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', head.as_bytes()).chain([head.len()]) {
        // A line that begins with white space goes on with the field.
        if matches!(head.as_bytes().get(at + 1), Some(b' ' | b'\t')) {
            continue;
        }
        let field = head.get(start..at).unwrap_or_default();
        let field = field.strip_suffix('\r').unwrap_or(field);
        if let Some((name, _)) = field.split_once(':') {
            fields.push((name.trim_end(), field));
        }
        start = at + 1;
    }
    fields
}

/// The fields that are signed, in their order; of several with one name the last goes first (RFC 6376 §5.4.2). What is not there
/// is signed as missing.
fn signed_fields<'m>(fields: &[Field<'m>]) -> Vec<(&'static str, Option<&'m str>)> {
    let mut signed = Vec::with_capacity(fields.len() + SEALED.len());
    let named = |name: &'static str| {
        let found = fields
            .iter()
            .rev()
            .filter(move |field| field.0.eq_ignore_ascii_case(name));
        found.map(move |field| (name, Some(field.1)))
    };
    for name in SEALED {
        signed.extend(named(name));
        signed.push((name, None));
    }
    signed.extend(SIGNED.into_iter().flat_map(named));
    signed
}

/// Writes a header field as RFC 6376 §3.4.2 has it ("relaxed"), without a line end.
fn relax(field: &str, out: &mut Vec<u8>) {
    let (name, value) = field.split_once(':').unwrap_or((field, ""));
    out.extend(name.trim_end().bytes().map(|byte| byte.to_ascii_lowercase()));
    out.push(b':');
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let words = value.as_bytes().split(is_space).filter(|word| !word.is_empty());
    for (nth, word) in words.enumerate() {
        if nth > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// The hash of a body as RFC 6376 §3.4.4 has it ("relaxed").
fn body_hash(body: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = match is_relaxed(body) {
        true => digest(&SHA256, body),
        false => digest(&SHA256, &relaxed(body)),
    };
    hash.copy_from_slice(digest.as_ref());
    hash
}

/// Whether a body is surely as [`relaxed`] would write it. Those of mails without columns are.
fn is_relaxed(body: &[u8]) -> bool {
    let ends_well = |at: usize| at >= 2 && body[at - 1] == b'\r' && body[at - 2] != b' ';
    body.ends_with(b"\r\n")
        && !body.ends_with(b"\r\n\r\n")
        && memchr::memchr(b'\t', body).is_none()
        && memchr::memmem::find(body, b"  ").is_none()
        && memchr::memchr_iter(b'\n', body).all(ends_well)
}

/// A body in which white space within lines is one space, at their ends and in empty lines at the end nothing.
fn relaxed(body: &[u8]) -> Vec<u8> {
    let mut relaxed = Vec::with_capacity(body.len() + 2);
    let mut blank = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let end = line
            .iter()
            .rposition(|byte| !matches!(byte, b' ' | b'\t'))
            .map_or(0, |at| at + 1);
        if end == 0 {
            blank += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut blank) {
            relaxed.extend_from_slice(b"\r\n");
        }
        let mut was_space = false;
        for byte in &line[..end] {
            match byte {
                b' ' | b'\t' => was_space = true,
                byte => {
                    if std::mem::take(&mut was_space) {
                        relaxed.push(b' ');
                    }
                    relaxed.push(*byte);
                }
            }
        }
        relaxed.extend_from_slice(b"\r\n");
    }
    relaxed
}

/// The pieces of a text, on several lines that are not too long.
fn folded<'t>(pieces: impl Iterator<Item = &'t str>) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for piece in pieces {
        if column > 0 && column + piece.len() > LINE {
            out.push_str("\r\n ");
            column = 0;
        }
        out.push_str(piece);
        column += piece.len();
    }
    out
}

/// ASCII text in pieces of a length.
fn pieces(text: &str, length: usize) -> impl Iterator<Item = &str> {
    let starts = (0..text.len()).step_by(length);
    starts.map(move |at| &text[at..text.len().min(at + length)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_body(body: &str, relaxed: &str) {
        assert_eq!(
            body_hash(body.as_bytes()),
            digest(&SHA256, relaxed.as_bytes()).as_ref(),
            "{body:?}"
        );
    }

    #[test]
    fn bodies_are_relaxed_as_in_rfc_6376() {
        // The example of §3.4.5.
        check_body(" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n");
        check_body("a\r\n \r\n\r\nb", "a\r\n\r\n\r\nb\r\n");
        check_body("\r\n\r\n", "");
        check_body("", "");
        check_body("a b\r\n\r\nc\r\n", "a b\r\n\r\nc\r\n");
        check_body("a \r\nb\r\n", "a\r\nb\r\n");
        check_body("a\nb\r\n", "a\r\nb\r\n");
    }

    #[test]
    fn header_fields_are_relaxed_as_in_rfc_6376() {
        let head = "A: X\r\nB : Y\t\r\n\tZ  \r\nC:\r\n";
        let relaxed = |field: &Field<'_>| {
            let mut out = Vec::new();
            relax(field.1, &mut out);
            String::from_utf8(out).expect("text")
        };
        let relaxed: Vec<String> = fields(head).iter().map(relaxed).collect();
        assert_eq!(relaxed, ["a:X", "b:Y Z", "c:"]);
    }

    #[test]
    fn fields_that_could_be_added_are_signed_as_missing() {
        let fields = fields("From: a\r\nSubject: 1\r\nsubject: 2\r\nX: y\r\nList-Id: l\r\n");
        let signed: Vec<String> = signed_fields(&fields)
            .iter()
            .filter(|(name, found)| ["From", "Subject", "List-Id", "X"].contains(name) || found.is_some())
            .map(|(name, found)| format!("{name}={}", found.unwrap_or("none")))
            .collect();
        assert_eq!(
            signed,
            [
                "From=From: a",
                "From=none",
                "Subject=subject: 2",
                "Subject=Subject: 1",
                "Subject=none",
                "List-Id=List-Id: l"
            ]
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in [
            "",
            "c2hvcnQ=",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "key",
        ] {
            assert!(
                Signer::new("example.org", "g1", &Secret::new(wrong)).is_err(),
                "{wrong}"
            );
        }
        let seed = BASE64_STANDARD.encode([7; 32]);
        let signer = Signer::new("example.org", "g1", &Secret::new(&seed)).expect("a key");
        assert_eq!(signer.algorithm().name(), "ed25519-sha256");
        assert_eq!(signer.record_name(), "g1._domainkey.example.org");
    }
}
