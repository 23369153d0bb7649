//! Any bytes as a feed: `cargo +nightly fuzz run feed fuzz/corpus/feed fuzz/seeds/feed`.
//!
//! Whatever comes must be read or refused: no panic, no hang, and never more than was sent allows.
#![no_main]

use gazetted::source::feed;
use gazetted_fuzz::page;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let page = page("https://www.town.example/feed.xml", None, body);
    if let Ok(parsed) = feed::parse(&page) {
        assert!(parsed.drafts.len() <= 1_000);
        assert!(parsed.meta.hubs.len() <= 10);
    }
});
