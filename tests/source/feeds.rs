//! Feeds: what a reader of one is promised, whatever the feed looks like.

use std::io::{BufRead, BufReader};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::read::GzDecoder;
use gazetted::source::{Believed, Kind, Page, Parsed, feed};

use crate::town::{page_at, read, source, titles};

const AT: &str = "https://www.town.example/news/feed.xml";

fn page(body: impl Into<Vec<u8>>) -> Page {
    page_at(AT, "application/xml", body)
}

fn parse(body: impl Into<Vec<u8>>) -> Parsed {
    feed::parse(&page(body)).unwrap_or_else(|error| panic!("{error}"))
}

fn news(body: impl Into<Vec<u8>>) -> Believed {
    read(&source(Kind::Feed), &page(body)).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(body: &str) -> String {
    feed::parse(&page(body)).expect_err("no feed").to_string()
}

/// The same two notices in each format, so that a reader can't tell where they came from.
const RSS_2: &str = r#"<?xml version="1.0"?>
    <rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <channel><title>Town</title><link>https://www.town.example/</link><description>News</description><language>en</language>
    <copyright>the town</copyright><managingEditor>press@town.example (Press office)</managingEditor><ttl>30</ttl>
    <lastBuildDate>Tue, 10 Nov 2020 09:00:00 +0900</lastBuildDate>
    <atom:link rel="self" href="/news/feed.xml"/><atom:link rel="hub" href="https://hub.example/"/>
    <item><title>Water off</title><link>/n/2</link><guid isPermaLink="false">n2</guid>
      <pubDate>Tue, 10 Nov 2020 09:00:00 +0900</pubDate><dc:creator>Civil Affairs</dc:creator><category>Works</category>
      <description>&lt;p&gt;On &lt;b&gt;Monday&lt;/b&gt;&lt;/p&gt;</description>
      <enclosure url="/f/2.pdf" type="application/pdf" length="12"/></item>
    <item><title>Library closed</title><link>/n/1</link><guid isPermaLink="false">n1</guid></item>
    </channel></rss>"#;

const RSS_1: &str = r#"<?xml version="1.0"?>
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
      xmlns:enc="http://purl.oclc.org/net/rss_2.0/enc#">
    <channel rdf:about="https://www.town.example/"><title>Town</title><link>https://www.town.example/</link>
      <description>News</description><dc:language>en</dc:language><dc:rights>the town</dc:rights>
      <dc:creator>Press office</dc:creator><dc:date>2020-11-10T09:00:00+09:00</dc:date>
      <atom:link rel="self" href="/news/feed.xml"/><atom:link rel="hub" href="https://hub.example/"/>
      <items><rdf:Seq><rdf:li rdf:resource="n2"/></rdf:Seq></items></channel>
    <item rdf:about="n2"><title>Water off</title><link>/n/2</link><dc:date>2020-11-10T09:00:00+09:00</dc:date>
      <dc:creator>Civil Affairs</dc:creator><dc:subject>Works</dc:subject>
      <description><![CDATA[<p>On <b>Monday</b></p>]]></description>
      <atom:link rel="enclosure" href="/f/2.pdf" type="application/pdf" length="12"/></item>
    <item rdf:about="n1"><title>Library closed</title><link>/n/1</link></item>
    </rdf:RDF>"#;

const ATOM_1: &str = r#"<?xml version="1.0"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Town</title><link href="https://www.town.example/"/>
    <link rel="self" href="/news/feed.xml"/><link rel="hub" href="https://hub.example/"/><subtitle>News</subtitle>
    <rights>the town</rights><author><name>Press office</name><email>press@town.example</email></author>
    <updated>2020-11-10T09:00:00+09:00</updated>
    <entry><title type="text">Water off</title><link href="/n/2"/><id>n2</id><published>2020-11-10T09:00:00+09:00</published>
      <author><name>Civil Affairs</name></author><category term="Works"/>
      <summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>On <b>Monday</b></p></div></summary>
      <link rel="enclosure" href="/f/2.pdf" type="application/pdf" length="12"/></entry>
    <entry><title>Library closed</title><link rel="alternate" href="/n/1"/><id>n1</id></entry>
    </feed>"#;

const ATOM_0_3: &str = r#"<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="en">
    <title mode="base64">VG93bg==</title><link rel="alternate" type="text/html" href="https://www.town.example/"/>
    <link rel="self" href="/news/feed.xml"/><link rel="hub" href="https://hub.example/"/><tagline>News</tagline>
    <copyright>the town</copyright><author><name>Press office</name></author><modified>2020-11-10T09:00:00+09:00</modified>
    <entry><title>Water off</title><link rel="alternate" type="text/html" href="/n/2"/><id>n2</id>
      <issued>2020-11-10T09:00:00+09:00</issued><author><name>Civil Affairs</name></author>
      <dc:subject>Works</dc:subject>
      <summary type="text/html" mode="escaped">&lt;p&gt;On &lt;b&gt;Monday&lt;/b&gt;&lt;/p&gt;</summary>
      <link rel="enclosure" href="/f/2.pdf" type="application/pdf" length="12"/></entry>
    <entry><title>Library closed</title><link rel="alternate" href="/n/1"/><id>n1</id></entry></feed>"#;

const JSON: &str = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Town", "home_page_url": "https://www.town.example/",
    "feed_url": "/news/feed.xml", "description": "News", "language": "en", "authors": [{"name": "Press office"}],
    "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
    "items": [
      {"id": "n2", "url": "/n/2", "title": "Water off", "date_published": "2020-11-10T09:00:00+09:00",
       "authors": [{"name": "Civil Affairs"}], "tags": ["Works"], "content_html": "<p>On <b>Monday</b></p>",
       "attachments": [{"url": "/f/2.pdf", "mime_type": "application/pdf", "size_in_bytes": 12}]},
      {"id": "n1", "url": "/n/1", "title": "Library closed"}]}"#;

