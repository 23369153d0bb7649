//! Bytes to text, whatever the server and the page say of the charset.
//!
//! Declarations are read as browsers read them (BOM, HTTP header, then the document's own), and then held against the
//! bytes: boards are moved between servers, and what their headers and `<meta>` say stays behind.

mod codepages;
mod declared;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::memmem;

use codepages::{CODE_PAGES, CodePage};

/// How many bytes of lines that are not ASCII are shown to the detector: its work is six times that of parsing.
const DETECT_BYTES: usize = 16 << 10;

/// Well-formed UTF-8 sequences that no legacy text contains by chance.
const SURELY_UTF8: usize = 3;

/// What the caller knows of a document besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Hint<'a> {
    /// Which declaration to look for.
    pub format: Format,
    /// Last label of the host's name ("kr"): it tells EUC-KR from the other charsets that look alike.
    pub tld: Option<&'a str>,
}

/// What a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `<meta charset>`, or an XML declaration.
    Html,
    /// `<?xml encoding?>`.
    Xml,
    /// Declares nothing.
    Json,
}

/// A document as text.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    /// The charset that was used: its WHATWG name, or the code page's.
    pub encoding: &'static str,
    /// U+FFFD in the text: what could not be read.
    pub replaced: usize,
}

/// Decodes `body`; never fails, and says how much could not be read.
pub fn decode<'a>(body: &'a [u8], content_type: Option<&str>, hint: Hint<'_>) -> Decoded<'a> {
    if let Some((charset, length)) = byte_order_mark(body) {
        return charset.decode(body.get(length..).unwrap_or_default());
    }
    if let Some(charset) = wide(body).or_else(|| ebcdic(body)) {
        return charset.decode(body);
    }
    let header = content_type
        .and_then(declared::in_content_type)
        .and_then(Charset::named);
    let inside = match hint.format {
        Format::Html => declared::in_html(body),
        Format::Xml => declared::in_xml(body),
        Format::Json => None,
    }
    .and_then(|label| Charset::named(&label));
    weigh(body, header, inside, hint)
}

/// Holds the declarations against the bytes.
fn weigh<'a>(body: &'a [u8], header: Option<Charset>, inside: Option<Charset>, hint: Hint<'_>) -> Decoded<'a> {
    let declared = header.or(inside);
    if let Ok(text) = std::str::from_utf8(body) {
        let utf8 = Charset::Whatwg(UTF_8);
        let sure = || text.chars().filter(|c| !c.is_ascii()).nth(SURELY_UTF8 - 1).is_some();
        if declared.is_none_or(|charset| charset == utf8) && !escapes(body) || sure() {
            return utf8.decode(body);
        }
    }
    let guess = || Charset::Whatwg(detect(body, hint.tld));
    let first = match (header, inside) {
        (Some(header), Some(inside)) if header != inside && guess() == inside => Some(inside),
        (Some(Charset::Whatwg(latin)), None) if latin == WINDOWS_1252 => {
            // What servers say by default; a clean reading as a multi-byte charset does not happen by chance.
            let other = guess();
            Some(if other.is_multi_byte() && other.decode(body).replaced == 0 {
                other
            } else {
                Charset::Whatwg(latin)
            })
        }
        _ => declared,
    };
    let first = first.unwrap_or(Charset::Whatwg(UTF_8)).decode(body);
    if first.reads(body) {
        return first;
    }
    [inside, Some(guess()), Some(Charset::Whatwg(UTF_8))]
        .into_iter()
        .flatten()
        .map(|charset| charset.decode(body))
        .fold(
            first,
            |best, next| if next.replaced < best.replaced { next } else { best },
        )
}

