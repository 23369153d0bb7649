//! Elements inside a text, back to markup: XHTML, and HTML that nobody escaped.
//!
//! What comes out is as safe as what came in; believing cleans it.

use std::borrow::Cow;

use quick_xml::escape::escape;

use super::element::{Child, Element};

/// Elements that have no end.
const VOID: [&str; 8] = ["br", "img", "hr", "input", "wbr", "area", "link", "meta"];

/// How often the texts between the elements were escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escaped {
    /// They are text.
    Once,
    /// They are HTML.
    Twice,
}

/// What is in `element`, as markup. The one `div` that Atom wants around XHTML (RFC 4287 §3.1.1.3) is left out.
pub(super) fn markup<'a>(element: Element<'_, 'a>, escaped: Escaped) -> Cow<'a, str> {
    let mut html = String::new();
    let mut inside = element.inside().filter(|child| match child {
        Child::Element(_) => true,
        Child::Text(text) | Child::Cdata(text) => !text.trim_ascii().is_empty(),
    });
    match (inside.next(), inside.next()) {
        (Some(Child::Element(only)), None) if only.local().eq_ignore_ascii_case("div") => {
            push(&mut html, only, escaped);
        }
        _ => push(&mut html, element, escaped),
    }
    Cow::Owned(html)
}

/// Appends what is in `element`. Its depth is bounded by that of the tree.
fn push(html: &mut String, element: Element<'_, '_>, escaped: Escaped) {
    for child in element.inside() {
        match (child, escaped) {
            (Child::Element(inner), _) => push_element(html, inner, escaped),
            // References are the same in HTML, but for those that the document made.
            (Child::Text(text), Escaped::Once) if !element.has_entities() => html.push_str(text),
            (Child::Text(text), Escaped::Once) => html.push_str(&escape(element.resolve(text))),
            (Child::Text(text), Escaped::Twice) => html.push_str(&element.resolve(text)),
            (Child::Cdata(text), Escaped::Once) => html.push_str(&escape(text)),
            (Child::Cdata(text), Escaped::Twice) => html.push_str(text),
        }
    }
}

fn push_element(html: &mut String, element: Element<'_, '_>, escaped: Escaped) {
    html.push('<');
    html.push_str(element.local());
    for (name, value) in element.attributes().filter(|(name, _)| !name.starts_with("xml")) {
        html.push(' ');
        html.push_str(name);
        html.push_str("=\"");
        if value.contains('"') || element.has_entities() {
            html.push_str(&escape(element.resolve(value)));
        } else {
            html.push_str(value);
        }
        html.push('"');
    }
    html.push('>');
    push(html, element, escaped);
    if !VOID.iter().any(|void| void.eq_ignore_ascii_case(element.local())) {
        html.push_str("</");
        html.push_str(element.local());
        html.push('>');
    }
}
