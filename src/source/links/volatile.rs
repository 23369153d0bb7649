//! Which parts of an address change while the notice stays the same: by name, and by what a value looks like.

use std::{borrow::Cow, sync::LazyLock};

use percent_encoding::percent_decode_str;
use regex::Regex;

/// Sessions, by a name that means nothing else.
const SESSION: [&str; 13] = [
    "jsessionid",
    "phpsessid",
    "aspsessionid",
    "asp.net_sessionid",
    "cfid",
    "cftoken",
    "zenid",
    "oscsid",
    "ccsid",
    "csrf",
    "_csrf",
    "csrftoken",
    "csrf_token",
];

/// Sessions of a server, of a parliament (`session=58`) or of a course, stories (`sid=1234`): the value tells which.
const PERHAPS_SESSION: [&str; 9] = [
    "sessionid",
    "session_id",
    "session",
    "sess_id",
    "sessid",
    "sess",
    "osc_sid",
    "sid",
    "s_id",
];

/// Tracking and cache busters, by name.
const TRACKING: [&str; 30] = [
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "n_media",
    "n_query",
    "n_rank",
    "spm",
    "scm",
    "_",
    "_t",
    "_dc",
    "nocache",
    "cachebuster",
    "timestamp",
    "rnd",
    "random",
];

/// Where in the list the row stood, what was searched and how it was sorted, by name.
const POSITION: [&str; 74] = [
    "pagenum",
    "pageno",
    "page_no",
    "page_num",
    "pagenumber",
    "pageindex",
    "page_index",
    "pageidx",
    "pageunit",
    "pagesize",
    "page_size",
    "pagecnt",
    "pagecount",
    "pagerow",
    "pagerows",
    "pageline",
    "paged",
    "pg",
    "pn",
    "cpage",
    "recordcnt",
    "recordcount",
    "recordcountperpage",
    "rowcount",
    "perpage",
    "per_page",
    "listsize",
    "listcnt",
    "listcount",
    "limit",
    "articlelimit",
    "offset",
    "article.offset",
    "articleoffset",
    "startrow",
    "startno",
    "firstindex",
    "lastindex",
    "rnum",
    "rownum",
    "row_num",
    "rowno",
    "rn",
    "vnum",
    "keyword",
    "keywords",
    "keyfield",
    "keytype",
    "keyword_type",
    "kwd",
    "stx",
    "sfl",
    "sop",
    "spt",
    "sst",
    "sod",
    "sca",
    "query",
    "sort",
    "sortby",
    "sortfield",
    "sortorder",
    "sortorders",
    "order",
    "orderby",
    "order_by",
    "orderdir",
    "sidx",
    "sord",
    "hit",
    "hits",
    "readcnt",
    "viewcnt",
    "listtype",
];

/// Parameters that name a board, a menu or a language rather than a notice.
const PLACE: [&str; 26] = [
    "menu",
    "menuno",
    "menuid",
    "menu_id",
    "menucd",
    "menuseq",
    "mn",
    "m",
    "mid",
    "mcode",
    "bbsid",
    "bbs_id",
    "bbsno",
    "bbs",
    "bo_table",
    "boardid",
    "board_id",
    "boardno",
    "board",
    "bid",
    "cate",
    "category",
    "categoryid",
    "site",
    "siteid",
    "year",
];

/// Whether a parameter (name lower case) is a session id, tracking or a cache buster.
pub(super) fn never_matters(name: &str, value: &str) -> bool {
    let name = name.trim_start_matches("amp;");
    is_session(name, value)
        || name == "token" && was_drawn(value)
        || TRACKING.contains(&name)
        || name.starts_with("utm_")
        // An abbreviation that means many things, unless its value is a clock's.
        || matches!(name, "t" | "ts" | "time" | "cb" | "r") && is_clock(value)
}

