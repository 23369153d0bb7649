//! `[[source]]`: where notices come from, how they are read and how often they are asked for.

use std::time::Duration;

use jiff::tz::TimeZone;
use toml::de::DeValue;

use super::{
    fields::{Holds, PATTERN, field, required_field},
    read::{LONGEST_INTERVAL, language, named},
    request,
    section::Section,
    value::{self, DURATION},
};
use crate::{
    notice::SourceId,
    poll::{Pace, Watched},
    source::{
        Kind, Source, article, board,
        dom::Css,
        json,
        pick::{Pattern, Template},
        preset::{self, Preset},
    },
};

const TEMPLATE: &str = "an address with gaps such as \"/view.do?no={1}\"";
const PATH: &str = "a name such as \"title\", or a JSONPath such as \"$.items[*]\"";

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
    Pace {
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
    }
}

/// One `[[source]]`; `pace` is that of `[poll]`.
pub(super) fn source(section: &Section<'_>, pace: Pace) -> Option<Watched> {
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
    let kind = kind(section, family);
    let language = section.read("language", "a language tag such as \"en\"", language);
    let zone = section
        .read("timezone", "a time zone such as \"Asia/Seoul\"", value::zone)
        .or_else(|| TimeZone::get(family?.timezone.as_deref()?).ok())
        .unwrap_or(TimeZone::UTC);
    let tags = section.read("tags", "a list of texts such as [\"water\", \"road\"]", |v| {
        value::list(v, tag)
    });
    let article = section.optional_section("article").map(|section| article(&section));
    let article = article.or_else(|| family?.article.clone());
    let manner = section.optional_section("request");
    let manner = manner
        .map(|section| request::manner(&section, url.as_ref()))
        .unwrap_or_default();
    let pace = self::pace(section, pace);
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
    Some(Watched { source, pace, manner })
}

