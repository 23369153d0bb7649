//! What real readers make of an edit between their polls: newsboat, sfeed and rss2email, each as its users run it.

use std::{collections::BTreeSet, path::Path};

use gazetted::notice::{Corrections, Notice};
use tokio::process::Command;

use super::{
    readers::{said, write},
    town::{NEWS, Town, boards, digital_government, notice},
};

const CORRECTED: &str = "Water off on Tuesday, not on Monday";

fn water_off() -> Notice {
    notice(NEWS, "nttId=23", "Water off on Monday")
}

fn corrected() -> Notice {
    Notice {
        title: CORRECTED.to_owned(),
        ..water_off()
    }
}

/// A town with two notices whose feeds tell corrections so.
async fn town(corrections: Corrections) -> Town {
    let mut sources = boards();
    sources[0].corrections = corrections;
    let town = Town::opens().await.restarts(sources).await;
    town.posts(NEWS, [digital_government(), water_off()]).await;
    town
}

/// A reader with a home of its own.
trait Reader {
    fn new(home: &Path, feed: &str) -> Self;
    /// Polls, and tells the titles of all that it has.
    async fn polls(&self) -> Vec<String>;
}

/// Three polls, the notice being edited after the first: what the reader has after each, in order.
async fn three_polls<R: Reader>(format: &str, corrections: Corrections) -> [Vec<String>; 3] {
    let town = town(corrections).await;
    let home = tempfile::tempdir().expect("a folder");
    let reader = R::new(
        home.path(),
        &format!("http://{}/feeds/mois-news.{format}", town.address),
    );
    let sorted = |mut titles: Vec<String>| {
        titles.sort();
        titles
    };
    let first = sorted(reader.polls().await);
    town.passes(3600);
    town.revises(NEWS, corrected()).await;
    let second = sorted(reader.polls().await);
    let third = sorted(reader.polls().await);
    town.closes().await;
    [first, second, third]
}

fn titles(extra: &[&str]) -> Vec<String> {
    let talks = digital_government().title;
    let mut titles: Vec<String> = extra.iter().map(|title| (*title).to_owned()).chain([talks]).collect();
    titles.sort();
    titles
}

/// What a reader that takes an edit over has after three polls.
async fn takes_edits_over<R: Reader>() {
    for format in ["rss", "atom"] {
        let [first, second, third] = three_polls::<R>(format, Corrections::Same).await;
        assert_eq!(first, titles(&["Water off on Monday"]), "{format}");
        assert_eq!(second, titles(&[CORRECTED]), "{format}: in its place");
        assert_eq!(third, second, "{format}: nothing twice");
        let [first, second, third] = three_polls::<R>(format, Corrections::NewEntry).await;
        assert_eq!(first, titles(&["Water off on Monday"]), "{format}");
        let correction = format!("Correction: {CORRECTED}");
        assert_eq!(second, titles(&[CORRECTED, &correction]), "{format}: one more to read");
        assert_eq!(third, second, "{format}: and no more");
    }
}

struct Newsboat {
    home: std::path::PathBuf,
}

impl Reader for Newsboat {
    fn new(home: &Path, feed: &str) -> Self {
        write(&home.join("urls"), feed.to_owned());
        Self { home: home.to_owned() }
    }

    async fn polls(&self) -> Vec<String> {
        let cache = self.home.join("cache.db");
        let mut newsboat = Command::new("newsboat");
        newsboat.env("HOME", &self.home).arg("-u").arg(self.home.join("urls"));
        said(newsboat.arg("-c").arg(&cache).args(["-x", "reload"])).await;
        let cache = rusqlite::Connection::open(&cache).expect("newsboat's cache");
        let mut titles = cache
            .prepare("SELECT title FROM rss_item WHERE deleted = 0")
            .expect("its table");
        let titles = titles.query_map([], |row| row.get(0)).and_then(Iterator::collect);
        titles.expect("titles")
    }
}

#[tokio::test]
async fn newsboat_shows_an_edit_in_its_place_and_a_correction_as_news() {
    takes_edits_over::<Newsboat>().await;
}

