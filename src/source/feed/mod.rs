//! Feeds: RSS 0.90 to 2.0, RDF, Atom 0.3 and 1.0, CDF, JSON Feed and the sitemaps of news, with all that the world does to
//! them.
//!
//! ```text
//! bytes ─charset─▶ text ─token─▶ tags ─reader─▶ parts ┬─entry──▶ Draft
//!                                                     └─channel▶ SourceMeta
//! ```
//!
//! One lenient reader for all formats in XML, because feeds mix them. It never gives up on a document in which there is a feed;
//! a document without one is [`Unreadable`], which says what it is instead.

mod names;
mod token;
mod reference;
mod element;
mod reader;
mod html;
mod inline;
mod text;
mod person;
mod link;
mod channel;
mod entry;
mod json;
mod told;
mod refusal;

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use memchr::memchr_iter;
use serde_json::Value;
use url::Url;

use super::{
    Draft, Page, Parsed, SourceMeta, Unreadable,
    charset::{self, Format, Hint},
};
use channel::Channel;
use names::{Name, Space};
use reader::Reader;
use refusal::unreadable;

/// Most entries that are read of one feed; believing takes fewer.
const MAX_ENTRIES: usize = 1_000;

/// Longest line that a feed says of itself, in characters.
const MAX_LINE: usize = 2_000;

/// Reads a feed into drafts, in the feed's order.
///
/// # Errors
///
/// [`Unreadable`] when there is no feed in the answer; the text says what there is.
pub fn parse(page: &Page) -> Result<Parsed, Unreadable> {
    let hint = Hint {
        format: Format::Xml,
        tld: page.url.host_str().and_then(|host| host.rsplit('.').next()),
    };
    let decoded = charset::decode(&page.body, page.content_type.as_deref(), hint);
    let text = windows_1252(&decoded.text);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0'));
    if text.is_empty() {
        return Err(unreadable("an empty answer"));
    }
    let mut parsed = match text.starts_with('{') {
        true => from_json(text)?,
        false => from_markup(text, page)?,
    };
    tidy(&mut parsed.meta, &page.url);
    Ok(parsed)
}

/// `text` with the characters that Windows-1252 has between 128 and 159 instead of the controls that Unicode has there and
/// nobody uses: such a text was once converted as if it were Latin-1.
fn windows_1252(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let control = |at: usize| bytes.get(at + 1).copied().filter(|byte| matches!(byte, 0x80..=0x9f));
    let mut found = memchr_iter(0xc2, bytes)
        .filter_map(|at| Some((at, control(at)?)))
        .peekable();
    if found.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut repaired = String::with_capacity(text.len());
    let mut from = 0;
    for (at, byte) in found {
        repaired.push_str(&text[from..at]);
        repaired.push_str(&WINDOWS_1252.decode_without_bom_handling(&[byte]).0);
        from = at + 2;
    }
    repaired.push_str(&text[from..]);
    Cow::Owned(repaired)
}

fn from_json(text: &str) -> Result<Parsed, Unreadable> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(Value::Object(object))) => match json::read(&object) {
            Some((meta, drafts)) => Ok(Parsed { meta, drafts }),
            None => {
                let keys: Vec<&str> = object.keys().take(5).map(String::as_str).collect();
                let keys: String = keys.join(", ").chars().take(100).collect();
                Err(unreadable(&format!(
                    "a JSON document with the keys {keys}; a JSON API is read with kind = \"json\""
                )))
            }
        },
        Some(Err(error)) => Err(unreadable(&format!("JSON that breaks off: {error}"))),
        _ => Err(unreadable("JSON that is no object")),
    }
}

fn from_markup(text: &str, page: &Page) -> Result<Parsed, Unreadable> {
    let mut reader = Reader::new(text, &page.url, page.content_language.as_deref());
    let Some(root) = reader.root() else {
        return Err(refusal::no_feed(text, &page.url));
    };
    let mut channel = Channel::default();
    let mut drafts = Vec::new();
    let mut pages = 0;
    while let Some(part) = reader.part() {
        match part.name() {
            Name::Rss | Name::Rdf | Name::Feed | Name::Channel | Name::Items => channel.begins(part),
            Name::Item | Name::Entry if part.space().is_core() => {
                if drafts.len() < MAX_ENTRIES {
                    drafts.push(entry::read(part));
                }
            }
            Name::Url if part.space() == Space::Sitemap => {
                pages += 1;
                // A page that is no news has no title here.
                drafts.extend(
                    Some(entry::read(part)).filter(|draft| draft.title.is_some() && drafts.len() < MAX_ENTRIES),
                );
            }
            _ => channel.note(part),
        }
    }
    if root == Name::UrlSet && drafts.is_empty() {
        return Err(refusal::no_news(pages));
    }
    let meta = channel.meta();
    if !matches!(root, Name::Feed | Name::Entry) {
        // RSS doesn't say what relative addresses are of; who writes them means the site.
        for draft in drafts.iter_mut().filter(|draft: &&mut Draft| draft.base.is_none()) {
            draft.base.clone_from(&meta.site_url);
        }
    }
    Ok(Parsed { meta, drafts })
}

/// Makes lines of what a feed says of itself, and its addresses absolute.
fn tidy(meta: &mut SourceMeta, page: &Url) {
    let lines = [
        &mut meta.title,
        &mut meta.author,
        &mut meta.rights,
        &mut meta.description,
    ];
    for line in lines.into_iter().flatten() {
        *line = text::folded(line, MAX_LINE);
    }
    meta.language = meta.language.take().map(text::language_tag);
    let addresses = [&mut meta.site_url, &mut meta.self_url].into_iter().flatten();
    for address in addresses.chain(&mut meta.hubs) {
        if let Ok(absolute) = page.join(address) {
            *address = absolute.into();
        }
    }
}
