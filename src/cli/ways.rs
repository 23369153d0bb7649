//! The ways to read an address that the admin typed: as its page is, or by a feed of the same notices.
//!
//! A feed goes before a page that shows the same: it is made to be asked. What the page itself names is asked and compared.
//! Only where the page shows no list, or when that is wanted, a few places of its host are tried that nobody named, one after
//! the other, a while apart, and as the host's robots.txt allows.

use super::ask::{self, Answer};
use crate::{
    notice::SourceId,
    source::{
        Kind, Page,
        detect::{self, Carried, Guess},
    },
};

/// Confidence in a feed that nobody named, where the page shows nothing to compare it with.
const UNCOMPARED: f64 = 0.5;

/// How far is looked for feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// At what the page names; elsewhere only where the page shows no list.
    Named,
    /// At the usual places of its host too.
    Usual,
}

/// The ways to read what was answered, the best first; at least one.
///
/// # Errors
///
/// When neither the page nor a feed shows notices.
pub(super) async fn ways(answer: &Answer, search: Search) -> anyhow::Result<Vec<Guess>> {
    let id = ask::id_of(&answer.page.url);
    let read = detect::detect(&answer.page, &id);
    let shown = read.as_ref().ok().and_then(|guesses| guesses.first());
    if shown.is_some_and(|shown| matches!(shown.source.kind, Kind::Feed)) {
        return Ok(read?);
    }
    let (mut feed, mut notes) = named_feed(answer, &id, shown).await;
    if feed.is_none() && (shown.is_none() || search == Search::Usual) {
        let (found, more) = guessed_feed(answer, &id, shown).await;
        feed = found;
        notes.extend(more);
    }
    if let Some(mut feed) = feed {
        feed.notes.append(&mut notes);
        return Ok(vec![feed]);
    }
    let mut guesses = match read {
        Ok(guesses) => guesses,
        Err(unreadable) if notes.is_empty() => return Err(unreadable.into()),
        Err(unreadable) => anyhow::bail!("{unreadable}; {}", notes.join("; ")),
    };
    if let Some(best) = guesses.first_mut() {
        best.notes.append(&mut notes);
    }
    Ok(guesses)
}

/// The first of the feeds that the page names that serves instead of what it shows, and what is to be said of the others.
async fn named_feed(from: &Answer, id: &SourceId, shown: Option<&Guess>) -> (Option<Guess>, Vec<String>) {
    let mut notes = Vec::new();
    for url in detect::feeds(&from.page).iter().chain(&detect::posts(&from.page)) {
        let Some(mut feed) = from.named(url).await.ok().and_then(|page| feed(&page, id)) else {
            notes.push(format!("the page names the feed {url}, which can't be read"));
            continue;
        };
        let Some(shown) = shown else {
            if feed.believed.notices.is_empty() {
                notes.push(format!("the page names the feed {url}, which is empty"));
                continue;
            }
            feed.notes
                .push("the page shows no list, and names this feed".to_owned());
            return (Some(feed), notes);
        };
        let carried = Carried::of(&shown.believed.notices, &feed.believed.notices);
        if carried.serves() {
            let word = format!("the page names this feed, which carries {carried}");
            feed.notes.push(word);
            return (Some(feed), notes);
        }
        notes.push(format!("the page names the feed {url}, which carries {carried}"));
    }
    (None, notes)
}

/// The first feed at the usual places of the page's host that serves instead of what it shows, and what is to be said of the
/// others.
async fn guessed_feed(from: &Answer, id: &SourceId, shown: Option<&Guess>) -> (Option<Guess>, Vec<String>) {
    let mut notes = Vec::new();
    for url in detect::places(&from.page) {
        let found = from.guessed(&url).await.and_then(|page| feed(&page, id));
        if let Some(feed) = found.and_then(|feed| judged(feed, shown, &mut notes)) {
            return (Some(feed), notes);
        }
    }
    let Ok(robots) = from.page.url.join("/robots.txt") else {
        return (None, notes);
    };
    let robots = from.guessed(&robots).await;
    for url in detect::sitemaps(robots.as_ref().map(|page| page.body.as_slice()), &from.page) {
        let Some(mut sitemap) = from.guessed(&url).await else {
            continue;
        };
        if let Some(news) = detect::sitemap_of_news(&sitemap) {
            match from.guessed(&news).await {
                Some(page) => sitemap = page,
                None => continue,
            }
        }
        if let Some(feed) = feed(&sitemap, id).and_then(|feed| judged(feed, shown, &mut notes)) {
            return (Some(feed), notes);
        }
    }
    (None, notes)
}

/// The feed, which nobody named, where it serves instead of what the page shows; what is to be said of it joins the notes.
fn judged(mut feed: Guess, shown: Option<&Guess>, notes: &mut Vec<String>) -> Option<Guess> {
    if feed.believed.notices.is_empty() {
        return None;
    }
    let Some(shown) = shown else {
        feed.confidence = feed.confidence.min(UNCOMPARED);
        let word = "the page shows no list and names no feed that can be read; this one is of the same host";
        feed.notes.push(word.to_owned());
        return Some(feed);
    };
    let carried = Carried::of(&shown.believed.notices, &feed.believed.notices);
    if carried.serves() {
        let word = format!("the page doesn't name this feed of its host, which carries {carried}");
        feed.notes.push(word);
        return Some(feed);
    }
    notes.push(format!("the feed {} of its host carries {carried}", feed.source.url));
    None
}

/// The feed, or the list of an API, that `page` is.
fn feed(page: &Page, id: &SourceId) -> Option<Guess> {
    let guess = detect::detect(page, id).ok()?.into_iter().next()?;
    matches!(guess.source.kind, Kind::Feed | Kind::Json(_)).then_some(guess)
}
