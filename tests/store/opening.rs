//! Promises about opening: what is not a sound store of ours is refused, and never replaced.

use std::{
    fs,
    os::unix::fs::{FileExt, PermissionsExt},
    path::Path,
};

use gazetted::{
    store::Store,
    store::{self, Announce, InstallKey, StoreError, sqlite::Sqlite},
};

use crate::{
    bench::{Bench, notice},
    postgres::Database,
};

fn refusal(path: &Path) -> String {
    let before = fs::read(path).expect("a file");
    let refusal = match Sqlite::open(path) {
        Err(StoreError::Unusable(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(fs::read(path).expect("a file"), before, "the file stays as it was");
    refusal
}

/// A file with a store that holds a few notices, closed.
async fn used(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("store.db");
    let made = Sqlite::open(&path).expect("a store");
    made.install_key(InstallKey([1; 32])).await.expect("a key");
    let copy = folder.join("copy.db");
    made.backup(&copy).await.expect("a copy");
    copy
}

async fn a_store_of_a_newer_version_is_refused(bench: Bench) {
    bench.behind_its_back("UPDATE schema_version SET version = 4711").await;
    let refused = bench.try_reopen().await.expect_err("a refusal").to_string();
    assert!(refused.contains("4711") && refused.contains("newer"), "{refused}");
}

async fn a_second_process_opens_a_store_in_use(bench: Bench) {
    bench
        .poll("a", 10, Announce::Baseline, vec![notice("a", "First", "")])
        .await;
    let other = bench.other_node().await;
    assert_eq!(other.source_states().await.expect("states").len(), 1);
    bench
        .poll("a", 20, Announce::Tell, vec![notice("a", "Second", "")])
        .await;
    assert_eq!(other.outbox_counts().await.expect("counts").announcements_open, 1);
}

kept_by_both! {
    a_store_of_a_newer_version_is_refused,
    a_second_process_opens_a_store_in_use,
}

#[tokio::test]
async fn a_new_file_is_for_its_owner_alone_and_leaves_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Sqlite::open(folder.path()).expect("a store in the folder");
    store.ping().await.expect("an answer");
    for file in fs::read_dir(folder.path()).expect("a folder") {
        let file = file.expect("a file");
        let name = file.file_name().into_string().expect("a name");
        assert!(name.starts_with("gazetted.db"), "{name}");
        assert_eq!(
            file.metadata().expect("its rights").permissions().mode() & 0o777,
            0o600,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    fs::write(
        &path,
        "just some text, long enough to be read as a header of a database".repeat(99),
    )
    .expect("a file");
    let text = refusal(&path);
    assert!(text.contains("no SQLite database") && text.contains("backup"), "{text}");
}

#[tokio::test]
async fn an_emptied_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    fs::write(&path, "").expect("a file");
    let text = refusal(&path);
    assert!(text.contains("empty") && text.contains("backup"), "{text}");
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    rusqlite::Connection::open(&path)
        .and_then(|db| db.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)"))
        .expect("a database");
    let text = refusal(&path);
    assert!(text.contains("not one of gazetted's"), "{text}");
}

#[tokio::test]
async fn a_truncated_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = used(folder.path()).await;
    let length = fs::metadata(&path).expect("a file").len();
    fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_len(length / 2))
        .expect("a shorter file");
    let text = refusal(&path);
    assert!(text.contains("damaged") && text.contains("backup"), "{text}");
}

#[tokio::test]
async fn a_damaged_page_is_told_and_not_repaired() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = used(folder.path()).await;
    let length = fs::metadata(&path).expect("a file").len();
    let file = fs::File::options().write(true).open(&path).expect("a file");
    file.write_all_at(&vec![0xa5; usize::try_from(length - 4_096).expect("a length")], 4_096)
        .expect("damage");
    let damaged = match Sqlite::open(&path) {
        Err(error) => error,
        Ok(store) => store.source_states().await.expect_err("damage"),
    };
    let StoreError::Unusable(text) = damaged else {
        panic!("{damaged:?}")
    };
    assert!(text.contains("damaged") && text.contains("backup"), "{text}");
}

#[tokio::test]
async fn a_folder_that_is_missing_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = Sqlite::open(&folder.path().join("missing/store.db")).expect_err("no folder");
    assert!(
        matches!(&error, StoreError::Unusable(text) if text.contains("folder must exist")),
        "{error}"
    );
}

#[tokio::test]
async fn a_backup_is_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = used(folder.path()).await;
    let store = Sqlite::open(&folder.path().join("store.db")).expect("a store");
    assert!(store.backup(&copy).await.is_err(), "nothing is overwritten");
    assert_eq!(fs::metadata(&copy).expect("a file").permissions().mode() & 0o777, 0o600);
    let restored = Sqlite::open(&copy).expect("a store");
    assert_eq!(
        restored.install_key(InstallKey([2; 32])).await.expect("a key"),
        InstallKey([1; 32])
    );
}

#[tokio::test]
async fn an_address_of_no_store_is_told() {
    let error = store::open("mysql://root:secret@host/db", None)
        .await
        .expect_err("no store");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_the_password() {
    let error = store::open("postgres://someone:geheim@127.0.0.1:1/db", None)
        .await
        .expect_err("no server");
    let text = format!("{error} {error:?}");
    assert!(text.contains("127.0.0.1") && !text.contains("geheim"), "{text}");
}

#[tokio::test]
async fn nodes_that_start_together_make_one_schema() {
    let database = Database::fresh().await;
    let nodes = (0..6).map(|_| store::open(&database.url, None));
    for node in futures_util::future::join_all(nodes).await {
        node.expect("a store").ping().await.expect("an answer");
    }
}

#[tokio::test]
async fn a_server_that_cuts_connections_is_asked_again() {
    let bench = Bench::postgres().await;
    bench
        .poll("a", 10, Announce::Baseline, vec![notice("a", "First", "")])
        .await;
    for _ in 0..3 {
        bench
            .behind_its_back(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await;
        assert_eq!(bench.titles("a").await, ["First"]);
    }
}
