//! What readers of feeds rely on.

use std::io::Read;

use gazetted::notice::SafeHtml;

use super::town::{Answer, NEWS, TOWN, Town, boards, digital_government, notice, now_at};

const FORMATS: [(&str, &str); 3] = [
    ("atom", "application/atom+xml; charset=utf-8"),
    ("rss", "application/rss+xml; charset=utf-8"),
    ("json", "application/feed+json; charset=utf-8"),
];

#[tokio::test]
async fn the_notice_has_its_title_its_day_its_views_and_its_files_in_all_formats() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;

    let atom = town.get("/feeds/mois-news.atom").await;
    let feed = atom_syndication::Feed::read_from(&atom.body[..]).expect("Atom");
    let entry = &feed.entries[0];
    let id = digital_government().id.to_string();
    assert_eq!(
        entry.title.value,
        "Republic of Korea talks the future of digital government with digital leaders"
    );
    assert_eq!(entry.id, id);
    assert_eq!(
        entry.published.expect("a date").to_rfc3339(),
        "2020-11-10T00:00:00+09:00"
    );
    assert_eq!(entry.updated.to_rfc3339(), "2020-11-10T00:00:00+09:00");
    assert_eq!(feed.updated, entry.updated);
    assert_eq!(entry.authors[0].name, "MOIS News & Notices");
    let enclosures: Vec<_> = entry.links.iter().filter(|link| link.rel == "enclosure").collect();
    assert_eq!(enclosures.len(), 2);
    assert_eq!(enclosures[0].mime_type.as_deref(), Some("application/pdf"));
    assert_eq!(
        (enclosures[0].length.as_deref(), enclosures[1].length.as_deref()),
        (Some("12345"), None)
    );
    let content = entry
        .content
        .as_ref()
        .and_then(|content| content.value.as_deref())
        .expect("content");
    assert!(
        content.contains("<p>They agreed on a &lt;plan&gt; &amp; left.</p>"),
        "{content}"
    );
    assert!(
        content.contains("Joint statement.pdf</a>") && content.contains("사진.jpg</a>"),
        "{content}"
    );
    assert!(content.contains("Read: 9,872"), "{content}");
    assert_eq!(
        entry.summary.as_ref().expect("a summary").value,
        "Ministers met. They agreed on a <plan> & left."
    );

    let rss = town.get("/feeds/mois-news.rss").await;
    let channel = rss::Channel::read_from(&rss.body[..]).expect("RSS");
    let item = &channel.items[0];
    assert_eq!(item.pub_date.as_deref(), Some("Tue, 10 Nov 2020 00:00:00 +0900"));
    let guid = item.guid.as_ref().expect("a guid");
    assert_eq!((guid.value.as_str(), guid.permalink), (id.as_str(), false));
    let enclosure = item.enclosure.as_ref().expect("an enclosure");
    assert_eq!(
        (enclosure.length.as_str(), enclosure.mime_type.as_str()),
        ("12345", "application/pdf")
    );
    assert_eq!(
        item.content.as_deref(),
        Some(content),
        "all formats carry the same text"
    );
    assert_eq!(
        item.description.as_deref(),
        Some("Ministers met. They agreed on a &lt;plan&gt; &amp; left.")
    );
    assert!(
        rss.text()
            .contains("<atom:link href=\"https://notices.example.org/feeds/mois-news.rss\" rel=\"self\"")
    );

    let json = town.get("/feeds/mois-news.json").await;
    let json: serde_json::Value = serde_json::from_slice(&json.body).expect("JSON");
    let item = &json["items"][0];
    assert_eq!(item["id"], id);
    assert_eq!(item["date_published"], "2020-11-10T00:00:00+09:00");
    assert_eq!(item["_gazetted"]["views"], 9872);
    assert_eq!(item["attachments"][1]["mime_type"], "image/jpeg");
    assert_eq!(json["feed_url"], "https://notices.example.org/feeds/mois-news.json");
    town.closes().await;
}

