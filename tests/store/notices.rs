//! Promises about notices: what is new, what is a revision, what is neither.

use gazetted::{
    delivery::Subject,
    notice::{Attachment, Change, Notice, SafeHtml},
    store::{Announce, Learned, Scope},
};

use crate::bench::{Bench, at, learned, named, notice, source_id};

async fn the_newest_come_first_and_one_pages_notices_keep_its_order(bench: Bench) {
    bench
        .poll(
            "a",
            10,
            Announce::Baseline,
            vec![notice("a", "B", ""), notice("a", "A", "")],
        )
        .await;
    bench
        .poll("b", 20, Announce::Baseline, vec![notice("b", "X", "")])
        .await;
    bench
        .poll(
            "a",
            30,
            Announce::Tell,
            vec![notice("a", "D", ""), notice("a", "C", ""), notice("a", "B", "")],
        )
        .await;
    assert_eq!(bench.titles("a").await, ["D", "C", "B", "A"]);

    let all = Scope::Sources(vec![source_id("b"), source_id("a"), source_id("unknown")]);
    let newest = bench.store.newest(&all, 4).await.expect("notices");
    let titles: Vec<_> = newest.iter().map(|entry| entry.notice.title.as_str()).collect();
    assert_eq!(titles, ["D", "C", "X", "B"]);
    assert!(
        bench
            .store
            .newest(&Scope::Sources(vec![]), 4)
            .await
            .expect("notices")
            .is_empty()
    );
}

async fn a_late_find_stands_where_its_publication_puts_it(bench: Bench) {
    bench
        .poll("a", 1_000, Announce::Baseline, vec![notice("a", "New", "")])
        .await;
    let lease = bench.lease("a").await;
    let mut late = learned(
        &lease,
        2_000,
        Announce::Tell,
        vec![Change::New(notice("a", "Older", ""))],
    );
    late.changes[0].1.order = at(500);
    bench.commit(late).await.expect("a commit");
    assert_eq!(bench.titles("a").await, ["New", "Older"]);
}

async fn a_notice_comes_back_as_it_went_in(bench: Bench) {
    let full = Notice {
        published: Some("2020-11-10T09:00:00+09:00".parse().expect("an instant")),
        updated: Some("2020-11-11".parse().expect("a day")),
        author: Some("행정안전부 \u{1}".into()),
        categories: vec!["공지".into()],
        views: Some(9_872),
        pinned: true,
        summary: SafeHtml::of_text("short"),
        attachments: vec![Attachment {
            name: "붙임.hwp".into(),
            url: "https://board.example/file?id=1".parse().expect("an address"),
            media_type: Some("application/x-hwp".into()),
            length: Some(1_234),
        }],
        language: Some("ko".into()),
        guid: Some("guid-1".into()),
        ..notice("a", "디지털 정부의 미래", "본문\n둘째 문단")
    };
    bench.poll("a", 7, Announce::Baseline, vec![full.clone()]).await;
    let (entry, earlier) = bench
        .store
        .entry(full.id)
        .await
        .expect("an answer")
        .expect("the notice");
    assert_eq!(entry.notice, full);
    assert_eq!((entry.revision, entry.first_seen, entry.revised), (1, at(7), at(7)));
    assert!(earlier.is_empty());

    let known = bench
        .store
        .known(&[full.id, notice("a", "other", "").id])
        .await
        .expect("what is known");
    assert_eq!(known.len(), 1);
    let known = &known[&full.id];
    assert_eq!(known.fingerprint, full.fingerprint());
    assert_eq!(
        (known.article_read, known.has_content, known.published),
        (Some(at(7)), true, full.published)
    );
}

async fn an_edit_is_a_revision_that_keeps_the_first_date_and_place(bench: Bench) {
    bench
        .poll(
            "a",
            10,
            Announce::Baseline,
            vec![notice("a", "Later", ""), named("a", "1", "Water off", "Monday")],
        )
        .await;
    let before = bench.state("a").await.version;
    let edited = Notice {
        published: None,
        views: None,
        ..named("a", "1", "Water off", "Tuesday")
    };
    let committed = bench.poll("a", 20, Announce::Tell, vec![edited.clone()]).await;
    assert_eq!(
        (committed.new.len(), committed.revised.as_slice(), committed.announced),
        (0, &[edited.id][..], 1)
    );
    assert_eq!(bench.state("a").await.version, before + 1);

    let (entry, earlier) = bench
        .store
        .entry(edited.id)
        .await
        .expect("an answer")
        .expect("the notice");
    assert_eq!((entry.revision, entry.first_seen, entry.revised), (2, at(10), at(20)));
    assert_eq!(entry.notice.content, edited.content);
    assert_eq!(entry.notice.published, Some("2020-11-10".parse().expect("a day")));
    assert_eq!(entry.notice.views, Some(1));
    assert_eq!(earlier.len(), 1);
    assert_eq!((earlier[0].revision, earlier[0].seen), (1, at(10)));
    assert_eq!(earlier[0].notice.content, SafeHtml::of_text("Monday"));
    assert_eq!(bench.titles("a").await, ["Later", "Water off"]);

    let moved = Notice {
        published: Some("2021-01-01".parse().expect("a day")),
        ..named("a", "1", "Water on", "")
    };
    bench.poll("a", 30, Announce::Tell, vec![moved.clone()]).await;
    let (entry, _) = bench
        .store
        .entry(moved.id)
        .await
        .expect("an answer")
        .expect("the notice");
    assert_eq!(entry.notice.published, Some("2020-11-10".parse().expect("a day")));
    assert_eq!(
        entry.notice.content, edited.content,
        "a row whose article was not read does not take the text away"
    );
    assert_eq!(entry.revision, 3);
}

