//! An HTML list of notices, read by selectors.

mod masks;
mod rules;
mod seen;
mod title;
mod when;

pub(super) use masks::not_html;
pub use rules::Rules;
pub use seen::{Seen, look};
pub(super) use when::{composed, date_of};

use super::{
    Draft, DraftFile, Page, Parsed, SourceMeta, Unreadable, When,
    article::{file_name, files},
    believe::views,
    charset::{self, Format, Hint},
    dom::{Doc, Element},
    pick::{Address, Field},
};

/// Most rows that are read of one page.
const MAX_ROWS: usize = 1_000;

/// Reads the rows of `page`, in its order.
///
/// # Errors
///
/// [`Unreadable`] when no row is selected, or none holds a notice: a login form, a block page, an empty list. The text says
/// what was seen instead. An answer of that kind never means that the notices are gone.
pub fn parse(rules: &Rules, page: &Page) -> Result<Parsed, Unreadable> {
    let html = decoded(page);
    if let Some(seen) = masks::not_html(page, &html) {
        return Err(Unreadable(format!("expected a notice board, found {seen}")));
    }
    read(rules, page, &html, &Doc::parse(&html))
}

/// Reads the rows of `doc`, which is `html`, which `page` holds. Rows that run on are put into elements of their own there.
///
/// # Errors
///
/// As [`parse`].
pub(super) fn read(rules: &Rules, page: &Page, html: &str, doc: &Doc) -> Result<Parsed, Unreadable> {
    let (rows, above) = rows(rules, doc);
    let matched = rows.len();
    let whole = if cut_off(html) {
        matched.saturating_sub(1)
    } else {
        matched
    };
    let base = doc.base(&page.url);
    let mut drafts: Vec<Draft> = rows
        .into_iter()
        .take(whole.min(MAX_ROWS))
        .enumerate()
        .filter_map(|(nth, row)| draft(rules, row, above.get(nth).map(String::as_str)))
        .map(|draft| Draft {
            base: Some(base.to_string()),
            ..draft
        })
        .collect();
    when::put_in_order(&mut drafts);
    if drafts.iter().any(|draft| draft.title.is_some() || draft.link.is_some()) {
        return Ok(Parsed {
            meta: meta(doc, page),
            drafts,
        });
    }
    let seen = masks::seen(doc, html);
    Err(Unreadable(match matched {
        0 => format!("no row: {:?} selects nothing in {seen}", rules.row.as_str()),
        1 => format!("no notice in the row that {:?} selects in {seen}", rules.row.as_str()),
        _ => format!(
            "no notice in the {matched} rows that {:?} selects in {seen}",
            rules.row.as_str()
        ),
    }))
}

/// The rows, and what stands above each of them.
fn rows<'d>(rules: &Rules, doc: &'d Doc) -> (Vec<Element<'d>>, Vec<String>) {
    let rows = doc.select(&rules.row);
    let above = when::above(rules, doc, &rows);
    match rules.runs_on {
        true => {
            let between = rules.date_above.as_ref().map(|css| doc.select(css));
            (doc.gather(&rows, &between.unwrap_or_default()), above)
        }
        false => (rows, above),
    }
}

/// The text of an HTML page.
pub(crate) fn decoded(page: &Page) -> String {
    let tld = page.url.domain().and_then(|domain| domain.rsplit('.').next());
    let hint = Hint {
        format: Format::Html,
        tld,
    };
    charset::decode(&page.body, page.content_type.as_deref(), hint)
        .text
        .into_owned()
}

/// Whether the page ends in the middle of something; then its last row can't be trusted.
fn cut_off(html: &str) -> bool {
    let tail = &html.as_bytes()[html.len().saturating_sub(4_096)..];
    let ends = |tag: &[u8]| tail.windows(tag.len()).any(|window| window.eq_ignore_ascii_case(tag));
    !html.trim_end().ends_with('>') && !ends(b"</html") && !ends(b"</body")
}

fn meta(doc: &Doc, page: &Page) -> SourceMeta {
    SourceMeta {
        title: doc.title(),
        site_url: Some(page.url.to_string()),
        language: doc.language().or_else(|| page.content_language.clone()),
        ..SourceMeta::default()
    }
}

