//! Any bytes in any charset: `cargo +nightly fuzz run charset fuzz/corpus/charset fuzz/seeds/feed`.
//!
//! All bytes are decoded, as whatever they are taken for, into a text that is not longer than a charset can make it.
#![no_main]

use gazetted::source::charset::{self, Format, Hint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    for format in [Format::Html, Format::Xml, Format::Json] {
        for tld in [None, Some("kr")] {
            let decoded = charset::decode(body, None, Hint { format, tld });
            assert!(decoded.text.len() <= 4 * body.len() + 4);
        }
    }
});
