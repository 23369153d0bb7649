//! The board that this project was asked for, as our own pages show it.

use gazetted::source::{self, Kind, Page, Source, article, board, preset, preview::Preview};

use crate::town::{ids, page_at, read, rules, url, with_article};

const LIST: &str = "https://www.mois.go.kr/eng/bbs/type001/commonSelectBoardList.do?bbsId=BBSMSTR_000000000022";
const ARTICLE: &str =
    "https://www.mois.go.kr/eng/bbs/type001/commonSelectBoardArticle.do?bbsId=BBSMSTR_000000000022&nttId=80922";
const TITLE: &str = "Republic of Korea talks the future of digital government with digital leaders";

/// Where the notice of the talks stands, a pinned row being the first.
const TALKS: usize = 5;

fn board_rules() -> board::Rules {
    rules(
        r#"
        row    = "table.board > tbody > tr"
        title  = "td.subject a"
        link   = "td.subject a @href"
        date   = "td.date"
        views  = "td.read"
        pinned = "td.num .notice"
        "#,
    )
}

fn article_rules() -> article::Rules {
    rules(
        r#"
        content     = ".view_cont"
        views       = ".view_info .read"
        date        = ".view_info .date"
        attachments = ".file_list a"
        attachment_template = "/cmm/fms/FileDown.do?atchFileId={1}&fileSn={2}"
        "#,
    )
}

fn ministry() -> Source {
    Source {
        id: "mois-news".parse().expect("an id"),
        url: url(LIST),
        ..crate::town::source(Kind::Board(board_rules().into()))
    }
}

fn list() -> Page {
    page_at(
        LIST,
        "text/html;charset=UTF-8",
        include_str!("../fixtures/mois/list.html"),
    )
}

fn talks() -> Page {
    page_at(
        ARTICLE,
        "text/html;charset=UTF-8",
        include_str!("../fixtures/mois/article-80922.html"),
    )
}

#[test]
fn the_list_holds_its_rows_and_nothing_of_the_furniture() {
    let believed = read(&ministry(), &list()).expect("a list");
    assert_eq!(believed.notices.len(), 11, "twelve rows, one of them a pinned copy");
    assert_eq!(believed.set_aside, []);
    assert_eq!(believed.doubts, []);
    let talks = &believed.notices[TALKS];
    assert_eq!(talks.title, TITLE);
    assert_eq!(talks.link.as_ref().map(|link| link.as_str()), Some(ARTICLE));
    assert_eq!(
        talks.published.map(|date| date.to_string()).as_deref(),
        Some("2020-11-10")
    );
    assert_eq!(talks.views, Some(9_872));
    let pinned: Vec<bool> = believed.notices.iter().map(|notice| notice.pinned).collect();
    assert_eq!(pinned.iter().filter(|pinned| **pinned).count(), 1);
    assert!(pinned[0]);
}

#[test]
fn the_article_has_its_text_its_count_and_its_file() {
    let notice = with_article(&ministry(), &list(), TALKS, &article_rules(), &talks());
    assert_eq!(notice.title, TITLE);
    assert_eq!(notice.views, Some(9_872));
    let day = notice.published.expect("a date");
    assert_eq!(day.to_string(), "2020-11-10");
    for zone in ["Asia/Seoul", "UTC", "America/Los_Angeles", "Pacific/Kiritimati"] {
        let zone = jiff::tz::TimeZone::get(zone).expect("a zone");
        assert_eq!(day.zoned(&zone).date().to_string(), "2020-11-10");
    }
    let content = notice.content.as_ref().expect("a text");
    assert_eq!(content.as_str().matches("<p>").count(), 7);
    assert_eq!(content.text().lines().count(), 7);
    assert!(content.text().starts_with("Ministers of ten countries"));
    assert!(content.text().ends_with("for 2022, to Korea."));
    for furniture in [
        "the body go",
        "topmenu",
        "HOME",
        "Read :",
        "Attached File",
        "Privacy",
        "List",
        "Previous",
    ] {
        assert!(!content.as_str().contains(furniture), "{furniture}");
    }
    let [file] = &notice.attachments[..] else {
        panic!("one file, not {:?}", notice.attachments)
    };
    assert_eq!(file.name, "201110 Digital Nations (English).pdf");
    assert_eq!(file.media_type.as_deref(), Some("application/pdf"));
    assert_eq!(
        file.url.as_str(),
        "https://www.mois.go.kr/cmm/fms/FileDown.do?atchFileId=FILE_00098001gWdQnXk&fileSn=0"
    );
}

