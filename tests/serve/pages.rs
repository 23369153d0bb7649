//! What people see.

use gazetted::{notice::SafeHtml, rhythm::History, source::LegalNote};

use super::town::{NEWS, TOWN, Town, boards, digital_government, notice};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data: https: http:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn the_start_page_shows_sources_their_feeds_and_the_newest_notices_by_day() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let page = town.get("/").await;
    assert_eq!(
        (page.code, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert_eq!(page.header("content-security-policy"), POLICY);
    assert_eq!(page.header("vary"), "Accept-Language, Accept-Encoding");
    for part in [
        "<time datetime=\"2020-11-10\">Tuesday, 10 November 2020</time>",
        "Republic of Korea talks the future of digital government with digital leaders</a>",
        "MOIS News &amp; Notices</a>",
        "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"City notices (Atom)\" href=\"https:",
        "type=\"application/rss+xml\"",
        "type=\"application/feed+json\"",
        "2 files",
        "lang=\"ko\">시청 공지</a>",
    ] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    assert!(
        page.header("link")
            .contains("<https://notices.example.org/feeds/all.atom>; rel=\"alternate\"")
    );
    town.closes().await;
}

#[tokio::test]
async fn sources_stand_under_each_of_their_tags() {
    let town = Town::opens().await;
    let page = town.get("/").await;
    let groups: Vec<&str> = page.text().split("<details class=\"group\" open>").skip(1).collect();
    let names = [NEWS, TOWN].map(|id| format!("/sources/{id}"));
    let stands = groups
        .iter()
        .map(|group| names.each_ref().map(|name| group.contains(name)));
    assert_eq!(stands.collect::<Vec<_>>(), [[true, false], [true, true], [false, true]]);
    for (group, tag) in groups.iter().zip(["government", "korea", "시청/공지"]) {
        assert!(group.contains(&format!(">{tag}</h3>")), "{group}");
    }
    town.closes().await;
}

#[tokio::test]
async fn the_page_of_a_source_tells_how_to_follow_it_and_when_it_publishes() {
    let mut boards = boards();
    boards[1].legal_note = Some(LegalNote::Usual);
    let town = Town::opens().await.restarts(boards).await;
    let early = town.get("/sources/mois-news?lang=en").await;
    assert!(early.text().contains("Too few notices were seen yet to tell."));
    assert!(!early.text().contains("prevails"));
    let at_nine_on_mondays_and_tuesdays: Vec<u8> = [10.0, 20.0, 15.0]
        .into_iter()
        .chain([0.0; 5])
        .chain((0..24).map(|hour| if hour == 9 { 30.0 } else { 0.0 }))
        .flat_map(f32::to_le_bytes)
        .collect();
    town.remembers(TOWN, |state| {
        state.rhythm = History::from_bytes(&at_nine_on_mondays_and_tuesdays)
    })
    .await;
    let page = town.get("/sources/town?lang=en").await;
    for part in [
        "Mostly Mon, Tue, between 9:00 and 10:00 (Asia/Seoul), about 4 a week.",
        "y=\"62\">Mon</text>",
        "What the source itself publishes prevails.",
        "<code>https://notices.example.org/feeds/town.rss</code>",
        "href=\"feed:https://notices.example.org/feeds/town.atom\"",
        "https://feedly.com/i/subscription/feed/https%3A%2F%2Fnotices.example.org%2Ffeeds%2Ftown.atom",
        "href=\"/subscribe?source=town&amp;lang=en\"",
        "Checked at least every</dt><dd>10 minutes",
    ] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    assert_eq!(
        page.text().matches("class=\"usual\"").count(),
        3,
        "two days and an hour"
    );
    let korean = town.get("/sources/town?lang=ko").await;
    assert!(
        korean
            .text()
            .contains("주로 월, 화요일 9시–10시(Asia/Seoul)에 한 주에 4건쯤 올라옵니다."),
        "{}",
        korean.text()
    );
    town.closes().await;
}

#[tokio::test]
async fn pages_speak_the_language_of_the_visitor() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let korean = town
        .get_with("/", &[("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.8")])
        .await;
    assert!(korean.text().contains("<html lang=\"ko\">") && korean.text().contains("2020년 11월 10일 화요일"));
    assert_eq!(korean.header("content-language"), "ko");
    let asked = town.get_with("/?lang=en", &[("Accept-Language", "ko")]).await;
    assert!(asked.text().contains("<html lang=\"en\">"));
    assert!(
        asked.text().contains("?lang=en\" dir=\"auto\""),
        "links keep the language: {}",
        asked.text()
    );
    town.closes().await;
}

