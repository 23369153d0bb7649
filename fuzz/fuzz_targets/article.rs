//! Any bytes as the page of one notice: `cargo +nightly fuzz run article fuzz/corpus/article fuzz/seeds/page`.
#![no_main]

use gazetted::source::{article, draft::Draft};
use gazetted_fuzz::page;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let page = page("https://www.town.example/notices/1", Some("text/html"), body);
    let mut draft = Draft {
        title: Some("Road closed".to_owned()),
        ..Draft::default()
    };
    let _ = article::complete(&mut draft, &article::Rules::default(), &page);
});
