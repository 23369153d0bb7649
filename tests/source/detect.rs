//! Lists that nobody prepared the program for are found, and what is answered works as a configuration.

use std::path::Path;

use gazetted::{
    config,
    notice::Notice,
    source::{
        Page,
        detect::{Guess, SURE, detect},
    },
};
use jiff::Timestamp;
use serde_json::Value;

const TOWN: &str = "https://www.town.example/board/list.do";

fn page(url: &str, content_type: Option<&str>, body: Vec<u8>) -> Page {
    Page {
        url: url.parse().expect("an address"),
        content_type: content_type.map(str::to_owned),
        content_language: None,
        links: Vec::new(),
        body,
        validators: Default::default(),
        fresh_for: None,
        moved: None,
        at: "2020-12-01T00:00:00Z".parse().expect("a moment"),
    }
}

fn fixture(name: &str) -> Page {
    let path = Path::new("tests/fixtures/boards").join(format!("{name}.html"));
    page(TOWN, None, std::fs::read(path).expect("a fixture"))
}

fn found(name: &str) -> Guess {
    let page = fixture(name);
    let guesses = detect(&page, &"town".parse().expect("an id")).expect(name);
    guesses.into_iter().next().expect("a guess")
}

fn line(notice: &Notice) -> String {
    let date = notice.published.map(|date| date.day().to_string()).unwrap_or_default();
    let link = notice.link.as_ref().map(|link| {
        let query = link.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", link.path())
    });
    format!("{date} | {} | {}", notice.title, link.unwrap_or_default())
}

/// The notices, a line each.
pub(crate) fn lines(name: &str) -> Vec<String> {
    found(name).believed.notices.iter().map(line).collect()
}

/// The first and the last notice, and how many there are.
#[track_caller]
pub(crate) fn check(name: &str, count: usize, first: &str, last: &str) {
    let lines = lines(name);
    assert_eq!(lines.len(), count, "{lines:#?}");
    assert_eq!((lines[0].as_str(), lines[count - 1].as_str()), (first, last));
}

#[test]
fn a_table_is_read_without_its_badges_and_with_its_pinned_rows() {
    check(
        "korean-table",
        8,
        "2020-11-20 | 상수도 공사에 따른 단수 안내 | /board/view.do?seq=900&page=1",
        "2020-11-13 | 무료 법률 상담 일정 안내 | /board/view.do?seq=893&page=1",
    );
    let guess = found("korean-table");
    let pinned = guess.believed.notices.iter().filter(|notice| notice.pinned).count();
    assert_eq!(pinned, 2);
    assert_eq!(guess.believed.notices[1].views, Some(42));
    assert_eq!(guess.believed.notices[1].author.as_deref(), Some("총무과"));
    assert_eq!(guess.source.zone.iana_name(), Some("Asia/Seoul"));
    assert!(guess.confidence > 0.8, "{}", guess.confidence);
    assert!(guess.source.article.is_some(), "each notice's page is followed");
}

#[test]
fn links_that_are_scripts_become_addresses_by_the_pages_own_form() {
    check(
        "script-links",
        8,
        "2020-11-20 | 상수도 공사에 따른 단수 안내 | /board/view.do?bbsId=B07&nttNo=7000&menuNo=31",
        "2020-11-13 | 무료 법률 상담 일정 안내 | /board/view.do?bbsId=B07&nttNo=6993&menuNo=31",
    );
    assert!(found("script-links").notes.iter().any(|note| note.contains("form")));
}

#[test]
fn terms_and_their_definitions_are_one_row() {
    check(
        "japanese-definitions",
        5,
        "2020-11-20 | 道路工事による通行止めのお知らせ | /news/400.html",
        "2020-11-16 | 市民講座の参加者を募集します | /news/396.html",
    );
}

#[test]
fn dates_in_pieces_and_titles_that_are_cut_are_read_whole() {
    check(
        "chinese-list",
        6,
        "2020-11-20 | 关于调整公交线路的通知（办发〔2020〕3号） | /board/202011/t20201120_880.html",
        "2020-11-15 | 城区道路施工公告（办发〔2020〕8号） | /board/202011/t20201125_885.html",
    );
}

