//! Any bytes as a JSON endpoint, whose list is looked for and read: `cargo +nightly fuzz run json fuzz/corpus/json fuzz/seeds/json`.
#![no_main]

use gazetted::source::detect;
use gazetted_fuzz::page;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let page = page("https://www.town.example/api/notices", Some("application/json"), body);
    let _ = detect::detect(&page, &"town".parse().expect("an id"));
});
