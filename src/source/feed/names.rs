//! The vocabulary of feeds: which elements there are, and in which namespace.
//!
//! Knows: names, whatever their case, and namespaces, by address or by the prefix that everybody uses. Does not know: what an
//! element means to an entry.

/// A namespace whose elements mean something to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS in all its versions, which mostly is no namespace at all.
    Rss,
    /// Atom 0.3 and 1.0.
    Atom,
    /// RSS 1.0 content module.
    Content,
    /// Dublin Core, elements and terms.
    Dublin,
    /// Media RSS.
    Media,
    /// iTunes podcasts.
    Itunes,
    /// FeedBurner, which puts its own addresses before those of the feed.
    FeedBurner,
    /// RDF.
    Rdf,
    /// XHTML.
    Html,
    /// Sitemaps.
    Sitemap,
    /// What sitemaps say of news.
    News,
    /// RSS 1.0 syndication module.
    Syndication,
    /// Any other.
    Foreign,
}

impl Space {
    /// The namespace with this address. Addresses are written with and without `www.`, `#`, a last `/`, and in any case.
    pub(super) fn of_address(address: &str) -> Self {
        const KNOWN: [(&str, Space); 24] = [
            ("purl.org/rss/1.0/modules/content", Space::Content),
            ("purl.org/rss/1.0/modules/syndication", Space::Syndication),
            ("purl.org/rss/1.0/modules", Space::Foreign),
            ("purl.org/rss/1", Space::Rss),
            ("purl.org/net/rss", Space::Rss),
            ("backend.userland.com/", Space::Rss),
            ("blogs.law.harvard.edu/tech/rss", Space::Rss),
            ("cyber.law.harvard.edu/rss", Space::Rss),
            ("my.netscape.com/", Space::Rss),
            ("channel.netscape.com/", Space::Rss),
            ("w3.org/2005/atom", Space::Atom),
            ("purl.org/atom", Space::Atom),
            ("purl.org/pie", Space::Atom),
            ("purl.org/dc/", Space::Dublin),
            ("purl.org/metadata/dublin_core", Space::Dublin),
            ("search.yahoo.com/mrss", Space::Media),
            ("itunes.com/dtds", Space::Itunes),
            ("rssnamespace.org/feedburner", Space::FeedBurner),
            ("w3.org/1999/02/22-rdf-syntax-ns", Space::Rdf),
            ("w3.org/1999/xhtml", Space::Html),
            ("w3.org/tr/rec-html40", Space::Html),
            ("sitemaps.org/schemas/sitemap", Space::Sitemap),
            ("google.com/schemas/sitemap/", Space::Sitemap),
            ("google.com/schemas/sitemap-news", Space::News),
        ];
        let lower = address.trim().to_ascii_lowercase();
        let bare = lower.split_once("://").map_or(lower.as_str(), |(_, bare)| bare);
        let bare = bare.strip_prefix("www.").unwrap_or(bare);
        KNOWN
            .iter()
            .find(|(known, _)| bare.starts_with(known))
            .map_or(Self::Foreign, |(_, space)| *space)
    }

    /// The namespace that this prefix usually stands for.
    pub(super) fn of_prefix(prefix: &str) -> Self {
        const KNOWN: [(&str, Space); 15] = [
            ("content", Space::Content),
            ("sy", Space::Syndication),
            ("dc", Space::Dublin),
            ("dcterms", Space::Dublin),
            ("media", Space::Media),
            ("itunes", Space::Itunes),
            ("atom", Space::Atom),
            ("atom10", Space::Atom),
            ("a10", Space::Atom),
            ("rss", Space::Rss),
            ("feedburner", Space::FeedBurner),
            ("rdf", Space::Rdf),
            ("xhtml", Space::Html),
            ("html", Space::Html),
            ("news", Space::News),
        ];
        KNOWN
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(prefix))
            .map_or(Self::Foreign, |(_, space)| *space)
    }

    /// Whether elements of this namespace are the feed itself, not an addition to it.
    pub(super) fn is_core(self) -> bool {
        matches!(self, Self::Rss | Self::Atom | Self::Sitemap)
    }
}

