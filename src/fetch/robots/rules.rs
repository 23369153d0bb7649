//! What a robots.txt says to us (RFC 9309). Pure: text in, a judgement of addresses out.

use std::borrow::Cow;

use url::Url;

/// What is said to us in other people's robots.txt (RFC 9309 §2.2.1).
const TOKEN: &str = "gazetted";
/// Bytes that are read; RFC 9309 §2.5 asks for 500 KiB at least.
pub(super) const MAX_BYTES: usize = 500 << 10;
/// Rules that are kept.
const MAX_RULES: usize = 5_000;

/// The rules for us.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    rules: Vec<Rule>,
}

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    pattern: Vec<u8>,
    says: Says,
}

// In this order, so that of two rules of one length the friendlier one is the greater (RFC 9309 §2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    Disallow,
    Allow,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Addressed {
    Us,
    All,
    Others,
}

impl Rules {
    /// Reads a robots.txt. Lines that are no rules are passed over, so a page that stands in its place forbids nothing.
    pub fn read(text: &[u8]) -> Self {
        let text = &text[..text.len().min(MAX_BYTES)];
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let (mut ours, mut everybodys) = (None::<Vec<Rule>>, Vec::new());
        let mut spoken = Addressed::Others;
        let mut names_go_on = false;
        for line in text.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let (key, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
            let says = if key.eq_ignore_ascii_case(b"user-agent") {
                let to = addressee(value);
                // Names that follow each other share the rules below them.
                spoken = match (names_go_on, spoken, to) {
                    (true, Addressed::Us, _) | (_, _, Addressed::Us) => Addressed::Us,
                    (true, Addressed::All, _) => Addressed::All,
                    (_, _, to) => to,
                };
                names_go_on = true;
                if spoken == Addressed::Us {
                    ours.get_or_insert_default();
                }
                continue;
            } else if key.eq_ignore_ascii_case(b"allow") {
                Says::Allow
            } else if key.eq_ignore_ascii_case(b"disallow") {
                Says::Disallow
            } else {
                continue;
            };
            names_go_on = false;
            let group = match spoken {
                Addressed::Us => ours.get_or_insert_default(),
                Addressed::All => &mut everybodys,
                Addressed::Others => continue,
            };
            if !value.is_empty() && group.len() < MAX_RULES {
                let pattern = plain(value).into_owned();
                group.push(Rule { pattern, says });
            }
        }
        Self {
            rules: ours.unwrap_or(everybodys),
        }
    }

    /// Whether `url` may be asked for: the longest pattern that matches decides, and nothing said is a yes.
    pub fn allow(&self, url: &Url) -> bool {
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let path = plain(path.as_bytes());
        let matching = self.rules.iter().filter(|rule| matches(&rule.pattern, &path));
        let decisive = matching.max_by_key(|rule| (rule.pattern.len(), rule.says));
        decisive.is_none_or(|rule| rule.says == Says::Allow)
    }
}

fn addressee(value: &[u8]) -> Addressed {
    if value.starts_with(b"*") {
        return Addressed::All;
    }
    let is_of_token = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-');
    let end = value.iter().position(|byte| !is_of_token(byte)).unwrap_or(value.len());
    match value[..end].eq_ignore_ascii_case(TOKEN.as_bytes()) {
        true => Addressed::Us,
        false => Addressed::Others,
    }
}

/// With what is percent-encoded decoded, so that each spelling of a path is the same one, except for what would then mean
/// something else.
fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let hex = |byte: Option<&u8>| byte.and_then(|byte| (*byte as char).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, hex(text.get(at + 1)), hex(text.get(at + 2))) {
            match (high * 16 + low) as u8 {
                b'/' | b'*' | b'$' | b'?' | b'%' => out.extend(text[at..at + 3].to_ascii_uppercase()),
                decoded => out.push(decoded),
            }
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    Cow::Owned(out)
}

