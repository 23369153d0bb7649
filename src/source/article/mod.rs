//! The page of a single notice: what it adds to the row on the list.
//!
//! What the configuration selects is read by its rules; the rest is worked out by the [`reader`](read()), which needs none.

mod rules;
mod read;
mod outline;
mod machine;
mod furniture;
mod facts;
mod title;
mod metadata;
mod files;
mod script;
mod body;
mod words;
mod selectors;

pub use read::{Places, Reading, read};
pub use rules::Rules;
pub use selectors::rules_for;

use url::Url;

use super::{
    Draft, DraftFile, Page, Unreadable, When,
    believe::views,
    board::{date_of, decoded, markup},
    dom::{Doc, Element},
    links,
    pick::{Address, Field},
};

/// Most files that are read of one notice.
const MAX_FILES: usize = 50;

/// Completes `draft`, what the list said of a notice, with what its own `page` says. What the page doesn't say stays.
///
/// # Errors
///
/// [`Unreadable`] when the text isn't where the rules say, or, without a rule for it, when there is none or the page doesn't
/// show the notice's title: the page is another one, or was rearranged. Then `draft` is as it was.
pub fn complete(draft: &mut Draft, rules: &Rules, page: &Page) -> Result<(), Unreadable> {
    let html = decoded(page);
    let doc = Doc::parse(&html);
    let root = doc
        .root()
        .ok_or_else(|| Unreadable("the notice's page is empty".to_owned()))?;
    let selected =
        selected(rules, root).map_err(|why| Unreadable(format!("{why} the notice's page {:?}", told(&doc))))?;
    let known = draft.title.clone();
    let reading = read(&doc, page, known.as_deref());
    if rules.content.is_none() {
        let readable = reading
            .as_ref()
            .is_some_and(|reading| reading.content.is_some() || !reading.files.is_empty());
        if !readable {
            return Err(Unreadable(format!(
                "no text is found in the notice's page {:?}",
                told(&doc)
            )));
        }
        if known.as_deref().is_some_and(|known| !shows(root, known)) {
            return Err(Unreadable(format!(
                "the page {:?} doesn't show the notice's title",
                told(&doc)
            )));
        }
    }
    let found = selected.completed(reading.map(Draft::from).unwrap_or_default());
    rebase(draft, doc.base(&page.url));
    let title = match known {
        Some(known) if rules.title.is_none() => found.title.filter(|title| continues(title, &known)),
        _ => found.title,
    };
    draft.title = title.or(draft.title.take());
    draft.content = found.content.or(draft.content.take());
    draft.published = found.published.or(draft.published.take());
    draft.updated = found.updated.or(draft.updated.take());
    draft.views = found.views.or(draft.views.take());
    draft.author = found.author.or(draft.author.take());
    if !found.categories.is_empty() {
        draft.categories = found.categories;
    }
    if !found.attachments.is_empty() {
        draft.attachments = found.attachments;
    }
    Ok(())
}

/// What the rules select; an error when the text isn't where they say.
fn selected(rules: &Rules, root: Element<'_>) -> Result<Draft, String> {
    let content = match &rules.content {
        None => None,
        Some(field) => {
            let text = markup(field, root);
            if text.is_none() && field.element(root).is_none() {
                return Err(format!("no text: {:?} selects nothing in", field.to_string()));
            }
            text
        }
    };
    let read = |field: &Option<Field>| field.as_ref().and_then(|field| field.read(root));
    let date = rules.date.as_ref().and_then(|field| date_of(field, root));
    let beside = match &date {
        Some(When::Text(text)) if views::labelled(text).is_some() => Some(text.clone()),
        _ => None,
    };
    let attachments = rules.attachments.as_ref().map(|field| {
        let (pattern, template) = (rules.attachment_pattern.as_ref(), rules.attachment_template.as_ref());
        let address = Address {
            field,
            pattern,
            template,
        };
        files(address, root, file_name)
    });
    Ok(Draft {
        content,
        title: read(&rules.title),
        published: date,
        updated: rules.updated.as_ref().and_then(|field| date_of(field, root)),
        views: read(&rules.views).or(beside),
        author: read(&rules.author),
        categories: rules
            .category
            .as_ref()
            .map(|field| field.read_all(root))
            .unwrap_or_default(),
        attachments: attachments.unwrap_or_default(),
        ..Draft::default()
    })
}

impl Draft {
    /// What was selected, and where nothing was, what was worked out.
    fn completed(self, worked_out: Draft) -> Draft {
        Draft {
            title: self.title.or(worked_out.title),
            content: self.content.or(worked_out.content),
            published: self.published.or(worked_out.published),
            updated: self.updated.or(worked_out.updated),
            views: self.views.or(worked_out.views),
            author: self.author.or(worked_out.author),
            attachments: if self.attachments.is_empty() {
                worked_out.attachments
            } else {
                self.attachments
            },
            ..self
        }
    }
}

impl From<Reading<'_>> for Draft {
    fn from(reading: Reading<'_>) -> Self {
        Draft {
            title: reading.title,
            published: reading.published,
            updated: reading.updated,
            author: reading.author,
            views: reading.views,
            content: reading.content,
            attachments: reading.files,
            ..Draft::default()
        }
    }
}

/// What the page calls itself, for the report.
fn told(doc: &Doc) -> String {
    let title = doc.title().unwrap_or_default();
    title.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Whether a page shows most of a title: the page of another notice, a login form or a block page does not.
fn shows(root: Element<'_>, known: &str) -> bool {
    let text = title::squeezed(&root.text());
    let whole = title::squeezed(known);
    let words: Vec<String> = known
        .split_whitespace()
        .map(title::squeezed)
        .filter(|word| word.chars().count() > 1)
        .take(40)
        .collect();
    let shown = words.iter().filter(|word| text.contains(word.as_str())).count();
    text.contains(&whole) || shown * 5 >= words.len() * 3 && shown > 0
}

/// Whether `title` is what `known`, a title that the list cut, is the beginning of.
fn continues(title: &str, known: &str) -> bool {
    let (title, known) = (title::squeezed(title), title::squeezed(known));
    title.len() > known.len() && title.starts_with(&known)
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
