//! Which drafts can be believed, and what of them.
//!
//! Here raw text becomes a [`Notice`]: one line of title, addresses that are absolute and http(s), HTML that is safe, dates
//! as precise as they were told, everything within limits. What can't be used is set aside with a reason; it never hides its
//! neighbours.

mod files;
mod media;
mod rows;
mod title;
pub mod views;

pub use media::media_type;
pub use rows::Rows;
pub use title::{MAX_CHARS as MAX_TITLE_CHARS, one_line};

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use jiff::{SignedDuration, Timestamp};
use regex::Regex;
use serde::Serialize;
use url::Url;

use self::rows::Sayings;
use super::{
    Draft, Kind, Page, Parsed, Source, Unreadable, When, article, dates,
    links::{self, Linked},
};
use crate::notice::{Notice, NoticeId, Published, SafeHtml};

/// Most notices that are taken from one answer.
pub const MAX_ITEMS: usize = 500;

/// Most drafts of one answer that are reported as set aside.
const MAX_SET_ASIDE: usize = 50;

/// What was believed.
#[derive(Clone, Debug, Default)]
pub struct Believed {
    /// Notices in the page's order, each once.
    pub notices: Vec<Notice>,
    /// What the rows said of them.
    pub rows: Rows,
    /// The notices of which an earlier answer said the same: they are here without their texts and files.
    pub same: HashSet<NoticeId>,
    /// What was set aside, and why.
    pub set_aside: Vec<Unusable>,
    /// What was kept although something about it is odd: a date in the future, a date that can't be read.
    pub doubts: Vec<Unusable>,
}

/// A draft that can't be used, or is odd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unusable {
    /// Why.
    pub reason: String,
    /// What the draft said, shortened.
    pub text: String,
}

/// Turns the drafts that were read from `page` into notices of `source`.
pub fn believe(source: &Source, page: &Page, parsed: Parsed) -> Believed {
    believe_again(source, page, parsed, &Rows::default())
}

/// As [`believe`], but texts and files of notices of which an answer that was believed before said the same, as its rows
/// in `last` have it, are not looked at.
pub fn believe_again(source: &Source, page: &Page, parsed: Parsed, last: &Rows) -> Believed {
    let mut sayings = Sayings::on(page, parsed.meta.language.as_deref());
    let mut believed = Believed::default();
    let mut candidates = Vec::new();
    for draft in parsed.drafts.into_iter().take(2 * MAX_ITEMS) {
        let base = base(&draft, page);
        let link = draft
            .link
            .as_deref()
            .and_then(|link| links::absolute(link, &base))
            .map(links::steady);
        match title::of(&draft, link.as_ref()).or_else(|| title::of_untitled(source, &draft, link.as_ref())) {
            Some(title) => candidates.push(Candidate {
                draft,
                base,
                link,
                title,
            }),
            None if believed.set_aside.len() < MAX_SET_ASIDE => believed.set_aside.push(Unusable {
                reason: "it has no title".to_owned(),
                text: said(&draft),
            }),
            None => {}
        }
    }
    let keys = keys(source, page, &candidates);
    let keyed: Vec<(NoticeId, String)> = keys
        .into_iter()
        .map(|key| (NoticeId::of(&source.id, &key), key))
        .collect();
    for (candidate, (id, _)) in candidates.iter().zip(&keyed) {
        sayings.add(*id, &candidate.draft);
    }
    (believed.rows, believed.same) = sayings.beside(last);
    let mut known: HashMap<NoticeId, usize> = HashMap::new();
    for (mut candidate, (id, key)) in candidates.into_iter().zip(keyed) {
        if believed.same.contains(&id) {
            candidate.draft = without_text(candidate.draft);
        }
        if let Some(first) = known.get(&id).and_then(|at| believed.notices.get_mut(*at)) {
            again(first, &candidate);
        } else if believed.notices.len() < MAX_ITEMS {
            known.insert(id, believed.notices.len());
            let notice = notice(source, page, id, key, candidate, &mut believed.doubts);
            believed.notices.push(notice);
        }
    }
    believed
}

