//! Promises about what strangers ask for, and what readers choose.

use gazetted::{
    delivery::{Occasion, State},
    store::{Asking, AskingLimits, Kept, Lane},
    subscription::{Receiver, ReceiverId, Request, Wish, hash},
};

use crate::bench::{Bench, at, reader, token_hash};

pub const LIMITS: AskingLimits = AskingLimits {
    per_mailbox: 2,
    per_network: 3,
    per_domain: 4,
    per_hour: 5,
};

const DAY: i64 = 86_400;

pub fn asked(id: &str, name: &str, network: &str, domain: &str, now: i64) -> Asking {
    let request = Request {
        id: id.to_owned(),
        address: format!("{name}@{domain}").parse().expect("an address"),
        language: "ko".to_owned(),
        zone: "Asia/Seoul".to_owned(),
        wish: Wish::default(),
        asked: at(now),
    };
    Asking {
        receiver: request.receiver(),
        unsubscribe_hash: hash(&format!("leave {id}")),
        id: id.to_owned(),
        token_hash: hash(id),
        occasion: Occasion::Confirmation { request: id.to_owned() },
        address: hash(name),
        mailbox: hash(name),
        domain: domain.to_owned(),
        network: Some(network.to_owned()),
        request: Some(request),
        now: at(now),
    }
}

fn kept(reader: Receiver, was: Option<u64>, fulfils: Option<&str>) -> Kept {
    Kept {
        token_hash: token_hash(&reader),
        reader,
        was,
        fulfils: fulfils.map(str::to_owned),
        now: at(50),
    }
}

fn own(number: u32) -> Wish {
    Wish {
        number,
        ..Wish::default()
    }
}

async fn strangers_cause_so_many_mails_and_no_more(bench: Bench) {
    let takes = async |id: &str, name: &str, network: &str, domain: &str, now: i64| {
        let asking = asked(id, name, network, domain, now);
        bench.store.ask(&asking, &LIMITS).await.expect("an answer")
    };
    assert!(takes("a", "ann", "n1", "x.org", 100).await);
    assert!(takes("b", "ann", "n1", "x.org", 101).await);
    assert!(!takes("c", "ann", "n2", "x.org", 102).await, "of one mailbox");
    assert!(takes("d", "ben", "n1", "x.org", 103).await);
    assert!(!takes("e", "eve", "n1", "x.org", 104).await, "of one network");
    assert!(takes("f", "eve", "n2", "x.org", 105).await);
    assert!(!takes("g", "joe", "n3", "x.org", 106).await, "of one domain");
    assert!(takes("h", "joe", "n3", "y.org", 107).await);
    assert!(!takes("i", "kim", "n4", "z.org", 108).await, "in all");
    // The hour is over; the day of the mailbox is not.
    assert!(!takes("j", "ann", "n1", "x.org", 100 + 3_700).await);
    assert!(takes("k", "kim", "n1", "x.org", 100 + 3_700).await);
    assert!(takes("l", "ann", "n1", "x.org", 102 + DAY).await);
    let owed = bench.store.deliveries(None, 99).await.expect("deliveries");
    assert_eq!(owed.len(), 7);
    assert!(owed.iter().all(|row| !format!("{row:?}").contains("ann@")), "{owed:?}");
}

async fn a_request_is_fulfilled_once_or_forgotten(bench: Bench) {
    for (id, now) in [("a", 10), ("b", 20), ("c", 30)] {
        let asking = asked(id, id, "n", "x.org", now);
        assert!(bench.store.ask(&asking, &LIMITS).await.expect("an answer"));
    }
    let request = bench
        .store
        .request(&hash("b"))
        .await
        .expect("an answer")
        .expect("a request");
    let reader = request.confirmed(None, false);
    for is_kept in [true, false] {
        let kept = kept(reader.clone(), None, Some("b"));
        assert_eq!(bench.store.keep_reader(&kept).await.expect("an answer"), is_kept);
    }
    assert_eq!(bench.store.request(&hash("b")).await.expect("an answer"), None);
    bench.store.forget_requests(at(10), at(40)).await.expect("forgotten");
    let ids = bench.store.receivers(None, 9).await.expect("receivers");
    let ids: Vec<_> = ids.into_iter().map(|row| row.receiver.id.0).collect();
    assert_eq!(ids, ["mail:asked c@x.org", "mail:b@x.org"]);
    let owed = bench
        .store
        .lease_deliveries(Lane::Mail, at(60), std::time::Duration::from_secs(9), 9, &[])
        .await;
    assert_eq!(owed.expect("deliveries").len(), 1, "the question that is still open");
}

