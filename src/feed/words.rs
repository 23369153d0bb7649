//! The few words that feeds add to what a source says, in the source's language where there is a word list for it.

/// The words of one language.
pub(super) struct Words {
    /// Over the list of files.
    pub(super) files: &'static str,
    /// Before how often a notice was read.
    pub(super) views: &'static str,
    /// Before the title of a correction.
    pub(super) correction: &'static str,
    /// Where a correction leads to what it corrects.
    pub(super) changes: &'static str,
    /// Of a notice that is gone from its source.
    pub(super) withdrawn: &'static str,
    /// What a notice or a file is called that has no name.
    pub(super) untitled: &'static str,
}

const ENGLISH: Words = Words {
    files: "Attachments",
    views: "Read:",
    correction: "Correction: ",
    changes: "What has changed",
    withdrawn: "Withdrawn by its source",
    untitled: "Untitled",
};

const KOREAN: Words = Words {
    files: "첨부파일",
    views: "조회",
    correction: "[정정] ",
    changes: "달라진 점",
    withdrawn: "게시판에서 내려진 공지입니다",
    untitled: "제목 없음",
};

impl Words {
    /// The words for texts in the language of this BCP 47 tag; English where there are none for it.
    pub(super) fn of(language: Option<&str>) -> &'static Self {
        let primary = language.and_then(|tag| tag.split('-').next());
        match primary {
            Some(tag) if tag.eq_ignore_ascii_case("ko") => &KOREAN,
            _ => &ENGLISH,
        }
    }
}
