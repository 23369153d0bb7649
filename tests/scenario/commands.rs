//! The commands, as scripts use them.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

/// A folder with a configuration of one source that answers nothing.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        r#"
[server]
listen = "unix:{folder}/http.sock"
public_url = "https://notices.example.org/"

[store]
url = "sqlite:{folder}/gazetted.db"

[[source]]
id = "town"
url = "http://127.0.0.1:9/list.do"
kind = "feed"

[email]
smtp = "smtp://127.0.0.1:9"
from = "notices@example.org"

[[subscriber]]
email = "reader@example.net"
"#,
        folder = folder.path().display()
    );
    fs::write(folder.path().join("gazetted.toml"), text).expect("a file");
    folder
}

fn gazetted(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gazetted"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("GAZETTED_CONFIG")
        .env_remove("NOTIFY_SOCKET")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> (Output, String) {
    let output = gazetted(folder, arguments).output().expect("a program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

#[test]
fn looking_makes_no_store() {
    let folder = folder();
    for arguments in [
        &["status"][..],
        &["deliveries", "list"],
        &["deliveries", "retry"],
        &["release", "town"],
    ] {
        let (output, said) = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said.contains("there is no store"), "{said}");
    }
    assert!(!folder.path().join("gazetted.db").exists());
}

#[test]
fn a_source_whose_certificate_is_not_checked_stands_out() {
    let folder = folder();
    let path = folder.path().join("gazetted.toml");
    let text = fs::read_to_string(&path).expect("a file");
    let careless = "kind = \"feed\"\nrequest = { verify = false, allow_downgrade = true }";
    fs::write(&path, text.replace("kind = \"feed\"", careless)).expect("a file");
    run(folder.path(), &["poll"]);
    for arguments in [&["status"][..], &["status", "--json"]] {
        let (output, _) = run(folder.path(), arguments);
        let said = String::from_utf8_lossy(&output.stdout);
        for key in ["verify = false", "allow_downgrade = true"] {
            assert!(said.contains(key), "{said}");
        }
    }
}

#[test]
fn what_can_not_be_queued_again_is_a_failure() {
    let folder = folder();
    run(folder.path(), &["poll"]);
    let (output, said) = run(folder.path(), &["deliveries", "retry", "99"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("0 of 1"), "{said}");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let folder = folder();
    run(folder.path(), &["poll"]);
    for arguments in [
        &["status"][..],
        &["deliveries", "list", "--json"],
        &["completions", "bash"],
        &["check"],
    ] {
        let mut command = gazetted(folder.path(), arguments);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command
            .stdout(writer)
            .spawn()
            .and_then(Child::wait_with_output)
            .expect("a program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.as_ref()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn watching_does_not_touch_the_store_of_a_configuration() {
    let folder = folder();
    run(folder.path(), &["poll"]);
    let before = fs::read(folder.path().join("gazetted.db")).expect("a store");
    let (output, said) = run(folder.path(), &["watch", "http://127.0.0.1:9/feed.xml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("belongs to a configuration with subscribers"), "{said}");
    assert_eq!(fs::read(folder.path().join("gazetted.db")).expect("a store"), before);
}

#[test]
fn a_signal_ends_the_daemon_well_and_another_one_at_once() {
    let folder = folder();
    for (signals, code) in [(1, 0), (3, 1)] {
        let mut daemon = gazetted(folder.path(), &["run"]).spawn().expect("a program");
        let mut said = daemon.stderr.take().expect("its log");
        let mut log = Vec::new();
        let mut byte = [0];
        while !log.ends_with(b"ready") && said.read(&mut byte).expect("a log") > 0 {
            log.push(byte[0]);
        }
        for _ in 0..signals {
            let id = daemon.id().to_string();
            let killed = Command::new("kill").args(["-TERM", &id]).stderr(Stdio::null()).status();
            assert!(killed.expect("a signal").success() || signals > 1);
        }
        let mut rest = String::new();
        said.read_to_string(&mut rest).expect("a log");
        let ended = daemon.wait().expect("an end").code();
        assert!(
            ended == Some(code) || (signals > 1 && ended == Some(0)),
            "{ended:?}: {rest}"
        );
    }
}
