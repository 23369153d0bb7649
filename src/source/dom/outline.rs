//! A page laid out flat: its elements in document order, and all its text as one line.
//!
//! Whoever compares many elements with each other asks the same things of each again and again. Here they are asked once.
//! An element and what is inside it are a range of the list; its text is a range of the line.

use std::{collections::HashMap, ops::Range};

use dom_query::{NodeData, NodeRef};

use super::{
    Doc, Element,
    text::{MAX_BYTES, Role},
};

/// The flat page.
pub struct Outline<'a> {
    spots: Vec<Spot<'a>>,
    line: String,
    /// How many elements of a tag each element has, as far as they are noted.
    of_tag: HashMap<(usize, String), usize>,
}

/// One element of an [`Outline`].
#[derive(Debug)]
pub struct Spot<'a> {
    /// The element itself.
    pub element: Element<'a>,
    /// Its tag, lower case.
    pub tag: String,
    /// The value of its `id`.
    pub id: Option<String>,
    /// Its classes as they are written.
    pub classes: Vec<String>,
    /// The place of the element it is in; its own for the first.
    pub parent: usize,
    /// The place after the last element inside it.
    pub end: usize,
    /// How many elements it is in.
    pub depth: usize,
    /// Its number among the elements of its parent, from 1.
    pub nth: usize,
    /// Its number among those of its tag, from 1.
    pub nth_of_tag: usize,
    text: Range<usize>,
    /// How many elements are directly in it, as far as they are noted.
    inside: usize,
}

impl<'a> Outline<'a> {
    /// Lays `doc` out.
    pub fn of(doc: &'a Doc) -> Self {
        let mut outline = Self {
            spots: Vec::new(),
            line: String::new(),
            of_tag: HashMap::new(),
        };
        if let Some(root) = doc.root() {
            outline.walk(root.0);
        }
        outline
    }

    /// The elements in document order.
    pub fn spots(&self) -> &[Spot<'a>] {
        &self.spots
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.spots.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// The element at a place.
    pub fn spot(&self, at: usize) -> &Spot<'a> {
        &self.spots[at]
    }

    /// The text of the element at a place, on one line.
    pub fn text(&self, at: usize) -> &str {
        self.line[self.spots[at].text.clone()].trim()
    }

    /// The text from the first element of `places` on to the next element after the last, or to the end of their parent.
    pub fn text_of(&self, places: &Range<usize>) -> &str {
        let Some(first) = self.spots.get(places.start) else {
            return "";
        };
        let parent = &self.spots[first.parent];
        let end = match self.spots.get(places.end) {
            Some(next) if places.end < parent.end => next.text.start,
            _ => parent.text.end,
        };
        self.line.get(first.text.start..end).unwrap_or_default().trim()
    }

    /// Where the text of the element stands: tells equal texts at different places apart.
    pub fn text_range(&self, at: usize) -> Range<usize> {
        self.spots[at].text.clone()
    }

