//! `gazetted detect` on sites that have a feed, or ought to.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{Router, http::Uri, response::Html};
use tokio::net::TcpListener;

use super::does;

const TITLES: [&str; 6] = [
    "Mill Lane footbridge closed for repair",
    "Library hours in winter",
    "Tenders for the swimming pool roof",
    "Vote on the market square",
    "Refuse collection over the holidays",
    "Minutes of the council of November",
];

fn page(head: &str, titles: &[&str]) -> String {
    let rows: String = titles
        .iter()
        .enumerate()
        .map(|(nth, title)| {
            format!(
                "<tr><td><a href=\"/show?item={nth}\">{title}</a></td><td>2026-11-{}</td></tr>",
                24 - nth
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang=en><head><title>Northvale</title>{head}</head><table><thead><tr><th>Title</th><th>Date</th></tr></thead><tbody>{rows}</tbody></table></html>"
    )
}

fn feed(titles: &[&str]) -> String {
    let items: String = titles
        .iter()
        .enumerate()
        .map(|(nth, title)| {
            format!("<item><title>{title}</title><link>http://northvale.example/show?item={nth}</link></item>")
        })
        .collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Northvale</title>{items}</channel></rss>")
}

/// A site of these paths.
async fn site(pages: impl IntoIterator<Item = (&'static str, String)>) -> SocketAddr {
    let pages: Arc<HashMap<&str, String>> = Arc::new(pages.into_iter().collect());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = move |uri: Uri| {
        let found = pages.get(uri.path()).cloned();
        async move { found.map(Html).ok_or(axum::http::StatusCode::NOT_FOUND) }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    address
}

/// What `detect` prints for `/news` of the site.
async fn detected(site: SocketAddr) -> String {
    let url = format!("http://{site}/news");
    let run = move || does(&std::env::temp_dir(), &["detect", &url]);
    tokio::task::spawn_blocking(run).await.expect("an answer")
}

const NAMED: &str = "<link rel=alternate type=application/rss+xml href=/n.xml>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_with_the_notices_of_the_page_is_preferred() {
    let toml = detected(site([("/news", page(NAMED, &TITLES)), ("/n.xml", feed(&TITLES))]).await).await;
    assert!(toml.contains("/n.xml\"") && toml.contains("kind = \"feed\""), "{toml}");
    assert!(toml.contains("carries 6 of the 6 notices"), "{toml}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_with_other_things_in_it_is_told_of_and_left() {
    let other = ["Photos of the week", "Weather"];
    let toml = detected(site([("/news", page(NAMED, &TITLES)), ("/n.xml", feed(&other))]).await).await;
    assert!(
        toml.contains("kind = \"board\"") && toml.contains("carries none of the 6 notices"),
        "{toml}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_without_a_list_is_asked_for_a_feed_at_the_usual_addresses() {
    let empty = "<!doctype html><title>Northvale</title><div id=app></div>".to_owned();
    let toml = detected(site([("/news", empty), ("/rss.xml", feed(&TITLES))]).await).await;
    assert!(
        toml.contains("/rss.xml\"") && toml.contains("kind = \"feed\""),
        "{toml}"
    );
}