#[test]
fn a_notice_is_the_same_in_every_format() {
    for feed in [RSS_2, RSS_1, ATOM_1, ATOM_0_3, JSON] {
        let meta = parse(feed).meta;
        assert_eq!(meta.title.as_deref(), Some("Town"), "{feed}");
        assert_eq!(meta.site_url.as_deref(), Some("https://www.town.example/"), "{feed}");
        assert_eq!(meta.self_url.as_deref(), Some(AT), "{feed}");
        assert_eq!(meta.hubs, ["https://hub.example/"], "{feed}");
        assert_eq!(meta.description.as_deref(), Some("News"), "{feed}");
        assert_eq!(meta.language.as_deref(), Some("en"), "{feed}");
        assert_eq!(meta.author.as_deref(), Some("Press office"), "{feed}");
        let believed = news(feed);
        assert_eq!(titles(&believed.notices), ["Water off", "Library closed"], "{feed}");
        let water = &believed.notices[0];
        assert_eq!(water.guid.as_deref(), Some("n2"), "{feed}");
        assert_eq!(
            water.link.as_ref().map(|link| link.as_str()),
            Some("https://www.town.example/n/2"),
            "{feed}"
        );
        let published = water.published.map(|date| date.to_string());
        assert_eq!(published.as_deref(), Some("2020-11-10T09:00:00+09:00"), "{feed}");
        assert_eq!(water.author.as_deref(), Some("Civil Affairs"), "{feed}");
        assert_eq!(water.categories, ["Works"], "{feed}");
        let body = water.content.as_ref().or(water.summary.as_ref());
        assert_eq!(
            body.map(|html| html.as_str()),
            Some("<p>On <b>Monday</b></p>"),
            "{feed}"
        );
        let [file] = &water.attachments[..] else {
            panic!("one file in {feed}")
        };
        assert_eq!(file.url.as_str(), "https://www.town.example/f/2.pdf", "{feed}");
        assert_eq!(
            (file.media_type.as_deref(), file.length),
            (Some("application/pdf"), Some(12)),
            "{feed}"
        );
    }
    assert_eq!(parse(RSS_2).meta.ttl_minutes, Some(30));
}

