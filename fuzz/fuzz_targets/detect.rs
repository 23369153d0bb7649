//! Any bytes as a page whose list is looked for: `cargo +nightly fuzz run detect fuzz/corpus/detect fuzz/seeds/page`.
#![no_main]

use gazetted::source::{Page, Validators, detect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let page = Page {
        url: "https://www.town.example/notices".parse().expect("an address"),
        content_type: Some("text/html".to_owned()),
        content_language: None,
        body: body.to_vec(),
        validators: Validators::default(),
        fresh_for: None,
        moved: None,
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    let _ = detect::detect(&page, &"town".parse().expect("an id"));
});
