//! Promises about what came when, and about sources that get another name.

use gazetted::{
    notice::{Change, NoticeId},
    store::{Announce, Around, Scope, Span},
    subscription::Rule,
};

use crate::asking::{LIMITS, asked};
use crate::bench::{Bench, at, learned, named, notice, reader, source_id};

fn span(from: i64, until: i64) -> Span {
    Span {
        from: at(from),
        until: at(until),
    }
}

fn of(source: &str) -> Scope {
    Scope::Source(source_id(source))
}

/// Polls `source`, which shows `title` under `key`, known or not.
async fn shows(bench: &Bench, source: &str, now: i64, key: &str, title: &str) {
    let lease = bench.lease(source).await;
    let shown = named(source, key, title, "");
    let known = bench.store.known(&[shown.id]).await.expect("known");
    let change = match known.get(&shown.id) {
        None => Change::New(shown),
        Some(known) => {
            let mut kept = shown;
            kept.id = known.id;
            Change::Revised(kept)
        }
    };
    let learned = learned(&lease, now, Announce::Tell, vec![change]);
    bench.commit(learned).await.expect("a commit");
}

async fn past(bench: &Bench, scope: &Scope, span: Span) -> Vec<(String, u32)> {
    let past = bench.store.past(scope, span, 0, 10).await.expect("the past");
    let told = past.into_iter().map(|entry| (entry.notice.title, entry.revision));
    told.collect()
}

async fn a_span_of_the_past_stays_as_it_was_at_its_end(bench: Bench) {
    shows(&bench, "a", 110, "1", "Water off").await;
    shows(&bench, "a", 150, "2", "Road closed").await;
    shows(&bench, "b", 160, "1", "Of another source").await;
    let first = [("Water off".to_owned(), 1), ("Road closed".to_owned(), 1)];
    assert_eq!(past(&bench, &of("a"), span(100, 200)).await, first);

    shows(&bench, "a", 210, "1", "Water off on Monday").await;
    shows(&bench, "a", 310, "3", "Library closed").await;
    shows(&bench, "a", 320, "1", "Water off on Tuesday").await;
    assert_eq!(past(&bench, &of("a"), span(100, 200)).await, first);
    assert_eq!(
        past(&bench, &of("a"), span(200, 300)).await,
        [("Water off on Monday".to_owned(), 2)]
    );
    let last = [("Water off on Tuesday".to_owned(), 3), ("Library closed".to_owned(), 1)];
    assert_eq!(past(&bench, &of("a"), span(300, 400)).await, last);
    assert_eq!(past(&bench, &of("nobody"), span(0, 400)).await, []);

    let second = bench
        .store
        .past(&of("a"), span(100, 200), 1, 1)
        .await
        .expect("the past");
    assert_eq!(second[0].notice.title, "Road closed");
    let both = Scope::Sources(vec![source_id("a"), source_id("b"), source_id("a")]);
    assert_eq!(past(&bench, &both, span(100, 200)).await.len(), 3);
}

async fn what_came_before_and_after_a_span_is_known(bench: Bench) {
    let around = async |scope: &Scope, span| bench.store.around(scope, span).await.expect("around");
    assert_eq!(around(&of("a"), span(100, 200)).await, Around::default());
    shows(&bench, "a", 110, "1", "Water off").await;
    shows(&bench, "a", 150, "2", "Road closed").await;
    shows(&bench, "b", 260, "1", "Of another source").await;
    shows(&bench, "a", 310, "1", "Water off on Monday").await;
    let told = |within, before: Option<i64>, after: Option<i64>| Around {
        within,
        before: before.map(at),
        after: after.map(at),
    };
    assert_eq!(around(&of("a"), span(0, 100)).await, told(0, None, Some(110)));
    assert_eq!(around(&of("a"), span(100, 200)).await, told(2, None, Some(310)));
    assert_eq!(around(&of("a"), span(200, 300)).await, told(0, Some(150), Some(310)));
    assert_eq!(around(&of("a"), span(300, 400)).await, told(1, Some(150), None));
    assert_eq!(around(&of("a"), span(400, 500)).await, told(0, Some(310), None));
    let both = Scope::Sources(vec![source_id("a"), source_id("b")]);
    assert_eq!(around(&both, span(300, 400)).await, told(1, Some(260), None));
}

async fn the_newest_corrections_come_first(bench: Bench) {
    shows(&bench, "a", 110, "1", "Water off").await;
    shows(&bench, "a", 120, "2", "Road closed").await;
    shows(&bench, "a", 130, "3", "Never changed").await;
    shows(&bench, "a", 210, "2", "Road open").await;
    shows(&bench, "a", 220, "1", "Water on").await;
    let titles = async |limit| {
        let corrected = bench.store.corrected(&of("a"), limit).await.expect("corrections");
        let titles = corrected.into_iter().map(|entry| entry.notice.title);
        titles.collect::<Vec<_>>()
    };
    assert_eq!(titles(5).await, ["Water on", "Road open"]);
    assert_eq!(titles(1).await, ["Water on"]);
}

