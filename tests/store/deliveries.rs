//! Promises about deliveries.

use std::sync::Arc;

use gazetted::{
    delivery::{Fate, Occasion, Rendered, State, Stencil},
    store::{Announce, Lane, Rendering, Retry},
};

use crate::bench::{Bench, LEASE, at, hook, notice, reader};

/// One reader, one hook, one notice for each.
async fn one_of_each(bench: &Bench) {
    bench.enrol(&[reader("a"), hook("h", "https://hook.example/")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "Water off", "Monday")])
        .await;
    bench.fan_out(20, Occasion::Notice).await;
}

fn dead(why: &str) -> Fate {
    Fate::Dead {
        why: why.into(),
        ambiguous: false,
    }
}

async fn each_lane_has_leases_of_its_own(bench: Bench) {
    one_of_each(&bench).await;
    assert_eq!(
        bench.store.next_due_delivery(Lane::Mail, &[]).await.expect("a time"),
        Some(at(20))
    );
    assert!(bench.due(Lane::Mail, 19).await.is_empty());
    let mails = bench.due(Lane::Mail, 20).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].receiver, reader("a").id);
    assert_eq!(
        bench.store.next_due_delivery(Lane::Mail, &[]).await.expect("a time"),
        Some(at(80))
    );
    assert_eq!(bench.due(Lane::Webhook, 20).await.len(), 1);
    bench.settle(&mails[0], 21, Fate::Sent).await;
    assert_eq!(
        bench.store.next_due_delivery(Lane::Mail, &[]).await.expect("a time"),
        None
    );
}

async fn a_lease_that_ends_is_given_again_with_a_higher_fence_and_one_more_attempt(bench: Bench) {
    one_of_each(&bench).await;
    let first = bench.due(Lane::Mail, 20).await.remove(0);
    assert_eq!(
        (first.attempt, first.fence, first.lease_until, first.queued),
        (1, 1, at(80), at(20))
    );
    assert!(bench.due(Lane::Mail, 79).await.is_empty());
    let second = bench
        .other_node()
        .await
        .lease_deliveries(Lane::Mail, at(80), LEASE, 9, &[])
        .await
        .expect("deliveries");
    assert_eq!((second[0].id, second[0].attempt, second[0].fence), (first.id, 2, 2));
    assert_eq!(second[0].occasion, first.occasion);

    assert_eq!(bench.settle(&first, 81, Fate::Sent).await, 0, "its lease has passed on");
    assert_eq!(bench.settle(&second[0], 82, Fate::Sent).await, 1);
    assert_eq!(bench.settle(&second[0], 83, dead("late")).await, 0);
    let rows = bench.store.deliveries(Some(State::Sent), 9).await.expect("deliveries");
    assert_eq!((rows.len(), rows[0].attempts, rows[0].at), (1, 2, at(82)));
}

async fn two_nodes_never_lease_one_delivery(bench: Bench) {
    let readers: Vec<_> = (0..40).map(|nth| reader(&format!("r{nth}"))).collect();
    bench.enrol(&readers).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "Water off", "")])
        .await;
    bench.fan_out(20, Occasion::Notice).await;
    let other = bench.other_node().await;
    let mut seen = std::collections::HashSet::new();
    while seen.len() < 40 {
        let (one, two) = tokio::join!(
            bench.store.lease_deliveries(Lane::Mail, at(20), LEASE, 7, &[]),
            other.lease_deliveries(Lane::Mail, at(20), LEASE, 7, &[]),
        );
        for delivery in one.expect("deliveries").into_iter().chain(two.expect("deliveries")) {
            assert!(seen.insert(delivery.id), "leased twice");
        }
    }
}

async fn a_failed_attempt_waits_and_says_why(bench: Bench) {
    one_of_each(&bench).await;
    let first = bench.due(Lane::Mail, 20).await.remove(0);
    let again = Fate::Again {
        at: at(300),
        why: "451 busy".into(),
        ambiguous: true,
    };
    assert_eq!(bench.settle(&first, 21, again).await, 1);
    assert!(bench.due(Lane::Mail, 299).await.is_empty());
    let row = bench
        .store
        .deliveries(Some(State::Queued), 9)
        .await
        .expect("deliveries")
        .into_iter()
        .find(|row| row.id == first.id)
        .expect("its row");
    assert_eq!(
        (row.attempts, row.ambiguous, row.at, row.why.as_deref()),
        (1, 1, at(300), Some("451 busy"))
    );
    assert_eq!(row.title, "Water off");
    assert_eq!(bench.due(Lane::Mail, 300).await[0].attempt, 2);
}

