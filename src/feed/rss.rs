//! RSS 2.0, after the profile of the RSS Advisory Board: one enclosure, people as `dc:creator`.

use std::collections::BTreeMap;

use rss::{
    Category, Channel, Enclosure, Guid, Image, Item,
    extension::{Extension, dublincore::DublinCoreExtension},
};

use super::{FeedEntry, FeedView, Format, GENERATOR, moment, text};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const SYNDICATION: &str = "http://purl.org/rss/1.0/modules/syndication/";
const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";

pub(super) fn render(view: &FeedView) -> Vec<u8> {
    let items: Vec<Item> = view.shown().map(|entry| item(view, entry)).collect();
    let minutes = view.ttl.as_secs().div_ceil(60).max(1);
    let mut extensions = BTreeMap::new();
    extensions.insert("atom".to_owned(), BTreeMap::from([("link".to_owned(), links(view))]));
    extensions.insert(
        "sy".to_owned(),
        BTreeMap::from([
            ("updatePeriod".to_owned(), vec![element("sy:updatePeriod", "hourly")]),
            (
                "updateFrequency".to_owned(),
                vec![element("sy:updateFrequency", &(60 / minutes).max(1).to_string())],
            ),
        ]),
    );
    let title = text::line(&view.title);
    let channel = Channel {
        // Only what every reader can paint; others take the icon of the page.
        image: view
            .icon
            .as_ref()
            .filter(|icon| !icon.path().ends_with(".svg"))
            .map(|icon| Image {
                url: icon.to_string(),
                title: title.clone(),
                link: view.page.to_string(),
                ..Image::default()
            }),
        title,
        link: view.page.to_string(),
        description: text::line(&view.description),
        language: view.language.clone(),
        copyright: view.rights.as_deref().map(text::line),
        last_build_date: (!items.is_empty()).then(|| moment::rfc822(&view.updated())),
        generator: Some(GENERATOR.to_owned()),
        docs: Some("https://www.rssboard.org/rss-specification".to_owned()),
        ttl: Some(minutes.to_string()),
        items,
        extensions,
        namespaces: [("atom", ATOM), ("sy", SYNDICATION), ("dc", DUBLIN_CORE)]
            .map(|(prefix, name)| (prefix.to_owned(), name.to_owned()))
            .into(),
        ..Channel::default()
    };
    channel.write_to(Vec::new()).expect("writing to memory can't fail")
}

fn item(view: &FeedView, entry: &FeedEntry) -> Item {
    let language = entry.language().filter(|tag| view.language.as_deref() != Some(tag));
    Item {
        title: Some(entry.title()),
        link: Some(entry.link().to_string()),
        // RSS readers take a description for HTML, so plain text has to be escaped before the writer escapes it again.
        description: entry.summary().map(|summary| text::html(&summary)),
        content: entry.content(),
        categories: entry
            .categories()
            .into_iter()
            .map(|label| Category {
                domain: label.is_tag.then(|| view.tag_scheme.to_string()),
                name: label.name,
            })
            .collect(),
        enclosure: entry.files().next().map(|file| Enclosure {
            url: file.url.to_owned(),
            // The attribute must be there; 0 is how the profile says that the size is not known.
            length: file.length.unwrap_or(0).to_string(),
            mime_type: file.media_type,
        }),
        guid: Some(Guid {
            value: entry.id(),
            permalink: false,
        }),
        pub_date: Some(moment::rfc822(&entry.published())),
        dublin_core_ext: Some(DublinCoreExtension {
            creators: vec![entry.author()],
            languages: language.map(str::to_owned).into_iter().collect(),
            ..DublinCoreExtension::default()
        }),
        ..Item::default()
    }
}

fn links(view: &FeedView) -> Vec<Extension> {
    let link = |rel: &str, href: &str, media_type: Option<&str>| {
        let told = [("href", Some(href)), ("rel", Some(rel)), ("type", media_type)];
        Extension {
            name: "atom:link".to_owned(),
            attrs: told
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect(),
            ..Extension::default()
        }
    };
    let own = link("self", &view.address(Format::Rss), Some(Format::Rss.media_type()));
    let hubs = view.hubs.iter().map(|hub| link("hub", hub.as_str(), None));
    [own].into_iter().chain(hubs).collect()
}

fn element(name: &str, value: &str) -> Extension {
    Extension {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        ..Extension::default()
    }
}
