//! One part of a feed as a tree: an entry, or something the feed says of itself.
//!
//! A tree is a list of nodes in document order, kept and filled again for each part, so that a feed of any length needs the
//! memory of its longest entry. Knows: names, attributes, text, and which address and language hold where. Does not know:
//! what an element means.

use std::borrow::Cow;

use url::Url;

use super::{
    names::{Name, Space},
    reference::Entities,
    token::attributes,
};

/// Most nodes of one part; what comes after them is left out.
const MAX_NODES: usize = 100_000;

/// Most different bases and languages inside one part.
const MAX_SCOPES: usize = 1_000;

/// Longest address that others are relative to, in bytes.
const LONGEST_BASE: usize = 2_048;

/// What holds for an element and everything in it, unless they say otherwise.
#[derive(Clone, Debug)]
pub(super) struct Scope<'a> {
    /// `xml:base`, resolved; `None` where the page's own address counts.
    pub(super) base: Option<Url>,
    /// `xml:lang`.
    pub(super) language: Option<Cow<'a, str>>,
}

/// An element before it is placed in a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start<'a> {
    pub(super) space: Space,
    pub(super) name: Name,
    /// Without the prefix.
    pub(super) local: &'a str,
    pub(super) attributes: &'a str,
    /// Which scope it is in.
    pub(super) scope: usize,
}

#[derive(Debug)]
enum Node<'a> {
    Element {
        start: Start<'a>,
        /// The node behind everything in it.
        end: usize,
    },
    Text(&'a str),
    Cdata(&'a str),
}

/// The nodes of one part.
#[derive(Default)]
pub(super) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    scopes: Vec<Scope<'a>>,
    pub(super) entities: Entities<'a>,
}

impl<'a> Tree<'a> {
    /// Forgets all nodes, and the scopes from `scopes` on.
    pub(super) fn clear(&mut self, scopes: usize) {
        self.nodes.clear();
        self.scopes.truncate(scopes);
    }

    /// The scope of an element with these `attributes` inside the scope `outer`.
    pub(super) fn scope_inside(&mut self, outer: usize, raw: &'a str, page: &Url) -> usize {
        let (mut base, mut language) = (None, None);
        for (name, value) in attributes(raw) {
            match name {
                "xml:base" if value.len() <= LONGEST_BASE => base = Some(value.trim()),
                "xml:lang" => language = Some(value),
                // CDF.
                "BASE" if value.len() <= LONGEST_BASE => base = base.or(Some(value.trim())),
                _ => {}
            }
        }
        if base.is_none() && language.is_none() || self.scopes.len() >= MAX_SCOPES {
            return outer;
        }
        let mut scope = self.scope(outer).clone();
        if let Some(base) = base {
            let base = self.entities.resolve(base);
            let joined = scope.base.as_ref().unwrap_or(page).join(&base);
            let usable = joined.ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            scope.base = usable.filter(|url| url.as_str().len() <= LONGEST_BASE).or(scope.base);
        }
        if let Some(language) = language {
            scope.language = Some(self.entities.resolve(language));
        }
        self.scopes.push(scope);
        self.scopes.len() - 1
    }

    /// Makes `scope` the outermost.
    pub(super) fn begin(&mut self, scope: Scope<'a>) {
        self.scopes = vec![scope];
    }

    fn scope(&self, at: usize) -> &Scope<'a> {
        &self.scopes[at]
    }

    /// Appends the start of an element; its place, unless the part is full.
    pub(super) fn open(&mut self, start: Start<'a>) -> Option<usize> {
        let at = self.nodes.len();
        (at < MAX_NODES).then(|| {
            self.nodes.push(Node::Element { start, end: at + 1 });
            at
        })
    }

    /// Ends the element at `at`.
    pub(super) fn close(&mut self, at: usize) {
        let behind = self.nodes.len();
        if let Some(Node::Element { end, .. }) = self.nodes.get_mut(at) {
            *end = behind;
        }
    }

    /// Appends text whose references are to be resolved.
    pub(super) fn text(&mut self, text: &'a str) {
        if self.nodes.len() < MAX_NODES {
            self.nodes.push(Node::Text(text));
        }
    }

    /// Appends text as it is.
    pub(super) fn cdata(&mut self, text: &'a str) {
        if self.nodes.len() < MAX_NODES {
            self.nodes.push(Node::Cdata(text));
        }
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Option<Element<'_, 'a>> {
        match self.nodes.first()? {
            Node::Element { start, end } => Some(Element {
                tree: self,
                start: *start,
                inside: (1, *end),
            }),
            _ => None,
        }
    }
}

