//! The parts of a feed, one after the other, out of markup whose tags need not match.
//!
//! Knows: nesting, namespaces, which elements only hold entries and what the feed says of itself. Does not know: what a part
//! means. End tags close the nearest element of their name and all in it; those that close nothing are left out. Memory and
//! work are bounded by [`MAX_DEPTH`] and by the bounds of a [`Tree`].

use std::borrow::Cow;

use memchr::memchr_iter;
use url::Url;

use super::{
    element::{Element, Scope, Start, Tree},
    names::{Name, Space},
    reference::Entities,
    token::{Tag, Token, Tokens, attributes},
};

/// Deepest nesting that is kept; what is deeper counts as text of the elements around it.
const MAX_DEPTH: usize = 200;

/// Most namespace declarations that hold at one place.
const MAX_BINDINGS: usize = 100;

/// Reads a feed part by part.
pub(super) struct Reader<'a> {
    tokens: Tokens<'a>,
    /// A token that has been looked at and is to be read again.
    again: Option<Token<'a>>,
    page: &'a Url,
    open: Vec<Open<'a>>,
    /// How many elements are open beyond [`MAX_DEPTH`].
    beyond: usize,
    bindings: Vec<(&'a str, Space)>,
    /// The namespace of elements without prefix where none is declared.
    usual: Space,
    /// CDF has attributes of its own instead of `xml:base`.
    is_cdf: bool,
    tree: Tree<'a>,
}

/// An element that begins.
#[derive(Clone, Copy)]
struct Begun<'a> {
    start: Start<'a>,
    /// How many bindings held outside.
    bindings: usize,
}

/// An element whose end is still to come.
struct Open<'a> {
    /// As written, with its prefix.
    tag: &'a str,
    name: Name,
    is_core: bool,
    /// Its place in the tree.
    at: Option<usize>,
    /// The scope in it.
    scope: usize,
    /// How many bindings held outside.
    bindings: usize,
}

impl<'a> Reader<'a> {
    /// Begins to read `text`, which was found at `page`, in `language`.
    pub(super) fn new(text: &'a str, page: &'a Url, language: Option<&'a str>) -> Self {
        let mut tree = Tree::default();
        tree.begin(Scope {
            base: None,
            language: language.map(Cow::Borrowed),
        });
        Self {
            tokens: Tokens::new(text),
            again: None,
            page,
            open: Vec::new(),
            beyond: 0,
            bindings: Vec::new(),
            usual: Space::Rss,
            is_cdf: false,
            tree,
        }
    }

    /// Looks for the feed itself, behind whatever a server put before it. `None` when there is no feed.
    pub(super) fn root(&mut self) -> Option<Name> {
        loop {
            match self.tokens.next()? {
                Token::Open(tag) => {
                    let name = Name::of(tag.name.rsplit(':').next().unwrap_or_default());
                    match name {
                        Name::Feed | Name::Entry => self.usual = Space::Atom,
                        Name::Channel => self.is_cdf = true,
                        Name::UrlSet => self.usual = Space::Sitemap,
                        Name::Rss | Name::Rdf | Name::Item => {}
                        Name::Html => return None,
                        _ => continue,
                    }
                    self.again = Some(Token::Open(tag));
                    return Some(name);
                }
                Token::Doctype(subset) => self.tree.entities = Entities::declared_in(subset),
                _ => {}
            }
        }
    }

    /// The next part: an element that holds parts, without what is in it; or a whole one. `None` at the end.
    pub(super) fn part(&mut self) -> Option<Element<'_, 'a>> {
        loop {
            match self.token()? {
                Token::Open(tag) => {
                    let scopes = self.open.last().map_or(1, |open| open.scope + 1);
                    self.tree.clear(scopes);
                    let begun = self.start(tag);
                    let (at, depth) = (self.tree.open(begun.start), self.open.len());
                    self.enter(tag, begun, at);
                    if self.open.len() > depth && !holds_parts(begun.start) {
                        self.fill();
                    }
                    return self.tree.root();
                }
                Token::Close(name) => self.close(name),
                Token::Doctype(_) | Token::Text(_) | Token::Cdata(_) => {}
            }
        }
    }

