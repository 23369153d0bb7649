//! What a file is called, by its server: `Content-Disposition` (RFC 6266), as it is written in the world.
//!
//! The name may stand in `filename*` (RFC 8187), percent-encoded or as an encoded word in `filename`, or there as bare
//! bytes in the charset of the site.

use base64::prelude::{BASE64_STANDARD, Engine};
use encoding_rs::Encoding;
use percent_encoding::percent_decode_str;
use url::Url;

use super::{
    FileHead,
    believe::{media_type, one_line},
    charset::{self, Format, Hint},
};
use crate::notice::Attachment;

/// Longest name, in characters.
const MAX_CHARS: usize = 200;

/// Whether the page that links `file` gave it no name of a file, so that its server is worth asking.
pub fn is_nameless(file: &Attachment) -> bool {
    media_type(&file.name).is_none()
}

/// `file` with the name, type and size that its server tells. Unchanged when the answer is a page and no file.
pub fn completed(file: Attachment, head: &FileHead) -> Attachment {
    let told = head.content_type.as_deref().and_then(|told| told.split(';').next());
    let told = told.map(|told| told.trim().to_ascii_lowercase());
    let name = head
        .disposition
        .as_deref()
        .and_then(|header| name(header, file.url.domain()));
    if name.is_none() && told.as_deref().is_none_or(|told| told.starts_with("text/html")) {
        return file;
    }
    let vague = |told: &String| told.contains('/') && told != "application/octet-stream" && !told.contains("download");
    let name = name.unwrap_or(file.name);
    Attachment {
        media_type: media_type(&name)
            .map(str::to_owned)
            .or(file.media_type)
            .or(told.filter(vague)),
        length: file.length.or(head.length),
        url: file.url,
        name,
    }
}

/// The base name in a `Content-Disposition` header.
fn name(header: &[u8], host: Option<&str>) -> Option<String> {
    let tld = host.and_then(|host| host.rsplit('.').next());
    let hint = Hint {
        format: Format::Json,
        tld,
    };
    let text = charset::decode(header, None, hint).text;
    let parameters = parameters(&text);
    let of = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let extended = of("filename*").and_then(|value| extended(value));
    let told = extended.or_else(|| of("filename").map(|value| plain(value, tld)))?;
    let base = told.rsplit(['/', '\\']).next().unwrap_or_default();
    let base = one_line(base.trim_matches(['.', ' ']), MAX_CHARS);
    (!base.is_empty()).then_some(base)
}

/// The parameters, names in lower case, values without their quotes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some(start) = rest.find(';') {
        rest = rest[start + 1..].trim_start();
        let Some(equals) = rest.find('=') else { break };
        let key = rest[..equals].trim().to_ascii_lowercase();
        rest = rest[equals + 1..].trim_start();
        let value = if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            rest = &quoted[end..];
            &quoted[..end]
        } else {
            let end = rest.find(';').unwrap_or(rest.len());
            let value = rest[..end].trim();
            rest = &rest[end..];
            value
        };
        found.push((key, value.to_owned()));
    }
    found
}

/// `UTF-8'ko'%EA%B3%B5` (RFC 8187 §3.2).
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let charset = Encoding::for_label(parts.next()?.as_bytes())?;
    let encoded = parts.nth(1)?;
    let bytes: Vec<u8> = percent_decode_str(encoded).collect();
    Some(charset.decode_without_bom_handling(&bytes).0.into_owned())
}

/// A `filename` that is percent-encoded or an encoded word (RFC 2047) against the book, as many are.
fn plain(value: &str, tld: Option<&str>) -> String {
    if let Some(word) = encoded_word(value) {
        return word;
    }
    if !value.contains('%') {
        return value.to_owned();
    }
    let bytes: Vec<u8> = percent_decode_str(&value.replace('+', " ")).collect();
    let hint = Hint {
        format: Format::Json,
        tld,
    };
    charset::decode(&bytes, None, hint).text.into_owned()
}

fn encoded_word(value: &str) -> Option<String> {
    let mut parts = value.strip_prefix("=?")?.strip_suffix("?=")?.splitn(3, '?');
    let charset = Encoding::for_label(parts.next()?.as_bytes())?;
    let (kind, encoded) = (parts.next()?, parts.next()?);
    let bytes = match kind {
        "B" | "b" => BASE64_STANDARD.decode(encoded).ok()?,
        _ => percent_decode_str(&encoded.replace('_', " ").replace('=', "%")).collect(),
    };
    Some(charset.decode_without_bom_handling(&bytes).0.into_owned())
}

/// What is asked of a file's server.
pub fn question(file: &Attachment, page: &Url) -> super::Request {
    super::Request {
        url: file.url.clone(),
        validators: Default::default(),
        referer: Some(page.clone()),
        form: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &[u8], expected: Option<&str>) {
        assert_eq!(name(header, Some("www.example.go.kr")).as_deref(), expected);
    }

    #[test]
    fn the_name_is_found_however_it_is_written() {
        check(b"attachment; filename=\"plan.pdf\"", Some("plan.pdf"));
        check(b"attachment; filename=plan.pdf; size=3", Some("plan.pdf"));
        check(b"inline; FileName = \"a; b.pdf\"", Some("a; b.pdf"));
        check(
            b"attachment; filename=\"x.hwp\"; filename*=UTF-8''%EA%B3%B5%EA%B3%A0.hwp",
            Some("공고.hwp"),
        );
        check(b"attachment; filename=\"%EA%B3%B5%EA%B3%A0.hwp\"", Some("공고.hwp"));
        check("attachment; filename=\"공고.hwp\"".as_bytes(), Some("공고.hwp"));
        check(
            b"attachment; filename=\"\xb0\xf8\xb0\xed\xb9\xae.hwp\"",
            Some("공고문.hwp"),
        );
        check(
            b"attachment; filename=\"=?UTF-8?B?6rO16rOgLmh3cA==?=\"",
            Some("공고.hwp"),
        );
        check(b"attachment", None);
        check(b"attachment; filename=\"\"", None);
    }

    #[test]
    fn a_name_is_never_a_path() {
        check(b"attachment; filename=\"../../etc/passwd\"", Some("passwd"));
        check(b"attachment; filename=\"C:\\temp\\plan.pdf\"", Some("plan.pdf"));
        check(b"attachment; filename*=UTF-8''..%2F..%2Fx.pdf", Some("x.pdf"));
    }

    #[test]
    fn a_page_in_place_of_the_file_tells_nothing() {
        let file = Attachment {
            name: "Download".to_owned(),
            url: "https://example.org/down.do?id=1".parse().expect("an address"),
            media_type: None,
            length: None,
        };
        let page = FileHead {
            content_type: Some("text/html; charset=utf-8".to_owned()),
            ..FileHead::default()
        };
        assert_eq!(completed(file.clone(), &page), file);
        let told = FileHead {
            disposition: Some(b"attachment; filename=\"plan.pdf\"".to_vec()),
            content_type: Some("application/x-download".to_owned()),
            length: Some(12),
        };
        let named = completed(file, &told);
        assert_eq!(
            (named.name.as_str(), named.media_type.as_deref(), named.length),
            ("plan.pdf", Some("application/pdf"), Some(12))
        );
    }
}
