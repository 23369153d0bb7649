//! What the targets share.

use gazetted::source::{Page, Validators};

/// The page at `url` that has these bytes.
pub fn page(url: &str, content_type: Option<&str>, body: &[u8]) -> Page {
    Page {
        url: url.parse().expect("an address"),
        content_type: content_type.map(str::to_owned),
        content_language: None,
        links: Vec::new(),
        body: body.to_vec(),
        validators: Validators::default(),
        fresh_for: None,
        moved: None,
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}
