//! A page laid out flat: its elements in document order, and all its text with the place of each element in it.
//!
//! Judgements about a notice page are about what stands before what, and how much of it there is. Here both are numbers, got
//! in one walk, so that no judgement walks the page again.

use std::ops::Range;

use super::words;
use crate::source::dom::{Doc, Element, Step};

/// Most elements that are laid out.
const MAX_NODES: usize = 60_000;

/// Most text that is laid out, in bytes.
const MAX_TEXT: usize = 2 << 20;

/// Ends a line.
const LINE: char = '\n';

/// Ends a cell.
const CELL: char = '\t';

/// Where an inline element begins or ends; nothing to see.
const EDGE: char = '\u{2}';

/// A page, flat.
pub(super) struct Outline<'a> {
    /// The elements in document order; the first is `body`.
    pub(super) nodes: Vec<Node<'a>>,
    /// The text, with marks where blocks, cells and inline elements end.
    text: String,
}

/// An element, and what is in it.
pub(super) struct Node<'a> {
    /// The element itself.
    pub(super) element: Element<'a>,
    /// Its tag.
    pub(super) tag: String,
    /// The words of its classes and id.
    pub(super) marks: Vec<String>,
    /// What it is in; itself for the first.
    pub(super) parent: usize,
    /// After the last of what is in it.
    pub(super) end: usize,
    /// Its place in the text, in bytes.
    pub(super) span: Range<usize>,
    /// Letters and digits directly in it.
    pub(super) own: usize,
    /// Letters and digits in it.
    pub(super) letters: usize,
    /// Those of them that are in links.
    pub(super) linked: usize,
    /// Whether it is in a link, or is one.
    pub(super) in_link: bool,
    /// Whether it is a picture that shows something.
    pub(super) picture: bool,
    /// Whether there is a heading or a main part in it.
    pub(super) holds_main: bool,
}

impl Node<'_> {
    /// Whether one of its marks is among `words`.
    pub(super) fn is_marked(&self, words: &[&str]) -> bool {
        self.marks.iter().any(|mark| words.contains(&mark.as_str()))
    }
}

impl<'a> Outline<'a> {
    /// Lays `doc` out; without what nobody sees.
    pub(super) fn of(doc: &'a Doc) -> Option<Self> {
        let body = doc.body()?;
        let mut outline = Self {
            nodes: vec![Node::of(body, 0, 0, false)],
            text: String::new(),
        };
        let mut open = vec![0];
        body.walk(|step| {
            let at = open.last().copied().unwrap_or_default();
            match step {
                Step::Open(element) => {
                    if outline.nodes.len() >= MAX_NODES || outline.text.len() >= MAX_TEXT {
                        return false;
                    }
                    let name = element.name();
                    outline.text.push(mark(&name));
                    if is_unread(&name) || is_hidden(element) {
                        return false;
                    }
                    let node = Node::of(element, at, outline.text.len(), outline.nodes[at].in_link);
                    open.push(outline.nodes.len());
                    outline.nodes.push(node);
                }
                Step::Text(text) => outline.push_text(at, text),
                Step::Close(_) => {
                    open.pop();
                    outline.close(at);
                }
            }
            true
        });
        outline.close(0);
        Some(outline)
    }

    fn push_text(&mut self, at: usize, text: &str) {
        if self.text.len() >= MAX_TEXT {
            return;
        }
        for c in text.chars() {
            let c = if matches!(c, LINE | CELL | EDGE | '\r') { ' ' } else { c };
            self.text.push(c);
            self.nodes[at].own += usize::from(c.is_alphanumeric());
        }
    }

    fn close(&mut self, at: usize) {
        let (count, length) = (self.nodes.len(), self.text.len());
        let node = &mut self.nodes[at];
        node.end = count;
        node.span.end = length;
        node.letters += node.own;
        if node.in_link {
            node.linked = node.letters;
        }
        let (letters, linked, parent) = (node.letters, node.linked, node.parent);
        let main = node.holds_main || is_main(node);
        let end = mark(&node.tag);
        self.text.push(end);
        if at > 0 {
            let above = &mut self.nodes[parent];
            above.letters += letters;
            above.linked += linked;
            above.holds_main |= main;
        }
    }

