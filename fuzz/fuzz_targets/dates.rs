//! Any text as a date: `cargo +nightly fuzz run dates fuzz/corpus/dates fuzz/seeds/dates`.
#![no_main]

use gazetted::source::dates;
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for language in [None, Some("en"), Some("ko")] {
        let _ = dates::read(text, &TimeZone::UTC, language, Timestamp::UNIX_EPOCH);
        let _ = dates::find(text, &TimeZone::UTC, language, Timestamp::UNIX_EPOCH);
    }
    let _ = dates::has_date(text);
    let _ = dates::is_date(text);
    let _ = dates::looks_like_date(text);
});
