//! Promises about our hub: what is asked of it, who is told, and what was distributed.

use std::collections::HashMap;

use gazetted::{
    delivery::{Fate, Occasion},
    store::{Lane, Rates, Verified},
    websub::{Intent, Mode},
};
use url::Url;

use crate::bench::{Bench, LEASE, at, source_id};

const TOPIC: &str = "https://us.example/feeds/all.atom";

const RATES: Rates = Rates {
    per_callback: 2,
    per_host: 3,
};

fn intent(mode: Mode, callback: &str, now: i64) -> Intent {
    Intent {
        mode,
        callback: format!("https://them.example/{callback}").parse().expect("an address"),
        host: "them.example".into(),
        topic: TOPIC.into(),
        secret: Some("secret".into()),
        lease: 3_600,
        asked: at(now),
        tries: 0,
        version: 0,
    }
}

async fn leased(bench: &Bench, now: i64) -> Vec<Intent> {
    let leased = bench.store.lease_intents(at(now), LEASE, RATES, 9).await;
    leased.expect("intents")
}

/// Subscribes the callback, the topic being at `version`.
async fn subscribe(bench: &Bench, callback: &str, now: i64, version: i64) {
    let new = intent(Mode::Subscribe, callback, now);
    assert!(bench.store.ask_hub(&new, 100).await.expect("kept"));
    for intent in leased(bench, now).await {
        let meant = Verified::Meant { version };
        bench
            .store
            .settle_intent(&intent, meant, at(now))
            .await
            .expect("settled");
    }
}

async fn an_intent_is_looked_at_by_one_worker_and_the_newest_counts(bench: Bench) {
    let first = intent(Mode::Subscribe, "a", 10);
    assert!(bench.store.ask_hub(&first, 100).await.expect("kept"));
    assert_eq!(bench.store.next_due_intent().await.expect("a time"), Some(at(10)));
    let [seen] = &leased(&bench, 10).await[..] else {
        panic!("one intent");
    };
    assert_eq!((seen.tries, seen.secret.as_deref()), (1, Some("secret")));
    assert_eq!(leased(&bench, 11).await, []);
    let newer = intent(Mode::Unsubscribe, "a", 12);
    assert!(bench.store.ask_hub(&newer, 100).await.expect("kept"));
    let meant = Verified::Meant { version: 1 };
    bench.store.settle_intent(seen, meant, at(13)).await.expect("too late");
    assert_eq!(bench.store.subscription(&seen.id()).await.expect("none"), None);
    assert_eq!(bench.store.topics(at(13)).await.expect("none"), []);
    let again = leased(&bench, 100).await;
    assert_eq!((again.len(), again[0].mode), (1, Mode::Unsubscribe));
}

async fn callbacks_and_hosts_are_asked_so_often_an_hour_and_no_oftener(bench: Bench) {
    for now in [10, 20, 30] {
        bench
            .store
            .ask_hub(&intent(Mode::Subscribe, "a", now), 100)
            .await
            .expect("kept");
        let asked = leased(&bench, now).await;
        assert_eq!(asked.len(), usize::from(now < 30), "twice for one callback");
        for intent in asked {
            bench
                .store
                .settle_intent(&intent, Verified::Refused, at(now))
                .await
                .expect("settled");
        }
    }
    for callback in ["b", "c"] {
        bench
            .store
            .ask_hub(&intent(Mode::Subscribe, callback, 40), 100)
            .await
            .expect("kept");
    }
    assert_eq!(leased(&bench, 40).await.len(), 1, "three times for one host");
    assert_eq!(leased(&bench, 3_500).await.len(), 0);
    assert_eq!(leased(&bench, 8_000).await.len(), 3, "an hour later");
}

async fn a_host_has_so_many_subscriptions_and_no_more(bench: Bench) {
    subscribe(&bench, "a", 10, 1).await;
    assert!(
        bench
            .store
            .ask_hub(&intent(Mode::Subscribe, "b", 20), 2)
            .await
            .expect("kept")
    );
    assert!(
        !bench
            .store
            .ask_hub(&intent(Mode::Subscribe, "c", 20), 2)
            .await
            .expect("full")
    );
    assert!(
        bench
            .store
            .ask_hub(&intent(Mode::Subscribe, "a", 20), 2)
            .await
            .expect("one that is known")
    );
}

