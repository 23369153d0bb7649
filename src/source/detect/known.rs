//! Pages of families that are known: what their rules read, and what they add to what was worked out.

use jiff::tz::TimeZone;

use super::Guess;
use crate::{
    notice::{Notice, SourceId},
    source::{Kind, Page, Source, believe, believe::one_line, board, dom::Doc, preset},
};

/// Adds to a guess what the family of the page knows of articles and addresses. Where its rules read all that the guess reads,
/// they count: they are kept up with the family.
pub(super) fn complete(guess: &mut Guess, page: &Page, html: &str, doc: &Doc) {
    let Some(family) = preset::fitting(page, html, doc).next() else {
        return;
    };
    guess.source.article.clone_from(&family.article);
    if let Ok(parsed) = board::read(&family.board, page, html, doc) {
        let source = Source {
            kind: Kind::Board(family.board.clone()),
            ..guess.source.clone()
        };
        let believed = believe(&source, page, parsed);
        if reads_all(&believed.notices, &guess.believed.notices) {
            (guess.source, guess.believed) = (source, believed);
        }
    }
    guess.notes.push(format!(
        "the page is of a family that is known: {} ({})",
        family.about, family.name
    ));
}

/// Whether what a family's rules read is all that was `worked_out`, or more of the same.
fn reads_all(read: &[Notice], worked_out: &[Notice]) -> bool {
    fn tells<T: PartialEq>(read: &Option<T>, worked_out: &Option<T>) -> bool {
        worked_out.is_none() || read == worked_out
    }
    let is_same = |(read, worked_out): (&Notice, &Notice)| {
        read.title == worked_out.title
            && read.pinned == worked_out.pinned
            && tells(&read.link, &worked_out.link)
            && tells(&read.published, &worked_out.published)
            && tells(&read.views, &worked_out.views)
            // Of these the rules know better what they are; but they must find some.
            && (read.author.is_some() || worked_out.author.is_none())
            && (read.summary.is_some() || worked_out.summary.is_none())
            && (!read.categories.is_empty() || worked_out.categories.is_empty())
            && read.attachments.len() >= worked_out.attachments.len()
    };
    read.len() == worked_out.len() && read.iter().zip(worked_out).all(is_same)
}

/// The guess of the family that the page is of.
pub(super) fn guess(page: &Page, id: &SourceId, html: &str, doc: &Doc) -> Option<Guess> {
    let read = |family: &'static preset::Preset| Some((family, board::read(&family.board, page, html, doc).ok()?));
    let (family, parsed) = preset::fitting(page, html, doc)
        .filter(|family| !family.board.runs_on)
        .find_map(read)?;
    let meta = parsed.meta.clone();
    let (language, zone) = super::place::of(page, doc, &doc.body().map(|body| body.text()).unwrap_or_default());
    let zone = family
        .timezone
        .as_deref()
        .and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or(zone);
    let source = Source {
        id: id.clone(),
        name: one_line(
            &doc.title()
                .unwrap_or_else(|| page.url.host_str().unwrap_or("source").to_owned()),
            100,
        ),
        url: page.url.clone(),
        kind: Kind::Board(family.board.clone()),
        language,
        zone,
        tags: Vec::new(),
        article: family.article.clone(),
    };
    let believed = believe(&source, page, parsed);
    let share = |count: usize| count as f64 / believed.notices.len().max(1) as f64;
    let dated = share(
        believed
            .notices
            .iter()
            .filter(|notice| notice.published.is_some())
            .count(),
    );
    let linked = share(believed.notices.iter().filter(|notice| notice.link.is_some()).count());
    let many = 1.0 - 0.5_f64.powf(believed.notices.len() as f64 / 2.0);
    Some(Guess {
        // Never above what a clear list gives: what was worked out on the page itself wins where it reads as much.
        confidence: 0.6 * dated * linked * many,
        notes: vec![format!(
            "the page is of a family that is known: {} ({})",
            family.about, family.name
        )],
        source,
        meta,
        believed,
    })
}
