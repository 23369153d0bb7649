//! A JSON API that yields a list, read by JSONPath (RFC 9535).

use std::{fmt, str::FromStr};

use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::{
    Draft, DraftFile, Page, Parsed, SourceMeta, Unreadable, When,
    board::Seen,
    charset::{self, Format, Hint},
    dom::{Css, Doc},
    pick::{BadTemplate, Template},
};
use crate::notice::Published;

/// Most items that are read of one answer.
const MAX_ITEMS: usize = 1_000;

/// Most scripts of a page that are looked at.
const MAX_SCRIPTS: usize = 40;

/// A JSONPath; a plain name is short for `$.name`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path {
    text: String,
    path: JsonPath,
}

/// Where an item's link is: a path, or a template whose gaps are paths (`/view/{id}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Link {
    /// The item holds it.
    At(Path),
    /// It is made of what the item holds.
    Made {
        /// The address with gaps.
        template: Template,
        /// What fills them: each gap's name, and the path that it is.
        gaps: Vec<(String, Path)>,
    },
}

/// A text that is no [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a JSONPath: {why}; write a name (\"title\"), names (\"meta.title\") or a path (\"$.items[*]\")"
)]
pub struct BadPath {
    text: String,
    why: String,
}

/// A text that is no [`Link`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// Its path, or the path in a gap, is wrong.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// Its template is wrong.
    #[error(transparent)]
    Template(#[from] BadTemplate),
}

/// How the items of a JSON answer are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Where the answer is an HTML page: the elements that hold the JSON; the first in which there are items is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Css>,
    /// Selects the items, or the array that holds them.
    pub items: Path,
    /// The title.
    pub title: Path,
    /// The link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// What identifies an item, when its link doesn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Path>,
    /// The publication date: a text, digits (`20201110`, `202011101530`), or seconds or milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Path>,
    /// The date of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Path>,
    /// The person or department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Path>,
    /// The view count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<Path>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Path>,
    /// A short text, HTML or plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Path>,
    /// The text, HTML or plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Path>,
    /// Files: addresses, or objects with an address and a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Path>,
    /// True, 1 or "Y" for pinned items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Path>,
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
    /// Rules that know the items and their titles only.
    pub fn new(items: Path, title: Path) -> Self {
        Self {
            script: None,
            items,
            title,
            link: None,
            id: None,
            date: None,
            updated: None,
            author: None,
            views: None,
            category: None,
            summary: None,
            content: None,
            attachments: None,
            pinned: None,
            page_parameter: None,
            page_step: None,
            pages: None,
        }
    }

    /// The paths inside an item that are written, by their keys; the link has a form of its own.
    pub fn paths(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let optional = [
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
            .filter_map(|(key, path)| Some((key, path.as_ref()?)));
        [("title", &self.title)].into_iter().chain(optional)
    }
}

/// Reads the items of `page`, in its order.
///
/// # Errors
///
/// [`Unreadable`] when the answer is not JSON, or the path selects no item in it.
pub fn parse(rules: &Rules, page: &Page) -> Result<Parsed, Unreadable> {
    let answer = answer(rules, page)?;
    let items = items(rules, &answer);
    let drafts: Vec<Draft> = items
        .into_iter()
        .take(MAX_ITEMS)
        .filter_map(|item| draft(rules, item))
        .collect();
    if drafts.is_empty() {
        return Err(Unreadable(format!(
            "no item: {:?} selects nothing in {}",
            rules.items.text,
            shape(&answer)
        )));
    }
    let meta = SourceMeta {
        language: page.content_language.clone(),
        ..SourceMeta::default()
    };
    Ok(Parsed { meta, drafts })
}

/// What each path finds in each item of `page`, by its key, and what is made of the item.
pub fn look(rules: &Rules, page: &Page) -> Result<Vec<Seen>, Unreadable> {
    let answer = answer(rules, page)?;
    let seen = |item: &Value| {
        let link = rules
            .link
            .as_ref()
            .map(|link| ("link", link.to_string(), link.read(item)));
        let paths = rules
            .paths()
            .map(|(key, path)| (key, path.to_string(), path.read(item)));
        Seen {
            fields: paths.chain(link).collect(),
            draft: draft(rules, item),
        }
    };
    Ok(items(rules, &answer).into_iter().take(MAX_ITEMS).map(seen).collect())
}

