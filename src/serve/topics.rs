//! Our feeds as a hub distributes them: which there are, how far they are, and what they say now.

use std::{collections::HashMap, sync::Arc};

use axum::http::{
    HeaderName,
    header::{CONTENT_TYPE, LINK},
};

use super::{Server, feeds, renderings::Of, routes::House, routes::feed_file, wish::Wish};
use crate::{feed::Format, notice::SourceId};

/// A feed as it would be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// `Content-Type`
    pub content_type: String,
    /// `Link`
    pub link: String,
    /// The body.
    pub body: Arc<[u8]>,
}

impl Server {
    /// The feed at this public address, as it is now; `None` when there is none.
    ///
    /// # Errors
    ///
    /// Why it can't be made now.
    pub async fn topic(&self, address: &str) -> Result<Option<Topic>, String> {
        let Some((of, format)) = named(&self.0, address) else {
            return Ok(None);
        };
        let rendered = feeds::take(&self.0, &of, format, &Wish::default()).await;
        let rendered = rendered.map_err(|missing| missing.to_string())?;
        let (headers, bytes) = rendered.plain();
        let told = |name: &HeaderName| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Ok(Some(Topic {
            content_type: told(&CONTENT_TYPE),
            link: told(&LINK),
            body: bytes.as_ref().into(),
        }))
    }

    /// The versions of all sources, asked of the store now; `None` when it does not answer.
    pub async fn versions(&self) -> Option<HashMap<SourceId, i64>> {
        self.0.versions.outdate();
        let seen = self.0.versions.now().await;
        let versions = || seen.of.iter().map(|(id, standing)| (id.clone(), standing.version));
        seen.known.then(|| versions().collect())
    }

    /// The version of the feed at this address where its sources have these; `None` when there is none.
    pub fn version(&self, address: &str, versions: &HashMap<SourceId, i64>) -> Option<i64> {
        let (of, _) = named(&self.0, address)?;
        let shown = feeds::in_feed(&self.0, &of).filter_map(|source| versions.get(&source.id));
        Some(shown.sum())
    }

    /// The addresses of all feeds that show any of `sources`.
    pub fn showing(&self, sources: &[SourceId]) -> Vec<String> {
        let known: Vec<_> = sources.iter().filter_map(|id| self.0.source(id)).collect();
        if known.is_empty() {
            return Vec::new();
        }
        let mut tags: Vec<&String> = known.iter().flat_map(|source| &source.tags).collect();
        tags.sort();
        tags.dedup();
        let of_sources = known.iter().map(|source| Of::Source(source.id.clone()));
        let of_tags = tags.into_iter().map(|tag| Of::Tag(tag.clone()));
        let of_searches = self.0.serve.searches.iter().filter(|saved| {
            let follows = |source: &&super::SourceInfo| saved.query.follows(&source.id, &source.tags);
            known.iter().any(follows)
        });
        let of_searches = of_searches.map(|saved| Of::Search(saved.id.clone()));
        let of_all = of_sources.chain(of_tags).chain(of_searches).chain([Of::All]);
        of_all
            .flat_map(|of| Format::ALL.map(|format| address(&self.0, &of, format)))
            .collect()
    }
}

/// The feed that has this address, to the letter, or had it when its source was called otherwise.
pub(super) fn named(house: &House, told: &str) -> Option<(Of, Format)> {
    let path = told
        .strip_prefix(house.serve.site.public_url.as_str())?
        .strip_prefix("feeds/")?;
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let (of, file): (fn(&str) -> Option<Of>, _) = match decoded.split_once('/') {
        Some(("tag", file)) => (Of::tag, file),
        Some(("search", file)) => (Of::search, file),
        Some(_) => return None,
        None => (Of::source, &*decoded),
    };
    let (name, format) = feed_file(file)?;
    let of = of(name)?;
    if address(house, &of, format) != told {
        return None;
    }
    let of = match of {
        Of::Source(id) => Of::Source(house.renamed(&id).cloned().unwrap_or(id)),
        of => of,
    };
    feeds::exists(house, &of).then_some((of, format))
}

fn address(house: &House, of: &Of, format: Format) -> String {
    format!("{}.{}", feeds::stem(&house.serve, of), format.extension())
}