/// Adds to `notice` what its own `page` says, by the source's article rules. Its id stays, and what the page doesn't say.
///
/// # Errors
///
/// [`Unreadable`] when the source has no rules for articles, or the text isn't where they say.
pub fn believe_article(source: &Source, notice: &Notice, page: &Page) -> Result<Notice, Unreadable> {
    let rules = source.article.as_ref();
    let rules = rules.ok_or_else(|| Unreadable("the source has no rules for the pages of its notices".to_owned()))?;
    let mut draft = Draft {
        title: Some(notice.title.clone()),
        ..Draft::default()
    };
    article::complete(&mut draft, rules, page)?;
    let candidate = Candidate {
        base: base(&draft, page),
        link: notice.link.clone(),
        title: title::of(&draft, None).unwrap_or_else(|| notice.title.clone()),
        draft,
    };
    let told = self::notice(source, page, notice.id, notice.key.clone(), candidate, &mut Vec::new());
    let known = notice.clone();
    Ok(Notice {
        published: told.published.or(known.published),
        updated: told.updated.or(known.updated),
        author: told.author.or(known.author),
        categories: if told.categories.is_empty() {
            known.categories
        } else {
            told.categories
        },
        views: told.views.or(known.views),
        content: told.content.or(known.content),
        attachments: if told.attachments.is_empty() {
            known.attachments
        } else {
            told.attachments
        },
        title: told.title,
        ..known
    })
}

/// A draft with a title.
struct Candidate {
    draft: Draft,
    base: Url,
    link: Option<Url>,
    title: String,
}

/// What relative addresses inside the draft are of.
fn base(draft: &Draft, page: &Page) -> Url {
    let base = draft.base.as_deref().and_then(|base| page.url.join(base.trim()).ok());
    base.filter(|base| matches!(base.scheme(), "http" | "https"))
        .unwrap_or_else(|| page.url.clone())
}

/// The key of each candidate: the source's own id, else what identifies its link, else its title and day.
fn keys(source: &Source, page: &Page, candidates: &[Candidate]) -> Vec<String> {
    let guids_tell = guids_tell(candidates);
    let rows: Vec<Linked<'_>> = candidates
        .iter()
        .map(|candidate| Linked {
            link: candidate.link.as_ref(),
            title: &candidate.title,
        })
        .collect();
    let by_link = links::keys(&source.url, &page.url, &rows);
    let mut keys: Vec<String> = candidates
        .iter()
        .zip(by_link)
        .map(|(candidate, by_link)| {
            let guid = candidate.draft.guid.as_deref().filter(|_| guids_tell);
            guid.and_then(|guid| links::guid_key(guid, &source.url, &page.url))
                .or(by_link)
                .or_else(|| by_call(&candidate.draft))
                .unwrap_or_else(|| by_title(source, page, candidate))
        })
        .collect();
    tell_apart(candidates, &mut keys);
    keys
}

/// Whether the ids that the source gives tell its entries apart. Some feeds give all the same.
fn guids_tell(candidates: &[Candidate]) -> bool {
    let given = || {
        candidates
            .iter()
            .filter_map(|candidate| Some((candidate.draft.guid.as_deref()?, &candidate.title)))
    };
    let guids: HashSet<&str> = given().map(|(guid, _)| guid).collect();
    let titles: HashSet<String> = given().map(|(_, title)| links::squeezed(title)).collect();
    titles.len() < 2 || guids.len() * 2 > titles.len()
}

/// A script that no template made an address of still says which row it is.
fn by_call(draft: &Draft) -> Option<String> {
    let arguments = super::pick::arguments(draft.link.as_deref()?)?;
    let told = arguments.join(",");
    told.contains(|c: char| c.is_ascii_digit()).then(|| match told.len() {
        ..=200 => format!("call:{told}"),
        _ => format!("call:{}", links::hashed(&told)),
    })
}

