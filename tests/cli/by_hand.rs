//! What helps people who write selectors: `preview --rows` and `check --deep`.

use std::path::Path;

use super::{does, gazetted, refuses};

const CONFIG: &str = r#"
[store]
url = "sqlite:gazetted.db"

[[source]]
id = "town"
url = "https://www.town.example/list.do"
timezone = "Asia/Seoul"
[source.board]
row = "tr"
title = { select = "td.t", strip = "NEW" }
link = { select = "td.t a @onclick", match = '(\d+)', template = "/view?no={1}" }
date = { select = ["td.d", "td.y"], date_format = "%d %b %Y" }
next = "a.next"
pages = 2

[[source]]
id = "api"
url = "https://www.town.example/api"
[source.json]
items = "list"
title = "t"
link = "/view/{n}"
[source.request]
headers = { X-Key = "hunter2" }

[email]
smtp = "smtp://127.0.0.1:25"
from = "Notices <notices@example.org>"
"#;

const BOARD: &str = "<table><tr><th>Title<th>Date</tr><tr><td class=t><a onclick='go(7)'>Water off NEW</a><td class=d>9 Nov<td class=y>2020\
                     <tr><td class=t>NEW<td class=d>soon</tr></table>";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("gazetted.toml", CONFIG);
    write("list.html", BOARD);
    write(
        "list.json",
        r#"{"list": [{"t": "Water off", "n": 7}, {"n": 8}, "odd"]}"#,
    );
    folder
}

fn rows(folder: &Path, source: &str, file: &str) -> String {
    let printed = does(folder, &["preview", source, "--rows", "--file", file]);
    printed
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")
        .collect()
}

#[test]
fn each_row_is_shown_as_the_selectors_see_it() {
    let folder = folder();
    let printed = rows(folder.path(), "town", "list.html");
    for line in [
        "1 left out: it is a heading",
        "2 a notice: 2020-11-09, https://www.town.example/view?no=7",
        "title td.t Water off",
        "date td.d + td.y 2020-11-09",
        "3 set aside: it has no title (NEW soon)",
        "date td.d + td.y -",
    ] {
        assert!(printed.contains(&format!("\n{line}")), "{line:?} is not in\n{printed}");
    }
    let printed = rows(folder.path(), "api", "list.json");
    for line in [
        "1 a notice: no date, https://www.town.example/view/7",
        "title t Water off",
        "2 ",
    ] {
        assert!(printed.contains(&format!("\n{line}")), "{line:?} is not in\n{printed}");
    }
}

#[test]
fn rows_that_are_not_there_are_told_with_what_is_there_instead() {
    let folder = folder();
    std::fs::write(
        folder.path().join("login.html"),
        "<title>Login</title><input type=password>",
    )
    .expect("a file");
    let why = refuses(folder.path(), &["preview", "town", "--rows", "--file", "login.html"]);
    assert!(why.contains("\"tr\" selects nothing"), "{why}");
}

#[test]
fn a_deep_check_counts_what_it_compiled_and_writes_a_sample_mail() {
    let folder = folder();
    let printed = does(folder.path(), &["check", "--deep"]);
    for line in [
        "Compiled: 6 selectors, 1 regular expression, 3 JSONPaths, 2 templates, 1 date format.",
        "Readable: 1 secret.",
        "Known: 2 time zones.",
        "A sample mail has",
    ] {
        assert!(printed.contains(line), "{line:?} is not in\n{printed}");
    }
    assert!(!printed.contains("hunter2"));
    let missing = CONFIG.replace("sqlite:gazetted.db", "sqlite:nowhere/gazetted.db");
    std::fs::write(folder.path().join("gazetted.toml"), missing).expect("a file");
    assert!(gazetted(folder.path(), &["check"]).status.success());
    assert!(refuses(folder.path(), &["check", "--deep"]).contains("there is no folder nowhere"));
}
