//! What an element says, as plain text or as HTML.
//!
//! There are as many ways to write a text into a feed as there are feeds: escaped, in a CDATA section, as elements, in
//! base64; and Atom 0.3 (`type` and `mode`), Atom 1.0 (RFC 4287 §3.1) and RSS mean different things by the same marks. What the
//! attributes say is believed as far as the element fits it.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{
    element::Element,
    html,
    inline::{self, Escaped},
    names::Space,
};
use crate::{notice::SafeHtml, source::dom::Doc};

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it is.
    Plain,
    /// Escaped HTML.
    Html,
    /// Escaped HTML, if it looks like that.
    Unsaid,
    /// Elements.
    Inline,
    /// Elements, whose text is HTML that was escaped once more.
    InlineHtml,
    /// Base64 of HTML.
    Base64,
}

/// What `element` says, as a plain text; `None` when that is nothing.
pub(super) fn plain(element: Element<'_, '_>) -> Option<String> {
    some(said(element))
}

/// What `element` says with pictures alone: the words that stand for them, else their markup. `None` when it has words.
pub(super) fn pictured(element: Element<'_, '_>) -> Option<String> {
    let markup = markup(element).filter(|html| html.contains("<img") && html::plain(html).trim().is_empty())?;
    let doc = Doc::parse(&markup);
    let pictures = doc.select(&"img".parse().ok()?);
    let words = pictures
        .into_iter()
        .find_map(|picture| some(Cow::Owned(picture.attr("alt")?)));
    words.or_else(|| Some(SafeHtml::clean(&markup, None)?.as_str().to_owned()))
}

/// What `element` says, as a plain text: empty when it says something that has no words, `None` when it says nothing.
pub(super) fn wordless(element: Element<'_, '_>) -> Option<String> {
    let says = element.has_children() || !element.text().trim().is_empty();
    says.then(|| said(element).trim().to_owned())
}

fn said<'a>(element: Element<'_, 'a>) -> Cow<'a, str> {
    match form(element) {
        Form::Plain | Form::Unsaid => element.text(),
        Form::Html => owned(html::plain, element.text()),
        Form::Inline => owned(html::plain, inline::markup(element, Escaped::Once)),
        Form::InlineHtml => owned(html::plain, inline::markup(element, Escaped::Twice)),
        Form::Base64 => owned(html::plain, decoded(element)),
    }
}

/// What `element` says, as HTML; `None` when that is nothing.
pub(super) fn markup(element: Element<'_, '_>) -> Option<String> {
    let html = match form(element) {
        Form::Plain => paragraphs(&element.text()),
        Form::Unsaid => {
            let text = element.text();
            if html::looks_like_html(&text) {
                text
            } else {
                paragraphs(&text)
            }
        }
        Form::Html => element.text(),
        Form::Inline => inline::markup(element, Escaped::Once),
        Form::InlineHtml => inline::markup(element, Escaped::Twice),
        Form::Base64 => decoded(element),
    };
    some(html)
}

/// The line of text in `element`, as it is.
pub(super) fn line(element: Element<'_, '_>) -> Option<String> {
    some(element.text())
}

/// A language as it is told, as a BCP 47 tag in lower case, as RSS lists them: case never matters (RFC 5646 §2.1.1).
pub(super) fn language_tag(told: String) -> String {
    told.trim().replace('_', "-").to_ascii_lowercase()
}

/// `text` on one line of at most `max` characters: white space folded, control characters left out.
pub(super) fn folded(text: &str, max: usize) -> String {
    let near = &text[..text.floor_char_boundary(16 * max)];
    let words = near.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(max).collect()
}

fn some(text: Cow<'_, str>) -> Option<String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return None;
    }
    Some(match text {
        Cow::Owned(text) if text.len() == trimmed.len() => text,
        _ => trimmed.to_owned(),
    })
}

fn owned<'a>(change: impl Fn(&str) -> Cow<'_, str>, text: Cow<'a, str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => change(text).into_owned().into(),
        Cow::Owned(text) => match change(&text) {
            Cow::Owned(changed) => Cow::Owned(changed),
            Cow::Borrowed(_) => Cow::Owned(text),
        },
    }
}

fn form(element: Element<'_, '_>) -> Form {
    let mode = element.attribute("mode").unwrap_or_default();
    let told = element.attribute("type").unwrap_or_default();
    let told = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let has_children = element.has_children();
    if mode.eq_ignore_ascii_case("base64") {
        return Form::Base64;
    }
    let is_xml = told == "xhtml" || told.ends_with("+xml") || told.ends_with("/xml");
    match told.as_str() {
        "html" | "text/html" if has_children => Form::InlineHtml,
        _ if has_children => Form::Inline,
        "text" | "plain" | "text/plain" if !mode.eq_ignore_ascii_case("escaped") => Form::Plain,
        "html" | "text/html" => Form::Html,
        _ if is_xml => Form::Inline,
        _ if mode.eq_ignore_ascii_case("escaped") => Form::Html,
        "" if mode.eq_ignore_ascii_case("xml") => Form::Inline,
        other if other.contains('/') && !other.starts_with("text/") => Form::Base64,
        _ if element.space() == Space::Atom => Form::Unsaid,
        _ => Form::Html,
    }
}

/// The text that is behind base64; as it is, when it isn't base64 at all.
fn decoded<'a>(element: Element<'_, 'a>) -> Cow<'a, str> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = element.text();
    let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let unpacked = LENIENT
        .decode(packed)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    unpacked.map_or(text, Cow::Owned)
}

/// `text` as HTML, each line a paragraph when there are several.
pub(super) fn paragraphs(text: &str) -> Cow<'static, str> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    if lines().nth(1).is_none() {
        return Cow::Owned(escape(text.trim()).into_owned());
    }
    let lines: Vec<String> = lines().map(|line| format!("<p>{}</p>", escape(line))).collect();
    Cow::Owned(lines.join("\n"))
}

fn escape(text: &str) -> Cow<'_, str> {
    quick_xml::escape::escape(text)
}
