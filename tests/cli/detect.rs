//! Looking at an address: the page, and the feeds that serve better.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    does, refuses,
    site::{Shown, Site},
};

const TITLES: [&str; 6] = [
    "Road closed for repairs on Mill Lane",
    "New opening hours of the library",
    "Consultation on the parking zones",
    "Grants for village halls now open",
    "Council meeting moved to Thursday",
    "Flood warning lifted in the valley",
];

/// A page with all titles and what `head` says.
fn list(head: &str) -> String {
    let row = |(nth, title): (usize, &&str)| {
        format!(
            "<tr><td class=subject><a href=/n/{nth}>{title}</a></td><td class=date>2020-11-{}</td></tr>",
            20 - nth
        )
    };
    let rows: String = TITLES.iter().enumerate().map(row).collect();
    format!(
        "<!doctype html><html lang=en><head><title>Notices</title>{head}</head><body><main><h1>Notices</h1><table class=board>\
         <thead><tr><th>Title<th>Date</thead><tbody>{rows}</tbody></table></main></body></html>"
    )
}

/// A page that shows nothing by itself.
fn shell(head: &str) -> String {
    format!("<!doctype html><html><head><title>Town</title>{head}</head><body><div id=app></div></body></html>")
}

/// A feed of the first `count` titles.
fn feed(count: usize) -> String {
    let item = |(nth, title): (usize, &&str)| {
        format!(
            "<item><title>{title}</title><link>/n/{nth}</link><pubDate>{} Nov 2020 09:00:00 +0000</pubDate></item>",
            20 - nth
        )
    };
    let items: String = TITLES.iter().enumerate().take(count).map(item).collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Town feed</title>{items}</channel></rss>")
}

const NAMED: &str = "<link rel=alternate type=application/rss+xml href=/news.xml>";

fn detected(site: &Site, path: &str) -> Value {
    looked_at(site, &[path])
}

/// What `gazetted detect` answers about the first of `arguments`, a path, with the others.
fn looked_at(site: &Site, arguments: &[&str]) -> Value {
    let url = site.url(arguments[0]);
    let arguments = [&["detect", &url, "--json"], &arguments[1..]].concat();
    let answer = does(Path::new("."), &arguments);
    serde_json::from_str(&answer).expect("JSON")
}

/// The kind and the path of what was detected, how many entries it has, and its block.
fn told(answer: &Value) -> (&str, &str, usize, &str) {
    let text = |value: &'static str| answer.pointer(value).and_then(Value::as_str).unwrap_or_default();
    let path = text("/source/url").splitn(4, '/').nth(3).unwrap_or_default();
    let entries = answer["entries"].as_array().map_or(0, Vec::len);
    (text("/source/kind"), path, entries, text("/toml"))
}

#[test]
fn a_feed_that_the_page_names_and_that_carries_its_notices_goes_before_the_page() {
    let site = Site::start([
        ("/list", Shown::of("text/html", list(NAMED))),
        ("/news.xml", Shown::of("application/rss+xml", feed(6))),
    ]);
    let answer = detected(&site, "/list");
    let (kind, path, entries, toml) = told(&answer);
    assert_eq!((kind, path, entries), ("feed", "news.xml", 6));
    assert!(
        toml.contains("# the page names this feed, which carries 6 of the 6 notices"),
        "{toml}"
    );
    assert_eq!(site.asked(), ["/list", "/news.xml"]);
}

#[test]
fn a_feed_that_does_not_serve_is_told_and_left() {
    for (count, said) in [(0, "carries none of the 6 notices"), (1, "carries 1 of the 6 notices")] {
        let site = Site::start([
            ("/list", Shown::of("text/html", list(NAMED))),
            ("/news.xml", Shown::of("application/rss+xml", feed(count))),
        ]);
        let answer = detected(&site, "/list");
        let (kind, path, entries, toml) = told(&answer);
        assert_eq!((kind, path, entries), ("board", "list", 6));
        assert!(toml.contains(said), "{toml}");
    }
    let site = Site::start([("/list", Shown::of("text/html", list(NAMED)))]);
    let answer = detected(&site, "/list");
    assert_eq!(told(&answer).0, "board");
    assert!(told(&answer).3.contains("/news.xml, which can't be read"), "{answer}");
}

