//! Brings markup within limits before it is parsed.
//!
//! An HTML parser's work grows with the square of the nesting depth (each end tag walks the open elements) and of the
//! attributes of one tag (each is compared with all before it). A browser's user closes the tab; a daemon has to go on.
//! So a quick pass over the raw markup follows how deep elements nest, roughly as the parser will, and leaves out the tags
//! beyond the limits. The text between them stays.

use std::borrow::Cow;

/// Longest markup that is parsed, in bytes.
const MAX_BYTES: usize = 10 << 20;

/// Deepest nesting that is parsed.
const MAX_DEPTH: usize = 512;

/// Most attributes of one element.
const MAX_ATTRIBUTES: usize = 200;

/// Most elements of one page.
const MAX_ELEMENTS: usize = 300_000;

/// `html` cut to the limits; borrowed when it is within them, as all but hostile pages are.
pub fn bounded(html: &str) -> Cow<'_, str> {
    let mut end = html.len().min(MAX_BYTES);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let html = &html[..end];
    let mut pass = Pass::default();
    let mut rest = 0;
    while let Some(open) = memchr(html, rest, b'<') {
        let piece = Piece::at(html, open);
        rest = piece.end;
        if let Some(keep) = pass.verdict(open, &piece) {
            pass.cuts.push(keep);
        }
        if pass.elements > MAX_ELEMENTS {
            return Cow::Owned(without(&html[..open], &pass.cuts));
        }
    }
    if pass.cuts.is_empty() {
        Cow::Borrowed(html)
    } else {
        Cow::Owned(without(html, &pass.cuts))
    }
}

fn memchr(html: &str, from: usize, byte: u8) -> Option<usize> {
    html.as_bytes()[from..]
        .iter()
        .position(|b| *b == byte)
        .map(|at| from + at)
}

fn without(html: &str, cuts: &[(usize, usize)]) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut at = 0;
    for &(from, to) in cuts.iter().filter(|(from, _)| *from < html.len()) {
        kept.push_str(&html[at..from]);
        at = to.min(html.len());
    }
    kept.push_str(&html[at..]);
    kept
}

/// What stands at a `<`.
struct Piece<'a> {
    kind: PieceKind,
    name: &'a str,
    /// Just after it.
    end: usize,
    /// The attributes that are too many.
    excess: Option<(usize, usize)>,
}

#[derive(PartialEq)]
enum PieceKind {
    Start,
    End,
    Other,
}

impl<'a> Piece<'a> {
    fn at(html: &'a str, open: usize) -> Self {
        let bytes = html.as_bytes();
        let other = |end: usize| Self {
            kind: PieceKind::Other,
            name: "",
            end,
            excess: None,
        };
        let after = |needle: &str, from: usize| {
            html[from..]
                .find(needle)
                .map_or(html.len(), |at| from + at + needle.len())
        };
        match bytes.get(open + 1) {
            Some(b'!') if html[open..].starts_with("<!--") => other(after("-->", open + 2)),
            Some(b'!' | b'?') => other(after(">", open + 1)),
            Some(b'/') if bytes.get(open + 2).is_some_and(u8::is_ascii_alphabetic) => {
                let name = name_at(html, open + 2);
                Self {
                    kind: PieceKind::End,
                    name,
                    end: tag_end(bytes, open + 2 + name.len()).0,
                    excess: None,
                }
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let name = name_at(html, open + 1);
                let (end, excess) = tag_end(bytes, open + 1 + name.len());
                let end = if is_raw(name) { raw_end(html, name, end) } else { end };
                Self {
                    kind: PieceKind::Start,
                    name,
                    end,
                    excess,
                }
            }
            _ => other(open + 1),
        }
    }
}

fn name_at(html: &str, from: usize) -> &str {
    let length = html.as_bytes()[from..]
        .iter()
        .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>'))
        .count();
    &html[from..from + length]
}

