//! Promises about receivers.

use gazetted::{
    delivery::{Occasion, State},
    store::{Announce, Lane},
    subscription::{Cadence, Receiver, Wish},
};

use crate::bench::{Bench, at, hook, notice, reader, token_hash};

fn daily_wish() -> Wish {
    Wish {
        cadence: Cadence::Daily { hour: 8 },
        ..Wish::default()
    }
}

async fn the_receivers_are_those_of_the_configuration(bench: Bench) {
    let ids = |rows: Vec<gazetted::store::ReceiverRow>| -> Vec<String> {
        rows.into_iter().map(|row| row.receiver.id.0).collect()
    };
    bench
        .enrol(&[reader("b"), reader("a"), hook("z", "https://hook.example/")])
        .await;
    let all = bench.store.receivers(None, 9).await.expect("receivers");
    assert_eq!(ids(all.clone()), ["hook:z", "mail:a@example.org", "mail:b@example.org"]);
    let page = bench
        .store
        .receivers(Some(&all[0].receiver.id), 1)
        .await
        .expect("receivers");
    assert_eq!(ids(page), ["mail:a@example.org"]);

    let daily = Receiver {
        wishes: vec![daily_wish()],
        ..reader("a")
    };
    bench.enrol(&[daily.clone(), reader("c")]).await;
    let all = bench.store.receivers(None, 9).await.expect("receivers");
    assert_eq!(ids(all.clone()), ["mail:a@example.org", "mail:c@example.org"]);
    assert_eq!(all[0].receiver, daily);
    assert_eq!(bench.store.receiver(&reader("b").id).await.expect("an answer"), None);
    assert_eq!(
        bench
            .store
            .receiver(&daily.id)
            .await
            .expect("an answer")
            .expect("a row")
            .receiver,
        daily
    );
}

async fn a_receiver_is_found_by_its_token(bench: Bench) {
    bench.enrol(&[reader("a"), reader("b")]).await;
    let found = bench
        .store
        .receiver_by_token(&token_hash(&reader("b")))
        .await
        .expect("an answer");
    assert_eq!(found.expect("a receiver").receiver, reader("b"));
    assert_eq!(bench.store.receiver_by_token(&[0; 32]).await.expect("an answer"), None);
}

async fn who_unsubscribed_stays_so_until_resumed(bench: Bench) {
    bench.enrol(&[reader("a")]).await;
    let id = reader("a").id;
    assert!(
        bench
            .store
            .stop_receiver(&id, "unsubscribed", at(5))
            .await
            .expect("an answer")
    );
    assert!(bench.store.stop_receiver(&id, "again", at(6)).await.expect("an answer"));
    assert!(
        !bench
            .store
            .stop_receiver(&reader("nobody").id, "gone", at(6))
            .await
            .expect("an answer")
    );
    bench
        .enrol(&[Receiver {
            wishes: vec![daily_wish()],
            ..reader("a")
        }])
        .await;
    let row = bench.store.receiver(&id).await.expect("an answer").expect("a row");
    assert_eq!(
        (row.stopped.as_deref(), row.stopped_at),
        (Some("unsubscribed"), Some(at(5)))
    );
    assert_eq!(row.receiver.wishes, [daily_wish()]);

    assert!(bench.store.resume_receiver(&id).await.expect("an answer"));
    assert!(
        !bench
            .store
            .resume_receiver(&reader("nobody").id)
            .await
            .expect("an answer")
    );
    let row = bench.store.receiver(&id).await.expect("an answer").expect("a row");
    assert_eq!((row.stopped, row.stopped_at), (None, None));
}

async fn who_unsubscribed_stays_so_while_the_configuration_forgets_them(bench: Bench) {
    bench.enrol(&[reader("a"), reader("b")]).await;
    let id = reader("a").id;
    bench
        .store
        .stop_receiver(&id, "unsubscribed", at(5))
        .await
        .expect("stopped");
    bench.enrol(&[]).await;
    bench.enrol(&[reader("a"), reader("b")]).await;
    let row = bench.store.receiver(&id).await.expect("an answer").expect("a row");
    assert_eq!(
        (row.stopped.as_deref(), row.stopped_at),
        (Some("unsubscribed"), Some(at(5)))
    );
    let named = bench.store.receivers_named(&[id, reader("nobody").id]).await;
    assert_eq!(named.expect("receivers"), [row]);
}

async fn a_webhook_that_was_gone_is_tried_at_its_new_address(bench: Bench) {
    bench.enrol(&[hook("h", "https://old.example/")]).await;
    let id = hook("h", "https://old.example/").id;
    bench
        .store
        .stop_receiver(&id, "410 Gone", at(5))
        .await
        .expect("an answer");
    bench.enrol(&[hook("h", "https://old.example/")]).await;
    assert!(
        bench
            .store
            .receiver(&id)
            .await
            .expect("an answer")
            .expect("a row")
            .stopped
            .is_some()
    );
    bench.enrol(&[hook("h", "https://new.example/")]).await;
    assert_eq!(
        bench
            .store
            .receiver(&id)
            .await
            .expect("an answer")
            .expect("a row")
            .stopped,
        None
    );
}

async fn what_waits_for_one_who_leaves_is_cancelled(bench: Bench) {
    bench.enrol(&[reader("stops"), reader("leaves"), reader("stays")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    bench.fan_out(20, Occasion::Notice).await;
    bench
        .store
        .stop_receiver(&reader("stops").id, "unsubscribed", at(30))
        .await
        .expect("an answer");
    bench.enrol(&[reader("stops"), reader("stays")]).await;
    let due: Vec<_> = bench
        .due(Lane::Mail, 40)
        .await
        .into_iter()
        .map(|delivery| delivery.receiver)
        .collect();
    assert_eq!(due, [reader("stays").id]);
    let cancelled = bench
        .store
        .deliveries(Some(State::Cancelled), 9)
        .await
        .expect("deliveries");
    assert_eq!(cancelled.len(), 2);
    let stopped = cancelled
        .iter()
        .find(|row| row.receiver == reader("stops").id)
        .expect("its row");
    assert_eq!((stopped.why.as_deref(), stopped.at), (Some("unsubscribed"), at(30)));
}

async fn what_was_leased_when_its_receiver_stopped_is_cancelled_at_the_next_lease(bench: Bench) {
    bench.enrol(&[reader("a"), reader("b")]).await;
    bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "First", "")])
        .await;
    bench.fan_out(20, Occasion::Notice).await;
    assert_eq!(bench.due(Lane::Mail, 20).await.len(), 2);
    bench
        .store
        .stop_receiver(&reader("a").id, "unsubscribed", at(30))
        .await
        .expect("an answer");
    let again = bench
        .store
        .lease_deliveries(Lane::Mail, at(90), crate::bench::LEASE, 1, &[])
        .await
        .expect("deliveries");
    assert_eq!(again.len(), 1, "a cancelled one takes nobody's place");
    assert_eq!(again[0].receiver, reader("b").id);
    assert_eq!(bench.store.outbox_counts().await.expect("counts").cancelled, 1);
}

kept_by_both! {
    the_receivers_are_those_of_the_configuration,
    a_receiver_is_found_by_its_token,
    who_unsubscribed_stays_so_until_resumed,
    who_unsubscribed_stays_so_while_the_configuration_forgets_them,
    a_webhook_that_was_gone_is_tried_at_its_new_address,
    what_waits_for_one_who_leaves_is_cancelled,
    what_was_leased_when_its_receiver_stopped_is_cancelled_at_the_next_lease,
}
