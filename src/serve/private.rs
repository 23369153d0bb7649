//! Pages that only whoever has a token sees: how they are kept private, and what becomes of guesses.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Response, StatusCode, Uri,
        header::{CACHE_CONTROL, HOST, ORIGIN, REFERRER_POLICY},
    },
};
use jiff::Timestamp;
use url::Url;

use super::{peer::Peer, routes::House};

/// So many wrong tokens an hour a network may try.
const MOST: u32 = 20;

/// Networks whose guesses are counted at a time.
const NETWORKS: usize = 10_000;

/// The wrong tokens of the current hour, by network.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<(i64, HashMap<String, u32>)>);

impl Guesses {
    /// Whether `network` has tried too much to be listened to. Whoever can't be told from others is always listened to.
    pub(super) fn are_too_many(&self, network: Option<&str>, now: Timestamp) -> bool {
        network.is_some_and(|network| self.count(network, now, 0) >= MOST)
    }

    /// Counts a wrong token; whether these were too many.
    pub(super) fn add(&self, network: Option<&str>, now: Timestamp) -> bool {
        self.count(network.unwrap_or("this machine"), now, 1) > MOST
    }

    fn count(&self, network: &str, now: Timestamp, more: u32) -> u32 {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (hour, networks) = &mut *guard;
        let this_hour = now.as_second().div_euclid(3_600);
        if *hour != this_hour {
            (*hour, *networks) = (this_hour, HashMap::new());
        }
        if let Some(count) = networks.get_mut(network) {
            *count = count.saturating_add(more);
            return *count;
        }
        if more > 0 && networks.len() < NETWORKS {
            networks.insert(network.to_owned(), more);
        }
        more
    }
}

/// Keeps the token in the address of a page out of other sites' logs, caches and search engines.
pub(super) fn private(mut answer: Response<Body>) -> Response<Body> {
    let headers = answer.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    answer
}

impl House {
    /// The answer to a network that has tried too many wrong tokens, when this is one.
    pub(super) fn refuses_guesses(&self, peer: Peer, uri: &Uri, headers: &HeaderMap) -> Option<Response<Body>> {
        let network = peer.network(headers, &self.serve.trusted_proxies);
        let refused = self.guesses.are_too_many(network.as_deref(), self.serve.clock.now());
        refused.then(|| private(self.word(StatusCode::TOO_MANY_REQUESTS, "guesses", uri, headers)))
    }

    /// The answer to a wrong token, or to one that is not good any more: alike.
    pub(super) fn wrong_token(&self, peer: Peer, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
        let network = peer.network(headers, &self.serve.trusted_proxies);
        let (code, word) = if self.guesses.add(network.as_deref(), self.serve.clock.now()) {
            (StatusCode::TOO_MANY_REQUESTS, "guesses")
        } else {
            (StatusCode::NOT_FOUND, "expired")
        };
        private(self.word(code, word, uri, headers))
    }

    /// The answer to a form on such a page that is not listened to: a network guesses, or another site sent it.
    pub(super) fn refuses_form(&self, peer: Peer, uri: &Uri, headers: &HeaderMap) -> Option<Response<Body>> {
        self.refuses_guesses(peer, uri, headers)
            .or_else(|| self.refuses_strangers_form(uri, headers))
    }

    /// The answer to a form that another site sent in the reader's name, when this is one. Browsers say `null` of our own pages,
    /// which send no referrer; nobody needs a cookie, so there is none to abuse.
    fn refuses_strangers_form(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response<Body>> {
        let says = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let from_elsewhere = match (says("sec-fetch-site"), says(ORIGIN.as_str())) {
            (Some("same-origin" | "none"), _) => false,
            (Some(_), _) => true,
            (None, None | Some("null")) => false,
            (None, Some(origin)) => !self.is_own(origin, says(HOST.as_str())),
        };
        from_elsewhere.then(|| private(self.word(StatusCode::FORBIDDEN, "elsewhere", uri, headers)))
    }

    fn is_own(&self, origin: &str, host: Option<&str>) -> bool {
        let origin = Url::parse(origin).ok();
        let is_public = origin
            .as_ref()
            .is_some_and(|origin| origin.origin() == self.serve.site.public_url.origin());
        let told = origin.as_ref().and_then(|origin| {
            let port = origin.port().map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("{}{port}", origin.host_str()?))
        });
        is_public || (told.is_some() && told.as_deref() == host)
    }
}
