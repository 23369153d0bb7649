//! What templates are given: a letter as plain values, bounded.

use minijinja::{Value, context, value::Serde};
use serde::Serialize;
use url::Url;

use super::{Digest, Extent, Letter, Matter, digest::Line, reason, templates::Texts};
use crate::{
    channel::{Told, shorten},
    notice::{Difference, Stretch},
};

/// The longest text of one notice in a mail of its own, in characters.
const TEXT: usize = 20_000;

/// The longest markup of one notice that a mail carries; of a longer one it carries the text.
const MARKUP: usize = 4 * TEXT;

/// The longest excerpt of one notice in a digest.
const EXCERPT: usize = 280;

/// The longest title in a digest, and the longest address that is worth a place there.
const TITLE: usize = 300;
const ADDRESS: usize = 500;

/// The longest title and name of a source in a subject.
const SUBJECT_TITLE: usize = 120;
const SUBJECT_SOURCE: usize = 40;

/// Most files that are named.
const FILES: usize = 50;

/// Most stretches of a text that a mail shows.
const STRETCHES: usize = 60;

/// How much of what did not change is shown beside a change, in characters.
const AROUND: usize = 60;

/// A notice with a mail of its own.
#[derive(Serialize)]
struct Item {
    title: String,
    source: String,
    date: Option<String>,
    author: Option<String>,
    language: Option<String>,
    link: Option<String>,
    page: String,
    text: String,
    html: Option<String>,
    /// Whether there is more of the text than this.
    shortened: bool,
    files: Vec<File>,
    changed: Option<Difference>,
}

#[derive(Serialize)]
struct File {
    name: String,
    url: String,
}

/// The notices of one source in a digest.
#[derive(Serialize)]
struct Group {
    source: String,
    page: String,
    items: Vec<Short>,
    /// So many are not shown.
    more: usize,
}

/// A notice in a digest.
#[derive(Serialize)]
struct Short {
    title: String,
    date: Option<String>,
    language: Option<String>,
    link: String,
    text: String,
    revised: bool,
}

/// The words of `letter`, whose reader leaves and manages what they get at these addresses.
pub(super) fn words(letter: &Letter<'_>, unsubscribe: &Url, manage: &Url) -> Result<Texts, minijinja::Error> {
    let matter = match letter.matter {
        Matter::Notice(told) => notice(told, letter.extent),
        Matter::Digest(digest) => gathered(digest, letter),
    };
    let language = language(letter.language);
    let context = context! {
        site => letter.site.title.as_str(),
        home => letter.site.public_url.as_str(),
        unsubscribe => unsubscribe.as_str(),
        manage => manage.as_str(),
        because => reason::phrase(letter.reasons, language),
        ..matter
    };
    let kind = match letter.matter {
        Matter::Notice(_) => "notice",
        Matter::Digest(_) => "digest",
    };
    letter.templates.letter(kind, language, context)
}

/// The language that a reader who asked for `tag` is written to in.
pub(super) fn language(tag: &str) -> &'static str {
    if tag.starts_with("ko") { "ko" } else { "en" }
}

fn notice(told: &Told, extent: Extent) -> Value {
    let item = item(told, extent);
    context! {
        subject_title => shorten(&item.title, SUBJECT_TITLE),
        subject_source => shorten(&item.source, SUBJECT_SOURCE),
        revised => told.entry.revision > 1,
        item => Value::from(Serde(&item)),
    }
}

