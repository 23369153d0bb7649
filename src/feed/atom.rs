//! Atom 1.0 (RFC 4287), with the pages of its past (RFC 5005) and tombstones for what was withdrawn (RFC 6721).

use super::{FeedEntry, FeedView, Format, GENERATOR, moment, text, xml::Xml};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const HISTORY: &str = "http://purl.org/syndication/history/1.0";
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

pub(super) fn render(view: &FeedView) -> Vec<u8> {
    let language = view.language.as_deref().and_then(text::tag);
    let namespaces = [("xmlns", ATOM), ("xmlns:fh", HISTORY), ("xmlns:at", TOMBSTONES)];
    let attributes: Vec<_> = namespaces
        .into_iter()
        .chain(language.map(|tag| ("xml:lang", tag)))
        .collect();
    Xml::document(|xml| xml.element("feed", &attributes, |xml| feed(xml, view)))
}

/// In the order of the grammar in RFC 4287: what is not Atom's own stands before the entries.
fn feed(xml: &mut Xml, view: &FeedView) {
    xml.text("id", &[], &view.id());
    xml.text("title", &[], &text::line(&view.title));
    let subtitle = text::line(&view.description);
    if !subtitle.is_empty() {
        xml.text("subtitle", &[], &subtitle);
    }
    xml.text("updated", &[], &moment::rfc3339(&view.updated()));
    person(xml, &text::line(&view.author));
    for link in view.links(Format::Atom) {
        let media_type = link.media_type.map(|told| ("type", told));
        let attributes: Vec<_> = [("href", link.href.as_str()), ("rel", link.rel)]
            .into_iter()
            .chain(media_type)
            .collect();
        xml.empty("link", &attributes);
    }
    xml.text("generator", &[], GENERATOR);
    if let Some(icon) = &view.icon {
        xml.text("icon", &[], icon.as_str());
    }
    if let Some(rights) = &view.rights {
        xml.text("rights", &[], &text::line(rights));
    }
    if view.pages.is_archive() {
        xml.empty("fh:archive", &[]);
    }
    for (entry, withdrawn) in view.withdrawn() {
        for id in entry.ids() {
            let when = moment::rfc3339(&withdrawn);
            xml.element("at:deleted-entry", &[("ref", &id), ("when", &when)], |xml| {
                xml.text("at:comment", &[], entry.words().withdrawn);
            });
        }
    }
    for shown in view.shown() {
        let language = shown.language().map(|tag| ("xml:lang", tag));
        let attributes: Vec<_> = language.into_iter().collect();
        xml.element("entry", &attributes, |xml| entry(xml, view, shown));
    }
}

fn entry(xml: &mut Xml, view: &FeedView, shown: &FeedEntry) {
    xml.text("id", &[], &shown.id());
    xml.text("title", &[], &shown.title());
    xml.text("published", &[], &moment::rfc3339(&shown.published()));
    xml.text("updated", &[], &moment::rfc3339(&shown.updated()));
    person(xml, &shown.author());
    xml.empty(
        "link",
        &[("rel", "alternate"), ("type", "text/html"), ("href", &shown.link())],
    );
    if let Some(page) = shown.related() {
        xml.empty(
            "link",
            &[("rel", "related"), ("type", "text/html"), ("href", page.as_str())],
        );
    }
    for file in shown.files() {
        let length = file.length.map(|bytes| bytes.to_string());
        let length = length.as_deref().map(|bytes| ("length", bytes));
        let attributes: Vec<_> = [
            ("rel", "enclosure"),
            ("type", &file.media_type),
            ("title", &file.name),
            ("href", &file.url),
        ]
        .into_iter()
        .chain(length)
        .collect();
        xml.empty("link", &attributes);
    }
    for label in shown.categories() {
        let scheme = label.is_tag.then(|| ("scheme", view.tag_scheme.as_str()));
        let attributes: Vec<_> = [("term", label.name.as_str()), ("label", &label.name)]
            .into_iter()
            .chain(scheme)
            .collect();
        xml.empty("category", &attributes);
    }
    if let Some(rights) = view.rights_of(shown) {
        xml.text("rights", &[], &rights);
    }
    if let Some(summary) = shown.summary() {
        xml.text("summary", &[], &summary);
    }
    if let Some(html) = shown.content() {
        xml.text("content", &[("type", "html")], &html);
    }
}

fn person(xml: &mut Xml, name: &str) {
    xml.element("author", &[], |xml| xml.text("name", &[], name));
}
