//! Markup cut into tags and text, whatever is wrong with it.
//!
//! Follows XML 1.0 §2 and §3.1 where a document does, and a browser's common sense where it doesn't: a `<` that starts no tag is
//! text, a tag without an end stops where the next one starts, a CDATA section without an end stops at the end tag of its
//! element. Knows nothing of names, nesting or what the text means. Linear in the document, whatever is in it.

use memchr::{memchr, memmem};

/// A piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A start tag.
    Open(Tag<'a>),
    /// An end tag's name.
    Close(&'a str),
    /// Text in which references are still to be resolved.
    Text(&'a str),
    /// Text as it is.
    Cdata(&'a str),
    /// What stands between the brackets of a document type declaration.
    Doctype(&'a str),
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Its name, with the prefix.
    pub(super) name: &'a str,
    /// Everything behind the name.
    pub(super) attributes: &'a str,
    /// Whether there is no end tag to come.
    pub(super) is_empty: bool,
}

/// The pieces of a document, in order.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// The name of the last start tag: a CDATA section belongs to it.
    last: &'a str,
    cdata_end: Ahead,
    instruction_end: Ahead,
    comment_end: Ahead,
    /// A document has one type.
    typed: bool,
}

/// Where the next of some delimiter is, remembered so that nothing is searched twice.
#[derive(Default)]
struct Ahead(Option<usize>);

impl Ahead {
    /// Where `delimiter` comes next in `text`, from `from` on.
    fn find(&mut self, text: &str, from: usize, delimiter: &str) -> Option<usize> {
        if self.0.is_none_or(|known| known < from) {
            let rest = &text.as_bytes()[from..];
            self.0 = Some(memmem::find(rest, delimiter.as_bytes()).map_or(usize::MAX, |length| from + length));
        }
        self.0.filter(|known| *known < usize::MAX)
    }
}

impl<'a> Tokens<'a> {
    /// Begins at the start of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            last: "",
            cdata_end: Ahead::default(),
            instruction_end: Ahead::default(),
            comment_end: Ahead::default(),
            typed: false,
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn text_to(&mut self, end: usize) -> Token<'a> {
        let text = &self.text[self.at..end];
        self.at = end;
        Token::Text(text)
    }

    /// The text up to the next `<` from `from` on.
    fn characters(&mut self, from: usize) -> Token<'a> {
        let end = memchr(b'<', &self.text.as_bytes()[from..]).map_or(self.text.len(), |length| from + length);
        self.text_to(end)
    }

    /// The next piece that stands for something. `None` at the end.
    fn piece(&mut self) -> Option<Option<Token<'a>>> {
        let rest = self.rest();
        match rest.as_bytes() {
            [] => None,
            [b'<', b'/', ..] => Some(self.end_tag()),
            [b'<', b'!', ..] => Some(self.declaration(rest)),
            [b'<', b'?', ..] => {
                self.instruction(rest);
                Some(None)
            }
            [b'<', first, ..] if starts_name(*first) => Some(self.start_tag(rest)),
            [b'<', ..] => Some(Some(self.characters(self.at + 1))),
            _ => Some(Some(self.characters(self.at))),
        }
    }

    fn start_tag(&mut self, rest: &'a str) -> Option<Token<'a>> {
        let Some((length, is_closed)) = tag_length(rest.as_bytes()) else {
            // Cut off in the middle of a tag.
            self.at = self.text.len();
            return None;
        };
        self.at += length;
        let inside = &rest[1..length - usize::from(is_closed)];
        let is_empty = inside.ends_with('/');
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let end = inside
            .bytes()
            .position(|byte| byte.is_ascii_whitespace() || byte == b'/')
            .unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(end);
        self.last = name;
        Some(Token::Open(Tag {
            name,
            attributes,
            is_empty,
        }))
    }

    fn end_tag(&mut self) -> Option<Token<'a>> {
        let rest = &self.text[self.at + 2..];
        let length = rest
            .bytes()
            .position(|byte| byte == b'>' || byte == b'<')
            .unwrap_or(rest.len());
        self.at += 2 + length + usize::from(rest.as_bytes().get(length) == Some(&b'>'));
        let name = rest[..length].trim();
        (!name.is_empty()).then_some(Token::Close(name))
    }

    /// `<!…`: a comment, a CDATA section, a document type, or nothing.
    fn declaration(&mut self, rest: &'a str) -> Option<Token<'a>> {
        if rest.starts_with("<!--") {
            let start = self.at + 4;
            self.at = self
                .comment_end
                .find(self.text, start, "-->")
                .map_or(start, |end| end + 3);
            return None;
        }
        if rest
            .get(..9)
            .is_some_and(|start| start.eq_ignore_ascii_case("<![CDATA["))
        {
            self.at += 9;
            return Some(self.cdata());
        }
        if !self.typed
            && rest
                .get(..9)
                .is_some_and(|start| start.eq_ignore_ascii_case("<!DOCTYPE"))
        {
            self.typed = true;
            let (length, subset) = doctype(rest);
            self.at += length;
            return subset.map(Token::Doctype);
        }
        self.at += memchr(b'>', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        None
    }

    fn cdata(&mut self) -> Token<'a> {
        let end = self.cdata_end.find(self.text, self.at, "]]>");
        let whole = &self.text[self.at..end.unwrap_or(self.text.len())];
        // Another section starts before this one ends, or none ends at all: the end was forgotten, unless the element's end
        // tag isn't there either.
        let next = memmem::find(whole.as_bytes(), b"<![CDATA[");
        let within = match (next, end) {
            (None, Some(_)) => None,
            (next, _) => {
                let closing = format!("</{}", self.last);
                memmem::find(&whole.as_bytes()[..next.unwrap_or(whole.len())], closing.as_bytes())
            }
        };
        match (within, end) {
            (Some(length), _) => self.at += length,
            (None, Some(end)) => self.at = end + 3,
            (None, None) => self.at = self.text.len(),
        }
        Token::Cdata(within.map_or(whole, |length| &whole[..length]))
    }

    /// Skips `<?…?>`.
    fn instruction(&mut self, rest: &str) {
        let tag_end = memchr(b'>', rest.as_bytes()).map_or(self.text.len(), |length| self.at + length + 1);
        if rest.starts_with("<?xml") {
            self.at = tag_end;
            return;
        }
        let end = self.instruction_end.find(self.text, self.at, "?>");
        self.at = end.map_or(tag_end, |end| end + 2);
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if let Some(token) = self.piece()? {
                return Some(token);
            }
        }
    }
}

