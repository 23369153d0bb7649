//! An address becomes a source of the configuration.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use crate::{
    does, gazetted, refuses,
    site::{Shown, Site},
};

const BEFORE: &str = "# Mine.\n[server]\ntitle = \"Town\" # so it is";

const FEED: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Town feed</title><item><title>Water off on Monday</title>\
                    <link>/n/1</link></item><item><title>Library closed</title><link>/n/2</link></item></channel></rss>";

fn site() -> Site {
    Site::start([
        ("/feed", Shown::of("application/rss+xml", FEED)),
        ("/none", Shown::of("text/plain", "none")),
    ])
}

fn written(folder: &Path) -> String {
    fs::read_to_string(folder.join("gazetted.toml")).expect("a configuration")
}

/// A folder with a configuration that only its owner and group read.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("gazetted.toml");
    fs::write(&config, BEFORE).expect("written");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o640)).expect("permissions");
    folder
}

#[test]
fn an_address_is_appended_to_what_was_written() {
    let (site, folder) = (site(), folder());
    let said = does(folder.path(), &["add", &site.url("/feed"), "--id", "town", "--yes"]);
    assert!(said.contains("systemctl restart gazetted"), "{said}");
    let after = written(folder.path());
    assert!(after.starts_with(BEFORE), "what was there stays to the letter\n{after}");
    for part in [
        "id = \"town\"",
        "name = \"Town feed\"",
        &site.url("/feed"),
        "kind = \"feed\"",
    ] {
        assert!(after.contains(part), "{part} is not in\n{after}");
    }
    does(folder.path(), &["check"]);
    let metadata = fs::metadata(folder.path().join("gazetted.toml")).expect("a file");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    let files = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "nothing is left beside it");
}

#[test]
fn an_address_or_an_id_that_is_there_is_refused() {
    let (site, folder) = (site(), folder());
    let add = ["add", &site.url("/feed"), "--id", "town", "--yes"];
    does(folder.path(), &add);
    let after = written(folder.path());
    let why = refuses(folder.path(), &add);
    assert!(
        why.contains("the source town reads") && why.contains("already"),
        "{why}"
    );
    let why = refuses(folder.path(), &["add", &site.url("/other"), "--id", "town", "--yes"]);
    assert!(why.contains("there is a source town") && why.contains("--id"), "{why}");
    let why = refuses(folder.path(), &["add", &site.url("/none"), "--yes"]);
    assert!(why.contains("the source town reads"), "where it leads counts: {why}");
    assert_eq!(written(folder.path()), after);
    assert_eq!(site.asked()[0], "/feed");
    assert!(
        !site.asked().contains(&"/other".to_owned()),
        "what is refused is not asked"
    );
}

#[test]
fn without_a_terminal_and_without_yes_it_only_shows_and_says_what_to_do() {
    let (site, folder) = (site(), folder());
    let output = gazetted(folder.path(), &["add", &site.url("/feed")]);
    let shown = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.contains("[[source]]"), "{shown}");
    assert!(why.contains("add --yes") && why.contains("Library closed"), "{why}");
    assert_eq!(written(folder.path()), BEFORE);
}

#[test]
fn a_link_to_the_configuration_stays_one() {
    let (site, folder) = (site(), folder());
    let link = folder.path().join("link.toml");
    symlink("gazetted.toml", &link).expect("a link");
    does(
        folder.path(),
        &["add", &site.url("/feed"), "--config", "link.toml", "--yes"],
    );
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert!(written(folder.path()).contains("/feed"));
}

#[test]
fn what_would_be_no_configuration_is_not_written() {
    let (site, folder) = (site(), folder());
    for (before, id) in [
        (format!("{BEFORE}\ntypo = 1\n"), "town"),
        (BEFORE.to_owned(), "all"),
        ("source = []\n".to_owned(), "town"),
    ] {
        fs::write(folder.path().join("gazetted.toml"), &before).expect("written");
        let output = gazetted(folder.path(), &["add", &site.url("/feed"), "--id", id, "--yes"]);
        assert_eq!(output.status.code(), Some(78), "{before}");
        assert_eq!(written(folder.path()), before);
    }
}

#[test]
fn an_address_that_is_not_public_is_said_to_need_leave() {
    let (site, folder) = (site(), folder());
    let output = gazetted(folder.path(), &["add", &site.url("/feed"), "--yes"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("allow_networks = [\"127.0.0.1/32\"]"), "{said}");
}