fn answer(rules: &Rules, page: &Page) -> Result<Value, Unreadable> {
    let hint = Hint {
        format: if rules.script.is_some() {
            Format::Html
        } else {
            Format::Json
        },
        tld: None,
    };
    let text = charset::decode(&page.body, page.content_type.as_deref(), hint).text;
    match &rules.script {
        Some(css) => held(rules, css, &text),
        None => document(&text),
    }
}

fn document(text: &str) -> Result<Value, Unreadable> {
    // What some APIs put before their JSON, so that no browser runs it.
    let text = text.trim_start_matches(['\u{feff}', ')', ']', '}', '\'', ',', ';', '\n', '\r', ' ']);
    serde_json::from_str(text).map_err(|error| {
        let seen = if text.starts_with('<') {
            "found markup"
        } else {
            "it can't be read"
        };
        Unreadable(format!("expected JSON, but {seen}: {error}"))
    })
}

/// The JSON with the items in one of the page's scripts.
fn held(rules: &Rules, css: &Css, html: &str) -> Result<Value, Unreadable> {
    let doc = Doc::parse(html);
    let scripts = doc.select(css);
    let found = scripts
        .iter()
        .take(MAX_SCRIPTS)
        .filter_map(|script| document(script.source().trim()).ok());
    found
        .into_iter()
        .find(|answer| !items(rules, answer).is_empty())
        .ok_or_else(|| Unreadable(format!("no JSON with items in what {:?} selects", css.as_str())))
}

fn items<'v>(rules: &Rules, answer: &'v Value) -> Vec<&'v Value> {
    let items = rules.items.path.query(answer).all();
    match items[..] {
        [Value::Array(list)] => list.iter().collect(),
        _ => items,
    }
}

/// What an item says; `None` for what is no object and no array.
fn draft(rules: &Rules, item: &Value) -> Option<Draft> {
    if !item.is_object() && !item.is_array() {
        return None;
    }
    let read = |path: &Option<Path>| path.as_ref().and_then(|path| path.read(item));
    let markup = |path: &Option<Path>| read(path).map(|text| as_markup(&text));
    Some(Draft {
        guid: read(&rules.id),
        title: rules.title.read(item).map(|title| plain(&title)),
        link: rules.link.as_ref().and_then(|link| link.read(item)),
        published: rules.date.as_ref().and_then(|path| path.when(item)),
        updated: rules.updated.as_ref().and_then(|path| path.when(item)),
        author: read(&rules.author).map(|author| plain(&author)),
        categories: rules
            .category
            .as_ref()
            .map(|path| path.read_all(item))
            .unwrap_or_default(),
        views: read(&rules.views),
        pinned: read(&rules.pinned).is_some_and(|text| matches!(text.as_str(), "true" | "1" | "Y" | "y" | "yes")),
        summary: markup(&rules.summary),
        content: markup(&rules.content),
        attachments: rules
            .attachments
            .as_ref()
            .map(|path| files(path, item))
            .unwrap_or_default(),
        ..Draft::default()
    })
}

impl Path {
    /// The first text, number or truth value that it selects.
    fn read(&self, item: &Value) -> Option<String> {
        self.path.query(item).all().into_iter().find_map(text_of)
    }

    fn read_all(&self, item: &Value) -> Vec<String> {
        let found = self.path.query(item).all();
        let flat = found.into_iter().flat_map(|value| match value {
            Value::Array(list) => list.iter().collect(),
            other => vec![other],
        });
        flat.filter_map(text_of).collect()
    }

