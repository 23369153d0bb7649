//! Single values: durations, sizes, addresses, secrets. Each reader takes a value and says what is wrong with it.

use std::{str::FromStr, time::Duration};

use ipnet::IpNet;
use jiff::{Span, SpanRelativeTo, tz::TimeZone};
use toml::de::DeValue;
use url::Url;

use super::section::{Found, Section, kind_of};
use crate::{
    ops::{Listen, Secret},
    subscription::Address,
};

/// How a secret is written.
pub(super) const SECRET: &str = "a text, { file = \"PATH\" }, { env = \"NAME\" } or { credential = \"NAME\" }";

/// How a duration is written.
pub(super) const DURATION: &str = "a duration such as \"90s\", \"15m\", \"1h 30m\" or \"1d\"";

pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("this is {}", kind_of(value))),
    }
}

/// A text of one line with something in it.
pub(super) fn line(value: &DeValue<'_>) -> Result<String, String> {
    match text(value)?.trim() {
        "" => Err("this is empty".to_owned()),
        line if line.chars().any(char::is_control) => Err("this has line breaks or control characters".to_owned()),
        line => Ok(line.to_owned()),
    }
}

pub(super) fn parsed<T: FromStr<Err: ToString>>(value: &DeValue<'_>) -> Result<T, String> {
    text(value)?.parse().map_err(|error: T::Err| error.to_string())
}

pub(super) fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("this is {}", kind_of(value)))
}

pub(super) fn count(value: &DeValue<'_>) -> Result<usize, String> {
    let number = value
        .as_integer()
        .ok_or_else(|| format!("this is {}", kind_of(value)))?;
    usize::from_str_radix(number.as_str(), number.radix()).map_err(|_| "this number does not fit".to_owned())
}

pub(super) fn positive(value: &DeValue<'_>) -> Result<usize, String> {
    count(value).and_then(|n| if n == 0 { Err("this is 0".to_owned()) } else { Ok(n) })
}

/// The domain of mail addresses, in lower case.
pub(super) fn domain(value: &DeValue<'_>) -> Result<String, String> {
    let domain = line(value)?.trim_start_matches(['@', '.']).to_ascii_lowercase();
    match format!("a@{domain}").parse::<Address>() {
        Ok(_) => Ok(domain),
        Err(_) => Err(format!("{domain:?} is no domain")),
    }
}

/// An hour of the day.
pub(super) fn hour(value: &DeValue<'_>) -> Result<i8, String> {
    let hour = i8::try_from(count(value)?).unwrap_or(i8::MAX);
    if hour < 24 {
        Ok(hour)
    } else {
        Err("a day has 24 hours".to_owned())
    }
}

pub(super) fn list<T>(value: &DeValue<'_>, read: impl Fn(&DeValue<'_>) -> Result<T, String>) -> Result<Vec<T>, String> {
    let array = value.as_array().ok_or_else(|| format!("this is {}", kind_of(value)))?;
    array.iter().map(|element| read(element.get_ref())).collect()
}

pub(super) fn duration(value: &DeValue<'_>) -> Result<Duration, String> {
    let text = text(value)?;
    let wrong = || format!("{text:?} is no duration");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let length = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    Duration::try_from(length).map_err(|_| "a duration can't be negative".to_owned())
}

pub(super) fn positive_duration(value: &DeValue<'_>) -> Result<Duration, String> {
    duration(value).and_then(|wait| {
        if wait.is_zero() {
            Err("this is no time at all".to_owned())
        } else {
            Ok(wait)
        }
    })
}

/// Bytes: `1048576`, `"10 MiB"`, `"64 kB"`.
pub(super) fn size(value: &DeValue<'_>) -> Result<usize, String> {
    if value.as_integer().is_some() {
        return positive(value);
    }
    let text = text(value)?;
    let digits = text
        .trim()
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.trim().len());
    let (number, unit) = text.trim().split_at(digits);
    let factor: usize = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(format!("{text:?} is no size")),
    };
    let bytes = number
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_mul(factor));
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("{text:?} is no size"))
}

pub(super) fn web_address(value: &DeValue<'_>) -> Result<Url, String> {
    let url: Url = parsed(value).map_err(|error| format!("this is no address: {error}"))?;
    match url.scheme() {
        "http" | "https" if url.host().is_some() => Ok(url),
        other => Err(format!("an address with {other}: can't be used here")),
    }
}

