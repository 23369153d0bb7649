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
    /// The link to the next page of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Field>,
    /// Which parameter of the question says the page, where no link does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_parameter: Option<String>,
    /// How much it grows from page to page; 1 when nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_step: Option<u64>,
    /// How many pages are read at most while they hold only new notices; 1 when nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<usize>,
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
            next: None,
            page_parameter: None,
            page_step: None,
            pages: None,
        }
    }

    /// The fields of a row that are written, by their keys.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &Field)> {
        let optional = [
            ("link", &self.link),
            ("id", &self.id),
            ("date", &self.date),
            ("updated", &self.updated),
            ("author", &self.author),
            ("views", &self.views),
            ("category", &self.category),
            ("summary", &self.summary),
            ("content", &self.content),
            ("attachments", &self.attachments),
            ("pinned", &self.pinned),
        ];
        let optional = optional
            .into_iter()
            .filter_map(|(key, field)| Some((key, field.as_ref()?)));
        [("title", &self.title)].into_iter().chain(optional)
    }
}

fn is_default(value: &bool) -> bool {
    !*value
}