/// What a row says; `None` for rows that are no entries at all, such as headings.
fn draft(rules: &Rules, row: Element<'_>, above: Option<&str>) -> Option<Draft> {
    if is_heading(row) {
        return None;
    }
    let title_element = rules.title.element(row);
    let title = title::title(rules, title_element, row);
    let link = link(rules, title_element, row);
    if title.is_none() && link.is_none() {
        let text: String = row.text().chars().take(200).collect();
        // An entry that can't be used is reported; "no posts" and empty rows are none.
        return (!text.is_empty() && !masks::says_empty(&text)).then(|| Draft {
            summary: Some(text),
            ..Draft::default()
        });
    }
    if link.is_none() && title.as_deref().is_some_and(masks::says_empty) {
        return None;
    }
    let read = |field: &Option<Field>| field.as_ref().and_then(|field| field.read(row));
    let date = rules.date.as_ref().and_then(|field| when::date(field, row));
    let date = when::completed(date, above);
    let views = read(&rules.views).or_else(|| date.clone().filter(|text| views::labelled(text).is_some()));
    let markup = |field: &Option<Field>| field.as_ref().and_then(|field| markup(field, row));
    Some(Draft {
        guid: read(&rules.id),
        title,
        link,
        published: date.map(When::Text),
        updated: rules.updated.as_ref().and_then(|field| date_of(field, row)),
        author: read(&rules.author),
        categories: rules
            .category
            .as_ref()
            .map(|field| field.read_all(row))
            .unwrap_or_default(),
        views,
        pinned: rules.pinned.as_ref().is_some_and(|field| is_marked(field, row)),
        summary: markup(&rules.summary),
        content: markup(&rules.content),
        attachments: attachments(rules, row),
        ..Draft::default()
    })
}

/// The link: by its own rule, else of the title's `a`, else of the first `a` of the row, or of the row itself.
fn link(rules: &Rules, title: Option<Element<'_>>, row: Element<'_>) -> Option<String> {
    let (pattern, template) = (rules.link_pattern.as_ref(), rules.link_template.as_ref());
    if let Some(field) = &rules.link {
        let address = Address {
            field,
            pattern,
            template,
        };
        return address.first(row);
    }
    let field = Field::new(None, None);
    let address = Address {
        field: &field,
        pattern,
        template,
    };
    let is_link = |element: &Element<'_>| element.is_named("a");
    let of_title = title.and_then(|title| {
        let around = title.ancestors().take_while(|above| *above != row).find(is_link);
        [title]
            .into_iter()
            .find(is_link)
            .or_else(|| title.descendants().into_iter().find(is_link))
            .or(around)
    });
    let of_row = || row.descendants().into_iter().find(is_link).unwrap_or(row);
    address.of(of_title.unwrap_or_else(of_row), row)
}

/// The markup inside the elements, or an attribute's text.
pub(super) fn markup(field: &Field, scope: Element<'_>) -> Option<String> {
    if field.attr.is_some() {
        return field.read(scope);
    }
    let pieces: Vec<String> = field.elements(scope).iter().map(Element::inner_html).collect();
    let markup = Some(pieces.join("\n")).filter(|markup| !markup.trim().is_empty());
    match field.hand() {
        Some(hand) => hand.markup(markup, scope),
        None => markup,
    }
}

/// Whether the row is pinned: the selected element is there, and the attribute, if one is named, isn't empty. Where something
/// is done by hand, whether anything is left.
fn is_marked(field: &Field, row: Element<'_>) -> bool {
    match (&field.attr, field.hand()) {
        (None, None) => field.element(row).is_some(),
        _ => field.read(row).is_some(),
    }
}

fn attachments(rules: &Rules, row: Element<'_>) -> Vec<DraftFile> {
    let Some(field) = &rules.attachments else {
        return Vec::new();
    };
    let (pattern, template) = (rules.attachment_pattern.as_ref(), rules.attachment_template.as_ref());
    files(
        Address {
            field,
            pattern,
            template,
        },
        row,
        file_name,
    )
}

/// Whether the row is a table's heading: it stands in `thead`, or has cells but no `td`.
fn is_heading(row: Element<'_>) -> bool {
    let mut cells = row
        .children()
        .filter(|cell| cell.is_named("td") || cell.is_named("th"))
        .peekable();
    row.is_named("tr")
        && (row.parent().is_some_and(|parent| parent.is_named("thead"))
            || cells.peek().is_some() && cells.all(|cell| cell.is_named("th")))
}
