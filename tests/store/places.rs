//! Promises about the places of notices in the ledger.

use gazetted::store::Announce;

use crate::bench::{Bench, notice, source_id};

async fn what_came_since_is_told_in_the_order_in_which_it_came(bench: Bench) {
    assert_eq!(bench.store.newest_seq().await.expect("a place"), 0);
    for (now, source, title) in [
        (10, "a", "One"),
        (20, "b", "Two"),
        (30, "a", "Three"),
        (40, "c", "Four"),
    ] {
        let posted = vec![notice(source, title, "text")];
        bench.poll(source, now, Announce::Baseline, posted).await;
    }
    let since = async |sources: &[&str], after: i64, limit: usize| {
        let sources: Vec<_> = sources.iter().map(|source| source_id(source)).collect();
        let entries = bench
            .store
            .entries_after(&sources, after, limit)
            .await
            .expect("entries");
        let told = entries.into_iter().map(|entry| (entry.seq, entry.notice.title));
        told.collect::<Vec<_>>()
    };
    let all = since(&["a", "b", "c"], 0, 9).await;
    let titles: Vec<&str> = all.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(titles, ["One", "Two", "Three", "Four"]);
    assert_eq!(bench.store.newest_seq().await.expect("a place"), all[3].0);
    assert_eq!(since(&["a", "b"], all[0].0, 9).await, all[1..3]);
    assert_eq!(since(&["a", "b", "c"], all[0].0, 1).await, all[1..2]);
    assert_eq!(since(&["a", "b"], all[2].0, 9).await, []);
    // A revision keeps its notice's place.
    let revised = vec![notice("a", "One", "another text")];
    bench.poll("a", 50, Announce::Baseline, revised).await;
    assert_eq!(since(&["a", "b", "c"], 0, 9).await, all);
}

kept_by_both! {
    what_came_since_is_told_in_the_order_in_which_it_came,
}
