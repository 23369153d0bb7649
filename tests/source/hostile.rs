//! What a board throws at its readers.

use std::time::{Duration, Instant};

use gazetted::source::{
    Kind,
    believe::{MAX_ITEMS, one_line, views},
    dom::Doc,
    links, pick,
};
use proptest::prelude::*;

use crate::town::{self, board, look, page, page_at, read, refused, row, source, titles};

#[test]
fn a_page_that_is_not_the_board_is_refused_and_named() {
    for (html, seen) in [
        (
            "<title>Login</title><form><input type=password name=pw></form>",
            "a login form",
        ),
        (
            "<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1>",
            "firewall",
        ),
        (
            "<title>Access Denied</title>You don't have permission. Reference #18.1d2f",
            "firewall",
        ),
        (
            "<title>Web firewall</title>비정상적인 접근이 감지되어 차단되었습니다.",
            "firewall",
        ),
        ("<title>시스템 점검</title>시스템 점검 중입니다.", "maintenance"),
        ("<body><div id=root></div><script src=/app.js></script>", "scripts"),
        (
            "<script>location.href='/sso?r='+encodeURIComponent(location.href)</script>",
            "leads elsewhere",
        ),
        (
            "<title>Just a moment...</title><div class=cf-turnstile></div>",
            "captcha",
        ),
        (
            "<h1>ORA-00257: archiver error</h1>java.lang.NullPointerException",
            "own program",
        ),
        (
            "<title>domain for sale</title><a href=//ads.example/1>Notice</a>",
            "parked",
        ),
        ("{\"code\":\"500\",\"list\":[]}", "JSON"),
        ("OK", "plain text"),
        ("     ", "empty answer"),
        ("", "empty answer"),
        ("%PDF-1.7\n", "PDF"),
        ("<?xml version='1.0'?><rss version='2.0'></rss>", "a feed"),
        ("<main><article><h3>Water off</h3></article></main>", "selects nothing"),
    ] {
        let why = refused(html);
        assert!(why.contains(seen), "{html}: {why}");
    }
}

#[test]
fn an_empty_list_is_refused_whatever_it_says() {
    let nothing = "<tr><td colspan=4 class=nodata>등록된 게시물이 없습니다.</td></tr>".to_owned();
    assert!(refused(board([nothing])).contains("an empty list"));
    assert!(refused(board([])).contains("selects nothing"));
    let commented = board([row("v?n=1", "One", "2020.11.10")]).replace("<tbody>", "<tbody><!-- ");
    assert!(refused(commented).contains("selects nothing"));
}

#[test]
fn the_last_row_of_a_page_that_was_cut_off_is_not_believed() {
    let whole = board((1..=5).map(|n| row(&format!("v?n={n}"), &format!("Notice number {n}"), "2020.11.10")));
    let cut = &whole[..whole.find("number 4").expect("a fourth row") + 3];
    assert_eq!(
        titles(&look(cut)),
        ["Notice number 1", "Notice number 2", "Notice number 3"]
    );
    let cut = &whole[..whole.find("number 1").expect("a first row") + 3];
    assert!(!refused(cut).is_empty());
}

#[test]
fn links_that_are_no_addresses_are_dropped_and_the_notices_stay() {
    let links = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(2)",
        "\u{1}javascript:alert(3)",
        "java\nscript:alert(4)",
        "data:text/html,<script>1</script>",
        "vbscript:x",
        "blob:x",
        "  javascript:alert(5)",
    ];
    let notices = look(board(
        links
            .iter()
            .enumerate()
            .map(|(n, link)| row(link, &format!("Title {n}"), "2020.11.10")),
    ));
    assert_eq!(notices.len(), links.len());
    assert!(notices.iter().all(|notice| notice.link.is_none()));
    let long = look(board([row(
        &format!("v?n=1&x={}", "u".repeat(1_000_000)),
        "Long",
        "2020.11.10",
    )]));
    assert_eq!((titles(&long), &long[0].link), (vec!["Long"], &None));
}

#[test]
fn titles_are_plain_text_on_one_line() {
    let notices = look(board([
        row(
            "v?n=1",
            "<b>bold</b><img src=x onerror=alert(1)> AT&amp;T &lt;c&gt;",
            "2020.11.10",
        ),
        row("v?n=2", "Hello&#13;&#10;Bcc: victim@example.org\r\nX: 1", "2020.11.10"),
        row(
            "v?n=3",
            "nul\u{0} esc\u{1b}[31m Invoice \u{202e}gpj.exe\u{2066}",
            "2020.11.10",
        ),
        row(
            "v?n=4",
            "{{7*7}} <%= 7 %> Robert'); DROP TABLE entries;--",
            "2020.11.10",
        ),
    ]));
    assert_eq!(
        titles(&notices),
        [
            "bold AT&T <c>",
            "Hello Bcc: victim@example.org X: 1",
            "nul esc[31m Invoice gpj.exe",
            "{{7*7}} <%= 7 %> Robert'); DROP TABLE entries;--",
        ]
    );
}

