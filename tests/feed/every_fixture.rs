//! Every page and feed that the sources' tests read, and the collection beside the checkout where it is, as feeds of ours.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::read::GzDecoder;
use gazetted::{
    feed::FeedView,
    notice::Notice,
    source::{self, Draft, Kind, Page, Parsed, Source, article, detect::detect},
};
use jiff::tz::TimeZone;

use super::{
    validator::check,
    view::{seen, view},
};

const BOARD: &str = "https://www.town.example/board/list.do";

/// A feed of each fixture.
pub fn feeds() -> &'static [FeedView] {
    static FEEDS: LazyLock<Vec<FeedView>> = LazyLock::new(made);
    &FEEDS
}

fn made() -> Vec<FeedView> {
    let pages = ["boards", "presets", "mois", "articles"];
    let files = pages
        .iter()
        .flat_map(|folder| files(&Path::new("tests/fixtures").join(folder), "html"));
    let feeds = files.map(|file| {
        let page = page(BOARD, None, fs::read(&file).expect("a fixture"));
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let notices =
            match file.parent().is_some_and(|folder| folder.ends_with("articles")) || name.starts_with("article") {
                true => of_article(&page),
                false => of_list(&page),
            };
        view(&name, name.starts_with("ko").then_some("ko"), notices)
    });
    feeds.collect()
}

fn of_list(page: &Page) -> Vec<Notice> {
    let guesses = detect(page, &"town".parse().expect("an id")).unwrap_or_default();
    guesses
        .into_iter()
        .next()
        .map(|guess| guess.believed.notices)
        .unwrap_or_default()
}

fn of_article(page: &Page) -> Vec<Notice> {
    let mut draft = Draft::default();
    if article::complete(&mut draft, &article::Rules::default(), page).is_err() {
        return Vec::new();
    }
    believed(page, vec![draft])
}

fn of_feed(page: &Page) -> Vec<Notice> {
    match source::feed::parse(page) {
        Ok(parsed) => source::believe(&town(), page, parsed).notices,
        Err(_) => Vec::new(),
    }
}

fn believed(page: &Page, drafts: Vec<Draft>) -> Vec<Notice> {
    let parsed = Parsed {
        drafts,
        ..Parsed::default()
    };
    source::believe(&town(), page, parsed).notices
}

fn town() -> Source {
    Source {
        id: "town".parse().expect("an id"),
        name: "Town".to_owned(),
        url: BOARD.parse().expect("an address"),
        kind: Kind::Feed,
        language: None,
        zone: TimeZone::get("Asia/Seoul").expect("a zone"),
        tags: Vec::new(),
        article: None,
    }
}

fn page(at: &str, content_type: Option<&str>, body: Vec<u8>) -> Page {
    Page {
        url: at.parse().expect("an address"),
        content_type: content_type.map(str::to_owned),
        content_language: None,
        links: Vec::new(),
        body,
        validators: Default::default(),
        fresh_for: None,
        moved: None,
        at: seen(),
    }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|told| told == ending))
        .collect();
    files.sort();
    files
}

#[test]
fn the_feeds_of_every_fixture_are_valid_and_say_the_same_in_all_formats() {
    let feeds = feeds();
    let entries: usize = feeds.iter().map(|feed| feed.entries.len()).sum();
    assert!(
        feeds.len() > 70 && entries > 400,
        "{} feeds of {entries} entries",
        feeds.len()
    );
    for feed in feeds {
        check(feed);
    }
}

#[test]
fn the_feeds_of_real_feeds_are_valid() {
    let Ok(file) = fs::File::open("../shared/feeds/feeds.jsonl.gz") else {
        println!("skipped: no collection of feeds beside this checkout");
        return;
    };
    for line in BufReader::new(GzDecoder::new(file)).lines() {
        let case: serde_json::Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let body = BASE64_STANDARD
            .decode(case["data_b64"].as_str().expect("a body"))
            .expect("base64");
        let notices = of_feed(&page(BOARD, case["http_content_type"].as_str(), body));
        check(&view(case["id"].as_str().unwrap_or("feed"), None, notices));
    }
}

#[test]
fn the_feeds_of_real_boards_are_valid() {
    for (folder, read) in [("list", of_list as fn(&Page) -> Vec<Notice>), ("article", of_article)] {
        let Ok(boards) = fs::read_dir(Path::new("../shared/boards").join(folder)) else {
            println!("skipped: no collection of boards beside this checkout");
            return;
        };
        for board in boards.map(|board| board.expect("a folder").path()) {
            let meta = fs::read(board.join("meta.json")).expect("what it is");
            let meta: serde_json::Value = serde_json::from_slice(&meta).expect("JSON");
            let body = fs::read(board.join("page.html")).expect("a page");
            let notices = read(&page(meta["url"].as_str().expect("an address"), None, body));
            check(&view("Board", Some("ko"), notices));
        }
    }
}
