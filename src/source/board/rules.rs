//! What the configuration says of a board.

use serde::{Deserialize, Serialize};

use crate::source::{
    dom::Css,
    pick::{Field, Pattern, Template},
};

/// How the rows of a board are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Selects the rows.
    pub row: Css,
    /// Whether a row runs on over its siblings up to the next row, where it is no element of its own: a `dt` and its `dd`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub runs_on: bool,
    /// The title. Where the text is cut by "…", a `title` attribute is read instead.
    pub title: Field,
    /// What stands in the title's element and isn't title: badges, counts of comments, labels for screen readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_without: Option<Css>,
    /// Which part of the title's text is the title: what the first group holds, else all that matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_pattern: Option<Pattern>,
    /// The link; by default that of the title's `a`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Field>,
    /// Finds the parts of the address in a link that is a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_pattern: Option<Pattern>,
    /// Makes an address of a link that is a script: `/view.do?bbs={1}&no={2}` for `fn_view('407','1001')`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_template: Option<Template>,
    /// What identifies a row, when its link doesn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Field>,
    /// The publication date. Where several elements are selected and the first is no date by itself, they are read as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Field>,
    /// Headings above groups of rows that say their date, or the part of it that the rows don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_above: Option<Css>,
    /// The date of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Field>,
    /// The person or department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Field>,
    /// The view count; by default what the date's text says beside it ("Read : 9872").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<Field>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Field>,
    /// A short text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Field>,
    /// The whole text, when the list shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Field>,
    /// The links of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Field>,
    /// As `link_pattern`, for files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_pattern: Option<Pattern>,
    /// As `link_template`, for files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_template: Option<Template>,
    /// What only pinned rows have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Field>,
}

impl Rules {
    /// Rules that know the rows and their titles only.
    pub fn new(row: Css, title: Field) -> Self {
        Self {
            row,
            runs_on: false,
            title,
            title_without: None,
            title_pattern: None,
            link: None,
            link_pattern: None,
            link_template: None,
            id: None,
            date: None,
            date_above: None,
            updated: None,
            author: None,
            views: None,
            category: None,
            summary: None,
            content: None,
            attachments: None,
            attachment_pattern: None,
            attachment_template: None,
            pinned: None,
        }
    }
}

fn is_default(value: &bool) -> bool {
    !*value
}