async fn what_was_not_tried_goes_back_as_it_was(bench: Bench) {
    one_of_each(&bench).await;
    let first = bench.due(Lane::Mail, 20).await.remove(0);
    let failed = Fate::Again {
        at: at(30),
        why: "451 busy".into(),
        ambiguous: true,
    };
    bench.settle(&first, 21, failed).await;
    let second = bench.due(Lane::Mail, 30).await.remove(0);
    assert_eq!(second.attempt, 2);
    assert_eq!(bench.settle(&second, 31, Fate::Untried { at: at(90) }).await, 1);
    assert_eq!(
        bench.settle(&second, 32, Fate::Sent).await,
        0,
        "a lease that was given back is over"
    );
    assert!(bench.due(Lane::Mail, 89).await.is_empty());
    let rows = bench
        .store
        .deliveries(Some(State::Queued), 9)
        .await
        .expect("deliveries");
    let row = rows.iter().find(|row| row.id == first.id).expect("its row");
    assert_eq!(
        (row.attempts, row.ambiguous, row.why.as_deref()),
        (1, 1, Some("451 busy"))
    );
    let again = bench.due(Lane::Mail, 90).await.remove(0);
    assert_eq!((again.attempt, again.fence), (2, 3));
}

async fn what_is_owed_to_busy_receivers_takes_nobodys_place(bench: Bench) {
    let hooks = ["busy", "free"].map(|name| hook(name, "https://hook.example/"));
    bench.enrol(&hooks).await;
    let page = vec![notice("a", "Second", ""), notice("a", "First", "")];
    bench.poll("a", 10, Announce::Tell, page).await;
    bench.fan_out(20, Occasion::Notice).await;
    let busy = [hooks[0].id.0.clone()];
    let next = |except: Vec<_>| {
        let store = bench.store.clone();
        async move { store.next_due_delivery(Lane::Webhook, &except).await.expect("a time") }
    };
    assert_eq!(next(busy.to_vec()).await, Some(at(20)));
    let leased = bench
        .store
        .lease_deliveries(Lane::Webhook, at(20), LEASE, 2, &busy)
        .await;
    let leased = leased.expect("deliveries");
    assert!(leased.len() == 2 && leased.iter().all(|delivery| delivery.receiver == hooks[1].id));
    assert_eq!(next(busy.to_vec()).await, Some(at(80)));
    assert_eq!(next(vec![busy[0].clone(), hooks[1].id.0.clone()]).await, None);
    assert_eq!(bench.due(Lane::Webhook, 20).await.len(), 2, "they are still owed");
}

async fn a_dead_letter_keeps_count_of_what_is_in_doubt(bench: Bench) {
    one_of_each(&bench).await;
    let mail = bench.due(Lane::Mail, 20).await.remove(0);
    let fate = Fate::Dead {
        why: "given up".into(),
        ambiguous: true,
    };
    bench.settle(&mail, 21, fate).await;
    let rows = bench.store.deliveries(Some(State::Dead), 9).await.expect("deliveries");
    assert_eq!(rows[0].ambiguous, 1);
}

async fn the_first_rendering_is_repeated_by_every_attempt(bench: Bench) {
    one_of_each(&bench).await;
    let render = |id, fence, bytes: &[u8]| Rendering {
        id,
        fence,
        rendered: Rendered::Whole(bytes.into()),
    };
    let paused = bench.due(Lane::Mail, 20).await.remove(0);
    assert_eq!(paused.rendered, None);
    let current = bench.due(Lane::Mail, 80).await.remove(0);
    let kept = bench
        .store
        .keep_rendered(&[render(paused.id, paused.fence, b"paused")])
        .await
        .expect("an answer");
    assert!(kept.is_empty(), "whoever lost the lease must not send");
    let kept = bench
        .store
        .keep_rendered(&[render(current.id, current.fence, b"one\0\xff")])
        .await
        .expect("an answer");
    assert_eq!(kept, [current.id]);
    bench
        .store
        .keep_rendered(&[render(current.id, current.fence, b"two")])
        .await
        .expect("an answer");
    bench
        .settle(
            &current,
            81,
            Fate::Again {
                at: at(90),
                why: "busy".into(),
                ambiguous: false,
            },
        )
        .await;
    let again = bench.due(Lane::Mail, 90).await.remove(0);
    assert_eq!(
        again.rendered.as_ref().map(Rendered::bytes),
        Some(b"one\0\xff".to_vec().into())
    );
}