#[tokio::test]
async fn the_page_of_a_notice_keeps_its_text_its_files_and_what_it_said_before() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let path = format!("/notices/{}", digital_government().id.uuid());
    let mut edited = digital_government();
    edited.content = SafeHtml::clean("<p>Ministers met again.</p>", None);
    town.revises(NEWS, edited).await;
    let page = town.get(&path).await;
    assert_eq!(page.code, 200);
    for part in [
        "<p>Ministers met again.</p>",
        "They agreed on a &lt;plan&gt; &amp; left.",
        "Joint statement.pdf</a> <span class=\"size\">12 KB</span>",
        "9,872",
        "<time datetime=\"2020-11-10\">10 November 2020</time>",
        "Version 1, seen 10 November 2020, 18:20 (UTC+09)",
        "<meta property=\"og:title\"",
        "\"datePublished\":\"2020-11-10\"",
    ] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    let original = page.text().find("Read the original").expect("a link to the original");
    assert!(original < page.text().find("<p>Ministers met again").expect("the text"));
    town.closes().await;
}

#[tokio::test]
async fn hostile_titles_stay_text() {
    let town = Town::opens().await;
    let title = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} ${7*7}";
    let mut evil = notice(NEWS, "nttId=666", title);
    evil.author = Some(title.to_owned());
    evil.published = "2020-11-10".parse().ok();
    town.posts(NEWS, [evil.clone()]).await;
    for path in ["/", "/sources/mois-news", &format!("/notices/{}", evil.id.uuid())] {
        let page = town.get(path).await;
        assert_eq!(page.code, 200);
        let text = page.text();
        assert!(!text.contains("<script>") && !text.contains("<img"), "{path}: {text}");
        assert!(!text.contains("49") || text.contains("{{ 7*7 }}"), "{path}: {text}");
        let scripts = text.matches("<script").count();
        assert_eq!(scripts, usize::from(path.starts_with("/notices")), "{path}");
        assert_eq!(text.matches("</script").count(), scripts, "{path}");
    }
    town.closes().await;
}

#[tokio::test]
async fn what_is_not_there_is_answered_calmly() {
    let town = Town::opens().await;
    for path in [
        "/nothing",
        "/notices/zz",
        "/notices/2c9c43be-6ef7-5a45-a3f4-8f5f9a4ad86d",
        "/sources/nobody",
        "/sources/..%2f..",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/style-000000000000.css",
        "/pages/style.css",
    ] {
        let answer = town.get(path).await;
        assert_eq!(answer.code, 404, "{path}");
        assert!(answer.text().contains("There is nothing here"), "{path}");
        assert_eq!(answer.header("content-security-policy"), POLICY);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    town.closes().await;
}

#[tokio::test]
async fn the_style_sheet_and_the_health_of_the_house_can_be_had() {
    let town = Town::opens().await;
    let page = town.get("/").await;
    let style = page
        .text()
        .split("href=\"")
        .find_map(|part| part.split('"').next().filter(|path| path.ends_with(".css")));
    let style = town.get(style.expect("a style sheet")).await;
    assert_eq!(
        (style.code, style.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    assert!(style.header("cache-control").contains("immutable"));
    assert_eq!(town.get("/favicon.svg").await.header("content-type"), "image/svg+xml");
    assert_eq!(town.get("/healthz").await.code, 200);
    assert_eq!(town.get("/readyz").await.code, 200);
    assert!(
        town.get("/metrics")
            .await
            .text()
            .contains("gazetted_http_requests_total{route=\"/\",code=\"200\"} 1")
    );
    town.closes().await;
}

#[tokio::test]
async fn every_page_is_made_from_words_and_templates_that_fit() {
    let town = Town::opens().await;
    let full = digital_government();
    let mut bare = notice(TOWN, "1", "제목만");
    bare.link = None;
    town.posts(NEWS, [full.clone()]).await;
    town.posts(TOWN, [bare.clone()]).await;
    let town = town.restarts(boards()).await;
    for language in ["en", "ko"] {
        for path in [
            "/".to_owned(),
            "/sources/mois-news".to_owned(),
            "/sources/town".to_owned(),
            format!("/notices/{}", full.id.uuid()),
            format!("/notices/{}", bare.id.uuid()),
        ] {
            let page = town.get(&format!("{path}?lang={language}")).await;
            assert_eq!(page.code, 200, "{path} {language}");
            assert!(page.text().trim_end().ends_with("</html>"), "{path}");
            assert!(!page.text().contains("{n}") && !page.text().contains("{at}"), "{path}");
        }
    }
    town.closes().await;
}

#[tokio::test]
async fn metrics_tell_how_the_sources_and_the_outbox_stand() {
    let town = Town::opens().await;
    town.posts(NEWS, [digital_government()]).await;
    let metrics = town.get("/metrics").await;
    for line in [
        "gazetted_sources{health=\"ok\"} 1",
        "gazetted_sources{health=\"new\"} 1",
        "gazetted_sources{health=\"failing\"} 0",
        "gazetted_deliveries{state=\"queued\"} 0",
        "gazetted_announcements{state=\"held\"} 0",
    ] {
        assert!(metrics.text().contains(line), "{line}");
    }
    town.closes().await;
}