/// An element in its tree.
#[derive(Clone, Copy)]
pub(super) struct Element<'t, 'a> {
    tree: &'t Tree<'a>,
    start: Start<'a>,
    /// The nodes in it: the first, and the one behind the last.
    inside: (usize, usize),
}

/// What is in an element.
pub(super) enum Child<'t, 'a> {
    /// An element.
    Element(Element<'t, 'a>),
    /// Text whose references are to be resolved.
    Text(&'a str),
    /// Text as it is.
    Cdata(&'a str),
}

impl<'t, 'a> Element<'t, 'a> {
    pub(super) fn space(&self) -> Space {
        self.start.space
    }

    pub(super) fn name(&self) -> Name {
        self.start.name
    }

    /// Its name as written, without the prefix.
    pub(super) fn local(&self) -> &'a str {
        self.start.local
    }

    /// The value of its attribute `name`, in any case; without a prefix if there is one, else with any.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut prefixed = None;
        for (written, value) in attributes(self.start.attributes) {
            if written.eq_ignore_ascii_case(name) {
                return Some(self.tree.entities.resolve(value));
            }
            if let Some((_, local)) = written.split_once(':')
                && local.eq_ignore_ascii_case(name)
            {
                prefixed = prefixed.or(Some(value));
            }
        }
        prefixed.map(|value| self.tree.entities.resolve(value))
    }

    /// Its attributes, as written.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        attributes(self.start.attributes)
    }

    /// A text in it with its references resolved.
    pub(super) fn resolve<'s>(&self, text: &'s str) -> Cow<'s, str> {
        self.tree.entities.resolve(text)
    }

    /// Whether the document made references of its own.
    pub(super) fn has_entities(&self) -> bool {
        !self.tree.entities.is_empty()
    }

    /// What relative addresses in it are of; `None` where the page's own address counts.
    pub(super) fn base(&self) -> Option<&'t Url> {
        self.tree.scope(self.start.scope).base.as_ref()
    }

    /// Its language.
    pub(super) fn language(&self) -> Option<&'t str> {
        self.tree
            .scope(self.start.scope)
            .language
            .as_deref()
            .filter(|tag| !tag.is_empty())
    }

    /// What is directly in it.
    pub(super) fn inside(&self) -> impl Iterator<Item = Child<'t, 'a>> + use<'t, 'a> {
        let (tree, (mut at, end)) = (self.tree, self.inside);
        std::iter::from_fn(move || {
            let node = tree.nodes.get(at).filter(|_| at < end)?;
            let child = match node {
                Node::Element { start, end } => {
                    let inside = (at + 1, *end);
                    at = *end;
                    return Some(Child::Element(Element {
                        tree,
                        start: *start,
                        inside,
                    }));
                }
                Node::Text(text) => Child::Text(text),
                Node::Cdata(text) => Child::Cdata(text),
            };
            at += 1;
            Some(child)
        })
    }

    /// The elements directly in it.
    pub(super) fn children(&self) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        let (tree, (mut at, end)) = (self.tree, self.inside);
        std::iter::from_fn(move || {
            while at < end {
                match tree.nodes.get(at)? {
                    Node::Element { start, end } => {
                        let inside = (at + 1, *end);
                        at = *end;
                        return Some(Element {
                            tree,
                            start: *start,
                            inside,
                        });
                    }
                    _ => at += 1,
                }
            }
            None
        })
    }

    /// Whether there are elements in it.
    pub(super) fn has_children(&self) -> bool {
        self.children().next().is_some()
    }

    /// All text in it, however deep, with references resolved.
    pub(super) fn text(&self) -> Cow<'a, str> {
        let nodes = self.tree.nodes.get(self.inside.0..self.inside.1).unwrap_or_default();
        let mut texts = nodes.iter().filter_map(|node| match node {
            Node::Element { .. } => None,
            Node::Text(text) => Some(self.tree.entities.resolve(text)),
            Node::Cdata(text) => Some(Cow::Borrowed(*text)),
        });
        let Some(first) = texts.next() else {
            return Cow::Borrowed("");
        };
        texts.fold(first, |mut all, text| {
            if !text.trim_ascii().is_empty() || !all.trim_ascii().is_empty() {
                all.to_mut().push_str(&text);
                return all;
            }
            all
        })
    }
}
