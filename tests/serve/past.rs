//! What readers rely on over the years: pages of the past, corrections, withdrawals, names that change.

use gazetted::{
    notice::{Corrections, Notice},
    store::Absent,
};
use jiff::Timestamp;

use super::town::{NEWS, TOWN, Town, boards, digital_government, notice, source};

/// The town when it is 20 January 2021, and a year of notices before that: two in November 2020, 250 in December, one in January.
async fn years() -> Town {
    let town = Town::opens().await;
    town.passes_until("2020-11-10T00:00:00Z");
    town.posts(NEWS, [digital_government(), notice(NEWS, "old", "An old notice")])
        .await;
    town.passes_until("2020-12-05T00:00:00Z");
    let many = (0..250).map(|n| notice(NEWS, &format!("n={n}"), &format!("December {n}")));
    town.posts(NEWS, many).await;
    town.revises(NEWS, notice(NEWS, "old", "An old notice, corrected in December"))
        .await;
    town.passes_until("2021-01-20T00:00:00Z");
    town.posts(NEWS, [notice(NEWS, "new", "A new notice")]).await;
    town
}

fn links(feed: &atom_syndication::Feed, rel: &str) -> Vec<String> {
    let links = feed.links.iter().filter(|link| link.rel == rel);
    links.map(|link| link.href.clone()).collect()
}

async fn atom(town: &Town, path: &str) -> atom_syndication::Feed {
    let answer = town.get(path).await;
    assert_eq!(answer.code, 200, "{path}");
    atom_syndication::Feed::read_from(&answer.body[..]).expect("Atom")
}

#[tokio::test]
async fn everything_that_a_feed_ever_had_is_found_on_its_pages() {
    let town = years().await;
    let own = "https://notices.example.org";
    let mut titles = Vec::new();
    let mut path = "/feeds/mois-news.atom".to_owned();
    let mut walked = Vec::new();
    loop {
        let feed = atom(&town, &path).await;
        assert_eq!(feed.id, format!("{own}/feeds/mois-news.atom"), "one feed, one id");
        if !walked.is_empty() {
            assert_eq!(links(&feed, "current"), [format!("{own}/feeds/mois-news.atom")]);
            assert_eq!(links(&feed, "self"), [format!("{own}{path}")]);
            assert!(feed.extensions.contains_key("fh"), "an archive");
        }
        titles.extend(feed.entries.iter().map(|entry| entry.title.value.clone()));
        walked.push(path.clone());
        match links(&feed, "prev-archive").first() {
            Some(older) => path = older.strip_prefix(own).expect("an address of ours").to_owned(),
            None => break,
        }
    }
    assert_eq!(
        walked,
        ["", "/2020-12-2", "/2020-12", "/2020-11"].map(|page| format!("/feeds/mois-news{page}.atom"))
    );
    titles.sort();
    titles.dedup();
    // The old notice stands in November as it was, and in December as it was corrected.
    assert_eq!(titles.len(), 254);

    let december = atom(&town, "/feeds/mois-news/2020-12.atom").await;
    assert_eq!(december.entries.len(), 200);
    assert_eq!(
        links(&december, "next-archive"),
        [format!("{own}/feeds/mois-news/2020-12-2.atom")]
    );
    town.closes().await;
}

#[tokio::test]
async fn a_page_of_the_past_stays_as_it_is() {
    let town = years().await;
    let pages = [
        "/feeds/mois-news/2020-11.atom",
        "/feeds/all/2020-11.rss",
        "/feeds/tag/korea/2020-11.json",
    ];
    let mut before = Vec::new();
    for page in pages {
        let answer = town.get(page).await;
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=604800, immutable, stale-if-error=2592000",
            "{page}"
        );
        before.push(answer.body);
    }
    town.revises(NEWS, notice(NEWS, "old", "Corrected once more")).await;
    town.posts(NEWS, [notice(NEWS, "newer", "A newer notice")]).await;
    for (page, before) in pages.into_iter().zip(before) {
        assert_eq!(
            town.get(page).await.text(),
            std::str::from_utf8(&before).expect("text"),
            "{page}"
        );
    }
    let json: serde_json::Value = serde_json::from_slice(&town.get("/feeds/tag/korea.json").await.body).expect("JSON");
    assert_eq!(
        json["next_url"],
        "https://notices.example.org/feeds/tag/korea/2020-12-2.json"
    );
    town.closes().await;
}

