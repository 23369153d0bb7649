//! What the feed validator of the W3C warns of, by the names of its messages, as far as a feed alone can show it.

use std::collections::HashSet;

use gazetted::feed::{FeedView, Format};
use jiff::Timestamp;
use url::Url;

use super::elements::Element;

/// What the formats must say alike of an entry.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub id: String,
    pub title: String,
    pub published: Timestamp,
    pub content: Option<String>,
}

/// Checks what `view` is in all formats.
#[track_caller]
pub fn check(view: &FeedView) {
    let [atom, rss, json] = [Format::Atom, Format::Rss, Format::Json].map(|format| {
        let bytes = view.render(format);
        assert_eq!(bytes, view.render(format), "the same bytes each time");
        String::from_utf8(bytes).expect("UTF-8")
    });
    for c in atom.chars().chain(rss.chars()) {
        assert!(
            matches!(c, '\n' | '\t' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..),
            "BadCharacters {c:?}"
        );
    }
    let in_atom = atom_says(view, &Element::read(&atom));
    assert_eq!(in_atom, rss_says(view, &Element::read(&rss)));
    assert_eq!(in_atom, json_says(view, &json));
    let ids: HashSet<_> = in_atom.iter().map(|told| &told.id).collect();
    assert_eq!(ids.len(), in_atom.len(), "DuplicateEntries");
}

fn atom_says(view: &FeedView, feed: &Element) -> Vec<Told> {
    assert_eq!(feed.attribute("xmlns"), Some("http://www.w3.org/2005/Atom"));
    language(feed);
    plain(&feed.one("title").text);
    address(&feed.one("id").text);
    let updated = rfc3339(&feed.one("updated").text);
    assert!(!feed.one("author").one("name").text.is_empty());
    let selves: Vec<_> = feed
        .all("link")
        .filter(|link| link.attribute("rel") == Some("self"))
        .collect();
    let [own] = selves[..] else { panic!("MissingSelf") };
    assert_eq!(
        own.attribute("href"),
        Some(view.address(Format::Atom).as_str()),
        "SelfDoesntMatchLocation"
    );
    links(feed);
    let mut newest = Timestamp::UNIX_EPOCH;
    let told = feed.all("entry").map(|entry| {
        language(entry);
        let title = &entry.one("title").text;
        plain(title);
        urn(&entry.one("id").text);
        let (published, changed) = (
            rfc3339(&entry.one("published").text),
            rfc3339(&entry.one("updated").text),
        );
        assert!(changed >= published);
        newest = newest.max(changed);
        assert!(!entry.one("author").one("name").text.trim().is_empty(), "MissingAuthor");
        links(entry);
        let alternates = entry
            .all("link")
            .filter(|link| link.attribute("rel") == Some("alternate"));
        assert_eq!(alternates.count(), 1, "MissingAlternateLink, DuplicateAtomLink");
        for category in entry.all("category") {
            let text = category.attribute("term").expect("MissingAttribute");
            assert!(!text.trim().is_empty() && category.attribute("label") == Some(text));
            category.attribute("scheme").map(address);
        }
        for summary in entry.all("summary") {
            assert!(!summary.text.trim().is_empty() && summary.text.chars().count() <= 300);
        }
        let content = entry.all("content").next().map(|content| {
            assert_eq!(content.attribute("type"), Some("html"));
            safe(&content.text);
            content.text.clone()
        });
        Told {
            id: entry.one("id").text.clone(),
            title: title.clone(),
            published,
            content,
        }
    });
    let told: Vec<Told> = told.collect();
    assert_eq!(updated, newest, "the feed is as new as its newest entry");
    let first = feed
        .children
        .iter()
        .position(|child| child.name == "entry")
        .unwrap_or(feed.children.len());
    assert!(
        feed.children[first..].iter().all(|child| child.name == "entry"),
        "what is no entry stands before them"
    );
    for tombstone in feed.all("at:deleted-entry") {
        urn(tombstone.attribute("ref").expect("ref"));
        rfc3339(tombstone.attribute("when").expect("when"));
    }
    told
}

