//! Promises about sources and their leases.

use std::time::Duration;

use gazetted::{
    notice::Change,
    source::Validators,
    store::{Announce, Health, SourceState, StoreError},
};

use crate::bench::{Bench, LEASE, at, learned, notice, source_id};

async fn a_source_is_leased_to_one_worker_until_the_lease_ends(bench: Bench) {
    let ids = [source_id("a"), source_id("b")];
    bench
        .store
        .enrol_sources(&[(ids[0].clone(), at(10)), (ids[1].clone(), at(5))], at(900))
        .await
        .expect("enrolled");
    let other = bench.other_node().await;

    assert_eq!(bench.store.next_due_source(&ids).await.expect("a time"), Some(at(5)));
    assert!(
        bench
            .store
            .lease_due_sources(&ids, at(4), LEASE, 9)
            .await
            .expect("leases")
            .is_empty()
    );
    let first = bench
        .store
        .lease_due_sources(&ids, at(10), LEASE, 1)
        .await
        .expect("leases");
    assert_eq!(first[0].state.id, ids[1], "the longest due comes first");
    let second = other.lease_due_sources(&ids, at(10), LEASE, 9).await.expect("leases");
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].state.id, ids[0]);
    assert!(
        other
            .lease_source(&ids[1], at(69), LEASE)
            .await
            .expect("an answer")
            .is_none()
    );
    assert_eq!(bench.store.next_due_source(&ids).await.expect("a time"), Some(at(70)));

    let again = other.lease_due_sources(&ids, at(70), LEASE, 9).await.expect("leases");
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|lease| lease.fence == 2));
}

async fn only_sources_that_were_asked_for_are_leased(bench: Bench) {
    bench
        .store
        .enrol_sources(&[(source_id("a"), at(0)), (source_id("b"), at(0))], at(900))
        .await
        .expect("enrolled");
    let leased = bench
        .store
        .lease_due_sources(&[source_id("b")], at(1), LEASE, 9)
        .await
        .expect("leases");
    assert_eq!(leased.len(), 1);
    assert_eq!(leased[0].state.id, source_id("b"));
    assert!(
        bench
            .store
            .lease_source(&source_id("c"), at(1), LEASE)
            .await
            .expect("an answer")
            .is_none()
    );
}

async fn a_lost_lease_records_nothing(bench: Bench) {
    let lost = bench.lease("a").await;
    let held = bench
        .other_node()
        .await
        .lease_source(&source_id("a"), at(61), LEASE)
        .await
        .expect("an answer");
    let held = held.expect("a lease, for the first is over");
    let new = || vec![Change::New(notice("a", "Water off", "On Monday"))];

    let refused = bench.commit(learned(&lost, 62, Announce::Tell, new())).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost)));
    assert!(bench.titles("a").await.is_empty());
    assert_eq!(bench.store.outbox_counts().await.expect("counts").announcements_open, 0);

    let committed = bench
        .commit(learned(&held, 63, Announce::Tell, new()))
        .await
        .expect("a commit");
    assert_eq!(committed.new.len(), 1);
    let twice = bench.commit(learned(&held, 64, Announce::Tell, new())).await;
    assert!(matches!(twice, Err(StoreError::LeaseLost)), "a commit ends its lease");
}

async fn everything_a_poll_says_of_the_source_is_kept(bench: Bench) {
    let lease = bench.lease("a").await;
    assert_eq!(lease.state.health, Health::New);
    let mut learned = learned(&lease, 5, Announce::Baseline, vec![]);
    learned.state = SourceState {
        validators: Validators {
            etag: Some("W/\"1\"".into()),
            last_modified: Some("Tue, 10 Nov 2020".into()),
        },
        next_poll: at(905),
        last_poll: Some(at(5)),
        last_good: Some(at(4)),
        last_new: Some(at(3)),
        failures: 2,
        last_error: Some("no answer\0".into()),
        health: Health::Failing,
        baseline_done: true,
        wait: Duration::from_secs(900),
        waiting: [("nttId=7".to_owned(), 3)].into(),
        ..lease.state
    };
    let mut expected = learned.state.clone();
    bench.commit(learned).await.expect("a commit");
    let mut kept = bench.reopened().await.state("a").await;
    // PostgreSQL knows no NUL.
    kept.last_error = None;
    expected.last_error = None;
    assert_eq!(kept, expected);
}

async fn enrolling_again_changes_nothing_but_brings_back_what_waits_too_long(bench: Bench) {
    bench
        .poll("a", 100, Announce::Baseline, vec![notice("a", "Old", "")])
        .await;
    assert_eq!(bench.state("a").await.next_poll, at(1_000));
    bench
        .store
        .enrol_sources(&[(source_id("a"), at(0))], at(2_000))
        .await
        .expect("enrolled");
    assert_eq!(bench.state("a").await.next_poll, at(1_000));
    bench
        .store
        .enrol_sources(&[(source_id("a"), at(0))], at(500))
        .await
        .expect("enrolled");
    let state = bench.state("a").await;
    assert_eq!(state.next_poll, at(500));
    assert!(state.baseline_done);
    assert_eq!(state.notices, 1);
}

async fn a_lease_of_a_clock_that_jumped_is_brought_back(bench: Bench) {
    let id = source_id("a");
    bench
        .store
        .enrol_sources(&[(id.clone(), at(0))], at(900))
        .await
        .expect("enrolled");
    bench
        .store
        .lease_source(&id, at(30_000_000), LEASE)
        .await
        .expect("an answer")
        .expect("a lease");
    bench
        .store
        .enrol_sources(&[(id.clone(), at(0))], at(900))
        .await
        .expect("enrolled");
    assert_eq!(bench.store.next_due_source(&[id]).await.expect("a time"), Some(at(900)));
}

kept_by_both! {
    a_source_is_leased_to_one_worker_until_the_lease_ends,
    only_sources_that_were_asked_for_are_leased,
    a_lost_lease_records_nothing,
    everything_a_poll_says_of_the_source_is_kept,
    enrolling_again_changes_nothing_but_brings_back_what_waits_too_long,
    a_lease_of_a_clock_that_jumped_is_brought_back,
}