#[test]
fn dates_that_are_none_leave_the_notice() {
    let dates = [
        "",
        "2026.02.31",
        "0000-00-00",
        "2026.13.01",
        "99999.1.1",
        "1e309",
        "2099.01.01",
    ];
    let source = source(Kind::Board(town::town_rules().into()));
    let html = board(
        dates
            .iter()
            .enumerate()
            .map(|(n, date)| row(&format!("v?n={n}"), &format!("Title {n}"), date)),
    );
    let believed = read(&source, &page(html)).expect("a board");
    assert_eq!(believed.notices.len(), dates.len());
    assert!(
        believed.notices[..6].iter().all(|notice| notice.published.is_none()),
        "{:?}",
        believed.notices
    );
    assert_eq!(
        believed.notices[6].published.map(|date| date.to_string()).as_deref(),
        Some("2099-01-01")
    );
    assert!(
        believed
            .doubts
            .iter()
            .any(|doubt| doubt.reason.contains("in the future")),
        "{:?}",
        believed.doubts
    );
    assert!(
        believed
            .doubts
            .iter()
            .any(|doubt| doubt.reason.contains("can't be read")),
        "{:?}",
        believed.doubts
    );
}

#[test]
fn what_is_too_much_is_cut() {
    let many = look(board(
        (0..2_000).map(|n| row(&format!("v?n={n}"), &format!("Title {n}"), "2020.11.10")),
    ));
    assert_eq!(many.len(), MAX_ITEMS);
    let long = look(board([row("v?n=1", &"T".repeat(3_000_000), "2020.11.10")]));
    assert_eq!(long[0].title.chars().count(), 500);
}

#[test]
fn hostile_markup_takes_no_unbounded_time() {
    let deep = |tag: &str| format!("<html><body>{}", tag.repeat(500_000));
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=1")).collect();
    for html in [
        deep("<div>"),
        deep("<table><tr><td>"),
        deep("<b><i><a></b>"),
        format!("<table class=board><tbody>{}", "<tr></tr>".repeat(500_000)),
        format!("<div{attributes}>"),
        format!("<body>{}", "A".repeat(20_000_000)),
    ] {
        let start = Instant::now();
        refused(html);
        // Unoptimised; a release build is twenty times faster.
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }
}

#[test]
fn whatever_charset_is_claimed_nothing_breaks() {
    let html = board([row("v?n=1", "단수 안내 [GZ-000010]", "2020.11.10")]);
    let euc = encoding_rs::EUC_KR
        .encode(&html.replace("charset=utf-8", "charset=euc-kr"))
        .0
        .into_owned();
    let utf16: Vec<u8> = b"\xff\xfe"
        .iter()
        .copied()
        .chain(html.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let source = source(Kind::Board(town::town_rules().into()));
    for (charset, bytes) in [
        ("utf-8", euc.clone()),
        ("euc-kr", html.clone().into_bytes()),
        ("klingon", html.clone().into_bytes()),
        ("utf-8", utf16),
    ] {
        let page = page_at(town::LIST, &format!("text/html; charset={charset}"), bytes);
        let notices = read(&source, &page).expect("a board").notices;
        assert_eq!(titles(&notices), ["단수 안내 [GZ-000010]"], "{charset}");
    }
    let broken = html.replace("안내", "ABCDEF").into_bytes();
    let at = broken
        .windows(6)
        .position(|window| window == b"ABCDEF")
        .expect("a mark");
    let mut broken = broken;
    broken[at..at + 6].copy_from_slice(b"\xff\xfe\xc0\xaf\xed\xa0");
    assert!(titles(&look(broken))[0].contains("[GZ-000010]"));
}

/// Pieces of markup and script that readers trip over, and anything at all between them.
fn rubble() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "<(/)?(td|tr|table|b|a|script|font|li|!--|p|title)?",
        "[ =\"'>/(),;#&]{1,3}",
        "(href|onclick|class)=(\"|')?",
        "javascript:fn\\('",
        "\\PC{0,6}",
        "[\u{0}-\u{ff}\u{200b}-\u{202e}\u{fe0f}가-힣]{0,4}",
        Just(" a".repeat(300)),
        Just("<div>".repeat(600)),
    ];
    proptest::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_a_reader(text in rubble()) {
        let title = one_line(&text, 50);
        prop_assert!(title.chars().count() <= 50 && !title.chars().any(char::is_control));
        prop_assert_eq!(one_line(&title, 50), title);
        pick::arguments(&text);
        pick::address_in(&text);
        views::read(&text);
        let base = town::url(town::LIST);
        if let Some(link) = links::absolute(&text, &base).map(links::steady) {
            prop_assert!(matches!(link.scheme(), "http" | "https"));
            prop_assert_eq!(links::steady(link.clone()), link);
        }
        Doc::parse(&text);
    }

    #[test]
    fn no_row_breaks_a_board(text in rubble(), link in "\\PC{0,20}") {
        let source = source(Kind::Board(town::town_rules().into()));
        let html = board([row(&link, &text, &text), row("view.do?nttId=2", "Power off", "2020.11.10")]);
        if let Ok(believed) = read(&source, &page(html)) {
            prop_assert!(believed.notices.iter().all(|notice| !notice.title.trim().is_empty()));
        }
    }
}