    /// The places of the elements directly in the one at `at`.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.spots[at].end;
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let here = (next < end).then_some(next)?;
            next = self.spots[here].end;
            Some(here)
        })
    }

    /// The places of the elements that the one at `at` is in, nearest first.
    pub fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let mut at = at;
        std::iter::from_fn(move || {
            let above = self.spots[at].parent;
            (above != at).then(|| {
                at = above;
                above
            })
        })
    }

    /// Whether the element at `at` stands in the one at `above`, or is it.
    pub fn is_in(&self, at: usize, above: usize) -> bool {
        at >= above && at < self.spots[above].end
    }

    fn walk(&mut self, root: NodeRef<'a>) {
        let mut open: Vec<(usize, Role)> = Vec::new();
        let mut at = self.enter(root, 0, 0, &mut open);
        loop {
            let Some(here) = at else {
                let Some((place, role)) = open.pop() else { break };
                self.mark(role);
                self.spots[place].end = self.spots.len();
                self.spots[place].text.end = self.line.len();
                at = match open.is_empty() {
                    true => None,
                    false => self.spots[place].element.0.next_sibling(),
                };
                if open.is_empty() {
                    break;
                }
                continue;
            };
            let text = here.query(|node| match &node.data {
                NodeData::Text { contents } => {
                    push_folded(&mut self.line, contents);
                    true
                }
                _ => false,
            });
            at = if text != Some(true) && here.is_element() {
                let (parent, depth) = (open.last().map_or(0, |(place, _)| *place), open.len());
                self.enter(here, parent, depth, &mut open)
            } else {
                here.next_sibling()
            };
        }
    }

    /// Notes the element and goes to the first thing inside it, or past it where people read nothing of it.
    fn enter(
        &mut self,
        node: NodeRef<'a>,
        parent: usize,
        depth: usize,
        open: &mut Vec<(usize, Role)>,
    ) -> Option<NodeRef<'a>> {
        let role = Role::of(node);
        let element = Element(node);
        if role == Role::Unread && depth > 0 {
            return node.next_sibling();
        }
        let place = self.spots.len();
        self.mark(role);
        let tag = element.name();
        let nth = match open.last() {
            Some((above, _)) => {
                self.spots[*above].inside += 1;
                self.spots[*above].inside
            }
            None => 1,
        };
        let count = self.of_tag.entry((parent, tag.clone())).or_default();
        *count += 1;
        let nth_of_tag = *count;
        self.spots.push(Spot {
            element,
            id: element.attr("id").filter(|id| !id.trim().is_empty()),
            classes: element.classes(),
            tag,
            parent,
            end: place + 1,
            depth,
            nth,
            nth_of_tag,
            text: self.line.len()..self.line.len(),
            inside: 0,
        });
        open.push((place, role));
        node.first_child().filter(|_| self.line.len() < MAX_BYTES)
    }

    fn mark(&mut self, role: Role) {
        if !role.mark().is_empty() && !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
    }
}

/// Adds `text` with its white space folded.
fn push_folded(line: &mut String, text: &str) {
    let mut gap = line.is_empty() || line.ends_with(' ');
    for c in text.chars() {
        if c.is_whitespace() {
            if !gap {
                line.push(' ');
            }
            gap = true;
        } else {
            line.push(c);
            gap = false;
        }
    }
}

impl std::fmt::Debug for Outline<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outline({} elements)", self.spots.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_a_range_of_elements_and_of_text() {
        let doc = Doc::parse("<body><ul><li>One <b>two</b><li>Three<script>x</script></ul><p>Four");
        let outline = Outline::of(&doc);
        let tags: Vec<&str> = outline.spots().iter().map(|spot| &*spot.tag).collect();
        assert_eq!(tags, ["html", "body", "ul", "li", "b", "li", "p"]);
        let texts: Vec<&str> = (0..outline.len()).map(|at| outline.text(at)).collect();
        assert_eq!(texts[2..], ["One two Three", "One two", "two", "Three", "Four"]);
        assert_eq!(outline.children(2).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(outline.children(1).collect::<Vec<_>>(), [2, 6]);
        assert_eq!(outline.ancestors(4).collect::<Vec<_>>(), [3, 2, 1, 0]);
        assert_eq!((outline.spot(5).nth, outline.spot(6).nth), (2, 2));
        assert_eq!(outline.text_of(&(3..5)), "One two");
        assert_eq!(outline.text_of(&(4..5)), "two");
    }

    #[test]
    fn a_page_of_many_siblings_is_laid_out_in_time_that_grows_with_its_length() {
        let doc = Doc::parse(&"<p>x<i>y</i><b>z</b></p>".repeat(20_000));
        assert_eq!(Outline::of(&doc).len(), 60_002);
        let doc = Doc::parse(&"<i></i><b></b>".repeat(20_000));
        assert_eq!(Outline::of(&doc).len(), 40_002);
    }
}
