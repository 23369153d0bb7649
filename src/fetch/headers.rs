//! What is said to a board and kept from its answer. Validators go back to the letter, whatever they look like.

use reqwest::header::{ACCEPT, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LINK, REFERER};
use url::Url;

use crate::net::{HeaderMap, HeaderName, HeaderValue};
use crate::source::{Request, Validators};

const ACCEPTED: &str = "application/atom+xml, application/rss+xml, application/feed+json, text/html, \
                        application/xhtml+xml, application/xml;q=0.9, application/json;q=0.9, */*;q=0.8";
/// Longer texts are not kept: they are stored with the source and sent with every request.
const MAX_TEXT: usize = 1 << 10;
/// `Link` headers that are looked at, and the bytes of one.
const MAX_LINKS: usize = 10;
const MAX_LINK_BYTES: usize = 8 << 10;

/// The headers of a request.
pub(super) fn of(request: &Request) -> Vec<(HeaderName, HeaderValue)> {
    let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).ok();
    let validators = &request.validators;
    let referer = request.referer.as_ref().and_then(|from| referer(from, &request.url));
    [
        (ACCEPT, Some(HeaderValue::from_static(ACCEPTED))),
        (IF_NONE_MATCH, validators.etag.as_deref().and_then(value)),
        (IF_MODIFIED_SINCE, validators.last_modified.as_deref().and_then(value)),
        (REFERER, referer.as_deref().and_then(value)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// The validators of an answer.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    Validators {
        etag: text(headers, &ETAG),
        last_modified: text(headers, &LAST_MODIFIED),
    }
}

/// The validators to use after a 304: those it names, else those that were sent.
pub(super) fn renewed(sent: &Validators, named: Validators) -> Validators {
    Validators {
        etag: named.etag.or_else(|| sent.etag.clone()),
        last_modified: named.last_modified.or_else(|| sent.last_modified.clone()),
    }
}

/// A header as text, when it is UTF-8, not empty and not absurdly long.
pub(super) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?;
    (!text.is_empty() && text.len() <= MAX_TEXT).then(|| text.to_owned())
}

/// The `Link` headers that are UTF-8 and not absurdly long.
pub(super) fn links(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(LINK).iter().take(MAX_LINKS);
    let texts = all.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    texts
        .filter(|text| text.len() <= MAX_LINK_BYTES)
        .map(str::to_owned)
        .collect()
}

/// What a browser says (`strict-origin-when-cross-origin`): the page to its own host, the origin alone to another, nothing
/// when https leads to http.
fn referer(from: &Url, to: &Url) -> Option<String> {
    if !from.has_host() || (from.scheme() == "https" && to.scheme() != "https") {
        return None;
    }
    if from.origin() != to.origin() {
        return Some(format!("{}/", from.origin().ascii_serialization()));
    }
    let mut from = from.clone();
    from.set_fragment(None);
    from.set_username("").ok()?;
    from.set_password(None).ok()?;
    Some(from.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, expected: Option<&str>) {
        let url = |text| Url::parse(text).expect("a URL");
        assert_eq!(referer(&url(from), &url(to)).as_deref(), expected);
    }

    #[test]
    fn a_referer_tells_other_hosts_nothing_but_the_origin() {
        check(
            "https://u:p@a.example/list?p=1#x",
            "https://a.example/view",
            Some("https://a.example/list?p=1"),
        );
        check(
            "https://a.example/list?key=1",
            "https://b.example/",
            Some("https://a.example/"),
        );
        check("https://a.example/list", "http://a.example/", None);
        check("http://a.example/list", "https://a.example/", Some("http://a.example/"));
    }

    #[test]
    fn validators_are_echoed_to_the_letter_even_when_they_make_no_sense() {
        let mut answered = HeaderMap::new();
        answered.insert(ETAG, HeaderValue::from_static("W/\"w1\", odd"));
        answered.insert(
            LAST_MODIFIED,
            HeaderValue::from_bytes("10/11/2026 오전".as_bytes()).expect("a header"),
        );
        let request = Request {
            url: Url::parse("https://a.example/").expect("a URL"),
            validators: validators(&answered),
            referer: None,
            form: None,
        };
        let sent: HeaderMap = of(&request).into_iter().collect();
        assert_eq!(sent[IF_NONE_MATCH], answered[ETAG]);
        assert_eq!(sent[IF_MODIFIED_SINCE], answered[LAST_MODIFIED]);
    }

    #[test]
    fn an_absurd_validator_is_not_kept() {
        let mut answered = HeaderMap::new();
        answered.insert(
            ETAG,
            HeaderValue::from_str(&"x".repeat(MAX_TEXT + 1)).expect("a header"),
        );
        answered.insert(LAST_MODIFIED, HeaderValue::from_bytes(b"\xff\xfe").expect("a header"));
        assert_eq!(validators(&answered), Validators::default());
    }
}