/// Where the tag ends, and the attributes that are too many.
fn tag_end(bytes: &[u8], from: usize) -> (usize, Option<(usize, usize)>) {
    let (mut at, mut attributes, mut excess) = (from, 0, None);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'>' => return (at + 1, excess.map(|from| (from, at))),
            // A value: quoted, where it may hold anything, or up to white space.
            b'=' => {
                at += 1;
                while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                    at += 1;
                }
                at = match bytes.get(at) {
                    Some(quote @ (b'"' | b'\'')) => {
                        let close = bytes[at + 1..].iter().position(|byte| byte == quote);
                        close.map_or(bytes.len(), |length| at + length + 2)
                    }
                    _ => skip(bytes, at, |byte| byte.is_ascii_whitespace() || byte == b'>'),
                };
            }
            b'/' => at += 1,
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => {
                attributes += 1;
                if attributes > MAX_ATTRIBUTES && excess.is_none() {
                    excess = Some(at);
                }
                at = skip(bytes, at + 1, |byte| {
                    byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'/')
                });
            }
        }
    }
    (bytes.len(), excess.map(|from| (from, bytes.len())))
}

fn skip(bytes: &[u8], from: usize, stop: impl Fn(u8) -> bool) -> usize {
    let tail = bytes.get(from..).unwrap_or_default();
    tail.iter()
        .position(|byte| stop(*byte))
        .map_or(bytes.len(), |length| from + length)
}

/// After the end tag of an element that holds no markup, or the end of the page.
fn raw_end(html: &str, name: &str, from: usize) -> usize {
    let bytes = html.as_bytes();
    let mut at = from;
    while let Some(open) = memchr(html, at, b'<') {
        let tag = bytes.get(open + 2..open + 2 + name.len());
        if bytes.get(open + 1) == Some(&b'/') && tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes())) {
            return tag_end(bytes, open + 2 + name.len()).0;
        }
        at = open + 1;
    }
    html.len()
}

/// How the parser stands, as far as depth goes.
#[derive(Default)]
struct Pass {
    /// Open elements, and whether each is a formatting one.
    open: Vec<(u64, Sort)>,
    /// Formatting elements that were closed from outside; the parser opens them again for the next text.
    pending: usize,
    /// Ranges to leave out.
    cuts: Vec<(usize, usize)>,
    elements: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    /// Has no content.
    Void,
    /// Its end tag may be left out: the next of its kind closes it.
    Loose,
    /// `b`, `font` and the like: misnested end tags make the parser copy them.
    Formatting,
    /// A cell; what was pending outside it doesn't count inside, nor the other way round.
    Cell(usize),
    Plain,
}

impl Pass {
    /// What of the piece to leave out.
    fn verdict(&mut self, open: usize, piece: &Piece<'_>) -> Option<(usize, usize)> {
        match piece.kind {
            PieceKind::Other => None,
            PieceKind::End => {
                self.close(key(piece.name));
                None
            }
            PieceKind::Start => {
                self.elements += 1;
                let sort = sort(piece.name);
                if sort == Sort::Void || is_raw(piece.name) {
                    return piece.excess;
                }
                if self.open.len() + self.pending >= MAX_DEPTH {
                    return Some((open, piece.end));
                }
                self.push(key(piece.name), sort);
                piece.excess
            }
        }
    }

    fn push(&mut self, key: u64, sort: Sort) {
        match sort {
            Sort::Loose => {
                // `<li>` closes an open `<li>`, unless a list began in between.
                if let Some((top, Sort::Loose)) = self.open.last()
                    && *top == key
                {
                    return;
                }
                self.open.push((key, sort));
            }
            Sort::Cell(_) => {
                // A cell closes the one before it, with all that was left open in it, up to the table.
                if let Some(at) = self
                    .open
                    .iter()
                    .rposition(|(_, sort)| matches!(sort, Sort::Cell(_) | Sort::Plain))
                    && let Sort::Cell(pending) = self.open[at].1
                {
                    self.pending = pending;
                    self.open.truncate(at);
                }
                let pending = std::mem::take(&mut self.pending);
                self.open.push((key, Sort::Cell(pending)));
            }
            _ => self.open.push((key, sort)),
        }
    }

