//! However sources are written down, they are read, and what they have in common is kept once.

use std::sync::Arc;

use gazetted::source::Kind;

/// Expects that the sources of `text` have these ids and names.
#[track_caller]
fn check(text: &str, expected: &[(&str, &str)]) {
    let config = super::read(text).unwrap_or_else(|problems| panic!("{problems}"));
    let sources = config.sources.iter().map(|watched| &watched.source);
    let read: Vec<(&str, &str)> = sources
        .map(|source| (source.id.as_str(), source.name.as_str()))
        .collect();
    assert_eq!(read, expected, "{text}");
}

#[test]
fn sources_are_read_wherever_and_however_they_stand() {
    let one = "id = \"a\"\nurl = \"https://a.example/\"\n";
    let other = "[[source]]\nid = \"b\"\nurl = \"https://b.example/\"\n";
    check(&format!("[[source]]\n{one}{other}"), &[("a", "a"), ("b", "b")]);
    check(
        &format!(
            "[[source]]\n{one}[server]\ntitle = \"T\"\n  [[source]] # here\nid = \"b\"\nurl = \"https://b.example/\"\n"
        ),
        &[("a", "a"), ("b", "b")],
    );
    check(&format!("[[ source ]]\n{one}{other}"), &[("a", "a"), ("b", "b")]);
    check(
        &format!("[[\"source\"]]\n{one}[source.request]\n{other}"),
        &[("a", "a"), ("b", "b")],
    );
    check(
        "source = [{ id = \"a\", url = \"https://a.example/\" }]\n",
        &[("a", "a")],
    );
    check(
        "[[source]]\nname = '''\n[[source]] and more'''\nid = \"a\"\nurl = \"https://a.example/\"\n",
        &[("a", "[[source]] and more")],
    );
}

#[test]
fn boards_that_are_read_alike_share_their_rules() {
    let board = |id: &str, row: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nurl = \"https://{id}.example/\"\n[source.board]\nrow = \"{row}\"\ntitle = \"a\"\n[source.article]\n"
        )
    };
    let text = [board("a", "tr"), board("b", "tr"), board("c", "li")].concat();
    let config = super::read(&text).expect("a configuration");
    let rules: Vec<_> = config
        .sources
        .iter()
        .filter_map(|watched| match &watched.source.kind {
            Kind::Board(rules) => Some(rules),
            _ => None,
        })
        .collect();
    assert!(Arc::ptr_eq(rules[0], rules[1]) && !Arc::ptr_eq(rules[0], rules[2]));
    assert_eq!(rules[2].row.as_str(), "li");
}
