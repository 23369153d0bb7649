//! Lists in JSON: an API's answer, and what a page holds for its own scripts.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{
    Guess,
    words::{self, Topic},
};
use crate::{
    notice::SourceId,
    source::{
        Kind, Page, Source, Unreadable, believe, dates,
        dom::{Css, Doc},
        json::{self, Rules},
    },
};

/// Deepest nesting that is looked at.
const MAX_DEPTH: usize = 8;

/// Most lists of one document that are looked at.
const MAX_LISTS: usize = 200;

/// Most items of a list that are looked at.
const MAX_ITEMS: usize = 30;

/// Whether the answer is JSON.
pub(super) fn is_json(page: &Page) -> bool {
    let told = page
        .content_type
        .as_deref()
        .is_some_and(|told| told.to_ascii_lowercase().contains("json"));
    let start = page
        .body
        .iter()
        .find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf));
    told || matches!(start, Some(b'{' | b'['))
}

/// How to read an API's answer.
///
/// # Errors
///
/// [`Unreadable`] when it holds no list that could be one of notices.
pub(super) fn guess(page: &Page, id: &SourceId) -> Result<Guess, Unreadable> {
    let text = String::from_utf8_lossy(&page.body);
    let text = text.trim_start_matches(['\u{feff}', ')', ']', '}', '\'', ',', ';', '\n', '\r', ' ']);
    let answer: Value =
        serde_json::from_str(text).map_err(|error| Unreadable(format!("the JSON can't be read: {error}")))?;
    let none = || Unreadable(format!("there is no list of notices in the JSON of {}", page.url));
    let (rules, score) = best(&answer).ok_or_else(none)?;
    read(page, id, rules, score, None).ok_or_else(none)
}

/// How to read what the page holds for its own scripts, where there is a list in it.
pub(super) fn in_page(page: &Page, id: &SourceId, doc: &Doc) -> Option<Guess> {
    let held = [
        "script#__NEXT_DATA__",
        "script[type=\"application/json\"]",
        "script[type=\"application/ld+json\"]",
    ];
    held.iter()
        .filter_map(|css| {
            let css: Css = css.parse().ok()?;
            let found = doc.select(&css).into_iter().take(20).filter_map(|script| {
                let answer: Value = serde_json::from_str(script.source().trim()).ok()?;
                best(&answer)
            });
            let (rules, score) = found.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
            let rules = Rules {
                script: Some(css),
                ..rules
            };
            read(page, id, rules, score, Some(doc))
        })
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))
}

fn read(page: &Page, id: &SourceId, rules: Rules, score: f64, doc: Option<&Doc>) -> Option<Guess> {
    let parsed = json::parse(&rules, page).ok()?;
    let meta = parsed.meta.clone();
    let (language, zone) = match doc {
        Some(doc) => super::place::of(page, doc, &doc.body().map(|body| body.text()).unwrap_or_default()),
        None => (page.content_language.clone(), TimeZone::UTC),
    };
    let title = doc.and_then(Doc::title);
    let source = Source {
        id: id.clone(),
        name: crate::source::believe::one_line(
            &title.unwrap_or_else(|| page.url.host_str().unwrap_or("source").to_owned()),
            100,
        ),
        url: page.url.clone(),
        kind: Kind::Json(rules.into()),
        language,
        zone,
        tags: Vec::new(),
        article: None,
    };
    let believed = believe(&source, page, parsed);
    let notices = &believed.notices;
    let share = |count: usize| count as f64 / notices.len().max(1) as f64;
    let dated = share(notices.iter().filter(|notice| notice.published.is_some()).count());
    let linked = share(notices.iter().filter(|notice| notice.link.is_some()).count());
    let many = 1.0 - 0.5_f64.powf(notices.len() as f64 / 2.0);
    // What is drawn on the page itself goes before what only its scripts know.
    let most = if doc.is_some() { 0.7 } else { 0.95 };
    (!notices.is_empty()).then(|| Guess {
        confidence: most * (0.2 + 0.4 * dated + 0.4 * linked) * many * score.min(1.0),
        notes: Vec::new(),
        source,
        meta,
        believed,
    })
}

