//! How long an answer says that it stays fresh (RFC 9111 §4.2). Guesses from `Last-Modified` are not made.

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES};

use crate::net::{HeaderMap, http_date};

/// What is left of the answer's freshness: `max-age`, else `Expires` by the answer's own clock, minus the `Age` it has from
/// caches on the way. Nothing is left of what is not to be stored or reused.
pub(super) fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let lifetime = match max_age(headers) {
        Said::Nothing => http_date(headers, EXPIRES)?
            .duration_since(http_date(headers, DATE)?)
            .ok()?,
        Said::NotFresh => return None,
        Said::Seconds(seconds) => Duration::from_secs(seconds),
    };
    let age = headers
        .get(AGE)
        .and_then(|age| age.to_str().ok())
        .and_then(seconds)
        .unwrap_or(0);
    let left = lifetime.saturating_sub(Duration::from_secs(age));
    (!left.is_zero()).then_some(left)
}

enum Said {
    Nothing,
    NotFresh,
    Seconds(u64),
}

fn max_age(headers: &HeaderMap) -> Said {
    let mut said = Said::Nothing;
    let lines = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|line| line.to_str().ok());
    for directive in lines.flat_map(|line| line.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-cache" | "no-store" => return Said::NotFresh,
            "max-age" => match (seconds(value.trim().trim_matches('"')), &said) {
                (None, _) => return Said::NotFresh,
                // Of two, the shorter one.
                (Some(new), Said::Seconds(old)) => said = Said::Seconds(new.min(*old)),
                (Some(new), _) => said = Said::Seconds(new),
            },
            _ => {}
        }
    }
    said
}

/// Delta-seconds; what is too large to count is 2^31 (RFC 9111 §1.2.2).
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX).min(1 << 31))
}

#[cfg(test)]
mod tests {
    use crate::net::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(lines: &[(&str, &str)], expected: Option<u64>) {
        let headers: HeaderMap = lines
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
                (name, HeaderValue::from_str(value).expect("a value"))
            })
            .collect();
        assert_eq!(fresh_for(&headers), expected.map(Duration::from_secs), "{lines:?}");
    }

    #[test]
    fn freshness_is_what_is_said_minus_age() {
        check(&[("cache-control", "public, max-age=600")], Some(600));
        check(&[("cache-control", "Max-Age=\"600\""), ("age", "60")], Some(540));
        check(&[("cache-control", "max-age=600"), ("age", "9999")], None);
        check(&[("cache-control", "max-age=600"), ("expires", "0")], Some(600));
        check(
            &[
                ("date", "Tue, 10 Nov 2026 08:00:00 GMT"),
                ("expires", "Tue, 10 Nov 2026 09:00:00 GMT"),
                ("age", "600"),
            ],
            Some(3_000),
        );
        check(&[("cache-control", "max-age=99999999999999999999999")], Some(1 << 31));
    }

    #[test]
    fn nonsense_and_prohibitions_are_not_freshness() {
        check(&[], None);
        check(&[("cache-control", "no-cache, max-age=600")], None);
        check(&[("cache-control", "max-age=600"), ("cache-control", "no-store")], None);
        check(&[("cache-control", "max-age=0")], None);
        check(&[("cache-control", "max-age=-1")], None);
        check(&[("cache-control", "max-age=soon")], None);
        check(&[("expires", "0"), ("date", "Tue, 10 Nov 2026 08:00:00 GMT")], None);
        check(
            &[
                ("expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
                ("date", "Tue, 10 Nov 2026 08:00:00 GMT"),
            ],
            None,
        );
    }
}
