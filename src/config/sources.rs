//! `[[source]]`: where notices come from, how they are read and how often they are asked for.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use toml::de::DeValue;
use url::Url;

use super::{
    read::{LONGEST_INTERVAL, language, named},
    request,
    rules::{article, board, json},
    section::Section,
    shared::Shared,
    value::{self, DURATION},
};
use crate::{
    fetch::Manner,
    notice::{Corrections, SourceId},
    poll::{Pace, Watched},
    source::{
        Kind, LegalNote, Source,
        preset::{self, Preset},
    },
    store::Revisions,
};

/// What `rights` may be.
pub(super) const RIGHTS: &str = "a text such as \"CC BY 4.0\"";

/// The keys of `[poll]`, which each source may have too; `default` for those that are not written.
pub(super) fn pace(section: &Section<'_>, default: Pace) -> Pace {
    let interval = section.read("interval", DURATION, wait);
    let min_interval = section.read("min_interval", DURATION, wait);
    if let (Some(longest), Some(shortest), Some(found)) = (interval, min_interval, section.get("min_interval"))
        && shortest > longest
    {
        section.mistake(
            &found,
            "the shortest wait is longer than interval",
            "at most what interval says",
        );
    }
    let mean_interval = section.read("mean_interval", DURATION, wait);
    if let (Some(mean), Some(found)) = (mean_interval, section.get("mean_interval"))
        && (interval.is_some_and(|longest| mean > longest) || min_interval.is_some_and(|shortest| mean < shortest))
    {
        section.mistake(
            &found,
            "the average wait is not between the shortest and the longest",
            "at least what min_interval says, at most what interval says",
        );
    }
    Pace {
        mean_interval: mean_interval.or(default.mean_interval),
        interval: interval.unwrap_or(default.interval),
        min_interval: min_interval.unwrap_or(default.min_interval),
        adaptive: section
            .read("adaptive", "true or false", value::flag)
            .unwrap_or(default.adaptive),
        notify_backlog: section
            .read("notify_backlog", "true or false", value::flag)
            .unwrap_or(default.notify_backlog),
        flood_limit: section
            .read("flood_limit", "a number from 1", value::positive)
            .unwrap_or(default.flood_limit),
        on_revision: section
            .read("on_revision", "\"feed\", \"notify\" or \"silent\"", |v| named(v))
            .unwrap_or(default.on_revision),
        push: section
            .read("push", "true or false", value::flag)
            .unwrap_or(default.push),
    }
}

/// One `[[source]]`; `pace` is that of `[poll]`, and what other sources have too is in `shared`.
pub(super) fn source(section: &Section<'_>, pace: Pace, shared: &Shared) -> Option<Watched> {
    let id = section.require("id", "a short name such as \"city-news\"", id);
    let name = section.read("name", "a text", value::line);
    let url = section.require("url", "an address such as \"https://www.example.org/notices\"", |v| {
        let url = value::web_address(v)?;
        match (url.username(), url.password()) {
            ("", None) => Ok(url),
            _ => Err("a user or a password in an address is not supported".to_owned()),
        }
    });
    let family = family(section);
    let language = section.read("language", "a language tag such as \"en\"", language);
    let kind = kind(section, family, language.as_deref(), shared);
    let zone = section
        .read("timezone", "a time zone such as \"Asia/Seoul\"", value::zone)
        .or_else(|| TimeZone::get(family?.timezone.as_deref()?).ok())
        .unwrap_or(TimeZone::UTC);
    let tags = section.read("tags", "a list of texts such as [\"water\", \"road\"]", |v| {
        value::list(v, tag)
    });
    let known = || family?.article.as_ref();
    let article = section.optional_section("article").map(|table| {
        let known = known().map(|rules| &**rules);
        shared.articles.one(article(&table, known, language.as_deref()))
    });
    let article = article.or_else(|| known().cloned());
    let manner = manner(section, url.as_ref(), shared);
    let legal_note = section.read(
        "legal_note",
        "true, or a text such as \"The notice board at the town hall prevails.\"",
        legal_note,
    );
    let rights = section.read("rights", RIGHTS, value::line);
    let aliases = section.read("aliases", "a list of ids such as [\"old-news\"]", |v| {
        value::list(v, self::id)
    });
    let pace = self::pace(section, pace);
    let corrections = section.read("revisions", "\"same\" or \"new-entry\"", |v| named::<Corrections>(v));
    if let (Some(Corrections::NewEntry), Revisions::Silent, Some(found)) =
        (corrections, pace.on_revision, section.get("revisions"))
    {
        section.mistake(
            &found,
            "a new entry for what on_revision = \"silent\" keeps silent about",
            "on_revision = \"feed\" or \"notify\" beside it",
        );
    }
    section.end();
    let id = id?;
    let source = Source {
        name: name.unwrap_or_else(|| id.to_string()),
        id,
        url: url?,
        kind: kind?,
        language,
        zone,
        tags: tags.unwrap_or_default(),
        article,
    };
    Some(Watched {
        source,
        pace,
        manner,
        legal_note: legal_note.flatten(),
        rights,
        corrections: corrections.unwrap_or_default(),
        aliases: aliases.unwrap_or_default(),
    })
}

/// Says where a source was called what another one is or was called.
pub(super) fn distinct(sections: &[Section<'_>]) {
    let own = |section: &Section<'_>| {
        section
            .get("id")
            .and_then(|found| found.value.as_str().map(str::to_owned))
    };
    let mut taken: HashSet<String> = sections.iter().filter_map(own).collect();
    for section in sections {
        let Some(found) = section.get("aliases") else { continue };
        for alias in found.value.as_array().into_iter().flatten() {
            let Some(alias) = alias.get_ref().as_str() else {
                continue;
            };
            if !taken.insert(alias.to_owned()) {
                let what = format!("{alias:?} is or was the id of a source already");
                section.mistake(&found, &what, "ids that no source has, each once");
            }
        }
    }
}

