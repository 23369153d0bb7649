//! Families of boards that are known already: how a page tells that it is one, and the rules that read it.
//!
//! The families are data: `presets.toml` beside this file. A new one is a block there and a fixture page in the tests.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::{
    Page, Parsed, article,
    board::{self, decoded},
    dom::{Css, Doc},
    pick::Pattern,
    shared,
};

/// A known family of boards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What the configuration calls it.
    pub name: String,
    /// What it is, for people.
    pub about: String,
    /// Addresses of its list pages; any of them is evidence.
    #[serde(default)]
    pub url: Vec<Pattern>,
    /// Elements that only its pages have; any of them is evidence.
    #[serde(default)]
    pub marks: Vec<Css>,
    /// The zone of its dates, where all its boards are in one.
    pub timezone: Option<String>,
    /// How its lists are read.
    #[serde(with = "shared")]
    pub board: Arc<board::Rules>,
    /// How the page of a single notice is read.
    #[serde(default, with = "shared::optional")]
    pub article: Option<Arc<article::Rules>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Presets {
    preset: Vec<Preset>,
}

/// All families, in the order in which they are tried.
pub fn all() -> &'static [Preset] {
    static ALL: LazyLock<Vec<Preset>> = LazyLock::new(|| {
        let presets: Presets = toml::from_str(include_str!("presets.toml")).expect("the presets are well-formed");
        presets.preset
    });
    &ALL
}

/// The family of that name.
pub fn named(name: &str) -> Option<&'static Preset> {
    all().iter().find(|preset| preset.name == name)
}

/// The family that `page` is a list of, by evidence, and what its rules read there: at least one notice.
pub fn recognise(page: &Page) -> Option<(&'static Preset, Parsed)> {
    let html = decoded(page);
    let doc = Doc::parse(&html);
    fitting(page, &html, &doc).find_map(|preset| Some((preset, board::parse(&preset.board, page).ok()?)))
}

/// The families for which there is evidence on `doc`, which is `html`, which `page` holds.
pub fn fitting(page: &Page, html: &str, doc: &Doc) -> impl Iterator<Item = &'static Preset> {
    let is_marked = |mark: &Css| may_hold(html, mark) && doc.first(mark).is_some();
    let fits = move |preset: &&Preset| {
        let url = page.url.as_str();
        preset.url.iter().any(|pattern| pattern.groups(url).is_some()) || preset.marks.iter().any(is_marked)
    };
    all().iter().filter(fits)
}

/// Whether what a mark names can be in `html` at all: asked of the text, that is much cheaper than of the tree.
fn may_hold(html: &str, mark: &Css) -> bool {
    let names = mark
        .as_str()
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    names
        .max_by_key(|name| name.len())
        .is_none_or(|name| html.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_loaded_and_named() {
        for preset in all() {
            assert_eq!(named(&preset.name).map(|named| &named.about), Some(&preset.about));
            assert!(
                !preset.url.is_empty() || !preset.marks.is_empty(),
                "{} needs evidence",
                preset.name
            );
            if let Some(zone) = &preset.timezone {
                assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{zone}");
            }
        }
    }
}