#[derive(Clone, Copy)]
enum Charset {
    Whatwg(&'static Encoding),
    Page(&'static CodePage),
    Utf32 { big_endian: bool },
}

impl Charset {
    /// The charset that `label` names. UTF-16 is a lie here: such bytes have been recognised before. UTF-7 and what the
    /// standard replaces (HZ, ISO-2022-KR) hide markup and are not read.
    fn named(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase().replace('_', "-");
        let label = match label.as_str() {
            "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
            "macroman" | "mac-roman" => "macintosh",
            "cp949" | "ms949" | "uhc" => "euc-kr",
            "cp936" | "ms936" => "gbk",
            "cp950" | "ms950" => "big5",
            "cp932" => "shift_jis",
            "cp874" => "windows-874",
            "866" | "cp866" | "csibm866" => "ibm866",
            "utf8mb4" | "u8" => "utf-8",
            "shift-jis" => "shift_jis",
            "ks-c-5601-1987" => "ks_c_5601-1987",
            other => other,
        };
        if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
            return (encoding != UTF_16BE && encoding != UTF_16LE).then_some(Self::Whatwg(encoding));
        }
        let page = CODE_PAGES
            .iter()
            .find(|page| page.name == label || page.labels.contains(&label))?;
        (!page.is_ebcdic()).then_some(Self::Page(page))
    }

    fn is_multi_byte(self) -> bool {
        matches!(self, Self::Whatwg(encoding) if !encoding.is_single_byte() && encoding != UTF_8)
    }

    fn decode(self, body: &[u8]) -> Decoded<'_> {
        let (text, encoding) = match self {
            Self::Whatwg(encoding) => (encoding.decode_without_bom_handling(body).0, encoding.name()),
            Self::Page(page) => (Cow::Owned(page.decode(body)), page.name),
            Self::Utf32 { big_endian } => {
                let unit = |four: &[u8]| match (four, big_endian) {
                    (&[a, b, c, d], true) => char::from_u32(u32::from_be_bytes([a, b, c, d])),
                    (&[a, b, c, d], false) => char::from_u32(u32::from_le_bytes([a, b, c, d])),
                    _ => None,
                };
                let text = body
                    .chunks(4)
                    .map(|four| unit(four).unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                (Cow::Owned(text), if big_endian { "UTF-32BE" } else { "UTF-32LE" })
            }
        };
        let replaced = memmem::find_iter(text.as_bytes(), "\u{fffd}").count();
        Decoded {
            text,
            encoding,
            replaced,
        }
    }
}

impl PartialEq for Charset {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whatwg(one), Self::Whatwg(two)) => one == two,
            (Self::Page(one), Self::Page(two)) => one.name == two.name,
            (Self::Utf32 { big_endian: one }, Self::Utf32 { big_endian: two }) => one == two,
            _ => false,
        }
    }
}

impl Decoded<'_> {
    /// Whether this is a reading of `body`: a few broken characters are everyday, one in twenty is another charset.
    fn reads(&self, body: &[u8]) -> bool {
        self.replaced == 0 || self.replaced * 20 < body.iter().filter(|byte| !byte.is_ascii()).count()
    }
}

fn byte_order_mark(body: &[u8]) -> Option<(Charset, usize)> {
    match body {
        [0x00, 0x00, 0xfe, 0xff, ..] => Some((Charset::Utf32 { big_endian: true }, 4)),
        [0xff, 0xfe, 0x00, 0x00, ..] => Some((Charset::Utf32 { big_endian: false }, 4)),
        _ => Encoding::for_bom(body).map(|(encoding, length)| (Charset::Whatwg(encoding), length)),
    }
}

/// UTF-16 and UTF-32 without a mark: markup begins with characters of ASCII, so zeros stand beside them.
fn wide(body: &[u8]) -> Option<Charset> {
    match *body.first_chunk::<4>()? {
        [0, 0, 0, 1..=255] => Some(Charset::Utf32 { big_endian: true }),
        [1..=255, 0, 0, 0] => Some(Charset::Utf32 { big_endian: false }),
        [0, 1..=255, 0, 1..=255] => Some(Charset::Whatwg(UTF_16BE)),
        [1..=255, 0, 1..=255, 0] => Some(Charset::Whatwg(UTF_16LE)),
        _ => None,
    }
}