#[test]
fn files_behind_scripts_get_addresses_by_template() {
    let at = ARTICLE.replace("80922", "81102");
    let page = page_at(&at, "text/html", include_str!("../fixtures/mois/article-81102.html"));
    let notice = with_article(&ministry(), &list(), 4, &article_rules(), &page);
    let files: Vec<(&str, &str)> = notice
        .attachments
        .iter()
        .map(|file| (file.name.as_str(), file.url.as_str()))
        .collect();
    assert_eq!(
        files,
        [
            (
                "Mobile ID - questions and answers.hwp",
                "https://www.mois.go.kr/cmm/fms/FileDown.do?atchFileId=FILE_00098044zQ&fileSn=0"
            ),
            (
                "mobile_id.zip",
                "https://www.mois.go.kr/cmm/fms/FileDown.do?atchFileId=FILE_00098044zQ&fileSn=1"
            ),
        ]
    );
}

#[test]
fn another_session_shows_the_same_notices() {
    let source = ministry();
    let first = read(&source, &list()).expect("a list").notices;
    let html = include_str!("../fixtures/mois/list.html")
        .replace(";jsessionid=7Qm2Wd41hXbLr9.node11", ";jsessionid=ZZZ.node12");
    let again = read(&source, &page_at(LIST, "text/html", html))
        .expect("a list")
        .notices;
    assert_eq!(first, again);
    let html = include_str!("../fixtures/mois/list.html").replace(";jsessionid=7Qm2Wd41hXbLr9.node11", "");
    let bare = read(&source, &page_at(LIST, "text/html", html))
        .expect("a list")
        .notices;
    assert_eq!(first, bare);
}

#[test]
fn reading_the_article_changes_neither_id_nor_link() {
    let source = Source {
        article: Some(article_rules().into()),
        ..ministry()
    };
    let row = read(&source, &list()).expect("a list").notices.remove(TALKS);
    let whole = source::believe_article(&source, &row, &talks()).expect("an article");
    assert_eq!((row.id, &row.link), (whole.id, &whole.link));
    assert_eq!(whole, with_article(&source, &list(), TALKS, &article_rules(), &talks()));
    let other = page_at(ARTICLE, "text/html", "<title>Error</title><p>Something went wrong</p>");
    assert!(source::believe_article(&source, &row, &other).is_err());
}

#[test]
fn a_page_that_is_not_the_article_leaves_the_notice_as_it_was() {
    let mut parsed = ministry().parse(&list()).expect("a list");
    let before = format!("{:?}", parsed.drafts[TALKS]);
    let other = page_at(
        ARTICLE,
        "text/html",
        "<html><title>Error</title><p>Something went wrong</p></html>",
    );
    let error = article::complete(&mut parsed.drafts[TALKS], &article_rules(), &other).expect_err("no article");
    assert!(error.to_string().contains(".view_cont"), "{error}");
    assert_eq!(format!("{:?}", parsed.drafts[TALKS]), before);
}

#[test]
fn the_preset_reads_it_without_configuration() {
    let (preset, parsed) = preset::recognise(&list()).expect("a known family");
    assert_eq!(preset.name, "egovframe");
    let source = Source {
        kind: Kind::Board(preset.board.clone()),
        ..ministry()
    };
    let by_preset = source::believe(&source, &list(), parsed).notices;
    let by_hand = read(&ministry(), &list()).expect("a list").notices;
    assert_eq!(by_preset, by_hand);
    let rules = preset.article.as_ref().expect("rules for articles");
    let by_preset = with_article(&source, &list(), TALKS, rules, &talks());
    assert_eq!(
        by_preset,
        with_article(&ministry(), &list(), TALKS, &article_rules(), &talks())
    );
}

#[test]
fn the_preview_has_the_names_of_the_contract() {
    let source = ministry();
    let parsed = source.parse(&list()).expect("a list");
    let meta = parsed.meta.clone();
    let believed = source::believe(&source, &list(), parsed);
    let json = serde_json::to_value(Preview::of(&source, &meta, &believed)).expect("JSON");
    assert_eq!(json["source"]["kind"], "board");
    assert_eq!(json["source"]["language"], "en");
    assert_eq!(json["source"]["description"], serde_json::Value::Null);
    assert_eq!(json["entries"][TALKS]["id"], ids(&believed.notices)[TALKS]);
    assert_eq!(json["entries"][TALKS]["published"], "2020-11-10");
    assert_eq!(json["entries"][TALKS]["views"], 9872);
    assert_eq!(json["entries"][TALKS]["guid"], serde_json::Value::Null);
    assert_eq!(json["entries"][TALKS]["attachments"], serde_json::json!([]));
    assert_eq!(json["set_aside"], serde_json::json!([]));
    assert!(json.get("confidence").is_none() && json.get("toml").is_none());
}
