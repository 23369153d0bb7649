//! Boards of families that are known are recognised, and read by the family's rules alone.

use std::{collections::BTreeSet, fmt::Write, path::Path};

use gazetted::source::{Kind, Page, Source, believe, detect, preset};
use jiff::tz::TimeZone;

/// Where the fixtures stand that show what they are by themselves.
const PLACE: &str = "https://www.town.example/notices";

fn fixture(name: &str, url: &str) -> Page {
    let path = Path::new("tests/fixtures/presets").join(format!("{name}.html"));
    Page {
        url: url.parse().expect("an address"),
        content_type: None,
        content_language: None,
        links: Vec::new(),
        body: std::fs::read(path).expect("a fixture"),
        validators: Default::default(),
        fresh_for: None,
        moved: None,
        at: "2020-12-01T00:00:00Z".parse().expect("a moment"),
    }
}

/// What the rules of `family` read in the fixture: a line for each notice, a star before those that are pinned.
fn told(name: &str, family: &str) -> String {
    let page = fixture(name, PLACE);
    let (found, parsed) = preset::recognise(&page).unwrap_or_else(|| panic!("{name} is not recognised"));
    assert_eq!(found.name, family, "{name}");
    let zone = found.timezone.as_deref().unwrap_or("UTC");
    let source = Source {
        id: "town".parse().expect("an id"),
        name: "Town".to_owned(),
        url: page.url.clone(),
        kind: Kind::Board(found.board.clone()),
        language: None,
        zone: TimeZone::get(zone).expect("a zone"),
        tags: Vec::new(),
        article: None,
    };
    let believed = believe(&source, &page, parsed);
    assert!(believed.set_aside.is_empty(), "{name}: {:?}", believed.set_aside);
    let mut lines = String::new();
    for notice in &believed.notices {
        let date = notice.published.map(|date| date.day().to_string()).unwrap_or_default();
        let link = notice.link.as_ref().map(ToString::to_string).unwrap_or_default();
        let link = link.replace("https://www.town.example", "");
        let pin = if notice.pinned { "*" } else { "" };
        writeln!(lines, "{pin}{date} | {} | {link}", notice.title).expect("text");
    }
    lines
}

#[track_caller]
fn check(name: &str, family: &str, expected: [&str; 4]) {
    let told = told(name, family);
    assert_eq!(told.lines().collect::<Vec<_>>(), expected, "{name}");
}

/// The titles and dates of the Korean fixtures and of the others, with links as `link` makes them of their number.
fn korean(pinned: usize, link: impl Fn(usize) -> String) -> [String; 4] {
    let titles = [
        "상수도관 교체에 따른 단수 안내",
        "도서관 임시 휴관 안내",
        "무료 법률 상담 일정 안내",
        "가로수 가지치기 작업 안내",
    ];
    lines(titles, pinned, link)
}

fn english(pinned: usize, link: impl Fn(usize) -> String) -> [String; 4] {
    let titles = [
        "Road closed for repairs on Mill Lane",
        "New opening hours of the library",
        "Consultation on the parking zones",
        "Grants for village halls now open",
    ];
    lines(titles, pinned, link)
}

fn lines(titles: [&str; 4], pinned: usize, link: impl Fn(usize) -> String) -> [String; 4] {
    std::array::from_fn(|nth| {
        let pin = if nth < pinned { "*" } else { "" };
        format!("{pin}2020-11-{} | {} | {}", 20 - nth, titles[nth], link(nth))
    })
}

