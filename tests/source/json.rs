//! APIs that answer JSON.

use gazetted::source::{Kind, json};

use crate::town::{self, page_at, read, rules, source};

const API: &str = "https://www.town.example/api/notices";

fn news(body: &str, toml: &str) -> Result<gazetted::source::Believed, gazetted::source::Unreadable> {
    let rules: json::Rules = rules(toml);
    read(
        &source(Kind::Json(rules.into())),
        &page_at(API, "application/json", body),
    )
}

#[test]
fn a_list_is_read_by_paths_and_a_template() {
    let body = r#"{"data": {"list": [
        {"id": 12, "title": {"rendered": "Water &amp; power <b>off</b>"}, "date": "2020-11-10T09:00:00+09:00", "hits": 33,
         "body": "First line\nSecond line", "tags": ["a", "b"], "top": true,
         "files": [{"name": "map.pdf", "url": "/f/12.pdf", "size": 1024}]},
        {"id": 11, "title": {"rendered": "Library closed"}, "date": 1604880000},
        "odd", null]}}"#;
    let believed = news(
        body,
        r#"
        items = "data.list"
        title = "title.rendered"
        link = "/notices/{id}"
        date = "date"
        views = "hits"
        content = "body"
        category = "tags"
        attachments = "files"
        pinned = "top"
        "#,
    )
    .expect("a list");
    let [first, second] = &believed.notices[..] else {
        panic!("two notices, not {:?}", believed.notices)
    };
    assert_eq!(first.title, "Water & power off");
    assert_eq!(
        first.link.as_ref().map(|link| link.as_str()),
        Some("https://www.town.example/notices/12")
    );
    assert_eq!(
        first.published.map(|date| date.to_string()).as_deref(),
        Some("2020-11-10T09:00:00+09:00")
    );
    assert_eq!(
        first.content.as_ref().map(|html| html.as_str()),
        Some("<p>First line</p><p>Second line</p>")
    );
    assert_eq!(
        (first.views, first.pinned, &first.categories[..]),
        (Some(33), true, &["a".to_owned(), "b".to_owned()][..])
    );
    assert_eq!(first.attachments[0].length, Some(1_024));
    assert_eq!(
        second.published.map(|date| date.day().to_string()).as_deref(),
        Some("2020-11-09")
    );
}

#[test]
fn a_date_of_digits_is_told_from_a_count_since_1970() {
    for (told, read) in [
        ("20201110", "2020-11-10"),
        ("202011101530", "2020-11-10T15:30:00+09:00"),
        ("20201110153005", "2020-11-10T15:30:05+09:00"),
        ("1604988000", "2020-11-10T06:00:00+00:00"),
        ("1604988000000", "2020-11-10T06:00:00+00:00"),
    ] {
        for json in [told.to_owned(), format!("\"{told}\"")] {
            let body = format!("[{{\"t\": \"Water off\", \"d\": {json}}}]");
            let believed = news(&body, "items = '$'\ntitle = 't'\ndate = 'd'").expect("a list");
            let seen = believed.notices[0].published.map(|date| date.to_string());
            assert_eq!(seen.as_deref(), Some(read), "{json}");
        }
    }
}

#[test]
fn the_key_of_an_api_is_not_published() {
    let rules: json::Rules = rules("items = '$'\ntitle = 't'");
    let mut api = source(Kind::Json(rules.into()));
    api.url = town::url("https://api.town.example/v1/notices?serviceKey=S3CRET&code=9");
    assert_eq!(api.page().as_str(), "https://api.town.example/v1/notices");
    api.kind = Kind::Feed;
    assert_eq!(api.page().as_str(), "https://api.town.example/v1/notices?code=9");
}

#[test]
fn an_answer_without_the_list_is_refused_and_described() {
    let rules = "items = '$.data.list[*]'\ntitle = 'title'";
    for (body, seen) in [
        ("{\"code\":\"500\",\"message\":\"fail\"}", "code"),
        ("{\"data\":{\"list\":[]}}", "data"),
        ("<html></html>", "markup"),
        ("", "JSON"),
        ("[1,2,3]", "an array of 3"),
    ] {
        let why = news(body, rules).expect_err(body).to_string();
        assert!(why.contains(seen), "{body}: {why}");
    }
    assert!(news(&"[".repeat(1_000_000), rules).is_err());
}

#[test]
fn a_wrong_path_says_why() {
    for wrong in [
        "items = '$['\ntitle = 't'",
        "items = ''\ntitle = 't'",
        "items = 'a'\ntitle = 't'\nlink = '/{a'",
    ] {
        assert!(toml::from_str::<json::Rules>(wrong).is_err(), "{wrong}");
    }
}
