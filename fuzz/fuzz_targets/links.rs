//! Any lines as the links of a list, and what tells its rows apart: `cargo +nightly fuzz run links fuzz/corpus/links
//! fuzz/seeds/links`.
#![no_main]

use gazetted::source::links::{self, Linked};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let base = "https://www.town.example/board/list.do?page=1".parse().expect("an address");
    let read = |line: &str| links::absolute(line, &base).map(links::sessionless).map(links::steady);
    let links: Vec<_> = text.lines().take(200).map(read).collect();
    let rows: Vec<Linked<'_>> = links
        .iter()
        .zip(text.lines())
        .map(|(link, title)| Linked { link: link.as_ref(), title })
        .collect();
    assert_eq!(links::keys(&base, &base, &rows).len(), rows.len());
});