/// The list that is most like one of notices, and how much it is, from 0 to 1.
fn best(answer: &Value) -> Option<(Rules, f64)> {
    let mut lists = Vec::new();
    find(answer, "$", MAX_DEPTH, &mut lists);
    lists
        .iter()
        .filter_map(|(path, items)| rules(path, items))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// All lists of objects in `value`, with their paths.
fn find<'v>(value: &'v Value, path: &str, depth: usize, lists: &mut Vec<(String, Vec<&'v Value>)>) {
    if depth == 0 || lists.len() >= MAX_LISTS {
        return;
    }
    match value {
        Value::Array(all) => {
            let objects: Vec<&Value> = all.iter().filter(|item| item.is_object()).collect();
            if objects.len() >= 2 && objects.len() * 2 > all.len() {
                lists.push((format!("{path}[*]"), objects));
            }
            for (nth, item) in all.iter().enumerate().take(4) {
                find(item, &format!("{path}[{nth}]"), depth - 1, lists);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields.iter().take(200) {
                find(field, &format!("{path}{}", step(name)), depth - 1, lists);
            }
        }
        _ => {}
    }
}

/// A member's name as JSONPath writes it.
fn step(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain {
        true => format!(".{name}"),
        false => format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

/// A field of the items: its path, and its texts.
struct FieldSeen {
    path: String,
    name: String,
    values: Vec<String>,
}

/// The rules for a list, and how much it is like one of notices.
fn rules(path: &str, items: &[&Value]) -> Option<(Rules, f64)> {
    let items = &items[..items.len().min(MAX_ITEMS)];
    let fields = fields(items);
    let whole = |field: &&FieldSeen| field.values.len() * 10 >= items.len() * 7;
    let title = fields
        .iter()
        .filter(whole)
        .filter_map(|field| Some((field, title_score(field)?)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (title, title_score) = title?;
    let parse = |field: &FieldSeen| field.path.parse::<json::Path>().ok();
    let mut rules = Rules::new(path.parse().ok()?, parse(title)?);
    let link = fields.iter().filter(whole).find(|field| is_link(field));
    rules.link = link.and_then(|field| field.path.parse().ok());
    let dated = fields
        .iter()
        .filter(whole)
        .filter_map(|field| Some((field, date_score(field)?)));
    let date = dated.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(field, _)| field);
    rules.date = date.and_then(parse);
    rules.id = fields.iter().filter(whole).find(|field| is_id(field)).and_then(parse);
    let named = |topic: Topic| fields.iter().find(|field| words::of_class(&field.name) == Some(topic));
    rules.summary = named(Topic::Summary)
        .filter(|field| !std::ptr::eq(*field, title))
        .and_then(parse);
    rules.author = named(Topic::Author)
        .filter(|field| field.values.iter().all(|value| value.len() < 80))
        .and_then(parse);
    let likely = title_score / 4.0
        * if date.is_some() { 1.0 } else { 0.5 }
        * if link.is_some() || rules.id.is_some() { 1.0 } else { 0.6 };
    Some((rules, likely.min(1.0) * (1.0 - 0.5_f64.powf(items.len() as f64 / 2.0))))
}

/// The fields of the items, and those of objects in them.
fn fields(items: &[&Value]) -> Vec<FieldSeen> {
    let mut fields: Vec<FieldSeen> = Vec::new();
    for item in items {
        collect(item, "$", 3, &mut fields);
    }
    fields
}

fn collect(value: &Value, path: &str, depth: usize, fields: &mut Vec<FieldSeen>) {
    let Value::Object(members) = value else { return };
    for (name, member) in members.iter().take(60) {
        let path = format!("{path}{}", step(name));
        let text = match member {
            Value::String(text) if !text.trim().is_empty() => text.chars().take(400).collect(),
            Value::Number(number) => number.to_string(),
            Value::Object(_) if depth > 1 => {
                collect(member, &path, depth - 1, fields);
                continue;
            }
            _ => continue,
        };
        match fields.iter().position(|field| field.path == path) {
            Some(known) => fields[known].values.push(text),
            None if fields.len() < 120 => fields.push(FieldSeen {
                path,
                name: name.clone(),
                values: vec![text],
            }),
            None => {}
        }
    }
}

/// How much a field is like titles; `None` when it can't be one.
fn title_score(field: &FieldSeen) -> Option<f64> {
    let n = field.values.len() as f64;
    let share = |is: &dyn Fn(&String) -> bool| field.values.iter().filter(|value| is(value)).count() as f64 / n;
    let words =
        share(&|value| value.chars().any(char::is_alphabetic) && !value.starts_with("http") && !value.starts_with('/'));
    let lengths = share(&|value| (4..=300).contains(&value.chars().count()));
    let different = field.values.iter().collect::<HashSet<_>>().len() as f64 / n;
    let dated = share(&|value| dates::looks_like_date(value));
    if words < 0.8 || lengths < 0.6 || dated > 0.5 {
        return None;
    }
    let named = match words::of_class(&field.name) {
        Some(Topic::Title) => 2.0,
        Some(_) => -0.7,
        None => words::of_heading(&field.name).map_or(0.0, |topic| if topic == Topic::Title { 2.0 } else { -0.5 }),
    };
    let outright = if ["title", "headline", "subject"].contains(&field.name.to_ascii_lowercase().as_str()) {
        0.5
    } else {
        0.0
    };
    let spaced = share(&|value| value.contains(' ') || value.chars().any(|c| c as u32 > 0x2e80));
    Some(named + outright + different + lengths * 0.5 + spaced * 0.5)
}

/// How much a field is like dates of publication.
fn date_score(field: &FieldSeen) -> Option<f64> {
    let is_date = |value: &&String| {
        dates::looks_like_date(value)
            || is_epoch(value) && words::of_class(&field.name).is_some_and(|topic| topic == Topic::Date)
    };
    let share = field.values.iter().filter(is_date).count() as f64 / field.values.len() as f64;
    let named = match words::of_class(&field.name) {
        Some(Topic::Date) => 1.0,
        Some(Topic::OtherDate) => -1.0,
        _ => 0.0,
    };
    let published = if field.name.to_ascii_lowercase().contains("publ") {
        0.5
    } else {
        0.0
    };
    (share > 0.7).then_some(share + named + published)
}

fn is_epoch(value: &str) -> bool {
    matches!(value.len(), 10 | 13) && value.starts_with('1') && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_link(field: &FieldSeen) -> bool {
    let address = |value: &&String| value.starts_with("http") || value.starts_with('/');
    let name = field.name.to_ascii_lowercase();
    let named = ["url", "link", "href", "permalink", "@id"]
        .iter()
        .any(|word| name.ends_with(word));
    let other = [
        "image", "img", "thumb", "logo", "icon", "avatar", "photo", "api", "self",
    ]
    .iter()
    .any(|word| name.contains(word) || field.path.to_ascii_lowercase().contains(&format!("{word}.")));
    named
        && !other
        && field.values.iter().filter(address).count() == field.values.len()
        && field.values.iter().collect::<HashSet<_>>().len() * 10 >= field.values.len() * 8
}

fn is_id(field: &FieldSeen) -> bool {
    let name = field.name.to_ascii_lowercase();
    let named = ["id", "no", "seq", "idx", "guid", "uuid", "slug", "key"]
        .iter()
        .any(|word| name == *word || name.ends_with(word) && name.len() <= word.len() + 12);
    let depth = field.path.matches('.').count();
    named && depth == 1 && field.values.iter().collect::<HashSet<_>>().len() == field.values.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(document: &str, items: &str, title: &str, link: Option<&str>, date: Option<&str>) {
        let value: Value = serde_json::from_str(document).expect("JSON");
        let (rules, _) = best(&value).expect("a list");
        let toml = toml::to_string(&rules).expect("TOML");
        let table: toml::Table = toml.parse().expect("TOML");
        let told = |key: &str| table.get(key).and_then(|value| value.as_str()).map(str::to_owned);
        assert_eq!(told("items").as_deref(), Some(items));
        assert_eq!(told("title").as_deref(), Some(title));
        assert_eq!((told("link").as_deref(), told("date").as_deref()), (link, date));
    }

    #[test]
    fn the_list_of_an_answer_is_found() {
        check(
            r#"{"total":2,"menu":[{"name":"Home"},{"name":"News"}],"data":{"list":[
                {"id":7,"subject":"Water off on Monday","regDate":"2020-11-10","url":"/n/7","writer":"Ann"},
                {"id":6,"subject":"Library closed","regDate":"2020-11-09","url":"/n/6","writer":"Bob"}]}}"#,
            "$.data.list[*]",
            "$.subject",
            Some("$.url"),
            Some("$.regDate"),
        );
        check(
            r#"[{"id":1,"date":"2020-11-10T09:00:00","modified":"2020-11-12T09:00:00","link":"https://e.org/1","title":{"rendered":"Water off"}},
                {"id":2,"date":"2020-11-09T09:00:00","modified":"2020-11-13T09:00:00","link":"https://e.org/2","title":{"rendered":"Library closed"}}]"#,
            "$[*]",
            "$.title.rendered",
            Some("$.link"),
            Some("$.date"),
        );
    }

    #[test]
    fn a_document_without_a_list_has_none() {
        for document in ["{}", "[1,2,3]", r#"{"a":[{"n":1},{"n":2}]}"#, "null"] {
            let value: Value = serde_json::from_str(document).expect("JSON");
            assert!(best(&value).is_none(), "{document}");
        }
    }
}