async fn a_dead_letter_is_queued_again_as_it_was(bench: Bench) {
    one_of_each(&bench).await;
    let mail = bench.due(Lane::Mail, 20).await.remove(0);
    let call = bench.due(Lane::Webhook, 20).await.remove(0);
    let renderings = [&mail, &call].map(|one| Rendering {
        id: one.id,
        fence: one.fence,
        rendered: Rendered::Whole(b"bytes".to_vec().into()),
    });
    bench.store.keep_rendered(&renderings).await.expect("kept");
    bench.settle(&mail, 21, dead("550 no")).await;
    bench.settle(&call, 21, Fate::Sent).await;
    assert_eq!(
        bench.store.next_due_delivery(Lane::Mail, &[]).await.expect("a time"),
        None
    );

    let these = Retry::These(vec![mail.id, call.id, 999]);
    assert_eq!(
        bench.store.retry_deliveries(&these, at(500)).await.expect("a count"),
        1,
        "what was sent stays sent"
    );
    let again = bench.due(Lane::Mail, 500).await.remove(0);
    assert_eq!(
        (again.id, again.occasion.clone(), again.attempt, again.queued),
        (mail.id, mail.occasion.clone(), 1, at(500))
    );
    assert_eq!(
        again.rendered.as_ref().map(Rendered::bytes),
        Some(b"bytes".to_vec().into())
    );
    assert!(again.fence > mail.fence);

    assert_eq!(
        bench.store.retry_deliveries(&these, at(501)).await.expect("a count"),
        0,
        "it is on its way"
    );
    bench
        .settle(
            &again,
            502,
            Fate::Again {
                at: at(9_000),
                why: "451".into(),
                ambiguous: false,
            },
        )
        .await;
    assert_eq!(
        bench.store.retry_deliveries(&these, at(503)).await.expect("a count"),
        1,
        "no need to wait"
    );
    let once_more = bench.due(Lane::Mail, 503).await.remove(0);
    bench.settle(&once_more, 504, dead("550 no")).await;
    assert_eq!(
        bench
            .store
            .retry_deliveries(&Retry::AllDead, at(600))
            .await
            .expect("a count"),
        1
    );
}

async fn the_bytes_of_what_was_sent_are_dropped(bench: Bench) {
    one_of_each(&bench).await;
    let mail = bench.due(Lane::Mail, 20).await.remove(0);
    bench
        .store
        .keep_rendered(&[Rendering {
            id: mail.id,
            fence: mail.fence,
            rendered: Rendered::Whole(vec![1; 9].into()),
        }])
        .await
        .expect("kept");
    bench.settle(&mail, 21, Fate::Sent).await;
    // A division by zero tells of bytes that were left.
    bench
        .behind_its_back(
            "CREATE TABLE left_over (n integer CHECK (n = 0));
         INSERT INTO left_over SELECT count(*) FROM deliveries WHERE rendered IS NOT NULL",
        )
        .await;
}