/// Whether a tag's name can begin with this byte.
fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..)
}

/// The length of the tag that `rest` starts with, and whether it has its `>`.
fn tag_length(rest: &[u8]) -> Option<(usize, bool)> {
    let mut at = 1;
    let mut after_equals = false;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'>' => return Some((at + 1, true)),
            b'<' => return Some((at, false)),
            b'=' => after_equals = true,
            b'"' | b'\'' if after_equals => {
                at += quoted_length(*byte, &rest[at + 1..]);
                after_equals = false;
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => after_equals = false,
        }
        at += 1;
    }
    None
}

/// The length of the quoted text that `rest` starts with, with its end. A quote without its pair is one character; where the
/// next one follows an equals sign in another tag, it isn't the pair.
fn quoted_length(quote: u8, rest: &[u8]) -> usize {
    match memchr(quote, rest) {
        Some(length) if !(rest[..length].ends_with(b"=") && memchr(b'<', &rest[..length]).is_some()) => length + 1,
        _ => 0,
    }
}

/// The length of the document type declaration that `rest` starts with, and what is between its brackets.
fn doctype(rest: &str) -> (usize, Option<&str>) {
    let bytes = rest.as_bytes();
    let whole = |length: Option<usize>| length.map_or(rest.len(), |length| length + 1);
    let end = memchr(b'>', bytes);
    match memchr(b'[', &bytes[..end.unwrap_or(bytes.len())]) {
        None => (whole(end), None),
        Some(start) => {
            let subset = &rest[start + 1..];
            // Values of entities may hold brackets, but a subset ends with "]>" or "] >".
            let close = subset
                .match_indices(']')
                .take(100)
                .find(|(at, _)| subset[at + 1..].trim_start().starts_with('>'));
            match close {
                None => (whole(end), None),
                Some((at, _)) => {
                    let after = start + 1 + at;
                    (
                        whole(memchr(b'>', &bytes[after..]).map(|length| after + length)),
                        Some(&subset[..at]),
                    )
                }
            }
        }
    }
}