#[tokio::test]
async fn feeds_say_what_they_are_and_how_long_they_are_good() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    for (extension, kind) in FORMATS {
        for path in [
            format!("/feeds/mois-news.{extension}"),
            format!("/feeds/all.{extension}"),
        ] {
            let answer = town.get(&path).await;
            assert_eq!(answer.code, 200, "{path}");
            assert_eq!(answer.header("content-type"), kind);
            assert_eq!(
                answer.header("cache-control"),
                "public, max-age=60, stale-if-error=86400"
            );
            assert_eq!(answer.header("vary"), "Accept-Encoding");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert!(answer.header("content-security-policy").contains("sandbox"));
            assert!(answer.header("etag").starts_with('"') && answer.header("etag").len() > 20);
            assert_eq!(answer.header("last-modified"), "Tue, 10 Nov 2020 09:20:01 GMT");
        }
    }
    town.closes().await;
}

#[tokio::test]
async fn a_feed_is_good_until_one_of_its_sources_is_asked_again() {
    let town = Town::opens().await;
    // Readers come at second 121.
    for (id, next_poll) in [(NEWS, 400), (TOWN, 1_000_000)] {
        town.remembers(id, |state| state.next_poll = now_at(next_poll)).await;
    }
    for (path, age) in [("mois-news", 289), ("town", 3600), ("all", 289), ("tag/korea", 289)] {
        let answer = town.get(&format!("/feeds/{path}.rss")).await;
        let expected = format!("public, max-age={age}, stale-if-error=86400");
        assert_eq!(answer.header("cache-control"), expected, "{path}");
    }
    let etag = town.get("/feeds/town.rss").await.header("etag").to_owned();
    town.remembers(TOWN, |state| state.next_poll = now_at(700)).await;
    let again = town
        .get_with("/feeds/town.rss", &[("If-None-Match", etag.as_str())])
        .await;
    assert_eq!(again.code, 304);
    assert_eq!(
        again.header("cache-control"),
        "public, max-age=529, stale-if-error=86400"
    );
    town.closes().await;
}

#[tokio::test]
async fn conditional_requests_are_answered_after_the_book() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let first = town.get("/feeds/all.atom").await;
    let (etag, date) = (
        first.header("etag").to_owned(),
        first.header("last-modified").to_owned(),
    );
    let weak = format!("W/{etag}");
    let list = format!("\"zz\", {weak}");
    let later = "Fri, 01 Jan 2100 00:00:00 GMT";
    for (headers, code) in [
        (vec![("If-None-Match", etag.as_str())], 304),
        (vec![("If-None-Match", weak.as_str())], 304),
        (vec![("If-None-Match", list.as_str())], 304),
        (vec![("If-None-Match", "*")], 304),
        (vec![("If-None-Match", "\"zz\"")], 200),
        (vec![("If-None-Match", "\"zz\""), ("If-Modified-Since", later)], 200),
        (
            vec![
                ("If-None-Match", etag.as_str()),
                ("If-Modified-Since", "Thu, 01 Jan 1998 00:00:00 GMT"),
            ],
            304,
        ),
        (vec![("If-Modified-Since", date.as_str())], 304),
        (vec![("If-Modified-Since", "Thu, 01 Jan 1998 00:00:00 GMT")], 200),
        (vec![("If-Modified-Since", "yesterday")], 200),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = town.ask(method, "/feeds/all.atom", &headers, b"").await;
            assert_eq!(answer.code, code, "{method} {headers:?}");
            assert_eq!(answer.header("etag"), etag, "{headers:?}");
            assert_eq!(answer.header("cache-control"), first.header("cache-control"));
            assert_eq!(answer.header("vary"), "Accept-Encoding");
            assert_eq!(answer.body.is_empty(), code == 304 || method == "HEAD", "{headers:?}");
        }
    }
    town.closes().await;
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_a_range_is_not_honoured() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let get = town.get("/feeds/all.rss").await;
    let head = town.ask("HEAD", "/feeds/all.rss", &[], b"").await;
    let without_date = |answer: &super::town::Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("date");
        headers
    };
    assert_eq!(without_date(&get), without_date(&head));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    for range in ["bytes=0-0", "bytes=5-2", "lines=1-2", "bytes=0-18446744073709551616"] {
        let answer = town.get_with("/feeds/all.rss", &[("Range", range)]).await;
        assert_eq!((answer.code, answer.body.len()), (200, get.body.len()), "{range}");
    }
    town.closes().await;
}

