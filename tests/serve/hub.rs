//! Promises of the hub's address.

use crate::town::{TOWN, Town, notice};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn every_feed_names_the_hub_and_itself_in_its_headers() {
    let town = Town::opens().await;
    town.posts(TOWN, [notice(TOWN, "1", "단수 안내")]).await;
    for path in [
        "all.atom",
        "all.rss",
        "town.json",
        "tag/korea.atom",
        "tag/%EC%8B%9C%EC%B2%AD%2F%EA%B3%B5%EC%A7%80.rss",
    ] {
        let answer = town.get(&format!("/feeds/{path}")).await;
        let expected = format!(
            "<https://notices.example.org/hub>; rel=\"hub\", <https://notices.example.org/feeds/{path}>; rel=\"self\""
        );
        assert_eq!(answer.header("link"), expected);
        let topic = format!("https://notices.example.org/feeds/{path}").replace('%', "%25");
        let form = format!("hub.mode=subscribe&hub.callback=https://them.example/&hub.topic={topic}");
        let asked = town.ask("POST", "/hub", &[FORM], form.as_bytes()).await;
        assert_eq!(asked.code, 202, "{topic}: {}", asked.text());
    }
    let shortened = town.get("/feeds/town.atom?limit=1").await;
    assert!(!shortened.header("link").contains("hub"));
    town.closes().await;
}

#[tokio::test]
async fn the_hub_is_asked_by_a_form_of_bearable_length() {
    let town = Town::opens().await;
    let form =
        "hub.mode=subscribe&hub.callback=https://them.example/&hub.topic=https://notices.example.org/feeds/town.atom";
    let json = [("content-type", "application/json")];
    assert_eq!(town.ask("POST", "/hub", &json, b"{}").await.code, 415);
    assert_eq!(town.ask("POST", "/hub", &[], form.as_bytes()).await.code, 415);
    let charset = [("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8")];
    assert_eq!(town.ask("POST", "/hub", &charset, form.as_bytes()).await.code, 202);
    let long = format!("{form}&more={}", "x".repeat(17_000));
    assert_eq!(town.ask("POST", "/hub", &[FORM], long.as_bytes()).await.code, 413);
    assert_eq!(town.get("/hub").await.code, 405);
    town.closes().await;
}
