//! The pages of single notices, read without any configuration: our own pages in many shapes and languages.

use gazetted::{
    notice::{Notice, Published},
    source::{self, Draft, Kind, Page, Parsed, Source, article},
};

use crate::town::{page_at, read, row};

/// What a reader wants from a page.
struct Expected {
    title: &'static str,
    published: &'static str,
    author: Option<&'static str>,
    views: Option<u64>,
    begins: &'static str,
    ends: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const NOTHING: Expected = Expected {
    title: "",
    published: "",
    author: None,
    views: None,
    begins: "",
    ends: "",
    files: &[],
};

fn at(address: &str, html: &str) -> Page {
    page_at(address, "text/html; charset=utf-8", html)
}

fn board(language: &str) -> Source {
    Source {
        language: Some(language.to_owned()),
        ..crate::town::source(Kind::Auto)
    }
}

/// The notice that `page` is about, worked out from it alone.
fn worked_out(source: &Source, page: &Page) -> Notice {
    let mut draft = Draft::default();
    article::complete(&mut draft, &article::Rules::default(), page).expect("a notice");
    let parsed = Parsed {
        drafts: vec![draft],
        ..Parsed::default()
    };
    source::believe(source, page, parsed).notices.remove(0)
}

#[track_caller]
fn check(language: &str, address: &str, html: &str, expected: &Expected) {
    let notice = worked_out(&board(language), &at(address, html));
    assert_eq!(notice.title, expected.title);
    assert_eq!(
        notice
            .published
            .map(Published::day)
            .map(|day| day.to_string())
            .as_deref(),
        Some(expected.published)
    );
    assert_eq!(notice.author.as_deref(), expected.author);
    assert_eq!(notice.views, expected.views);
    let text = notice
        .content
        .as_ref()
        .map(|content| content.text())
        .unwrap_or_default();
    assert!(text.starts_with(expected.begins), "{text}");
    assert!(text.ends_with(expected.ends), "{text}");
    let files: Vec<(&str, &str)> = notice
        .attachments
        .iter()
        .map(|file| (file.name.as_str(), file.url.as_str()))
        .collect();
    assert_eq!(files, expected.files);
}

#[test]
fn a_table_of_labels_is_read_and_its_scripts_are_followed() {
    check(
        "ko",
        "https://www.hanbit.example/bbs/view.do?n=12",
        include_str!("../fixtures/articles/ko-table.html"),
        &Expected {
            title: "겨울철 수도계량기 동파 예방 안내",
            published: "2020-11-10",
            author: Some("상하수도과"),
            views: Some(1_204),
            begins: "기온이 영하로",
            ends: "급수팀(02-000-0000)",
            files: &[
                (
                    "동파예방 안내문.hwp",
                    "https://www.hanbit.example/cmn/file/fileDown.do?atchId=FILE_77&fileSn=0",
                ),
                (
                    "요령 그림.pdf",
                    "https://www.hanbit.example/cmn/file/fileDown.do?atchId=FILE_77&fileSn=1",
                ),
            ],
        },
    );
}

#[test]
fn values_below_their_labels_and_a_text_without_paragraphs_are_read() {
    check(
        "ko",
        "https://www.hanbit.example/bbs/view.php?no=311",
        include_str!("../fixtures/articles/ko-columns.html"),
        &Expected {
            title: "2021학년도 1학기 수강신청 일정",
            published: "2020-11-10",
            author: Some("학사지원팀"),
            views: Some(873),
            begins: "수강신청은 학년별로",
            ends: "3월 8일(월)까지",
            files: &[(
                "수강신청 안내.pdf",
                "https://www.hanbit.example/bbs/download.php?bo=notice&no=311&f=0",
            )],
        },
    );
}

#[test]
fn a_text_of_pictures_is_a_text_and_a_button_may_lead_to_a_file() {
    let html = include_str!("../fixtures/articles/ko-pictures.html");
    let address = "https://www.hanbit.example/n/57";
    check(
        "ko",
        address,
        html,
        &Expected {
            title: "문화강좌 수강생 모집",
            published: "2020-11-10",
            author: Some("교육팀"),
            views: Some(57),
            files: &[
                ("수강신청서.hwp", "https://www.hanbit.example/file/get/9001"),
                ("강좌 일정표.xlsx", "https://www.hanbit.example/file/get/9002"),
            ],
            ..NOTHING
        },
    );
    let notice = worked_out(&board("ko"), &at(address, html));
    let content = notice.content.expect("pictures");
    assert_eq!(content.as_str().matches("<img").count(), 2, "{}", content.as_str());
}

#[test]
fn a_japanese_city_tells_when_a_page_was_made_and_when_it_was_changed() {
    let html = include_str!("../fixtures/articles/ja-city.html");
    let address = "https://www.city.minato.example/kurashi/suido/toketsu.html";
    check(
        "ja",
        address,
        html,
        &Expected {
            title: "水道管の凍結にご注意ください",
            published: "2020-11-10",
            begins: "凍結しやすいところ",
            ends: "よくある質問をご覧ください。",
            files: &[
                (
                    "凍結防止のしおり",
                    "https://www.city.minato.example/kurashi/suido/files/touketsu.pdf",
                ),
                (
                    "修繕申込書",
                    "https://www.city.minato.example/kurashi/suido/files/shinsei.docx",
                ),
            ],
            ..NOTHING
        },
    );
    let notice = worked_out(&board("ja"), &at(address, html));
    assert_eq!(
        notice.updated.map(|date| date.to_string()).as_deref(),
        Some("2020-11-12")
    );
}

#[test]
fn a_line_of_labels_is_cut_and_a_labelled_file_in_the_text_is_a_file() {
    check(
        "zh",
        "https://www.linjiang.example/zwgk/tzgg/202011/t20201110_2.html",
        include_str!("../fixtures/articles/zh-gov.html"),
        &Expected {
            title: "关于做好冬季供水保障工作的通知",
            published: "2020-11-10",
            author: Some("市住建局"),
            views: Some(345),
            begins: "各区县、各供水单位：",
            ends: "2020年11月9日",
            files: &[(
                "1. 管网巡查登记表.doc",
                "https://www.linjiang.example/zwgk/tzgg/202011/P020201110.doc",
            )],
        },
    );
}

#[test]
fn metadata_may_stand_below_the_text() {
    check(
        "zh-Hant",
        "https://www.binhai.example/news/12",
        include_str!("../fixtures/articles/tw-after.html"),
        &Expected {
            title: "路燈報修專線更換公告",
            published: "2020-11-10",
            author: Some("工務課"),
            views: Some(212),
            begins: "自下月起",
            ends: "以便派員修復。",
            files: &[("路燈編號說明.odt", "https://www.binhai.example/File/Attach/881/001.odt")],
        },
    );
}

#[test]
fn a_page_without_labels_is_read_by_its_shape() {
    check(
        "de",
        "https://www.seeheim.example/aktuelles/uferstrasse",
        include_str!("../fixtures/articles/de-town.html"),
        &Expected {
            title: "Sperrung der Uferstraße",
            published: "2020-11-10",
            author: Some("Tiefbauamt"),
            begins: "Die Uferstraße ist vom 16.",
            ends: "Der Radweg bleibt offen.",
            files: &[("Umleitungsplan", "https://www.seeheim.example/fileadmin/umleitung.pdf")],
            ..NOTHING
        },
    );
}

#[test]
fn of_two_dates_the_one_of_publication_counts() {
    check(
        "fr",
        "https://www.vallee.example/avis/12",
        include_str!("../fixtures/articles/fr-prefecture.html"),
        &Expected {
            title: "Avis d'enquête publique",
            published: "2020-11-10",
            begins: "Une enquête publique est ouverte",
            ends: "ou sur le registre.",
            files: &[
                (
                    "Avis d'ouverture",
                    "https://www.vallee.example/content/download/1201/avis.pdf",
                ),
                (
                    "Plan de zonage",
                    "https://www.vallee.example/content/download/1202/plan.pdf",
                ),
            ],
            ..NOTHING
        },
    );
}

#[test]
fn a_document_that_a_sentence_links_is_part_of_the_text_and_no_file() {
    check(
        "en",
        "https://www.northvale.example/notices/118",
        include_str!("../fixtures/articles/en-council.html"),
        &Expected {
            title: "Temporary closure of Mill Lane footbridge",
            published: "2020-11-10",
            author: Some("Highways and Transport"),
            begins: "The footbridge at Mill Lane",
            ends: "at the town hall.",
            files: &[
                ("Traffic order", "https://www.northvale.example/media/881/order.pdf"),
                ("Risk assessment", "https://www.northvale.example/media/882/risk.docx"),
            ],
            ..NOTHING
        },
    );
}

#[test]
fn spans_with_their_labels_inside_are_read() {
    check(
        "es",
        "https://ciencias.example/avisos/40",
        include_str!("../fixtures/articles/es-facultad.html"),
        &Expected {
            title: "Convocatoria de becas de colaboración",
            published: "2020-11-10",
            author: Some("Secretaría Académica"),
            views: Some(1_032),
            begins: "Se convocan doce becas",
            ends: "4 de diciembre de 2020.",
            files: &[
                ("bases.pdf", "https://ciencias.example/avisos/descarga.php?id=40"),
                ("solicitud.doc", "https://ciencias.example/avisos/descarga.php?id=41"),
            ],
        },
    );
}

#[test]
fn a_news_page_with_its_parts_in_boxes_is_read() {
    check(
        "ru",
        "https://www.zarechny.example/news/98",
        include_str!("../fixtures/articles/ru-uprava.html"),
        &Expected {
            title: "Отключение горячей воды",
            published: "2020-11-10",
            views: Some(98),
            begins: "В связи с ремонтом",
            ends: "указан на подъездах.",
            files: &[(
                "График отключений",
                "https://www.zarechny.example/upload/iblock/1a2/grafik.pdf",
            )],
            ..NOTHING
        },
    );
}

#[test]
fn a_file_that_only_a_script_can_fetch_is_to_be_had_on_the_page() {
    let html = "<h1>Water off on Monday</h1><p>Date : 2020.11.10</p><div><p>The water is off on Monday, from nine to five.</p></div>\
                <dl><dt>Attachments</dt><dd><a href='javascript:getIt(7)' title='map.pdf'>map.pdf(734KB)</a></dd></dl>";
    let notice = worked_out(&board("en"), &at("https://town.example/v?n=7#top", html));
    let [file] = &notice.attachments[..] else {
        panic!("{:?}", notice.attachments)
    };
    assert_eq!(
        (file.name.as_str(), file.media_type.as_deref()),
        ("map.pdf(734KB)", Some("text/html"))
    );
    assert_eq!(
        file.url.as_str(),
        "https://town.example/v?n=7#:~:text=map%2Epdf%28734KB%29"
    );
}

#[test]
fn what_a_rule_selects_wins_over_what_is_worked_out() {
    let html = include_str!("../fixtures/articles/en-council.html");
    let page = at("https://www.northvale.example/notices/118", html);
    let rules: article::Rules = crate::town::rules("author = '.site-footer p'\ntitle = '.left h2'");
    let mut draft = Draft::default();
    article::complete(&mut draft, &rules, &page).expect("a notice");
    assert_eq!(draft.title.as_deref(), Some("Public notices"));
    assert_eq!(
        draft.author.as_deref(),
        Some("Northvale Borough Council, Town Hall, Market Street")
    );
    assert_eq!(draft.attachments.len(), 2, "the rest is worked out");
}

#[test]
fn the_page_of_another_notice_or_of_an_error_completes_nothing() {
    let source = Source {
        article: Some(Default::default()),
        ..crate::town::source(Kind::Board(crate::town::town_rules().into()))
    };
    let list = crate::town::page(crate::town::board([row("/v?n=1", "Water off on Monday", "2020.11.10")]));
    let notice = read(&source, &list).expect("a list").notices.remove(0);
    for other in [
        "<title>Error</title><h1>Error</h1><p>Something went wrong here, please try again in a few minutes.</p>",
        "<h1>Library closed</h1><p>Date : 2020.11.12</p><p>The library is closed for the whole week.</p>",
        "<form><input name=user><input type=password name=pw></form>",
        "",
    ] {
        let page = at("https://www.town.example/v?n=1", other);
        assert!(source.complete(notice.clone(), &page).is_err(), "{other}");
    }
    let page = at(
        "https://www.town.example/v?n=1",
        "<h1>Water off on Monday</h1><p>Date : 2020.11.10</p><p>From nine to five, in all of the old town.</p>",
    );
    let whole = source.complete(notice.clone(), &page).expect("the notice");
    assert_eq!(
        whole.content.map(|content| content.text()).as_deref(),
        Some("From nine to five, in all of the old town.")
    );
    assert_eq!((whole.id, whole.link), (notice.id, notice.link));
}

#[test]
fn a_title_that_the_list_cut_is_completed_and_any_other_is_kept() {
    let source = Source {
        article: Some(Default::default()),
        ..crate::town::source(Kind::Board(crate::town::town_rules().into()))
    };
    let html =
        "<h1>Water off on Monday in the old town</h1><p>Date : 2020.11.10</p><p>From nine to five, everywhere.</p>";
    for (told, expected) in [
        ("Water off on Mon…", "Water off on Monday in the old town"),
        ("Water off in the old town", "Water off in the old town"),
    ] {
        let list = crate::town::page(crate::town::board([row("/v?n=1", told, "2020.11.10")]));
        let notice = read(&source, &list).expect("a list").notices.remove(0);
        let page = at("https://www.town.example/v?n=1", html);
        assert_eq!(source.complete(notice, &page).expect("the notice").title, expected);
    }
}

#[test]
fn the_ministry_is_read_as_well_without_its_selectors() {
    const AT: &str =
        "https://www.mois.go.kr/eng/bbs/type001/commonSelectBoardArticle.do?bbsId=BBSMSTR_000000000022&nttId=80922";
    let page = at(AT, include_str!("../fixtures/mois/article-80922.html"));
    let notice = worked_out(&board("en"), &page);
    assert_eq!(
        notice.title,
        "Republic of Korea talks the future of digital government with digital leaders"
    );
    assert_eq!(
        notice.published.map(|date| date.to_string()).as_deref(),
        Some("2020-11-10")
    );
    assert_eq!(notice.views, Some(9_872));
    let content = notice.content.expect("a text");
    assert_eq!(content.as_str().matches("<p>").count(), 7);
    assert_eq!(content.text().lines().count(), 7);
    let files: Vec<(&str, &str)> = notice
        .attachments
        .iter()
        .map(|file| (file.name.as_str(), file.url.as_str()))
        .collect();
    assert_eq!(
        files,
        [(
            "201110 Digital Nations (English).pdf",
            "https://www.mois.go.kr/cmm/fms/FileDown.do?atchFileId=FILE_00098001gWdQnXk&fileSn=0"
        )]
    );
}

#[test]
fn the_selectors_that_are_worked_out_read_the_same() {
    let html = include_str!("../fixtures/articles/ru-uprava.html");
    let page = at("https://www.zarechny.example/news/98", html);
    let doc = source::dom::Doc::parse(html);
    let rules = article::rules_for(&doc, &article::read(&doc, &page, None).expect("a notice"));
    assert_eq!(
        rules.content.as_ref().map(ToString::to_string).as_deref(),
        Some(".news-text")
    );
    let (mut selected, mut worked_out) = (Draft::default(), Draft::default());
    article::complete(&mut selected, &rules, &page).expect("a notice");
    article::complete(&mut worked_out, &article::Rules::default(), &page).expect("a notice");
    assert_eq!(selected.title, worked_out.title);
    assert_eq!(selected.published, worked_out.published);
    assert_eq!(selected.attachments, worked_out.attachments);
    let squeezed = |draft: &Draft| {
        draft
            .content
            .clone()
            .unwrap_or_default()
            .split_whitespace()
            .collect::<String>()
    };
    assert_eq!(squeezed(&selected), squeezed(&worked_out));
}

#[test]
fn hostile_pages_are_read_in_time_or_refused() {
    let cell = "<tr><th>작성일</th><td>2020.11.10</td><th>첨부파일</th><td><a href=/a.pdf>a.pdf</a></td></tr>";
    for hostile in [
        "<div class=content>".repeat(100_000),
        format!("<table>{}</table>", cell.repeat(5_000)),
        format!(
            "<h1>Title</h1>{}",
            "<p>첨부파일 : <a href=/x.hwp>x.hwp</a> 2020.11.10</p>".repeat(10_000)
        ),
        format!("<h1>{}</h1><p>text", "장".repeat(500_000)),
        format!(
            "<script>{}</script><a onclick=\"f('1')\">a.pdf</a>",
            "function f(".repeat(40_000)
        ),
        "<span>작성일</span>".repeat(50_000),
        "<a href=/download?n=1>x</a>".repeat(30_000),
        format!("<p>{}", "작성자 : ".repeat(100_000)),
    ] {
        let page = at("https://town.example/v", &hostile);
        let start = std::time::Instant::now();
        let _ = article::complete(&mut Draft::default(), &article::Rules::default(), &page);
        assert!(
            start.elapsed().as_secs() < 20,
            "{} took {:?}",
            &hostile[..40],
            start.elapsed()
        );
    }
}

const STARTUPS: Expected = Expected {
    title: "2020년 하반기 청년 창업 지원사업 모집 공고",
    published: "2020-06-30",
    begins: "2020년 하반기 청년 창업",
    ends: "기업지원과로 연락 주시기 바랍니다.",
    ..NOTHING
};

#[test]
fn a_category_in_a_heading_is_none_of_the_title() {
    check(
        "ko",
        "https://www.center.example/bbs/board.php?bo_table=notice&wr_id=5",
        include_str!("../fixtures/articles/ko-gnuboard.html"),
        &Expected {
            author: Some("관리자"),
            views: Some(321),
            files: &[(
                "공고.pdf",
                "https://www.center.example/bbs/download.php?bo_table=notice&wr_id=5&no=0",
            )],
            ..STARTUPS
        },
    );
}

#[test]
fn a_heading_that_leads_to_its_own_page_is_the_title() {
    check(
        "ko",
        "https://www.center.example/notice/33",
        include_str!("../fixtures/articles/ko-rhymix.html"),
        &Expected {
            author: Some("사무국"),
            views: Some(1532),
            files: &[
                (
                    "공고.hwp",
                    "https://www.center.example/?module=file&act=procFileDownload&file_srl=1",
                ),
                (
                    "서식.zip",
                    "https://www.center.example/?module=file&act=procFileDownload&file_srl=2",
                ),
            ],
            ..STARTUPS
        },
    );
}

#[test]
fn a_sentence_says_who_posted_and_when() {
    check(
        "en",
        "https://www.county.example/news/b",
        include_str!("../fixtures/articles/en-county.html"),
        &Expected {
            title: "Notice of Public Hearing on Proposed Budget",
            published: "2024-03-04",
            author: Some("Clerk"),
            begins: "The Board of Commissioners",
            ends: "in advance of the meeting.",
            files: &[("n.pdf", "https://www.county.example/sites/default/files/n.pdf")],
            ..NOTHING
        },
    );
}

#[test]
fn labels_are_known_in_arabic_and_thai() {
    check(
        "ar",
        "https://www.ministry.example/1",
        include_str!("../fixtures/articles/ar-ministry.html"),
        &Expected {
            title: "إعلان عن وظائف شاغرة",
            published: "2024-03-04",
            views: Some(410),
            begins: "تعلن الوزارة عن فتح باب التقديم",
            ends: "بإدارة الموارد البشرية.",
            files: &[("الشروط.pdf", "https://www.ministry.example/f/1.pdf")],
            ..NOTHING
        },
    );
    check(
        "th",
        "https://www.university.example/n/1",
        include_str!("../fixtures/articles/th-university.html"),
        &Expected {
            title: "ประกาศประกวดราคาซื้อครุภัณฑ์คอมพิวเตอร์",
            published: "2024-03-04",
            views: Some(99),
            begins: "ด้วยมหาวิทยาลัยมีความประสงค์",
            ends: "ทางโทรศัพท์ในเวลาราชการ",
            files: &[("ประกาศ.pdf", "https://www.university.example/u/a.pdf")],
            ..NOTHING
        },
    );
}

#[test]
fn a_heading_that_names_the_section_is_not_the_title() {
    check(
        "ko",
        "https://www.hanbit.example/cop/bbs/selectBoardArticle.do?nttId=30121",
        include_str!("../fixtures/articles/ko-section-heading.html"),
        &Expected {
            title: "「○○시 주차장 조례」 일부개정조례안 입법예고",
            published: "2025-02-14",
            author: Some("농업정책과"),
            views: Some(1_284),
            begins: "가. 신청기간: 2025. 3. 10.(월)",
            ends: "이미 배포되었음을 알려드립니다.",
            files: &[
                (
                    "2025년_신청서_양식.hwp",
                    "https://www.hanbit.example/cmm/fms/FileDown.do?atchFileId=FILE_000000000012345&fileSn=0",
                ),
                (
                    "공고문(최종).pdf",
                    "https://www.hanbit.example/cmm/fms/FileDown.do?atchFileId=FILE_000000000012345&fileSn=1",
                ),
            ],
        },
    );
}

#[test]
fn icons_say_what_stands_behind_them() {
    check(
        "ko",
        "https://grad.hannam.example/bbs/view/771",
        include_str!("../fixtures/articles/ko-icons.html"),
        &Expected {
            title: "제3차 기술닥터 상시애로 기술지원 신청 안내",
            published: "2023-10-05",
            author: Some("대학원교학팀"),
            views: Some(1_530),
            begins: "라. 선정기준: 서류심사",
            ends: "모집요강.pdf",
            files: &[(
                "모집요강.pdf",
                "https://grad.hannam.example/cmm/fms/FileDown.do?atchFileId=FILE_771&fileSn=0",
            )],
        },
    );
    check(
        "tr",
        "https://www.atakum.example/duyuru/4101/detay",
        include_str!("../fixtures/articles/tr-icons.html"),
        &Expected {
            title: "Zabıta memuru alımı sözlü sınav sonuçları",
            published: "2025-03-07",
            views: Some(918),
            begins: "Asıl adayların 14.03.2025",
            ends: "haklarından feragat etmiş sayılacaktır.",
            ..NOTHING
        },
    );
}

#[test]
fn a_count_under_the_text_does_not_hide_it() {
    check(
        "ru",
        "https://severodvinsk.example/novosti/?ELEMENT_ID=19001",
        include_str!("../fixtures/articles/ru-date-above.html"),
        &Expected {
            title: "О проведении публичных слушаний по проекту планировки территории",
            published: "2025-03-03",
            views: Some(241),
            begins: "Замечания и предложения принимаются",
            ends: "в комитете по градостроительству.",
            files: &[(
                "Проект постановления",
                "https://severodvinsk.example/upload/iblock/a1b/proekt.docx",
            )],
            ..NOTHING
        },
    );
}
