//! The search page, and feeds of what is searched for.

use gazetted::notice::SafeHtml;

use super::town::{NEWS, TOWN, Town, digital_government, notice};

#[tokio::test]
async fn what_is_found_is_shown_with_its_words_marked_and_can_be_followed() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let mut cut = notice(TOWN, "1", "상수도 공사 <b>단수</b> 안내");
    cut.content = SafeHtml::clean("<p>월요일 &lt;아침&gt;에 물이 나오지 않습니다.</p>", None);
    town.posts(TOWN, [cut]).await;
    let page = town.get("/search?q=%EB%8B%A8%EC%88%98+%EB%AC%BC&lang=ko").await;
    assert_eq!(page.code, 200);
    for part in [
        "상수도 공사 &lt;b&gt;<mark>단수</mark>&lt;/b&gt; 안내</a>",
        "월요일 &lt;아침&gt;에 <mark>물</mark>이 나오지 않습니다.",
        "시청 공지</a>",
        "/feeds/all.atom?q=%EB%8B%A8%EC%88%98+%EB%AC%BC",
        "/subscribe?q=%EB%8B%A8%EC%88%98+%EB%AC%BC&amp;lang=ko",
        "<meta name=\"robots\" content=\"noindex\">",
    ] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    assert!(!page.text().contains("digital government"));
    let tagged = town.get("/search?q=digital+tag:government+-source:town").await;
    assert!(
        tagged.text().contains("<mark>digital</mark> government"),
        "{}",
        tagged.text()
    );
    let none = town.get("/search?q=zeppelin&lang=en").await;
    assert_eq!(none.code, 200);
    assert!(none.text().contains("Nothing was found."));
    town.closes().await;
}

#[tokio::test]
async fn older_ones_are_on_the_next_page() {
    let town = Town::opens().await;
    let notices = (0..35).map(|nth| notice(NEWS, &format!("n{nth}"), &format!("Water {nth:02}")));
    town.posts(NEWS, notices.collect::<Vec<_>>()).await;
    let first = town.get("/search?q=water").await;
    let shown = |text: &str| {
        (0..35)
            .filter(|nth| text.contains(&format!("</mark> {nth:02}</a>")))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(first.text()), (0..30).collect::<Vec<_>>());
    let next = first
        .text()
        .split("href=\"?q=water&amp;behind=")
        .nth(1)
        .expect("a next page");
    let next = next.split('"').next().expect("its place");
    let second = town.get(&format!("/search?q=water&behind={next}")).await;
    assert_eq!(shown(second.text()), (30..35).collect::<Vec<_>>());
    assert!(!second.text().contains("behind="));
    town.closes().await;
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_said_beside_the_box() {
    let town = Town::opens().await;
    let blank = town.get("/search?lang=en").await;
    assert_eq!(blank.code, 200);
    assert!(blank.text().contains("How to search") && !blank.text().contains("Nothing was found"));
    for (query, why) in [
        ("after:%3Cscript%3E", "What stands behind after: or before: is no date."),
        ("%21%21", "There is no word in the search"),
        ("source:a/b", "What stands behind source:"),
    ] {
        let page = town.get(&format!("/search?q={query}&lang=en")).await;
        assert_eq!(page.code, 400, "{query}");
        assert!(
            page.text().contains(why) && !page.text().contains("<script>"),
            "{why}\n{}",
            page.text()
        );
    }
    let long = town.get(&format!("/search?q={}&lang=en", "x".repeat(300))).await;
    assert!(
        long.code == 400 && long.text().contains("at most 16 words and 200 characters"),
        "{}",
        long.text()
    );
    town.closes().await;
}

#[tokio::test]
async fn a_feed_shows_what_is_searched_for_and_a_saved_search_has_its_own() {
    let town = Town::opens().await;
    let notices = ["Water off", "Gas off", "Waterworks closed"].map(|title| notice(NEWS, title, title));
    town.posts(NEWS, notices).await;
    town.posts(TOWN, [notice(TOWN, "1", "단수안내")]).await;
    let titles = |text: &str| -> Vec<String> {
        let feed: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let items = feed["items"].as_array().expect("items").iter();
        items
            .map(|item| item["title"].as_str().expect("a title").to_owned())
            .collect()
    };
    for (path, expected) in [
        ("/feeds/all.json?q=water+-closed", vec!["Water off"]),
        ("/feeds/all.json?q=off+source:town", vec![]),
        ("/feeds/mois-news.json?q=off&limit=1", vec!["Water off"]),
        ("/feeds/tag/government.json?q=%22gas+off%22", vec!["Gas off"]),
        (
            "/feeds/search/water.json",
            vec!["단수안내", "Water off", "Waterworks closed"],
        ),
        ("/feeds/search/water.json?q=off", vec!["Water off"]),
    ] {
        let feed = town.get(path).await;
        assert_eq!(
            (feed.code, titles(feed.text())),
            (200, expected.iter().map(|title| (*title).to_owned()).collect()),
            "{path}"
        );
    }
    let saved = town.get("/feeds/search/water.atom").await;
    assert!(
        saved.text().contains("<title>Water in town</title>"),
        "{}",
        saved.text()
    );
    assert!(
        saved
            .text()
            .contains("https://notices.example.org/feeds/search/water.atom"),
        "{}",
        saved.text()
    );
    let start = town.get("/?lang=en").await;
    assert!(
        start
            .text()
            .contains("/search?q=water%20OR%20%EB%8B%A8%EC%88%98%20tag%3Akorea&amp;lang=en\">Water in town</a>"),
        "{}",
        start.text()
    );
    assert!(town.get("/opml").await.text().contains("/feeds/search/water.atom"));
    assert_eq!(town.get("/feeds/search/fire.atom").await.code, 404);
    for wrong in ["after:then", "source:a/b"] {
        assert_eq!(
            town.get(&format!("/feeds/all.rss?q={wrong}")).await.code,
            400,
            "{wrong}"
        );
    }
    town.closes().await;
}
