//! The other way round: a source that was worked out, as the `[[source]]` block that an admin would write for it.

use serde::Serialize;

use crate::source::{Kind, Source, article, board, json, preset};

/// The TOML of a `[source.article]` table.
pub fn article_table(rules: &article::Rules) -> String {
    #[derive(Serialize)]
    struct Source<'a> {
        article: &'a article::Rules,
    }
    #[derive(Serialize)]
    struct File<'a> {
        source: Source<'a>,
    }
    toml::to_string(&File {
        source: Source { article: rules },
    })
    .unwrap_or_else(|error| format!("# this table can't be written as TOML: {error}\n"))
}

/// The TOML of a `[[source]]`. Where the rules are those of a family that is known, its name stands for them.
pub fn block(source: &Source) -> String {
    #[derive(Serialize)]
    struct Block<'a> {
        id: &'a str,
        name: &'a str,
        url: &'a str,
        kind: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        preset: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        language: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        timezone: Option<&'a str>,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        tags: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        board: Option<&'a board::Rules>,
        #[serde(skip_serializing_if = "Option::is_none")]
        json: Option<&'a json::Rules>,
        #[serde(skip_serializing_if = "Option::is_none")]
        article: Option<&'a article::Rules>,
    }
    #[derive(Serialize)]
    struct File<'a> {
        source: [Block<'a>; 1],
    }
    let (kind, board, json) = match &source.kind {
        Kind::Auto => ("auto", None, None),
        Kind::Feed => ("feed", None, None),
        Kind::Board(rules) => ("board", Some(&**rules), None),
        Kind::Json(rules) => ("json", None, Some(&**rules)),
    };
    let is_of = |family: &&preset::Preset| board == Some(&*family.board) && source.article == family.article;
    let family = preset::all().iter().find(is_of);
    let usual_zone = family.and_then(|family| family.timezone.as_deref()).unwrap_or("UTC");
    let block = Block {
        id: source.id.as_str(),
        name: &source.name,
        url: source.url.as_str(),
        kind,
        language: source.language.as_deref(),
        preset: family.map(|family| family.name.as_str()),
        timezone: source.zone.iana_name().filter(|zone| *zone != usual_zone),
        tags: &source.tags,
        board: board.filter(|_| family.is_none()),
        json,
        article: source.article.as_deref().filter(|_| family.is_none()),
    };
    toml::to_string(&File { source: [block] })
        .unwrap_or_else(|error| format!("# this source can't be written as TOML: {error}\n"))
}