async fn a_source_with_another_name_keeps_its_notices_their_ids_and_its_readers(bench: Bench) {
    let mut follower = reader("follower");
    follower.wishes[0].rule = Rule {
        sources: vec![source_id("old"), source_id("other")],
        query: "road source:old -source:other".parse().ok(),
        ..Rule::default()
    };
    bench.enrol(&[follower.clone()]).await;
    let mut asking = asked("r", "ann", "n1", "x.org", 100);
    if let Some(request) = &mut asking.request {
        request.wish.rule.query = "source:old".parse().ok();
    }
    assert!(bench.store.ask(&asking, &LIMITS).await.expect("an answer"));
    shows(&bench, "old", 110, "1", "Water off").await;
    shows(&bench, "old", 120, "2", "Road closed").await;
    shows(&bench, "old", 130, "2", "Road open").await;
    let kept = NoticeId::of(&source_id("old"), "1");

    let (new, old) = (source_id("new"), source_id("old"));
    assert!(bench.store.adopt(&new, &old).await.expect("adopted"));
    assert!(!bench.store.adopt(&new, &old).await.expect("nothing left"));
    assert_eq!(bench.titles("new").await.len(), 2);
    assert!(bench.titles("old").await.is_empty());
    let state = bench.state("new").await;
    assert_eq!((state.notices, state.baseline_done), (2, true));
    assert!(!bench.store.standings().await.expect("standings").contains_key(&old));
    let (entry, earlier) = bench.store.entry(kept).await.expect("the store").expect("the notice");
    assert_eq!((entry.source, earlier.len()), (new.clone(), 0));
    let receiver = bench
        .store
        .receiver(&follower.id)
        .await
        .expect("the store")
        .expect("a receiver");
    assert_eq!(
        receiver.receiver.wishes[0].rule.sources,
        [new.clone(), source_id("other")]
    );
    let query = |rule: &Rule| rule.query.as_ref().map(ToString::to_string).unwrap_or_default();
    assert_eq!(
        query(&receiver.receiver.wishes[0].rule),
        "road source:new -source:other"
    );
    let request = bench.store.request(&asking.token_hash).await.expect("the store");
    assert_eq!(query(&request.expect("a request").wish.rule), "source:new");
    // What is owed is told as the new source's.
    assert_eq!(bench.announcement(200).await.map(|owed| owed.source), Some(new.clone()));

    // The source shows its notices again, under ids that are made of its new name.
    shows(&bench, "new", 310, "1", "Water off on Monday").await;
    let (entry, earlier) = bench.store.entry(kept).await.expect("the store").expect("the notice");
    assert_eq!(
        (entry.notice.title.as_str(), entry.revision, earlier.len()),
        ("Water off on Monday", 2, 1)
    );
    shows(&bench, "new", 320, "3", "Library closed").await;
    assert_eq!(bench.titles("new").await.len(), 3);

    // And it can be renamed again.
    assert!(bench.store.adopt(&source_id("newest"), &new).await.expect("adopted"));
    shows(&bench, "newest", 410, "1", "Water on").await;
    let (entry, _) = bench.store.entry(kept).await.expect("the store").expect("the notice");
    assert_eq!((entry.notice.title.as_str(), entry.revision), ("Water on", 3));
    assert_eq!(bench.titles("newest").await.len(), 3);
    let newest = source_id("newest");
    let renamed = bench.store.renamed().await.expect("names");
    assert_eq!(
        renamed,
        [(old.clone(), newest.clone()), (new.clone(), newest.clone())].into()
    );

    // And be called again what it was.
    assert!(bench.store.adopt(&old, &newest).await.expect("adopted"));
    let renamed = bench.store.renamed().await.expect("names");
    assert_eq!(renamed, [(new, old.clone()), (newest, old)].into());
}

async fn a_source_that_is_known_under_both_names_shows_each_notice_once(bench: Bench) {
    shows(&bench, "old", 110, "1", "Water off").await;
    shows(&bench, "old", 120, "2", "Gone from the board").await;
    shows(&bench, "new", 210, "1", "Water off").await;
    let (new, old) = (source_id("new"), source_id("old"));
    assert!(bench.store.adopt(&new, &old).await.expect("adopted"));
    assert_eq!(bench.titles("new").await.len(), 2);
    assert_eq!(bench.state("new").await.notices, 2);
    // What was told under the old name can still be opened.
    let twin = NoticeId::of(&old, "1");
    assert!(bench.store.entry(twin).await.expect("the store").is_some());
    bench
        .poll("new", 310, Announce::Tell, vec![notice("new", "Fresh", "")])
        .await;
    assert_eq!(bench.titles("new").await.len(), 3);
}

kept_by_both! {
    a_span_of_the_past_stays_as_it_was_at_its_end,
    what_came_before_and_after_a_span_is_known,
    the_newest_corrections_come_first,
    a_source_with_another_name_keeps_its_notices_their_ids_and_its_readers,
    a_source_that_is_known_under_both_names_shows_each_notice_once,
}
