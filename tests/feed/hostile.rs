//! What sources should not send, and what they may leave out.

use gazetted::{
    feed::FeedView,
    notice::{Attachment, Notice, SafeHtml},
};

use super::{
    validator::check,
    view::{address, notice, view},
};

/// A feed of them all, and one of texts that are very long.
pub fn feeds() -> [FeedView; 2] {
    let html = |markup: &str| SafeHtml::clean(markup, Some(&address("https://www.town.example/a/b")));
    let with = |key: &str, title: &str, set: fn(&mut Notice)| {
        let mut notice = notice(key, title);
        set(&mut notice);
        notice
    };
    let mut notices = vec![
        notice("bare", "Nothing but a title"),
        notice("none", " \u{0}\u{200}\u{b}\n"),
        notice(
            "markup",
            "<script>alert(1)</script> & <b>bold</b> &amp;amp; ]]> \"quoted\" 'so'",
        ),
        notice("rtl", "إعلان\u{202e} عن وظائف שלום"),
        notice("emoji", "🎉👩‍👩‍👧‍👦 축제 \u{fe0f}\u{10ffff}"),
        notice("controls", "a\u{1}b\u{7f}c\u{9f}d\u{fffe}e\u{ffff}f"),
        with("dates", "Long ago", |notice| {
            notice.published = "0001-01-01".parse().ok()
        }),
        with("future", "Not yet", |notice| {
            notice.published = "9999-12-31".parse().ok()
        }),
        with("offset", "Far east", |notice| {
            notice.published = "2026-11-20T09:00:00+14:00".parse().ok()
        }),
        with("language", "Says nonsense of its language", |notice| {
            notice.language = Some("en_US; drop".to_owned());
            notice.author = Some("\u{0}\n ".to_owned());
            notice.categories = vec!["".to_owned(), " a \n b ".to_owned(), "<i>".to_owned(), "a b".to_owned()];
        }),
        with("link", "A link with letters", |notice| {
            notice.link = "https://한국.example/공지?제목=<b>\"&x=|^`{}".parse().ok();
        }),
    ];
    for (key, markup) in [
        (
            "script",
            "<script>alert(1)</script><p onclick=x style='color:red'>Text<iframe src=//evil.example></iframe>",
        ),
        (
            "addresses",
            "<a href='javascript:alert(1)'>x</a><a href='../c'>c</a><img src='data:image/png;base64,AA'><img src=//i.example/a.png>",
        ),
        ("open", "<div><p>never <b>closed <table><tr><td>x"),
        ("cdata", "<p>]]> <![CDATA[x]]> <!-- --> &nbsp;&#0;&#x1F; &unknown;</p>"),
        (
            "svg",
            "<svg><script>x</script></svg><math><mi//xlink:href='data:x,<script>'></math><p>left</p>",
        ),
    ] {
        let mut notice = notice(key, key);
        notice.content = html(markup);
        notice.views = Some(u64::MAX);
        notices.push(notice);
    }
    let mut files = notice("files", "Only files");
    for (name, url, media_type) in [
        ("공고문 <1>.hwp", "https://www.town.example/f?a=1&b=\"2\"", None),
        ("\u{0}", "ftp://www.town.example/x.pdf", Some("nonsense")),
        (
            "a.pdf",
            "https://www.town.example/a.pdf",
            Some("application/pdf; name=\"공고\""),
        ),
    ] {
        files.attachments.push(Attachment {
            name: name.to_owned(),
            url: address(url),
            media_type: media_type.map(str::to_owned),
            length: Some(u64::MAX),
        });
    }
    notices.push(files);
    let long = (0..3).map(|nth| {
        let mut notice = notice(&format!("long {nth}"), &"긴 제목 ".repeat(10_000));
        notice.content = html(&"<p>단수 안내 <b>water</b> 😀</p>".repeat(5 << 20 >> 5));
        notice
    });
    [
        view("Hostile <town> & more", Some("ko"), notices),
        view("Long", None, long.collect()),
    ]
}

#[test]
fn what_sources_should_not_send_leaves_the_feeds_valid() {
    for feed in feeds() {
        check(&feed);
    }
}

#[test]
fn a_feed_without_entries_is_valid() {
    check(&view("Empty", None, Vec::new()));
}
