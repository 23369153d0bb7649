//! Addresses: made absolute, freed of what changes from one visit to the next, and what of them identifies a notice.
//!
//! # What identifies a row
//!
//! The key of a notice is its link without everything that can differ while the notice is the same. It must not depend on
//! which other rows happen to be on the page, so it is decided link by link wherever that is possible:
//!
//! 1. Scheme, a host that is the board's own (`www.` or not), default ports, the order of parameters, empty parameters,
//!    the case of parameter names and of script names (`VIEW.do`), percent-encoding, a trailing `/` or `index.html`
//!    never matter.
//! 2. Session ids (`;jsessionid=…`, `PHPSESSID`, `(S(…))` and so on), tracking (`utm_…`, `fbclid`, …) and cache busters
//!    (`_`, `_t`, `timestamp`, …) never matter. Names that parliaments and universities use, too (`session`, `sid`,
//!    `token`), are a session's when the value was drawn by lot. All these are left out of the link that readers see.
//! 3. The position in the list doesn't matter: paging (by number), searching, sorting, row numbers and counters, told by
//!    name; nor the fragment.
//! 4. A value that looks like a token (long, mixed, random) doesn't matter when another parameter, or the path's end, names
//!    the row by a number, and the parameter's own name doesn't say that it is an id.
//! 5. Everything else matters, whether it varies between rows or not.
//!
//! Then the principle behind it, what varies between the rows is what identifies a row, is the safeguard: where leaving out
//! 3 and 4 would make most of the differently titled rows of a page alike, the parameter that tells them apart is kept
//! (`index.php?page=about-water`). And a link to the list's own address keeps 3 (`list.do#n12`).

mod identity;
mod volatile;

pub use identity::{Linked, keys};
pub(crate) use identity::{alike, guid_key, hashed, squeezed};

use url::Url;

/// Longest address that is kept, in bytes.
pub const MAX_BYTES: usize = 2_048;

/// `raw` as an absolute http or https address without credentials; `None` for everything else (`javascript:`, `data:`,
/// an empty text, an address that is too long).
pub fn absolute(raw: &str, base: &Url) -> Option<Url> {
    let raw = raw.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    if raw.is_empty() || raw.len() > MAX_BYTES {
        return None;
    }
    let url = base.join(raw).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    let url = bare_of_user(url);
    (url.as_str().len() <= MAX_BYTES).then_some(url)
}

/// `url` without session ids, tracking and cache busters; the rest stays to the letter.
pub fn steady(url: Url) -> Url {
    without(url, volatile::never_matters)
}

/// `url` without session ids. A file's address keeps what may sign it: a token, a timestamp, a random number.
pub fn sessionless(url: Url) -> Url {
    without(url, volatile::is_session)
}

/// `url` without parameters whose names say that they are secret.
pub fn without_secrets(url: Url) -> Url {
    without(bare_of_user(url), |name, _| is_secret(name))
}

/// `url` without parameters and fragment.
pub fn bare(url: Url) -> Url {
    let mut url = bare_of_user(url);
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn bare_of_user(mut url: Url) -> Url {
    // Both can only be refused for addresses without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Whether a parameter (name lower case) is a key, by its name. A search is for a `keyword`, by an `author`.
fn is_secret(name: &str) -> bool {
    let harmless = ["keyword", "author"].iter().any(|word| name.contains(word));
    let secret = ["key", "token", "secret", "auth", "passw", "signature"];
    !harmless && secret.iter().any(|word| name.contains(word))
}

/// `url` without sessions in its path, and without the parameters (name lower case, value as it stands) that `leaves`.
fn without(mut url: Url, leaves: impl Fn(&str, &str) -> bool) -> Url {
    if url.path().contains([';', '(']) {
        let path = volatile::path_without_sessions(url.path());
        url.set_path(&path);
    }
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                !leaves(&volatile::plain(name).to_ascii_lowercase(), value)
            })
            .collect();
        let kept = kept.join("&");
        if kept.len() < query.len() {
            url.set_query(Some(kept.as_str()).filter(|query| !query.is_empty()));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_absolute_and_http_or_none() {
        let base = Url::parse("https://example.org/board/list.do?page=2").expect("an address");
        for (raw, expected) in [
            ("view.do?id=1", Some("https://example.org/board/view.do?id=1")),
            ("  /x\n", Some("https://example.org/x")),
            ("//other.example/2", Some("https://other.example/2")),
            ("?n=3", Some("https://example.org/board/list.do?n=3")),
            ("HTTP://EXAMPLE.ORG:80/a", Some("http://example.org/a")),
            ("https://user:pw@example.org/", Some("https://example.org/")),
            ("", None),
            ("javascript:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("\u{1}JaVaScRiPt:alert(1)", None),
            ("data:text/html,x", None),
            ("vbscript:x", None),
            ("blob:x", None),
            ("mailto:a@example.org", None),
            ("http://", None),
        ] {
            assert_eq!(absolute(raw, &base).as_ref().map(Url::as_str), expected, "{raw:?}");
        }
        assert_eq!(absolute(&"x".repeat(1_000_000), &base), None);
    }

    #[test]
    fn secrets_are_left_out_of_what_is_published() {
        let url = |told: &str| Url::parse(told).expect("an address");
        let told = "https://me:pw@e.org/v?page=1&serviceKey=S1%2B&API_KEY=x&authToken=y&Passwd=z&keyword=w&author=a#f";
        assert_eq!(
            without_secrets(url(told)).as_str(),
            "https://e.org/v?page=1&keyword=w&author=a#f"
        );
        assert_eq!(bare(url(told)).as_str(), "https://e.org/v");
    }

    #[test]
    fn the_link_that_readers_see_is_the_same_at_each_visit() {
        for (told, seen) in [
            (
                "https://e.org/v.do;jsessionid=0A1B2C?nttId=1&_t=5",
                "https://e.org/v.do?nttId=1",
            ),
            (
                "https://e.org/v?PHPSESSID=abcdef123456&no=5&page=2",
                "https://e.org/v?no=5&page=2",
            ),
            ("https://e.org/v?utm_source=x&fbclid=y", "https://e.org/v"),
            (
                "https://e.org/(S(abc123))/v.aspx?id=%b0%a1",
                "https://e.org/v.aspx?id=%b0%a1",
            ),
            ("https://e.org/v?a&b=#f", "https://e.org/v?a&b=#f"),
            (
                "https://e.org/v?session=58&bill=12&sid=4",
                "https://e.org/v?session=58&bill=12&sid=4",
            ),
        ] {
            let url = Url::parse(told).expect("an address");
            assert_eq!(steady(url).as_str(), seen);
        }
    }
}
