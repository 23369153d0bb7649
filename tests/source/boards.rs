//! Boards in the shapes that boards have.

use std::sync::Arc;

use gazetted::source::{Kind, Unusable};

use crate::town::{self, board, look, page, page_at, read, row, rules, source, titles};

#[test]
fn a_line_of_facts_gives_the_date_and_the_count() {
    let notices = look(board([row("view.do?nttId=1", "Water off", "2020.11.10")]));
    assert_eq!(
        notices[0].published.map(|date| date.to_string()).as_deref(),
        Some("2020-11-10")
    );
    assert_eq!(notices[0].views, Some(77));
}

#[test]
fn a_board_in_euc_kr_that_only_meta_declares_is_read() {
    let html = board([row("view.do?nttId=1", "단수 안내 – 똠방각하", "2020.11.10")])
        .replace("charset=utf-8", "charset=euc-kr");
    let (bytes, _, lossy) = encoding_rs::EUC_KR.encode(&html);
    assert!(
        !lossy || bytes.windows(2).any(|pair| pair == b"&#"),
        "what EUC-KR lacks becomes a reference"
    );
    let source = source(Kind::Board(town::town_rules().into()));
    let notices = read(&source, &page_at(town::LIST, "text/html", bytes.into_owned()))
        .expect("a board")
        .notices;
    assert_eq!(titles(&notices), ["단수 안내 – 똠방각하"]);
}

#[test]
fn links_that_are_scripts_become_addresses_by_template() {
    let rules = rules(
        r#"
        row = "ul.list > li"
        title = "a.subject"
        link_template = "/board/view.do?bbsId={1}&nttId={2}"
        date = ".date"
        "#,
    );
    let source = source(Kind::Board(Arc::new(rules)));
    let html = "<ul class=list>\
        <li><a class=subject href=\"javascript:fn_view('407','1001')\">One</a><span class=date>2020-11-10</span>\
        <li><a class=subject href='#none' onclick=\"fn_view('407', '1002'); return false;\">Two</a>\
        <li onclick=\"fn_view('407','1003')\"><a class=subject>Three</a>\
        <li><a class=subject href='view.do?bbsId=407&nttId=1004'>Four</a></ul>";
    let notices = read(&source, &page(html)).expect("a board").notices;
    let links: Vec<&str> = notices
        .iter()
        .filter_map(|notice| Some(notice.link.as_ref()?.as_str()))
        .collect();
    assert_eq!(
        links,
        ["1001", "1002", "1003", "1004"]
            .map(|id| format!("https://www.town.example/board/view.do?bbsId=407&nttId={id}"))
    );
}

#[test]
fn without_a_template_a_script_is_no_link_but_tells_the_rows_apart() {
    let html = |date| board(["101", "102"].map(|id| row(&format!("javascript:fn_view('{id}')"), "Same title", date)));
    let notices = look(html("2020.11.10"));
    assert_eq!(notices.len(), 2);
    assert!(notices.iter().all(|notice| notice.link.is_none()));
    assert_eq!(town::ids(&notices), town::ids(&look(html("2020.11.11"))));
}

#[test]
fn a_title_that_is_cut_is_read_in_full_from_its_tooltip() {
    let cell = "<a href='v?n=1' title='Water will be off on Monday in the north'>Water will be off...</a>";
    let html = board([format!("<tr><td class=title>{cell}</td></tr>")]);
    assert_eq!(titles(&look(html)), ["Water will be off on Monday in the north"]);
    let cell = "<a href='v?n=1' title='opens in a new window'>Water will be off…</a>";
    let html = board([format!("<tr><td class=title>{cell}</td></tr>")]);
    assert_eq!(titles(&look(html)), ["Water will be off…"]);
}

#[test]
fn headings_and_empty_rows_are_no_entries() {
    let rules = rules("row = 'tr'\ntitle = 'td a, td.title, th.title'");
    let source = source(Kind::Board(Arc::new(rules)));
    let html = "<table><tr><th class=title>Title<th>Date<tr><td><a href=v?n=1>Water off</a>\
        <tr><td><td><tr><td colspan=2>등록된 게시물이 없습니다.<tr><td>An advertisement</table>";
    let believed = read(&source, &page(html)).expect("a board");
    assert_eq!(titles(&believed.notices), ["Water off"]);
    let aside = Unusable {
        reason: "it has no title".to_owned(),
        text: "An advertisement".to_owned(),
    };
    assert_eq!(believed.set_aside, [aside]);
}

#[test]
fn links_are_of_the_base_that_the_page_names() {
    let html = board([
        row("view?n=1", "One", ""),
        row("../x/1", "Two", ""),
        row("//board.example/2", "Three", ""),
    ]);
    let html = html.replace("<head>", "<head><base href='/deep/er/'>");
    let notices = look(html);
    let links: Vec<&str> = notices
        .iter()
        .filter_map(|notice| Some(notice.link.as_ref()?.as_str()))
        .collect();
    assert_eq!(
        links,
        [
            "https://www.town.example/deep/er/view?n=1",
            "https://www.town.example/deep/x/1",
            "https://board.example/2"
        ]
    );
}

#[test]
fn every_field_of_a_row_can_be_read() {
    let rules = rules(
        r#"
        row = "div.item"
        title = "h3"
        link = "@data-href"
        id = "@data-no"
        date = "time"
        author = ".by"
        views = ".hits"
        category = ".label"
        summary = ".lead"
        attachments = ".files a"
        pinned = ".item.top"
        "#,
    );
    let source = source(Kind::Board(Arc::new(rules)));
    let html = "<div class='item top' data-href=/n/5 data-no=5><h3>Water\n off</h3><time datetime='2020-11-10T09:30+09:00'>today\
        </time><p class=by>담당부서 : 상수도과</p><b class=hits>1.2k</b><i class=label>[Water]</i><i class=label>North</i>\
        <p class=lead>From <b onclick=x()>nine</b><script>1</script></p><p class=files><a href=/f/1.hwp><img alt='map.hwp'></a>\
        <a href='javascript:x'>y.pdf</a></p></div>";
    let believed = read(&source, &page(html)).expect("a board");
    let notice = &believed.notices[0];
    assert_eq!(notice.key, "5");
    assert_eq!(notice.guid, None);
    assert_eq!(notice.title, "Water off");
    assert_eq!(
        notice.published.map(|date| date.to_string()).as_deref(),
        Some("2020-11-10T09:30:00+09:00")
    );
    assert_eq!(notice.author.as_deref(), Some("상수도과"));
    assert_eq!(notice.views, Some(1_200));
    assert_eq!(notice.categories, ["Water", "North"]);
    assert_eq!(
        notice.summary.as_ref().map(|html| html.as_str()),
        Some("From <b>nine</b>")
    );
    assert!(notice.pinned);
    let files: Vec<&str> = notice.attachments.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(files, ["map.hwp"]);
}
