//! Which address shows what.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{
        HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    routing::{get, post},
};
use tokio::sync::Semaphore;

use super::{
    Serve, SourceInfo,
    answer::plain,
    archive,
    asking::Desk,
    confirm,
    counter::Counter,
    events::{self, Events},
    feeds, hub,
    language::Spoken,
    manage, notices,
    pages::Pages,
    private::Guesses,
    rendered::Rendered,
    renderings::{Missing, Of, Renderings},
    search, source, start, subscribe, unsubscribe,
    versions::Versions,
    websub,
};
use crate::{feed::Format, notice::SourceId, search::Query, store::Scope};

/// How long the store may take to say that it is there.
const READY: std::time::Duration = std::time::Duration::from_secs(2);

/// So many bodies of hubs are in memory at a time.
const PUSHES: usize = 8;

/// All that answers are made of.
#[derive(Debug)]
pub(super) struct House {
    pub(super) serve: Serve,
    pub(super) versions: Versions,
    pub(super) renderings: Renderings,
    pub(super) counter: Counter,
    pub(super) pages: Pages,
    pub(super) events: Events,
    /// Pushes that may be read at a time.
    pub(super) pushes: Semaphore,
    pub(super) desk: Desk,
    pub(super) guesses: Guesses,
    places: HashMap<SourceId, usize>,
    /// What sources are called that had these names.
    renamed: HashMap<SourceId, SourceId>,
}