    fn close(&mut self, key: u64) {
        let Some(at) = self.open.iter().rposition(|(open, _)| *open == key) else {
            return;
        };
        match self.open[at].1 {
            Sort::Formatting => {
                self.open.remove(at);
            }
            Sort::Cell(pending) => {
                self.open.truncate(at);
                self.pending = pending;
            }
            _ => {
                for (_, sort) in self.open.drain(at..) {
                    match sort {
                        Sort::Formatting => self.pending += 1,
                        Sort::Cell(pending) => self.pending = pending,
                        _ => {}
                    }
                }
            }
        }
    }
}

/// The name as a number, case folded: its first eight letters tell all elements apart that matter here.
fn key(name: &str) -> u64 {
    name.bytes()
        .take(8)
        .fold(0, |key, byte| key << 8 | u64::from(byte.to_ascii_lowercase()))
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_raw(name: &str) -> bool {
    is_one_of(
        name,
        &[
            "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
        ],
    )
}

fn sort(name: &str) -> Sort {
    const VOID: [&str; 15] = [
        "br", "img", "hr", "input", "meta", "link", "wbr", "col", "area", "source", "embed", "param", "track", "base",
        "keygen",
    ];
    const LOOSE: [&str; 12] = [
        "p", "li", "dt", "dd", "tr", "option", "optgroup", "thead", "tbody", "tfoot", "rp", "rt",
    ];
    const FORMATTING: [&str; 14] = [
        "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
    ];
    if is_one_of(name, &VOID) {
        Sort::Void
    } else if is_one_of(name, &LOOSE) {
        Sort::Loose
    } else if is_one_of(name, &FORMATTING) {
        Sort::Formatting
    } else if is_one_of(name, &["td", "th", "caption"]) {
        Sort::Cell(0)
    } else {
        Sort::Plain
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn an_ordinary_page_is_not_copied() {
        for page in [
            "<!doctype html><p>one<p>two<ul><li>a<li>b</ul><script>if (a < b) '</p>'</script><a title='a > b'>c</a>"
                .to_owned(),
            format!("<table>{}</table>", "<tr><td><font>1<td>2<td><b>3".repeat(3_000)),
            "<p>".repeat(3_000),
            "<li><a href=x>y</a>".repeat(3_000),
            "a < b && c </ d".to_owned(),
            "<".to_owned(),
        ] {
            assert!(
                matches!(bounded(&page), Cow::Borrowed(_)),
                "{}",
                &page[..page.len().min(80)]
            );
        }
    }

    #[test]
    fn what_nests_too_deep_is_left_out_and_its_text_stays() {
        let page = format!("{}text{}<p>after", "<div>".repeat(5_000), "</div>".repeat(5_000));
        let bounded = bounded(&page);
        assert_eq!(bounded.matches("<div>").count(), MAX_DEPTH);
        assert!(bounded.contains("text") && bounded.ends_with("<p>after"));
    }

    #[test]
    fn too_many_attributes_are_left_out() {
        let attributes: Vec<String> = (0..100_000).map(|n| format!("a{n}='>'")).collect();
        let page = format!("<div {}>text</div>", attributes.join(" "));
        let bounded = bounded(&page);
        assert_eq!(bounded.matches("='>'").count(), MAX_ATTRIBUTES);
        assert!(bounded.ends_with(">text</div>"));
    }

    #[test]
    fn hostile_markup_is_read_in_time_that_grows_with_its_length() {
        for hostile in [
            "<div>".repeat(1_000_000),
            "<b><i><a></b>".repeat(100_000),
            "<a x=1><b y=2><i></a>".repeat(50_000),
            format!("<table>{}", "<tr></tr>".repeat(500_000)),
            "<table><tr><td>".repeat(100_000),
            "<!--".repeat(500_000),
            "<script>".repeat(200_000),
            "</p>".repeat(500_000),
            "<a b='".repeat(200_000),
        ] {
            let start = Instant::now();
            crate::source::dom::Doc::parse(&hostile);
            assert!(
                start.elapsed().as_secs() < 20,
                "{}: {:?}",
                &hostile[..30],
                start.elapsed()
            );
        }
    }
}
