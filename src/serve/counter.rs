//! Feeds over the counter: what was asked for a moment ago is handed out again with all its headers on, before any route is
//! looked for.
//!
//! Knows addresses and renderings. What is not here, and what is asked for otherwise than feeds are, goes the long way, which
//! puts it here. All of it is good as long as the versions are those that were seen.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, Response},
};

use super::{rendered::Rendered, versions::Seen};

/// What can be handed out at once.
#[derive(Debug, Default)]
pub(super) struct Counter(RwLock<Stock>);

#[derive(Debug, Default)]
struct Stock {
    as_of: Arc<Seen>,
    by_path: HashMap<Box<str>, Arc<Rendered>>,
}

impl Counter {
    /// The answer to `request`, when it asks for a feed that is here and good as of `seen`.
    pub(super) fn answer<B>(&self, request: &Request<B>, seen: &Arc<Seen>) -> Option<Response<Body>> {
        let method = request.method();
        if request.uri().query().is_some() || (method != Method::GET && method != Method::HEAD) {
            return None;
        }
        let stock = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let rendered = stock.by_path.get(request.uri().path())?;
        Arc::ptr_eq(&stock.as_of, seen).then(|| rendered.answer(method, request.headers()))
    }

    /// Keeps the feed that is at `path` as of `seen`, in the place of all that is older.
    pub(super) fn put(&self, path: &str, seen: &Arc<Seen>, rendered: &Rendered, caching: &HeaderValue) {
        let ready = Arc::new(rendered.ready(caching));
        let mut stock = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&stock.as_of, seen) {
            *stock = Stock {
                as_of: Arc::clone(seen),
                by_path: HashMap::new(),
            };
        }
        stock.by_path.insert(path.into(), ready);
    }
}