#[test]
fn a_feed_says_when_it_wants_to_be_asked() {
    let meta = |told: &str| {
        let channel = format!("<channel><title>Town</title>{told}<item><title>Water off</title></item></channel>");
        parse(format!(
            "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>{channel}</rss>"
        ))
        .meta
    };
    let quiet = meta(
        "<skipHours><hour>0</hour><hour>24</hour><hour> 23 </hour><hour>25</hour><hour>-1</hour><hour>x</hour></skipHours>\
         <skipDays><day>Saturday</day><day>sunday</day><day>Someday</day></skipDays>",
    );
    assert_eq!((quiet.skip_hours, quiet.skip_days), (1 << 23 | 1, 0b110_0000));
    let every = |told: &str| meta(told).update_every.map(|every| every.as_secs() / 3_600);
    assert_eq!(every("<sy:updatePeriod> daily </sy:updatePeriod>"), Some(24));
    assert_eq!(
        every("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"),
        Some(6)
    );
    assert_eq!(
        every("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>"),
        Some(1)
    );
    assert_eq!(every("<sy:updatePeriod>soon</sy:updatePeriod>"), None);
    assert_eq!(every("<sy:updateFrequency>3</sy:updateFrequency>"), None);
}

#[test]
fn a_notice_keeps_its_id_when_its_feed_changes_format() {
    let ids = |feed: &str| news(feed).notices.iter().map(|notice| notice.id).collect::<Vec<_>>();
    assert_eq!(ids(RSS_2), ids(ATOM_1));
    assert_eq!(ids(RSS_2), ids(JSON));
}

#[test]
fn a_feed_is_read_in_the_charset_that_it_is_in_whatever_it_says() {
    let feed = |declared: &str, title: &str| {
        format!(
            "<?xml version='1.0' encoding='{declared}'?><rss><channel><item><title>{title}</title></item></channel></rss>"
        )
    };
    let korean = "공지사항 제목 안내입니다";
    let wide = |text: String, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let euc_kr = |declared| encoding_rs::EUC_KR.encode(&feed(declared, korean)).0.into_owned();
    for body in [
        feed("utf-8", korean).into_bytes(),
        feed("euc-kr", korean).into_bytes(),
        format!("\u{feff}{}", feed("iso-8859-1", korean)).into_bytes(),
        euc_kr("euc-kr"),
        euc_kr("ks_c_5601-1987"),
        euc_kr("utf-8"),
        wide(feed("utf-16", korean), u16::to_be_bytes),
        wide(feed("utf-16", korean), u16::to_le_bytes),
        wide(format!("\u{feff}{}", feed("utf-8", korean)), u16::to_be_bytes),
    ] {
        assert_eq!(titles(&news(body).notices), [korean]);
    }
    let lie = encoding_rs::WINDOWS_1252
        .encode(&feed("iso-8859-1", "don’t – €"))
        .0
        .into_owned();
    assert_eq!(titles(&news(lie).notices), ["don’t – €"]);
    assert_eq!(
        titles(&news(feed("utf-8", "don\u{92}t &#150; &#x80;")).notices),
        ["don’t – €"]
    );
}

