//! Any text as a list of subscriptions: `cargo +nightly fuzz run opml fuzz/corpus/opml fuzz/seeds/opml`.
#![no_main]

use gazetted::feed::read_opml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = read_opml(text);
});