#[test]
fn a_feed_that_the_answer_s_head_names_is_found_too() {
    let link = "Link: </style.css>; rel=preload, </news.xml>; rel=\"alternate\"; type=\"application/rss+xml\"";
    let site = Site::start([
        ("/list", Shown::of("text/html", list("")).with(link)),
        ("/news.xml", Shown::of("application/rss+xml", feed(6))),
    ]);
    assert_eq!(told(&detected(&site, "/list")).0, "feed");
    assert_eq!(site.asked(), ["/list", "/news.xml"]);
}

#[test]
fn a_page_with_a_list_is_the_only_one_that_is_asked_for() {
    let site = Site::start([
        ("/list", Shown::of("text/html", list(""))),
        ("/feed", Shown::of("application/rss+xml", feed(6))),
    ]);
    assert_eq!(told(&detected(&site, "/list")).0, "board");
    assert_eq!(site.asked(), ["/list"]);
}

#[test]
fn where_it_is_wanted_feeds_that_nobody_names_are_looked_for_and_compared() {
    let site = Site::start([
        ("/list", Shown::of("text/html", list(""))),
        ("/feed", Shown::of("application/rss+xml", feed(1))),
        ("/rss", Shown::of("application/rss+xml", feed(6))),
    ]);
    let answer = looked_at(&site, &["/list", "--deep"]);
    let (kind, path, entries, toml) = told(&answer);
    assert_eq!((kind, path, entries), ("feed", "rss", 6));
    assert!(
        toml.contains("doesn't name this feed of its host, which carries 6 of the 6"),
        "{toml}"
    );
    assert!(toml.contains("/feed of its host carries 1 of the 6"), "{toml}");
}

#[test]
fn where_it_is_wanted_one_article_is_read() {
    let text = "<p>The water is off from nine to noon on Monday in all of Mill Lane, as the old pipes are taken out. \
                Please keep some water ready in the morning.</p>"
        .repeat(3);
    let title = TITLES[0];
    let article = format!(
        "<!doctype html><html lang=en><head><title>{title}</title></head><body><main><h1>{title}</h1>\
         <p class=date>2020-11-20</p><div class=text>{text}</div>\
         <ul class=files><li><a href=/files/plan.pdf>plan.pdf</a></ul></main></body></html>"
    );
    let site = Site::start([
        ("/list", Shown::of("text/html", list(""))),
        ("/n/0", Shown::of("text/html", article)),
        ("/robots.txt", Shown::of("text/plain", "User-agent: *\nDisallow: /\n")),
    ]);
    let answer = looked_at(&site, &["/list", "--deep"]);
    let (kind, _, entries, toml) = told(&answer);
    assert_eq!((kind, entries), ("board", 6));
    assert!(toml.contains("[source.article]"), "{toml}");
    let first = &answer["entries"][0];
    assert!(
        first["content_html"]
            .as_str()
            .is_some_and(|html| html.contains("old pipes")),
        "{first}"
    );
    assert_eq!(first["attachments"][0]["name"], "plan.pdf");
    assert_eq!(answer["entries"][1]["content_html"], Value::Null);
    // The places that nobody named are asked for as the host wants it.
    let asked = site.asked();
    assert!(!asked.contains(&"/feed".to_owned()), "{asked:?}");
}

#[test]
fn where_nothing_is_shown_a_feed_at_a_usual_place_is_found() {
    let elsewhere = Site::start([("/feed", Shown::of("application/rss+xml", feed(6)))]);
    let to = elsewhere.url("/feed").replace("127.0.0.1", "localhost");
    let site = Site::start([
        ("/list", Shown::of("text/html", shell(""))),
        ("/feed", Shown::moved(&to)),
        ("/rss", Shown::of("text/html", list(""))),
        ("/rss.xml", Shown::of("application/rss+xml", feed(6))),
    ]);
    let answer = detected(&site, "/list");
    let (kind, path, entries, toml) = told(&answer);
    assert_eq!((kind, path, entries), ("feed", "rss.xml", 6));
    assert!(toml.contains("of the same host"), "{toml}");
    assert!(answer["confidence"].as_f64().is_some_and(|sure| sure < 0.6), "{answer}");
    assert_eq!(site.asked(), ["/list", "/robots.txt", "/feed", "/rss", "/rss.xml"]);
}

#[test]
fn where_there_is_nothing_only_a_few_places_are_asked_and_it_is_said() {
    let site = Site::start([("/list", Shown::of("text/html", shell("")))]);
    let why = refuses(Path::new("."), &["detect", &site.url("/list")]);
    assert!(why.contains("no list of notices was found"), "{why}");
    let asked = [
        "/list",
        "/robots.txt",
        "/feed",
        "/rss",
        "/rss.xml",
        "/feed.xml",
        "/atom.xml",
        "/index.xml",
        "/robots.txt",
        "/sitemap.xml",
    ];
    assert_eq!(site.asked(), asked);
}

