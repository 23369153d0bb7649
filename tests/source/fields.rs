//! Fields that are selected and finished by hand, on boards of odd shapes.

use std::sync::Arc;

use gazetted::source::{Kind, article};

use crate::town::{self, page, page_at, read, rules, source, titles, url};

/// What a board with these rules says: title, day and link of each notice.
#[track_caller]
fn check(toml: &str, html: &str, expected: &[(&str, &str, &str)]) {
    let source = source(Kind::Board(Arc::new(rules(toml))));
    let notices = read(&source, &page(html))
        .unwrap_or_else(|error| panic!("{error}"))
        .notices;
    let told: Vec<(String, String, String)> = notices
        .iter()
        .map(|notice| {
            let date = notice.published.map(|date| date.to_string()).unwrap_or_default();
            let link = notice.link.as_ref().map(|link| link.to_string()).unwrap_or_default();
            (notice.title.clone(), date, link.replace("https://www.town.example", ""))
        })
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(title, date, link)| (&**title, &**date, &**link))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn a_board_of_definition_lists_with_days_in_british_order() {
    check(
        r#"
        row = "dl"
        title = { select = "dt a", strip = ["(new)", "Notice:"] }
        date = { select = "dd", match = 'Posted (\S+)', date_format = "%d/%m/%y" }
        "#,
        "<dl><dt><a href=/n/1>Notice: Water off (new)</a><dd>Roads Dept<dd>Posted 03/04/20 Closes 05/04/20</dl>\
         <dl><dt><a href=/n/2>Notice: Library closed</a><dd>Culture<dd>Posted 12/11/20</dl>",
        &[
            ("Water off", "2020-04-03", "/n/1"),
            ("Library closed", "2020-11-12", "/n/2"),
        ],
    );
}

#[test]
fn a_board_of_one_paragraph_each_in_which_everything_stands() {
    check(
        r#"
        row = "div.list > p"
        title = { select = ".", match = '^\d+\. (?<value>.+?) \(' }
        date = { select = ".", match = '\((\d+ \w+), (\d{4})\)', template = "{1} {2}" }
        link = { select = ".", match = '^(\d+)\.', template = "/notice/{1}" }
        "#,
        "<div class=list><p>17. Road works on Mill Street (9 November, 2020)<p>16. Market moved (2 March, 2020)</div>",
        &[
            ("Road works on Mill Street", "2020-11-09", "/notice/17"),
            ("Market moved", "2020-03-02", "/notice/16"),
        ],
    );
}

#[test]
fn a_board_of_cards_whose_addresses_and_dates_are_spread_over_attributes() {
    check(
        r#"
        row = "article"
        title = { select = ["@data-kind", "h2"], join = ": " }
        link = { select = ["@data-board", "@data-no"], template = "/view.do?board={1}&no={2}" }
        date = { select = [".y", ".m", ".d"], join = "-" }
        "#,
        "<article data-board='a b' data-no=4 data-kind=Tender><h2>Bridge</h2><i class=d>09</i><i class=m>11</i><i class=y>2020</i></article>\
         <article data-board=c data-no=5><h2>Fair</h2><i class=d>01</i><i class=m>12</i><i class=y>2020</i></article>",
        &[
            ("Tender: Bridge", "2020-11-09", "/view.do?board=a%20b&no=4"),
            ("Fair", "2020-12-01", "/view.do?board=c&no=5"),
        ],
    );
}

#[test]
fn times_are_read_in_the_zone_of_the_source_and_offsets_as_they_are_told() {
    check(
        "row = 'li'\ntitle = 'a'\ndate = { select = 'b', date_format = '%m/%d/%Y %I:%M %p' }",
        "<ul><li><a href=/1>One</a><b>11/09/2020 3:05 PM</b><li><a href=/2>Two</a><b>soon</b></ul>",
        &[("One", "2020-11-09T15:05:00+09:00", "/1"), ("Two", "", "/2")],
    );
    check(
        "row = 'li'\ntitle = 'a'\ndate = { select = 'b', date_format = '%Y%m%d%H%M%z' }",
        "<ul><li><a href=/1>One</a><b>202011091505+0100</b></ul>",
        &[("One", "2020-11-09T15:05:00+01:00", "/1")],
    );
    check(
        "row = 'li'\ntitle = 'a'\ndate = { select = 'b', date_format = '%d.%b' }",
        "<ul><li><a href=/1>One</a><b>9.Nov</b></ul>",
        &[("One", "2020-11-09", "/1")],
    );
}

