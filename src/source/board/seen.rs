//! What each selector finds in each row: for people who write selectors.

use super::{Rules, attachments, decoded, draft, is_marked, link, markup, rows, title, when};
use crate::source::{Draft, Page, dom::Doc, dom::Element, pick::Field};

/// Most rows that are looked at.
const MAX_ROWS: usize = 500;

/// A row as the rules see it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Each field that is written: its key, its selector, and what it finds.
    pub fields: Vec<(&'static str, String, Option<String>)>,
    /// What is made of it; `None` for headings and rows that say that there is nothing.
    pub draft: Option<Draft>,
}

/// The rows of `page`, those that are no notices included.
pub fn look(rules: &Rules, page: &Page) -> Vec<Seen> {
    let doc = Doc::parse(&decoded(page));
    let base = doc.base(&page.url).to_string();
    let (rows, above) = rows(rules, &doc);
    let seen = |(nth, row): (usize, Element<'_>)| Seen {
        fields: rules
            .fields()
            .map(|(key, field)| (key, field.to_string(), found(rules, key, field, row)))
            .collect(),
        draft: draft(rules, row, above.get(nth).map(String::as_str)).map(|draft| Draft {
            base: Some(base.clone()),
            ..draft
        }),
    };
    rows.into_iter().take(MAX_ROWS).enumerate().map(seen).collect()
}

fn found(rules: &Rules, key: &str, field: &Field, row: Element<'_>) -> Option<String> {
    match key {
        "title" => title::title(rules, field.element(row), row),
        "link" => link(rules, field.element(row), row),
        "date" | "updated" => when::date(field, row),
        "category" => Some(field.read_all(row).join(", ")).filter(|all| !all.is_empty()),
        "summary" | "content" => markup(field, row),
        "pinned" => is_marked(field, row).then(|| "yes".to_owned()),
        "attachments" => {
            let files: Vec<String> = attachments(rules, row).into_iter().map(|file| file.url).collect();
            Some(files.join(", ")).filter(|all| !all.is_empty())
        }
        _ => field.read(row),
    }
}
