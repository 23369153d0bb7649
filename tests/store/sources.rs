//! Promises about sources and their leases.

use std::time::Duration;

use gazetted::{
    delivery::{Fate, Occasion},
    notice::Change,
    rhythm::History,
    source::Validators,
    store::{Announce, Course, Health, Horizon, Lane, Learned, Moved, SourceState, StoreError, Waiting},
};

use crate::bench::{Bench, LEASE, among, at, learned, notice, reader, source_id};

async fn a_source_is_leased_to_one_worker_until_the_lease_ends(bench: Bench) {
    let ids = [source_id("a"), source_id("b")];
    let both = among(&ids);
    bench
        .store
        .enrol_sources(&[(ids[0].clone(), at(10)), (ids[1].clone(), at(5))], at(900))
        .await
        .expect("enrolled");
    let other = bench.other_node().await;

    assert_eq!(bench.store.next_due_source(&both).await.expect("a time"), Some(at(5)));
    assert!(
        bench
            .store
            .lease_due_sources(&both, at(4), LEASE, 9)
            .await
            .expect("leases")
            .is_empty()
    );
    let first = bench
        .store
        .lease_due_sources(&both, at(10), LEASE, 1)
        .await
        .expect("leases");
    assert_eq!(first[0].state.id, ids[1], "the longest due comes first");
    let second = other.lease_due_sources(&both, at(10), LEASE, 9).await.expect("leases");
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].state.id, ids[0]);
    assert!(
        other
            .lease_source(&ids[1], at(69), LEASE)
            .await
            .expect("an answer")
            .is_none()
    );
    assert_eq!(bench.store.next_due_source(&both).await.expect("a time"), Some(at(70)));

    let again = other.lease_due_sources(&both, at(70), LEASE, 9).await.expect("leases");
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
        .lease_due_sources(&among(&[source_id("b")]), at(1), LEASE, 9)
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

async fn what_waits_follow_from_is_told_of_all_sources(bench: Bench) {
    let lease = bench.lease("a").await;
    let rhythm = History::from_bytes(&[1; 128]);
    let state = SourceState {
        next_poll: at(500),
        failures: 2,
        definition: Some("as a board".to_owned()),
        rhythm,
        ..lease.state.clone()
    };
    let told = Learned {
        state,
        ..learned(&lease, 10, Announce::Baseline, Vec::new())
    };
    bench.commit(told).await.expect("a commit");
    let expected = Course {
        id: source_id("a"),
        next_poll: at(500),
        failures: 2,
        definition: Some("as a board".to_owned()),
        rhythm,
    };
    assert_eq!(bench.store.courses().await.expect("courses"), [expected]);
}

async fn a_poll_without_news_changes_when_to_ask_and_nothing_else(bench: Bench) {
    let lease = bench.lease("a").await;
    let rich = SourceState {
        definition: Some("as a feed".to_owned()),
        last_answer: Some("digest".to_owned()),
        last_error: None,
        health: Health::Ok,
        next_poll: at(0),
        ..learned(&lease, 10, Announce::Baseline, Vec::new()).state
    };
    let told = Learned {
        state: rich,
        ..learned(&lease, 10, Announce::Baseline, Vec::new())
    };
    bench.commit(told).await.expect("a commit");

    let lease = bench.lease("a").await;
    let rested = SourceState {
        next_poll: at(900),
        last_poll: Some(at(20)),
        last_good: Some(at(20)),
        wait: Duration::from_secs(880),
        rhythm: History::from_bytes(&[2; 128]),
        ..lease.state.clone()
    };
    let told = Learned {
        state: rested.clone(),
        ..learned(&lease, 20, Announce::Tell, Vec::new())
    };
    assert!(told.is_as_leased() && !told.is_news());
    let again = told.clone();
    bench.commit(told).await.expect("a commit");
    assert_eq!(bench.state("a").await, rested);
    assert!(matches!(bench.commit(again).await, Err(StoreError::LeaseLost)));

    let lease = bench.lease("a").await;
    let failing = SourceState {
        health: Health::Failing,
        failures: 1,
        ..lease.state.clone()
    };
    let told = Learned {
        state: failing.clone(),
        ..learned(&lease, 30, Announce::Tell, Vec::new())
    };
    assert!(!told.is_as_leased());
    bench.commit(told).await.expect("a commit");
    assert_eq!(bench.state("a").await, failing);
}

