//! HTML that is safe to hand on.

use std::{borrow::Cow, cell::RefCell, iter, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use serde::{Deserialize, Serialize};
use url::Url;

/// Longest markup that is kept, in bytes.
const MAX_BYTES: usize = 2 << 20;

/// Deepest nesting that is handed to the HTML parser, whose work grows with the square of it.
const MAX_DEPTH: usize = 256;

/// A piece of HTML that passed the allow-list: no scripts, styles, forms, frames or event handlers, absolute http(s) and
/// mailto addresses only. All HTML that leaves the program is of this type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Cleans `markup`, whose relative addresses are of `base`. `None` when nothing to read or see is left.
    pub fn clean(markup: &str, base: Option<&Url>) -> Option<Self> {
        Some(Self::clean_all(markup, base)).filter(|html| !html.is_blank())
    }

    /// Cleans `markup`, whose relative addresses are of `base`, whatever is left.
    pub fn clean_all(markup: &str, base: Option<&Url>) -> Self {
        let markup = bounded(markup);
        let relative = match base {
            Some(base) => UrlRelative::RewriteWithBase(base.clone()),
            None => UrlRelative::Deny,
        };
        thread_local! {
            // Its lists are many, and the same each time.
            static CLEANER: RefCell<Builder<'static>> = RefCell::new(cleaner());
        }
        let mut html = CLEANER.with_borrow_mut(|cleaner| {
            cleaner
                .url_relative(relative)
                .clean(&without_frames(markup))
                .to_string()
        });
        html.retain(printable);
        Self(html.trim().to_owned())
    }

    /// Whether there is nothing in it to read or see.
    pub fn is_blank(&self) -> bool {
        !self.0.contains("<img") && has_no_text(&self.0)
    }

    /// `text` as HTML: escaped, a paragraph for each line that is not blank.
    pub fn of_text(text: &str) -> Option<Self> {
        let escaped: String = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| {
                format!(
                    "<p>{}</p>",
                    ammonia::clean_text(line).replace("&#32;", " ").replace("&#47;", "/")
                )
            })
            .collect();
        Self::clean(&escaped, None)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The plain text: blocks on lines of their own, entities decoded.
    pub fn text(&self) -> String {
        text_of(&self.0)
    }
}

fn cleaner() -> Builder<'static> {
    let mut cleaner = Builder::default();
    cleaner
        .rm_tag_attributes("img", &["srcset"])
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .link_rel(Some("noopener nofollow"));
    cleaner
}

/// Whether there are only tags and blanks in `html`, as the sanitiser writes it.
fn has_no_text(html: &str) -> bool {
    let mut pieces = html.split('<');
    let before = pieces.next().unwrap_or_default();
    let behind_tags = pieces.map(|piece| piece.split_once('>').map_or("", |(_, behind)| behind));
    iter::once(before)
        .chain(behind_tags)
        .flat_map(|text| text.split("&nbsp;"))
        .all(|text| text.trim().is_empty())
}

fn printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{7e}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c as u32 & 0xffff, 0xfffe | 0xffff)
}

/// `markup` within [`MAX_BYTES`] and not nested deeper than [`MAX_DEPTH`].
fn bounded(markup: &str) -> &str {
    let mut depth = 0usize;
    let mut end = markup.len().min(MAX_BYTES);
    while !markup.is_char_boundary(end) {
        end -= 1;
    }
    let bytes = &markup.as_bytes()[..end];
    for (at, pair) in bytes.windows(2).enumerate() {
        match pair {
            [b'<', b'/'] => depth = depth.saturating_sub(1),
            [b'<', name] if name.is_ascii_alphabetic() && !is_void(&bytes[at + 1..]) => depth += 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return &markup[..at];
        }
    }
    &markup[..end]
}

/// `markup` without the tags of formulas and drawings (MathML, SVG), which the sanitiser would take out with the words in them.
fn without_frames(markup: &str) -> Cow<'_, str> {
    static TAG: LazyLock<regex::Regex> = LazyLock::new(|| {
        regex::Regex::new(
            r"(?i)</?(?:math|semantics|m(?:i|o|n|s|text|row|frac|sqrt|root|style|padded|fenced|enclose|sub|sup|subsup|under|over|underover|table|tr|td)|svg|g|text|tspan|desc)(?:[\s/][^<>]*)?>",
        )
        .expect("a valid pattern")
    });
    if has_frames(markup) {
        TAG.replace_all(markup, "")
    } else {
        Cow::Borrowed(markup)
    }
}

/// Whether `markup` may hold such tags. Nearly none does, and this is told faster.
fn has_frames(markup: &str) -> bool {
    let names = markup.split('<').skip(1).map(|tag| {
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let end = tag.bytes().position(|byte| !byte.is_ascii_alphanumeric());
        &tag[..end.unwrap_or(tag.len())]
    });
    // Whole names of HTML that begin as those of formulas and drawings do.
    const HTML: [&str; 11] = [
        "meta", "main", "map", "mark", "menu", "meter", "section", "span", "strong", "small", "sub",
    ];
    names
        .filter(|name| {
            let first = name.bytes().next().map(|byte| byte.to_ascii_lowercase());
            matches!(first, Some(b'm' | b's' | b'g'))
                || ["text", "tspan", "desc"]
                    .iter()
                    .any(|own| own.eq_ignore_ascii_case(name))
        })
        .any(|name| !HTML.iter().any(|html| html.eq_ignore_ascii_case(name)))
}