#[test]
fn each_family_is_recognised_by_what_its_pages_hold_and_read_by_its_rules() {
    let story = |nth| format!("/news/detail/story-{}", 80 - nth);
    let joomla = |nth| format!("/notices/{}-story", 80 - nth);
    let families = [
        (
            "egovframe",
            "egovframe",
            korean(1, |nth| {
                format!(
                    "/selectBoardArticle.do?bbsId=BBSMSTR_000000000101&nttId={}&menuNo=30",
                    900 - nth
                )
            }),
        ),
        (
            "egovframe-script",
            "egovframe",
            korean(0, |nth| {
                format!("/selectBoardArticle.do?bbsId=BBSMSTR_000000000101&nttId={}", 900 - nth)
            }),
        ),
        (
            "k2web",
            "k2web",
            korean(1, |nth| format!("/bbs/town/77/{}/artclView.do", 5_000 - nth)),
        ),
        (
            "gnuboard",
            "gnuboard",
            korean(1, |nth| format!("/bbs/board.php?bo_table=notice&wr_id={}", 70 - nth)),
        ),
        (
            "rhymix",
            "rhymix",
            korean(1, |nth| format!("/index.php?mid=board&document_srl={}", 300 - nth)),
        ),
        (
            "wordpress",
            "wordpress",
            english(1, |nth| format!("/2020/11/story-{}/", 80 - nth)),
        ),
        (
            "drupal",
            "drupal",
            english(0, |nth| format!("/news/2020/story-{}", 80 - nth)),
        ),
        ("joomla", "joomla", english(0, joomla)),
        ("joomla-3", "joomla", english(0, joomla)),
        ("joomla-blog", "joomla", english(0, joomla)),
        (
            "discourse",
            "discourse",
            english(0, |nth| format!("https://forum.town.example/t/story/{}", 80 - nth)),
        ),
        (
            "phpbb",
            "phpbb",
            english(1, |nth| format!("/viewtopic.php?f=2&t={}", 80 - nth)),
        ),
        ("typo3", "typo3", english(0, story)),
        (
            "sharepoint",
            "sharepoint",
            english(0, |nth| format!("/Lists/Notices/DispForm.aspx?ID={}", 80 - nth)),
        ),
        (
            "liferay",
            "liferay",
            english(0, |nth| {
                format!(
                    "/news/-/asset_publisher/Xy12/content/story-{}?_com_liferay_asset_publisher_redirect=%2Fnews",
                    80 - nth
                )
            }),
        ),
    ];
    for (name, family, expected) in &families {
        check(name, family, expected.each_ref().map(String::as_str));
    }
    let shown: BTreeSet<&str> = families.iter().map(|(_, family, _)| *family).collect();
    let known: BTreeSet<&str> = preset::all().iter().map(|family| family.name.as_str()).collect();
    assert_eq!(shown, known, "every family has a fixture");
}

#[test]
fn an_address_alone_tells_a_family() {
    for (url, family) in [
        (
            "https://www.town.example/eng/bbs/type001/commonSelectBoardList.do?bbsId=BBSMSTR_000000000022",
            "egovframe",
        ),
        ("https://www.town.example/portal/selectNttList.do?menuNo=7", "egovframe"),
        ("https://www.town.example/bbs/town/77/artclList.do", "k2web"),
        ("https://www.town.example/town/1234/subview.do", "k2web"),
        (
            "https://www.town.example/bbs/board.php?bo_table=notice&page=2",
            "gnuboard",
        ),
        ("https://www.town.example/forum/viewforum.php?f=2", "phpbb"),
    ] {
        let page = fixture(family, url);
        let bare = |html: &str| {
            preset::fitting(&page, html, &gazetted::source::dom::Doc::parse(html))
                .map(|found| found.name.as_str())
                .next()
        };
        assert_eq!(bare("<p>Nothing that would tell"), Some(family), "{url}");
    }
}

#[test]
fn counts_and_names_are_read_where_a_family_shows_them() {
    for (name, views, author) in [
        ("egovframe", Some(31), Some("수도과")),
        ("k2web", Some(31), Some("수도과")),
        ("gnuboard", Some(31), Some("수도과")),
        ("rhymix", Some(31), Some("수도과")),
        ("wordpress", None, Some("Town clerk")),
        ("joomla", Some(300), Some("Town clerk")),
        ("joomla-blog", None, Some("Town clerk")),
        ("discourse", Some(40), None),
        ("phpbb", Some(40), Some("Clerk")),
    ] {
        let page = fixture(name, PLACE);
        let (found, parsed) = preset::recognise(&page).expect(name);
        let source = Source {
            id: "town".parse().expect("an id"),
            name: "Town".to_owned(),
            url: page.url.clone(),
            kind: Kind::Board(found.board.clone()),
            language: None,
            zone: TimeZone::UTC,
            tags: Vec::new(),
            article: None,
        };
        let first = believe(&source, &page, parsed).notices.remove(0);
        assert_eq!((first.views, first.author.as_deref()), (views, author), "{name}");
    }
}

#[test]
fn a_page_that_its_family_reads_as_well_as_anybody_is_written_by_the_family_s_name() {
    for name in [
        "discourse",
        "drupal",
        "egovframe",
        "gnuboard",
        "joomla",
        "k2web",
        "liferay",
        "rhymix",
        "sharepoint",
        "wordpress",
    ] {
        let page = fixture(name, PLACE);
        let guesses = detect::detect(&page, &"town".parse().expect("an id")).expect("a list");
        let block = gazetted::config::block(&guesses[0].source);
        assert!(block.contains(&format!("preset = \"{name}\"")), "{block}");
        let config =
            gazetted::config::parse(&block, Path::new("town.toml")).unwrap_or_else(|problems| panic!("{problems}"));
        let read = &config.sources[0].source;
        let believed = believe(read, &page, read.parse(&page).expect("a list"));
        assert_eq!(believed.notices, guesses[0].believed.notices, "{name}");
    }
}