/// A mainframe's XML: `<?xml` in EBCDIC, whose declaration reads the same in each of its pages.
fn ebcdic(body: &[u8]) -> Option<Charset> {
    if !body.starts_with(&[0x4c, 0x6f, 0xa7, 0x94, 0x93]) {
        return None;
    }
    let mut pages = CODE_PAGES.iter().filter(|page| page.is_ebcdic());
    let usual = pages.clone().next()?;
    let start = usual.decode(&body[..body.len().min(256)]);
    let label = declared::in_xml(start.as_bytes())
        .unwrap_or_default()
        .to_ascii_lowercase()
        .replace('_', "-");
    let named = pages.find(|page| page.name == label || page.labels.contains(&label.as_str()));
    Some(Charset::Page(named.unwrap_or(usual)))
}

/// Whether the text may be ISO-2022-JP, which is ASCII with escapes.
fn escapes(body: &[u8]) -> bool {
    memmem::find(body, b"\x1b$").is_some()
}

/// What chardetng makes of the lines that are not ASCII: a page may begin with 16 KB of script.
fn detect(body: &[u8], tld: Option<&str>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let mut left = DETECT_BYTES;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if left == 0 {
            break;
        }
        let Some(at) = line.iter().position(|byte| !byte.is_ascii() || *byte == 0x1b) else {
            continue;
        };
        // A little before the first such byte: words tell charsets apart.
        let shown = &line[at.saturating_sub(64)..];
        let shown = &shown[..shown.len().min(left)];
        detector.feed(shown, false);
        left -= shown.len();
    }
    detector.feed(b"\n", true);
    let tld = tld.map(str::to_ascii_lowercase);
    let tld = tld.filter(|tld| !tld.is_empty() && tld.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    detector.guess(tld.as_deref().map(str::as_bytes), Utf8Detection::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: Hint<'_> = Hint {
        format: Format::Html,
        tld: Some("kr"),
    };
    const XML: Hint<'_> = Hint {
        format: Format::Xml,
        tld: None,
    };
    const KOREAN: &str = "공지사항 제목 작성일 조회수 담당부서 행정안전부 첨부파일을 내려받으시기 바랍니다";

    fn euc_kr(text: &str) -> Vec<u8> {
        encoding_rs::EUC_KR.encode(text).0.into_owned()
    }

    #[track_caller]
    fn check(body: &[u8], content_type: Option<&str>, hint: Hint<'_>, encoding: &str, contains: &str) {
        let decoded = decode(body, content_type, hint);
        assert_eq!(decoded.encoding, encoding);
        assert!(decoded.text.contains(contains), "{:?}", decoded.text);
    }

    #[test]
    fn a_korean_board_reads_whatever_declares_it() {
        let bare = euc_kr(&format!("<p>{KOREAN}"));
        let meta = euc_kr(&format!("<meta charset='euc-kr'><p>{KOREAN}"));
        let legacy = euc_kr(&format!(
            "<meta http-equiv=Content-Type content=\"text/html; charset=ks_c_5601-1987\"><p>{KOREAN}"
        ));
        let wrong = euc_kr(&format!("<meta charset=utf-8><p>{KOREAN}"));
        check(&bare, None, HTML, "EUC-KR", KOREAN);
        check(&bare, Some("text/html; charset=EUC-KR"), HTML, "EUC-KR", KOREAN);
        check(&meta, None, HTML, "EUC-KR", KOREAN);
        check(&legacy, None, HTML, "EUC-KR", KOREAN);
        check(&wrong, None, HTML, "EUC-KR", KOREAN);
        check(&meta, Some("text/html; charset=utf-8"), HTML, "EUC-KR", KOREAN);
        check(&meta, Some("text/html; charset=ISO-8859-1"), HTML, "EUC-KR", KOREAN);
        check(&bare, Some("text/html; charset=ISO-8859-1"), HTML, "EUC-KR", KOREAN);
    }

    #[test]
    fn utf8_is_believed_against_every_declaration() {
        let page = format!("<meta charset=euc-kr><p>{KOREAN}");
        check(page.as_bytes(), None, HTML, "UTF-8", KOREAN);
        check(page.as_bytes(), Some("text/html; charset=utf-8"), HTML, "UTF-8", KOREAN);
        check(
            page.as_bytes(),
            Some("text/html; charset=euc-kr"),
            HTML,
            "UTF-8",
            KOREAN,
        );
        let marked = [b"\xef\xbb\xbf", page.as_bytes()].concat();
        check(&marked, Some("text/html; charset=euc-kr"), HTML, "UTF-8", "<meta");
        assert!(decode(&marked, None, HTML).text.starts_with('<'));
    }

    #[test]
    fn a_page_cut_in_the_middle_of_a_character_stays_utf8() {
        let page = format!("<p>{KOREAN}");
        let decoded = decode(&page.as_bytes()[..page.len() - 1], None, HTML);
        assert_eq!((decoded.encoding, decoded.replaced), ("UTF-8", 1));
    }

    #[test]
    fn a_long_script_does_not_hide_the_text_from_detection() {
        let page = euc_kr(&format!(
            "<script>\n{}</script>\n<p>{KOREAN}",
            "var a = 1;\n".repeat(4000)
        ));
        check(&page, None, HTML, "EUC-KR", KOREAN);
    }

    #[test]
    fn wide_encodings_need_no_mark_and_a_label_does_not_make_one() {
        let text = "<?xml version='1.0' encoding='utf-16'?><title>공지</title>";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        check(&little, None, XML, "UTF-16LE", "공지");
        check(&big, None, XML, "UTF-16BE", "공지");
        check(&wide, None, XML, "UTF-32BE", "공지");
        check(text.as_bytes(), None, XML, "UTF-8", "공지");
    }

    #[test]
    fn old_code_pages_are_read() {
        check(
            b"<?xml version='1.0' encoding='cp437'?><t>\x80</t>",
            None,
            XML,
            "cp437",
            "<t>\u{c7}</t>",
        );
        check(
            b"<?xml version='1.0' encoding='CP_IS'?><t>\x8b</t>",
            None,
            XML,
            "cp861",
            "<t>\u{d0}</t>",
        );
        check(
            b"<?xml encoding='mac-cyrillic'?><t>\x80</t>",
            None,
            XML,
            "x-mac-cyrillic",
            "<t>\u{410}</t>",
        );
        let mut mainframe = b"\x4c\x6f\xa7\x94\x93\x40\x85\x95\x83\x96\x84\x89\x95\x87\x7e\x7f".to_vec();
        mainframe.extend(b"\x83\x97\xf8\xf7\xf5\x7f\x6f\x6e\x80");
        check(&mainframe, None, XML, "cp875", "<?xml encoding=\"cp875\"?>\u{385}");
    }

    #[test]
    fn every_code_page_has_all_its_bytes() {
        for page in CODE_PAGES {
            let all: Vec<u8> = (0..=255).collect();
            assert_eq!(page.decode(&all).chars().count(), 256, "{}", page.name);
            let ascii: Vec<u8> = if page.is_ebcdic() {
                vec![0xc1, 0xf1]
            } else {
                b"A1".to_vec()
            };
            assert_eq!(page.decode(&ascii), "A1", "{}", page.name);
        }
    }

    #[test]
    fn utf7_is_never_read() {
        check(
            b"<meta charset=utf-7><p>+ADw-script+AD4-",
            None,
            HTML,
            "UTF-8",
            "+ADw-script",
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600), tld in ".{0,4}") {
            for format in [Format::Html, Format::Xml, Format::Json] {
                decode(&body, Some("text/html; charset=\"euc-kr"), Hint { format, tld: Some(&tld) });
                decode(&body, None, Hint { format, tld: None });
            }
        }
    }
}
