//! What kind of file a name promises.

use crate::notice::Attachment;

/// The media type of `file`, without parameters: as the source says it, else by the ending of its name, else of its address.
pub(super) fn media_type(file: &Attachment) -> String {
    let told = file.media_type.as_deref().and_then(|told| told.split(';').next());
    if let Some((kind, of)) = told.and_then(|told| told.trim().split_once('/'))
        && token(kind)
        && token(of)
    {
        return format!("{kind}/{of}");
    }
    by_ending(&file.name)
        .or_else(|| by_ending(file.url.path()))
        .unwrap_or("application/octet-stream")
        .to_owned()
}

fn token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
}

fn by_ending(name: &str) -> Option<&'static str> {
    let (_, ending) = name.trim_end().rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "hwp" => "application/x-hwp",
        "hwpx" => "application/hwp+zip",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "rtf" => "application/rtf",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "xml" => "application/xml",
        "json" => "application/json",
        "zip" => "application/zip",
        "7z" => "application/x-7z-compressed",
        "epub" => "application/epub+zip",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, url: &str, told: Option<&str>, expected: &str) {
        let file = Attachment {
            name: name.to_owned(),
            url: url.parse().expect("an address"),
            media_type: told.map(str::to_owned),
            length: None,
        };
        assert_eq!(media_type(&file), expected);
    }

    #[test]
    fn the_ending_of_the_name_tells_unless_the_source_does() {
        check(
            "공고문.HWP",
            "https://example.org/down.do?id=1",
            None,
            "application/x-hwp",
        );
        check("Attached file", "https://example.org/a.pdf", None, "application/pdf");
        check("a.pdf", "https://example.org/", Some("text/plain"), "text/plain");
        check("a.pdf", "https://example.org/", Some("no\"type"), "application/pdf");
        check("list", "https://example.org/down.do", None, "application/octet-stream");
    }
}
