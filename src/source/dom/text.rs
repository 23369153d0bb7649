//! What of an element people read.

use dom_query::{NodeData, NodeId, NodeRef};

/// Longest text that is collected, in bytes.
pub(super) const MAX_BYTES: usize = 2 << 20;

/// Most nodes that are looked at for pieces of text.
const MAX_PIECES: usize = 60;

/// The text on one line.
pub(super) fn line(node: NodeRef<'_>) -> String {
    fold(&raw(node, &[]), false)
}

/// The text on one line, without that of `left_out` and what is inside them.
pub(super) fn line_without(node: NodeRef<'_>, left_out: &[NodeId]) -> String {
    fold(&raw(node, left_out), false)
}

/// The texts of the innermost elements and the pieces between elements, in document order; none is empty.
pub(super) fn pieces(node: NodeRef<'_>) -> Vec<String> {
    let mut pieces = Vec::new();
    for inside in node.descendants_it().take(MAX_PIECES) {
        let mut text = String::new();
        push_text(inside, &mut text);
        let text = fold(&text, false);
        if !text.is_empty() {
            pieces.push(text);
        }
    }
    pieces
}

/// The text with blocks on lines of their own.
pub(super) fn lines(node: NodeRef<'_>) -> String {
    fold(&raw(node, &[]), true)
}

/// The text directly in `node`.
pub(super) fn own(node: NodeRef<'_>) -> String {
    let mut text = String::new();
    for child in node.children_it(false) {
        push_text(child, &mut text);
    }
    fold(&text, false)
}

/// The text with [`BREAK`] where a block begins or ends.
fn raw(node: NodeRef<'_>, left_out: &[NodeId]) -> String {
    let mut text = String::new();
    // A walk with a stack of its own: pages decide how deep it goes, not the thread's stack.
    let mut open = Vec::new();
    let mut at = node.first_child();
    let in_lines = node.ancestors_it(None).any(|above| Role::of(above) == Role::Lines);
    while text.len() < MAX_BYTES {
        let Some(here) = at else {
            let Some((parent, role)) = open.pop() else { break };
            text.push_str(Role::mark(role));
            at = NodeRef::next_sibling(&parent);
            continue;
        };
        let before = text.len();
        push_text(here, &mut text);
        if text[before..].contains('\n') && (in_lines || open.iter().any(|(_, role)| *role == Role::Lines)) {
            let lines = text.split_off(before).replace('\n', "\u{1}");
            text.push_str(&lines);
        }
        let role = Role::of(here);
        at = match role {
            Role::Unread => here.next_sibling(),
            _ if left_out.contains(&here.id) => {
                text.push(' ');
                here.next_sibling()
            }
            _ => {
                text.push_str(role.mark());
                open.push((here, role));
                here.first_child()
            }
        };
    }
    text
}

fn push_text(node: NodeRef<'_>, text: &mut String) {
    node.query(|node| {
        if let NodeData::Text { contents } = &node.data {
            text.push_str(contents);
        }
    });
}

/// Ends a line; no page holds it, as parsers drop it from text or it is folded away.
const BREAK: char = '\u{1}';

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Inline,
    Cell,
    Block,
    /// A block whose own line breaks count.
    Lines,
    Unread,
}

impl Role {
    pub(super) fn of(node: NodeRef<'_>) -> Self {
        node.query(|node| match &node.data {
            NodeData::Element(element) => match &*element.name.local {
                "script" | "style" | "template" | "head" | "iframe" | "select" | "textarea" => Self::Unread,
                "td" | "th" | "option" | "input" => Self::Cell,
                "p" | "div" | "br" | "li" | "ul" | "ol" | "dl" | "dt" | "dd" | "tr" | "table" | "tbody" | "thead"
                | "tfoot" | "caption" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "section" | "article" | "header"
                | "footer" | "main" | "nav" | "aside" | "figure" | "figcaption" | "blockquote" | "form"
                | "fieldset" | "address" | "hr" | "details" | "summary" => Self::Block,
                "pre" | "xmp" | "listing" => Self::Lines,
                _ => Self::Inline,
            },
            NodeData::Text { .. } => Self::Inline,
            _ => Self::Unread,
        })
        .unwrap_or(Self::Unread)
    }

    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Inline | Self::Unread => "",
            Self::Cell => " ",
            Self::Block | Self::Lines => "\u{1}",
        }
    }
}

fn fold(text: &str, keep_lines: bool) -> String {
    let separator = if keep_lines { "\n" } else { " " };
    let mut folded = String::with_capacity(text.len());
    for line in text.split(BREAK) {
        let mut words = line.split_whitespace().peekable();
        if words.peek().is_some() && !folded.is_empty() {
            folded.push_str(separator);
        }
        while let Some(word) = words.next() {
            folded.push_str(word);
            if words.peek().is_some() {
                folded.push(' ');
            }
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::super::Doc;

    #[track_caller]
    fn check(html: &str, line: &str, lines: &str) {
        let doc = Doc::parse(html);
        let body = doc.body().expect("a body");
        assert_eq!(body.text(), line);
        assert_eq!(body.lines(), lines);
    }

    #[test]
    fn text_reads_as_people_see_it() {
        check(
            "<b>Re</b>public \n of&nbsp;<i>Korea</i>",
            "Republic of Korea",
            "Republic of Korea",
        );
        check("<p>One<p>Two<br>Three", "One Two Three", "One\nTwo\nThree");
        check("<table><tr><td>1<td>2<tr><td>3</table>", "1 2 3", "1 2\n3");
        check(
            "<pre>One\n <b>two</b>\n\nthree</pre>",
            "One two three",
            "One\ntwo\nthree",
        );
        check("a<script>x</script><style>y</style><!-- z -->b", "ab", "ab");
    }
}