#[test]
fn a_broken_feed_is_read_as_far_as_it_goes() {
    for (feed, expected) in [
        // Something before the feed, and a declaration that isn't first.
        (
            "\n\n<?xml version='1.0'?><rss><channel><item><title>a</title></item></channel></rss>",
            &["a"][..],
        ),
        (
            "<br />\n<b>Warning</b>: x in <b>y</b><br /><rss><channel><item><title>a</title></item>",
            &["a"],
        ),
        // Ampersands and entities that nobody declared.
        (
            "<rss><channel><item><title>R&D &nbsp;&eacute; &unknown; AT&T</title></item></channel></rss>",
            &["R&D é &unknown; AT&T"],
        ),
        // Tags that don't match, or were forgotten.
        (
            "<rss><channel><item><title>a</titel><guid>1</guid></item><item><title>b</title></item></channel>",
            &["a", "b"],
        ),
        (
            "<rss><channel><item><title>a</title><item><title>b</title></item></rss>",
            &["a", "b"],
        ),
        (
            "<rss><channel><item><title>a</title></channel></item><item><title>b</title></item></rss>",
            &["a", "b"],
        ),
        // Cut off.
        ("<rss><channel><item><title>a</title></item><item><title>b", &["a", "b"]),
        (
            "<rss><channel><item><title>a</title></item><item><title>b</title><link>htt",
            &["a", "b"],
        ),
        (
            "<rss><channel><item><title><![CDATA[a</title></item><item><title>b</title></item></channel></rss>",
            &["a", "b"],
        ),
        // Prefixes without declarations, in capitals, and with the wrong address.
        (
            "<RSS><CHANNEL><ITEM><DC:TITLE>a</DC:TITLE></ITEM></CHANNEL></RSS>",
            &["a"],
        ),
        (
            "<rss xmlns:dc='http://town.example/typo'><channel><item><dc:title>a</dc:title></item></channel></rss>",
            &["a"],
        ),
        (
            "<r:rss xmlns:r='http://backend.userland.com/rss2'><r:channel><r:item><r:title>a</r:title></r:item></r:channel></r:rss>",
            &["a"],
        ),
        (
            "<feed xmlns='http://town.example/own'><entry><title>a</title></entry></feed>",
            &["a"],
        ),
        // Characters that XML doesn't have.
        (
            "<rss><channel><item><title>a\u{8}\u{b}&#0;&#8;</title></item></channel></rss>",
            &["a\u{fffd}"],
        ),
    ] {
        let seen = news(feed);
        let seen: Vec<_> = seen
            .notices
            .iter()
            .map(|notice| notice.title.replace('\u{fffd}', ""))
            .collect();
        let expected: Vec<_> = expected.iter().map(|title| title.replace('\u{fffd}', "")).collect();
        assert_eq!(seen, expected, "{feed}");
    }
}

#[test]
fn an_entry_without_a_title_is_kept() {
    let believed = news(
        "<rss><channel><item><description>First line.&lt;br&gt;Second</description></item>\
         <item><link>https://www.town.example/n/2</link></item><item><guid isPermaLink='false'>n1</guid></item></channel></rss>",
    );
    assert_eq!(
        titles(&believed.notices),
        ["First line.", "https://www.town.example/n/2", "n1"]
    );
    assert!(believed.set_aside.is_empty());
}

#[test]
fn a_title_that_is_a_picture_is_told_by_its_words() {
    let believed = news(
        "<rss><channel><item><title>&lt;img src='/a.png' alt='Water off on Monday'></title><guid>1</guid></item>\
         <item><title>&lt;img src='https://www.town.example/b.png'></title><description>The text</description>\
         <link>https://www.town.example/n/2</link></item></channel></rss>",
    );
    assert_eq!(titles(&believed.notices), ["Water off on Monday", "The text"]);
    let believed = news(
        r#"{"version": "https://jsonfeed.org/version/1.1", "items": [
            {"id": "1", "content_text": "Said in short", "content_html": "<p>Said at length</p>"}]}"#,
    );
    assert_eq!(titles(&believed.notices), ["Said in short"]);
}

#[test]
fn what_is_a_tag_in_a_text_stays_text() {
    let believed = news(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title type='text'>The &lt;p> tag</title><id>1</id>\
         <content type='text'>Write &lt;p> first.\nThen text.</content></entry></feed>",
    );
    assert_eq!(titles(&believed.notices), ["The <p> tag"]);
    let text = believed.notices[0].content.as_ref().map(|html| html.text());
    assert_eq!(text.as_deref(), Some("Write <p> first.\nThen text."));
}