fn rss_says(view: &FeedView, rss: &Element) -> Vec<Told> {
    assert_eq!((rss.name.as_str(), rss.attribute("version")), ("rss", Some("2.0")));
    let channel = rss.one("channel");
    plain(&channel.one("title").text);
    address(&channel.one("link").text);
    let description = &channel.one("description").text;
    assert!(!description.trim().is_empty(), "NotBlank");
    plain(description);
    channel.all("language").for_each(|told| tag(&told.text));
    let minutes: u32 = channel.one("ttl").text.parse().expect("InvalidPositiveInteger");
    assert!(minutes > 0);
    let selves: Vec<_> = channel
        .all("atom:link")
        .filter(|link| link.attribute("rel") == Some("self"))
        .collect();
    let [own] = selves[..] else {
        panic!("MissingAtomSelfLink")
    };
    assert_eq!(
        own.attribute("href"),
        Some(view.address(Format::Rss).as_str()),
        "SelfDoesntMatchLocation"
    );
    assert!(channel.all("lastBuildDate").count() <= 1);
    channel.all("lastBuildDate").for_each(|told| _ = rfc822(&told.text));
    for image in channel.all("image") {
        assert_eq!(
            image.one("title").text,
            channel.one("title").text,
            "ImageTitleDoesntMatch"
        );
        assert_eq!(image.one("link").text, channel.one("link").text, "ImageLinkDoesntMatch");
    }
    let told = channel.all("item").map(|item| {
        let title = &item.one("title").text;
        plain(title);
        address(&item.one("link").text);
        let guid = item.one("guid");
        assert_eq!(guid.attribute("isPermaLink"), Some("false"), "InvalidPermalink");
        assert!(item.all("enclosure").count() <= 1, "DuplicateEnclosure");
        for enclosure in item.all("enclosure") {
            address(enclosure.attribute("url").expect("MissingAttribute"));
            media_type(enclosure.attribute("type").expect("MissingAttribute"));
            let length = enclosure.attribute("length").expect("UseZeroForUnknown");
            length.parse::<u64>().expect("InvalidNonNegativeInteger");
        }
        assert!(!item.one("dc:creator").text.trim().is_empty());
        for category in item.all("category") {
            assert!(!category.text.trim().is_empty(), "NotBlank");
            category.attribute("domain").map(address);
        }
        let content = item.all("content:encoded").next().map(|content| content.text.clone());
        let place = |name| item.children.iter().position(|child| child.name == name);
        if let Some(content) = &content {
            assert!(
                place("description") < place("content:encoded") && place("description").is_some(),
                "NeedDescriptionBeforeContent"
            );
            safe(content);
        }
        item.all("description").for_each(|told| safe(&told.text));
        item.all("dc:language").for_each(|told| tag(&told.text));
        Told {
            id: guid.text.clone(),
            title: title.clone(),
            published: rfc822(&item.one("pubDate").text),
            content,
        }
    });
    told.collect()
}

fn json_says(view: &FeedView, json: &str) -> Vec<Told> {
    let feed: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(feed["feed_url"], view.address(Format::Json));
    let items = feed["items"].as_array().expect("items");
    let told = items.iter().map(|item| {
        let text = |name: &str| item[name].as_str().map(str::to_owned);
        address(item["url"].as_str().expect("an address"));
        Told {
            id: text("id").expect("an id"),
            title: text("title").expect("a title"),
            published: rfc3339(item["date_published"].as_str().expect("a date")),
            content: text("content_html"),
        }
    });
    told.collect()
}

