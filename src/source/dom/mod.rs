//! A page as a tree, and how pieces of it are found and read.
//!
//! The HTML library stays behind this module. Whatever is parsed was first brought within [`bounded`] limits, because the
//! work of an HTML parser grows with the square of the nesting depth and of the number of attributes.
//!
//! Trees are not `Send`: parse, read and drop them on one thread.

mod bounds;
mod css;
mod outline;
mod text;
mod walk;

pub use bounds::bounded;
pub use css::{BadCss, Css};
pub use outline::{Outline, Spot};
pub use walk::Step;

use std::fmt;

pub use dom_query::NodeId;
use dom_query::{Document, NodeData, NodeRef};
use url::Url;

/// A parsed page.
pub struct Doc(Document);

/// An element of a [`Doc`].
#[derive(Clone, Copy)]
pub struct Element<'a>(NodeRef<'a>);

impl Doc {
    /// Parses `html`, however broken: browsers' rules, within our limits.
    pub fn parse(html: &str) -> Self {
        Self(Document::from(&*bounded(html)))
    }

    /// All elements that `css` selects, in document order.
    pub fn select(&self, css: &Css) -> Vec<Element<'_>> {
        self.root().map(|root| root.select(css)).unwrap_or_default()
    }

    /// The first element that `css` selects.
    pub fn first(&self, css: &Css) -> Option<Element<'_>> {
        self.root()?.first(css)
    }

    /// Puts each of `leads` and the siblings after it, up to the next of them or to one of `ends`, into an element `row` of
    /// their own, and returns those.
    pub fn gather<'a>(&'a self, leads: &[Element<'a>], ends: &[Element<'a>]) -> Vec<Element<'a>> {
        let stops: std::collections::HashSet<NodeId> = leads.iter().chain(ends).map(Element::id).collect();
        leads
            .iter()
            .map(|lead| {
                let row = self.0.tree.new_element("row");
                lead.0.insert_before(&row);
                let mut next = Some(lead.0);
                while let Some(node) = next {
                    next = node.next_sibling().filter(|next| !stops.contains(&next.id));
                    row.append_child(&node);
                }
                Element(row)
            })
            .collect()
    }

    /// The `html` element; missing only in a page without any.
    pub fn root(&self) -> Option<Element<'_>> {
        self.0.root().children_it(false).find(NodeRef::is_element).map(Element)
    }

    /// The `body` element.
    pub fn body(&self) -> Option<Element<'_>> {
        self.0.body().map(Element)
    }

    /// The text of the `title` element.
    pub fn title(&self) -> Option<String> {
        let head = self.0.head()?;
        let title = head
            .descendants_it()
            .map(Element)
            .find(|element| element.is_named("title"))?;
        Some(title.text()).filter(|text| !text.is_empty())
    }

    /// The `lang` of the page, as it is written.
    pub fn language(&self) -> Option<String> {
        let lang = self.root()?.attr("lang").or_else(|| self.root()?.attr("xml:lang"))?;
        Some(lang.trim().to_owned()).filter(|lang| !lang.is_empty())
    }

    /// What relative addresses are of: `<base href>`, else `page`.
    pub fn base(&self, page: &Url) -> Url {
        self.0
            .base_uri()
            .and_then(|href| page.join(href.trim()).ok())
            .filter(|base| matches!(base.scheme(), "http" | "https"))
            .unwrap_or_else(|| page.clone())
    }
}

impl fmt::Debug for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Doc(…)")
    }
}

impl<'a> Element<'a> {
    /// Its tag, lower case.
    pub fn name(&self) -> String {
        self.0
            .node_name()
            .map(|name| name.to_ascii_lowercase())
            .unwrap_or_default()
    }

    /// Whether its tag is `name` (lower case).
    pub fn is_named(&self, name: &str) -> bool {
        self.0
            .query(|node| match &node.data {
                NodeData::Element(element) => &*element.name.local == name,
                _ => false,
            })
            .unwrap_or(false)
    }

    /// The value of an attribute, to the letter.
    pub fn attr(&self, name: &str) -> Option<String> {
        self.0.attr(name).map(|value| value.to_string())
    }

    /// All its attributes: names and values, as they are written.
    pub fn attrs(&self) -> Vec<(String, String)> {
        self.0
            .attrs()
            .into_iter()
            .map(|attr| (attr.name.local.to_string(), attr.value.to_string()))
            .collect()
    }

    /// Its classes, in the order they are written.
    pub fn classes(&self) -> Vec<String> {
        let classes = self.attr("class").unwrap_or_default();
        classes.split_ascii_whitespace().map(str::to_owned).collect()
    }