    fn token(&mut self) -> Option<Token<'a>> {
        self.again.take().or_else(|| self.tokens.next())
    }

    /// Reads everything in the element that was opened last into the tree.
    fn fill(&mut self) {
        let depth = self.open.len();
        while self.open.len() >= depth {
            match self.token() {
                None => self.pop_to(depth - 1),
                Some(Token::Text(text)) => self.tree.text(text),
                Some(Token::Cdata(text)) => self.tree.cdata(text),
                Some(Token::Close(name)) => self.close(name),
                Some(Token::Doctype(_)) => {}
                Some(Token::Open(tag)) => {
                    if let Some(keep) = self.ends_before(tag, depth) {
                        self.pop_to(keep);
                        self.again = Some(Token::Open(tag));
                        continue;
                    }
                    let begun = self.start(tag);
                    let at = if self.open.len() < MAX_DEPTH {
                        self.tree.open(begun.start)
                    } else {
                        None
                    };
                    self.enter(tag, begun, at);
                }
            }
        }
    }

    /// What `tag` starts. Its namespaces hold from here on.
    fn start(&mut self, tag: Tag<'a>) -> Begun<'a> {
        let (outer, bindings) = (self.open.last().map_or(0, |open| open.scope), self.bindings.len());
        let mut scope = outer;
        if !tag.attributes.is_empty() {
            let raw = tag.attributes.as_bytes();
            let is_special = memchr_iter(b'x', raw).any(|at| raw[at..].starts_with(b"xml"));
            if is_special {
                self.bind(tag.attributes);
            }
            if is_special || self.is_cdf {
                scope = self.tree.scope_inside(outer, tag.attributes, self.page);
            }
        }
        Begun {
            start: self.named(tag, scope),
            bindings,
        }
    }

    fn named(&self, tag: Tag<'a>, scope: usize) -> Start<'a> {
        let (space, local) = match tag.name.split_once(':') {
            Some((prefix, local)) => (self.space_of(prefix), local),
            None => (self.bound("").unwrap_or(self.usual), tag.name),
        };
        Start {
            space,
            name: Name::of(local),
            local,
            attributes: tag.attributes,
            scope,
        }
    }

    fn bound(&self, prefix: &str) -> Option<Space> {
        let found = self.bindings.iter().rev().find(|(bound, _)| *bound == prefix);
        found.map(|(_, space)| *space)
    }

    /// An undeclared prefix, and one whose address nobody knows, means what it usually does.
    fn space_of(&self, prefix: &str) -> Space {
        match self.bound(prefix) {
            Some(space) if space != Space::Foreign => space,
            _ => Space::of_prefix(prefix),
        }
    }

    fn bind(&mut self, raw: &'a str) {
        for (name, address) in attributes(raw) {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefixed) => match prefixed.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None => continue,
                },
                None => continue,
            };
            if self.bindings.len() >= MAX_BINDINGS {
                return;
            }
            let space = match Space::of_address(address) {
                // A feed in a namespace of its own is a feed; and so is one that takes its namespace back.
                Space::Foreign if prefix.is_empty() && (self.open.len() < 2 || address.is_empty()) => self.usual,
                space => space,
            };
            self.bindings.push((prefix, space));
        }
    }

    /// Opens the element that `tag` begins, which is at `at` in the tree, unless the tag ends it.
    fn enter(&mut self, tag: Tag<'a>, begun: Begun<'a>, at: Option<usize>) {
        if tag.is_empty || self.open.len() >= MAX_DEPTH {
            self.beyond += usize::from(!tag.is_empty);
            self.bindings.truncate(begun.bindings);
            return;
        }
        self.open.push(Open {
            tag: tag.name,
            name: begun.start.name,
            is_core: begun.start.space.is_core(),
            at,
            scope: begun.start.scope,
            bindings: begun.bindings,
        });
    }

    fn close(&mut self, tag: &str) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let opened = self.open.iter().rposition(|open| open.tag.eq_ignore_ascii_case(tag));
        if let Some(at) = opened {
            self.pop_to(at);
        }
    }

    /// Closes elements until `depth` are open.
    fn pop_to(&mut self, depth: usize) {
        while self.open.len() > depth
            && let Some(open) = self.open.pop()
        {
            if let Some(at) = open.at {
                self.tree.close(at);
            }
            self.bindings.truncate(open.bindings);
        }
        self.beyond = 0;
    }

    /// How many elements stay open when `tag` begins here, where one was left open: an entry in an entry, or a date in a
    /// link. `None` when it may be where it is.
    fn ends_before(&self, tag: Tag<'a>, depth: usize) -> Option<usize> {
        let last = self.open.last()?;
        let name = Name::of(tag.name.rsplit(':').next().unwrap_or_default());
        if is_entry(name) {
            // A content may be an entry; anything else that holds one was left open.
            let inner = self.open.get(depth - 1..)?;
            let ends = self.named(tag, 0).space.is_core() && inner.iter().all(|open| open.name != Name::Content);
            let entry = inner.iter().position(|open| open.is_core && is_entry(open.name));
            return ends.then(|| depth - 1 + entry.unwrap_or_default());
        }
        let is_next = !tag.is_empty && (is_line(name) || matches!(name, Name::Description | Name::Encoded));
        (is_next && last.is_core && is_line(last.name) && last.name != name).then_some(self.open.len() - 1)
    }
}

/// Whether an element only holds entries, and what the feed says of itself.
fn holds_parts(start: Start<'_>) -> bool {
    match start.name {
        Name::Rss | Name::Feed | Name::Channel | Name::Items | Name::UrlSet => start.space.is_core(),
        Name::Rdf => true,
        _ => false,
    }
}

fn is_entry(name: Name) -> bool {
    matches!(name, Name::Item | Name::Entry)
}

/// Whether an element holds a line of text and never another element.
fn is_line(name: Name) -> bool {
    matches!(
        name,
        Name::Link | Name::Guid | Name::Id | Name::PubDate | Name::Published | Name::Updated | Name::Title
    )
}