fn is_void(tag: &[u8]) -> bool {
    // `p` and `li` are here because their end tags may be left out.
    const VOID: [&[u8]; 13] = [
        b"br", b"img", b"hr", b"input", b"meta", b"link", b"wbr", b"col", b"area", b"source", b"embed", b"p", b"li",
    ];
    let name = tag
        .split(|byte| !byte.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    VOID.iter().any(|void| void.eq_ignore_ascii_case(name))
}

/// The words of `html`, as the sanitiser's serialiser writes it: a blank for each gap, a line for each block.
fn text_of(html: &str) -> String {
    // What is written for them; there are no others.
    const ENTITIES: [(&str, char); 5] = [
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&nbsp;", '\u{a0}'),
        ("&amp;", '&'),
    ];
    let mut text = String::with_capacity(html.len());
    let last_tag = html.rfind('>').unwrap_or_default();
    let (mut at, mut gap) = (0, None);
    while let Some(mut c) = html[at..].chars().next() {
        let rest = &html[at..];
        let is_special = |c: char| matches!(c, '<' | '&') || c.is_whitespace();
        let plain = &rest[..rest.find(is_special).unwrap_or(rest.len())];
        if !plain.is_empty() {
            text.extend(gap.take().filter(|_| !text.is_empty()));
            text.push_str(plain);
            at += plain.len();
            continue;
        }
        let mut length = c.len_utf8();
        if c == '<' && at < last_tag {
            let end = rest.find('>').unwrap_or_default();
            if is_end_of_line(&rest[1..end]) {
                gap = Some('\n');
            } else if matches!(&rest[1..end], "/td" | "/th") {
                gap = gap.or(Some(' '));
            }
            at += end + 1;
            continue;
        }
        if c == '&'
            && let Some((entity, meant)) = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity))
        {
            (c, length) = (*meant, entity.len());
        }
        at += length;
        if c == '\n' {
            gap = Some(c);
        } else if c.is_whitespace() {
            gap = gap.or(Some(' '));
        } else {
            text.extend(gap.take().filter(|_| !text.is_empty()));
            text.push(c);
        }
    }
    text
}

/// Whether a line ends with this tag.
fn is_end_of_line(tag: &str) -> bool {
    const ENDS: [&str; 16] = [
        "br",
        "hr",
        "/p",
        "/div",
        "/li",
        "/h1",
        "/h2",
        "/h3",
        "/h4",
        "/h5",
        "/h6",
        "/tr",
        "/blockquote",
        "/pre",
        "/dd",
        "/dt",
    ];
    let end = tag.bytes().skip(1).position(|byte| !byte.is_ascii_alphanumeric());
    let name = &tag[..end.map_or(tag.len(), |end| end + 1)];
    ENDS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markup: &str, expected: &str) {
        let base = Url::parse("https://example.org/board/list.do").expect("an address");
        let html = SafeHtml::clean(markup, Some(&base));
        assert_eq!(html.as_ref().map_or("", SafeHtml::as_str), expected);
    }

    #[test]
    fn nothing_active_gets_through() {
        check("<p onclick=x()>a<script>b()</script></p>", "<p>a</p>");
        check("<a href='java\tscript:x()'>a</a>", "<a rel=\"noopener nofollow\">a</a>");
        check("<style>p{}</style><iframe src=//x></iframe>", "");
    }

    #[test]
    fn formulas_keep_their_characters() {
        check(
            "<p>so <math xmlns='x'><mi>a</mi><mo>+</mo><mi>b</mi></math>",
            "<p>so a+b</p>",
        );
    }

    #[test]
    fn addresses_become_absolute() {
        check("<img src=a.png>", "<img src=\"https://example.org/board/a.png\">");
    }

    #[test]
    fn text_keeps_its_paragraphs() {
        let html = SafeHtml::clean("<p>a &amp; b</p>\n<p>c<br>d</p>", None).expect("html");
        assert_eq!(html.text(), "a & b\nc\nd");
        let html =
            SafeHtml(" <hr> <b>a&amp;lt;</b>\u{3000}&nbsp;b &copy;<br/>\r\n<i>c</i> <bdi>d\ne 3 &gt; < 2".to_owned());
        assert_eq!(html.text(), "a&lt; b &copy;\nc d\ne 3 > < 2");
        assert_eq!(SafeHtml("< a <<공".to_owned()).text(), "< a <<공");
        let table = SafeHtml(
            "<table><tr><th>Street</th><th>Hours</th></tr><tr><td>Mill Lane</td><td>9</td></tr></table>".to_owned(),
        );
        assert_eq!(table.text(), "Street Hours\nMill Lane 9");
    }

    #[test]
    fn deep_nesting_is_cut_before_it_costs() {
        let deep = "<div>".repeat(100_000);
        check(
            &format!("a{deep}"),
            &format!("a{}{}", "<div>".repeat(MAX_DEPTH), "</div>".repeat(MAX_DEPTH)),
        );
    }
}