fn gathered(digest: &Digest, letter: &Letter<'_>) -> Value {
    let home = &letter.site.public_url;
    let page = |source: &str| home.join(&format!("sources/{source}")).unwrap_or_else(|_| home.clone());
    let mut shown = 0;
    let groups: Vec<Group> = digest
        .shown(letter.extent)
        .map(|(group, share)| {
            shown += group.lines.len();
            let lines = group.lines.iter().take(share.titles).enumerate();
            Group {
                source: group.name.clone(),
                page: page(group.source.as_str()).to_string(),
                items: lines.map(|(nth, line)| short(line, nth < share.excerpts)).collect(),
                more: group.lines.len() - share.titles,
            }
        })
        .collect();
    let first = groups.first().and_then(|group| group.items.first());
    context! {
        subject_title => first.map_or_else(String::new, |first| shorten(&first.title, SUBJECT_TITLE)),
        count => digest.count(),
        left_out => digest.count() - shown,
        groups => Value::from(Serde(&groups)),
    }
}

fn item(told: &Told, extent: Extent) -> Item {
    let whole = whole_item(told);
    match extent {
        Extent::Whole => whole,
        Extent::Links => Item {
            text: String::new(),
            html: None,
            shortened: true,
            files: Vec::new(),
            changed: None,
            ..whole
        },
    }
}

fn whole_item(told: &Told) -> Item {
    let notice = &told.entry.notice;
    let text = told.text();
    let html = notice.body().filter(|html| html.as_str().len() <= MARKUP);
    Item {
        title: notice.title.clone(),
        source: told.source_name.clone(),
        date: told.date(),
        author: notice.author.clone(),
        language: told.language.clone(),
        link: notice.link.as_ref().map(Url::to_string),
        page: told.page.to_string(),
        shortened: html.is_none() && text.chars().nth(TEXT).is_some(),
        text: wrapped(&shorten(&text, TEXT)),
        html: html.map(|html| html.as_str().to_owned()),
        files: notice
            .attachments
            .iter()
            .take(FILES)
            .map(|file| File {
                name: file.name.clone(),
                url: file.url.to_string(),
            })
            .collect(),
        changed: told.changed.as_ref().filter(|changed| !changed.is_empty()).map(changed),
    }
}

fn short(line: &Line, has_excerpt: bool) -> Short {
    let (told, notice) = (&line.told, &line.told.entry.notice);
    let address = Some(told.address()).filter(|address| address.as_str().len() <= ADDRESS);
    Short {
        title: shorten(&notice.title, TITLE),
        date: told.date(),
        language: told.language.clone(),
        link: address.unwrap_or(&told.page).to_string(),
        text: match has_excerpt {
            true => wrapped(&told.excerpt(EXCERPT).split_whitespace().collect::<Vec<_>>().join(" ")),
            false => String::new(),
        },
        revised: line.revised,
    }
}

/// A difference as a mail has room for it.
fn changed(difference: &Difference) -> Difference {
    let short = |stretch: &Stretch| match stretch {
        Stretch::Kept(text) => Stretch::Kept(around(text)),
        Stretch::Removed(text) => Stretch::Removed(shorten(text, EXCERPT)),
        Stretch::Added(text) => Stretch::Added(shorten(text, EXCERPT)),
    };
    Difference {
        text: difference.text.iter().take(STRETCHES).map(short).collect(),
        ..difference.clone()
    }
}

/// What stands next to a change: the ends of a text that is kept.
fn around(kept: &str) -> String {
    let chars: Vec<char> = kept.chars().collect();
    if chars.len() <= 2 * AROUND {
        return kept.to_owned();
    }
    let (first, last) = (&chars[..AROUND], &chars[chars.len() - AROUND..]);
    format!("{} … {}", String::from_iter(first), String::from_iter(last))
}

/// Paragraphs with blank lines between them, their lines no longer than 76 columns where there are spaces to break at.
fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    for paragraph in text.lines() {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let mut column = 0;
        for word in paragraph.split(' ') {
            let width = word
                .chars()
                .map(|c| if c as u32 >= 0x1100 { 2 } else { 1 })
                .sum::<usize>();
            if column > 0 && column + 1 + width > 76 {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += width;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrapped("a b\nc"), "a b\n\nc");
        let wide = wrapped(&"word ".repeat(40));
        assert!(wide.lines().all(|line| line.len() <= 76), "{wide}");
    }
}
