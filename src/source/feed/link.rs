//! Which of a feed's many addresses is which.
//!
//! RSS has `<link>text</link>`, Atom `<link rel href>` (RFC 4287 §4.2.7), and both stand in both. Knows: relations and types.
//! Does not know: whether an address can be used.

use super::{element::Element, text};

/// The addresses of a feed or an entry, as far as they were seen.
#[derive(Default)]
pub(super) struct Links {
    page: Option<String>,
    other_page: Option<String>,
    /// Where the feed itself is.
    pub(super) own: Option<String>,
    /// WebSub hubs.
    pub(super) hubs: Vec<String>,
}

/// Most hubs that are kept.
const MAX_HUBS: usize = 10;

impl Links {
    /// Notes a `link` element that is no enclosure. Its address is resolved where the element's base isn't `base`.
    pub(super) fn note(&mut self, link: Element<'_, '_>) {
        let Some(href) = address(link) else { return };
        match relation(link).as_str() {
            "" | "alternate" => {
                let told = link.attribute("type").unwrap_or_default();
                if told.is_empty() || told.contains("html") {
                    self.page = Some(href);
                } else {
                    self.other_page.get_or_insert(href);
                }
            }
            "self" => self.own = Some(href),
            "hub" if self.hubs.len() < MAX_HUBS => self.hubs.push(href),
            _ => {}
        }
    }

    /// The page for people.
    pub(super) fn page(&mut self) -> Option<String> {
        self.page.take().or_else(|| self.other_page.take())
    }
}

/// Where `link` leads: its `href`, else its text.
pub(super) fn address(link: Element<'_, '_>) -> Option<String> {
    let href = link.attribute("href").map(|href| href.trim().to_owned());
    let href = href.filter(|href| !href.is_empty());
    href.or_else(|| text::line(link)).map(|href| resolved(link, href))
}

/// What `link` is to the feed: `rel`, short or as the address of its registration.
pub(super) fn relation(link: Element<'_, '_>) -> String {
    let rel = link.attribute("rel").unwrap_or_default().trim().to_ascii_lowercase();
    rel.rsplit('/').next().unwrap_or_default().to_owned()
}

/// `address`, which stands in `element`, made absolute when the element has a base.
pub(super) fn resolved(element: Element<'_, '_>, address: String) -> String {
    match element.base() {
        Some(base) => base.join(&address).map_or(address, String::from),
        None => address,
    }
}