#[test]
fn only_what_is_left_marks_a_row_as_pinned_and_a_default_stands_in() {
    let rules = rules(
        r#"
        row = "tr"
        title = "a"
        pinned = { select = "td.no", match = "공지|Notice" }
        author = { select = "td.by", default = "City hall" }
        views = { select = "td.hits", strip = "hits" }
        category = { select = "i", strip = ["[", "]"] }
        summary = { select = "p", strip = "Read more" }
        attachments = { select = "a.file @data-f", match = '(\d+)', template = "/down?f={1}" }
        "#,
    );
    let html = "<table><tr><td class=no>공지<td><a href=/1>One</a><td class=by>Roads<td class=hits>12 hits<td><i>[A]</i><i>[B]</i>\
                <p>Short <b>text</b> Read more<td><a class=file data-f=f(9)>plan.pdf</a>\
                <tr><td class=no>7<td><a href=/2>Two</a><td class=by><td class=hits></table>";
    let notices = read(&source(Kind::Board(Arc::new(rules))), &page(html))
        .expect("a board")
        .notices;
    assert_eq!(titles(&notices), ["One", "Two"]);
    assert_eq!(
        notices.iter().map(|notice| notice.pinned).collect::<Vec<_>>(),
        [true, false]
    );
    let authors: Vec<_> = notices.iter().filter_map(|notice| notice.author.as_deref()).collect();
    assert_eq!(authors, ["Roads", "City hall"]);
    assert_eq!(
        (notices[0].views, &notices[0].categories[..]),
        (Some(12), &["A".to_owned(), "B".to_owned()][..])
    );
    assert_eq!(
        notices[0].summary.as_ref().map(|html| html.as_str()),
        Some("Short <b>text</b>")
    );
    assert_eq!(
        notices[0].attachments[0].url.as_str(),
        "https://www.town.example/down?f=9"
    );
}

#[test]
fn an_article_is_put_together_from_several_places() {
    let rules: article::Rules = rules(
        r#"
        content = { select = [".lead", ".text"], join = "<hr>", strip = "Print this page" }
        title = { select = "h1", match = '^Notice \d+: (.*)' }
        date = { select = ".facts", match = 'since (\S+)', date_format = "%d-%m-%Y" }
        "#,
    );
    let list = page("<ul><li><a href=/n/1>Water off on …</a></ul>");
    let source = source(Kind::Board(Arc::new(town::rules("row = 'li'\ntitle = 'a'"))));
    let article = "<h1>Notice 12: Water off on Monday</h1><p class=facts>valid since 09-11-2020</p><div class=lead>From <b>nine</b>\
                   </div><div class=text>To ten. Print this page</div>";
    let article = page_at("https://www.town.example/n/1", "text/html", article);
    let notice = town::with_article(&source, &list, 0, &rules, &article);
    assert_eq!(notice.title, "Water off on Monday");
    assert_eq!(
        notice.published.map(|date| date.to_string()).as_deref(),
        Some("2020-11-09")
    );
    assert_eq!(
        notice.content.as_ref().map(|html| html.as_str()),
        Some("From <b>nine</b><hr>To ten.")
    );
}

#[test]
fn the_next_page_is_one_of_the_same_origin() {
    use gazetted::source::paging::next_link;
    let next = "a.next".parse().expect("a field");
    let by_call = toml::from_str::<std::collections::HashMap<String, _>>(
        r#"next = { select = "a.next @onclick", match = '\((\d+)\)', template = "?bbsId=B1&pageIndex={1}" }"#,
    );
    let by_call = by_call.expect("a field").remove("next").expect("a field");
    for (field, link, expected) in [
        (
            &next,
            "<a class=next href='list.do?pageIndex=2#top'>",
            Some("https://www.town.example/board/list.do?pageIndex=2"),
        ),
        (
            &next,
            "<a class=next href='https://other.example/list.do?pageIndex=2'>",
            None,
        ),
        (
            &next,
            "<a class=next href='http://www.town.example/list.do?pageIndex=2'>",
            None,
        ),
        (&next, "<a class=next href='#'>", None),
        (&next, "<a class=last href='?pageIndex=2'>", None),
        (
            &by_call,
            "<a class=next onclick='fn_page(2)'>",
            Some("https://www.town.example/board/list.do?bbsId=B1&pageIndex=2"),
        ),
    ] {
        let found = next_link(field, &page(link));
        assert_eq!(found, expected.map(url), "{link}");
    }
}