#[tokio::test]
async fn compressed_bytes_are_the_same_bytes_with_a_tag_of_their_own() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let plain = town.get("/feeds/all.atom").await;
    let gzip = town
        .get_with("/feeds/all.atom", &[("Accept-Encoding", "gzip, deflate")])
        .await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&gzip.body[..])
        .read_to_end(&mut unpacked)
        .expect("gzip");
    assert_eq!(unpacked, plain.body);
    assert_ne!(gzip.header("etag"), plain.header("etag"));

    let brotli = town
        .get_with("/feeds/all.atom", &[("Accept-Encoding", "gzip, deflate, br")])
        .await;
    assert_eq!(brotli.header("content-encoding"), "br");
    let mut unpacked = Vec::new();
    brotli::BrotliDecompress(&mut &brotli.body[..], &mut unpacked).expect("brotli");
    assert_eq!(unpacked, plain.body);

    let zstd = town
        .get_with("/feeds/all.atom", &[("Accept-Encoding", "gzip, br, zstd")])
        .await;
    assert_eq!(zstd.header("content-encoding"), "zstd");
    assert_eq!(zstd::decode_all(&zstd.body[..]).expect("zstd"), plain.body);

    let same = [("Accept-Encoding", "gzip"), ("If-None-Match", gzip.header("etag"))];
    let same = town.get_with("/feeds/all.atom", &same).await;
    assert_eq!((same.code, same.header("etag")), (304, gzip.header("etag")));
    town.closes().await;
}

#[tokio::test]
async fn bytes_stay_the_same_over_a_restart_and_while_only_counters_move() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let mut before = Vec::new();
    for (extension, _) in FORMATS {
        before.push(town.get(&format!("/feeds/all.{extension}")).await);
    }
    let mut read_more = digital_government();
    read_more.views = Some(10_000);
    town.touches(NEWS, read_more).await;
    let town = town.restarts(boards()).await;
    for ((extension, _), before) in FORMATS.iter().zip(&before) {
        let after = town.get(&format!("/feeds/all.{extension}")).await;
        assert_eq!(after.text(), before.text());
        assert_eq!(after.header("etag"), before.header("etag"));
        assert_eq!(after.header("last-modified"), before.header("last-modified"));
    }
    town.closes().await;
}

#[tokio::test]
async fn a_change_is_seen_at_once_and_leaves_other_feeds_alone() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    town.posts(TOWN, [notice(TOWN, "1", "단수 안내")]).await;
    let etag = |answer: super::town::Answer| answer.header("etag").to_owned();
    let paths = [
        "/feeds/mois-news.atom",
        "/feeds/town.atom",
        "/feeds/all.atom",
        "/feeds/tag/korea.atom",
    ];
    let mut before = Vec::new();
    for path in paths {
        before.push(etag(town.get(path).await));
    }
    let made = renderings(&town).await;
    for path in paths {
        town.get(path).await;
    }
    assert_eq!(renderings(&town).await, made, "nothing changed, so nothing is made");

    town.posts(TOWN, [notice(TOWN, "2", "도서관 휴관")]).await;
    let mut changed = Vec::new();
    for (path, before) in paths.iter().zip(&before) {
        changed.push(etag(town.get(path).await) != *before);
    }
    assert_eq!(changed, [false, true, true, true]);
    assert_eq!(renderings(&town).await, made + 3);
    town.closes().await;
}

