//! OPML 2.0: feeds in one file, as readers import and export them.

use quick_xml::{
    Reader, Writer, XmlVersion,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use url::Url;

use super::text;

/// A feed in the list.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The feed's title.
    pub title: String,
    /// The feed itself.
    pub feed: String,
    /// The page that it follows.
    pub page: Url,
    /// BCP 47 tag of its texts.
    pub language: Option<String>,
    /// Tags, which OPML calls categories.
    pub tags: Vec<String>,
}

/// The list as OPML, titled `title`.
pub fn opml(title: &str, outlines: &[Outline]) -> Vec<u8> {
    write(title, outlines).expect("writing to memory can't fail")
}

/// Most feeds of one list that are read.
const MOST: usize = 5_000;

/// Deepest folder whose name is read.
const DEEPEST: usize = 16;

/// A text that is no list of feeds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOpml {
    /// It is not XML from here on.
    #[error("it is no XML: {0}")]
    Broken(String),
    /// It has no outline with the address of a feed.
    #[error("there is no feed in it: expected outlines with xmlUrl, as feed readers export them")]
    Empty,
}

/// The feeds that `text` lists, in its order; folders and categories are their tags.
///
/// # Errors
///
/// [`NoOpml`], when there is no feed in it.
pub fn read_opml(text: &str) -> Result<Vec<Outline>, NoOpml> {
    let mut reader = Reader::from_str(text);
    // What people have edited by hand may close tags in any order.
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut folders: Vec<Option<String>> = Vec::new();
    let mut outlines = Vec::new();
    while outlines.len() < MOST {
        match reader.read_event() {
            Ok(Event::Start(element)) if is_outline(element.name().as_ref()) => {
                let told = Told::of(&element);
                outlines.extend(told.outline(&folders));
                folders.push(told.folder());
            }
            Ok(Event::Empty(element)) if is_outline(element.name().as_ref()) => {
                outlines.extend(Told::of(&element).outline(&folders));
            }
            Ok(Event::End(element)) if is_outline(element.name().as_ref()) => {
                folders.pop();
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => return Err(NoOpml::Broken(error.to_string())),
        }
    }
    if outlines.is_empty() {
        return Err(NoOpml::Empty);
    }
    Ok(outlines)
}

/// What an outline says of itself.
#[derive(Default)]
struct Told {
    title: String,
    feed: Option<String>,
    page: Option<Url>,
    language: Option<String>,
    categories: Vec<String>,
}

impl Told {
    fn of(element: &BytesStart<'_>) -> Self {
        let mut told = Self::default();
        for attribute in element.attributes().with_checks(false).flatten().take(50) {
            let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) else {
                continue;
            };
            let value = text::line(&value);
            if value.is_empty() {
                continue;
            }
            match attribute.key.as_ref().to_ascii_lowercase().as_str() {
                "title" => told.title = value,
                "text" if told.title.is_empty() => told.title = value,
                "xmlurl" => told.feed = Some(value),
                "htmlurl" => told.page = value.parse().ok(),
                "language" => told.language = Some(value),
                "category" => told.categories = value.split(',').map(str::to_owned).collect(),
                _ => {}
            }
        }
        told
    }

    /// The feed that it is, in these folders.
    fn outline(&self, folders: &[Option<String>]) -> Option<Outline> {
        let feed = self.feed.clone()?;
        let mut tags: Vec<String> = Vec::new();
        let folders = folders.iter().take(DEEPEST).flatten();
        for tag in folders.chain(&self.categories).filter_map(|told| tag(told)) {
            if !tags.contains(&tag) && tags.len() < DEEPEST {
                tags.push(tag);
            }
        }
        let page = self.page.clone().or_else(|| feed.parse().ok())?;
        Some(Outline {
            title: if self.title.is_empty() {
                feed.clone()
            } else {
                self.title.clone()
            },
            feed,
            page,
            language: self.language.clone(),
            tags,
        })
    }

    /// Its name, when it is a folder.
    fn folder(self) -> Option<String> {
        (self.feed.is_none() && !self.title.is_empty()).then_some(self.title)
    }
}

fn is_outline(name: &str) -> bool {
    name.eq_ignore_ascii_case("outline")
}

