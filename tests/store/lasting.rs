//! Promises about what lasts: restarts, neighbours, load.

use std::{collections::HashSet, sync::Arc};

use gazetted::{
    delivery::Occasion,
    notice::Change,
    store::{Announce, InstallKey, Lane},
};
use tokio::task::JoinSet;

use crate::bench::{Bench, LEASE, among, at, learned, notice, reader, source_id};

async fn reopening_keeps_all(bench: Bench) {
    bench.enrol(&[reader("a")]).await;
    bench
        .poll(
            "a",
            10,
            Announce::Tell,
            vec![notice("a", "Second", "Text"), notice("a", "First", "")],
        )
        .await;
    bench.fan_out(20, Occasion::Notice).await;
    bench
        .poll("a", 30, Announce::Tell, vec![notice("a", "Third", "")])
        .await;
    bench
        .store
        .stop_receiver(&reader("a").id, "unsubscribed", at(40))
        .await
        .expect("an answer");
    let before = (
        bench.titles("a").await,
        bench.store.source_states().await.expect("states"),
        bench.store.receivers(None, 9).await.expect("receivers"),
        bench.store.deliveries(None, 9).await.expect("deliveries"),
        bench.store.outbox_counts().await.expect("counts"),
    );
    let bench = bench.reopened().await;
    let after = (
        bench.titles("a").await,
        bench.store.source_states().await.expect("states"),
        bench.store.receivers(None, 9).await.expect("receivers"),
        bench.store.deliveries(None, 9).await.expect("deliveries"),
        bench.store.outbox_counts().await.expect("counts"),
    );
    assert_eq!(after, before);
    assert_eq!(bench.announcement(50).await.expect("still owed").seq, 3);
}

async fn the_install_key_is_made_once(bench: Bench) {
    let key = bench.store.install_key(InstallKey([1; 32])).await.expect("a key");
    assert_eq!(key, InstallKey([1; 32]));
    assert!(!format!("{key:?}").contains('1'));
    let bench = bench.reopened().await;
    assert_eq!(bench.store.install_key(InstallKey([2; 32])).await.expect("a key"), key);
}

async fn the_store_answers(bench: Bench) {
    bench.store.ping().await.expect("an answer");
}

async fn a_thousand_operations_at_once_are_all_kept(bench: Bench) {
    let sources: Vec<_> = (0..1_000).map(|nth| source_id(&format!("s{nth:04}"))).collect();
    let due: Vec<_> = sources.iter().map(|id| (id.clone(), at(0))).collect();
    bench.store.enrol_sources(&due, at(900)).await.expect("enrolled");
    let leases = bench
        .store
        .lease_due_sources(&among(&sources), at(1), LEASE, 1_000)
        .await
        .expect("leases");
    assert_eq!(leases.len(), 1_000);

    let mut commits = JoinSet::new();
    for lease in leases {
        let store = Arc::clone(&bench.store);
        let new = Change::New(notice(lease.state.id.as_str(), "News", "Text"));
        commits.spawn(async move { store.commit(learned(&lease, 2, Announce::Tell, vec![new])).await });
    }
    let announced: u64 = commits
        .join_all()
        .await
        .into_iter()
        .map(|done| done.expect("a commit").announced)
        .sum();
    assert_eq!(announced, 1_000);

    let bench = bench.reopened().await;
    let states = bench.store.source_states().await.expect("states");
    assert!(states.iter().all(|state| state.notices == 1 && state.version == 1));
    bench.enrol(&[reader("a")]).await;
    let mut seqs = HashSet::new();
    while let Some(announcement) = bench.announcement(3).await {
        seqs.insert(announcement.seq);
    }
    assert_eq!(seqs, (1..=1_000).collect());
    assert!(bench.due(Lane::Mail, 3).await.is_empty());
}

kept_by_both! {
    reopening_keeps_all,
    the_install_key_is_made_once,
    the_store_answers,
    a_thousand_operations_at_once_are_all_kept,
}
