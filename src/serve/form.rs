//! Forms that people send: `application/x-www-form-urlencoded`, bounded.

use axum::{
    body::Body,
    http::{HeaderMap, Response, StatusCode, Uri},
};
use url::form_urlencoded;

use super::routes::House;

/// Longest form, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// Most fields of one form.
const MAX_FIELDS: usize = 4_096;

/// What somebody filled in.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// The form that `body` holds.
    ///
    /// # Errors
    ///
    /// The answer when it is too long or too slow.
    pub(super) async fn read(
        house: &House,
        body: Body,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Self, Response<Body>> {
        let read = tokio::time::timeout(house.serve.limits.body, axum::body::to_bytes(body, MAX_BODY));
        match read.await {
            Ok(Ok(bytes)) => Ok(Self::of(&bytes)),
            Ok(Err(_)) => Err(house.word(StatusCode::PAYLOAD_TOO_LARGE, "body", uri, headers)),
            Err(_) => Err(house.word(StatusCode::REQUEST_TIMEOUT, "body", uri, headers)),
        }
    }

    /// The fields that `encoded` holds, a form or the query of an address.
    pub(super) fn of(encoded: &[u8]) -> Self {
        let fields = form_urlencoded::parse(encoded).take(MAX_FIELDS);
        Self(
            fields
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// What the field `name` says, without the space around it; empty when there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Whether there is something in the field `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.field(name).is_empty()
    }

    /// What all fields `name` say, written one after the other or with commas between them, each once.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let mut list: Vec<String> = Vec::new();
        let values = self.0.iter().filter(|(field, _)| field == name);
        for item in values.flat_map(|(_, value)| value.split(',')).map(str::trim) {
            if !item.is_empty() && !list.iter().any(|known| known == item) {
                list.push(item.to_owned());
            }
        }
        list
    }
}
