//! A mail address that can be written to safely.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A mail address: RFC 5321's `Mailbox` without quoted local parts and address literals, domain with a dot, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// Why a text is no [`Address`].
#[derive(Debug, thiserror::Error)]
#[error("this is not a mail address that can be written to: expected something like name@example.org")]
pub struct InvalidAddress;

impl Address {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(InvalidAddress)?;
        let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let local_fits = (1..=64).contains(&local.len())
            && local.bytes().all(atom)
            && !local.starts_with(['.', '-'])
            && !local.ends_with('.')
            && !local.contains("..");
        let domain_fits = domain.len() <= 253
            && domain.contains('.')
            && domain.split('.').all(label)
            && !domain
                .rsplit('.')
                .next()
                .is_some_and(|top| top.bytes().all(|byte| byte.is_ascii_digit()));
        if local_fits && domain_fits {
            Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(InvalidAddress)
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_can_be_written_to_are_taken() {
        for good in ["reader@example.net", "a.b+c@Sub.Example.org"] {
            assert!(good.parse::<Address>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a@b",
            "a@localhost",
            "a@[127.0.0.1]",
            "-oX@example.org",
            "a b@example.org",
            "a@example.org\r\nRCPT",
            "a..b@x.org",
            "a@1.2",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }
}
