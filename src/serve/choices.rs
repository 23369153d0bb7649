//! What a person chooses in a form: which notices, how often, in which language and zone. Both ways: from a form to a
//! subscription, and from a subscription to what a form shows.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{
    form::Form,
    language::{Language, Spoken},
    routes::House,
};
use crate::{
    notice::SourceId,
    search::Query,
    subscription::{Cadence, Rule, USUAL_HOUR, Wish},
};

/// Most sources, tags or words of one subscription.
const MOST: usize = 200;

/// Longest word, in characters.
const LONGEST: usize = 100;

/// What a form shows.
#[derive(Serialize)]
pub(super) struct Choices {
    sources: Vec<Choice>,
    tags: Vec<Choice>,
    query: String,
    include: String,
    exclude: String,
    cadences: Vec<Choice>,
    hours: Vec<Choice>,
}

/// One thing that can be chosen.
#[derive(Serialize)]
pub(super) struct Choice {
    value: String,
    name: String,
    lang: Option<String>,
    chosen: bool,
}

/// A subscription in words.
#[derive(Serialize)]
pub(super) struct Told {
    what: Vec<String>,
    how_often: String,
}

impl Choices {
    /// What `wish` chooses.
    pub(super) fn of(house: &House, wish: &Wish, language: Language) -> Self {
        let rule = &wish.rule;
        let source = |source: &super::SourceInfo| Choice {
            value: source.id.to_string(),
            name: source.name.clone(),
            lang: source.language.clone(),
            chosen: rule.sources.contains(&source.id),
        };
        let tag = |tag: String| Choice {
            chosen: rule.tags.contains(&tag),
            name: tag.clone(),
            value: tag,
            lang: None,
        };
        let cadence = |word: &&str| Choice {
            value: (*word).to_owned(),
            name: word_for(house, language, &format!("digest_{word}")),
            lang: None,
            chosen: wish.cadence.word() == *word,
        };
        let chosen_hour = wish.cadence.hour().unwrap_or(USUAL_HOUR);
        let hour = |hour: i8| Choice {
            value: hour.to_string(),
            name: format!("{hour:02}:00"),
            lang: None,
            chosen: hour == chosen_hour,
        };
        Self {
            sources: house.serve.sources.iter().map(source).collect(),
            tags: house.tags().into_iter().map(tag).collect(),
            query: rule.query.as_ref().map(ToString::to_string).unwrap_or_default(),
            include: rule.include.join(", "),
            exclude: rule.exclude.join(", "),
            cadences: Cadence::WORDS.iter().map(cadence).collect(),
            hours: (0..24).map(hour).collect(),
        }
    }
}

/// The subscription that `form` asks for.
///
/// # Errors
///
/// The name of the sentence that says what is wrong with it.
pub(super) fn wish(house: &House, form: &Form) -> Result<Wish, &'static str> {
    let sources = form.list("sources");
    let sources: Vec<SourceId> = sources.iter().filter_map(|id| id.parse().ok()).collect();
    let is_known = |id: &SourceId| house.source(id).is_some();
    let (tags, known_tags) = (form.list("tags"), house.tags());
    if sources.len() != form.list("sources").len()
        || !sources.iter().all(is_known)
        || !tags.iter().all(|tag| known_tags.contains(tag))
    {
        return Err("unknown_source_text");
    }
    let (include, exclude) = (form.list("include"), form.list("exclude"));
    let is_long = |word: &String| word.chars().count() > LONGEST || word.chars().any(char::is_control);
    let lists = [sources.len(), tags.len(), include.len(), exclude.len()];
    if lists.iter().any(|length| *length > MOST) || include.iter().chain(&exclude).any(is_long) {
        return Err("too_much_text");
    }
    let query: Option<Query> = match form.field("query") {
        "" => None,
        query => Some(house.meant(query.parse().map_err(|_| "query_text")?)),
    };
    Ok(Wish {
        number: Wish::CONFIGURED,
        rule: Rule {
            sources,
            tags,
            include,
            exclude,
            query,
        },
        cadence: cadence(form)?,
    })
}

/// The zone that `form` names, else that of the first source.
///
/// # Errors
///
/// The name of the sentence that says that there is no such zone.
pub(super) fn zone(house: &House, form: &Form) -> Result<String, &'static str> {
    match form.field("timezone") {
        "" => Ok(usual_zone(house)),
        name => match TimeZone::get(name) {
            Ok(zone) => Ok(zone.iana_name().unwrap_or("UTC").to_owned()),
            Err(_) => Err("zone_text"),
        },
    }
}

/// The language that `form` names, else the one that the page is in.
pub(super) fn language(form: &Form, spoken: Spoken) -> Language {
    Language::of_tag(form.field("language")).unwrap_or(spoken.language)
}

/// The zone of the first source: of people there, more than of others.
pub(super) fn usual_zone(house: &House) -> String {
    let zone = house.serve.sources.first().and_then(|source| source.zone.iana_name());
    zone.unwrap_or("UTC").to_owned()
}

/// The zones that a form proposes.
pub(super) fn zones() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    names
        .filter(|name| name == "UTC" || (name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("posix")))
        .collect()
}

/// The languages that mails are written in.
pub(super) fn languages(house: &House, chosen: Language) -> Vec<Choice> {
    let choice = |language: Language| Choice {
        value: language.tag().to_owned(),
        name: word_for(house, language, "language"),
        lang: Some(language.tag().to_owned()),
        chosen: language == chosen,
    };
    Language::ALL.into_iter().map(choice).collect()
}

/// `wish` in words.
pub(super) fn told(house: &House, wish: &Wish, zone: &str, language: Language) -> Told {
    let rule = &wish.rule;
    let mut what: Vec<String> = rule
        .sources
        .iter()
        .map(|id| {
            house
                .source(id)
                .map_or_else(|| id.to_string(), |source| source.name.clone())
        })
        .collect();
    let phrase = |name: &str, words: &str| house.pages.phrase(language, name, "{words}", words);
    what.extend(rule.tags.iter().map(|tag| phrase("what_tag", tag)));
    if what.is_empty() {
        what.push(word_for(house, language, "what_all"));
    }
    for (name, words) in [("what_include", &rule.include), ("what_exclude", &rule.exclude)] {
        if !words.is_empty() {
            what.push(phrase(name, &words.join(", ")));
        }
    }
    if let Some(query) = &rule.query {
        what.push(phrase("what_query", &query.to_string()));
    }
    let often = word_for(house, language, &format!("digest_{}", wish.cadence.word()));
    Told {
        what,
        how_often: match wish.cadence.hour() {
            Some(hour) => format!("{often}, {hour:02}:00 ({zone})"),
            None => often,
        },
    }
}

fn cadence(form: &Form) -> Result<Cadence, &'static str> {
    let hour = match form.field("hour") {
        "" => USUAL_HOUR,
        hour => hour
            .parse()
            .ok()
            .filter(|hour| (0..24).contains(hour))
            .ok_or("digest_text")?,
    };
    match form.field("digest") {
        "" => Ok(Cadence::Immediate),
        word => Cadence::named(word, hour).ok_or("digest_text"),
    }
}

fn word_for(house: &House, language: Language, name: &str) -> String {
    house.pages.words(language).get(name).cloned().unwrap_or_default()
}