/// Whether a parameter (name lower case) is the id of a visitor's session.
pub(super) fn is_session(name: &str, value: &str) -> bool {
    let name = name.trim_start_matches("amp;");
    SESSION.contains(&name)
        || name.starts_with("aspsessionid")
        || name.starts_with("phpsessid")
        || PERHAPS_SESSION.contains(&name) && was_drawn(value)
        || name == "s" && value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a parameter (name lower case) tells where in the list, or in which search, the row stood.
pub(super) fn is_position(name: &str, value: &str) -> bool {
    static PAGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[a-z]{0,8}[_.]?page$").expect("a valid pattern"));
    POSITION.contains(&name)
        || name.starts_with("search")
        || name.starts_with("srch")
        || name.starts_with("sch_")
        // `subpage=water` names a page.
        || PAGE.is_match(name) && value.len() <= 5 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `value` can't be a number or a word that people gave: digits and letters in turns, or no end of them.
fn was_drawn(value: &str) -> bool {
    let value = plain(value);
    if looks_like_a_token(&value) {
        return true;
    }
    if value.len() < 8 || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return false;
    }
    // `2020spring` turns once.
    value.len() >= 20 || turns(&value) >= 2
}

/// Whether `value` looks like something that was drawn by lot: long, of letters and digits mixed, without words.
pub(super) fn looks_like_a_token(value: &str) -> bool {
    let plain = value.trim_end_matches('=');
    if plain.len() < 16 || plain.len() > 1_024 {
        return false;
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'.' | b'~');
    if !plain.bytes().all(allowed) {
        return false;
    }
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    let letters = plain.bytes().filter(u8::is_ascii_alphabetic).count();
    // `BBSMSTR_000000000022` turns once; a random text turns from letter to digit again and again.
    digits >= 2 && letters >= 2 && turns(plain) >= 4
}

/// How often a digit follows something else, or something else a digit.
fn turns(value: &str) -> usize {
    value
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count()
}

/// Whether a parameter (name lower case) says by its name that it identifies something.
pub(super) fn is_named_as_id(name: &str) -> bool {
    [
        "id", "no", "seq", "key", "idx", "num", "uuid", "guid", "code", "cd", "sn", "doc", "article", "file", "slug",
    ]
    .iter()
    .any(|ending| name.ends_with(ending))
}

/// Whether a parameter names a row by a number, so that nothing else is needed.
pub(super) fn names_a_row(name: &str, value: &str) -> bool {
    !PLACE.contains(&name)
        && !value.is_empty()
        && value.len() <= 20
        && value.bytes().all(|byte| byte.is_ascii_digit())
        && (is_named_as_id(name) || value.len() >= 3)
}

/// The path without `;jsessionid=…` and `/(S(…))`.
pub(super) fn path_without_sessions(path: &str) -> String {
    static COOKIELESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:\(|%28)(?:[A-Z](?:\(|%28)[^()/]*(?:\)|%29))+(?:\)|%29)$").expect("a valid pattern")
    });
    path.split('/')
        .filter(|segment| !COOKIELESS.is_match(segment))
        .map(|segment| match segment.split_once(';') {
            Some((before, parameter)) if parameter.contains("sess") || parameter.contains("SESS") => before,
            _ => segment,
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// `text` with its percent-encoding undone as far as it is readable.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Seconds or milliseconds since 1970, of our times.
fn is_clock(value: &str) -> bool {
    matches!(value.len(), 10 | 13) && value.starts_with(['1', '2']) && value.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_from_a_name() {
        for token in [
            "0cc175b9c0f1b6a831c399e269772661",
            "6f0a7c52-9d0b-5c3e-8a14-2b6c73d19e40",
            "hPBNJrm3DR4y6taEJXn9xUHSQ==",
        ] {
            assert!(looks_like_a_token(token), "{token}");
        }
        for name in [
            "BBSMSTR_000000000022",
            "12345678901234567890",
            "a-long-slug-of-words-2020",
            "407",
            "News",
            "",
            "2020-11-10T09:00:00",
            "water-off-on-monday-in-the-north",
        ] {
            assert!(!looks_like_a_token(name), "{name}");
        }
    }

    #[test]
    fn paging_and_searching_are_positions_and_ids_are_not() {
        for name in [
            "page",
            "nPage",
            "movePage",
            "currentPage",
            "pageIndex",
            "searchWrd",
            "srchKey",
            "article.offset",
            "cur_page",
        ] {
            assert!(is_position(&name.to_ascii_lowercase(), "1"), "{name}");
        }
        for name in [
            "pageid",
            "nttid",
            "no",
            "seq",
            "p",
            "articleno",
            "id",
            "num",
            "idx",
            "mode",
        ] {
            assert!(!is_position(name, "1"), "{name}");
        }
        for (name, value) in [
            ("page", "about-the-water-supply"),
            ("page", "gas"),
            ("subpage", "water"),
            ("homepage", "north"),
            ("page", "20201110"),
        ] {
            assert!(!is_position(name, value), "{name}={value}");
        }
    }

    #[test]
    fn a_session_is_of_a_visitor_or_of_a_parliament() {
        for (name, value) in [
            ("phpsessid", "abc"),
            ("sid", "8f3k2j9q"),
            ("sid", "77ab09f3"),
            ("session", "6f0a7c52-9d0b-5c3e-8a14-2b6c73d19e40"),
            ("session_id", "qwertyuiopasdfghjklzxcvb"),
            ("sess", "0cc175b9c0f1b6a831c399e269772661"),
            ("token", "hPBNJrm3DR4y6taEJXn9xUHSQ%3D%3D"),
        ] {
            assert!(never_matters(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("session", "58"),
            ("session", "2020spring"),
            ("session", "2019-2020"),
            ("session_id", "000000000012"),
            ("sess", "autumn"),
            ("sid", "12345678"),
            ("token", "water-off-on-monday"),
        ] {
            assert!(!never_matters(name, value), "{name}={value}");
        }
    }
}