async fn only_what_is_not_well_is_unwell(bench: Bench) {
    for (source, health) in [("a", Health::Ok), ("b", Health::Failing)] {
        let lease = bench.lease(source).await;
        let state = SourceState {
            health,
            ..lease.state.clone()
        };
        let told = Learned {
            state,
            ..learned(&lease, 10, Announce::Baseline, Vec::new())
        };
        bench.commit(told).await.expect("a commit");
    }
    bench
        .store
        .enrol_sources(&[(source_id("c"), at(0))], at(900))
        .await
        .expect("enrolled");
    let mut unwell = bench.store.unwell().await.expect("the unwell");
    unwell.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        unwell,
        [(source_id("b"), Health::Failing), (source_id("c"), Health::New)]
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
        rhythm: History::from_bytes(&1.5_f32.to_le_bytes().repeat(32)),
        waiting: [(
            "nttId=7".to_owned(),
            Waiting {
                polls: 3,
                notice: notice("a", "Water off", "Mon\0day"),
            },
        )]
        .into(),
        gone: 1,
        last_full: Some(at(2)),
        definition: Some("as a board".into()),
        moved: Some(Moved {
            to: "https://new.example/list".parse().expect("an address"),
            seen: 2,
        }),
        articles_due: Some(at(77)),
        recognised: Some(
            serde_json::from_str(r#"{"url":"https://town.example/","list":{"board":{"row":"tr","title":"a"}}}"#)
                .expect("what a page was found to be"),
        ),
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
    assert_eq!(
        bench.store.next_due_source(&among(&[id])).await.expect("a time"),
        Some(at(900))
    );
}

async fn what_a_clock_that_was_ahead_put_far_away_comes_back(bench: Bench) {
    bench.enrol(&[reader("a"), reader("b")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    bench.poll("gone", 10, Announce::Tell, vec![]).await;
    bench.fan_out(20, Occasion::Notice).await;
    let ahead = 400 * 86_400;
    let due = bench.due(Lane::Mail, ahead).await;
    let again = Fate::Again {
        at: at(ahead + 60),
        why: "451".into(),
        ambiguous: false,
    };
    bench.settle(&due[0], ahead, again).await;
    for source in ["a", "gone"] {
        bench
            .poll(source, ahead, Announce::Tell, vec![notice(source, "Second", "")])
            .await;
    }
    let lease = bench.store.lease_source(&source_id("gone"), at(ahead), LEASE).await;
    let mut gone = learned(
        &lease.expect("an answer").expect("a lease"),
        ahead,
        Announce::Tell,
        vec![],
    );
    gone.state.health = Health::Gone;
    bench.commit(gone).await.expect("a commit");
    bench.announcement(ahead).await.expect("an announcement");
    let horizon = Horizon {
        now: at(100),
        polls: at(1_000),
        deliveries: at(86_400),
        leases: at(3_700),
    };
    bench.store.bring_back(horizon).await.expect("brought back");
    assert_eq!(bench.due(Lane::Mail, 100).await.len(), 2);
    assert!(bench.announcement(100).await.is_some());
    assert_eq!(bench.state("a").await.next_poll, at(1_000));
    assert!(
        bench.state("gone").await.next_poll > at(ahead),
        "it is to be left alone"
    );
}

async fn what_is_as_it_should_be_is_not_brought_back(bench: Bench) {
    bench.enrol(&[reader("a")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    bench.fan_out(20, Occasion::Notice).await;
    let leased = bench.due(Lane::Mail, 20).await.remove(0);
    let horizon = Horizon {
        now: at(30),
        polls: at(1_000),
        deliveries: at(86_400),
        leases: at(3_700),
    };
    bench.store.bring_back(horizon).await.expect("brought back");
    assert!(bench.due(Lane::Mail, 30).await.is_empty());
    assert_eq!(bench.settle(&leased, 31, Fate::Sent).await, 1);
    assert_eq!(bench.state("a").await.next_poll, at(910));
}

async fn a_flood_that_is_released_while_its_source_is_polled_stays_released(bench: Bench) {
    let mut flood = learned(
        &bench.lease("a").await,
        10,
        Announce::Hold,
        vec![Change::New(notice("a", "First", ""))],
    );
    flood.state.health = Health::Held;
    bench.commit(flood).await.expect("a commit");
    let mut in_flight = learned(&bench.lease("a").await, 20, Announce::Tell, vec![]);
    in_flight.state.health = Health::Held;
    bench.store.release_held(&source_id("a")).await.expect("released");
    bench.commit(in_flight).await.expect("a commit");
    assert_eq!(
        (bench.state("a").await.held, bench.state("a").await.health),
        (0, Health::Ok)
    );
}

kept_by_both! {
    what_a_clock_that_was_ahead_put_far_away_comes_back,
    what_is_as_it_should_be_is_not_brought_back,
    a_flood_that_is_released_while_its_source_is_polled_stays_released,
    a_source_is_leased_to_one_worker_until_the_lease_ends,
    only_sources_that_were_asked_for_are_leased,
    what_waits_follow_from_is_told_of_all_sources,
    a_poll_without_news_changes_when_to_ask_and_nothing_else,
    only_what_is_not_well_is_unwell,
    a_lost_lease_records_nothing,
    everything_a_poll_says_of_the_source_is_kept,
    enrolling_again_changes_nothing_but_brings_back_what_waits_too_long,
    a_lease_of_a_clock_that_jumped_is_brought_back,
}
