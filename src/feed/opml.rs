//! OPML 2.0: all feeds in one file, for import into a reader.

use quick_xml::{
    Writer,
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
