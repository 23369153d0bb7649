//! How fast feeds are read: `cargo bench --bench feeds`.
//!
//! Prints MB/s for generated feeds of about 150 KB: our reader from bytes to drafts, beside quick-xml's bare events and feed-rs.

use std::{
    fmt::Write,
    hint::black_box,
    time::{Duration, Instant},
};

use gazetted::source::{Page, Validators, feed};

/// How long each reader runs over each feed.
const MEASURED: Duration = Duration::from_secs(1);

fn main() {
    println!("{:24} {:>9} {:>9} {:>9} {:>9}", "", "size", "ours", "events", "feed-rs");
    for (name, body) in [
        ("RSS 2.0, escaped", rss()),
        ("RSS 2.0, CDATA", rss_cdata()),
        ("Atom, XHTML", atom()),
    ] {
        let page = Page {
            url: "https://www.town.example/feed.xml".parse().expect("an address"),
            content_type: Some("application/xml; charset=utf-8".to_owned()),
            content_language: None,
            links: Vec::new(),
            body: body.clone().into_bytes(),
            validators: Validators::default(),
            fresh_for: None,
            moved: None,
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        let ours = speed(body.len(), || feed::parse(&page).expect("a feed").drafts.len());
        let events = speed(body.len(), || events(&body));
        let other = speed(body.len(), || {
            feed_rs::parser::parse(body.as_bytes()).expect("a feed").entries.len()
        });
        let size = body.len() / 1000;
        println!("{name:24} {size:>6} KB {ours:>4.0} MB/s {events:>4.0} MB/s {other:>4.0} MB/s");
    }
}

/// Megabytes a second.
fn speed(bytes: usize, read: impl Fn() -> usize) -> f64 {
    let expected = read();
    let start = Instant::now();
    let mut times = 0;
    while start.elapsed() < MEASURED {
        assert_eq!(black_box(read()), expected);
        times += 1;
    }
    f64::from(times) * bytes as f64 / 1e6 / start.elapsed().as_secs_f64()
}

fn events(body: &str) -> usize {
    let mut reader = quick_xml::Reader::from_str(body);
    let mut events = 0;
    loop {
        match reader.read_event().expect("well-formed") {
            quick_xml::events::Event::Eof => return events,
            event => {
                black_box(event);
                events += 1;
            }
        }
    }
}

/// A text of a notice, in HTML.
fn text(number: usize) -> String {
    let mut text = String::new();
    for paragraph in 0..3 {
        let _ = writeln!(
            text,
            "<p>Notice {number}.{paragraph}: the town hall is <b>closed</b> from {day} to {end} November &amp; the library, too. \
             Please use the <a href=\"/counter?id={number}&amp;part={paragraph}\">counter in the market hall</a> for passports, \
             parking permits and registrations. 자세한 사항은 담당 부서에 문의하시기 바랍니다.</p>",
            day = 1 + number % 20,
            end = 3 + number % 20,
        );
    }
    text
}

fn rss_with(describe: impl Fn(usize) -> String) -> String {
    let mut feed = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         <channel>\n<title>Town notices</title>\n<link>https://www.town.example/</link>\n\
         <description>What the town makes known</description>\n<language>en</language>\n"
        .to_owned();
    for number in 0..120 {
        let _ = write!(
            feed,
            "  <item>\n    <title>Town hall closed, notice {number}</title>\n    \
             <link>https://www.town.example/notices/view?id={number}</link>\n    \
             <guid isPermaLink=\"false\">town-{number}</guid>\n    <pubDate>Tue, 10 Nov 2020 09:{minute:02}:00 +0900</pubDate>\n    \
             <dc:creator>Civil Affairs</dc:creator>\n    <category>Offices</category>\n    \
             <enclosure url=\"https://www.town.example/files/{number}.pdf\" type=\"application/pdf\" length=\"120{number}\"/>\n    \
             <description>{description}</description>\n  </item>\n",
            minute = number % 60,
            description = describe(number),
        );
    }
    feed.push_str("</channel>\n</rss>\n");
    feed
}

fn rss() -> String {
    rss_with(|number| quick_xml::escape::escape(text(number)).into_owned())
}

fn rss_cdata() -> String {
    rss_with(|number| format!("<![CDATA[{}]]>", text(number)))
}

fn atom() -> String {
    let mut feed =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n\
         <title>Town notices</title>\n<link href=\"https://www.town.example/\"/>\n\
         <link rel=\"self\" href=\"https://www.town.example/feed.atom\"/>\n<id>https://www.town.example/</id>\n\
         <updated>2020-11-10T09:00:00+09:00</updated>\n"
            .to_owned();
    for number in 0..120 {
        let _ = write!(
            feed,
            "  <entry>\n    <title>Town hall closed, notice {number}</title>\n    \
             <link href=\"https://www.town.example/notices/view?id={number}\"/>\n    <id>urn:notice:{number}</id>\n    \
             <published>2020-11-10T09:{minute:02}:00+09:00</published>\n    <updated>2020-11-10T10:{minute:02}:00+09:00</updated>\n    \
             <author><name>Civil Affairs</name></author>\n    <category term=\"Offices\"/>\n    \
             <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">{text}</div></content>\n  </entry>\n",
            minute = number % 60,
            text = text(number),
        );
    }
    feed.push_str("</feed>\n");
    feed
}