async fn what_mails_have_in_common_is_kept_once_and_as_long_as_one_of_them_needs_it(bench: Bench) {
    bench.enrol(&[reader("a"), reader("b")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    bench.fan_out(20, Occasion::Notice).await;
    let mails = bench.due(Lane::Mail, 20).await;
    let stencil = Stencil::of("To: ?\r\n\r\n????", 4..5, &["????"]).expect("a stencil");
    let stencil = Arc::new(stencil);
    let renderings: Vec<_> = mails
        .iter()
        .zip(["ann", "bob"])
        .map(|(one, name)| Rendering {
            id: one.id,
            fence: one.fence,
            rendered: Rendered::Filled(Arc::clone(&stencil), vec![name.to_owned(), format!("<{name}")]),
        })
        .collect();
    bench.store.keep_rendered(&renderings).await.expect("kept");
    bench.settle(&mails[0], 21, Fate::Sent).await;
    bench.settle(&mails[1], 21, dead("550 no")).await;
    bench.store.drop_stencils().await.expect("dropped");
    bench
        .behind_its_back("CREATE TABLE one (n integer CHECK (n = 1)); INSERT INTO one SELECT count(*) FROM stencils;")
        .await;

    bench
        .store
        .retry_deliveries(&Retry::AllDead, at(30))
        .await
        .expect("a count");
    let again = bench.due(Lane::Mail, 30).await.remove(0);
    let bytes = again.rendered.as_ref().map(Rendered::bytes);
    assert_eq!(bytes, Some(b"To: bob\r\n\r\n<bob".to_vec().into()));

    bench.settle(&again, 31, Fate::Sent).await;
    bench.store.drop_stencils().await.expect("dropped");
    bench
        .behind_its_back("CREATE TABLE none (n integer CHECK (n = 0)); INSERT INTO none SELECT count(*) FROM stencils;")
        .await;
}

async fn a_digest_gathers_what_its_window_brings(bench: Bench) {
    bench.enrol(&[reader("a")]).await;
    let page = vec![notice("a", "Second", ""), notice("a", "First", "")];
    bench.poll("a", 10, Announce::Tell, page.clone()).await;
    let window = Occasion::Digest(at(3_600));
    bench.fan_out(20, |_| window.clone()).await;
    let rows = bench.store.deliveries(None, 9).await.expect("deliveries");
    assert_eq!((rows.len(), rows[0].title.as_str()), (1, "2 notices"));
    let digest = bench.due(Lane::Mail, 20).await.remove(0);
    let told: Vec<_> = digest.subjects.iter().map(|subject| subject.notice).collect();
    assert_eq!((digest.occasion, told), (window, vec![page[1].id, page[0].id]));
}

async fn what_comes_too_late_for_a_digest_makes_one_of_its_own(bench: Bench) {
    bench.enrol(&[reader("a")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    let window = Occasion::Digest(at(3_600));
    bench.fan_out(20, |_| window.clone()).await;
    let digest = bench.due(Lane::Mail, 20).await.remove(0);
    for (now, title) in [(30, "Late"), (31, "Later")] {
        bench.poll("a", now, Announce::Tell, vec![notice("a", title, "")]).await;
        bench.fan_out(now, |_| window.clone()).await;
    }
    assert_eq!(bench.settle(&digest, 40, Fate::Sent).await, 1);
    let late = bench.due(Lane::Mail, 40).await;
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].occasion, Occasion::Digest(at(3_601)));
    assert_eq!(late[0].subjects.len(), 2);
}

async fn every_delivery_is_accounted_for(bench: Bench) {
    let readers: Vec<_> = (0..5).map(|nth| reader(&format!("r{nth}"))).collect();
    bench.enrol(&readers).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "Water off", "")])
        .await;
    bench.poll("b", 10, Announce::Hold, vec![notice("b", "Held", "")]).await;
    assert_eq!(bench.fan_out(20, Occasion::Notice).await, 1);
    bench.poll("a", 30, Announce::Tell, vec![notice("a", "Open", "")]).await;
    let due = bench.due(Lane::Mail, 30).await;
    bench.settle(&due[0], 31, Fate::Sent).await;
    bench.settle(&due[1], 31, dead("550")).await;
    bench
        .settle(
            &due[2],
            31,
            Fate::Again {
                at: at(99),
                why: "451".into(),
                ambiguous: false,
            },
        )
        .await;
    bench
        .settle(
            &due[3],
            31,
            Fate::Again {
                at: at(99),
                why: "451".into(),
                ambiguous: false,
            },
        )
        .await;
    bench
        .store
        .stop_receiver(&due[3].receiver, "unsubscribed", at(32))
        .await
        .expect("an answer");
    let counts = bench.store.outbox_counts().await.expect("counts");
    assert_eq!((counts.announcements_open, counts.announcements_held), (1, 1));
    assert_eq!(
        (counts.sent, counts.dead, counts.queued, counts.cancelled, counts.leased),
        (1, 1, 1, 1, 1)
    );
    let rows = bench.store.deliveries(None, 3).await.expect("deliveries");
    assert_eq!(rows.len(), 3);
    assert!(rows[0].id > rows[1].id && rows[1].id > rows[2].id);
}

kept_by_both! {
    each_lane_has_leases_of_its_own,
    a_lease_that_ends_is_given_again_with_a_higher_fence_and_one_more_attempt,
    two_nodes_never_lease_one_delivery,
    a_failed_attempt_waits_and_says_why,
    what_was_not_tried_goes_back_as_it_was,
    what_is_owed_to_busy_receivers_takes_nobodys_place,
    a_dead_letter_keeps_count_of_what_is_in_doubt,
    the_first_rendering_is_repeated_by_every_attempt,
    a_dead_letter_is_queued_again_as_it_was,
    the_bytes_of_what_was_sent_are_dropped,
    what_mails_have_in_common_is_kept_once_and_as_long_as_one_of_them_needs_it,
    a_digest_gathers_what_its_window_brings,
    what_comes_too_late_for_a_digest_makes_one_of_its_own,
    every_delivery_is_accounted_for,
}
