//! Attachments: names that are names, addresses that are addresses.

use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::Regex;
use url::Url;

use super::{media_type, one_line};
use crate::{
    notice::Attachment,
    source::{DraftFile, links},
};

/// Most files of one notice.
const MAX_FILES: usize = 50;

/// Longest file name, in characters.
const MAX_CHARS: usize = 200;

/// The files that can be linked, in order, each address once.
pub(super) fn believed(files: Vec<DraftFile>, base: &Url) -> Vec<Attachment> {
    let mut believed: Vec<Attachment> = Vec::new();
    for file in files.into_iter().take(10 * MAX_FILES) {
        let Some(url) = links::absolute(&file.url, base).map(links::sessionless) else {
            continue;
        };
        if believed.len() >= MAX_FILES || believed.iter().any(|known| known.url == url) {
            continue;
        }
        let as_told = |told: &str| {
            // What is to be looked for on a page is named as it is written there.
            if is_place_on_page(&url) {
                one_line(told, MAX_CHARS)
            } else {
                name(told)
            }
        };
        let told = file.name.as_deref().map(as_told).filter(|name| !name.is_empty());
        let name = match told {
            Some(told) if media_type(&told).is_some() || !says_only_file(&told) => told,
            told => in_address(&url).or(told).unwrap_or_else(|| "file".to_owned()),
        };
        let told_type = file.media_type.as_deref().and_then(plain_type);
        let media_type = told_type
            .or_else(|| media_type(&name).map(str::to_owned))
            .or_else(|| media_type(&in_address(&url)?).map(str::to_owned));
        believed.push(Attachment {
            name,
            url,
            media_type,
            length: file.length,
        });
    }
    believed
}

/// Whether an address only leads to the words of a page (a text fragment), since no more is known of the file.
fn is_place_on_page(url: &Url) -> bool {
    url.fragment().is_some_and(|fragment| fragment.starts_with(":~:text="))
}

/// The name alone: no folders, no size or count behind it, no label before it.
fn name(told: &str) -> String {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:첨부\s*파일|붙임\s*파일|파일|다운로드|attach(?:ed|ment)?(?:\s+file)?|download|添付ファイル|附件)\s*\d{0,3}\s*[:：)\]]\s*")
            .expect("a valid pattern")
    });
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?P<name>.+?\.[a-z0-9]{2,5})(?:\s*[\[(（].*|\s+[\d.,]+\s*[kmg]?i?b(?:ytes?)?\b.*|\s*[,/|]\s*[\d.,]+\s*[kmg]?i?b.*|\s+(?:다운로드|바로보기|미리보기|download|new window|새창).*)$")
            .expect("a valid pattern")
    });
    let line = one_line(told, 2 * MAX_CHARS);
    let line = LABEL.replace(&line, "");
    let bare = match BEHIND.captures(&line) {
        Some(found) if media_type(&found["name"]).is_some() => found["name"].to_owned(),
        _ => line.into_owned(),
    };
    // A slash inside words ("input/output") is no folder.
    let is_path = bare.starts_with(['/', '\\', '.']) || bare.contains('\\') || media_type(&bare).is_some();
    let base = if is_path {
        bare.rsplit(['/', '\\']).next().unwrap_or_default()
    } else {
        &bare
    };
    one_line(base.trim_matches(['.', ' ', '/', '\\']), MAX_CHARS)
}

/// Whether a link's text says no more than that there is a file.
fn says_only_file(text: &str) -> bool {
    static GENERIC: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:첨부\s*파일|파일|붙임|다운로드|내려받기|바로보기|미리보기|attach(?:ed|ment)?s?(?:\s+file)?s?|file|download|click here|here|more|添付|添付ファイル|ダウンロード|附件|下载|下載)\s*\d{0,3}(?:\s*(?:다운로드|download|아이콘|icon))?$")
            .expect("a valid pattern")
    });
    GENERIC.is_match(text)
}

