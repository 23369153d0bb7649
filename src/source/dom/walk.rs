//! A walk through a piece of a page, and the markup of what it keeps.

use dom_query::{NodeData, NodeRef};

use super::Element;

/// Longest markup that is written, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// One step of a walk, in document order.
pub enum Step<'a, 't> {
    /// An element begins; the answer says whether to go into it.
    Open(Element<'a>),
    /// Text, as it is written.
    Text(&'t str),
    /// An element that was gone into ends.
    Close(Element<'a>),
}

impl<'a> Element<'a> {
    /// Walks through what is inside it, without recursion. `see` answers whether to go into what opens.
    pub fn walk(&self, mut see: impl FnMut(Step<'a, '_>) -> bool) {
        let mut open: Vec<NodeRef<'a>> = Vec::new();
        let mut at = self.0.first_child();
        loop {
            let Some(here) = at else {
                let Some(parent) = open.pop() else { break };
                see(Step::Close(Element(parent)));
                at = parent.next_sibling();
                continue;
            };
            if here.is_element() && see(Step::Open(Element(here))) {
                open.push(here);
                at = here.first_child();
                continue;
            }
            here.query(|node| {
                if let NodeData::Text { contents } = &node.data {
                    see(Step::Text(contents));
                }
            });
            at = here.next_sibling();
        }
    }

    /// The text inside it to the letter: what a script says.
    pub fn raw_text(&self) -> String {
        let mut raw = String::new();
        self.walk(|step| {
            if let Step::Text(text) = step
                && raw.len() <= MAX_BYTES
            {
                raw.push_str(text);
            }
            true
        });
        raw
    }

    /// The markup inside it without the elements that `leave_out` names, nor any script or style.
    pub fn html_without(&self, mut leave_out: impl FnMut(Element<'a>) -> bool) -> String {
        let mut html = String::new();
        self.walk(|step| {
            if html.len() > MAX_BYTES {
                return false;
            }
            match step {
                Step::Open(element) => {
                    let name = element.name();
                    if is_active(&name) || leave_out(element) {
                        return false;
                    }
                    html.push('<');
                    html.push_str(&name);
                    for (name, value) in element.attrs() {
                        html.push_str(&format!(" {name}=\""));
                        escape(&value, &mut html);
                        html.push('"');
                    }
                    html.push('>');
                    return !is_void(&name);
                }
                Step::Text(text) => escape(text, &mut html),
                Step::Close(element) => html.push_str(&format!("</{}>", element.name())),
            }
            true
        });
        html
    }
}

/// Elements whose content is no text for people.
fn is_active(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "template" | "noscript" | "iframe" | "noframes" | "noembed" | "xmp" | "plaintext"
    )
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "br" | "img"
            | "hr"
            | "input"
            | "meta"
            | "link"
            | "wbr"
            | "col"
            | "area"
            | "source"
            | "embed"
            | "base"
            | "param"
            | "track"
    )
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Doc;

    #[test]
    fn what_is_left_out_is_gone_and_the_rest_is_as_it_was() {
        let doc = Doc::parse("<p>a &amp; <b title='\"x\"'>b</b><br><i>c<u>d</u></i><script>e</script>f &lt;g&gt;</p>");
        let body = doc.body().expect("a body");
        let html = body.html_without(|element| element.is_named("i"));
        assert_eq!(html, "<p>a &amp; <b title=\"&quot;x&quot;\">b</b><br>f &lt;g&gt;</p>");
    }
}