/// `preset`: a family of boards that is known, in place of `[source.board]`.
fn family(section: &Section<'_>) -> Option<&'static Preset> {
    let names: Vec<&str> = preset::all().iter().map(|family| family.name.as_str()).collect();
    let expected = format!("one of {}", names.join(", "));
    let family = section.read("preset", &expected, |v| {
        let name = value::line(v)?;
        preset::named(&name).ok_or_else(|| format!("no family of boards is called {name:?}"))
    });
    if let (Some(_), Some(found)) = (family, section.get("board")) {
        section.secret_mistake(&found, "preset says how the board is read", "take one of the two away");
    }
    family
}

/// `kind`, with the table that belongs to it. Where `kind` is "auto" or not written, the table or the family tells.
fn kind(section: &Section<'_>, family: Option<&'static Preset>) -> Option<Kind> {
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
    let board = section.optional_section("board").map(|table| board(&table));
    let board = board.or_else(|| Some(Some(family?.board.clone())));
    let json = section.optional_section("json").map(|table| json(&table));
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

fn board(section: &Section<'_>) -> Option<board::Rules> {
    let rules = board_rules(section);
    section.end();
    rules
}

/// Every key is read before the first `?`, so that all mistakes are told.
fn board_rules(section: &Section<'_>) -> Option<board::Rules> {
    let row = section.require(
        "row",
        "a CSS selector such as \"table.board > tbody > tr\"",
        value::parsed::<Css>,
    );
    let title = required_field(section, "title", Holds::Text);
    let paging = Paging::read(section, section.has("next"));
    let next = field(section, "next", Holds::Text);
    let (text, date) = (
        |key| field(section, key, Holds::Text),
        |key| field(section, key, Holds::Date),
    );
    let each = |key| field(section, key, Holds::Each);
    let pattern = |key| section.read(key, PATTERN, value::parsed::<Pattern>);
    let template = |key| section.read(key, TEMPLATE, value::parsed::<Template>);
    let css = |key| section.read(key, "a CSS selector such as \"span.new\"", value::parsed::<Css>);
    Some(board::Rules {
        runs_on: section.read("runs_on", "true or false", value::flag).unwrap_or(false),
        title_without: css("title_without"),
        title_pattern: pattern("title_pattern"),
        date_above: css("date_above"),
        link: text("link"),
        link_pattern: pattern("link_pattern"),
        link_template: template("link_template"),
        id: text("id"),
        date: date("date"),
        updated: date("updated"),
        author: text("author"),
        views: text("views"),
        category: text("category"),
        summary: text("summary"),
        content: text("content"),
        attachments: each("attachments"),
        attachment_pattern: pattern("attachment_pattern"),
        attachment_template: template("attachment_template"),
        pinned: text("pinned"),
        next,
        page_parameter: paging.parameter,
        page_step: paging.step,
        pages: paging.pages,
        row: row?,
        title: title?,
    })
}

fn json(section: &Section<'_>) -> Option<json::Rules> {
    let rules = json_rules(section);
    section.end();
    rules
}

fn json_rules(section: &Section<'_>) -> Option<json::Rules> {
    let items = section.require("items", PATH, value::parsed::<json::Path>);
    let title = section.require("title", PATH, value::parsed::<json::Path>);
    let path = |key| section.read(key, PATH, value::parsed::<json::Path>);
    let paging = Paging::read(section, false);
    Some(json::Rules {
        script: section.read(
            "script",
            "a CSS selector such as \"script#__NEXT_DATA__\"",
            value::parsed::<Css>,
        ),
        link: section.read(
            "link",
            "a JSONPath, or an address with gaps such as \"/view/{id}\"",
            value::parsed::<json::Link>,
        ),
        id: path("id"),
        date: path("date"),
        updated: path("updated"),
        author: path("author"),
        views: path("views"),
        category: path("category"),
        summary: path("summary"),
        content: path("content"),
        attachments: path("attachments"),
        pinned: path("pinned"),
        page_parameter: paging.parameter,
        page_step: paging.step,
        pages: paging.pages,
        items: items?,
        title: title?,
    })
}

fn article(section: &Section<'_>) -> article::Rules {
    let (text, date) = (
        |key| field(section, key, Holds::Text),
        |key| field(section, key, Holds::Date),
    );
    let rules = article::Rules {
        content: text("content"),
        title: text("title"),
        date: date("date"),
        updated: date("updated"),
        views: text("views"),
        author: text("author"),
        category: text("category"),
        attachments: field(section, "attachments", Holds::Each),
        attachment_pattern: section.read("attachment_pattern", PATTERN, value::parsed::<Pattern>),
        attachment_template: section.read("attachment_template", TEMPLATE, value::parsed::<Template>),
    };
    section.end();
    rules
}

/// Most pages of a list that are read in one poll.
const MAX_PAGES: usize = 50;

/// The keys that say where a list goes on.
struct Paging {
    parameter: Option<String>,
    step: Option<u64>,
    pages: Option<usize>,
}

impl Paging {
    fn read(section: &Section<'_>, by_link: bool) -> Self {
        let paging = Self {
            parameter: section.read("page_parameter", "the name of a parameter such as \"pageIndex\"", |v| {
                let name = value::line(v)?;
                match name.contains(['&', '=', '#', '?']) {
                    true => Err(format!("{name:?} is no name of one parameter")),
                    false => Ok(name),
                }
            }),
            step: section.read(
                "page_step",
                "a number from 1, such as 10 where entries are counted",
                |v| value::positive(v).map(|step| step as u64),
            ),
            pages: section
                .read(
                    "pages",
                    &format!("a number from 1 to {MAX_PAGES}"),
                    |v| match value::positive(v)? {
                        n if n <= MAX_PAGES => Ok(n),
                        _ => Err("these are too many pages for one poll".to_owned()),
                    },
                )
                .filter(|pages| *pages > 1),
        };
        let by_number = paging.parameter.is_some();
        let wrong = [
            (
                "page_parameter",
                by_link && by_number,
                "next leads to the next page already",
                "one of the two",
            ),
            (
                "page_step",
                paging.step.is_some() && !by_number,
                "there is no page_parameter that grows by it",
                "page_parameter beside it",
            ),
            (
                "pages",
                paging.pages.is_some() && !by_link && !section.has("page_parameter"),
                "nothing says where the next page is",
                "next = \"a.next @href\" or page_parameter = \"pageIndex\" beside it",
            ),
        ];
        for (key, _, what, allowed) in wrong.into_iter().filter(|(_, is_wrong, ..)| *is_wrong) {
            if let Some(found) = section.get(key) {
                section.mistake(&found, what, allowed);
            }
        }
        paging
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