    /// The elements inside it that `css` selects, in document order; not itself.
    pub fn select(&self, css: &Css) -> Vec<Element<'a>> {
        css.inside(self.0).into_iter().map(Element).collect()
    }

    /// The first element inside it that `css` selects.
    pub fn first(&self, css: &Css) -> Option<Element<'a>> {
        css.first_inside(self.0).map(Element)
    }

    /// Whether `css` selects it.
    pub fn matches(&self, css: &Css) -> bool {
        css.selects(self.0)
    }

    /// Its text on one line: white space folded, a space where a block or cell ends; no scripts, styles or templates.
    pub fn text(&self) -> String {
        text::line(self.0)
    }

    /// Its text on one line, without that of the elements inside it that `css` selects.
    pub fn text_without(&self, css: &Css) -> String {
        let left_out: Vec<NodeId> = self.select(css).iter().map(Element::id).collect();
        text::line_without(self.0, &left_out)
    }

    /// The pieces of its text that markup keeps apart, in document order; none is empty.
    pub fn pieces(&self) -> Vec<String> {
        text::pieces(self.0)
    }

    /// Its text with blocks, rows and `br` on lines of their own; no line is empty.
    pub fn lines(&self) -> String {
        text::lines(self.0)
    }

    /// The text that stands directly in it, folded; not that of its children.
    pub fn own_text(&self) -> String {
        text::own(self.0)
    }

    /// The text in it to the letter, as scripts have it.
    pub fn source(&self) -> String {
        self.0.text().to_string()
    }

    /// The markup inside it.
    pub fn inner_html(&self) -> String {
        self.0.inner_html().to_string()
    }

    /// The element it is in.
    pub fn parent(&self) -> Option<Element<'a>> {
        self.0.parent().filter(NodeRef::is_element).map(Element)
    }

    /// The elements it is in, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut at = *self;
        std::iter::from_fn(move || {
            at = at.parent()?;
            Some(at)
        })
    }

    /// The elements directly in it.
    pub fn children(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        self.0.children_it(false).filter(NodeRef::is_element).map(Element)
    }

    /// All elements inside it, in document order.
    pub fn descendants(&self) -> Vec<Element<'a>> {
        let inside = self.0.descendants_it();
        inside.filter(NodeRef::is_element).map(Element).collect()
    }

    /// The element after it, under the same parent.
    pub fn next(&self) -> Option<Element<'a>> {
        self.0.next_element_sibling().map(Element)
    }

    /// The element before it, under the same parent.
    pub fn previous(&self) -> Option<Element<'a>> {
        self.0.prev_element_sibling().map(Element)
    }

    /// Tells it from the other elements of its page.
    pub fn id(&self) -> NodeId {
        self.0.id
    }
}

impl PartialEq for Element<'_> {
    /// Of one page.
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} {:?}>", self.name(), self.attr("class").unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn css(text: &str) -> Css {
        text.parse().expect("a selector")
    }

    #[test]
    fn cells_without_end_tags_are_cells_all_the_same() {
        let doc = Doc::parse("<table><tr><td>1<td><a href='/a?x=1&amp;y=2'>One</a><tr><td>2<td>Two</table>");
        let rows: Vec<String> = doc.select(&css("tr")).iter().map(Element::text).collect();
        assert_eq!(rows, ["1 One", "2 Two"]);
        let link = doc.first(&css("tr a")).expect("a link");
        assert_eq!(link.attr("href").as_deref(), Some("/a?x=1&y=2"));
        assert_eq!(link.parent().map(|cell| cell.name()).as_deref(), Some("td"));
    }

    #[test]
    fn a_run_of_siblings_is_gathered_into_a_row() {
        let doc = Doc::parse("<dl><dt>1<dd>a<dd>b<dt>2<dd>c</dl><p>x <a>3</a> d<br><a>4</a> e<h3>f</h3></p>");
        let rows = |leads: &str, ends: &str| {
            let rows = doc.gather(&doc.select(&css(leads)), &doc.select(&css(ends)));
            rows.iter().map(Element::text).collect::<Vec<_>>()
        };
        assert_eq!(rows("dt", "nothing"), ["1 a b", "2 c"]);
        assert_eq!(rows("a", "h3"), ["3 d", "4 e"]);
    }

    #[test]
    fn a_label_names_the_cell_beside_it() {
        let doc =
            Doc::parse("<table><tr><th>작성자</th><td>총무과</td><th>등록일</th><td>2020.11.10</td></tr></table>");
        let cell = doc.first(&css("th:contains('등록일') + td")).expect("a cell");
        assert_eq!(cell.text(), "2020.11.10");
    }

    #[test]
    fn the_base_of_a_page_is_http_or_the_page_itself() {
        let page = Url::parse("https://example.org/a/list.do").expect("an address");
        for (html, base) in [
            ("<base href='/deep/er/'>", "https://example.org/deep/er/"),
            ("<base href='javascript:x'>", "https://example.org/a/list.do"),
            ("", "https://example.org/a/list.do"),
        ] {
            assert_eq!(Doc::parse(html).base(&page).as_str(), base, "{html}");
        }
    }

    #[test]
    fn an_element_of_a_million_or_of_none_does_no_harm() {
        for hostile in [
            "<div>".repeat(1_000_000),
            "<b><i><a></b>".repeat(100_000),
            String::new(),
        ] {
            let doc = Doc::parse(&hostile);
            assert_eq!(doc.body().map(|body| body.text()).unwrap_or_default(), "");
        }
    }
}