    /// The text of a place, on one line.
    pub(super) fn line(&self, span: Range<usize>) -> String {
        let bare: String = self.raw(span).chars().filter(|c| *c != EDGE).collect();
        bare.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text of an element, on one line.
    pub(super) fn text(&self, at: usize) -> String {
        self.line(self.nodes[at].span.clone())
    }

    /// The text of a place with its marks.
    pub(super) fn raw(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or_default()
    }

    /// The places of the lines in `span` that hold text.
    pub(super) fn lines(&self, span: Range<usize>) -> Vec<Range<usize>> {
        let mut from = span.start;
        let mut lines = Vec::new();
        for line in self.raw(span).split(LINE) {
            if line.chars().any(char::is_alphanumeric) {
                lines.push(from..from + line.len());
            }
            from += line.len() + LINE.len_utf8();
        }
        lines
    }

    /// What stands in the rest of the cell or line behind `from`, up to `to`.
    pub(super) fn rest_of_line(&self, from: usize, to: usize) -> Range<usize> {
        let raw = self.raw(from..to.max(from));
        let skipped = raw.len()
            - raw
                .trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | '[' | '【'))
                .len();
        let length = raw[skipped..].find([LINE, CELL]).unwrap_or(raw.len() - skipped);
        from + skipped..from + skipped + length
    }

    /// The place at or before `place` where a character begins; never behind the text's end.
    pub(super) fn edge(&self, place: usize) -> usize {
        let mut place = place.min(self.text.len());
        while !self.text.is_char_boundary(place) {
            place -= 1;
        }
        place
    }

    /// How many bytes of text there are.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// The numbers of what is directly in `at`.
    pub(super) fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.nodes[at].end;
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let child = next;
            (child < end).then(|| {
                next = self.nodes[child].end;
                child
            })
        })
    }

    /// The numbers of what `at` is in, nearest first.
    pub(super) fn above(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let mut here = at;
        std::iter::from_fn(move || {
            (here > 0).then(|| {
                here = self.nodes[here].parent;
                here
            })
        })
    }

    /// Whether `inner` is in `outer`, or is it.
    pub(super) fn is_in(&self, inner: usize, outer: usize) -> bool {
        (outer..self.nodes[outer].end).contains(&inner)
    }

    /// The largest element whose text is that of `at`: out of spans and the like.
    pub(super) fn widest(&self, at: usize) -> usize {
        let letters = self.nodes[at].letters;
        let same = |above: &usize| *above > 0 && self.nodes[*above].letters == letters;
        self.above(at).take_while(same).last().unwrap_or(at)
    }

    /// The smallest element that `span` lies in.
    pub(super) fn around(&self, span: &Range<usize>) -> usize {
        let (mut at, mut found) = (0, 0);
        while at < self.nodes.len() {
            let node = &self.nodes[at];
            if node.span.start > span.start {
                break;
            }
            if node.span.end >= span.end {
                found = at;
                at += 1;
            } else {
                at = node.end.max(at + 1);
            }
        }
        found
    }
}

impl<'a> Node<'a> {
    fn of(element: Element<'a>, parent: usize, start: usize, in_link: bool) -> Self {
        let tag = element.name();
        let names = element.attr("class").unwrap_or_default() + " " + &element.attr("id").unwrap_or_default();
        Self {
            picture: tag == "img" && shows(element),
            in_link: in_link || tag == "a",
            marks: words::marks(&names),
            element,
            tag,
            parent,
            end: 0,
            span: start..start,
            own: 0,
            letters: 0,
            linked: 0,
            holds_main: false,
        }
    }
}

fn is_main(node: &Node<'_>) -> bool {
    matches!(node.tag.as_str(), "main" | "article" | "h1")
        || node.element.attr("role").as_deref() == Some("main")
        || node.element.attr("itemprop").as_deref() == Some("articleBody")
}

/// Whether a picture is one of the notice's own, as far as can be seen: no icon, no spacer.
fn shows(picture: Element<'_>) -> bool {
    let side = |name| {
        picture
            .attr(name)
            .and_then(|side| side.trim().trim_end_matches("px").parse::<u32>().ok())
    };
    let small = side("width").is_some_and(|side| side < 60) || side("height").is_some_and(|side| side < 40);
    let source = picture
        .attr("src")
        .or_else(|| picture.attr("data-src"))
        .unwrap_or_default();
    let last: Vec<&str> = source
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .rsplit('/')
        .take(2)
        .collect();
    let names = words::marks(&last.join("/"));
    let icon = [
        "icon", "icons", "ico", "btn", "bullet", "blank", "spacer", "logo", "arrow", "dot", "svg",
    ];
    !small && !source.is_empty() && !names.iter().any(|name| icon.contains(&name.as_str()))
}

fn is_hidden(element: Element<'_>) -> bool {
    let style = || {
        element
            .attr("style")
            .unwrap_or_default()
            .to_ascii_lowercase()
            .replace(' ', "")
    };
    element.attr("hidden").is_some()
        || element.attr("style").is_some() && style().contains("display:none")
        || element.is_named("input")
            && element
                .attr("type")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"))
}

fn is_unread(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "noscript"
            | "iframe"
            | "select"
            | "textarea"
            | "svg"
            | "head"
            | "option"
            | "datalist"
            | "canvas"
            | "link"
            | "meta"
            | "colgroup"
    )
}

fn mark(name: &str) -> char {
    match name {
        "td" | "th" => CELL,
        "p" | "div" | "br" | "li" | "ul" | "ol" | "dl" | "dt" | "dd" | "tr" | "table" | "tbody" | "thead" | "tfoot"
        | "caption" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "section" | "article" | "header" | "footer"
        | "main" | "nav" | "aside" | "figure" | "figcaption" | "blockquote" | "pre" | "form" | "fieldset"
        | "address" | "hr" | "details" | "summary" | "button" => LINE,
        _ => EDGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_knows_its_place_in_the_text() {
        let doc = Doc::parse("<div><p>One <b>two</b></p><a href=x>three</a></div><p hidden>four");
        let outline = Outline::of(&doc).expect("a page");
        let told: Vec<(String, String, usize, usize)> = (0..outline.nodes.len())
            .map(|at| {
                let node = &outline.nodes[at];
                (node.tag.clone(), outline.text(at), node.letters, node.linked)
            })
            .collect();
        let row = |tag: &str, text: &str, letters, linked| (tag.to_owned(), text.to_owned(), letters, linked);
        assert_eq!(
            told,
            [
                row("body", "One two three", 11, 5),
                row("div", "One two three", 11, 5),
                row("p", "One two", 6, 0),
                row("b", "two", 3, 0),
                row("a", "three", 5, 5),
            ]
        );
        assert_eq!(outline.above(3).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(outline.children(1).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(outline.around(&outline.nodes[3].span), 3);
    }
}
