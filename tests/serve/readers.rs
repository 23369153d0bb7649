//! The feeds as real readers see them: newsboat, sfeed and feedparser, each as its users run it. `./test` installs them.

use std::path::Path;

use tokio::process::Command;

use super::town::{NEWS, Town, digital_government, notice};

const TITLE: &str = "Republic of Korea talks the future of digital government with digital leaders";

/// Two notices: the one with files, and a plain one with a day only.
async fn town() -> Town {
    let town = Town::opens().await;
    let mut plain = notice(NEWS, "nttId=23", "Budget & <plan>: 예산안 “2021”");
    plain.published = "2020-11-09".parse().ok();
    town.posts(NEWS, [digital_government(), plain]).await;
    town
}

/// What `command` prints.
pub async fn said(command: &mut Command) -> String {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let output = command.output().await;
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}; ./test installs it"));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

pub fn write(path: &Path, text: String) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

#[tokio::test]
async fn newsboat_reads_each_notice_once_from_rss_and_atom() {
    let town = town().await;
    for format in ["rss", "atom"] {
        let home = tempfile::tempdir().expect("a folder");
        let feed = format!("http://{}/feeds/mois-news.{format}", town.address);
        let (urls, cache) = (home.path().join("urls"), home.path().join("cache.db"));
        write(&urls, feed);
        for _ in 0..2 {
            said(
                Command::new("newsboat")
                    .env("HOME", home.path())
                    .arg("-u")
                    .arg(&urls)
                    .arg("-c")
                    .arg(&cache)
                    .args(["-x", "reload"]),
            )
            .await;
        }
        let cache = rusqlite::Connection::open(&cache).expect("newsboat's cache");
        let mut items = cache
            .prepare(
                "SELECT guid, title, url, pubDate, content, enclosure_url, author FROM rss_item ORDER BY pubDate DESC",
            )
            .expect("newsboat's table");
        let items: Vec<[String; 7]> = items
            .query_map([], |row| {
                let text = |column| {
                    row.get::<_, rusqlite::types::Value>(column).map(|value| match value {
                        rusqlite::types::Value::Text(text) => text,
                        rusqlite::types::Value::Integer(number) => number.to_string(),
                        _ => String::new(),
                    })
                };
                Ok([text(0)?, text(1)?, text(2)?, text(3)?, text(4)?, text(5)?, text(6)?])
            })
            .and_then(Iterator::collect)
            .expect("rows");
        let [talks, plain] = &items[..] else {
            panic!("two items, not {items:?}")
        };
        let [guid, title, url, date, content, _, author] = talks;
        assert_eq!(
            (guid.as_str(), title.as_str()),
            (digital_government().id.to_string().as_str(), TITLE)
        );
        assert_eq!(url, "https://mois-news.example.org/view.do?nttId=22");
        assert_eq!(date, "1604934000", "the start of the tenth in Seoul");
        assert_eq!(author, "MOIS News & Notices");
        assert!(
            content.contains("They agreed on a") && content.contains("Joint statement.pdf"),
            "{content}"
        );
        assert_eq!(plain[1], "Budget & <plan>: 예산안 “2021”");
    }
    town.closes().await;
}

#[tokio::test]
async fn sfeed_reads_titles_days_links_and_the_enclosure() {
    let town = town().await;
    for format in ["rss", "atom"] {
        let home = tempfile::tempdir().expect("a folder");
        let (rc, folder) = (home.path().join("sfeedrc"), home.path().join("feeds"));
        std::fs::create_dir(&folder).expect("a folder");
        let feed = format!("http://{}/feeds/mois-news.{format}", town.address);
        let script = format!(
            "sfeedpath='{}'\nfeeds() {{\n\tfeed 'board' '{feed}'\n}}\n",
            folder.display()
        );
        write(&rc, script);
        said(Command::new("sfeed_update").env("HOME", home.path()).arg(&rc)).await;
        let lines = std::fs::read_to_string(folder.join("board")).expect("sfeed's file");
        let talks: Vec<&str> = lines.lines().next().expect("a line").split('\t').collect();
        assert_eq!(
            talks[..3],
            ["1604934000", TITLE, "https://mois-news.example.org/view.do?nttId=22"]
        );
        assert_eq!(
            (talks[4], talks[5]),
            ("html", digital_government().id.to_string().as_str())
        );
        assert_eq!(talks[7], "https://mois-news.example.org/down.do?a=1&b=2");
        assert_eq!(lines.lines().count(), 2);
    }
    town.closes().await;
}

#[tokio::test]
async fn feedparser_finds_nothing_to_complain_about() {
    let script = r#"
import feedparser, json, sys
feed = feedparser.parse(sys.argv[1])
entry = feed.entries[0]
print(json.dumps({"bozo": bool(feed.bozo), "language": feed.feed.language, "self": [l.href for l in feed.feed.links if l.rel == "self"],
    "ids": [e.id for e in feed.entries], "titles": [e.title for e in feed.entries], "day": entry.published, "parsed": list(entry.published_parsed[:5]),
    "link": entry.link, "author": entry.author, "content": entry.content[0].value, "files": [[e.href, e.get("type"), e.get("length")] for e in entry.enclosures]}))
"#;
    let town = town().await;
    for (format, files) in [("rss", 1), ("atom", 2)] {
        let address = format!("http://{}/feeds/mois-news.{format}", town.address);
        // Debian's Python, which has Debian's feedparser.
        let answer = said(Command::new("/usr/bin/python3").arg("-c").arg(script).arg(&address)).await;
        let read: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(read["bozo"], false, "{read}");
        assert_eq!(read["language"], "en");
        assert_eq!(
            read["self"][0],
            format!("https://notices.example.org/feeds/mois-news.{format}")
        );
        assert_eq!(read["titles"][0], TITLE);
        assert_eq!(read["parsed"], serde_json::json!([2020, 11, 9, 15, 0]), "in UTC");
        assert!(
            read["day"]
                .as_str()
                .is_some_and(|day| day.contains("10") && day.contains("09")),
            "{read}"
        );
        assert_eq!(read["link"], "https://mois-news.example.org/view.do?nttId=22");
        assert_eq!(read["author"], "MOIS News & Notices");
        assert!(
            read["content"]
                .as_str()
                .is_some_and(|text| text.contains("They agreed on a"))
        );
        assert_eq!(read["files"].as_array().map(Vec::len), Some(files));
        assert_eq!(
            read["files"][0],
            serde_json::json!([
                "https://mois-news.example.org/down.do?a=1&b=2",
                "application/pdf",
                "12345"
            ])
        );
    }
    town.closes().await;
}

#[tokio::test]
async fn xmllint_finds_the_feeds_and_the_list_well_formed() {
    let town = town().await;
    let folder = tempfile::tempdir().expect("a folder");
    for (number, path) in ["/feeds/all.atom", "/feeds/all.rss", "/feeds/tag/korea.atom", "/opml"]
        .iter()
        .enumerate()
    {
        let file = folder.path().join(format!("{number}.xml"));
        std::fs::write(&file, town.get(path).await.body).expect("a file");
        said(Command::new("xmllint").args(["--noout", "--nonet"]).arg(&file)).await;
    }
    town.closes().await;
}
