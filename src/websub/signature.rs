//! `X-Hub-Signature` (section 8): `method=hex`, the HMAC of the body under the subscription's secret.

use std::fmt::Write;

use aws_lc_rs::hmac::{self, Algorithm, Key};

/// The methods of the recommendation, the best first.
const METHODS: [(&str, Algorithm); 4] = [
    ("sha512", hmac::HMAC_SHA512),
    ("sha384", hmac::HMAC_SHA384),
    ("sha256", hmac::HMAC_SHA256),
    ("sha1", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
];

/// Whether the best of the signatures that `headers` hold is right for `body`, compared in constant time.
///
/// SHA-1 counts where it is all that is sent: old hubs know nothing else, and what broke SHA-1 are collisions, which HMAC does
/// not rest on. Beside a better method it says nothing.
pub fn is_right<'h>(headers: impl Iterator<Item = &'h str>, secret: &str, body: &[u8]) -> bool {
    let told: Vec<(&str, &str)> = headers
        .flat_map(|header| header.split(','))
        .take(METHODS.len())
        .filter_map(|signature| signature.trim().split_once('='))
        .collect();
    let best = METHODS.iter().find_map(|(name, method)| {
        let (_, hex) = told.iter().find(|(told, _)| told.eq_ignore_ascii_case(name))?;
        Some((method, hex))
    });
    let Some((method, hex)) = best else { return false };
    let key = Key::new(*method, secret.as_bytes());
    bytes(hex).is_some_and(|signature| hmac::verify(&key, body, &signature).is_ok())
}

/// The signature of `body` by SHA-256, as a header's value.
pub fn of(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
    hexadecimal("sha256=", tag.as_ref())
}

/// `bytes` in hexadecimal, after `before`.
pub fn hexadecimal(before: &str, bytes: &[u8]) -> String {
    bytes.iter().fold(before.to_owned(), |mut text, byte| {
        // Writing into a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if hex.len() > 128 || hex.len() % 2 == 1 {
        return None;
    }
    let pairs = hex.as_bytes().chunks_exact(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"what is pushed";

    fn signed(method: &str) -> String {
        let (_, algorithm) = METHODS.iter().find(|(name, _)| *name == method).expect("a method");
        let tag = hmac::sign(&Key::new(*algorithm, b"secret"), BODY);
        hexadecimal(&format!("{method}="), tag.as_ref())
    }

    #[track_caller]
    fn check(headers: &[&str], expected: bool) {
        assert_eq!(
            is_right(headers.iter().copied(), "secret", BODY),
            expected,
            "{headers:?}"
        );
    }

    #[test]
    fn all_methods_of_the_recommendation_are_known() {
        for method in ["sha1", "sha256", "sha384", "sha512"] {
            check(&[&signed(method)], true);
            check(&[&signed(method).to_uppercase()], true);
        }
        assert_eq!(of("secret", BODY), signed("sha256"));
    }

    #[test]
    fn the_best_signature_counts_alone() {
        check(&["sha256=00", &signed("sha1")], false);
        check(&[&signed("sha1"), &signed("sha256")], true);
        check(&[&format!("{},{}", signed("sha1"), signed("sha512"))], true);
    }

    #[test]
    fn what_is_no_signature_is_wrong() {
        let long = "a".repeat(100_000);
        for header in [
            "",
            "sha256",
            "sha256=",
            "sha256=zz",
            "sha256=é",
            "md5=00",
            long.as_str(),
        ] {
            check(&[header], false);
        }
        check(&[], false);
        assert!(!is_right([signed("sha256").as_str()].into_iter(), "other", BODY));
    }

    #[test]
    fn the_signature_is_the_one_that_other_implementations_make() {
        // RFC 4231, test case 2.
        assert_eq!(
            of("Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
