//! The cookies of one visit: some boards set one, send the visitor to the same address again, and show the page only to
//! whoever brings it along.
//!
//! Each is sent to the origin that set it and to no other, and all are forgotten with the jar.

use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use url::{Origin, Url};

/// How many bytes the cookies of one visit may have together.
const MOST_BYTES: usize = 4 << 10;

/// The cookies that were set in the course of a visit.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    origin: Origin,
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Jar {
    /// Takes the cookies that `from` sets with `headers`, and drops those that it takes back (RFC 6265 §5.2).
    pub(super) fn take(&mut self, from: &Url, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let mut parts = line.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            let Some((name, value)) = parts.next().and_then(pair) else {
                continue;
            };
            let origin = from.origin();
            self.cookies
                .retain(|known| known.origin != origin || known.name != name);
            let cookie = Cookie {
                origin,
                name: name.to_owned(),
                value: value.to_owned(),
            };
            let fits = self.cookies.iter().map(Cookie::bytes).sum::<usize>() + cookie.bytes() <= MOST_BYTES;
            if fits && !name.is_empty() && !parts.any(|attribute| ends(attribute, from)) {
                self.cookies.push(cookie);
            }
        }
    }

    /// What to send to `to` beside what the caller sends anyway, when there is anything.
    pub(crate) fn header(&self, to: &Url, own: Option<&HeaderValue>) -> Option<HeaderValue> {
        let origin = to.origin();
        let of_origin = self.cookies.iter().filter(|cookie| cookie.origin == origin);
        let set = of_origin.map(|cookie| [&cookie.name[..], b"=", &cookie.value].concat());
        let pairs: Vec<Vec<u8>> = own
            .map(|own| own.as_bytes().to_owned())
            .into_iter()
            .chain(set)
            .collect();
        let mut header = HeaderValue::from_bytes(&pairs.join(&b"; "[..])).ok()?;
        header.set_sensitive(true);
        Some(header).filter(|header| !header.is_empty())
    }
}

impl Cookie {
    /// With what is written around it.
    fn bytes(&self) -> usize {
        self.name.len() + self.value.len() + 3
    }
}

fn pair(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = text.iter().position(|byte| *byte == b'=')?;
    Some((text[..equals].trim_ascii(), text[equals + 1..].trim_ascii()))
}

/// Whether an attribute says that the cookie is not to be kept: it is over, or not for a connection like the one to `from`.
fn ends(attribute: &[u8], from: &Url) -> bool {
    if attribute.eq_ignore_ascii_case(b"secure") {
        return from.scheme() != "https";
    }
    let Some((name, value)) = pair(attribute) else {
        return false;
    };
    if !name.eq_ignore_ascii_case(b"max-age") {
        return false;
    }
    let age = std::str::from_utf8(value).ok().and_then(|age| age.parse::<i64>().ok());
    age.is_some_and(|seconds| seconds <= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: &[&str], to: &str, expected: Option<&str>) {
        let url = |text| Url::parse(text).expect("a URL");
        let mut jar = Jar::default();
        for line in set {
            let value = HeaderValue::from_str(line).expect("a header");
            jar.take(
                &url("https://a.example/list"),
                &[(SET_COOKIE, value)].into_iter().collect(),
            );
        }
        let sent = jar.header(&url(to), None);
        assert_eq!(
            sent.as_ref().map(HeaderValue::as_bytes),
            expected.map(str::as_bytes),
            "{set:?}"
        );
    }

    #[test]
    fn cookies_go_back_to_whom_they_came_from() {
        let set = ["a=1; Path=/; HttpOnly", "b = x=y ; Secure", "a=2"];
        check(&set, "https://a.example/other", Some("b=x=y; a=2"));
        check(&set, "https://b.example/list", None);
        check(&set, "http://a.example/list", None);
        check(&set, "https://a.example:8443/list", None);
    }

    #[test]
    fn what_is_over_or_no_cookie_is_not_sent() {
        check(&["a=1", "a=; Max-Age=0"], "https://a.example/", None);
        for nothing in ["", "a", "=1", ";;;", "; a=1"] {
            check(&[nothing], "https://a.example/", None);
        }
    }

    #[test]
    fn cookies_are_bounded() {
        let large = format!("a={}", "x".repeat(5_000));
        check(&[&large, "b=1"], "https://a.example/", Some("b=1"));
        let many: Vec<String> = (0..2_000).map(|n| format!("n{n}={n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let url = Url::parse("https://a.example/").expect("a URL");
        let mut jar = Jar::default();
        let lines = many
            .iter()
            .map(|line| (SET_COOKIE, HeaderValue::from_str(line).expect("a header")));
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(name, line);
        }
        jar.take(&url, &headers);
        assert!(jar.header(&url, None).expect("cookies").len() <= MOST_BYTES);
    }
}
