//! `[email.dkim]`: who answers for mails. One table, or one for each key.

use super::{
    section::Section,
    value::{self, SECRET},
};
use crate::channel::email::dkim::{Algorithm, Signer};

const KEY: &str =
    "{ file = \"PATH\" } with a PEM file, as `openssl genpkey -algorithm ed25519` and `openssl genrsa 2048` write them";

/// Those that sign; `None` where one can't.
pub(super) fn signers(email: &Section<'_>) -> Option<Vec<Signer>> {
    let Some(found) = email.get("dkim") else {
        return Some(Vec::new());
    };
    let sections = match found.value.as_array() {
        Some(_) => email.sections("dkim"),
        None => email.optional_section("dkim").into_iter().collect(),
    };
    let signers: Vec<Signer> = sections.iter().filter_map(signer).collect();
    let mut names: Vec<String> = signers.iter().map(Signer::record_name).collect();
    names.sort();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        let what = format!("two keys can't both stand at {}", twice[0]);
        email.mistake(&found, &what, "a selector for each key");
        return None;
    }
    (signers.len() == sections.len()).then_some(signers)
}

fn signer(section: &Section<'_>) -> Option<Signer> {
    let domain = section.require("domain", "a domain such as \"example.org\"", value::domain);
    let selector = section.require("selector", "a name such as \"g1\"", |v| {
        let selector = value::line(v)?;
        let is_label = |label: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            (1..=63).contains(&label.len()) && label.bytes().all(fits)
        };
        match selector.split('.').all(is_label) {
            true => Ok(selector),
            false => Err(format!("{selector:?} can't stand in a domain name")),
        }
    });
    let algorithm = section.read(
        "algorithm",
        "\"rsa-sha256\" or \"ed25519-sha256\"; the key says it already",
        |v| {
            let name = value::text(v)?;
            let known = [Algorithm::RsaSha256, Algorithm::Ed25519Sha256];
            let found = known.into_iter().find(|algorithm| algorithm.name() == name);
            found.ok_or_else(|| format!("there is no {name:?}"))
        },
    );
    if !section.has("key") {
        section.missing("key", SECRET);
    }
    let key = value::secret(section, "key");
    section.end();
    let signer = Signer::new(&domain?, &selector?, &key?);
    let found = section.get("key")?;
    match signer {
        Err(unusable) => section.mistake(&found, &unusable.to_string(), KEY),
        Ok(signer) if algorithm.is_some_and(|algorithm| algorithm != signer.algorithm()) => {
            let what = format!("this key signs with {}", signer.algorithm().name());
            section.mistake(&found, &what, "a key for what `algorithm` says");
        }
        Ok(signer) => return Some(signer),
    }
    None
}