fn by_title(source: &Source, page: &Page, candidate: &Candidate) -> String {
    // "3 hours ago", "15:20" and "11.10" are another text tomorrow or next year.
    static WITH_YEAR: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|\D)(?:19|20)\d\d(?:\D|$)|\d[./-]\d{1,2}[./-]\d|(?:19|20)\d{6}").expect("a valid pattern")
    });
    let told = candidate.draft.published.as_ref().filter(|told| match told {
        When::Known(_) => true,
        When::Text(text) | When::Feed(text) => WITH_YEAR.is_match(text),
    });
    let language = candidate.draft.language.as_deref().or(source.language.as_deref());
    let day = told.and_then(|told| read_date(told, source, language, page.at));
    let day = day.map(|date| date.day().to_string()).unwrap_or_default();
    format!(
        "title:{}",
        links::hashed(&format!("{}\n{day}", links::squeezed(&candidate.title)))
    )
}

/// Two notices under one key are both kept. The older one, or the one whose title comes first, has the key; which row comes
/// first on the page must not matter.
fn tell_apart(candidates: &[Candidate], keys: &mut [String]) {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, key) in keys.iter().enumerate() {
        groups.entry(key.as_str()).or_default().push(at);
    }
    let title = |at: usize| candidates[at].title.as_str();
    let mut renamed = Vec::new();
    for (key, mut group) in groups {
        group.sort_by_cached_key(|at| (day(&candidates[*at].draft), links::squeezed(title(*at))));
        let Some((first, others)) = group.split_first() else {
            continue;
        };
        for at in others.iter().filter(|at| !links::alike(title(*first), title(**at))) {
            renamed.push((*at, format!("{key} {}", links::hashed(&links::squeezed(title(*at))))));
        }
    }
    for (at, key) in renamed {
        keys[at] = key;
    }
}

/// Something to order candidates by age.
fn day(draft: &Draft) -> String {
    match &draft.published {
        Some(When::Known(published)) => published.day().to_string(),
        Some(When::Text(text) | When::Feed(text)) => text.clone(),
        None => String::new(),
    }
}

/// What is left of a draft whose texts and files are known.
fn without_text(draft: Draft) -> Draft {
    Draft {
        summary: None,
        content: None,
        attachments: Vec::new(),
        ..draft
    }
}

/// What a second row of the same notice adds to the first: a pinned copy, or the title in full.
fn again(first: &mut Notice, candidate: &Candidate) {
    first.pinned |= candidate.draft.pinned;
    if first.title.ends_with(['…', '.']) && candidate.title.chars().count() > first.title.chars().count() {
        first.title.clone_from(&candidate.title);
    }
}

fn notice(
    source: &Source,
    page: &Page,
    id: NoticeId,
    key: String,
    candidate: Candidate,
    doubts: &mut Vec<Unusable>,
) -> Notice {
    let Candidate {
        draft,
        base,
        link,
        title,
    } = candidate;
    let language = draft.language.as_deref().map(str::trim).filter(|tag| is_language(tag));
    let reads_as = language.or(source.language.as_deref());
    let mut doubt = |reason: String| {
        if doubts.len() < MAX_SET_ASIDE {
            doubts.push(Unusable {
                reason,
                text: title.chars().take(120).collect(),
            });
        }
    };
    let mut when = |when: Option<&When>, what: &str| {
        let told = when?;
        let read = read_date(told, source, reads_as, page.at);
        match (told, read) {
            (When::Text(text), None) => {
                doubt(format!(
                    "its {what} {:?} can't be read",
                    text.chars().take(60).collect::<String>()
                ));
            }
            (_, Some(date)) if lies_ahead(date, page.at) => doubt(format!("its {what} {date} is in the future")),
            _ => {}
        }
        read
    };
    let published = when(draft.published.as_ref(), "date");
    let updated = when(draft.updated.as_ref(), "date of change");
    let from_feed = matches!(source.kind, Kind::Feed | Kind::Auto);
    let clean = |markup: Option<String>| match from_feed {
        // A feed's text is told even when nothing is left of it.
        true => markup.map(|markup| SafeHtml::clean_all(&markup, Some(&base))),
        false => markup.and_then(|markup| SafeHtml::clean(&markup, Some(&base))),
    };
    let (summary, content) = worded(clean(draft.summary), clean(draft.content));
    Notice {
        id,
        key,
        link,
        published,
        updated,
        author: draft.author.as_deref().and_then(author),
        categories: labels(&draft.categories),
        views: draft.views.as_deref().and_then(views::read),
        pinned: draft.pinned,
        summary,
        content,
        attachments: files::believed(draft.attachments, &base),
        language: language
            .filter(|tag| {
                source
                    .language
                    .as_deref()
                    .is_none_or(|own| !own.eq_ignore_ascii_case(tag))
            })
            .map(str::to_owned),
        guid: draft
            .guid
            .filter(|_| from_feed)
            .map(|guid| one_line(&guid, links::MAX_BYTES))
            .filter(|guid| !guid.is_empty()),
        title,
    }
}