#[tokio::test]
async fn a_crowd_after_a_change_costs_one_rendering() {
    // Both sides of a thousand connections are in this process.
    gazetted::ops::raise_descriptors();
    let town = std::sync::Arc::new(Town::opens().await);
    town.posts(NEWS, [digital_government()]).await;
    town.get("/feeds/all.atom").await;
    let made = renderings(&town).await;
    town.posts(NEWS, [notice(NEWS, "nttId=23", "Another")]).await;
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let town = std::sync::Arc::clone(&town);
        crowd.spawn(async move { town.get("/feeds/all.atom").await.code });
    }
    assert!(crowd.join_all().await.into_iter().all(|code| code == 200));
    assert_eq!(renderings(&town).await, made + 1);
}

#[tokio::test]
async fn a_revision_moves_updated_and_never_published_or_the_id() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let mut edited = digital_government();
    edited.title = "Corrected title".to_owned();
    edited.published = "2020-11-12".parse().ok();
    town.revises(NEWS, edited).await;
    let atom = town.get("/feeds/mois-news.atom").await;
    let feed = atom_syndication::Feed::read_from(&atom.body[..]).expect("Atom");
    let [entry] = &feed.entries[..] else {
        panic!("one entry: {}", feed.entries.len())
    };
    assert_eq!(
        (entry.title.value.as_str(), entry.id.clone()),
        ("Corrected title", digital_government().id.to_string())
    );
    assert_eq!(
        entry.published.expect("a date").to_rfc3339(),
        "2020-11-10T00:00:00+09:00"
    );
    assert_eq!(entry.updated.to_rfc3339(), "2020-11-10T18:21:01+09:00");
    assert_eq!(feed.updated, entry.updated);
    town.closes().await;
}

#[tokio::test]
async fn hostile_texts_leave_feeds_well_formed() {
    let town = Town::opens().await;
    let mut evil = notice(
        NEWS,
        "nttId=666",
        "a]]>b <script>alert(1)</script> & \u{b}\u{1f}\u{fffe} \u{202e}😀",
    );
    evil.author = Some("\u{0}<b>\u{1}".to_owned());
    evil.categories = vec!["\"quoted\" & <x>".to_owned(), "\u{2}".to_owned()];
    evil.content = SafeHtml::clean(
        "<p>]]&gt; ]]> &amp;lt;script&amp;gt;<script>x()</script><img src=x onerror=y()></p>",
        None,
    );
    town.posts(NEWS, [evil]).await;
    for (extension, _) in FORMATS {
        let answer = town.get(&format!("/feeds/all.{extension}")).await;
        assert_eq!(answer.code, 200);
        let text = answer.text();
        assert!(!text.contains("onerror"), "{text}");
        // In JSON a title is text however it looks; in XML it must be escaped.
        assert!(extension == "json" || !text.contains("<script"), "{text}");
        assert!(
            !text
                .chars()
                .any(|c| c < ' ' && !"\t\r\n".contains(c) || c == '\u{fffe}'),
            "{text:?}"
        );
        match extension {
            "json" => drop(serde_json::from_str::<serde_json::Value>(text).expect("JSON")),
            _ => well_formed(text),
        }
    }
    let rss = town.get("/feeds/all.rss").await;
    let channel = rss::Channel::read_from(&rss.body[..]).expect("RSS");
    assert_eq!(
        channel.items[0].title.as_deref(),
        Some("a]]>b <script>alert(1)</script> & \u{202e}😀")
    );
    town.closes().await;
}

