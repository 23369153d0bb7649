//! What the configuration says of the pages of single notices.

use serde::{Deserialize, Serialize};

use crate::source::pick::{Field, Pattern, Template};

/// How the page of a single notice is read. What no rule selects is worked out from the page itself; without any rule,
/// everything is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Field>,
    /// The title, in place of the row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Field>,
    /// The publication date, in place of the row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Field>,
    /// The date of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Field>,
    /// The view count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<Field>,
    /// The person or department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Field>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Field>,
    /// The links of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Field>,
    /// Finds the parts of the address in a file's link that is a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_pattern: Option<Pattern>,
    /// Makes an address of it: `/FileDown.do?id={1}&sn={2}` for `fn_egov_downFile('FILE_1','0')`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_template: Option<Template>,
}

impl Rules {
    /// Rules that know where the text is only.
    pub fn new(content: Field) -> Self {
        Self {
            content: Some(content),
            ..Self::default()
        }
    }

    /// The fields that are written, by their keys.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &Field)> {
        let optional = [
            ("content", &self.content),
            ("title", &self.title),
            ("date", &self.date),
            ("updated", &self.updated),
            ("views", &self.views),
            ("author", &self.author),
            ("category", &self.category),
            ("attachments", &self.attachments),
        ];
        optional
            .into_iter()
            .filter_map(|(key, field)| Some((key, field.as_ref()?)))
    }
}
