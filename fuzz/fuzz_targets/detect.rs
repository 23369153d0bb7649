//! Any bytes as a page whose list is looked for: `cargo +nightly fuzz run detect fuzz/corpus/detect fuzz/seeds/page`.
#![no_main]

use gazetted::source::detect;
use gazetted_fuzz::page;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let page = page("https://www.town.example/notices", Some("text/html"), body);
    let _ = detect::detect(&page, &"town".parse().expect("an id"));
});
