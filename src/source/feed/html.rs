//! HTML to plain text, for titles and names: what a reader would see, on one line.
//!
//! Not a sanitiser: what comes out is text, and is escaped where it is shown.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use memchr::{memchr, memchr2, memmem};

use super::reference::Entities;

/// The elements of HTML, past and present. `<T>` in a title is no tag but a type.
static ELEMENTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink \
    blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn \
    dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 \
    h6 head header hr html i iframe img input ins kbd label legend li link main map mark marquee menu meta \
    meter nav nobr noframes noscript object ol optgroup option output p param picture pre progress q rp rt \
    ruby s samp script section select small source span strike strong style sub summary sup svg table tbody \
    td textarea tfoot th thead time title tr track tt u ul var video wbr"
        .split_ascii_whitespace()
        .collect()
});

/// Longest text that is read, in bytes: what comes out is a line.
const LONGEST: usize = 64 << 10;

/// What a comment begins with.
const COMMENT: &str = "<!--";

/// The text of `html`: without tags, comments, scripts and styles, with references resolved.
pub(super) fn plain(html: &str) -> Cow<'_, str> {
    let html = &html[..html.floor_char_boundary(LONGEST)];
    if memchr2(b'<', b'&', html.as_bytes()).is_none() {
        return Cow::Borrowed(html);
    }
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(length) = tag_length(rest) else {
            text.push('<');
            rest = &rest[1..];
            continue;
        };
        let (tag, after) = rest.split_at(length);
        if breaks(tag) {
            text.push(' ');
        }
        rest = match hides(tag) {
            Some(end) => behind(after, end),
            None => after,
        };
    }
    text.push_str(rest);
    Cow::Owned(Entities::default().resolve(&text).into_owned())
}

/// Whether `text` is HTML, although nobody says so: a tag with its end, or one that needs none.
pub(super) fn looks_like_html(text: &str) -> bool {
    let starts = memchr::memchr_iter(b'<', text.as_bytes()).take(1_000);
    let mut tags = starts.filter_map(|at| text.get(at + 1..)).map(name_of);
    tags.any(|name| {
        let ends = name.strip_prefix('/').is_some_and(is_element);
        ends || ["br", "p", "img", "hr", "li"]
            .iter()
            .any(|alone| alone.eq_ignore_ascii_case(name))
    })
}

/// The length of the tag that `rest` starts with, or of what begins a comment.
fn tag_length(rest: &str) -> Option<usize> {
    if rest.starts_with(COMMENT) {
        return Some(COMMENT.len());
    }
    let name = name_of(&rest[1..]);
    let bare = name.strip_prefix(['/', '!']).unwrap_or(name);
    let is_tag = is_element(bare) || bare.eq_ignore_ascii_case("doctype");
    let end = memchr2(b'>', b'<', &rest.as_bytes()[1..]).map(|length| length + 1);
    end.filter(|end| is_tag && rest.as_bytes()[*end] == b'>')
        .map(|end| end + 1)
}

/// The name that a tag begins with, with the slash of an end tag.
fn name_of(tag: &str) -> &str {
    let end = tag
        .char_indices()
        .take(20)
        .find(|(at, c)| !(c.is_ascii_alphanumeric() || *at == 0 && matches!(c, '/' | '!')));
    &tag[..end.map_or(0, |(at, _)| at)]
}

fn is_element(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ELEMENTS.contains(lower.as_str())
}

/// Whether words before and behind the tag are on lines of their own.
fn breaks(tag: &str) -> bool {
    let name = name_of(&tag[1..]);
    let name = name.strip_prefix('/').unwrap_or(name);
    ["br", "p", "div", "li", "tr", "td", "hr"]
        .iter()
        .any(|breaking| breaking.eq_ignore_ascii_case(name))
}

/// What ends the text that `tag` hides.
fn hides(tag: &str) -> Option<&'static str> {
    if tag == COMMENT {
        return Some("-->");
    }
    let name = name_of(&tag[1..]);
    let hidden = [("script", "</script"), ("style", "</style")].into_iter();
    hidden
        .filter(|(hiding, _)| hiding.eq_ignore_ascii_case(name))
        .map(|(_, end)| end)
        .next()
}

/// What comes behind the `end` of something hidden, in any case. Without an end it hides all there is.
fn behind<'a>(hidden: &'a str, end: &str) -> &'a str {
    let starts = memmem::find_iter(hidden.as_bytes(), &end[..2]);
    let is_end = |at: &usize| {
        hidden
            .get(*at..at + end.len())
            .is_some_and(|there| there.eq_ignore_ascii_case(end))
    };
    let after = starts
        .into_iter()
        .find(is_end)
        .map_or("", |at| &hidden[at + end.len()..]);
    match end.ends_with('>') {
        true => after,
        false => memchr(b'>', after.as_bytes()).map_or("", |length| &after[length + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(plain(html), expected, "{html}");
    }

    #[test]
    fn html_becomes_what_a_reader_sees() {
        check("Water &amp; <b>power</b> off", "Water & power off");
        check("one<br/>two", "one two");
        check(
            "safe<script type='x'>alert('<b>')</script> text<!-- <i> -->",
            "safe text",
        );
        check("<IMG SRC=x>seen", "seen");
        check("safe<SCRIPT\n>x</Script\n> text", "safe text");
        check("safe<script>x", "safe");
    }

    #[test]
    fn what_is_no_tag_stays() {
        check("2 < 3, List<T> and <3", "2 < 3, List<T> and <3");
        check("a <b", "a <b");
        check("AT&T", "AT&T");
    }
}
