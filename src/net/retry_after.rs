//! How long the other side asks to be left alone (RFC 9110 §10.2.3).

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// Longer wishes are cut to this: a typing error of theirs must not silence a board for a year.
pub const MAX_WAIT: Duration = Duration::from_secs(86_400);

/// The wait that an answer with these headers asks for, from now on, at most [`MAX_WAIT`]. A date counts from the answer's
/// own `Date`, so that their clock may be wrong; what has passed already or makes no sense is no wish.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let now = http_date(headers, DATE).unwrap_or_else(SystemTime::now);
        httpdate::parse_http_date(text).ok()?.duration_since(now).ok()?
    };
    (!wait.is_zero()).then_some(wait.min(MAX_WAIT))
}

/// The moment that the header `name` holds, when it is there once and readable.
pub fn http_date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(wish: &str, seconds: Option<u64>) {
        let mut headers = HeaderMap::new();
        // A clock that is a year behind.
        headers.insert(DATE, HeaderValue::from_static("Sun, 10 Nov 2024 08:00:00 GMT"));
        headers.insert(RETRY_AFTER, HeaderValue::from_str(wish).expect("a header"));
        assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{wish}");
    }

    #[test]
    fn a_wish_is_seconds_or_a_date_by_their_clock() {
        check("7", Some(7));
        check(" 120 ", Some(120));
        check("Sun, 10 Nov 2024 08:00:09 GMT", Some(9));
        check("Sunday, 10-Nov-24 08:01:00 GMT", Some(60));
    }

    #[test]
    fn a_wish_beyond_reason_is_cut_and_nonsense_is_none() {
        check("99999999999", Some(86_400));
        check("99999999999999999999999999999999", Some(86_400));
        check("Thu, 01 Jan 2099 00:00:00 GMT", Some(86_400));
        for wish in [
            "-5",
            "soon",
            "",
            "0",
            "7.5",
            "1e3",
            "Wed, 01 Jan 2020 00:00:00 GMT",
            "Sun, 10 Nov 2024 08:00:00 GMT",
        ] {
            check(wish, None);
        }
    }
}
