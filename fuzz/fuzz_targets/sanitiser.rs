//! Any markup as HTML to show: `cargo +nightly fuzz run sanitiser fuzz/corpus/sanitiser fuzz/seeds/page`.
//!
//! What was cleaned holds no script.
#![no_main]

use gazetted::notice::SafeHtml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|markup: &str| {
    if let Some(html) = SafeHtml::clean(markup, None) {
        assert!(!html.as_str().to_ascii_lowercase().contains("<script"));
        let _ = html.text();
    }
});
