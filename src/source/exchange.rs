//! What is asked of a source, and what it answered. Plain data; `fetch` fills it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// What makes the next request conditional (RFC 9110 §8.8), echoed to the letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What to ask.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where.
    pub url: Url,
    /// From the last good answer.
    pub validators: Validators,
    /// The page that led here.
    pub referer: Option<Url>,
    /// A form that is posted; `None`: the page is asked for with GET.
    pub form: Option<Form>,
}

/// A form that is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Names and values, as browsers send them.
    Fields(Vec<(String, String)>),
    /// JSON, as scripts send it.
    Json(serde_json::Value),
}

/// What came back, when it was good.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it arrives")]
pub enum Fetched {
    /// A page.
    Page(Page),
    /// Nothing new since the validators.
    NotModified {
        /// The validators to use from now on.
        validators: Validators,
        /// How long the answer says it stays fresh.
        fresh_for: Option<Duration>,
    },
}

/// What the server of a file says of it, without the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileHead {
    /// `Content-Disposition`, in whatever charset.
    pub disposition: Option<Vec<u8>>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// Size in bytes.
    pub length: Option<u64>,
}

/// A page, feed or document, decompressed, within the size limit.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it was found in the end; relative addresses are of this one.
    pub url: Url,
    /// The `Content-Type` header, when it was readable text.
    pub content_type: Option<String>,
    /// The `Content-Language` header.
    pub content_language: Option<String>,
    /// The `Link` headers (RFC 8288), as they came.
    pub links: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
    /// For the next request.
    pub validators: Validators,
    /// How long the answer says it stays fresh (`Cache-Control`, `Expires`).
    pub fresh_for: Option<Duration>,
    /// Where a permanent redirect (301, 308) led, when the first hop was one.
    pub moved: Option<Url>,
    /// When it was fetched, by our clock; relative dates count from it.
    pub at: Timestamp,
}