/// A template or word list in the program is broken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("a template is broken: {0}")]
    Template(#[from] minijinja::Error),
    #[error("a word list is broken: {0}")]
    Words(#[from] toml::de::Error),
}

impl House {
    pub(super) fn build(serve: Serve) -> Result<Self, Broken> {
        Ok(Self {
            versions: Versions::new(Arc::clone(&serve.store), serve.clock.clone()),
            renderings: Renderings::new(serve.metrics.clone()),
            counter: Counter::default(),
            pages: Pages::build(&serve.site)?,
            events: Events::new(serve.limits.streams),
            pushes: Semaphore::new(PUSHES),
            renamed: serve
                .sources
                .iter()
                .flat_map(|source| source.aliases.iter().map(|old| (old.clone(), source.id.clone())))
                .collect(),
            desk: Desk::new(),
            guesses: Guesses::default(),
            places: serve
                .sources
                .iter()
                .enumerate()
                .map(|(place, source)| (source.id.clone(), place))
                .collect(),
            serve,
        })
    }

    pub(super) fn source(&self, id: &SourceId) -> Option<&SourceInfo> {
        self.serve.sources.get(*self.places.get(id)?)
    }

    /// The answer to what is asked for often, when nothing is to be found out for it.
    pub(super) fn at_once<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        self.counter.answer(request, &self.versions.fresh()?)
    }

    /// What the source is called now that was called `old`.
    pub(super) fn renamed(&self, old: &SourceId) -> Option<&SourceId> {
        self.renamed.get(old).filter(|_| self.source(old).is_none())
    }

    /// `query`, of sources by the names that they have now.
    pub(super) fn meant(&self, query: Query) -> Query {
        query.renamed(|id| self.renamed(id).cloned())
    }

    /// The scope of all configured sources.
    pub(super) fn everything(&self) -> Scope {
        Scope::Sources(self.serve.sources.iter().map(|source| source.id.clone()).collect())
    }

    /// The hubs that the feeds name: those of the configuration, else our own.
    pub(super) fn hubs(&self) -> Vec<url::Url> {
        match self.serve.hubs.as_slice() {
            [] => vec![feeds::address(&self.serve, &["hub"])],
            others => others.to_vec(),
        }
    }

    /// All tags, each once, in order.
    pub(super) fn tags(&self) -> Vec<String> {
        let mut tags: Vec<String> = self
            .serve
            .sources
            .iter()
            .flat_map(|source| source.tags.clone())
            .collect();
        tags.sort();
        tags.dedup();
        tags
    }

    /// The answer with what was made, or why there is nothing.
    pub(super) fn hand_out(
        &self,
        made: Result<Arc<Rendered>, Missing>,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Response<Body> {
        match made {
            Ok(rendered) => rendered.answer(method, headers),
            Err(missing) => self.missing(&missing, uri, headers),
        }
    }

    /// The answer when there is nothing to show.
    pub(super) fn missing(&self, why: &Missing, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
        let (code, name) = match why {
            Missing::Unknown => (StatusCode::NOT_FOUND, "unknown"),
            Missing::Store(_) | Missing::Late => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Missing::Page(_) => (StatusCode::INTERNAL_SERVER_ERROR, "busy"),
        };
        if code != StatusCode::NOT_FOUND {
            tracing::warn!(%why, "nothing could be answered");
        }
        self.word(code, name, uri, headers)
    }

    /// A page that says `name` in the visitor's language.
    pub(super) fn word(&self, code: StatusCode, name: &str, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
        let mut answer = self.pages.message(code, name, Spoken::of(uri.query(), headers));
        if code == StatusCode::SERVICE_UNAVAILABLE {
            answer
                .headers_mut()
                .insert("retry-after", HeaderValue::from_static("60"));
        }
        answer
    }
}

/// The routes.
pub(super) fn router(house: Arc<House>) -> Router {
    Router::new()
        .route("/", get(start::page))
        .route("/sources/{source}", get(source::page))
        .route("/notices/{id}", get(notices::page))
        .route("/search", get(search::page))
        .route("/feeds/{file}", feeds::named(Of::source))
        .route("/feeds/{source}/{file}", archive::named(Of::source))
        .route("/feeds/tag/{file}", feeds::named(Of::tag))
        .route("/feeds/search/{file}", feeds::named(Of::search))
        .route("/events", get(events::stream))
        .route("/feeds/tag/{tag}/{file}", archive::named(Of::tag))
        .route("/opml", get(feeds::opml))
        .route("/subscribe", get(subscribe::form).post(subscribe::ask))
        .route("/confirm/{token}", get(confirm::look).post(confirm::confirm))
        .route("/manage", get(subscribe::link_form).post(subscribe::link))
        .route("/manage/{token}", get(manage::page).post(manage::act))
        .route("/unsubscribe/{token}", get(unsubscribe::ask).post(unsubscribe::stop))
        .route("/hub", post(hub::ask))
        .route("/websub/{token}", get(websub::verify).post(websub::take))
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/favicon.svg", get(favicon))
        .route("/{file}", get(file))
        .fallback(unknown)
        .method_not_allowed_fallback(method)
        .with_state(house)
}

/// `name.extension` of a feed's address.
pub(super) fn feed_file(file: &str) -> Option<(&str, Format)> {
    let (name, extension) = file.rsplit_once('.')?;
    Some((name, Format::of_extension(extension)?))
}

async fn alive() -> Response<Body> {
    plain(StatusCode::OK, "alive")
}

async fn ready(State(house): State<Arc<House>>) -> Response<Body> {
    match tokio::time::timeout(READY, house.serve.store.ping()).await {
        Ok(Ok(())) => plain(StatusCode::OK, "ready"),
        Ok(Err(_)) | Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer"),
    }
}

async fn metrics(State(house): State<Arc<House>>) -> Response<Body> {
    let store = &house.serve.store;
    // A store that does not answer leaves the last numbers; that it doesn't is what /readyz is for.
    if let Ok(Ok((unwell, owed, upstreams, back))) = tokio::time::timeout(
        READY,
        futures_util::future::try_join4(
            store.unwell(),
            store.outbox_counts(),
            store.upstreams(None),
            store.strike_counts(),
        ),
    )
    .await
    {
        let configured = unwell.iter().filter(|(id, _)| house.source(id).is_some());
        let healths = configured.map(|(_, health)| *health);
        house.serve.metrics.stand(house.serve.sources.len(), healths, owed);
        house.serve.metrics.stand_back(back);
        house.serve.metrics.stand_upstreams(&upstreams);
    }
    let mut text = String::new();
    if prometheus_client::encoding::text::encode(&mut text, &house.serve.registry).is_err() {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "the counters can't be written");
    }
    let mut answer = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn favicon() -> Response<Body> {
    asset(
        include_str!("pages/favicon.svg"),
        "image/svg+xml",
        "public, max-age=86400",
    )
}

/// The style sheet, whose name changes with its content.
async fn file(
    State(house): State<Arc<House>>,
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    if file == house.pages.style() {
        return asset(
            super::pages::STYLE,
            "text/css; charset=utf-8",
            "public, max-age=31536000, immutable",
        );
    }
    if file == "robots.txt" {
        return asset(
            "User-agent: *\nDisallow: /confirm/\nDisallow: /manage/\nDisallow: /unsubscribe/\nDisallow: /search\nDisallow: /websub/\n",
            "text/plain; charset=utf-8",
            "public, max-age=86400",
        );
    }
    house.word(StatusCode::NOT_FOUND, "unknown", &uri, &headers)
}

async fn unknown(State(house): State<Arc<House>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    house.word(StatusCode::NOT_FOUND, "unknown", &uri, &headers)
}

async fn method(State(house): State<Arc<House>>, uri: Uri, method: Method, headers: HeaderMap) -> Response<Body> {
    tracing::debug!(%method, "not allowed here");
    house.word(StatusCode::METHOD_NOT_ALLOWED, "method", &uri, &headers)
}

fn asset(text: &'static str, kind: &'static str, caching: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::from(text));
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    answer
}