async fn a_row_without_its_article_is_no_revision(bench: Bench) {
    let file = Attachment {
        name: "a.pdf".into(),
        url: "https://board.example/a.pdf".parse().expect("an address"),
        media_type: None,
        length: None,
    };
    let full = Notice {
        attachments: vec![file],
        ..notice("a", "Water off", "Monday")
    };
    bench.poll("a", 10, Announce::Baseline, vec![full.clone()]).await;
    let version = bench.state("a").await.version;
    let committed = bench
        .poll(
            "a",
            20,
            Announce::Tell,
            vec![Notice {
                views: Some(5),
                ..notice("a", "Water off", "")
            }],
        )
        .await;
    assert_eq!(committed, Default::default());
    let (entry, _) = bench
        .store
        .entry(full.id)
        .await
        .expect("an answer")
        .expect("the notice");
    assert_eq!(entry.notice, full);
    assert_eq!(bench.state("a").await.version, version);
}

async fn counters_and_pins_change_without_changing_the_feed(bench: Bench) {
    bench
        .poll("a", 10, Announce::Baseline, vec![notice("a", "Water off", "Monday")])
        .await;
    let version = bench.state("a").await.version;
    let read = Notice {
        views: Some(9_872),
        pinned: true,
        ..notice("a", "Water off", "Monday")
    };
    let committed = bench.poll("a", 20, Announce::Tell, vec![read.clone()]).await;
    assert_eq!(committed, Default::default());
    let (entry, earlier) = bench
        .store
        .entry(read.id)
        .await
        .expect("an answer")
        .expect("the notice");
    // The count of the first sight stays until a revision: a feed that shows it keeps its bytes.
    assert_eq!(
        (entry.notice.views, entry.notice.pinned, entry.revision),
        (Some(1), true, 1)
    );
    assert!(earlier.is_empty());
    assert_eq!(bench.state("a").await.version, version);
    assert_eq!(
        bench.store.known(&[read.id]).await.expect("known")[&read.id].article_read,
        Some(at(20))
    );
    assert_eq!(
        bench.store.standings().await.expect("standings")[&source_id("a")].version,
        version
    );
}

async fn a_text_that_was_owed_is_no_revision_but_shows(bench: Bench) {
    let committed = bench
        .poll("a", 10, Announce::Tell, vec![notice("a", "Water off", "")])
        .await;
    assert_eq!(committed.announced, 1);
    let version = bench.state("a").await.version;
    let read = notice("a", "Water off", "Monday");
    let committed = bench.poll("a", 20, Announce::Tell, vec![read.clone()]).await;
    assert_eq!(committed, Default::default());
    let (entry, earlier) = bench
        .store
        .entry(read.id)
        .await
        .expect("an answer")
        .expect("the notice");
    assert_eq!(
        (entry.notice.content, entry.revision, entry.revised),
        (read.content.clone(), 1, at(10))
    );
    assert!(earlier.is_empty());
    assert_eq!(bench.state("a").await.version, version + 1);
    assert!(bench.store.known(&[read.id]).await.expect("known")[&read.id].has_content);
    let again = bench.poll("a", 30, Announce::Tell, vec![read]).await;
    assert_eq!(again, Default::default());
    assert_eq!(bench.state("a").await.version, version + 1);
}

async fn what_is_new_is_decided_by_the_ledger(bench: Bench) {
    bench
        .poll("a", 10, Announce::Baseline, vec![notice("a", "Water off", "Monday")])
        .await;
    let lease = bench.lease("a").await;
    let told_as_new = vec![
        Change::New(notice("a", "Water off", "Monday")),
        Change::New(notice("a", "Water on", "")),
        Change::New(notice("a", "Water on", "a second row of the same")),
    ];
    let committed = bench
        .commit(learned(&lease, 20, Announce::Tell, told_as_new))
        .await
        .expect("a commit");
    assert_eq!(committed.new, [notice("a", "Water on", "").id]);
    assert_eq!((committed.revised.len(), committed.announced), (0, 1));

    let lease = bench.lease("a").await;
    let told_as_new = vec![Change::New(notice("a", "Water off", "Tuesday"))];
    let committed = bench
        .commit(learned(&lease, 30, Announce::Tell, told_as_new))
        .await
        .expect("a commit");
    assert_eq!((committed.new.len(), committed.revised.len()), (0, 1));
    assert_eq!(bench.state("a").await.notices, 2);
}

