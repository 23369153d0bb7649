//! Promises about announcements: each thing is told once, and a newcomer is not told of the past.

use gazetted::{
    delivery::{Incident, News, Occasion, Subject, Trouble},
    notice::Change,
    store::{Announce, Health, Lane, Learned, NewDelivery, StoreError},
    subscription::ReceiverId,
};

use crate::bench::{Bench, LEASE, at, hook, learned, notice, reader, source_id};

async fn a_baseline_owes_nothing(bench: Bench) {
    let committed = bench
        .poll("a", 10, Announce::Baseline, vec![notice("a", "Old", "")])
        .await;
    assert_eq!((committed.new.len(), committed.announced), (1, 0));
    assert_eq!(bench.announcement(20).await, None);
}

async fn what_is_new_is_announced_once_and_the_oldest_first(bench: Bench) {
    let page = vec![notice("a", "Second", ""), notice("a", "First", "")];
    let committed = bench.poll("a", 10, Announce::Tell, page.clone()).await;
    assert_eq!(committed.announced, 2);
    assert_eq!(bench.poll("a", 20, Announce::Tell, page.clone()).await.announced, 0);

    let first = bench.announcement(30).await.expect("an announcement");
    assert_eq!(
        first.news.notice().expect("a notice"),
        Subject {
            notice: page[1].id,
            revision: 1
        }
    );
    assert_eq!(
        (first.source.clone(), first.cursor.clone(), first.fence),
        (source_id("a"), None, 1)
    );
    let second = bench.announcement(30).await.expect("an announcement");
    assert_eq!(second.news.notice().expect("a notice").notice, page[0].id);
    assert!(second.seq > first.seq);
    assert_eq!(bench.announcement(30).await, None, "both are leased");
    let again = bench.announcement(90).await.expect("its lease is over");
    assert_eq!((again.seq, again.fence), (first.seq, 2));
}

async fn two_nodes_that_race_for_one_notice_announce_it_once(bench: Bench) {
    let other = bench.other_node().await;
    for round in 0..10 {
        let now = 1_000 * (round + 1);
        let early = bench
            .store
            .lease_source(&bench.lease("a").await.state.id, at(now), LEASE)
            .await;
        let early = early.expect("an answer").expect("a lease");
        // The first node is paused beyond its lease, the second takes over, and both commit at once.
        let late = other
            .lease_source(&source_id("a"), at(now + 61), LEASE)
            .await
            .expect("an answer")
            .expect("a lease");
        let found = || vec![Change::New(notice("a", &format!("Notice {round}"), ""))];
        let (one, two) = tokio::join!(
            bench.store.commit(learned(&early, now + 62, Announce::Tell, found())),
            other.commit(learned(&late, now + 62, Announce::Tell, found())),
        );
        assert!(matches!(one, Err(StoreError::LeaseLost)), "{one:?}");
        assert_eq!(two.expect("a commit").announced, 1);
    }
    assert_eq!(
        bench.store.outbox_counts().await.expect("counts").announcements_open,
        10
    );
}

async fn held_announcements_wait_for_an_admin(bench: Bench) {
    for name in ["a", "b"] {
        let lease = bench.lease(name).await;
        let flood = (0..3)
            .map(|nth| Change::New(notice(name, &format!("Notice {nth}"), "")))
            .collect();
        let mut learned = learned(&lease, 10, Announce::Hold, flood);
        learned.state.health = Health::Held;
        assert_eq!(bench.commit(learned).await.expect("a commit").announced, 3);
    }
    assert_eq!(
        (bench.state("a").await.held, bench.state("a").await.health),
        (3, Health::Held)
    );
    assert_eq!(bench.announcement(20).await, None);

    assert_eq!(bench.store.discard_held(&source_id("b")).await.expect("a count"), 3);
    assert_eq!(bench.announcement(20).await, None);
    assert_eq!(bench.titles("b").await.len(), 3, "the notices stay");
    assert_eq!(bench.store.release_held(&source_id("a")).await.expect("a count"), 3);
    assert_eq!(bench.store.release_held(&source_id("a")).await.expect("a count"), 0);
    assert_eq!(
        (bench.state("a").await.held, bench.state("a").await.health),
        (0, Health::Ok)
    );
    assert_eq!(bench.fan_out(20, Occasion::Notice).await, 3);
}

