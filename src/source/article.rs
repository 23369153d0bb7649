//! The page of a single notice: what it adds to the row on the list.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Draft, DraftFile, Page, Unreadable, When,
    believe::views,
    board::{date_of, decoded, markup},
    dom::{Doc, Element},
    links,
    pick::{Address, Field, Pattern, Template},
};

/// Most files that are read of one notice.
const MAX_FILES: usize = 50;

/// How the page of a single notice is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The text.
    pub content: Field,
    /// The title, in place of the row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Field>,
    /// The publication date, in place of the row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Field>,
    /// The date of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Field>,
    /// The view count; by default what the date's text says beside it ("Read : 9872").
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
            content,
            title: None,
            date: None,
            updated: None,
            views: None,
            author: None,
            category: None,
            attachments: None,
            attachment_pattern: None,
            attachment_template: None,
        }
    }
}

/// Completes `draft`, what the list said of a notice, with what its own `page` says. What the page doesn't say stays.
///
/// # Errors
///
/// [`Unreadable`] when the text isn't where the rules say: the page is another one, or was rearranged. Then `draft` is as it
/// was.
pub fn complete(draft: &mut Draft, rules: &Rules, page: &Page) -> Result<(), Unreadable> {
    let html = decoded(page);
    let doc = Doc::parse(&html);
    let root = doc
        .root()
        .ok_or_else(|| Unreadable("the notice's page is empty".to_owned()))?;
    let body = rules.content.element(root).ok_or_else(|| {
        let title = doc.title().unwrap_or_default();
        let title: String = title.chars().filter(|c| !c.is_control()).take(80).collect();
        Unreadable(format!(
            "no text: {:?} selects nothing in the notice's page {title:?}",
            rules.content.to_string()
        ))
    })?;
    let content = match rules.content.attr {
        Some(_) => rules.content.value(body),
        None => markup(&rules.content, root),
    };
    let read = |field: &Option<Field>| field.as_ref().and_then(|field| field.read(root));
    let date = rules.date.as_ref().and_then(|field| date_of(field, root));
    let beside = match &date {
        Some(When::Text(text)) if views::labelled(text).is_some() => Some(text.clone()),
        _ => None,
    };
    let files = rules.attachments.as_ref().map(|field| {
        let (pattern, template) = (rules.attachment_pattern.as_ref(), rules.attachment_template.as_ref());
        files(
            Address {
                field,
                pattern,
                template,
            },
            root,
            file_name,
        )
    });
    let categories = rules
        .category
        .as_ref()
        .map(|field| field.read_all(root))
        .unwrap_or_default();
    rebase(draft, doc.base(&page.url));
    draft.content = content.or(draft.content.take());
    draft.title = read(&rules.title).or(draft.title.take());
    draft.published = date.or(draft.published.take());
    draft.updated = rules
        .updated
        .as_ref()
        .and_then(|field| date_of(field, root))
        .or(draft.updated.take());
    draft.views = read(&rules.views).or(beside).or(draft.views.take());
    draft.author = read(&rules.author).or(draft.author.take());
    if !categories.is_empty() {
        draft.categories = categories;
    }
    if let Some(files) = files.filter(|files| !files.is_empty()) {
        draft.attachments = files;
    }
    Ok(())
}

/// Makes what came from the list absolute before the article's own base takes over.
fn rebase(draft: &mut Draft, base: Url) {
    if let Some(before) = draft.base.as_deref().and_then(|base| Url::parse(base).ok()) {
        let files = draft.attachments.iter_mut().map(|file| &mut file.url);
        for address in draft.link.iter_mut().chain(files) {
            if let Some(absolute) = links::absolute(address, &before) {
                *address = absolute.into();
            }
        }
    }
    draft.base = Some(base.into());
}

/// The files that `address` finds in `scope`.
pub(super) fn files(
    address: Address<'_>,
    scope: Element<'_>,
    name: impl Fn(Element<'_>) -> Option<String>,
) -> Vec<DraftFile> {
    let mut found: Vec<DraftFile> = Vec::new();
    for element in address.field.elements(scope) {
        let Some(url) = address.of(element, scope) else {
            continue;
        };
        if let Some(known) = found.iter_mut().find(|file| file.url == url) {
            // An icon and a name beside it, both linked.
            if known.name.as_deref().is_none_or(|known| !has_ending(known)) {
                known.name = name(element).or(known.name.take());
            }
        } else if found.len() < MAX_FILES {
            found.push(DraftFile {
                name: name(element),
                url,
                ..DraftFile::default()
            });
        }
    }
    found
}

/// The name of the file that `link` leads to, as people see it: what looks most like a file's name of the link's text,
/// `download`, `title` and pictures.
pub(super) fn file_name(link: Element<'_>) -> Option<String> {
    let pictures = link.descendants();
    let told = [Some(link.text()), link.attr("download"), link.attr("title")]
        .into_iter()
        .flatten()
        .chain(pictures.iter().filter_map(|picture| picture.attr("alt")))
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|name| !name.is_empty());
    let told: Vec<String> = told.collect();
    told.iter()
        .find(|name| has_ending(name))
        .or_else(|| told.first())
        .cloned()
}

fn has_ending(name: &str) -> bool {
    super::believe::media_type(name).is_some()
}