async fn a_changed_topic_is_owed_once_to_all_its_subscribers(bench: Bench) {
    let other = bench.other_node().await;
    subscribe(&bench, "a", 10, 5).await;
    subscribe(&bench, "b", 10, 7).await;
    assert_eq!(
        bench.store.topics(at(20)).await.expect("topics"),
        [(TOPIC.to_owned(), 5)],
        "what came before the second is owed to the first"
    );
    assert_eq!(bench.store.distribute(TOPIC, 5, 7, at(20)).await.expect("owed"), 2);
    assert_eq!(other.distribute(TOPIC, 5, 7, at(20)).await.expect("owed already"), 0);
    assert_eq!(bench.store.distribute(TOPIC, 7, 7, at(20)).await.expect("the same"), 0);
    let due = bench.due(Lane::Hub, 20).await;
    assert_eq!(due.len(), 2);
    assert!(due.iter().all(|delivery| delivery.occasion == Occasion::Topic(7)));

    // One is being sent, one is to be tried again, when the topic changes once more.
    let again = Fate::Again {
        at: at(500),
        why: "busy".into(),
        ambiguous: false,
    };
    bench.settle(&due[0], 21, again).await;
    assert_eq!(bench.store.distribute(TOPIC, 7, 9, at(22)).await.expect("owed"), 2);
    let newer = bench.due(Lane::Hub, 22).await;
    assert_eq!(newer.len(), 2);
    assert!(newer.iter().all(|delivery| delivery.occasion == Occasion::Topic(9)));
    assert_eq!(bench.settle(&due[1], 23, Fate::Sent).await, 1);
    for delivery in &newer {
        bench.settle(delivery, 23, Fate::Sent).await;
    }
    assert_eq!(bench.due(Lane::Hub, 9_999).await, []);
}

async fn a_subscription_ends_with_its_lease_or_when_it_is_left(bench: Bench) {
    subscribe(&bench, "a", 10, 5).await;
    subscribe(&bench, "b", 100, 5).await;
    let [a, b] = ["a", "b"].map(|callback| intent(Mode::Subscribe, callback, 0).id());
    let of_a = bench
        .store
        .subscription(&a)
        .await
        .expect("a store")
        .expect("it is there");
    assert_eq!((of_a.until, of_a.secret.as_deref()), (at(10 + 3_600), Some("secret")));
    assert_eq!(of_a.id(), a);
    assert_eq!(bench.store.distribute(TOPIC, 5, 6, at(3_650)).await.expect("owed"), 1);
    assert_eq!(bench.due(Lane::Hub, 3_650).await[0].receiver, b);
    bench.store.end_subscription(&b).await.expect("ended");
    assert_eq!(bench.store.subscription(&b).await.expect("a store"), None);
    assert_eq!(bench.store.topics(at(3_650)).await.expect("topics"), []);
    subscribe(&bench, "b", 3_700, 9).await;
    assert_eq!(
        bench.store.topics(at(3_700)).await.expect("topics"),
        [(TOPIC.to_owned(), 9)],
        "what came while nobody wanted it is owed to nobody"
    );
    bench
        .store
        .ask_hub(&intent(Mode::Unsubscribe, "b", 8_000), 100)
        .await
        .expect("kept");
    let leaving = leased(&bench, 8_000).await.remove(0);
    bench
        .store
        .settle_intent(&leaving, Verified::Meant { version: 9 }, at(8_000))
        .await
        .expect("left");
    assert_eq!(bench.store.subscription(&b).await.expect("a store"), None);
}

async fn another_hub_is_owed_each_change_once(bench: Bench) {
    let hub: Url = "https://hub.example/".parse().expect("an address");
    assert_eq!(bench.store.told_hub(&hub).await.expect("nothing"), HashMap::new());
    let versions = HashMap::from([(source_id("a"), 3)]);
    let ping = Occasion::Ping {
        topics: vec![TOPIC.into()],
        version: 3,
        part: 0,
    };
    for _ in 0..2 {
        bench
            .store
            .tell_hub(&hub, &versions, std::slice::from_ref(&ping), at(10))
            .await
            .expect("owed");
    }
    assert_eq!(bench.store.told_hub(&hub).await.expect("versions"), versions);
    let due = bench.due(Lane::Hub, 10).await;
    assert_eq!((due.len(), &due[0].occasion), (1, &ping));
    assert_eq!(due[0].receiver.0, "hub:https://hub.example/");
    let listed = bench.store.deliveries(None, 9).await.expect("deliveries");
    assert_eq!(listed[0].title, "1 feeds have changed");
    assert!(bench.store.next_due_delivery(Lane::Hub, &[]).await.expect("a time") > Some(at(10)));
}

kept_by_both! {
    an_intent_is_looked_at_by_one_worker_and_the_newest_counts,
    callbacks_and_hosts_are_asked_so_often_an_hour_and_no_oftener,
    a_host_has_so_many_subscriptions_and_no_more,
    a_changed_topic_is_owed_once_to_all_its_subscribers,
    a_subscription_ends_with_its_lease_or_when_it_is_left,
    another_hub_is_owed_each_change_once,
}