/// A blank text doesn't stand in the way of the other one.
fn worded(summary: Option<SafeHtml>, content: Option<SafeHtml>) -> (Option<SafeHtml>, Option<SafeHtml>) {
    let says = |html: &Option<SafeHtml>| html.as_ref().is_some_and(|html| !html.is_blank());
    match (says(&summary), says(&content)) {
        (true, false) => (summary, None),
        (false, true) => (None, content),
        // Of which nothing at all is left is no content.
        (false, false) if summary.is_none() && content.as_ref().is_some_and(|html| html.as_str().is_empty()) => {
            (content, None)
        }
        _ => (summary, content),
    }
}

fn read_date(when: &When, source: &Source, language: Option<&str>, at: Timestamp) -> Option<Published> {
    match when {
        When::Known(published) => Some(*published),
        When::Feed(text) => {
            dates::read_feed(text, &source.zone).or_else(|| dates::read(text, &source.zone, language, at))
        }
        When::Text(text) => dates::read(text, &source.zone, language, at)
            .or_else(|| dates::find(text, &source.zone, language, at).map(|found| found.published)),
    }
}

/// Whether a date is later than any clock on earth shows at `at`, or half a day more.
fn lies_ahead(published: Published, at: Timestamp) -> bool {
    let latest = at.saturating_add(SignedDuration::from_hours(26)).unwrap_or(at);
    match published {
        Published::Instant(instant, _) => instant > latest,
        Published::Day(day) => day > jiff::tz::Offset::UTC.to_datetime(latest).date(),
    }
}

/// The name without the label that boards put before it.
fn author(text: &str) -> Option<String> {
    const LABELS: [&str; 14] = [
        "작성자",
        "등록자",
        "글쓴이",
        "담당부서",
        "담당자",
        "부서",
        "게시자",
        "author",
        "writer",
        "posted by",
        "by",
        "投稿者",
        "发布者",
        "来源",
    ];
    let line = one_line(text, 200);
    let lower = line.to_lowercase();
    let label = LABELS.iter().find(|label| {
        let after = lower.strip_prefix(**label).map(str::trim_start);
        after.is_some_and(|after| after.starts_with([':', '：', '|']))
    });
    let bare = match label {
        Some(_) => line.split_once([':', '：', '|']).map_or("", |(_, name)| name.trim()),
        None => line.as_str(),
    };
    (!bare.is_empty() && bare != "-").then(|| bare.to_owned())
}

fn labels(told: &[String]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for label in told.iter().map(|label| one_line(label, 100)) {
        let bare = label.trim_matches(['[', ']', '【', '】']).trim();
        if !bare.is_empty() && labels.len() < 50 && !labels.iter().any(|known| known == bare) {
            labels.push(bare.to_owned());
        }
    }
    labels
}

/// Whether `tag` has the shape of a BCP 47 tag.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    matches!(first.len(), 2..=3)
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && tag.len() <= 35
        && parts.all(|part| matches!(part.len(), 1..=8) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// What a draft says, for the report.
fn said(draft: &Draft) -> String {
    let told = [
        draft.summary.as_deref(),
        draft.content.as_deref(),
        draft.link.as_deref(),
        draft.guid.as_deref(),
    ];
    let text = told.into_iter().flatten().next().unwrap_or_default();
    let text: String = text.chars().take(400).collect();
    one_line(&text, 120)
}