/// The attributes of a start tag, in order: names with their prefixes, values with references still in them.
pub(super) fn attributes(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '='));
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .bytes()
            .position(|byte| byte.is_ascii_whitespace() || byte == b'=')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
            rest = after;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
        let quoted = quote.and_then(|quote| value[1..].split_once(quote));
        let (value, after) = match quoted {
            Some(parts) => parts,
            None => {
                let value = value.trim_start_matches(['"', '\'']);
                value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len()))
            }
        };
        rest = after;
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markup: &str, expected: &str) {
        let told: Vec<String> = Tokens::new(markup)
            .map(|token| match token {
                Token::Open(tag) => format!("+{}{}", tag.name, if tag.is_empty { "/" } else { "" }),
                Token::Close(name) => format!("-{name}"),
                Token::Text(text) => format!("'{text}'"),
                Token::Cdata(text) => format!("[{text}]"),
                Token::Doctype(text) => format!("!{text}"),
            })
            .collect();
        assert_eq!(told.join(" "), expected, "{markup}");
    }

    #[test]
    fn markup_is_tags_and_text() {
        check(
            "<?xml version='1.0'?><a b='c>d'>x<b/>&amp;</a >",
            "+a 'x' +b/ '&amp;' -a",
        );
        check("<a><![CDATA[<b>]]></a><!-- <c> -->", "+a [<b>] -a");
        check("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "!<!ENTITY b 'c'> +a/");
        check("<!DOCTYPE html PUBLIC \"x\"><a/>", "+a/");
    }

    #[test]
    fn what_is_wrong_with_markup_stays_where_it_is() {
        check("a < b <3 <c>", "'a ' '< b ' '<3 ' +c");
        check("<a <b>x</b", "+a +b 'x' -b");
        check("<a b=\"c><d>x</d>", "+a +d 'x' -d");
        check("<a b=\"c><d e=\"f\">", "+a +d");
        check("<a b='it's'>x", "+a 'x'");
        check("<a b=it's>x</a>", "+a 'x' -a");
        check("x<a href=", "'x'");
        check("<?php <a>x</a>", "'x' -a");
        check("<!-- <a>", "' ' +a");
        check("<!x><a>", "+a");
    }

    #[test]
    fn a_section_without_an_end_stops_at_its_element() {
        check("<a><![CDATA[x</a><b>y</b>", "+a [x] -a +b 'y' -b");
        check("<a><![CDATA[x</a><b><![CDATA[y]]></b>", "+a [x] -a +b [y] -b");
        check("<a><![CDATA[x <![CDATA[ y]]></a>", "+a [x <![CDATA[ y] -a");
        check("<a><![CDATA[x", "+a [x]");
    }

    #[test]
    fn attributes_are_read_with_and_without_quotes() {
        let told: Vec<_> = attributes(" a=\"1\" b = '2'c=3 d e='f g").collect();
        assert_eq!(
            told,
            [("a", "1"), ("b", "2"), ("c", "3"), ("d", ""), ("e", "f"), ("g", "")]
        );
    }

    #[test]
    fn a_document_of_unclosed_things_is_read_once() {
        for piece in [
            "<![CDATA[",
            "<?x ",
            "<!--",
            "<a b=\"",
            "<a b='",
            "</",
            "<",
            "<!DOCTYPE x [",
            "<a><![CDATA[x",
        ] {
            let hostile = piece.repeat(200_000);
            assert!(Tokens::new(&hostile).count() <= 400_001, "{piece}");
        }
    }
}
