//! What an answer is that is not the board: told by a few marks, for people to read. Nothing is decided by it.

use crate::source::{Page, dom::Doc};

/// Phrases with which lists say that they are empty.
const EMPTY: [&str; 22] = [
    "등록된 게시물이 없",
    "등록된 글이 없",
    "등록된 내용이 없",
    "게시물이 없",
    "게시글이 없",
    "게시된 글이 없",
    "데이터가 없",
    "자료가 없",
    "검색된 결과가 없",
    "조회된 데이터가 없",
    "no posts",
    "no data",
    "no results",
    "no records",
    "no notices",
    "no articles",
    "nothing found",
    "no entries",
    "記事がありません",
    "該当する",
    "暂无",
    "查無資料",
];

/// Marks of other pages, most telling first: any of the words, and what it is then.
const MARKS: [(&[&str], &str); 8] = [
    (
        &[
            "cf-turnstile",
            "g-recaptcha",
            "h-captcha",
            "just a moment...",
            "captcha",
            "자동등록방지",
            "자동입력 방지",
        ],
        "a page that asks whether a person is there (captcha)",
    ),
    (
        &[
            "you have been blocked",
            "cloudflare ray id",
            "access denied",
            "request unsuccessful. incapsula",
            "reference #18.",
            "비정상적인 접근",
            "차단되었습니다",
            "보안정책",
            "web firewall",
            "웹방화벽",
            "request rejected",
            "접근이 거부",
            "访问被拒绝",
        ],
        "the block page of a firewall",
    ),
    (
        &[
            "점검 중",
            "점검중",
            "시스템 점검",
            "서비스 점검",
            "under maintenance",
            "scheduled maintenance",
            "メンテナンス",
            "系统维护",
        ],
        "a maintenance page",
    ),
    (
        &[
            "ora-0",
            "sqlexception",
            "java.lang.",
            "nullpointerexception",
            "fatal error:",
            "stack trace:",
            "sql syntax",
            "traceback (most recent",
        ],
        "an error of the site's own program",
    ),
    (
        &[
            "domain for sale",
            "domain is for sale",
            "buy this domain",
            "domain parking",
            "도메인 판매",
        ],
        "a parked domain",
    ),
    (
        &["type=\"password\"", "type=password", "type='password'"],
        "a login form",
    ),
    (
        &[
            "location.href=",
            "location.replace(",
            "location.href =",
            "http-equiv=\"refresh\"",
            "http-equiv=refresh",
        ],
        "a page that only leads elsewhere by script",
    ),
    (
        &[
            "<div id=root>",
            "<div id=\"root\">",
            "<div id=\"app\">",
            "<div id=app>",
            "__next_data__",
        ],
        "a page that scripts have to draw first",
    ),
];

/// Longest part of a page that is searched for marks, in bytes.
const LOOK_BYTES: usize = 200 << 10;

/// What the answer is, when it isn't HTML at all.
pub(in crate::source) fn not_html(page: &Page, text: &str) -> Option<&'static str> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let head: String = start.chars().take(200).collect::<String>().to_ascii_lowercase();
    if page.body.starts_with(b"%PDF") {
        Some("a PDF document")
    } else if page.body.starts_with(b"PK\x03\x04") || page.body.starts_with(&[0x89, b'P', b'N', b'G']) {
        Some("a binary file")
    } else if start.is_empty() {
        Some("an empty answer")
    } else if head.starts_with(['{', '[']) {
        Some("JSON; a JSON source has kind = \"json\"")
    } else if ["<rss", "<feed", "<rdf:rdf"]
        .iter()
        .any(|root| head.starts_with(root) || head.starts_with("<?xml") && head.contains(root))
    {
        Some("a feed; kind = \"feed\" reads it")
    } else if !start.contains('<') {
        Some("plain text")
    } else {
        None
    }
}

/// What the page seems to be instead of the board, as part of a sentence.
pub(super) fn seen(doc: &Doc, html: &str) -> String {
    let body = doc.body().map(|body| body.text()).unwrap_or_default();
    let text: String = body.chars().take(20_000).collect();
    if says_empty(&text) {
        return "an empty list".to_owned();
    }
    let mut end = html.len().min(LOOK_BYTES);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let head = html[..end].to_lowercase();
    // A login form in the corner of a full page is no login page.
    let bare = text.chars().count() < 2_000;
    let mark = MARKS
        .iter()
        .find(|(words, _)| bare && words.iter().any(|word| head.contains(word)));
    match (mark, doc.title()) {
        (Some((_, what)), _) => (*what).to_owned(),
        (None, _) if text.is_empty() => "a page without text".to_owned(),
        (None, Some(title)) => {
            let title: String = title.chars().filter(|c| !c.is_control()).take(80).collect();
            format!("the page {title:?}")
        }
        (None, None) => "a page without title".to_owned(),
    }
}

/// Whether `text` says that there is nothing.
pub(super) fn says_empty(text: &str) -> bool {
    let text = text.to_lowercase();
    EMPTY.iter().any(|phrase| text.contains(phrase))
}
