//! Reads the page of a notice without any configuration: a sequence of judgements, each in a file of its own.

use std::{collections::HashMap, ops::Range};

use super::{
    body, facts,
    files::{self, Found},
    furniture, machine,
    metadata::{self, Told},
    outline::Outline,
    script::Scripts,
    title,
};
use crate::source::{
    DraftFile, Page, When, dates,
    dom::{Doc, Element},
};

/// What was read of a notice's page.
pub struct Reading<'a> {
    /// The title, plain text.
    pub title: Option<String>,
    /// Publication.
    pub published: Option<When>,
    /// The last change, as the page tells it.
    pub updated: Option<When>,
    /// Person or department.
    pub author: Option<String>,
    /// The text that holds the view count.
    pub views: Option<String>,
    /// The text, raw HTML without furniture.
    pub content: Option<String>,
    /// The files.
    pub files: Vec<DraftFile>,
    /// The language that the page says or is seen to be in.
    pub language: Option<String>,
    /// Where all that was found.
    pub places: Places<'a>,
    /// How sure it is that this is a notice, read rightly: from 0 to 1.
    pub confidence: f64,
}

/// The elements of what was read.
#[derive(Default)]
pub struct Places<'a> {
    /// The title's.
    pub title: Option<Element<'a>>,
    /// The smallest that holds the date.
    pub published: Option<Element<'a>>,
    /// The smallest that holds the view count.
    pub views: Option<Element<'a>>,
    /// The smallest that holds the author.
    pub author: Option<Element<'a>>,
    /// The text's, when there is nothing else in it.
    pub content: Option<Element<'a>>,
    /// The files' links.
    pub files: Vec<Element<'a>>,
}

/// Reads `doc`, which was parsed from `page`. `known` is the title that the list gave the notice, if one did.
///
/// `None` when there is nothing on the page.
pub fn read<'a>(doc: &'a Doc, page: &Page, known: Option<&str>) -> Option<Reading<'a>> {
    let outline = Outline::of(doc)?;
    let machine = machine::read(doc);
    let language = doc.language().or_else(|| page.content_language.clone());
    let language = language.as_deref().or_else(|| spoken(&outline));
    let (around, beside) = (furniture::around(&outline), furniture::beside(&outline));
    let facts = facts::gather(&outline, &around);
    let dates = lone_dates(&outline, &around);
    let title = title::judge(&title::Evidence {
        outline: &outline,
        around: &around,
        facts: &facts,
        dates: &dates,
        machine: &machine,
        known,
    });
    let title_at = title.as_ref().and_then(|title| title.at);
    let title_span = title_at.map(|at| outline.nodes[at].span.clone());
    let metadata = metadata::Evidence {
        outline: &outline,
        around: &around,
        facts: &facts,
        machine: &machine,
        title: title_span.clone(),
        language,
        at: page.at,
    };
    let (published, updated) = (metadata.published(), metadata.updated());
    let (author, views) = (metadata.author(), metadata.views());
    let scripts = Scripts::of(doc);
    let files = files::Evidence {
        outline: &outline,
        around: &around,
        scripts: &scripts,
        host: page.url.host_str().unwrap_or_default(),
    };
    let zones = files.zones();
    let told = [&published, &updated, &views, &author];
    let told: Vec<Range<usize>> = told
        .into_iter()
        .flatten()
        .filter_map(|told| told.span.clone())
        .collect();
    let body = body::Evidence {
        outline: &outline,
        around: &around,
        beside: &beside,
        facts: &facts,
        zones: &zones,
        title: title_at,
        metadata: &told,
    }
    .judge();
    let found = files.judge(&zones, body.as_ref().map(|body| &body.span), title_span.as_ref());
    let content = body.as_ref().map(|body| markup(&outline, body));
    let text = || body.as_ref().map(|body| text(&outline, body)).unwrap_or_default();
    let when = |text: String| When::Text(text);
    let date = published
        .as_ref()
        .map(|told| told.text.clone())
        .or_else(|| metadata::in_address(&page.url))
        .or_else(|| metadata::under(&text(), language, page.at));
    let confidence = confidence(title.as_ref(), date.is_some(), body.as_ref());
    Some(Reading {
        places: Places {
            title: title_at.map(|at| outline.nodes[at].element),
            published: place(&outline, published.as_ref()),
            views: place(&outline, views.as_ref()),
            author: place(&outline, author.as_ref()),
            content: body
                .as_ref()
                .filter(|body| is_clean(&outline, body))
                .map(|body| outline.nodes[body.at].element),
            files: found.iter().map(|found| outline.nodes[found.at].element).collect(),
        },
        title: title.map(|title| title.text),
        published: date.map(when),
        updated: updated
            .filter(|updated| published.as_ref().is_some_and(|told| told.text != updated.text))
            .map(|told| when(told.text)),
        author: author.map(|told| told.text),
        views: views.map(|told| told.text),
        content: content.filter(|content| !content.trim().is_empty()),
        files: at_the_page(found, page),
        language: language.map(str::to_owned),
        confidence,
    })
}

