//! Why an answer is no feed, in words that help: what it is instead, and where its feed may be.

use url::Url;

use super::{
    html,
    names::Name,
    reference::Entities,
    text,
    token::{self, Token, Tokens},
};
use crate::source::Unreadable;

/// How many pieces of a document are looked at.
const LOOKED_AT: usize = 2_000;

/// That something else was found than a feed.
pub(super) fn unreadable(found: &str) -> Unreadable {
    Unreadable(format!("expected a feed, found {found}"))
}

/// Says what a document without a feed is, and where its feed may be.
pub(super) fn no_feed(text: &str, page: &Url) -> Unreadable {
    let (mut title, mut feed, mut first, mut listed) = (None, None, None, None);
    let mut tokens = Tokens::new(text).take(LOOKED_AT).peekable();
    while let Some(token) = tokens.next() {
        let Token::Open(tag) = token else { continue };
        first = first.or(Some(tag.name));
        match Name::of(tag.name) {
            Name::Title if title.is_none() => {
                if let Some(Token::Text(text)) = tokens.peek() {
                    title = Some(short(&html::plain(text)));
                }
            }
            Name::Loc if listed.is_none() => {
                if let Some(Token::Text(text)) = tokens.peek() {
                    listed = Some(short(&html::plain(text)));
                }
            }
            Name::Link if feed.is_none() => feed = feed_address(tag.attributes, page),
            _ => {}
        }
    }
    let found = match (first.map(Name::of), title.filter(|title| !title.is_empty())) {
        (None, _) => format!("a text: {}", short(text)),
        (_, Some(title)) => format!("an HTML page titled \u{201c}{title}\u{201d}"),
        (Some(Name::SitemapIndex), None) => match listed {
            Some(listed) => format!("a list of sitemaps, of which the first is {listed}"),
            None => "a list of sitemaps".to_owned(),
        },
        (Some(Name::Html), None) => "an HTML page".to_owned(),
        (Some(_), None) => format!("a document of <{}>", short(first.unwrap_or_default())),
    };
    unreadable(&match feed {
        Some(feed) => format!("{found}, which says that its feed is at {feed}"),
        None => found,
    })
}

/// That a sitemap tells no news.
pub(super) fn no_news(pages: usize) -> Unreadable {
    unreadable(&format!(
        "a sitemap of {pages} pages, which titles none of them as news"
    ))
}

/// Where the `link` element with these attributes says a feed is.
fn feed_address(raw: &str, page: &Url) -> Option<Url> {
    let told = |name: &str| token::attributes(raw).find(|(told, _)| told.eq_ignore_ascii_case(name));
    let is_feed = told("type").is_some_and(|(_, value)| {
        let value = value.to_ascii_lowercase();
        ["rss", "atom", "rdf", "feed+json"]
            .iter()
            .any(|kind| value.contains(kind))
    });
    let href = told("href").filter(|_| is_feed)?;
    page.join(&Entities::default().resolve(href.1)).ok()
}

/// The beginning of `text`, on one line.
fn short(text: &str) -> String {
    text::folded(text, 80)
}