#[test]
fn cards_are_told_from_menus_and_popular_stories() {
    check(
        "cards",
        6,
        "2020-11-20 | Road closed for repairs on Mill Lane | /news/400/story",
        "2020-11-15 | Grants for village halls now open | /news/395/story",
    );
}

#[test]
fn a_heading_gives_its_date_to_the_rows_below() {
    check(
        "dates-above",
        6,
        "2020-11-20 | Road closed for repairs on Mill Lane | /b/00",
        "2020-11-18 | Grants for village halls now open | /b/21",
    );
}

#[test]
fn paragraphs_are_rows_too() {
    check(
        "plain-paragraphs",
        5,
        "2020-11-20 | Sperrung der Hauptstraße wegen Bauarbeiten | /board/bekannt/300.pdf",
        "2020-11-16 | Bekanntmachung der Haushaltssatzung | /board/bekannt/296.pdf",
    );
}

#[test]
fn a_list_in_a_page_laid_out_by_tables_is_found() {
    check(
        "nested-layout",
        6,
        "2020-11-20 | Road closed for repairs on Mill Lane | /board/n90.html",
        "2020-11-15 | Grants for village halls now open | /board/n85.html",
    );
}

#[test]
fn a_title_that_is_no_link_gets_the_link_of_its_row() {
    check(
        "title-not-linked",
        6,
        "2020-11-20 | Road closed for repairs on Mill Lane | /meetings/400",
        "2020-11-15 | Grants for village halls now open | /meetings/395",
    );
}

#[test]
fn rows_that_are_links_themselves_are_read() {
    check(
        "link-rows",
        4,
        "2020-11-20 | Travaux sur la route départementale | /actus/400",
        "2020-11-17 | Nouveaux horaires de la mairie | /actus/397",
    );
}

#[test]
fn a_list_cut_in_two_is_one_and_its_dead_links_are_told() {
    check(
        "two-bodies",
        8,
        "2020-10-01 | 상수도 공사에 따른 단수 안내 | ",
        "2020-11-15 | 무료 법률 상담 일정 안내 | ",
    );
    let guess = found("two-bodies");
    assert!(
        guess.notes.iter().any(|note| note.contains("data-seq")),
        "{:?}",
        guess.notes
    );
}

#[test]
fn what_a_page_holds_for_its_scripts_is_read_where_it_shows_nothing() {
    check(
        "next-state",
        6,
        "2020-11-20 | Road closed for repairs on Mill Lane | /newsroom/400",
        "2020-11-15 | Grants for village halls now open | /newsroom/395",
    );
}

#[test]
fn an_api_is_read_by_paths() {
    let body = br#"{"data":{"list":[{"no":7,"title":"Water off","regDate":"2020-11-10","url":"/n/7"},{"no":6,"title":"Library closed","regDate":"2020-11-09","url":"/n/6"}]}}"#;
    let page = page(TOWN, Some("application/json"), body.to_vec());
    let guesses = detect(&page, &"town".parse().expect("an id")).expect("a list");
    let lines: Vec<String> = guesses[0].believed.notices.iter().map(line).collect();
    assert_eq!(
        lines,
        ["2020-11-10 | Water off | /n/7", "2020-11-09 | Library closed | /n/6"]
    );
}

#[test]
fn a_menu_is_no_list_of_notices() {
    for name in ["no-list", "no-topics", "no-menu-numbers"] {
        let guesses = detect(&fixture(name), &"town".parse().expect("an id"));
        assert!(guesses.is_err(), "{name}: {guesses:#?}");
    }
}

