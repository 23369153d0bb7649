//! A notice as receivers are told of it.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::SourceName;
use crate::{
    channel::{Told, email::Site},
    notice::{Entry, SourceId},
};

/// `entry` as receivers are told of it, where its source is one of `names`, and its page is at `site`.
pub fn tell(names: &HashMap<SourceId, SourceName>, site: &Site, entry: Entry) -> Told {
    let source = names.get(&entry.source);
    let own = entry.notice.language.clone();
    let page = site.public_url.join(&format!("notices/{}", entry.notice.id.uuid()));
    Told {
        source_name: source.map_or_else(|| entry.source.to_string(), |source| source.name.clone()),
        language: own.or_else(|| source.and_then(|source| source.language.clone())),
        zone: source.map_or(TimeZone::UTC, |source| source.zone.clone()),
        page: page.unwrap_or_else(|_| site.public_url.clone()),
        changed: None,
        entry,
    }
}
