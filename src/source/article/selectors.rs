//! The other way round: selectors for what was found, so that an admin can see and change them.
//!
//! A selector must select the same and nothing else on this page, and must be likely to on the next notice's: it is made of
//! class names and ids without numbers. Where there is none, the table stays empty and each page is worked out anew.

use super::{Reading, Rules};
use crate::source::{
    When,
    believe::views,
    dom::{Css, Doc, Element},
    pick::Field,
};

/// Rules that select what `reading` found on `doc`, and read the same there; none when the text can't be selected.
pub fn rules_for(doc: &Doc, reading: &Reading<'_>) -> Rules {
    let places = &reading.places;
    let Some(content) = places.content.and_then(|element| selector(doc, element)) else {
        return Rules::default();
    };
    let field = |element: Option<Element<'_>>, reads_as: &dyn Fn(&str) -> bool| {
        let element = element.filter(|element| reads_as(&element.text()))?;
        selector(doc, element)
    };
    let same = |told: &Option<String>, text: &str| told.as_deref() == Some(text);
    let date = |text: &str| matches!(&reading.published, Some(When::Text(told)) if text.contains(told.as_str()));
    let count =
        |text: &str| views::read(text).is_some() && views::read(text) == reading.views.as_deref().and_then(views::read);
    let is_address = |link: &Element<'_>| {
        let href = link.attr("href").unwrap_or_default();
        !href.is_empty() && !href.starts_with('#') && !href.to_ascii_lowercase().contains("javascript:")
    };
    Rules {
        content: Some(content),
        title: field(places.title, &|text| same(&reading.title, text)),
        date: field(places.published, &date),
        views: field(places.views, &count),
        author: field(places.author, &|text| same(&reading.author, text)),
        attachments: links(doc, &places.files).filter(|_| places.files.iter().all(is_address)),
        ..Rules::default()
    }
}

/// A selector of `element` alone.
fn selector(doc: &Doc, element: Element<'_>) -> Option<Field> {
    let own = names(element);
    let above: Vec<String> = element.ancestors().take(6).flat_map(names).collect();
    let alone = own.iter().cloned();
    let inside = above
        .iter()
        .flat_map(|above| own.iter().map(move |own| format!("{above} {own}")));
    let tag = element.name();
    let by_tag = above.iter().map(|above| format!("{above} {tag}"));
    by_label(element)
        .into_iter()
        .chain(alone)
        .chain(inside)
        .chain(by_tag)
        .take(60)
        .find(|text| text.parse::<Css>().is_ok_and(|css| doc.select(&css) == [element]))
        .and_then(|text| text.parse().ok())
}

/// A selector by the label before a cell: `th:contains("작성일") + td`.
fn by_label(element: Element<'_>) -> Option<String> {
    let label = element.previous()?;
    let (tag, text) = (element.name(), label.text());
    let is_pair = matches!((label.name().as_str(), tag.as_str()), ("th", "td") | ("dt", "dd"));
    let plain = text.chars().all(|c| c.is_alphanumeric() || c == ' ');
    (is_pair && plain && (1..=20).contains(&text.chars().count()))
        .then(|| format!("{}:contains(\"{text}\") + {tag}", label.name()))
}

/// A selector of all `links` and nothing else.
fn links(doc: &Doc, links: &[Element<'_>]) -> Option<Field> {
    let first = links.first()?;
    let tag = first.name();
    let own = names(*first).into_iter();
    let inside = first
        .ancestors()
        .take(5)
        .flat_map(names)
        .map(|above| format!("{above} {tag}"));
    own.chain(inside)
        .take(40)
        .find(|text| text.parse::<Css>().is_ok_and(|css| doc.select(&css) == links))
        .and_then(|text| text.parse().ok())
}

/// Simple selectors that an element's id and classes make.
fn names(element: Element<'_>) -> Vec<String> {
    let is_name = |name: &&String| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && name.len() <= 40
            && !name.contains(|c: char| c.is_ascii_digit())
    };
    let id = element.attr("id");
    let id = id.iter().filter(is_name).map(|id| format!("#{id}"));
    let classes = element.classes();
    let tag = element.name();
    let classes = classes.iter().filter(is_name);
    id.chain(classes.flat_map(|class| [format!(".{class}"), format!("{tag}.{class}")]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::article::Places;

    #[test]
    fn a_selector_selects_what_was_found_and_nothing_else() {
        let doc = Doc::parse(
            "<div class=view><div class=text id=post3812>a</div><ul class=files><li><a href=1>b</a><li><a href=2>c</a></ul></div>\
             <div class=side><div class=text>d</div></div>",
        );
        let all = |css: &str| doc.select(&css.parse().expect("a selector"));
        let reading = Reading {
            title: None,
            published: None,
            updated: None,
            author: None,
            views: None,
            content: None,
            files: Vec::new(),
            language: None,
            places: Places {
                content: Some(all("#post3812")[0]),
                files: all("ul a"),
                ..Places::default()
            },
            confidence: 1.0,
        };
        let rules = rules_for(&doc, &reading);
        assert_eq!(
            rules.content.map(|field| field.to_string()).as_deref(),
            Some(".view .text")
        );
        assert_eq!(
            rules.attachments.map(|field| field.to_string()).as_deref(),
            Some(".files a")
        );
    }
}