pub(super) fn zone(value: &DeValue<'_>) -> Result<TimeZone, String> {
    let name = text(value)?;
    TimeZone::get(&name).map_err(|_| format!("there is no time zone {name:?}"))
}

pub(super) fn network(value: &DeValue<'_>) -> Result<IpNet, String> {
    let text = text(value)?;
    let host = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse()
        .or_else(|_| host())
        .map_err(|_| format!("{text:?} is no network"))
}

pub(super) fn listen(value: &DeValue<'_>) -> Result<Listen, String> {
    let text = text(value)?;
    if let Some(path) = text.strip_prefix("unix:") {
        return if path.starts_with('/') {
            Ok(Listen::Unix(path.into()))
        } else {
            Err("the path of a socket begins with /".to_owned())
        };
    }
    text.parse()
        .map(Listen::Tcp)
        .map_err(|_| format!("{text:?} is no address to listen on"))
}

/// `name <address>` or `address`.
pub(super) fn mailbox(value: &DeValue<'_>) -> Result<(Option<String>, Address), String> {
    let text = line(value)?;
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", text.as_str()),
    };
    let address = address.parse::<Address>().map_err(|error| error.to_string())?;
    Ok(((!name.is_empty()).then(|| name.to_owned()), address))
}

/// A secret: a text, or where it stands. What can't be had is a mistake; what is had is never shown.
pub(super) fn secret(section: &Section<'_>, key: &'static str) -> Option<Secret> {
    let found = section.get(key)?;
    match secret_at(&found) {
        Ok(secret) => Some(secret),
        Err(what) => {
            section.mistake(&found, &what, SECRET);
            None
        }
    }
}

/// The secret that is written at `found`, or what is wrong with it.
pub(super) fn secret_at(found: &Found<'_>) -> Result<Secret, String> {
    if let Some(text) = found.value.as_str() {
        return if text.is_empty() {
            Err("this is empty".to_owned())
        } else {
            Ok(Secret::new(text))
        };
    }
    let table = found
        .value
        .as_table()
        .ok_or_else(|| format!("this is {}", kind_of(found.value)))?;
    let mut places = table
        .iter()
        .map(|(place, name)| (place.get_ref().as_ref(), name.get_ref().as_str()));
    match (places.next(), places.next()) {
        (Some(("file", Some(path))), None) => from_file(path.as_ref()),
        (Some(("env", Some(name))), None) => match std::env::var(name) {
            Ok(text) if !text.is_empty() => Ok(Secret::new(text)),
            _ => Err(format!("the environment variable {name} is not set")),
        },
        (Some(("credential", Some(name))), None) if !name.contains('/') => {
            match std::env::var_os("CREDENTIALS_DIRECTORY") {
                Some(directory) => from_file(&std::path::Path::new(&directory).join(name)),
                None => Err(format!(
                    "there is no credential {name:?}: this was not started by systemd with LoadCredential="
                )),
            }
        }
        _ => Err("this does not say where the secret is".to_owned()),
    }
}

fn from_file(path: &std::path::Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("can't read {}: {error}", path.display()))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(format!("{} is empty", path.display())),
        secret => Ok(Secret::new(secret)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> DeValue<'_> {
        DeValue::String(text.into())
    }

    #[test]
    fn durations_and_sizes_are_written_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("1h 30m", 5400), ("1d", 86_400), ("0s", 0)] {
            assert_eq!(duration(&value(text)), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "15", "soon", "-5m", "1 month"] {
            assert!(duration(&value(wrong)).is_err(), "{wrong}");
        }
        for (text, bytes) in [("10 MiB", 10 << 20), ("64kB", 64_000), ("512", 512)] {
            assert_eq!(size(&value(text)), Ok(bytes), "{text}");
        }
        for wrong in ["", "0", "ten", "10 miles", "99999999999999999999 GiB"] {
            assert!(size(&value(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mailbox_may_have_a_name() {
        let (name, address) = mailbox(&value("City notices <notices@example.org>")).expect("a mailbox");
        assert_eq!(
            (name.as_deref(), address.as_str()),
            (Some("City notices"), "notices@example.org")
        );
        assert!(mailbox(&value("City\r\nBcc: x <notices@example.org>")).is_err());
    }
}
