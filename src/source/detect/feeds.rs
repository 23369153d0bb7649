//! Feeds: an answer that is one, and a page that names one.

use url::Url;

use super::Guess;
use crate::{
    notice::SourceId,
    source::{Kind, Page, Source, Unreadable, believe, believe::one_line, dom::Doc, feed, links},
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
    let head: Vec<u8> = page
        .body
        .iter()
        .copied()
        .filter(|byte| *byte != 0)
        .take(1_200)
        .collect();
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let head = head.trim_start_matches(['\u{feff}', '\u{fffd}']).trim_start();
    let root = |name: &str| {
        head.find(name)
            .is_some_and(|at| head[at + name.len()..].starts_with(|c: char| c.is_whitespace() || c == '>'))
    };
    let xml = head.starts_with('<')
        && !head.contains("<html")
        && ["<rss", "<feed", "<rdf:rdf", "<atom:feed"].into_iter().any(root);
    xml || head.starts_with('{') && head.contains("jsonfeed.org/version")
}

/// The feeds that `page` names: in its head, and by links to what is called one; the most likely first.
pub fn feeds(page: &Page) -> Vec<Url> {
    let html = super::decoded(page);
    let doc = Doc::parse(&html);
    let base = doc.base(&page.url);
    let mut found: Vec<Url> = Vec::new();
    for (css, told) in [("link[rel][href]", true), ("a[href]", false)] {
        let Ok(css) = css.parse() else { continue };
        for element in doc.select(&css) {
            let attr = |name: &str| element.attr(name).unwrap_or_default().to_ascii_lowercase();
            let named = match told {
                true => {
                    attr("rel").contains("alternate")
                        && ["rss+xml", "atom+xml", "feed+json", "rdf+xml"]
                            .iter()
                            .any(|kind| attr("type").contains(kind))
                }
                false => looks_like_feed(&attr("href")),
            };
            let comments = attr("href").contains("comments") || attr("title").contains("comments feed");
            let url = element.attr("href").and_then(|href| links::absolute(&href, &base));
            if let Some(url) = url.filter(|url| named && !comments && *url != page.url && !found.contains(url)) {
                found.push(url);
            }
        }
    }
    found.truncate(MAX_FEEDS);
    found
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
}