/// Whether `path` begins as `pattern` says; `*` is anything, `$` at the end is the end (RFC 9309 §2.2.3). Each piece is taken
/// at its first place, so nothing is tried twice.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split(|byte| *byte == b'*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        if let Some(piece) = last.replace(piece) {
            match memchr::memmem::find(rest, piece) {
                Some(found) => rest = &rest[found + piece.len()..],
                None => return false,
            }
        }
    }
    match (last, to_the_end) {
        (None, true) => rest.is_empty(),
        (None, false) => true,
        (Some(piece), true) => rest.ends_with(piece),
        (Some(piece), false) => memchr::memmem::find(rest, piece).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, path: &str, expected: bool) {
        let url = Url::parse("https://board.example")
            .expect("a URL")
            .join(path)
            .expect("a path");
        assert_eq!(Rules::read(text.as_bytes()).allow(&url), expected, "{text:?} {path}");
    }

    #[test]
    fn what_is_said_to_us_counts_and_else_what_is_said_to_all() {
        let text = "User-agent: *\nDisallow: /\n\nUser-Agent: Other\nUser-agent: GAZETTED/2.0\nDisallow: /private\n";
        check(text, "/list", true);
        check(text, "/private/x", false);
        check(
            "User-agent: *\nDisallow: /a\n\nuser-agent: other\nDisallow: /",
            "/b",
            true,
        );
        check("User-agent: *\r\nDisallow: /a # not this\r\n", "/a/b", false);
        check(
            "User-agent: gazetted\nDisallow:\n\nUser-agent: *\nDisallow: /",
            "/x",
            true,
        );
        check("User-agent: gazetted-other\nDisallow: /", "/x", true);
        check(
            "User-agent: gazetted\nDisallow: /a\nUser-agent: gazetted\nDisallow: /b",
            "/b",
            false,
        );
        check("\u{feff}User-agent: *\nSitemap: /s\nDisallow: /", "/x", false);
    }

    #[test]
    fn the_longest_pattern_decides_and_of_two_the_friendlier() {
        let text = "user-agent: *\ndisallow: /board\nallow: /board/notices\nallow: /same\ndisallow: /same";
        check(text, "/board/x", false);
        check(text, "/board/notices/1", true);
        check(text, "/same", true);
        check(text, "/", true);
    }

    #[test]
    fn stars_ends_and_encodings_are_understood() {
        let rule = |pattern: &str| format!("user-agent: *\ndisallow: {pattern}");
        for (pattern, path, allowed) in [
            ("/*.php", "/a/b.php?x=1", false),
            ("/*.php$", "/a/b.php?x=1", true),
            ("/*.php$", "/a.php.php", false),
            ("/a$", "/a", false),
            ("/a$", "/ab", true),
            ("*", "/x", false),
            ("/*?page=", "/list.do?page=2", false),
            ("/a*b*c", "/a_c_b", true),
            ("/공지", "/%EA%B3%B5%EC%A7%80/1", false),
            ("/%eA%B3%B5", "/%EA%B3%B5", false),
            ("/a%2fb", "/a%2Fb", false),
            ("/a%2fb", "/a/b", true),
            ("/%41", "/A", false),
        ] {
            check(&rule(pattern), path, allowed);
        }
    }

    #[test]
    fn what_is_no_robots_txt_forbids_nothing() {
        check("<!doctype html><p>User-agent: *</p>\nDisallow: /", "/x", true);
        check("Disallow: /", "/x", true);
        check("", "/x", true);
        check("\0\u{1}:::", "/x", true);
    }

    #[test]
    fn a_huge_file_is_read_up_to_its_bound_and_judged_at_once() {
        let mut text = "user-agent: *\n".to_owned();
        while text.len() < 2 << 20 {
            text.push_str("disallow: /*a*a*a*a*b\n");
        }
        let start = std::time::Instant::now();
        check(&text, &format!("/{}", "a".repeat(2_000)), true);
        assert!(
            start.elapsed() < std::time::Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
    }
}