#[test]
fn an_address_is_of_the_base_that_holds_where_it_stands() {
    let parsed = news(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://a.example/x/'><entry xml:base='y/'><title>t</title>\
         <link href='1' xml:base='/z/'/><content type='xhtml'><div><img src='i.png'/></div></content></entry></feed>",
    );
    let [notice] = &parsed.notices[..] else {
        panic!("one notice")
    };
    assert_eq!(
        notice.link.as_ref().map(|link| link.as_str()),
        Some("https://a.example/z/1")
    );
    let content = notice.content.as_ref().map(|html| html.as_str());
    assert_eq!(content, Some("<img src=\"https://a.example/x/y/i.png\">"));
}

#[test]
fn a_time_without_an_offset_is_of_the_sources_zone() {
    let believed =
        news("<rss><channel><item><title>t</title><pubDate>2020-11-10 09:00:00</pubDate></item></channel></rss>");
    let published = believed.notices[0].published.map(|date| date.to_string());
    assert_eq!(published.as_deref(), Some("2020-11-10T09:00:00+09:00"));
}

#[test]
fn the_news_of_a_sitemap_are_notices() {
    for (sitemap, prefix) in [
        (
            "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"",
            "xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\"",
        ),
        ("xmlns=\"https://www.sitemaps.org/schemas/sitemap/0.9/\"", ""),
        ("", ""),
    ] {
        let found = news(format!(
            "<?xml version=\"1.0\"?><urlset {sitemap} {prefix} xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\">
             <url><loc>https://www.town.example/</loc><lastmod>2020-11-11</lastmod></url>
             <url><loc>https://www.town.example/n/2?a=1&amp;b=2</loc><lastmod>2020-11-10T12:00:00+09:00</lastmod>
               <news:news><news:publication><news:name>Town Gazette</news:name><news:language>en</news:language></news:publication>
               <news:publication_date>2020-11-10T09:00:00+09:00</news:publication_date>
               <news:title>Water &amp;amp; gas off</news:title><news:keywords>Works, North</news:keywords></news:news>
               <image:image><image:loc>https://www.town.example/p.jpg</image:loc><image:title>A pipe</image:title></image:image></url>
             <url><loc>https://www.town.example/n/1</loc><news:news><news:publication_date>2020-11-09</news:publication_date>
               <news:title><![CDATA[Library closed]]></news:title></news:news></url></urlset>"
        ));
        assert_eq!(titles(&found.notices), ["Water & gas off", "Library closed"]);
        let first = &found.notices[0];
        let date = |date: Option<gazetted::notice::Published>| date.map(|date| date.to_string());
        assert_eq!(
            first.link.as_ref().map(|link| link.as_str()),
            Some("https://www.town.example/n/2?a=1&b=2")
        );
        assert_eq!(date(first.published).as_deref(), Some("2020-11-10T09:00:00+09:00"));
        assert_eq!(date(first.updated).as_deref(), Some("2020-11-10T12:00:00+09:00"));
        assert_eq!(first.language.as_deref(), Some("en"));
        assert_eq!(first.categories, ["Works", "North"]);
        assert_eq!(date(found.notices[1].published).as_deref(), Some("2020-11-09"));
    }
}