/// A folder's name as a tag, which is a part of addresses.
fn tag(told: &str) -> Option<String> {
    let plain = told.replace(['/', '?', '#', '%'], " ");
    let tag = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!tag.is_empty() && tag.len() <= 64).then_some(tag)
}

fn write(title: &str, outlines: &[Outline]) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    writer.write_event(Event::Start(
        BytesStart::new("opml").with_attributes([("version", "2.0")]),
    ))?;
    writer.write_event(Event::Start(BytesStart::new("head")))?;
    writer
        .create_element("title")
        .write_text_content(BytesText::new(&text::line(title)))?;
    writer.write_event(Event::End(BytesEnd::new("head")))?;
    writer.write_event(Event::Start(BytesStart::new("body")))?;
    for outline in outlines {
        let name = text::line(&outline.title);
        let mut element = BytesStart::new("outline").with_attributes([
            ("type", "rss"),
            ("text", name.as_str()),
            ("title", name.as_str()),
            ("xmlUrl", outline.feed.as_str()),
            ("htmlUrl", outline.page.as_str()),
        ]);
        if let Some(language) = &outline.language {
            element.push_attribute(("language", language.as_str()));
        }
        // A comma separates categories, so a tag that holds one can't be told here.
        let tags: Vec<&str> = outline
            .tags
            .iter()
            .map(String::as_str)
            .filter(|tag| !tag.contains(','))
            .collect();
        if !tags.is_empty() {
            element.push_attribute(("category", text::line(&tags.join(",")).as_str()));
        }
        writer.write_event(Event::Empty(element))?;
    }
    writer.write_event(Event::End(BytesEnd::new("body")))?;
    writer.write_event(Event::End(BytesEnd::new("opml")))?;
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &[(&str, &str, &str, &[&str])]) {
        let read = read_opml(&format!(
            "<?xml version='1.0'?><opml version='1.0'><body>{body}</body></opml>"
        ));
        let read = read.expect("a list");
        let seen: Vec<(&str, &str, &str, Vec<&str>)> = read
            .iter()
            .map(|outline| {
                let tags = outline.tags.iter().map(String::as_str).collect();
                (
                    outline.title.as_str(),
                    outline.feed.as_str(),
                    outline.page.as_str(),
                    tags,
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(a, b, c, tags)| (*a, *b, *c, tags.to_vec()))
            .collect();
        assert_eq!(seen, expected, "{body}");
    }

    #[test]
    fn feeds_are_read_with_their_folders_as_tags() {
        check(
            "<outline text='City &amp; town'><outline text='News' type='rss' xmlUrl='https://a.example/rss?a=1&amp;b=2'
               htmlUrl='https://a.example/' category='/water/gas,power'/>
             <OUTLINE xmlurl=\"https://b.example/f\"></OUTLINE></outline><outline title='Last' text='x' xmlUrl='https://c.example/f'/>",
            &[
                (
                    "News",
                    "https://a.example/rss?a=1&b=2",
                    "https://a.example/",
                    &["City & town", "water gas", "power"],
                ),
                ("https://b.example/f", "https://b.example/f", "https://b.example/f", &["City & town"]),
                ("Last", "https://c.example/f", "https://c.example/f", &[]),
            ],
        );
    }

    #[test]
    fn what_was_written_can_be_read() {
        let outline = Outline {
            title: "Water <off> & \"on\"".to_owned(),
            feed: "https://a.example/f?a=1&b=2".to_owned(),
            page: "https://a.example/".parse().expect("an address"),
            language: Some("ko".to_owned()),
            tags: vec!["korea".to_owned(), "시청".to_owned()],
        };
        let text = String::from_utf8(opml("All", std::slice::from_ref(&outline))).expect("UTF-8");
        let read = read_opml(&text).expect("a list");
        assert_eq!(format!("{read:?}"), format!("{:?}", [outline]));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for none in ["", "<html>", "<opml><body><outline text='folder'/></body></opml>"] {
            assert_eq!(read_opml(none).err(), Some(NoOpml::Empty), "{none}");
        }
        let deep = "<outline text='x'>".repeat(200_000);
        assert_eq!(read_opml(&deep).err(), Some(NoOpml::Empty));
        assert!(matches!(read_opml("<opml><outline xmlUrl='"), Err(NoOpml::Broken(_))));
    }
}