#[tokio::test]
async fn tags_have_feeds_and_a_limit_shortens() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let many = (0..30).map(|n| notice(TOWN, &n.to_string(), &format!("Notice {n}")));
    town.posts(TOWN, many).await;
    let count = |answer: &super::town::Answer| {
        atom_syndication::Feed::read_from(&answer.body[..])
            .expect("Atom")
            .entries
            .len()
    };
    assert_eq!(count(&town.get("/feeds/tag/korea.atom").await), 31);
    assert_eq!(count(&town.get("/feeds/tag/government.atom").await), 1);
    assert_eq!(
        count(
            &town
                .get("/feeds/tag/%EC%8B%9C%EC%B2%AD%2F%EA%B3%B5%EC%A7%80.atom")
                .await
        ),
        30
    );
    assert_eq!(count(&town.get("/feeds/all.atom?limit=3").await), 3);
    for (path, code) in [
        ("/feeds/all.atom?limit=0", 400),
        ("/feeds/all.atom?limit=1001", 400),
        ("/feeds/all.atom?limit=x", 400),
        ("/feeds/tag/none.atom", 404),
        ("/feeds/nobody.atom", 404),
        ("/feeds/town.xml", 404),
        ("/feeds/town", 404),
        ("/feeds/..%2f..%2fetc%2fpasswd.atom", 404),
        ("/feeds/%00.atom", 404),
    ] {
        assert_eq!(town.get(path).await.code, code, "{path}");
    }
    town.closes().await;
}

#[tokio::test]
async fn a_search_is_a_feed_of_its_own() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government(), notice(NEWS, "nttId=23", "Water off")])
        .await;
    town.posts(
        TOWN,
        [notice(TOWN, "1", "단수 안내"), notice(TOWN, "2", "도서관 휴관 안내")],
    )
    .await;
    let titles = |answer: &Answer| -> Vec<String> {
        let feed = atom_syndication::Feed::read_from(&answer.body[..]).expect("Atom");
        feed.entries.iter().map(|entry| entry.title.value.clone()).collect()
    };
    for (path, expected) in [
        ("/feeds/all.atom?q=WATER", vec!["Water off"]),
        (
            "/feeds/all.atom?q=%EC%95%88%EB%82%B4+-%EB%8B%A8%EC%88%98",
            vec!["도서관 휴관 안내"],
        ),
        (
            "/feeds/all.atom?q=statement.pdf+%22ministers+met%22",
            vec![digital_government().title.as_str()],
        ),
        ("/feeds/town.atom?q=water", vec![]),
        ("/feeds/tag/korea.atom?limit=1&q=%EC%95%88%EB%82%B4", vec!["단수 안내"]),
    ] {
        assert_eq!(titles(&town.get(path).await), expected, "{path}");
    }
    let whole = town.get("/feeds/all.atom").await;
    let found = town.get("/feeds/all.atom?q=Water++OFF").await;
    let feed = atom_syndication::Feed::read_from(&found.body[..]).expect("Atom");
    let own = "https://notices.example.org/feeds/all.atom?q=water+off";
    assert!(
        feed.links.iter().any(|link| link.rel == "self" && link.href == own),
        "{:?}",
        feed.links
    );
    assert_eq!(
        (feed.id.as_str(), feed.title.value.as_str()),
        (own, "City notices: water off")
    );
    assert!(found.header("link").contains(own));
    assert_ne!(found.header("etag"), whole.header("etag"));
    let same = [("If-None-Match", found.header("etag"))];
    assert_eq!(town.get_with("/feeds/all.atom?q=water+off", &same).await.code, 304);
    assert_eq!(town.get("/feeds/all.atom?q=").await.text(), whole.text());
    assert_eq!(
        town.get(&format!("/feeds/all.atom?q={}", "x".repeat(300))).await.code,
        400
    );
    town.closes().await;
}

#[tokio::test]
async fn what_strangers_think_up_does_not_push_out_what_everybody_reads() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let feed = town.get("/feeds/all.atom").await;
    for number in 1..=600 {
        assert_eq!(town.get(&format!("/feeds/all.atom?limit={number}")).await.code, 200);
    }
    let made = renderings(&town).await;
    assert_eq!(town.get("/feeds/all.atom").await.text(), feed.text());
    assert_eq!(town.get("/feeds/all.atom?limit=600").await.code, 200);
    assert_eq!(renderings(&town).await, made, "both were kept");
    town.get("/feeds/all.atom?limit=1").await;
    assert_eq!(
        renderings(&town).await,
        made + 1,
        "there is room for some wishes, not for all"
    );
    town.closes().await;
}