fn links(element: &Element) {
    for link in element.all("link") {
        let rel = link.attribute("rel").expect("a rel");
        let known = [
            "self",
            "alternate",
            "related",
            "enclosure",
            "hub",
            "prev-archive",
            "next-archive",
            "current",
        ];
        assert!(known.contains(&rel), "UnregisteredAtomLinkRel {rel}");
        address(link.attribute("href").expect("MissingHref"));
        link.attribute("type").into_iter().for_each(media_type);
        if let Some(length) = link.attribute("length") {
            length.parse::<u64>().expect("AttrNotInteger");
        }
    }
}

/// ContainsHTML: a text that shows markup was escaped twice, or is no text.
fn plain(text: &str) {
    assert!(!text.trim().is_empty(), "NotBlank");
    assert_eq!(
        text,
        text.split_whitespace().collect::<Vec<_>>().join(" "),
        "UnexpectedWhitespace"
    );
}

/// ContainsRelRef, InvalidIRI
fn address(told: &str) {
    let url = Url::parse(told).unwrap_or_else(|_| panic!("ContainsRelRef {told}"));
    assert!(matches!(url.scheme(), "http" | "https" | "ftp" | "mailto"), "{told}");
    assert!(
        told.bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte)),
        "InvalidIRI {told}"
    );
}

fn urn(told: &str) {
    let uuid = told.strip_prefix("urn:uuid:").expect("InvalidURN");
    assert!(uuid.len() == 36 && uuid::Uuid::try_parse(uuid).is_ok(), "InvalidUUID");
}

fn media_type(told: &str) {
    let (kind, of) = told.split_once('/').expect("InvalidMIMEType");
    assert!(
        !kind.is_empty() && !of.is_empty() && told.is_ascii(),
        "InvalidMIMEType {told}"
    );
}

fn language(element: &Element) {
    element.attribute("xml:lang").into_iter().for_each(tag);
}

fn tag(told: &str) {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(told.split('-').all(is_part), "InvalidLanguage {told}");
}

#[track_caller]
fn rfc3339(told: &str) -> Timestamp {
    let shape: String = told.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert!(
        matches!(
            shape.as_str(),
            "0000-00-00T00:00:00+00:00" | "0000-00-00T00:00:00-00:00"
        ),
        "InvalidRFC3339Date {told}"
    );
    told.parse().expect("InvalidRFC3339Date")
}

#[track_caller]
fn rfc822(told: &str) -> Timestamp {
    // The parser refuses wrong weekdays.
    let at = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(told)
        .expect("InvalidRFC2822Date");
    let offset = &told[told.len() - 5..];
    assert!(
        offset.starts_with(['+', '-']) && offset[1..].bytes().all(|byte| byte.is_ascii_digit()),
        "ProblematicalRFC822Date {told}"
    );
    assert!(told.split(' ').nth(3).is_some_and(|year| year.len() == 4), "{told}");
    at
}

/// SecurityRisk, SecurityRiskAttr, DangerousStyleAttr, NotHtml, ContainsRelRef
fn safe(html: &str) {
    let fragment = dom_query::Document::fragment(html);
    let risky = "script, style, meta, link, iframe, frame, object, embed, applet, form, input, button, noscript, base";
    assert!(!fragment.select(risky).exists(), "SecurityRisk in {html:.200}");
    for node in fragment.select("*").nodes() {
        for attribute in node.attrs() {
            let (name, value): (&str, &str) = (&attribute.name.local, &attribute.value);
            assert!(!name.starts_with("on") && name != "style", "SecurityRiskAttr {name}");
            if matches!(name, "href" | "src" | "cite") {
                let url = Url::parse(value).unwrap_or_else(|_| panic!("ContainsRelRef {value:?}"));
                assert!(
                    matches!(url.scheme(), "http" | "https" | "ftp" | "mailto"),
                    "SecurityRisk {value}"
                );
            }
        }
    }
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let name = tag
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '/')
            .next()
            .unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "NotHtml"),
            None if ["br", "hr", "img", "col", "area", "wbr"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "NotHtml: {open:?} stay open");
}
