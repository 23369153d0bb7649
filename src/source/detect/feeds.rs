//! Feeds: an answer that is one, and a page that names one.

use url::Url;

use super::{Guess, link_header};
use crate::{
    notice::SourceId,
    source::{
        Kind, Page, Source, Unreadable, believe,
        believe::one_line,
        dom::{Css, Doc, Element},
        feed, links,
    },
};

/// Most feeds of one page that are worth asking for.
const MAX_FEEDS: usize = 4;

/// The feed that `page` is; `None` when it is none.
///
/// # Errors
///
/// [`Unreadable`] when it says that it is a feed and can't be read.
pub(super) fn guess(page: &Page, id: &SourceId) -> Result<Option<Guess>, Unreadable> {
    if !is_feed(page) {
        return Ok(None);
    }
    let parsed = feed::parse(page)?;
    let meta = parsed.meta.clone();
    let host = page.url.host_str().unwrap_or("source");
    let name = meta
        .title
        .as_deref()
        .map(|title| one_line(title, 100))
        .filter(|title| !title.is_empty());
    let source = Source {
        id: id.clone(),
        name: name.unwrap_or_else(|| host.to_owned()),
        url: page.url.clone(),
        kind: Kind::Feed,
        language: meta.language.clone(),
        zone: jiff::tz::TimeZone::UTC,
        tags: Vec::new(),
        article: None,
    };
    let believed = believe(&source, page, parsed);
    let confidence = if believed.notices.is_empty() { 0.5 } else { 0.99 };
    Ok(Some(Guess {
        source,
        meta,
        believed,
        confidence,
        notes: Vec::new(),
    }))
}

/// Whether the answer begins as feeds do.
fn is_feed(page: &Page) -> bool {
    begins_with(
        page,
        &["<rss", "<feed", "<rdf:rdf", "<atom:feed", "<urlset", "<sitemapindex"],
    ) || begins_as_json_feed(page)
}

fn begins_as_json_feed(page: &Page) -> bool {
    let head = head(page);
    head.starts_with('{') && head.contains("jsonfeed.org/version")
}

/// Whether the answer is XML and begins with one of `roots`.
pub(super) fn begins_with(page: &Page, roots: &[&str]) -> bool {
    let head = head(page);
    let is_root = |root: &&str| {
        head.find(*root)
            .is_some_and(|at| head[at + root.len()..].starts_with(|c: char| c.is_whitespace() || c == '>'))
    };
    head.starts_with('<') && !head.contains("<html") && roots.iter().any(is_root)
}

/// The beginning of the answer, in lower case.
fn head(page: &Page) -> String {
    let head: Vec<u8> = page
        .body
        .iter()
        .copied()
        .filter(|byte| *byte != 0)
        .take(1_200)
        .collect();
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let head = head.trim_start_matches(['\u{feff}', '\u{fffd}']).trim_start();
    head.to_owned()
}

/// The feeds that `page` names: in its head, in its `Link` headers, and by links to what is called one; the most likely first.
pub fn feeds(page: &Page) -> Vec<Url> {
    let html = super::decoded(page);
    let doc = Doc::parse(&html);
    let base = doc.base(&page.url);
    let mut found: Vec<Url> = Vec::new();
    let mut add = |url: Option<Url>| {
        if let Some(url) = url.filter(|url| *url != page.url && !found.contains(url)) {
            found.push(url);
        }
    };
    for element in selected(&doc, "link[rel][href]") {
        let attr = |name: &str| element.attr(name).unwrap_or_default().to_ascii_lowercase();
        if attr("rel").contains("alternate") && is_feed_type(&attr("type")) && !is_of_comments(&element) {
            add(element.attr("href").and_then(|href| links::absolute(&href, &base)));
        }
    }
    for link in page.links.iter().flat_map(|header| link_header::read(header)) {
        let kind = link.told("type").unwrap_or_default().to_ascii_lowercase();
        if link.leads_as("alternate") && is_feed_type(&kind) && !link.target.contains("comments") {
            add(links::absolute(&link.target, &page.url));
        }
    }
    for element in selected(&doc, "a[href]") {
        let href = element.attr("href").unwrap_or_default();
        if looks_like_feed(&href.to_ascii_lowercase()) && !is_of_comments(&element) {
            add(links::absolute(&href, &base));
        }
    }
    found.truncate(MAX_FEEDS);
    found
}

fn selected<'d>(doc: &'d Doc, css: &str) -> Vec<Element<'d>> {
    css.parse().map(|css: Css| doc.select(&css)).unwrap_or_default()
}

fn is_feed_type(kind: &str) -> bool {
    let kinds = ["rss+xml", "atom+xml", "feed+json", "rdf+xml"];
    kinds.iter().any(|feed| kind.contains(feed))
}

fn is_of_comments(link: &Element<'_>) -> bool {
    let attr = |name: &str| link.attr(name).unwrap_or_default().to_ascii_lowercase();
    attr("href").contains("comments") || attr("title").contains("comments feed")
}

fn looks_like_feed(href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    matches!(
        last,
        "rss"
            | "feed"
            | "atom"
            | "rss.xml"
            | "feed.xml"
            | "atom.xml"
            | "index.rdf"
            | "index.xml"
            | "rss.do"
            | "rss.php"
    ) || [".rss", ".atom", ".rdf"].iter().any(|ending| last.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        Page {
            url: Url::parse("https://e.org/news/").expect("an address"),
            content_type: None,
            content_language: None,
            links: Vec::new(),
            body: body.as_bytes().to_vec(),
            validators: Default::default(),
            fresh_for: None,
            moved: None,
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_feed_is_told_from_a_page() {
        for (body, expected) in [
            ("<?xml version='1.0'?><rss version='2.0'><channel/>", true),
            ("\u{feff}<feed xmlns='x'>", true),
            ("{\"version\": \"https://jsonfeed.org/version/1.1\"}", true),
            ("<?xml version='1.0'?><urlset xmlns='x'>", true),
            ("<!doctype html><html><p>&lt;rss</p>", false),
            ("{\"items\": []}", false),
            ("", false),
        ] {
            assert_eq!(is_feed(&page(body)), expected, "{body}");
        }
    }

    #[test]
    fn the_feeds_of_a_page_are_those_it_names() {
        let named = feeds(&page(
            "<link rel=alternate type=application/rss+xml href=/feed/><link rel=alternate type=application/rss+xml href=/comments/feed/>\
             <link rel=alternate hreflang=de href=/de/><a href='rss.xml'>RSS</a><a href=/about>About</a>",
        ));
        let named: Vec<&str> = named.iter().map(Url::as_str).collect();
        assert_eq!(named, ["https://e.org/feed/", "https://e.org/news/rss.xml"]);
    }

    #[test]
    fn a_feed_that_the_answer_names_beside_the_page_is_named_by_it() {
        let mut page = page("<a href=/rss>RSS</a>");
        page.links = vec![
            "</style.css>; rel=preload, <feed.atom>; rel=alternate; type=\"application/atom+xml\"".to_owned(),
            "</de/>; rel=alternate; hreflang=de, </comments/feed/>; rel=alternate; type=application/rss+xml".to_owned(),
        ];
        let named = feeds(&page);
        let named: Vec<&str> = named.iter().map(Url::as_str).collect();
        assert_eq!(named, ["https://e.org/news/feed.atom", "https://e.org/rss"]);
    }
}