#[tokio::test]
async fn only_months_that_are_over_and_had_notices_have_pages() {
    let town = years().await;
    for page in ["2021-01", "2020-10", "2020-12-3", "2020-13", "2020-1", "2020-12-1", "x"] {
        assert_eq!(
            town.get(&format!("/feeds/mois-news/{page}.atom")).await.code,
            404,
            "{page}"
        );
    }
    assert_eq!(town.get("/feeds/nobody/2020-12.atom").await.code, 404);
    assert_eq!(town.get("/feeds/town/2020-12.atom").await.code, 404);
    town.closes().await;
}

#[tokio::test]
async fn a_correction_is_an_entry_of_its_own_where_the_source_says_so() {
    let mut sources = boards();
    sources[0].corrections = Corrections::NewEntry;
    sources[1].corrections = Corrections::NewEntry;
    let town = Town::opens().await.restarts(sources).await;
    town.posts(NEWS, [digital_government()]).await;
    town.posts(TOWN, [notice(TOWN, "1", "단수 안내")]).await;
    let plain = atom(&town, "/feeds/all.atom").await;
    let first = plain.entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
    town.passes(3600);
    town.revises(TOWN, notice(TOWN, "1", "단수 안내 (월요일)")).await;

    let feed = atom(&town, "/feeds/all.atom").await;
    let told: Vec<_> = feed.entries.iter().map(|entry| entry.title.value.as_str()).collect();
    assert_eq!(
        told,
        [
            "[정정] 단수 안내 (월요일)",
            "단수 안내 (월요일)",
            &digital_government().title
        ]
    );
    let correction = &feed.entries[0];
    assert!(!first.contains(&correction.id), "readers take it for something new");
    assert!(correction.id.starts_with("urn:uuid:") && correction.id.len() == 45);
    assert_eq!(correction.published, Some(correction.updated));
    assert!(correction.published > plain.entries[0].published);
    let related: Vec<_> = correction.links.iter().filter(|link| link.rel == "related").collect();
    let page = format!(
        "https://notices.example.org/notices/{}",
        notice(TOWN, "1", "").id.uuid()
    );
    assert_eq!(related[0].href, page, "it leads to what it corrects");
    assert_eq!(feed.entries.iter().filter(|entry| first.contains(&entry.id)).count(), 2);

    let json: serde_json::Value = serde_json::from_slice(&town.get("/feeds/town.json").await.body).expect("JSON");
    assert_eq!(json["items"][0]["id"], correction.id.as_str());
    assert_eq!(
        json["items"][0]["_gazetted"]["corrects"],
        notice(TOWN, "1", "").id.to_string()
    );
    let rss = rss::Channel::read_from(&town.get("/feeds/town.rss").await.body[..]).expect("RSS");
    assert_eq!(
        rss.items[0].guid.as_ref().map(|guid| guid.value.as_str()),
        Some(correction.id.as_str())
    );
    assert_eq!(rss.items[0].title.as_deref(), Some("[정정] 단수 안내 (월요일)"));

    // A second correction takes the place of the first.
    town.passes(3600);
    town.revises(TOWN, notice(TOWN, "1", "단수 안내 (화요일)")).await;
    let again = atom(&town, "/feeds/town.atom").await;
    assert_eq!(again.entries.len(), 2);
    assert_ne!(again.entries[0].id, correction.id);
    assert_eq!(atom(&town, "/feeds/town.atom?limit=1").await.entries.len(), 1);
    assert_eq!(atom(&town, "/feeds/town.atom?q=nothing").await.entries.len(), 0);
    town.closes().await;
}

#[tokio::test]
async fn a_correction_of_an_old_notice_comes_to_the_top() {
    let mut sources = boards();
    sources[0].corrections = Corrections::NewEntry;
    let town = years().await.restarts(sources).await;
    town.passes_until("2021-01-21T00:00:00Z");
    town.revises(NEWS, notice(NEWS, "old", "Corrected at last")).await;
    let feed = atom(&town, "/feeds/mois-news.atom").await;
    assert_eq!(feed.entries[0].title.value, "Correction: Corrected at last");
    assert_eq!(feed.entries[1].title.value, "A new notice");
    let december = atom(&town, "/feeds/mois-news/2020-12-2.atom").await;
    let corrections = december
        .entries
        .iter()
        .filter(|entry| entry.title.value.starts_with("Correction: "));
    assert_eq!(corrections.count(), 0, "it stands where its notice does");
    let first = atom(&town, "/feeds/mois-news/2020-12.atom").await;
    assert_eq!(
        first.entries[0].title.value,
        "Correction: An old notice, corrected in December"
    );
    town.closes().await;
}

