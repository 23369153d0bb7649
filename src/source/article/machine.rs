//! What a page says to machines about its notice: `meta` elements, JSON-LD, `<title>`.
//!
//! Sources: the Open Graph protocol, Dublin Core (DCMI), schema.org's `Article` in JSON-LD.

use serde_json::Value;

use crate::source::dom::{Doc, Element};

/// Longest JSON-LD script that is read, in bytes.
const MAX_JSON: usize = 256 << 10;

/// Most values of one JSON-LD script that are looked at.
const MAX_VALUES: usize = 2_000;

/// What the page says to machines.
#[derive(Debug, Default)]
pub(super) struct Machine {
    /// Titles, the best first; they may carry the site's name.
    pub(super) titles: Vec<String>,
    /// The site's name.
    pub(super) site: Option<String>,
    /// The day or moment of publication.
    pub(super) published: Option<String>,
    /// That of the last change.
    pub(super) updated: Option<String>,
    /// The person or department.
    pub(super) author: Option<String>,
}

/// Reads it.
pub(super) fn read(doc: &Doc) -> Machine {
    let mut machine = Machine::default();
    let Some(root) = doc.root() else { return machine };
    let (mut metas, mut scripts) = (Vec::new(), Vec::new());
    root.walk(|step| {
        if let crate::source::dom::Step::Open(element) = step {
            if element.is_named("meta") && metas.len() < 400 {
                metas.extend(named(element));
            } else if element.is_named("script") && scripts.len() < 20 && is_json_ld(element) {
                scripts.push(element.raw_text());
            }
        }
        true
    });
    for script in scripts.iter().filter(|script| script.len() <= MAX_JSON) {
        if let Ok(value) = serde_json::from_str(script.trim()) {
            article_in(&value, &mut machine);
        }
    }
    let meta = |names: &[&str]| {
        names.iter().find_map(|name| {
            let found = metas.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        })
    };
    let titles = [
        "og:title",
        "twitter:title",
        "dc.title",
        "dcterms.title",
        "articletitle",
        "title",
    ];
    machine.titles.extend(titles.iter().filter_map(|name| meta(&[name])));
    machine.titles.extend(doc.title());
    machine.site = meta(&["og:site_name", "application-name", "sitename"]).or(machine.site.take());
    machine.published = machine.published.take().or_else(|| {
        meta(&[
            "article:published_time",
            "og:article:published_time",
            "article:published",
            "datepublished",
            "dc.date.issued",
            "dcterms.issued",
            "dc.date.created",
            "dcterms.created",
            "dc.date",
            "dcterms.date",
            "pubdate",
            "publishdate",
            "citation_publication_date",
            "parsely-pub-date",
            "sailthru.date",
            "date",
        ])
    });
    machine.updated = machine.updated.take().or_else(|| {
        meta(&[
            "article:modified_time",
            "og:updated_time",
            "dcterms.modified",
            "dc.date.modified",
            "datemodified",
        ])
    });
    machine.author = machine
        .author
        .take()
        .or_else(|| meta(&["article:author", "contentsource", "dc.creator", "dcterms.creator"]));
    machine
}

/// The name of a `meta` element, lower case, and what it says.
fn named(meta: Element<'_>) -> Option<(String, String)> {
    let name = ["property", "name", "itemprop"]
        .iter()
        .find_map(|attr| meta.attr(attr))?;
    let value = meta.attr("content")?;
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    (!value.is_empty() && value.len() <= 2_000).then(|| (name.trim().to_ascii_lowercase(), value))
}

fn is_json_ld(script: Element<'_>) -> bool {
    script
        .attr("type")
        .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("application/ld+json"))
}

/// Takes what the first article among `value` and its parts says.
fn article_in(value: &Value, machine: &mut Machine) {
    let (mut queue, mut seen) = (vec![value], 0);
    while let Some(value) = queue.pop() {
        seen += 1;
        match value {
            _ if seen > MAX_VALUES => return,
            Value::Array(items) => queue.extend(items.iter().rev()),
            Value::Object(object) => {
                let is = |kinds: &[&str]| {
                    let said = object.get("@type");
                    let one = |said: &Value| {
                        said.as_str()
                            .is_some_and(|said| kinds.iter().any(|kind| said.ends_with(kind)))
                    };
                    said.is_some_and(|said| one(said) || said.as_array().is_some_and(|all| all.iter().any(one)))
                };
                let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
                if is(&[
                    "Article",
                    "Posting",
                    "Report",
                    "WebPage",
                    "Announcement",
                    "PublicService",
                ]) {
                    machine.published = machine.published.take().or_else(|| text("datePublished"));
                    machine.updated = machine.updated.take().or_else(|| text("dateModified"));
                    machine.titles.extend(text("headline"));
                }
                if is(&["WebSite"]) {
                    machine.site = machine.site.take().or_else(|| text("name"));
                }
                queue.extend(object.values().filter(|value| value.is_array() || value.is_object()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_machines_is_heard() {
        let machine = read(&Doc::parse(
            "<title>Water off | Town</title><meta property='og:title' content='Water  off'>\
             <meta property='og:site_name' content=Town><script type='application/ld+json'>\
             {\"@graph\":[{\"@type\":[\"NewsArticle\"],\"headline\":\"Water off!\",\"datePublished\":\"2020-11-10T09:00:00+09:00\"}]}\
             </script>",
        ));
        assert_eq!(machine.titles, ["Water off!", "Water off", "Water off | Town"]);
        assert_eq!(machine.site.as_deref(), Some("Town"));
        assert_eq!(machine.published.as_deref(), Some("2020-11-10T09:00:00+09:00"));
    }

    #[test]
    fn hostile_json_is_nothing() {
        let deep = format!("<script type='application/ld+json'>{}</script>", "[".repeat(100_000));
        assert_eq!(read(&Doc::parse(&deep)).titles, Vec::<String>::new());
    }
}
