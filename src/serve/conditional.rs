//! Conditional requests after RFC 9110 §13, and which encoding a reader wants.

use axum::http::{
    HeaderMap,
    header::{ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH},
};
use jiff::{Timestamp, tz::TimeZone};

use super::preferences;

/// Whether what the reader has is still good. `If-None-Match` decides when it is there; the date only without it.
pub(super) fn unchanged(asked: &HeaderMap, etag: &str, last_modified: Option<Timestamp>) -> bool {
    if asked.contains_key(IF_NONE_MATCH) {
        return asked
            .get_all(IF_NONE_MATCH)
            .iter()
            .any(|list| list.to_str().is_ok_and(|list| matches(list, etag)));
    }
    let since = asked.get(IF_MODIFIED_SINCE).and_then(|date| date.to_str().ok());
    let since = since.and_then(read_date);
    matches!((since, last_modified), (Some(since), Some(last)) if last.as_second() <= since.as_second())
}

/// `at` as HTTP writes dates: `Tue, 10 Nov 2020 00:00:00 GMT`.
pub(super) fn http_date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

impl Encoding {
    /// The best that `asked` accepts; identity when it refuses everything, since an answer is better than none.
    pub(super) fn wanted(asked: &HeaderMap) -> Self {
        let mut told = [(Self::Zstd, None), (Self::Brotli, None), (Self::Gzip, None)];
        let mut others = None;
        for (name, weight) in preferences::of(asked, &ACCEPT_ENCODING) {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let place = match name {
                _ if is("zstd") => &mut told[0].1,
                _ if is("br") => &mut told[1].1,
                _ if is("gzip") || is("x-gzip") => &mut told[2].1,
                "*" => &mut others,
                _ => continue,
            };
            *place = Some(weight);
        }
        // Only gzip goes without its name: whoever writes `*` may mean what was common when it was written.
        told[2].1 = told[2].1.or(others);
        let mut wanted = (Self::Identity, 0.0);
        for (encoding, weight) in told {
            let weight = weight.unwrap_or(0.0);
            if weight > wanted.1 {
                wanted = (encoding, weight);
            }
        }
        wanted.0
    }
}

/// Weak comparison with each entity tag of `list`.
fn matches(list: &str, etag: &str) -> bool {
    let mut rest = list.trim();
    if rest == "*" {
        return true;
    }
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let tag = rest.strip_prefix("W/").unwrap_or(rest);
        let Some(quoted) = tag.strip_prefix('"') else {
            return false;
        };
        let Some(end) = quoted.find('"') else { return false };
        if tag[..end + 2] == *etag {
            return true;
        }
        rest = &quoted[end + 1..];
    }
}

/// A date in one of the three forms of RFC 9110 §5.6.7.
fn read_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn asked(headers: &[(HeaderName, &'static str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[track_caller]
    fn check(headers: &[(HeaderName, &'static str)], expected: bool) {
        let changed: Timestamp = "2020-11-10T00:00:00.5Z".parse().expect("an instant");
        assert_eq!(
            unchanged(&asked(headers), "\"a\"", Some(changed)),
            expected,
            "{headers:?}"
        );
    }

    #[test]
    fn a_tag_is_found_in_lists_and_compared_weakly() {
        for good in ["\"a\"", "W/\"a\"", "*", "\"b\", W/\"a\"", "\"b\",\"a\"", " , \"a\""] {
            check(&[(IF_NONE_MATCH, good)], true);
        }
        for bad in ["\"b\"", "a", "zz,,,", "", "\"a", "\"A\"", "\"b,\"a"] {
            check(&[(IF_NONE_MATCH, bad)], false);
        }
    }

    #[test]
    fn a_date_counts_only_without_a_tag() {
        check(&[(IF_MODIFIED_SINCE, "Tue, 10 Nov 2020 00:00:00 GMT")], true);
        check(&[(IF_MODIFIED_SINCE, "Tuesday, 10-Nov-20 00:00:00 GMT")], true);
        check(&[(IF_MODIFIED_SINCE, "Tue Nov 10 00:00:00 2020")], true);
        check(&[(IF_MODIFIED_SINCE, "Mon Nov  9 23:59:59 2020")], false);
        check(&[(IF_MODIFIED_SINCE, "Mon, 09 Nov 2020 23:59:59 GMT")], false);
        check(&[(IF_MODIFIED_SINCE, "yesterday")], false);
        check(
            &[
                (IF_NONE_MATCH, "\"b\""),
                (IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT"),
            ],
            false,
        );
    }

    #[test]
    fn without_a_date_of_its_own_only_the_tag_counts() {
        let later = asked(&[(IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT")]);
        assert!(!unchanged(&later, "\"a\"", None));
    }

    #[test]
    fn the_best_accepted_encoding_is_chosen() {
        let check =
            |list, expected| assert_eq!(Encoding::wanted(&asked(&[(ACCEPT_ENCODING, list)])), expected, "{list}");
        check("gzip, deflate", Encoding::Gzip);
        check("gzip, deflate, br", Encoding::Brotli);
        check("br;q=0.5, gzip", Encoding::Gzip);
        check("gzip, deflate, br, zstd", Encoding::Zstd);
        check("zstd;q=0, gzip;q=0.1", Encoding::Gzip);
        check("gzip;q=0", Encoding::Identity);
        check("*", Encoding::Gzip);
        check("*;q=0", Encoding::Identity);
        check("", Encoding::Identity);
        check("gzip;q=zzz", Encoding::Identity);
        check("gzip; q=0.2 , zstd ; Q = 0.1", Encoding::Gzip);
    }
}
