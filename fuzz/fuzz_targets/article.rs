//! Any bytes as the page of one notice: `cargo +nightly fuzz run article fuzz/corpus/article fuzz/seeds/page`.
#![no_main]

use gazetted::source::{Page, Validators, article, draft::Draft};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let page = Page {
        url: "https://www.town.example/notices/1".parse().expect("an address"),
        content_type: Some("text/html".to_owned()),
        content_language: None,
        body: body.to_vec(),
        validators: Validators::default(),
        fresh_for: None,
        moved: None,
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut draft = Draft {
        title: Some("Road closed".to_owned()),
        ..Draft::default()
    };
    let _ = article::complete(&mut draft, &article::Rules::default(), &page);
});
