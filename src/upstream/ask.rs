//! One question to a hub (WebSub, section 5.1).

use std::time::Duration;

use url::Url;

use crate::{
    net::{Client, HeaderName, HeaderValue},
    websub::Upstream,
};

/// For a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(15);

/// So often a hub may say that it is elsewhere.
const HOPS: u32 = 3;

/// Asks the hub for what `upstream` stands for.
///
/// # Errors
///
/// What it answered instead of taking the question, for people.
pub(super) async fn ask(client: &Client, upstream: &Upstream) -> Result<(), String> {
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers = [(HeaderName::from_static("content-type"), form)];
    let mut hub = upstream.hub.url.clone();
    for _ in 0..=HOPS {
        let answer = client
            .post(&hub, &headers, upstream.question(), TIMEOUT)
            .await
            .map_err(|miss| miss.to_string())?;
        match answer.status {
            200..=299 => return Ok(()),
            307 | 308 => {
                let location = answer.headers.get("location").and_then(|to| to.to_str().ok());
                hub = elsewhere(&hub, location).ok_or("it leads nowhere that may be asked")?;
            }
            status => return Err(format!("answered with status {status}")),
        }
    }
    Err("it leads from place to place".to_owned())
}

/// Where `location` leads: never from https to http, as the secret goes along.
fn elsewhere(from: &Url, location: Option<&str>) -> Option<Url> {
    let to = from.join(location?).ok()?;
    (to.scheme() == from.scheme() || to.scheme() == "https").then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, location: &str, expected: Option<&str>) {
        let from = Url::parse(from).expect("a URL");
        assert_eq!(elsewhere(&from, Some(location)).as_ref().map(Url::as_str), expected);
    }

    #[test]
    fn a_secret_is_not_carried_from_https_to_http() {
        check("https://hub.example/", "/new", Some("https://hub.example/new"));
        check(
            "http://hub.example/",
            "https://hub.example/",
            Some("https://hub.example/"),
        );
        check("https://hub.example/", "http://hub.example/", None);
        check("https://hub.example/", "ftp://hub.example/", None);
    }
}
