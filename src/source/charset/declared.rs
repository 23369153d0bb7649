//! Where a charset may be declared: in the HTTP header, in `<meta>`, in the XML declaration.

/// How far into a document its declaration is looked for. Browsers stop at 1024; boards put scripts before it.
const SEARCHED_BYTES: usize = 4096;

/// The charset of a `Content-Type` header. Servers write `charset:x`, `charset = 'x'` and worse.
pub(super) fn in_content_type(header: &str) -> Option<&str> {
    let at = header.to_ascii_lowercase().find("charset")? + "charset".len();
    let value = header.get(at..)?.trim_start().strip_prefix(['=', ':'])?;
    value
        .trim_start()
        .trim_start_matches(['"', '\''])
        .split(['"', '\'', ';', ',', ' '])
        .next()
        .filter(|label| !label.is_empty())
}

/// The charset of the first `<meta>` that names one, outside of comments; else of an XML declaration.
pub(super) fn in_html(body: &[u8]) -> Option<String> {
    let start = start_of(body);
    let mut rest = start.as_str();
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if rest.starts_with("<meta") {
            let (tag, after) = rest.split_once('>').unwrap_or((rest, ""));
            if let Some(label) = in_content_type(tag) {
                return Some(label.trim_end_matches('/').to_owned());
            }
            rest = after;
        } else {
            rest = &rest[1..];
        }
    }
    in_xml(body)
}

/// The charset of the XML declaration, which in broken feeds does not come first.
pub(super) fn in_xml(body: &[u8]) -> Option<String> {
    let start = start_of(body);
    let (_, declaration) = start.split_once("<?xml")?;
    let (declaration, _) = declaration.split_once('>').unwrap_or((declaration, ""));
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let label = value
        .trim_start_matches(['"', '\''])
        .split(['"', '\'', '?', ' '])
        .next()?;
    (!label.is_empty()).then(|| label.to_owned())
}

/// The beginning in lower case, with one character a byte.
fn start_of(body: &[u8]) -> String {
    body.iter()
        .take(SEARCHED_BYTES)
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_servers_write_them() {
        for header in [
            "text/xml;charset=euc-kr",
            "text/xml; charset = \"euc-kr\"",
            "text/xml; Charset='euc-kr'; q=1",
            "text/xml; charset:euc-kr",
        ] {
            assert_eq!(in_content_type(header), Some("euc-kr"), "{header}");
        }
        assert_eq!(in_content_type("text/xml;"), None);
        assert_eq!(in_content_type("text/xml; charset="), None);
    }

    #[test]
    fn a_meta_in_a_comment_declares_nothing() {
        let page = b"<!-- <meta charset=big5> --><META name=x content=y><meta CHARSET=euc-kr/>";
        assert_eq!(in_html(page).as_deref(), Some("euc-kr"));
    }
}
