//! What the page of a source of [`Kind::Auto`] was found to be. It is remembered, so that the page is read the same way from then on
//! and not as it happens to look today.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Kind, Page, Parsed, Source, Unreadable, article, board, detect, json, shared};

/// Below this confidence nobody is told of what was found without an admin who has looked at it.
const LEAST: f64 = 0.5;

/// How the page of a source is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recognised {
    /// The source's address. At another one there is another page.
    url: Url,
    list: List,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "shared::optional")]
    article: Option<Arc<article::Rules>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum List {
    Board(#[serde(with = "shared")] Arc<board::Rules>),
    Json(#[serde(with = "shared")] Arc<json::Rules>),
    Feed,
}

impl Recognised {
    /// What `page` is, which is no feed as it should be.
    fn of(source: &Source, page: &Page) -> Result<Self, Unreadable> {
        let advice = format!("look at it with `gazetted detect {}`", source.page());
        let guesses = detect::detect(page, &source.id);
        let best = guesses.map_err(|unreadable| Unreadable(format!("{unreadable}; {advice}")))?;
        let best = best.into_iter().next();
        let best = best.ok_or_else(|| Unreadable(format!("no list of notices was found; {advice}")))?;
        if best.confidence < LEAST {
            return Err(Unreadable(format!(
                "what looks most like a list of notices on the page may be none (confidence {:.2}); {advice} and write down \
                 what it prints when that is right",
                best.confidence
            )));
        }
        Ok(Self {
            url: source.url.clone(),
            list: match best.source.kind {
                Kind::Board(rules) => List::Board(rules),
                Kind::Json(rules) => List::Json(rules),
                Kind::Feed | Kind::Auto => List::Feed,
            },
            article: best.source.article,
        })
    }

    /// `source`, read as it was found to be; `None` where its kind is told, or its address is another one.
    pub fn applied_to(&self, source: &Source) -> Option<Source> {
        let applies = matches!(source.kind, Kind::Auto) && source.url == self.url;
        applies.then(|| Source {
            kind: match &self.list {
                List::Board(rules) => Kind::Board(Arc::clone(rules)),
                List::Json(rules) => Kind::Json(Arc::clone(rules)),
                List::Feed => Kind::Feed,
            },
            article: source.article.clone().or_else(|| self.article.clone()),
            ..source.clone()
        })
    }
}

impl Source {
    /// Reads `page`, and recognises what it is where nobody told: what it was found to be, when it is no feed.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when nothing on it is surely a list of notices; else as [`parse`](Self::parse).
    pub fn recognise(&self, page: &Page) -> Result<(Parsed, Option<Recognised>), Unreadable> {
        match self.parse(page) {
            Ok(parsed) => Ok((parsed, None)),
            Err(unreadable) if !matches!(self.kind, Kind::Auto) => Err(unreadable),
            Err(_) => {
                let found = Recognised::of(self, page)?;
                let parsed = found.applied_to(self).unwrap_or_else(|| self.clone()).parse(page)?;
                Ok((parsed, Some(found)))
            }
        }
    }
}
