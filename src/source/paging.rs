//! Where a list goes on: its further pages.

use url::Url;

use super::{
    Kind, Page, Source,
    board::decoded,
    dom::Doc,
    links,
    pick::{Address, Field},
};

/// What leads to the next page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onwards<'s> {
    /// A link on the page.
    Link(&'s Field),
    /// A number in the question.
    Number {
        /// The parameter that it is.
        parameter: &'s str,
        /// How much it grows with each page.
        step: u64,
    },
}

impl Source {
    /// How many pages of the list are read at most.
    pub fn pages(&self) -> usize {
        let pages = match &self.kind {
            Kind::Board(rules) => rules.pages,
            Kind::Json(rules) => rules.pages,
            Kind::Auto | Kind::Feed => None,
        };
        pages.unwrap_or(1)
    }

    /// What leads to the next page, where anything does.
    pub fn onwards(&self) -> Option<Onwards<'_>> {
        let (next, parameter, step) = match &self.kind {
            Kind::Board(rules) => (rules.next.as_ref(), rules.page_parameter.as_deref(), rules.page_step),
            Kind::Json(rules) => (None, rules.page_parameter.as_deref(), rules.page_step),
            Kind::Auto | Kind::Feed => return None,
        };
        let number = |parameter| Onwards::Number {
            parameter,
            step: step.unwrap_or(1),
        };
        next.map(Onwards::Link).or_else(|| parameter.map(number))
    }
}

/// The address behind the link on `page` that `field` selects, when it is one of the page's own origin.
pub fn next_link(field: &Field, page: &Page) -> Option<Url> {
    let doc = Doc::parse(&decoded(page));
    let link = Address {
        field,
        pattern: None,
        template: None,
    }
    .first(doc.root()?)?;
    let mut next = links::absolute(&link, &doc.base(&page.url))?;
    next.set_fragment(None);
    (next.origin() == page.url.origin() && next != page.url).then_some(next)
}