#[tokio::test]
async fn a_feed_outlasts_a_holiday_of_its_reader() {
    let town = Town::opens().await;
    let many = (0..130).map(|number| notice(TOWN, &format!("no={number}"), &format!("Notice {number}")));
    town.posts(TOWN, many).await;
    let count = |answer: &Answer| answer.text().matches("<entry").count();
    assert_eq!(count(&town.get("/feeds/town.atom").await), 130, "all of them are fresh");
    town.passes(18 * 86_400);
    town.posts(TOWN, [notice(TOWN, "no=200", "The last of the month")])
        .await;
    assert_eq!(
        count(&town.get("/feeds/town.atom").await),
        131,
        "pages of the past begin before this month"
    );
    town.passes(5 * 86_400);
    town.posts(TOWN, [notice(TOWN, "no=201", "The newest")]).await;
    assert_eq!(
        count(&town.get("/feeds/town.atom").await),
        100,
        "the others were seen long before the newest"
    );
    town.closes().await;
}

#[tokio::test]
async fn the_feed_of_a_source_that_was_removed_is_gone() {
    let town = Town::opens().await;
    town.posts(TOWN, [notice(TOWN, "1", "단수 안내")]).await;
    let town = town.restarts(boards().into_iter().take(1).collect()).await;
    assert_eq!(town.get("/feeds/town.atom").await.code, 410);
    assert_eq!(town.get("/sources/town").await.code, 410);
    assert!(!town.get("/feeds/all.atom").await.text().contains("단수"));
    town.closes().await;
}

#[tokio::test]
async fn the_list_of_feeds_is_well_formed() {
    let town = Town::opens().await;
    let opml = town.get("/opml").await;
    assert_eq!(opml.code, 200);
    well_formed(opml.text());
    assert!(
        opml.text().contains("text=\"MOIS News &amp; Notices\""),
        "{}",
        opml.text()
    );
    assert!(
        opml.text()
            .contains("xmlUrl=\"https://notices.example.org/feeds/town.atom\"")
    );
    assert!(
        opml.text()
            .contains("xmlUrl=\"https://notices.example.org/feeds/tag/government.atom\"")
    );
    // It has no date, so a reader that knows one only gets the list, which may have grown.
    assert_eq!(opml.header("last-modified"), "");
    let since = [("If-Modified-Since", "Tue, 10 Nov 2020 00:00:00 GMT")];
    assert_eq!(town.get_with("/opml", &since).await.code, 200);
    let same = [("If-None-Match", opml.header("etag"))];
    assert_eq!(town.get_with("/opml", &same).await.code, 304);
    town.closes().await;
}

#[tokio::test]
async fn readers_do_not_notice_that_the_store_broke() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let before = town.get("/feeds/mois-news.atom").await;
    // Never read before, and long, so that no database has it in memory.
    let mut long = notice(TOWN, "1", "long");
    long.content = SafeHtml::of_text(&"words ".repeat(200_000));
    town.posts(TOWN, [long]).await;
    town.breaks_the_store();
    for _ in 0..3 {
        let after = town.get("/feeds/mois-news.atom").await;
        assert_eq!((after.code, after.text()), (200, before.text()));
        assert_eq!(after.header("etag"), before.header("etag"));
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    }
    let never_made = town.get("/feeds/town.atom").await;
    assert_eq!((never_made.code, never_made.header("retry-after")), (503, "60"));
    assert!(never_made.text().contains("One moment, please"));
    town.stop.cancel();
}

/// Fails unless `text` is well-formed XML.
#[track_caller]
fn well_formed(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return,
            Ok(_) => {}
            Err(wrong) => panic!("{wrong}: {text}"),
        }
    }
}

async fn renderings(town: &Town) -> u64 {
    let metrics = town.get("/metrics").await;
    let line = metrics
        .text()
        .lines()
        .find_map(|line| line.strip_prefix("gazetted_renderings_total "))
        .expect("the counter");
    line.parse().expect("a number")
}
