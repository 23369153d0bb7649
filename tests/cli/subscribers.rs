//! Lists of subscribers in and out, by the real program.

use std::fs;

use crate::{does, refuses};

const CONFIG: &str = r#"
[[source]]
id = "town"
url = "https://town.example/feed.xml"
kind = "feed"
tags = ["local"]
[email]
smtp = "smtp://127.0.0.1:9"
from = "notices@example.org"
[subscribe]
deny_domains = ["denied.example"]
[[subscriber]]
email = "kept@example.net"
"#;

/// A folder with a configuration and a store.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("gazetted.toml"), CONFIG).expect("written");
    // Nobody answers there; the store is made all the same.
    refuses(folder.path(), &["poll"]);
    folder
}

fn import(folder: &tempfile::TempDir, csv: &str, more: &[&str]) -> String {
    fs::write(folder.path().join("in.csv"), csv).expect("written");
    does(folder.path(), &[&["subscribers", "import", "in.csv"], more].concat())
}

#[test]
fn a_list_comes_in_once_and_goes_out_as_it_came() {
    let folder = place();
    let list = "\
Email,sources,tags,include,digest,hour,timezone,language
ann@example.net,town,,\"water, gas\",daily,7,Asia/Seoul,ko
ANN@example.net,,local,,,,,
nobody,,,,,,,
ben@denied.example,,,,,,,
cid@example.net,nowhere,,,,,,
dan@example.net,,,,yearly,,,
ben@example.net,,,,,,Nowhere/City,
eve@example.net,,,,,,,
eve@example.net,,,,,,,
";
    let report = import(&folder, list, &[]);
    for line in [
        "line 4: skipped",
        "line 5: skipped: ben@denied.example",
        "line 6: skipped: cid@example.net: there is no source nowhere",
        "line 7: skipped: dan@example.net",
        "line 8: skipped: ben@example.net",
        "line 10: skipped: eve@example.net: this stands in the file twice",
        "2 subscribed, 0 asked by mail, 6 skipped",
    ] {
        assert!(report.contains(line), "{line} is not in\n{report}");
    }
    let exported = does(folder.path(), &["subscribers", "export"]);
    for line in [
        "ann@example.net,town,,\"water,gas\",,,daily,7,Asia/Seoul,ko,active",
        "ann@example.net,,local,,,,immediate,,Asia/Seoul,ko,active",
        "kept@example.net,",
    ] {
        assert!(exported.contains(line), "{line} is not in\n{exported}");
    }
    let again = import(&folder, &exported, &[]);
    assert!(again.contains("0 subscribed"), "{again}");
    assert_eq!(does(folder.path(), &["subscribers", "export"]), exported);
}

#[test]
fn who_does_not_want_mail_is_left_alone() {
    let folder = place();
    let listmonk = "\
uuid,email,name,attributes,status,created_at,updated_at
1,on@example.net,On,\"{\"\"city\"\": \"\"Here\"\"}\",enabled,2024-01-01,2024-01-01
2,off@example.net,Off,{},disabled,2024-01-01,2024-01-01
3,bad@example.net,Bad,{},blocklisted,2024-01-01,2024-01-01
";
    let report = import(
        &folder,
        listmonk,
        &["--source", "town", "--digest", "weekly", "--hour", "9"],
    );
    assert!(report.contains("1 subscribed, 0 asked by mail, 2 skipped"), "{report}");
    let shown = does(folder.path(), &["subscribers", "list"]);
    assert!(
        shown.contains("on@example.net") && shown.contains("weekly at 9:00 UTC"),
        "{shown}"
    );

    does(folder.path(), &["subscribers", "remove", "--never", "on@example.net"]);
    let report = import(&folder, listmonk, &[]);
    assert!(report.contains("never wants to be written to again"), "{report}");
    assert!(!does(folder.path(), &["subscribers", "export"]).contains("on@example.net"));
    refuses(folder.path(), &["subscribers", "add", "on@example.net"]);
    refuses(folder.path(), &["subscribers", "remove", "kept@example.net"]);
}

#[test]
fn with_confirm_nobody_is_subscribed_but_asked() {
    let folder = place();
    does(
        folder.path(),
        &["subscribers", "add", "--confirm", "--tag", "local", "ann@example.net"],
    );
    let report = import(&folder, "email\nann@example.net\nben@example.net\n", &["--confirm"]);
    assert!(report.contains("0 subscribed, 2 asked by mail, 0 skipped"), "{report}");
    let shown = does(folder.path(), &["subscribers", "list", "--json"]);
    assert!(!shown.contains("ann@") && !shown.contains("ben@"), "{shown}");
    let owed = does(folder.path(), &["deliveries", "list"]);
    assert_eq!(owed.matches("whether a subscription is meant").count(), 3, "{owed}");
}