#[test]
fn what_is_no_feed_is_named() {
    for (body, expected) in [
        ("", "an empty answer"),
        (
            "<!doctype html><html><head><title>Login &amp; more</title>",
            "an HTML page titled \u{201c}Login & more\u{201d}",
        ),
        (
            "<html><title>T</title><link rel=alternate type='application/rss+xml' href='/rss?a=1&amp;b=2'>",
            "its feed is at https://www.town.example/rss?a=1&b=2",
        ),
        (
            "<sitemapindex><sitemap><loc>https://www.town.example/news.xml</loc></sitemap></sitemapindex>",
            "a list of sitemaps, of which the first is https://www.town.example/news.xml",
        ),
        (
            "<urlset><url><loc>https://www.town.example/n/2</loc><lastmod>2020-11-10</lastmod></url></urlset>",
            "a sitemap of 1 pages, which titles none of them as news",
        ),
        ("<opml><body/></opml>", "a document of <opml>"),
        ("Not found", "a text: Not found"),
        (
            "{\"data\": [], \"total\": 0}",
            "the keys data, total; a JSON API is read with kind = \"json\"",
        ),
        ("{\"items\": [", "JSON that breaks off"),
        ("[1]", "a text: [1]"),
    ] {
        let why = refused(body);
        assert!(
            why.starts_with("expected a feed, found ") && why.contains(expected),
            "{why}"
        );
    }
}

#[test]
fn a_hostile_feed_costs_no_more_than_its_bytes() {
    let entries = |inside: &str| format!("<rss><channel><item><title>t</title>{inside}</item></channel></rss>");
    let bomb: String = (1..9)
        .map(|n| format!("<!ENTITY e{n} '{}'>", format!("&e{};", n - 1).repeat(10)))
        .collect();
    let bomb = format!(
        "<!DOCTYPE rss [<!ENTITY e0 'ha'>{bomb}]>{}",
        entries(&"&e8;".repeat(100_000))
    );
    for body in [
        bomb,
        entries(&"<a>".repeat(1_000_000)),
        entries(&"<a xml:base='b/' xmlns:c='d'>".repeat(100_000)),
        entries(&"</a>".repeat(1_000_000)),
        entries(&"<a></b>".repeat(300_000)),
        entries(&"<![CDATA[".repeat(300_000)),
        entries(&"<description>x</description>".repeat(300_000)),
        entries(&"<category>x</category>".repeat(300_000)),
        entries(&"<enclosure url='u'/>".repeat(300_000)),
        entries(&"<link rel='hub' href='u'/>".repeat(300_000)),
        entries(&format!("<description>{}</description>", "&lt;".repeat(3_000_000))),
        format!("<rss>{}", "<channel>".repeat(1_000_000)),
        format!("<rss><channel>{}", "<item><title>t</title></item>".repeat(200_000)),
        format!("<rss xmlns:a='{}'", "x".repeat(5_000_000)),
        format!("<rss {}>", "a='b' ".repeat(1_000_000)),
        format!(
            "<rss {}><channel>{}",
            "xmlns:a='b' ".repeat(100_000),
            "<a:b/>".repeat(300_000)
        ),
        "<".repeat(5_000_000),
        "&".repeat(5_000_000),
        format!("{{\"version\": {}", "[".repeat(1_000_000)),
    ] {
        if let Ok(parsed) = feed::parse(&page(body)) {
            assert!(parsed.drafts.len() <= 1_000);
            for draft in &parsed.drafts {
                assert!(draft.categories.len() <= 100 && draft.attachments.len() <= 200);
                assert!(draft.title.as_ref().is_none_or(|title| title.len() < 8_000_000));
            }
            assert!(parsed.meta.hubs.len() <= 10);
        }
    }
}

#[test]
fn the_collection_of_feeds_is_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/feeds/feeds.jsonl.gz");
    let Ok(file) = std::fs::File::open(path) else {
        println!("skipped: no collection of feeds beside this checkout");
        return;
    };
    let (mut documents, mut unread) = (0, Vec::new());
    for line in BufReader::new(GzDecoder::new(file)).lines() {
        let case: serde_json::Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let body = BASE64_STANDARD
            .decode(case["data_b64"].as_str().expect("a body"))
            .expect("base64");
        let page = Page {
            content_type: case["http_content_type"].as_str().map(str::to_owned),
            ..page(body)
        };
        documents += 1;
        if let Err(why) = feed::parse(&page) {
            unread.push(format!("{}: {why}", case["id"]));
        }
    }
    assert!(unread.len() * 200 <= documents, "{}", unread.join("\n"));
}