#[test]
fn what_is_answered_reads_the_same_when_it_is_pasted_into_a_configuration() {
    let names = std::fs::read_dir("tests/fixtures/boards").expect("fixtures");
    for name in names.map(|entry| {
        entry
            .expect("a fixture")
            .file_name()
            .to_string_lossy()
            .replace(".html", "")
    }) {
        let page = fixture(&name);
        let Ok(guesses) = detect(&page, &"town".parse().expect("an id")) else {
            continue;
        };
        let text = config::block(&guesses[0].source);
        let config = config::parse(&text, Path::new("gazetted.toml"))
            .unwrap_or_else(|problems| panic!("{name}: {problems}\n{text}"));
        let source = &config.sources[0].source;
        let parsed = source.parse(&page).expect(&name);
        let believed = gazetted::source::believe(source, &page, parsed);
        assert_eq!(believed.notices, guesses[0].believed.notices, "{name}");
    }
}

#[test]
fn hostile_pages_are_answered_in_time_that_grows_with_their_length() {
    for hostile in [
        "<ul>".repeat(40_000),
        "<li><a href=x>2020-01-01 notice</a>".repeat(20_000),
        "<div class=a><div class=b>".repeat(20_000),
        "<p class='a b c d e f g h'>x".repeat(20_000),
        "<table><tr><td>".repeat(10_000),
        "<dt>2020<dd>x".repeat(20_000),
        "<a onclick=\"f('1')\">title of it</a> ".repeat(10_000),
        "{\"a\":[".repeat(50_000),
    ] {
        let start = std::time::Instant::now();
        let _ = detect(
            &page(TOWN, None, hostile.clone().into_bytes()),
            &"town".parse().expect("an id"),
        );
        assert!(
            start.elapsed().as_secs() < 30,
            "{}: {:?}",
            &hostile[..20],
            start.elapsed()
        );
    }
}

/// Real pages, where they are at hand: most of their rows are found, and no page is read as something else.
#[test]
fn pages_of_real_boards_are_read() {
    let root = Path::new("../shared/boards/list");
    let Ok(folders) = std::fs::read_dir(root) else {
        eprintln!("skipped: there is no {}", root.display());
        return;
    };
    let (mut pages, mut share) = (0, 0.0);
    for folder in folders.map(|folder| folder.expect("a folder").path()) {
        let document = |name: &str| -> Value {
            serde_json::from_slice(&std::fs::read(folder.join(name)).expect(name)).expect("JSON")
        };
        let (meta, expected) = (document("meta.json"), document("expected.json"));
        let charset = meta["charset_header"]
            .as_str()
            .map(|charset| format!("text/html; charset={charset}"));
        let body = std::fs::read(folder.join("page.html")).expect("a page");
        let page = Page {
            at: Timestamp::now(),
            ..page(meta["url"].as_str().expect("an address"), charset.as_deref(), body)
        };
        let entries = expected["entries"].as_array().expect("entries");
        let guesses = detect(&page, &"board".parse().expect("an id")).unwrap_or_default();
        let notices = guesses
            .first()
            .map(|guess| guess.believed.notices.as_slice())
            .unwrap_or_default();
        let titles: Vec<String> = notices.iter().map(|notice| squeezed(&notice.title)).collect();
        let right = entries.iter().filter(|entry| {
            let told = [&entry["title"]]
                .into_iter()
                .chain(entry["title_alt"].as_array().into_iter().flatten());
            told.filter_map(Value::as_str)
                .any(|title| titles.contains(&squeezed(title)))
        });
        pages += 1;
        share += right.count() as f64 / entries.len() as f64;
    }
    assert!(share / f64::from(pages) > 0.96, "{} of {pages} pages", share);
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn who_is_not_sure_says_so_and_shows_two_guesses() {
    let page = fixture("two-lists-undated");
    let guesses = detect(&page, &"town".parse().expect("an id")).expect("a guess");
    let counts: Vec<usize> = guesses.iter().map(|guess| guess.believed.notices.len()).collect();
    assert_eq!(counts, [10, 5], "both lists, or the first");
    assert!(guesses.iter().all(|guess| guess.confidence < SURE));
    let page = fixture("korean-table");
    let guesses = detect(&page, &"town".parse().expect("an id")).expect("a guess");
    assert_eq!(guesses.len(), 1, "who is sure shows one");
}
