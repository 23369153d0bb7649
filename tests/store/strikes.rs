//! Promises about mails that come back.

use gazetted::{
    delivery::{Blame, Occasion},
    store::{Announce, Lane, StrikeCounts},
};

use crate::bench::{Bench, at, notice, reader};

/// Two mails to one reader, by their numbers.
async fn two_mails(bench: &Bench) -> [i64; 2] {
    bench.enrol(&[reader("a")]).await;
    let page = vec![notice("a", "Second", ""), notice("a", "First", "")];
    bench.poll("a", 10, Announce::Tell, page).await;
    bench.fan_out(20, Occasion::Notice).await;
    let due = bench.due(Lane::Mail, 20).await;
    [due[0].id, due[1].id]
}

async fn a_mail_counts_once_however_often_word_of_it_comes(bench: Bench) {
    let [first, second] = two_mails(&bench).await;
    let strike = async |delivery, blame, now| {
        let struck = bench.store.strike(delivery, blame, "550 no", at(now)).await;
        struck.expect("an answer").expect("a delivery")
    };
    let struck = strike(first, Blame::Hard, 30).await;
    assert_eq!((struck.receiver, struck.is_new), (reader("a").id, true));
    let again = strike(first, Blame::Hard, 40).await;
    assert!(!again.is_new && again.strikes == struck.strikes, "{again:?}");
    assert!(strike(first, Blame::Complaint, 50).await.is_new, "another kind of word");
    let all = strike(second, Blame::Hard, 60).await;
    let blames: Vec<Blame> = all.strikes.iter().map(|strike| strike.blame).collect();
    assert_eq!(blames, [Blame::Hard, Blame::Complaint, Blame::Hard], "newest first");
    assert_eq!((all.strikes[0].at, all.strikes[0].why.as_str()), (at(60), "550 no"));
    let counts = StrikeCounts {
        hard: 2,
        complaint: 1,
        ..StrikeCounts::default()
    };
    assert_eq!(bench.store.strike_counts().await.expect("counts"), counts);
    let nobody = bench.store.strike(99_999, Blame::Hard, "", at(70)).await;
    assert_eq!(nobody.expect("an answer"), None);
}

async fn whoever_comes_back_begins_anew_and_old_word_is_no_news(bench: Bench) {
    let [first, second] = two_mails(&bench).await;
    let store = &bench.store;
    let strike = async |delivery, now| {
        let struck = store.strike(delivery, Blame::Soft, "452 full", at(now)).await;
        struck.expect("an answer").expect("a delivery")
    };
    strike(first, 30).await;
    let id = reader("a").id;
    store
        .stop_receiver(&id, "suspended: 452 full", at(40))
        .await
        .expect("stopped");
    assert_eq!(store.strike_counts().await.expect("counts").suspended, 1);
    store.resume_receiver(&id).await.expect("resumed");
    assert_eq!(store.strike_counts().await.expect("counts").suspended, 0);
    let old = strike(first, 50).await;
    assert!(!old.is_new && old.strikes.is_empty(), "{old:?}");
    assert_eq!(strike(second, 60).await.strikes.len(), 1);
}

kept_by_both! {
    a_mail_counts_once_however_often_word_of_it_comes,
    whoever_comes_back_begins_anew_and_old_word_is_no_news,
}