#[tokio::test]
async fn a_withdrawn_notice_leaves_the_feeds_and_atom_says_so() {
    let town = Town::opens().await;
    let gone: Notice = notice(NEWS, "gone", "Withdrawn title");
    town.posts(NEWS, [digital_government(), gone.clone()]).await;
    let notices = vec![gone.id];
    town.misses(NEWS, Absent::These { notices, patience: 1 }).await;

    let answer = town.get("/feeds/mois-news.atom").await;
    let feed = atom_syndication::Feed::read_from(&answer.body[..]).expect("Atom");
    assert_eq!(feed.entries.len(), 1);
    assert!(!answer.text().contains("Withdrawn title"));
    let tombstone = &feed.extensions["at"]["deleted-entry"];
    assert_eq!(tombstone.len(), 1);
    assert_eq!(tombstone[0].attrs["ref"], gone.id.to_string());
    let when: Timestamp = tombstone[0].attrs["when"].parse().expect("an instant");
    assert!(when > super::town::now_at(0));
    assert_eq!(
        tombstone[0].children["comment"][0].value.as_deref(),
        Some("Withdrawn by its source")
    );
    for format in ["rss", "json"] {
        let answer = town.get(&format!("/feeds/mois-news.{format}")).await;
        assert!(!answer.text().contains(&gone.id.to_string()), "{format}");
    }
    for format in ["atom", "rss", "json"] {
        let one = town.get(&format!("/feeds/mois-news.{format}?limit=1")).await;
        let is_there = one.text().contains("the future of digital government");
        assert!(is_there, "{format}: what is gone takes nobody's place");
    }
    let page = town.get(&format!("/notices/{}", gone.id.uuid())).await;
    assert_eq!(page.code, 200, "its page stays");
    town.closes().await;
}

#[tokio::test]
async fn the_addresses_of_a_renamed_source_lead_to_its_new_ones() {
    let mut sources = boards();
    sources[0].aliases = vec![source("old-news"), source("older")];
    let town = years().await.restarts(sources).await;
    for (old, new) in [
        (
            "/feeds/old-news.rss?limit=5&q=a%20b",
            "/feeds/mois-news.rss?limit=5&q=a%20b",
        ),
        ("/feeds/older.atom", "/feeds/mois-news.atom"),
        ("/feeds/old-news/2020-12.json", "/feeds/mois-news/2020-12.json"),
        ("/sources/old-news", "/sources/mois-news"),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = town.ask(method, old, &[], b"").await;
            assert_eq!(answer.code, 301, "{old}");
            assert_eq!(answer.header("location"), format!("https://notices.example.org{new}"));
        }
    }
    town.closes().await;
}

#[tokio::test]
async fn rights_are_told_where_they_are_configured() {
    let mut sources = boards();
    sources[1].rights = Some("KOGL Type 1 & <more>".to_owned());
    let town = Town::opens().await.restarts(sources).await;
    town.posts(NEWS, [digital_government()]).await;
    town.posts(TOWN, [notice(TOWN, "1", "단수 안내")]).await;
    let own = atom(&town, "/feeds/town.atom").await;
    assert_eq!(
        own.rights.map(|rights| rights.value).as_deref(),
        Some("KOGL Type 1 & <more>")
    );
    assert!(own.entries[0].rights.is_none(), "once is enough");
    let all = atom(&town, "/feeds/all.atom").await;
    assert_eq!(all.rights, None);
    let rights: Vec<_> = all
        .entries
        .iter()
        .map(|entry| entry.rights.as_ref().map(|rights| rights.value.as_str()))
        .collect();
    assert!(
        rights.contains(&None) && rights.contains(&Some("KOGL Type 1 & <more>")),
        "{rights:?}"
    );
    town.closes().await;
}
