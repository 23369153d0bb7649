//! The ways to read an address that the admin typed: as the page is, or by a feed that carries the same notices.

use url::Url;

use super::ask::{self, Answer};
use crate::{
    notice::SourceId,
    source::{
        Kind,
        detect::{self, Guess, SURE},
    },
};

/// Where feeds usually are, when nothing says so.
const USUAL: [&str; 6] = ["/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml"];

/// The ways to read what was answered, the best first. A feed that the page names counts before the page when it carries the
/// page's notices. Where the page names none and shows no list for certain, the usual addresses of feeds are tried.
///
/// # Errors
///
/// When neither the page nor a feed shows notices.
pub(super) async fn ways(answer: &Answer) -> anyhow::Result<Vec<Guess>> {
    let page = &answer.page;
    let id = ask::id_of(&page.url);
    let read = detect::detect(page, &id);
    let named = detect::feeds(page);
    let is_sure = matches!(&read, Ok(guesses) if guesses.first().is_some_and(|best| best.confidence >= SURE));
    let candidates = if named.is_empty() && !is_sure {
        usual(&page.url)
    } else {
        named
    };
    let mut guesses = match read {
        Ok(guesses) => guesses,
        Err(unreadable) => {
            for url in &candidates {
                if let Some(feed) = feed(url, &id, answer).await {
                    return Ok(vec![feed]);
                }
            }
            return Err(unreadable.into());
        }
    };
    for url in &candidates {
        let Some(best) = guesses.first_mut() else { break };
        let Some(mut feed) = feed(url, &id, answer).await else {
            continue;
        };
        let shown: Vec<&str> = best
            .believed
            .notices
            .iter()
            .map(|notice| notice.title.as_str())
            .collect();
        let carried = |title: &&&str| feed.believed.notices.iter().any(|notice| notice.title == **title);
        let (carried, entries) = (shown.iter().filter(carried).count(), feed.believed.notices.len());
        let word = format!(
            "the feed {url} carries {carried} of the {} notices on the page",
            shown.len()
        );
        if carried > 0 && carried * 10 >= shown.len().min(entries) * 6 {
            feed.notes.push(word);
            return Ok(vec![feed]);
        }
        best.notes.push(word);
    }
    Ok(guesses)
}

fn usual(page: &Url) -> Vec<Url> {
    USUAL.iter().filter_map(|path| page.join(path).ok()).collect()
}

/// The feed at `url`. Where it is, the page says and not the admin: it may not lead into other private networks.
async fn feed(url: &Url, id: &SourceId, from: &Answer) -> Option<Guess> {
    let page = ask::beside(url, from).await.ok()?;
    let found = detect::detect(&page, id).ok()?;
    found
        .into_iter()
        .next()
        .filter(|guess| matches!(guess.source.kind, Kind::Feed))
}
