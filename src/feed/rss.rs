//! RSS 2.0, after the profile of the RSS Advisory Board: one enclosure, people as `dc:creator`.

use super::{FeedEntry, FeedView, Format, GENERATOR, moment, text, xml::Xml};

const NAMESPACES: [(&str, &str); 5] = [
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:fh", "http://purl.org/syndication/history/1.0"),
    ("xmlns:sy", "http://purl.org/rss/1.0/modules/syndication/"),
];

pub(super) fn render(view: &FeedView) -> Vec<u8> {
    let attributes: Vec<_> = [("version", "2.0")].into_iter().chain(NAMESPACES).collect();
    Xml::document(|xml| {
        xml.element("rss", &attributes, |xml| {
            xml.element("channel", &[], |xml| channel(xml, view));
        });
    })
}

fn channel(xml: &mut Xml, view: &FeedView) {
    let title = text::line(&view.title);
    xml.text("title", &[], &title);
    xml.text("link", &[], view.page.as_str());
    let description = text::line(&view.description);
    // RSS wants one.
    let description = if description.is_empty() { &title } else { &description };
    xml.text("description", &[], description);
    for link in view.links(Format::Rss) {
        let media_type = link.media_type.map(|told| ("type", told));
        let attributes: Vec<_> = [("href", link.href.as_str()), ("rel", link.rel)]
            .into_iter()
            .chain(media_type)
            .collect();
        xml.empty("atom:link", &attributes);
    }
    if let Some(tag) = view.language.as_deref().and_then(text::tag) {
        xml.text("language", &[], tag);
    }
    if let Some(rights) = &view.rights {
        xml.text("copyright", &[], &text::line(rights));
    }
    if view.shown().next().is_some() {
        xml.text("lastBuildDate", &[], &moment::rfc822(&view.updated()));
    }
    xml.text("generator", &[], GENERATOR);
    xml.text("docs", &[], "https://www.rssboard.org/rss-specification");
    let minutes = view.ttl.as_secs().div_ceil(60).max(1);
    xml.text("ttl", &[], &minutes.to_string());
    // Only what every reader can paint; others take the icon of the page.
    if let Some(icon) = view.icon.as_ref().filter(|icon| !icon.path().ends_with(".svg")) {
        xml.element("image", &[], |xml| {
            xml.text("url", &[], icon.as_str());
            xml.text("title", &[], &title);
            xml.text("link", &[], view.page.as_str());
        });
    }
    xml.text("sy:updatePeriod", &[], "hourly");
    xml.text("sy:updateFrequency", &[], &(60 / minutes).max(1).to_string());
    if view.pages.is_archive() {
        xml.empty("fh:archive", &[]);
    }
    for shown in view.shown() {
        xml.element("item", &[], |xml| item(xml, view, shown));
    }
}

fn item(xml: &mut Xml, view: &FeedView, shown: &FeedEntry) {
    xml.text("title", &[], &shown.title());
    xml.text("link", &[], &shown.link());
    // Whoever shows only descriptions must not find nothing. Readers take one for HTML, so plain text has to be escaped before it is
    // escaped again; and it stands before the content, because some take what comes last.
    let content = shown.content();
    let short = shown.summary().or_else(|| content.as_ref().map(|_| shown.title()));
    if let Some(short) = short {
        xml.text("description", &[], &text::html(&short));
    }
    if let Some(html) = &content {
        xml.text("content:encoded", &[], html);
    }
    xml.text("dc:creator", &[], &shown.author());
    for label in shown.categories() {
        let domain = label.is_tag.then(|| ("domain", view.tag_scheme.as_str()));
        xml.text("category", &Vec::from_iter(domain), &label.name);
    }
    if let Some(file) = shown.files().next() {
        // The length must be there; 0 is how the profile says that it is not known.
        let length = file.length.unwrap_or(0).to_string();
        xml.empty(
            "enclosure",
            &[("url", &file.url), ("length", &length), ("type", &file.media_type)],
        );
    }
    xml.text("guid", &[("isPermaLink", "false")], &shown.id());
    xml.text("pubDate", &[], &moment::rfc822(&shown.published()));
    if let Some(page) = shown.related() {
        xml.empty(
            "atom:link",
            &[("rel", "related"), ("type", "text/html"), ("href", page.as_str())],
        );
    }
    if let Some(tag) = shown.language().filter(|tag| view.language.as_deref() != Some(tag)) {
        xml.text("dc:language", &[], tag);
    }
    if let Some(rights) = view.rights_of(shown) {
        xml.text("dc:rights", &[], &rights);
    }
}
