//! Lists of feeds in and out.

use std::fs;

use crate::{does, refuses};

const LIST: &str = r#"<?xml version="1.0" encoding="euc-kr"?>
<opml version="1.0"><body>
 <outline text="TOWNS">
  <outline type="rss" text="Town &amp; country" xmlUrl="https://town.example/rss.xml?board=1" htmlUrl="https://town.example/"/>
  <outline type="rss" text="KOREAN" xmlUrl="https://other.example/rss.xml"/>
 </outline>
 <outline type="rss" text="Not the web" xmlUrl="ftp://files.example/rss.xml"/>
</body></opml>"#;

/// The list, in the charset that it claims.
fn list() -> Vec<u8> {
    let bytes = LIST.as_bytes().to_vec();
    let korean = [0xb0, 0xf8, 0xc1, 0xf6];
    let at = LIST.find("KOREAN").expect("a gap");
    [&bytes[..at], &korean, &bytes[at + 6..]].concat()
}

#[test]
fn a_list_of_feeds_becomes_sources() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("feeds.opml"), list()).expect("written");
    let printed = does(folder.path(), &["sources", "import", "feeds.opml"]);
    fs::write(folder.path().join("printed.toml"), &printed).expect("written");
    does(folder.path(), &["check", "--config", "printed.toml"]);
    for part in [
        "name = \"Town & country\"",
        "url = \"https://town.example/rss.xml?board=1\"",
        "kind = \"feed\"",
        "name = \"공지\"",
        "tags = [\"TOWNS\"]",
    ] {
        assert!(printed.contains(part), "{part} is not in\n{printed}");
    }
    assert!(!printed.contains("ftp:"), "{printed}");
}

#[test]
fn importing_again_adds_only_what_is_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("gazetted.toml");
    fs::write(folder.path().join("feeds.opml"), list()).expect("written");
    let before = "# Mine.\n[[source]]\nid = \"town-example\"\nurl = \"https://town.example/another\"";
    fs::write(&config, before).expect("written");
    let import = ["sources", "import", "feeds.opml", "--save", "gazetted.toml"];
    assert!(does(folder.path(), &import).starts_with("2 of 3 feeds are new"));
    let after = fs::read_to_string(&config).expect("text");
    assert!(after.starts_with(before), "what was there stays to the letter\n{after}");
    does(folder.path(), &["check"]);
    assert!(does(folder.path(), &import).starts_with("0 of 3 feeds are new"));
    assert_eq!(fs::read_to_string(&config).expect("text"), after);

    let exported = does(folder.path(), &["sources", "export"]);
    fs::write(folder.path().join("exported.opml"), exported).expect("written");
    let again = ["sources", "import", "exported.opml", "--save", "gazetted.toml"];
    assert!(does(folder.path(), &again).starts_with("0 of 3 feeds are new"));
}

#[test]
fn boards_are_exported_as_the_feeds_made_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = "[server]\npublic_url = \"https://notices.example.org/\"\n[[source]]\nid = \"town\"\n\
                  url = \"https://town.example/list\"\n[source.board]\nrow = \"tr\"\ntitle = \"a\"\n";
    fs::write(folder.path().join("gazetted.toml"), config).expect("written");
    let exported = does(folder.path(), &["sources", "export"]);
    assert!(
        exported.contains("xmlUrl=\"https://notices.example.org/feeds/town.atom\""),
        "{exported}"
    );
    assert!(exported.contains("htmlUrl=\"https://town.example/list\""), "{exported}");
}

#[test]
fn what_is_no_list_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("page.html"), "<html><body>No feeds</body></html>").expect("written");
    let why = refuses(
        folder.path(),
        &["sources", "import", "page.html", "--save", "gazetted.toml"],
    );
    assert!(why.contains("there is no feed in it"), "{why}");
    assert!(!folder.path().join("gazetted.toml").exists());
}
