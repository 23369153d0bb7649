//! Signatures after Standard Webhooks (the specification's section "Symmetric signatures").

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, Engine};
use jiff::Timestamp;

use crate::ops::Secret;

/// The value of `webhook-signature` for a message: `v1,` and the base64 of the HMAC-SHA256 over `id.timestamp.body`.
/// `None` when the secret is not `whsec_` and base64.
pub fn sign(secret: &Secret, id: &str, at: Timestamp, body: &[u8]) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.expose().strip_prefix("whsec_")?).ok()?;
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    mac.update(format!("{id}.{}.", at.as_second()).as_bytes());
    mac.update(body);
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.sign())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_another_implementation_makes() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let (id, body) = ("msg_1", br#"{"type":"notice.published"}"#);
        let now = Timestamp::now();
        let ours = sign(&Secret::new(secret), id, now, body);
        let theirs = standardwebhooks::Webhook::new(secret)
            .expect("a secret")
            .sign(id, now.as_second(), body)
            .expect("a signature");
        assert_eq!(ours, Some(theirs));
        assert_eq!(sign(&Secret::new("plain"), id, now, body), None);
    }
}
