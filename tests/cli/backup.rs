//! Copies of the store.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use gazetted::store::{InstallKey, Store, sqlite::Sqlite};

use crate::{does, refuses};

/// A folder with a configuration, and a store that holds this key.
async fn place(key: u8) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let config = "[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:notices.db\"\n";
    fs::write(folder.path().join("gazetted.toml"), config).expect("written");
    let store = Sqlite::open(&folder.path().join("notices.db")).expect("a store");
    store.install_key(InstallKey([key; 32])).await.expect("a key");
    folder
}

/// The key that the store in `folder` holds.
async fn key(folder: &Path) -> InstallKey {
    let store = Sqlite::open(&folder.join("notices.db")).expect("a store");
    store.install_key(InstallKey([0; 32])).await.expect("a key")
}

/// The daemon on the store in `folder`; killed when it is dropped.
struct Daemon(Child);

impl Daemon {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gazetted"))
            .arg("run")
            .current_dir(folder)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the daemon runs");
        let log = BufReader::new(child.stderr.take().expect("a log"));
        let daemon = Self(child);
        let ready = log.lines().map_while(Result::ok).any(|line| line.contains("ready"));
        assert!(ready, "the daemon serves");
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_copy_is_made_while_the_daemon_runs_and_restored_when_it_does_not() {
    let folder = place(1).await;
    let other = place(2).await;
    let copy = folder.path().join("copy.db");
    let copied = copy.to_str().expect("text");
    {
        let _daemon = Daemon::start(folder.path());
        does(folder.path(), &["backup", "copy.db"]);
        let why = refuses(folder.path(), &["restore", "copy.db"]);
        assert!(why.contains("already runs"), "{why}");
    }
    let before = fs::read(&copy).expect("a copy");
    let why = refuses(folder.path(), &["backup", "copy.db"]);
    assert!(why.contains("there already"), "{why}");

    let said = does(other.path(), &["restore", copied]);
    assert!(said.contains("notices.db.before"), "{said}");
    assert_eq!(key(other.path()).await, InstallKey([1; 32]));
    assert_eq!(fs::read(&copy).expect("a copy"), before, "the copy stays as it is");
    fs::rename(other.path().join("notices.db.before"), other.path().join("old.db")).expect("renamed");
    does(other.path(), &["restore", "old.db"]);
    assert_eq!(
        key(other.path()).await,
        InstallKey([2; 32]),
        "what was there is not lost"
    );
}

#[tokio::test]
async fn a_copy_can_be_restored_where_there_is_no_store() {
    let folder = place(3).await;
    does(folder.path(), &["backup", "copy.db"]);
    for part in ["notices.db", "notices.db-wal", "notices.db-shm"] {
        let _ = fs::remove_file(folder.path().join(part));
    }
    assert!(refuses(folder.path(), &["backup", "second.db"]).contains("no store"));
    does(folder.path(), &["restore", "copy.db"]);
    assert_eq!(key(folder.path()).await, InstallKey([3; 32]));
}

#[tokio::test]
async fn what_is_no_copy_leaves_the_store_alone() {
    let folder = place(4).await;
    fs::write(folder.path().join("noise"), [0xa5; 10_000]).expect("written");
    fs::write(folder.path().join("empty"), "").expect("written");
    for wrong in ["noise", "empty", "missing"] {
        refuses(folder.path(), &["restore", wrong]);
        assert_eq!(key(folder.path()).await, InstallKey([4; 32]), "{wrong}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").flatten().collect();
    assert!(
        !left
            .iter()
            .any(|file| file.file_name().to_string_lossy().contains("restoring"))
    );
}

#[test]
fn postgresql_is_left_to_its_own_tools() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = "[store]\nurl = \"postgres://user@db.example/notices\"\n";
    fs::write(folder.path().join("gazetted.toml"), config).expect("written");
    assert!(refuses(folder.path(), &["backup", "x"]).contains("pg_dump"));
    assert!(refuses(folder.path(), &["restore", "x"]).contains("pg_restore"));
}