#[test]
fn the_news_of_a_host_s_sitemaps_are_found() {
    let url = |(nth, title): (usize, &&str)| {
        format!(
            "<url><loc>http://127.0.0.1/n/{nth}</loc><news:news><news:publication><news:name>Town</news:name></news:publication>\
             <news:publication_date>2020-11-{}</news:publication_date><news:title>{title}</news:title></news:news></url>",
            20 - nth
        )
    };
    let urls: String = TITLES.iter().enumerate().map(url).collect();
    let news = format!(
        "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">{urls}</urlset>"
    );
    let index = "<?xml version=\"1.0\"?><sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap>\
                 <loc>/pages.xml</loc></sitemap><sitemap><loc>/news.xml</loc></sitemap></sitemapindex>";
    let site = Site::start([
        ("/", Shown::of("text/html", shell(""))),
        (
            "/robots.txt",
            Shown::of("text/plain", "User-agent: *\nSitemap: /all.xml\n"),
        ),
        ("/all.xml", Shown::of("application/xml", index)),
        ("/news.xml", Shown::of("application/xml", news)),
    ]);
    let answer = detected(&site, "/");
    let (kind, path, entries, _) = told(&answer);
    assert_eq!((kind, path, entries), ("feed", "news.xml", 6));
    assert_eq!(answer["entries"][5]["title"], TITLES[5]);
}

#[test]
fn what_wordpress_tells_its_scripts_is_read() {
    let post = |(nth, title): (usize, &&str)| {
        serde_json::json!({
            "id": 40 - nth, "date": format!("2020-11-{}T09:00:00", 20 - nth), "date_gmt": format!("2020-11-{}T09:00:00", 20 - nth),
            "link": format!("http://127.0.0.1/n/{nth}/"), "slug": format!("n-{nth}"), "status": "publish", "type": "post",
            "title": {"rendered": title}, "content": {"rendered": "<p>What it is about.</p>", "protected": false},
            "excerpt": {"rendered": "<p>What it is about.</p>", "protected": false}, "author": 1, "categories": [3]
        })
    };
    let posts: Vec<Value> = TITLES.iter().enumerate().map(post).collect();
    let named = "<link rel='https://api.w.org/' href='/cms/wp-json/'>";
    for (page, said) in [
        (shell(named), "shows no list"),
        (list(named), "which carries 6 of the 6"),
    ] {
        let site = Site::start([
            ("/", Shown::of("text/html", page)),
            (
                "/cms/wp-json/wp/v2/posts",
                Shown::of("application/json", Value::from(posts.clone()).to_string()),
            ),
        ]);
        let answer = detected(&site, "/");
        let (kind, path, entries, toml) = told(&answer);
        assert_eq!((kind, path, entries), ("json", "cms/wp-json/wp/v2/posts", 6));
        assert_eq!(answer["entries"][0]["title"], TITLES[0]);
        assert_eq!(answer["entries"][0]["link"], "http://127.0.0.1/n/0/");
        assert!(toml.contains(said), "{toml}");
        assert_eq!(site.asked(), ["/", "/cms/wp-json/wp/v2/posts"]);
    }
}

#[test]
fn a_watched_page_is_read_by_the_feed_that_serves_better() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start([
        ("/list", Shown::of("text/html", list(NAMED))),
        ("/news.xml", Shown::of("application/rss+xml", feed(6))),
    ]);
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_gazetted"))
        .args([
            "watch",
            &site.url("/list"),
            "--listen",
            "127.0.0.1:0",
            "--save",
            "worked-out.toml",
        ])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let said = BufReader::new(daemon.stdout.take().expect("a pipe"));
    let tells = said.lines().map_while(Result::ok).any(|line| line.starts_with("Feeds"));
    daemon.kill().expect("it ran");
    daemon.wait().expect("it ended");
    assert!(tells, "the feeds are told");
    let config = fs::read_to_string(folder.path().join("worked-out.toml")).expect("a configuration");
    assert!(
        config.contains(&format!("url = \"{}\"", site.url("/news.xml"))),
        "{config}"
    );
    assert!(
        config.contains("kind = \"feed\"") && config.contains("127.0.0.1/32"),
        "{config}"
    );
    does(folder.path(), &["check", "--config", "worked-out.toml"]);
}