/// The file's name as its address has it, when that is one.
fn in_address(url: &Url) -> Option<String> {
    let in_query = url
        .query_pairs()
        .filter(|(_, value)| media_type(value).is_some())
        .map(|(_, value)| value.into_owned());
    let last = url
        .path_segments()
        .and_then(|mut segments| segments.next_back())
        .unwrap_or_default();
    let in_path = percent_decode_str(last)
        .decode_utf8()
        .ok()
        .map(|last| last.into_owned());
    let names = in_query.chain(in_path).filter(|name| media_type(name).is_some());
    names.map(|told| name(&told)).find(|name| !name.is_empty())
}

/// A media type without parameters, when it has the shape of one.
fn plain_type(told: &str) -> Option<String> {
    let bare = told.split(';').next()?.trim().to_ascii_lowercase();
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let (kind, sort) = bare.split_once('/')?;
    (is_token(kind) && is_token(sort) && bare.len() <= 127).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: Option<&str>, url: &str, expected: Option<(&str, Option<&str>)>) {
        let base = Url::parse("https://example.org/board/view.do").expect("an address");
        let file = DraftFile {
            name: name.map(str::to_owned),
            url: url.to_owned(),
            ..DraftFile::default()
        };
        let files = believed(vec![file], &base);
        let found = files
            .first()
            .map(|file| (file.name.as_str(), file.media_type.as_deref()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_has_the_name_that_people_see() {
        let hwp = Some("application/x-hwp");
        check(Some("공고문.hwp"), "/down.do?id=1", Some(("공고문.hwp", hwp)));
        check(
            Some("첨부파일 : 공고문.hwp [1.2 MB] (다운로드 12회)"),
            "/down.do?id=1",
            Some(("공고문.hwp", hwp)),
        );
        check(
            Some("plan.pdf (120KB)"),
            "/d",
            Some(("plan.pdf", Some("application/pdf"))),
        );
        check(
            Some("Attached File"),
            "/files/Plan%202020.pdf",
            Some(("Plan 2020.pdf", Some("application/pdf"))),
        );
        check(Some("Attached File"), "/down.do?id=1", Some(("Attached File", None)));
        check(
            None,
            "/down.do?file=a.zip&id=1",
            Some(("a.zip", Some("application/zip"))),
        );
        check(None, "/down.do?id=1", Some(("file", None)));
        check(
            Some("Minutes of 3/4 May"),
            "/m.pdf",
            Some(("Minutes of 3/4 May", Some("application/pdf"))),
        );
    }

    #[test]
    fn a_hostile_name_is_only_a_name() {
        check(Some("../../../etc/cron.d/x.sh"), "/d", Some(("x.sh", None)));
        check(
            Some("C:\\Users\\a\\b.docx"),
            "/d?1",
            Some(("b.docx", media_type("b.docx"))),
        );
        check(Some("a\r\nX: 1\u{202e}fdp.exe"), "/d", Some(("a X: 1fdp.exe", None)));
    }

    #[test]
    fn a_file_without_an_address_is_none() {
        check(Some("a.pdf"), "javascript:fn_egov_downFile('FILE_1','0')", None);
        check(Some("a.pdf"), "data:text/plain,x", None);
    }

    #[test]
    fn a_signed_download_keeps_its_signature_and_loses_its_session() {
        let base = Url::parse("https://example.org/board/view.do").expect("an address");
        let signed = "token=0cc175b9c0f1b6a831c399e269772661&timestamp=1604880000&random=7&_=8";
        let file = DraftFile {
            url: format!("/down.do;jsessionid=AB12?id=1&{signed}&sid=8f3k2j9q"),
            ..DraftFile::default()
        };
        let seen = believed(vec![file], &base).remove(0).url;
        assert_eq!(seen.as_str(), format!("https://example.org/down.do?id=1&{signed}"));
    }

    #[test]
    fn files_are_counted() {
        let base = Url::parse("https://example.org/").expect("an address");
        let many = (0..5_000)
            .map(|n| DraftFile {
                url: format!("/{n}.pdf"),
                ..DraftFile::default()
            })
            .collect();
        assert_eq!(believed(many, &base).len(), MAX_FILES);
    }
}