/// How the source at `url` is asked.
fn manner(section: &Section<'_>, url: Option<&Url>, shared: &Shared) -> Arc<Manner> {
    let of_requests = section.optional_section("request");
    let is_usual = of_requests.is_none();
    let mut manner = of_requests
        .map(|table| request::manner(&table, url))
        .unwrap_or_default();
    manner.way.timeout = section.read("timeout", DURATION, value::positive_duration);
    manner.apart = section.read("per_host_interval", DURATION, value::duration);
    manner.way.max_body = section.read("max_body", "a size such as \"10 MiB\"", value::size);
    match (is_usual, manner.way.timeout, manner.apart, manner.way.max_body) {
        (true, None, None, None) => Arc::clone(&shared.manner),
        _ => Arc::new(manner),
    }
}

/// Whether no name is that of two sources.
pub(super) fn are_distinct(sources: &[Watched]) -> bool {
    let mut taken = HashSet::new();
    sources.iter().flat_map(Watched::names).all(|name| taken.insert(name))
}

/// `preset`: a family of boards that is known; what `[source.board]` and `[source.article]` say beside it goes before its rules.
fn family(section: &Section<'_>) -> Option<&'static Preset> {
    let names: Vec<&str> = preset::all().iter().map(|family| family.name.as_str()).collect();
    let expected = format!("one of {}", names.join(", "));
    section.read("preset", &expected, |v| {
        let name = value::line(v)?;
        preset::named(&name).ok_or_else(|| format!("no family of boards is called {name:?}"))
    })
}

/// `kind`, with the table that belongs to it. Where `kind` is "auto" or not written, the table or the family tells.
fn kind(
    section: &Section<'_>,
    family: Option<&'static Preset>,
    language: Option<&str>,
    shared: &Shared,
) -> Option<Kind> {
    let tables = ["board", "json"];
    let named = family.map(|_| "board");
    let told = tables
        .into_iter()
        .find(|table| section.has(table))
        .or(named)
        .unwrap_or("auto");
    let kind = match section.get("kind") {
        None => Some(told),
        Some(_) => section.read("kind", "\"auto\", \"board\", \"feed\" or \"json\"", |v| {
            let name = value::text(v)?;
            let kinds = ["auto", "board", "feed", "json"];
            kinds
                .into_iter()
                .find(|kind| *kind == name)
                .ok_or_else(|| format!("there is no kind {name:?}"))
        }),
    };
    // Both are read whatever the kind, so that all mistakes in them are told.
    let board = section
        .optional_section("board")
        .map(|table| board(&table, family.map(|family| &*family.board), language))
        .map(|rules| rules.map(|rules| shared.boards.one(rules)));
    let board = board.or_else(|| Some(Some(family?.board.clone())));
    let json = section
        .optional_section("json")
        .map(|table| json(&table))
        .map(|rules| rules.map(|rules| shared.apis.one(rules)));
    let kind = match kind? {
        "auto" => told,
        kind => kind,
    };
    for table in tables.into_iter().filter(|table| *table != kind && section.has(table)) {
        if let Some(found) = section.get(table) {
            let what = format!("this is not read where kind = {kind:?}");
            section.secret_mistake(
                &found,
                &what,
                &format!("write kind = {table:?}, or take the table away"),
            );
        }
    }
    if let (true, Some(found)) = (named.is_some() && kind != "board", section.get("preset")) {
        let what = format!("this is not read where kind = {kind:?}");
        section.secret_mistake(&found, &what, "write kind = \"board\", or take the preset away");
    }
    let rules = match kind {
        "board" => board.map(|rules| rules.map(Kind::Board)),
        "json" => json.map(|rules| rules.map(Kind::Json)),
        "feed" => Some(Some(Kind::Feed)),
        _ => Some(Some(Kind::Auto)),
    };
    if rules.is_none()
        && !section.has(kind)
        && let Some(found) = section.get("kind")
    {
        section.mistake(
            &found,
            &format!("the selectors for kind = {kind:?} are missing"),
            &format!("a table [source.{kind}]"),
        );
    }
    rules.flatten()
}

/// `legal_note`: none, the usual one, or the admin's words.
fn legal_note(v: &DeValue<'_>) -> Result<Option<LegalNote>, String> {
    match v.as_bool() {
        Some(true) => Ok(Some(LegalNote::Usual)),
        Some(false) => Ok(None),
        None => Ok(Some(LegalNote::Told(value::line(v)?))),
    }
}

/// An id, which is also a part of addresses: `/feeds/{id}.rss`.
fn id(v: &DeValue<'_>) -> Result<SourceId, String> {
    let id: SourceId = value::parsed(v)?;
    match id.as_str() {
        taken @ ("all" | "tag") => Err(format!("{taken:?} is taken by the feeds of /feeds/{taken}")),
        _ => Ok(id),
    }
}

/// A wait between two polls.
fn wait(v: &DeValue<'_>) -> Result<Duration, String> {
    let length = value::positive_duration(v)?;
    if length > LONGEST_INTERVAL {
        Err("this is longer than 31 days".to_owned())
    } else {
        Ok(length)
    }
}

/// A tag, which is also a part of addresses: `/feeds/tag/{tag}.rss`.
fn tag(v: &DeValue<'_>) -> Result<String, String> {
    let tag = value::line(v)?;
    match tag.contains(['/', '?', '#', '%']) || tag.len() > 64 {
        true => Err(format!("{tag:?} can't be a part of an address")),
        false => Ok(tag),
    }
}