    fn when(&self, item: &Value) -> Option<When> {
        let text = self.read(item)?;
        let instant = match text.parse::<i64>() {
            Ok(seconds @ 100_000_000..=99_999_999_999) => Timestamp::from_second(seconds).ok(),
            // With twelve or fourteen digits it is a day and a time: 202011101530.
            Ok(millis @ 1_000_000_000_000..=9_999_999_999_999) => Timestamp::from_millisecond(millis).ok(),
            _ => None,
        };
        Some(match instant {
            Some(instant) => When::Known(Published::Instant(instant, Offset::UTC)),
            None => When::Text(text),
        })
    }
}

impl Link {
    fn read(&self, item: &Value) -> Option<String> {
        match self {
            Self::At(path) => path.read(item),
            Self::Made { template, gaps } => template.fill(|name| {
                let (_, path) = gaps.iter().find(|(gap, _)| gap == name)?;
                path.read(item)
            }),
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(list) => list.iter().find_map(text_of),
        Value::Null | Value::Object(_) => None,
    }
}

/// The text of a title, which some APIs give as HTML.
fn plain(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return text.to_owned();
    }
    Doc::parse(text).body().map(|body| body.text()).unwrap_or_default()
}

/// Plain text as markup with its lines.
fn as_markup(text: &str) -> String {
    if text.contains('<') {
        return text.to_owned();
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("<p>{line}</p>")).collect()
}

fn files(path: &Path, item: &Value) -> Vec<DraftFile> {
    let found = path.path.query(item).all().into_iter().flat_map(|value| match value {
        Value::Array(list) => list.iter().collect(),
        other => vec![other],
    });
    found
        .filter_map(|value| {
            let Value::Object(file) = value else {
                return text_of(value).map(|url| DraftFile {
                    url,
                    ..DraftFile::default()
                });
            };
            let first = |keys: &[&str]| keys.iter().find_map(|key| text_of(file.get(*key)?));
            Some(DraftFile {
                url: first(&[
                    "url",
                    "href",
                    "link",
                    "src",
                    "downloadUrl",
                    "download_url",
                    "source_url",
                    "path",
                ])?,
                name: first(&[
                    "name",
                    "title",
                    "fileName",
                    "filename",
                    "file_name",
                    "originalName",
                    "label",
                ]),
                media_type: first(&["mime_type", "mimeType", "media_type", "contentType", "type"]),
                length: first(&["size_in_bytes", "size", "fileSize", "length"]).and_then(|size| size.parse().ok()),
            })
        })
        .collect()
}

/// What an answer looks like, for the error.
fn shape(answer: &Value) -> String {
    match answer {
        Value::Object(object) => {
            let keys: Vec<String> = object
                .keys()
                .take(12)
                .map(|key| key.chars().take(40).collect())
                .collect();
            format!("an object with the keys {keys:?}")
        }
        Value::Array(list) => format!("an array of {}", list.len()),
        _ => "a single value".to_owned(),
    }
}

impl FromStr for Path {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bad = |why: String| BadPath {
            text: text.chars().take(200).collect(),
            why,
        };
        if text.is_empty() {
            return Err(bad("it is empty".to_owned()));
        }
        let full = match text.chars().next() {
            Some('$') => text.to_owned(),
            Some('[') => format!("${text}"),
            _ => format!("$.{text}"),
        };
        match JsonPath::parse(&full) {
            Ok(path) => Ok(Self {
                text: text.to_owned(),
                path,
            }),
            Err(error) => Err(bad(error.message().to_owned())),
        }
    }
}

impl FromStr for Link {
    type Err = BadLink;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains('{') {
            return Ok(Self::At(text.parse()?));
        }
        let template: Template = text.parse()?;
        let gaps = template.gaps().map(|gap| Ok((gap.to_owned(), gap.parse()?)));
        let gaps = gaps.collect::<Result<_, BadPath>>()?;
        Ok(Self::Made { template, gaps })
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Path {}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({:?})", self.text)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(path) => path.fmt(f),
            Self::Made { template, .. } => template.fmt(f),
        }
    }
}

impl TryFrom<String> for Path {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.text
    }
}

impl TryFrom<String> for Link {
    type Error = BadLink;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.to_string()
    }
}
