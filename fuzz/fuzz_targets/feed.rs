//! Any bytes as a feed: `cargo +nightly fuzz run feed fuzz/corpus/feed fuzz/seeds/feed`.
//!
//! Whatever comes must be read or refused: no panic, no hang, and never more than was sent allows.
#![no_main]

use gazetted::source::{Page, Validators, feed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let page = Page {
        url: "https://www.town.example/feed.xml".parse().expect("an address"),
        content_type: None,
        content_language: None,
        body: body.to_vec(),
        validators: Validators::default(),
        fresh_for: None,
        moved: None,
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    if let Ok(parsed) = feed::parse(&page) {
        assert!(parsed.drafts.len() <= 1_000);
        assert!(parsed.meta.hubs.len() <= 10);
    }
});
