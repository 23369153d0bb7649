//! Promises about our subscriptions at hubs, and about what hubs push.

use gazetted::{
    source::Hub,
    store::{Announce, SourceState},
    websub::{Offer, Push, Standing, Upstream},
};

use crate::bench::{Bench, at, learned, notice, source_id};

fn hub(name: &str) -> Hub {
    Hub {
        url: format!("https://{name}.example/").parse().expect("an address"),
        topic: "https://town.example/feed".parse().expect("an address"),
    }
}

fn upstream(source: &str, token: &str) -> Upstream {
    let callback = "https://us.example/".parse().expect("an address");
    let token = token.to_owned();
    Upstream::new(source_id(source), hub("hub"), callback, token, "secret".into(), at(10))
}

fn push(text: &str) -> Push {
    Push {
        seq: 0,
        content_type: Some("application/rss+xml".into()),
        body: text.into(),
        at: at(50),
    }
}

async fn a_source_has_one_subscription_that_is_not_being_left(bench: Bench) {
    let other = bench.other_node().await;
    assert!(bench.store.open_upstream(&upstream("a", "one")).await.expect("opened"));
    assert!(!other.open_upstream(&upstream("a", "two")).await.expect("refused"));
    assert!(other.open_upstream(&upstream("b", "three")).await.expect("opened"));
    let one = other.upstream("one").await.expect("a store").expect("it is there");
    assert_eq!(one, upstream("a", "one"));
    assert!(bench.store.change_upstream(&one.left(at(20))).await.expect("left"));
    assert!(other.open_upstream(&upstream("a", "two")).await.expect("opened"));
    let of_a = bench.store.upstreams(Some(&source_id("a"))).await.expect("a store");
    assert_eq!(of_a.len(), 2);
    assert_eq!(bench.store.upstreams(None).await.expect("a store").len(), 3);
    bench.store.close_upstream("one").await.expect("closed");
    assert_eq!(bench.store.upstream("one").await.expect("a store"), None);
}

async fn a_subscription_is_changed_by_whoever_knows_its_newest_version(bench: Bench) {
    let other = bench.other_node().await;
    bench.store.open_upstream(&upstream("a", "one")).await.expect("opened");
    let seen = bench
        .store
        .upstream("one")
        .await
        .expect("a store")
        .expect("it is there");
    let asked = seen.asked_at(at(10));
    assert!(bench.store.change_upstream(&asked).await.expect("changed"));
    assert!(!other.change_upstream(&asked).await.expect("too late"));
    let seen = other.upstream("one").await.expect("a store").expect("it is there");
    assert_eq!((seen.version, seen.asked), (1, 1));
    let topic = hub("hub").topic;
    let lease = Offer::Subscribe { lease: Some(1_000) };
    let held = seen.confirmed(lease, topic.as_str(), at(11)).expect("held");
    assert!(other.change_upstream(&held).await.expect("changed"));
    let seen = bench
        .store
        .upstream("one")
        .await
        .expect("a store")
        .expect("it is there");
    assert_eq!((seen.standing, seen.until), (Standing::Held, Some(at(1_011))));
}

async fn hubs_are_asked_when_they_are_due_the_longest_due_first(bench: Bench) {
    let at_times = [("a", "one", 30), ("b", "two", 20), ("c", "three", 40)];
    for (source, token, due) in at_times {
        let due = Upstream {
            due: at(due),
            ..upstream(source, token)
        };
        bench.store.open_upstream(&due).await.expect("opened");
    }
    let due = bench.store.due_upstreams(at(35), 9).await.expect("a store");
    let tokens: Vec<&str> = due.iter().map(|upstream| upstream.token.as_str()).collect();
    assert_eq!(tokens, ["two", "one"]);
    assert_eq!(bench.store.due_upstreams(at(35), 1).await.expect("a store").len(), 1);
    assert_eq!(bench.store.next_due_upstream().await.expect("a store"), Some(at(20)));
}

async fn the_hub_that_a_source_names_is_kept_with_its_state(bench: Bench) {
    let lease = bench.lease("a").await;
    bench.lease("b").await;
    let mut naming = learned(&lease, 5, Announce::Tell, Vec::new());
    naming.state.hub = Some(hub("hub"));
    naming.state.wishes.quiet_hours = 7;
    let kept = (naming.state.hub.clone(), naming.state.wishes);
    bench.commit(naming).await.expect("a commit");
    let state = bench.state("a").await;
    assert_eq!((state.hub, state.wishes), kept);
    assert_eq!(
        bench.store.hubs().await.expect("a store"),
        [(source_id("a"), hub("hub"))]
    );
}

async fn a_source_is_due_until_all_that_was_pushed_is_read(bench: Bench) {
    bench
        .poll("a", 10, Announce::Baseline, vec![notice("a", "One", "")])
        .await;
    for text in ["first", "second"] {
        assert!(bench.store.push(&source_id("a"), &push(text), 2).await.expect("kept"));
    }
    assert!(
        !bench
            .store
            .push(&source_id("a"), &push("third"), 2)
            .await
            .expect("full")
    );
    let state: SourceState = bench.state("a").await;
    assert_eq!((state.next_poll, state.pushes), (at(50), 2));

    for (text, left, next) in [("first", 1, 60), ("second", 0, 60 + 900)] {
        let lease = bench.lease("a").await;
        let oldest = bench.store.oldest_push(&source_id("a")).await.expect("a store");
        let oldest = oldest.expect("a push");
        assert_eq!((oldest.body.as_slice(), oldest.at), (text.as_bytes(), at(50)));
        assert_eq!(oldest.content_type.as_deref(), Some("application/rss+xml"));
        let mut read = learned(&lease, 60, Announce::Tell, Vec::new());
        read.push = Some(oldest.seq);
        bench.commit(read).await.expect("a commit");
        let state = bench.state("a").await;
        assert_eq!((state.pushes, state.next_poll), (left, at(next)));
    }
    assert_eq!(bench.store.oldest_push(&source_id("a")).await.expect("a store"), None);
}

async fn a_push_during_a_poll_is_not_forgotten_by_it(bench: Bench) {
    let lease = bench.lease("a").await;
    assert!(bench.store.push(&source_id("a"), &push("news"), 9).await.expect("kept"));
    let polled = learned(&lease, 60, Announce::Tell, Vec::new());
    bench.commit(polled).await.expect("a commit");
    let state = bench.state("a").await;
    assert_eq!((state.pushes, state.next_poll), (1, at(60)));
}

kept_by_both! {
    a_source_has_one_subscription_that_is_not_being_left,
    a_subscription_is_changed_by_whoever_knows_its_newest_version,
    hubs_are_asked_when_they_are_due_the_longest_due_first,
    the_hub_that_a_source_names_is_kept_with_its_state,
    a_source_is_due_until_all_that_was_pushed_is_read,
    a_push_during_a_poll_is_not_forgotten_by_it,
}