struct Sfeed {
    home: std::path::PathBuf,
}

impl Reader for Sfeed {
    fn new(home: &Path, feed: &str) -> Self {
        std::fs::create_dir(home.join("feeds")).expect("a folder");
        let script = format!(
            "sfeedpath='{}/feeds'\nfeeds() {{\n\tfeed 'board' '{feed}'\n}}\n",
            home.display()
        );
        write(&home.join("sfeedrc"), script);
        Self { home: home.to_owned() }
    }

    async fn polls(&self) -> Vec<String> {
        let mut update = Command::new("sfeed_update");
        said(update.env("HOME", &self.home).arg(self.home.join("sfeedrc"))).await;
        let lines = std::fs::read_to_string(self.home.join("feeds/board")).expect("sfeed's file");
        // It keeps a line for each id, link and title; the newest of an id and link is what it shows first.
        let mut seen = BTreeSet::new();
        let mut titles = Vec::new();
        for line in lines.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            if seen.insert(columns[5].to_owned()) {
                titles.push(columns[1].to_owned());
            }
        }
        titles
    }
}

#[tokio::test]
async fn sfeed_shows_an_edit_and_a_correction_as_news() {
    for (corrections, ids) in [(Corrections::Same, 2), (Corrections::NewEntry, 3)] {
        let [first, second, third] = three_polls::<Sfeed>("atom", corrections).await;
        assert_eq!((first.len(), second.len()), (2, ids));
        assert_eq!(third, second);
    }
}

/// rss2email, which puts its mails into a folder.
struct Rss2Email {
    home: std::path::PathBuf,
}

impl Rss2Email {
    fn command(&self) -> Command {
        let mut r2e = Command::new("r2e");
        r2e.env("HOME", &self.home)
            .env("XDG_CONFIG_HOME", self.home.join("config"));
        r2e.arg("-c")
            .arg(self.home.join("r2e.cfg"))
            .arg("-d")
            .arg(self.home.join("r2e.json"));
        r2e
    }
}

impl Reader for Rss2Email {
    fn new(home: &Path, feed: &str) -> Self {
        let folder = home.join("mail");
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(folder.join("inbox").join(part)).expect("a folder");
        }
        let settings = format!(
            "[DEFAULT]\nfrom = feeds@example.org\nto = reader@example.org\nemail-protocol = maildir\nmaildir-path = {}\n\
             maildir-mailbox = inbox\n\n[feed.board]\nurl = {feed}\n",
            folder.display()
        );
        write(&home.join("r2e.cfg"), settings);
        Self { home: home.to_owned() }
    }

    async fn polls(&self) -> Vec<String> {
        said(self.command().arg("run")).await;
        let mails = std::fs::read_dir(self.home.join("mail/inbox/new")).expect("a folder");
        let subject = |mail: std::io::Result<std::fs::DirEntry>| {
            let mail = std::fs::read(mail.expect("a mail").path()).expect("a mail");
            let parsed = mail_parser::MessageParser::default().parse(&mail);
            parsed
                .and_then(|mail| mail.subject().map(str::to_owned))
                .expect("a subject")
        };
        mails.map(subject).collect()
    }
}

#[tokio::test]
async fn rss2email_mails_a_correction_once_and_an_edit_never() {
    for format in ["rss", "atom"] {
        let [first, second, third] = three_polls::<Rss2Email>(format, Corrections::Same).await;
        assert_eq!(first, titles(&["Water off on Monday"]), "{format}");
        assert_eq!(
            (&second, &third),
            (&first, &first),
            "{format}: an edit in its place is silent"
        );
        let [first, second, third] = three_polls::<Rss2Email>(format, Corrections::NewEntry).await;
        assert_eq!(first, titles(&["Water off on Monday"]), "{format}");
        let correction = format!("Correction: {CORRECTED}");
        assert_eq!(second, titles(&["Water off on Monday", &correction]), "{format}");
        assert_eq!(third, second, "{format}: once");
    }
}