/// The markup of the text, without what is none of it and what nobody sees.
fn markup(outline: &Outline<'_>, body: &body::Body) -> String {
    let numbers: HashMap<_, usize> = (body.at..outline.nodes[body.at].end)
        .map(|at| (outline.nodes[at].element.id(), at))
        .collect();
    outline.nodes[body.at]
        .element
        .html_without(|element| numbers.get(&element.id()).is_none_or(|at| body.leave_out[*at]))
}

/// The lines of the text.
fn text(outline: &Outline<'_>, body: &body::Body) -> String {
    let lines = outline.lines(body.span.clone());
    lines
        .into_iter()
        .map(|line| outline.line(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether there is nothing in the text's element but the text.
fn is_clean(outline: &Outline<'_>, body: &body::Body) -> bool {
    let inside = body.at + 1..outline.nodes[body.at].end;
    body.at > 0
        && !inside
            .into_iter()
            .any(|at| body.leave_out[at] && (outline.nodes[at].letters > 0 || outline.nodes[at].picture))
}

fn place<'a>(outline: &Outline<'a>, told: Option<&Told>) -> Option<Element<'a>> {
    let span = told?.span.as_ref()?;
    Some(outline.nodes[outline.around(span)].element)
}

/// The files; those whose address only a script knows are to be had on the page itself.
fn at_the_page(found: Vec<Found>, page: &Page) -> Vec<DraftFile> {
    let mut here = page.url.clone();
    here.set_fragment(None);
    let files = found.into_iter().map(|found| found.file);
    files
        .map(|file| match file.url.starts_with('#') {
            true => DraftFile {
                url: format!("{here}{}", file.url),
                ..file
            },
            false => file,
        })
        .collect()
}

/// Where short lines are dates, in bytes: there may be metadata.
fn lone_dates(outline: &Outline<'_>, around: &[bool]) -> Vec<usize> {
    let lines = outline.lines(0..outline.length());
    lines
        .into_iter()
        .take(4_000)
        .filter(|span| span.len() < 160 && outline.raw(span.clone()).contains(|c: char| c.is_ascii_digit()))
        .filter(|span| dates::looks_like_date(&outline.line(span.clone())) && !around[outline.around(span)])
        .map(|span| span.start)
        .collect()
}

/// The language that a page's letters belong to, where it doesn't say.
fn spoken(outline: &Outline<'_>) -> Option<&'static str> {
    let sample = outline.raw(0..outline.edge(20_000));
    let count = |range: std::ops::RangeInclusive<char>| sample.chars().filter(|c| range.contains(c)).count();
    let all = sample.chars().filter(|c| c.is_alphabetic()).count();
    let (hangul, kana, han) = (
        count('\u{ac00}'..='\u{d7a3}'),
        count('\u{3040}'..='\u{30ff}'),
        count('\u{4e00}'..='\u{9fff}'),
    );
    let most = |letters: usize| letters * 5 > all && letters > 0;
    match () {
        () if most(hangul) => Some("ko"),
        () if most(kana) => Some("ja"),
        () if most(han) => Some("zh"),
        () if most(count('\u{370}'..='\u{3ff}')) => Some("el"),
        () if most(count('\u{400}'..='\u{4ff}')) => Some("ru"),
        // Latin letters with two marks each.
        () if count('\u{1ea0}'..='\u{1ef9}') * 20 > all && all > 0 => Some("vi"),
        () => None,
    }
}

fn confidence(title: Option<&title::Title>, dated: bool, body: Option<&body::Body>) -> f64 {
    let by_title = title.map_or(0.0, |title| (title.score / 10.0).clamp(0.05, 1.0) * 0.45);
    let by_date = if dated { 0.2 } else { 0.0 };
    let by_body = match body {
        Some(body) if body.is_labelled || body.weight >= 120 => 0.35,
        Some(body) if body.weight >= 40 => 0.25,
        Some(_) => 0.12,
        None => 0.0,
    };
    let sum: f64 = by_title + by_date + by_body;
    (sum.min(0.99) * 100.0).round() / 100.0
}