async fn a_change_is_made_from_what_there_is(bench: Bench) {
    let ann = Receiver {
        wishes: vec![own(1)],
        ..reader("ann")
    };
    let next = Receiver {
        edition: 1,
        ..ann.clone()
    };
    for (kept, is_kept) in [
        (kept(ann.clone(), Some(0), None), false),
        (kept(ann.clone(), None, None), true),
        (kept(next.clone(), Some(0), None), true),
        (kept(next.clone(), Some(0), None), false),
        (kept(ann.clone(), None, None), false),
    ] {
        assert_eq!(bench.store.keep_reader(&kept).await.expect("an answer"), is_kept);
    }
    // Who has left is not brought back by a change.
    assert!(
        bench
            .store
            .stop_receiver(&ann.id, "left", at(60))
            .await
            .expect("an answer")
    );
    let later = Receiver {
        edition: 2,
        ..ann.clone()
    };
    assert!(
        bench
            .store
            .keep_reader(&kept(later, Some(1), None))
            .await
            .expect("an answer")
    );
    let row = bench.store.receiver(&ann.id).await.expect("an answer").expect("a row");
    assert_eq!(row.stopped.as_deref(), Some("left"));
}

async fn what_readers_chose_outlives_the_configuration(bench: Bench) {
    bench.enrol(&[reader("ann"), reader("ben")]).await;
    let both = Receiver {
        wishes: vec![own(0), own(1)],
        edition: 1,
        ..reader("ann")
    };
    assert!(
        bench
            .store
            .keep_reader(&kept(both.clone(), Some(0), None))
            .await
            .expect("an answer")
    );
    let row = async || bench.store.receiver(&both.id).await.expect("an answer").expect("a row");
    bench.enrol(&[reader("ann")]).await;
    assert_eq!((row().await.receiver, row().await.configured), (both.clone(), true));
    bench.enrol(&[]).await;
    assert_eq!(
        (row().await.receiver.wishes, row().await.configured),
        (vec![own(1)], false)
    );
    assert_eq!(bench.store.receiver(&reader("ben").id).await.expect("an answer"), None);
    bench.enrol(&[reader("ann")]).await;
    assert_eq!(row().await.receiver, both);
    // Who left what the configuration says stays without it.
    let mut left = both.clone();
    left.leave(&[0]);
    left.edition = 2;
    assert!(
        bench
            .store
            .keep_reader(&kept(left.clone(), Some(1), None))
            .await
            .expect("an answer")
    );
    bench.enrol(&[reader("ann")]).await;
    assert_eq!(row().await.receiver, left);
}

async fn who_is_erased_is_gone_with_all_that_was_owed(bench: Bench) {
    let ann = reader("ann");
    assert!(
        bench
            .store
            .keep_reader(&kept(ann.clone(), None, None))
            .await
            .expect("an answer")
    );
    let asking = asked("a", "ann", "n", "x.org", 10);
    assert!(bench.store.ask(&asking, &LIMITS).await.expect("an answer"));
    bench
        .store
        .erase_reader(&ann.id, &hash("ann"), true)
        .await
        .expect("erased");
    assert!(bench.store.receivers(None, 9).await.expect("receivers").is_empty());
    assert!(
        bench
            .store
            .deliveries(Some(State::Queued), 9)
            .await
            .expect("deliveries")
            .is_empty()
    );
    assert!(bench.store.is_never_again(&hash("ann")).await.expect("an answer"));
    let again = asked("b", "ann", "n", "x.org", 20);
    assert!(
        !bench.store.ask(&again, &LIMITS).await.expect("an answer"),
        "never again"
    );
    assert!(!ReceiverId::asked("a", "x.org").is_reader());
}

kept_by_both! {
    strangers_cause_so_many_mails_and_no_more,
    a_request_is_fulfilled_once_or_forgotten,
    a_change_is_made_from_what_there_is,
    what_readers_chose_outlives_the_configuration,
    who_is_erased_is_gone_with_all_that_was_owed,
}