async fn a_notice_that_comes_back_is_not_withdrawn_any_more(bench: Bench) {
    let water = notice("a", "Water off", "Monday");
    bench.poll("a", 10, Announce::Baseline, vec![water.clone()]).await;
    bench
        .behind_its_back("UPDATE notices SET withdrawn = 1600000000000000")
        .await;
    let (entry, _) = bench
        .store
        .entry(water.id)
        .await
        .expect("an answer")
        .expect("the notice");
    assert_eq!(entry.withdrawn, Some(at(0)));
    let version = bench.state("a").await.version;
    bench.poll("a", 20, Announce::Tell, vec![water.clone()]).await;
    let (entry, _) = bench
        .store
        .entry(water.id)
        .await
        .expect("an answer")
        .expect("the notice");
    assert_eq!((entry.withdrawn, entry.revision), (None, 1));
    assert_eq!(bench.state("a").await.version, version + 1);
}

async fn deliveries_find_the_revision_they_tell(bench: Bench) {
    let first = notice("a", "Water off", "Monday");
    bench.poll("a", 10, Announce::Tell, vec![first.clone()]).await;
    bench
        .poll("a", 20, Announce::Tell, vec![notice("a", "Water off", "Tuesday")])
        .await;
    let subject = |revision| Subject {
        notice: first.id,
        revision,
    };
    let unknown = Subject {
        notice: notice("b", "other", "").id,
        revision: 1,
    };
    let told = bench
        .store
        .subjects(&[subject(2), unknown, subject(1), subject(3)])
        .await
        .expect("subjects");
    assert_eq!(
        told.iter().map(|(subject, _)| *subject).collect::<Vec<_>>(),
        [subject(2), subject(1)]
    );
    assert_eq!(told[0].1.notice.content, SafeHtml::of_text("Tuesday"));
    assert_eq!(told[1].1.notice.content, first.content);
    assert_eq!((told[1].1.revision, told[1].1.revised), (1, at(10)));
    let newest = bench.store.entries_of(&[unknown.notice, first.id]).await;
    let newest = newest.expect("entries");
    assert_eq!(newest, [told[0].1.clone()], "what is there, as it is now");
}

async fn a_notice_under_a_new_id_is_known_by_the_old_one(bench: Bench) {
    let old = named("a", "1", "Water off", "From nine.");
    bench.poll("a", 10, Announce::Baseline, vec![old.clone()]).await;
    for (now, key) in [(20, "901"), (30, "902")] {
        let mut moved = named("a", key, "Water off", "");
        moved.link = Some(format!("https://www.town.example/{key}").parse().expect("an address"));
        let alias = moved.id;
        moved.id = old.id;
        let lease = bench.lease("a").await;
        let learned = Learned {
            aliases: vec![(alias, old.id)],
            ..learned(&lease, now, Announce::Tell, vec![Change::Moved(moved)])
        };
        let committed = bench.commit(learned).await.expect("a commit");
        assert_eq!(
            (committed.new.len(), committed.revised.len(), committed.announced),
            (0, 0, 0)
        );
        let known = bench.store.known(&[alias]).await.expect("an answer");
        assert_eq!(known[&alias].id, old.id);
        let (entry, earlier) = bench.store.entry(old.id).await.expect("an answer").expect("an entry");
        assert_eq!((entry.revision, earlier.len()), (1, 0));
        let link = entry.notice.link.expect("a link");
        assert_eq!(link.as_str(), format!("https://www.town.example/{key}"));
        assert!(entry.notice.content.is_some(), "what the row does not say stays");
    }
    let first = named("a", "901", "", "").id;
    assert!(
        bench.store.known(&[first]).await.expect("an answer").is_empty(),
        "one alias a notice"
    );
}

kept_by_both! {
    a_notice_under_a_new_id_is_known_by_the_old_one,
    the_newest_come_first_and_one_pages_notices_keep_its_order,
    a_late_find_stands_where_its_publication_puts_it,
    a_notice_comes_back_as_it_went_in,
    an_edit_is_a_revision_that_keeps_the_first_date_and_place,
    a_row_without_its_article_is_no_revision,
    counters_and_pins_change_without_changing_the_feed,
    a_text_that_was_owed_is_no_revision_but_shows,
    what_is_new_is_decided_by_the_ledger,
    a_notice_that_comes_back_is_not_withdrawn_any_more,
    deliveries_find_the_revision_they_tell,
}
