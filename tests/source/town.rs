//! A made-up town's board, and what a poll reads from it.

use gazetted::{
    notice::Notice,
    source::{self, Believed, Kind, Page, Source, Unreadable, Validators, article, board},
};
use jiff::{Timestamp, tz::TimeZone};
use url::Url;

/// Where the board is.
pub const LIST: &str = "https://www.town.example/board/list.do?bbsId=B1";

/// When it is polled.
pub fn noon() -> Timestamp {
    "2020-12-01T12:00:00+09:00".parse().expect("an instant")
}

/// Rules in the words of the configuration.
pub fn rules<T: serde::de::DeserializeOwned>(toml: &str) -> T {
    toml::from_str(toml).unwrap_or_else(|error| panic!("{error}"))
}

/// The rules of the town's own board.
pub fn town_rules() -> board::Rules {
    rules(
        r#"
        row = "table.board > tbody > tr"
        title = "td.title a"
        date = "td.info"
        pinned = "td.num .pin"
        "#,
    )
}

/// A board with these rules.
pub fn source(kind: Kind) -> Source {
    Source {
        id: "town".parse().expect("an id"),
        name: "Town".to_owned(),
        url: url(LIST),
        kind,
        language: Some("ko".to_owned()),
        zone: TimeZone::get("Asia/Seoul").expect("a zone"),
        tags: Vec::new(),
        article: None,
    }
}

/// An address.
pub fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// An answer from [`LIST`].
pub fn page(body: impl Into<Vec<u8>>) -> Page {
    page_at(LIST, "text/html; charset=utf-8", body)
}

/// An answer from somewhere.
pub fn page_at(at: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Page {
    Page {
        url: url(at),
        content_type: Some(content_type.to_owned()),
        content_language: None,
        links: Vec::new(),
        body: body.into(),
        validators: Validators::default(),
        fresh_for: None,
        moved: None,
        at: noon(),
    }
}

/// What `source` says with this answer.
pub fn read(source: &Source, page: &Page) -> Result<Believed, Unreadable> {
    Ok(source::believe(source, page, source.parse(page)?))
}

/// What the town's board says with this markup.
pub fn look(html: impl Into<Vec<u8>>) -> Vec<Notice> {
    let source = source(Kind::Board(town_rules().into()));
    read(&source, &page(html))
        .unwrap_or_else(|error| panic!("{error}"))
        .notices
}

/// What the town's board can't be read for.
pub fn refused(html: impl Into<Vec<u8>>) -> String {
    let source = source(Kind::Board(town_rules().into()));
    read(&source, &page(html)).expect_err("no notice is read").to_string()
}

/// What the page of a notice adds to it.
pub fn with_article(source: &Source, list: &Page, at: usize, rules: &article::Rules, page: &Page) -> Notice {
    let mut parsed = source.parse(list).expect("a list");
    article::complete(&mut parsed.drafts[at], rules, page).expect("an article");
    source::believe(source, list, parsed).notices.remove(at)
}

/// A row of the town's board.
pub fn row(link: &str, title: &str, date: &str) -> String {
    let link = link.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<tr><td class=num>1</td><td class=title><a href=\"{link}\">{title}</a></td>\
         <td class=info>Date : {date} Read : 77</td></tr>"
    )
}

/// The town's board with these rows.
pub fn board(rows: impl IntoIterator<Item = String>) -> String {
    let rows: String = rows.into_iter().collect();
    format!(
        "<!doctype html><html lang=ko><head><meta charset=utf-8><title>Town notices</title></head><body>\
         <nav><a href=/>Home</a><a href=/login.do>Login</a></nav><table class=board><thead><tr><th>No<th>Title<th>Info\
         </thead><tbody>{rows}</tbody></table><p>1 2 3</p></body></html>"
    )
}

/// The ids of notices, in order.
pub fn ids(notices: &[Notice]) -> Vec<String> {
    notices.iter().map(|notice| notice.id.to_string()).collect()
}

/// The titles of notices, in order.
pub fn titles(notices: &[Notice]) -> Vec<&str> {
    notices.iter().map(|notice| notice.title.as_str()).collect()
}
