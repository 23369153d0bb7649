//! One feed or page as bytes in all encodings, each with a tag of its own, and the answers made of them.

use std::{io::Write, sync::Arc};

use aws_lc_rs::digest;
use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, LAST_MODIFIED, VARY,
        },
    },
};
use brotli::{BrotliCompress, enc::BrotliEncoderParams};
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;

use super::{
    answer::make_careful,
    conditional::{self, Encoding},
    lent::{Files, Lendable},
};

/// Bodies below this are sent as they are: compressing would make them longer.
const WORTH_COMPRESSING: usize = 256;

/// What making a rendering gives.
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    /// When it last changed, if anything can tell.
    pub(super) last_modified: Option<Timestamp>,
    /// Beside those that are made here: the type, the caching, the language.
    pub(super) headers: HeaderMap,
}

/// Bytes in all encodings with their headers, ready to be sent.
#[derive(Debug)]
pub(super) struct Rendered {
    identity: Encoded,
    gzip: Option<Encoded>,
    brotli: Option<Encoded>,
    zstd: Option<Encoded>,
    last_modified: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Encoded {
    body: Arc<Lendable>,
    etag: String,
    headers: HeaderMap,
    /// Those that go without the bytes.
    headers_alone: HeaderMap,
}

impl Encoded {
    fn new(body: Arc<Lendable>, etag: String, headers: HeaderMap) -> Self {
        Self {
            body,
            etag,
            headers_alone: alone(&headers),
            headers,
        }
    }
}

/// What an answer that nothing changed says (RFC 9110 §15.4.5), and to whom it may be told.
fn alone(headers: &HeaderMap) -> HeaderMap {
    const TOLD: [HeaderName; 5] = [CACHE_CONTROL, ETAG, VARY, LAST_MODIFIED, ACCESS_CONTROL_ALLOW_ORIGIN];
    let told = headers.iter().filter(|(name, _)| TOLD.contains(name));
    told.map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Rendered {
    pub(super) fn of(made: Made, files: &Files) -> Self {
        let Made {
            bytes,
            last_modified,
            mut headers,
        } = made;
        let hash = digest::digest(&digest::SHA256, &bytes);
        let hash: String = hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let date = last_modified.map(conditional::http_date);
        if let Some(date) = date.and_then(|date| HeaderValue::from_str(&date).ok()) {
            headers.insert(LAST_MODIFIED, date);
        }
        headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
        let body = |bytes: Vec<u8>, encoding: Option<&'static str>| {
            let etag = match encoding {
                Some(encoding) => format!("\"{hash}-{encoding}\""),
                None => format!("\"{hash}\""),
            };
            let mut headers = headers.clone();
            headers.insert(
                ETAG,
                HeaderValue::from_str(&etag).expect("hexadecimal digits can be a header"),
            );
            if let Some(encoding) = encoding {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            Encoded::new(Arc::new(Lendable::new(bytes.into(), files)), etag, headers)
        };
        let worth = bytes.len() >= WORTH_COMPRESSING;
        Self {
            gzip: worth.then(|| body(gzip(&bytes), Some("gzip"))),
            brotli: worth.then(|| body(brotli(&bytes), Some("br"))),
            zstd: worth
                .then(|| zstd(&bytes))
                .flatten()
                .map(|bytes| body(bytes, Some("zstd"))),
            identity: body(bytes, None),
            last_modified,
        }
    }

    /// The answer to a GET or HEAD with these headers; with what is lent of its body beside it.
    pub(super) fn answer(&self, method: &Method, asked: &HeaderMap) -> Response<Body> {
        let chosen = match Encoding::wanted(asked) {
            Encoding::Identity => None,
            Encoding::Gzip => self.gzip.as_ref(),
            Encoding::Brotli => self.brotli.as_ref(),
            Encoding::Zstd => self.zstd.as_ref().or(self.gzip.as_ref()),
        }
        .unwrap_or(&self.identity);
        let mut answer = Response::new(Body::empty());
        if conditional::unchanged(asked, &chosen.etag, self.last_modified) {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            *answer.headers_mut() = chosen.headers_alone.clone();
            return answer;
        }
        *answer.headers_mut() = chosen.headers.clone();
        if method == Method::HEAD {
            answer
                .headers_mut()
                .insert(CONTENT_LENGTH, chosen.body.bytes().len().into());
        } else {
            *answer.body_mut() = Body::from(chosen.body.bytes().clone());
            if let Some(lent) = chosen.body.lent() {
                answer.extensions_mut().insert(lent.clone());
            }
        }
        answer
    }

    /// The same with all the headers that its answers have, `caching` among them.
    pub(super) fn ready(&self, caching: &HeaderValue) -> Self {
        let ready = |encoded: &Encoded| {
            let mut headers = encoded.headers.clone();
            headers.insert(CACHE_CONTROL, caching.clone());
            make_careful(&mut headers);
            Encoded::new(Arc::clone(&encoded.body), encoded.etag.clone(), headers)
        };
        Self {
            identity: ready(&self.identity),
            gzip: self.gzip.as_ref().map(ready),
            brotli: self.brotli.as_ref().map(ready),
            zstd: self.zstd.as_ref().map(ready),
            last_modified: self.last_modified,
        }
    }

    /// The bytes as they are, and the headers that go with them.
    pub(super) fn plain(&self) -> (&HeaderMap, &Bytes) {
        (&self.identity.headers, self.identity.body.bytes())
    }

    /// Bytes that it holds.
    pub(super) fn weight(&self) -> usize {
        let packed = [&self.gzip, &self.brotli, &self.zstd];
        let bodies = packed.into_iter().flatten().chain([&self.identity]);
        bodies.map(|encoded| encoded.body.bytes().len() + 1024).sum()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    // No name and no time in the header, so that the same bytes come out at any time.
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(6));
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory can't fail")
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let how = BrotliEncoderParams {
        quality: 5,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut packed = Vec::with_capacity(bytes.len() / 3);
    BrotliCompress(&mut &bytes[..], &mut packed, &how).expect("writing to memory can't fail");
    packed
}

fn zstd(bytes: &[u8]) -> Option<Vec<u8>> {
    zstd::bulk::compress(bytes, 9).ok()
}