async fn a_newcomer_gets_no_backlog(bench: Bench) {
    bench.enrol(&[reader("early")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    bench.poll("a", 11, Announce::Hold, vec![notice("a", "Held", "")]).await;
    bench.enrol(&[reader("early"), reader("late")]).await;
    bench
        .poll("a", 12, Announce::Tell, vec![notice("a", "Second", "")])
        .await;
    bench.store.release_held(&source_id("a")).await.expect("released");
    assert_eq!(bench.fan_out(20, Occasion::Notice).await, 3);

    let told: Vec<_> = bench
        .due(Lane::Mail, 20)
        .await
        .into_iter()
        .map(|delivery| delivery.receiver.0)
        .collect();
    let count = |name: &str| told.iter().filter(|id| id.contains(name)).count();
    assert_eq!((count("early"), count("late")), (3, 1));
}

async fn a_fan_out_goes_on_where_it_was_and_tells_nobody_twice(bench: Bench) {
    bench.enrol(&[reader("a"), reader("b"), reader("c")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    let paused = bench.announcement(20).await.expect("an announcement");
    let to = |id: &ReceiverId| NewDelivery {
        receiver: id.clone(),
        occasion: Occasion::Notice(paused.news.notice().expect("a notice")),
        subject: paused.news.notice(),
        due: at(20),
    };
    let ids = [reader("a").id, reader("b").id, reader("c").id];
    bench
        .store
        .fan_out(&paused, &[to(&ids[0])], Some(&ids[0]), at(79), LEASE)
        .await
        .expect("a batch");
    assert_eq!(bench.announcement(138).await, None, "a batch prolongs the lease");

    let taken_over = bench
        .other_node()
        .await
        .lease_announcement(at(141), LEASE)
        .await
        .expect("an answer");
    let taken_over = taken_over.expect("its lease is over");
    assert_eq!(taken_over.cursor.as_ref(), Some(&ids[0]));
    let refused = bench
        .store
        .fan_out(&paused, &[to(&ids[1])], Some(&ids[1]), at(82), LEASE)
        .await;
    assert!(matches!(refused, Err(StoreError::LeaseLost)));
    assert_eq!(bench.store.outbox_counts().await.expect("counts").queued, 1);

    let rest = [to(&ids[0]), to(&ids[1]), to(&ids[2])];
    bench
        .store
        .fan_out(&taken_over, &rest, None, at(83), LEASE)
        .await
        .expect("the rest");
    let counts = bench.store.outbox_counts().await.expect("counts");
    assert_eq!((counts.queued, counts.announcements_open), (3, 0));
    let ended = bench.store.fan_out(&taken_over, &rest, None, at(84), LEASE).await;
    assert!(matches!(ended, Err(StoreError::LeaseLost)));
}

async fn a_fan_out_owes_nothing_to_those_who_left_meanwhile(bench: Bench) {
    bench
        .enrol(&[
            reader("gone"),
            hook("stopped", "https://hook.example/"),
            reader("stays"),
        ])
        .await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    let announcement = bench.announcement(20).await.expect("an announcement");
    let receivers = [
        reader("gone").id,
        hook("stopped", "https://hook.example/").id,
        reader("stays").id,
    ];
    bench
        .enrol(&[hook("stopped", "https://hook.example/"), reader("stays")])
        .await;
    bench
        .store
        .stop_receiver(&receivers[1], "410", at(21))
        .await
        .expect("stopped");
    let deliveries = receivers.map(|receiver| NewDelivery {
        receiver,
        occasion: Occasion::Notice(announcement.news.notice().expect("a notice")),
        subject: announcement.news.notice(),
        due: at(22),
    });
    bench
        .store
        .fan_out(&announcement, &deliveries, None, at(22), LEASE)
        .await
        .expect("a fan-out");
    let queued = bench.store.deliveries(None, 9).await.expect("deliveries");
    assert_eq!(queued.len(), 1);
    assert_eq!(queued[0].receiver, reader("stays").id);
}

async fn what_happened_to_a_source_is_owed_with_what_the_poll_taught(bench: Bench) {
    bench.enrol(&[reader("ops")]).await;
    bench
        .poll("a", 10, Announce::Baseline, vec![notice("a", "Old", "")])
        .await;
    let incident = Incident {
        source: source_id("a"),
        trouble: Trouble::Failing,
        at: at(20),
        why: "a login page".to_owned(),
        last_good: Some(at(10)),
    };
    let lease = bench.lease("a").await;
    let learned = Learned {
        incident: Some(incident.clone()),
        ..learned(&lease, 20, Announce::Tell, Vec::new())
    };
    assert_eq!(bench.commit(learned.clone()).await.expect("a commit").announced, 0);
    assert!(
        bench.commit(learned).await.is_err(),
        "its lease is over: nothing is owed twice"
    );

    let announcement = bench.announcement(30).await.expect("an announcement");
    assert_eq!(announcement.news, News::Incident(incident.clone()));
    let delivery = NewDelivery {
        receiver: reader("ops").id,
        occasion: Occasion::Incident(incident.clone()),
        subject: None,
        due: at(30),
    };
    let twice = [delivery.clone(), delivery];
    bench
        .store
        .fan_out(&announcement, &twice, None, at(30), LEASE)
        .await
        .expect("a fan-out");
    let listed = bench.store.deliveries(None, 9).await.expect("deliveries");
    let titles: Vec<&str> = listed.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(titles, ["a is failing"]);
    let due = bench.due(Lane::Mail, 30).await;
    assert_eq!((due.len(), &due[0].occasion), (1, &Occasion::Incident(incident)));
    assert_eq!(due[0].subjects, []);
}

kept_by_both! {
    what_happened_to_a_source_is_owed_with_what_the_poll_taught,
    a_baseline_owes_nothing,
    what_is_new_is_announced_once_and_the_oldest_first,
    two_nodes_that_race_for_one_notice_announce_it_once,
    held_announcements_wait_for_an_admin,
    a_newcomer_gets_no_backlog,
    a_fan_out_goes_on_where_it_was_and_tells_nobody_twice,
    a_fan_out_owes_nothing_to_those_who_left_meanwhile,
}
