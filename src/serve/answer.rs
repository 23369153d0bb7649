//! What all answers have in common: refusals before any work, headers that make browsers careful, the name of the route.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version,
        header::{
            CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
};

/// Longest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Longest address of a request, in bytes.
const MAX_ADDRESS: usize = 8 * 1024;

/// Pages may show pictures of notices from anywhere and nothing else from elsewhere.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data: https: http:; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// What is no page may do nothing, even when a browser shows it.
const DATA_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");

/// Why a request is not even looked at, as an answer that ends the connection.
pub(super) fn refusal<B>(request: &Request<B>) -> Option<Response<Body>> {
    let address = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let headers: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    let (code, why) = if address > MAX_ADDRESS {
        (StatusCode::URI_TOO_LONG, "The address is longer than 8 KiB.")
    } else if address + headers > MAX_HEAD {
        (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The headers are longer than 16 KiB.",
        )
    } else if !hosts_are_right(request) {
        (
            StatusCode::BAD_REQUEST,
            "A request needs exactly one valid Host header.",
        )
    } else {
        return None;
    };
    let mut answer = plain(code, why);
    answer
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    Some(furnish(answer))
}

/// A short answer in plain text.
pub(super) fn plain(code: StatusCode, text: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::from(format!("{text}\n")));
    *answer.status_mut() = code;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Adds the headers that every answer has, where it does not have its own. One that says that nothing changed has them already,
/// where the reader keeps it.
pub(super) fn furnish(mut answer: Response<Body>) -> Response<Body> {
    if answer.status() != StatusCode::NOT_MODIFIED {
        make_careful(answer.headers_mut());
    }
    answer
}

/// Adds the headers that make browsers careful.
pub(super) fn make_careful(headers: &mut HeaderMap) {
    let is_page = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page { PAGE_POLICY } else { DATA_POLICY };
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("interest-cohort=()"),
    );
}

/// The route of a path, as logs and counters name it: without what a visitor wrote into it.
pub(super) fn route(path: &str) -> &'static str {
    const ROUTES: [(&str, &str); 21] = [
        ("/feeds/tag/", "/feeds/tag/{tag}"),
        ("/feeds/search/", "/feeds/search/{id}"),
        ("/feeds/", "/feeds/{source}"),
        ("/sources/", "/sources/{source}"),
        ("/notices/", "/notices/{id}"),
        ("/search", "/search"),
        ("/subscribe", "/subscribe"),
        ("/confirm/", "/confirm/{token}"),
        ("/manage/", "/manage/{token}"),
        ("/manage", "/manage"),
        ("/unsubscribe/", "/unsubscribe/{token}"),
        ("/hub", "/hub"),
        ("/events", "/events"),
        ("/websub/", "/websub/{token}"),
        ("/style-", "/style"),
        ("/favicon", "/favicon"),
        ("/opml", "/opml"),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
        ("/metrics", "/metrics"),
        ("/robots.txt", "/robots.txt"),
    ];
    if path == "/" {
        return "/";
    }
    ROUTES
        .iter()
        .find(|(begins, _)| path.starts_with(begins))
        .map_or("other", |(_, route)| route)
}

/// RFC 9112 §3.2: exactly one on HTTP/1.1, at most one before, and one that can be a host.
fn hosts_are_right<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            let bytes = host.as_bytes();
            let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:[]%~".contains(byte);
            (1..=255).contains(&bytes.len()) && bytes.iter().all(allowed)
        }
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}