macro_rules! vocabulary {
    ($($name:ident = $($text:literal)|+),+ $(,)?) => {
        /// What an element is called, without its prefix.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Name {
            $($name,)+
            /// A word that means nothing to us.
            Other,
        }

        /// Longest word of the vocabulary, in bytes.
        const LONGEST: usize = 17;

        impl Name {
            /// The element called `local`, in any case.
            pub(super) fn of(local: &str) -> Self {
                let mut lower = [0; LONGEST];
                let Some(lower) = lower.get_mut(..local.len()) else {
                    return Self::Other;
                };
                lower.copy_from_slice(local.as_bytes());
                lower.make_ascii_lowercase();
                match &*lower {
                    $($($text)|+ => Self::$name,)+
                    _ => Self::Other,
                }
            }
        }
    };
}

vocabulary! {
    // Around the entries
    Rss = b"rss",
    Rdf = b"rdf",
    Feed = b"feed",
    Channel = b"channel",
    Items = b"items",
    Item = b"item",
    Entry = b"entry",
    Html = b"html",
    UrlSet = b"urlset",
    SitemapIndex = b"sitemapindex",
    Url = b"url",
    News = b"news",
    Publication = b"publication",
    // What both feeds and entries have
    Title = b"title",
    Link = b"link",
    Loc = b"loc",
    OrigLink = b"origlink",
    OrigEnclosure = b"origenclosurelink",
    Id = b"id",
    Guid = b"guid",
    Identifier = b"identifier",
    Description = b"description",
    Abstract = b"abstract",
    Summary = b"summary",
    Subtitle = b"subtitle",
    Tagline = b"tagline",
    Content = b"content",
    Encoded = b"encoded",
    Body = b"body",
    Fullitem = b"fullitem",
    Language = b"language",
    Rights = b"rights",
    Copyright = b"copyright",
    Ttl = b"ttl",
    SkipHours = b"skiphours",
    SkipDays = b"skipdays",
    UpdatePeriod = b"updateperiod",
    UpdateFrequency = b"updatefrequency",
    Source = b"source",
    Group = b"group",
    Enclosure = b"enclosure",
    // People
    Author = b"author",
    Creator = b"creator",
    ManagingEditor = b"managingeditor",
    WebMaster = b"webmaster",
    Publisher = b"publisher",
    Person = b"name",
    Email = b"email",
    // Dates
    PubDate = b"pubdate",
    Published = b"published",
    Issued = b"issued",
    Date = b"date",
    Created = b"created",
    Updated = b"updated",
    Modified = b"modified",
    LastBuildDate = b"lastbuilddate",
    PublicationDate = b"publication_date",
    Lastmod = b"lastmod",
    // Labels
    Category = b"category",
    Subject = b"subject",
    Keywords = b"keywords",
    Tags = b"tags",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_known_by_its_address_however_it_is_written() {
        for (address, space) in [
            ("http://www.w3.org/2005/Atom", Space::Atom),
            ("https://www.w3.org/2005/Atom/", Space::Atom),
            ("http://purl.org/atom/ns#", Space::Atom),
            ("http://purl.org/rss/1.0/", Space::Rss),
            ("http://purl.org/rss/1.0/modules/content/", Space::Content),
            ("http://purl.org/rss/1.0/modules/syndication/", Space::Syndication),
            ("HTTP://PURL.ORG/DC/ELEMENTS/1.1/", Space::Dublin),
            ("http://purl.org/dc/terms/", Space::Dublin),
            ("http://search.yahoo.com/mrss", Space::Media),
            ("http://www.example.org/", Space::Foreign),
        ] {
            assert_eq!(Space::of_address(address), space, "{address}");
        }
    }

    #[test]
    fn names_are_known_in_any_case() {
        assert_eq!(Name::of("pubDate"), Name::PubDate);
        assert_eq!(Name::of("CHANNEL"), Name::Channel);
        assert_eq!(Name::of("pubDates"), Name::Other);
        assert_eq!(Name::of(&"x".repeat(100_000)), Name::Other);
    }
}
