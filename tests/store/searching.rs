//! Promises about searching: every store finds what a rule finds, newest first, and goes on where it stopped.

use gazetted::{
    notice::{Attachment, Notice, SafeHtml},
    search::{Document, Query},
    store::{Announce, Place, Search},
};

use crate::bench::{Bench, named, notice, source_id};

fn of(query: &str) -> Search {
    Search {
        sources: vec![source_id("a"), source_id("b")],
        query: query.parse().expect("a query"),
        behind: None,
    }
}

async fn titles(bench: &Bench, search: &Search) -> Vec<String> {
    let found = bench.store.search(search, 100).await.expect("an answer");
    found.into_iter().map(|(_, entry)| entry.notice.title).collect()
}

fn dated(mut notice: Notice, day: &str) -> Notice {
    notice.published = day.parse().ok();
    notice
}

async fn notices_are_found_by_words_in_any_place_newest_first(bench: Bench) {
    let mut with_file = notice("a", "Road works", "");
    with_file.attachments = vec![Attachment {
        name: "굴착공사 도면.pdf".to_owned(),
        url: "https://board.example/f".parse().expect("an address"),
        media_type: None,
        length: None,
    }];
    let on_a = vec![
        dated(with_file, "2026-11-20"),
        dated(
            notice("a", "Water off on Monday", "The old town has no water."),
            "2026-11-18",
        ),
        dated(
            notice("a", "상수도 공사로 인한 단수안내", "중앙로 일대의 물을 끊습니다."),
            "2026-10-02",
        ),
    ];
    let on_b = vec![
        dated(
            notice("b", "Tenders: waterworks", "Lot 2026-123, 1.5 million."),
            "2026-11-19",
        ),
        dated(
            notice("b", "Minutes", "Nothing about tubs or \"quotes' & (brackets) * : | <->"),
            "2026-11-01",
        ),
    ];
    bench.poll("a", 10, Announce::Baseline, on_a).await;
    bench.poll("b", 20, Announce::Baseline, on_b).await;
    let (road, water, cut) = ("Road works", "Water off on Monday", "상수도 공사로 인한 단수안내");
    let (tenders, minutes) = ("Tenders: waterworks", "Minutes");
    // What was learned last stands first.
    let newest_first = [tenders, minutes, road, water, cut];
    for (query, expected) in [
        ("water", vec![tenders, water]),
        ("\"water\"", vec![water]),
        ("work", vec![road]),
        ("water -tenders", vec![water]),
        ("-water", vec![road, minutes, cut]),
        ("\"old town\"", vec![water]),
        ("\"monday the\"", vec![]),
        ("2026-123", vec![tenders]),
        ("123", vec![tenders]),
        ("12", vec![]),
        ("공사", vec![road, cut]),
        ("굴착 도면", vec![road]),
        ("단수 안내", vec![cut]),
        ("상수도공사", vec![cut]),
        ("물", vec![cut]),
        ("로", vec![cut]),
        ("단수 OR minutes", vec![minutes, cut]),
        ("after:2026-11-19", vec![road, tenders]),
        ("before:2026-11-02 -단수", vec![minutes]),
        ("after:2026-11-01 before:2026-11-19 -road", vec![water, minutes]),
        ("quotes brackets tubs", vec![minutes]),
        ("nothing -about", vec![]),
    ] {
        let expected: Vec<&str> = newest_first
            .into_iter()
            .filter(|title| expected.contains(title))
            .collect();
        assert_eq!(titles(&bench, &of(query)).await, expected, "{query}");
    }
    let only_b = Search {
        sources: vec![source_id("b")],
        ..of("water")
    };
    assert_eq!(titles(&bench, &only_b).await, [tenders]);
    assert!(
        titles(
            &bench,
            &Search {
                sources: vec![],
                ..of("water")
            }
        )
        .await
        .is_empty()
    );
}

async fn words_are_found_however_they_are_spaced(bench: Bench) {
    const SPACED: &str = "제3차 주민설명회 개최 알림";
    const TIGHT: &str = "2026년디지털정부 및공공데이터활용";
    const LETTERS: &str = "확대 학생 대표단";
    const EXPO: &str = "東京 タワー EXPO2025전시장 안내";
    let page = [SPACED, TIGHT, LETTERS, EXPO].map(|title| notice("a", title, ""));
    bench.poll("a", 10, Announce::Baseline, page.into()).await;
    for (query, expected) in [
        ("제3차주민설명회", vec![SPACED]),
        ("제 3차 주민 설명회", vec![SPACED]),
        ("3차주민설명회개최알림", vec![SPACED]),
        ("주민설명회개최", vec![SPACED]),
        ("주민·설명회", vec![SPACED]),
        ("\"주민 설명회\"", vec![]),
        ("\"주민설명회 개최\"", vec![SPACED]),
        ("디지털 정부", vec![TIGHT]),
        ("2026년 디지털 정부", vec![TIGHT]),
        ("디지털정부및공공데이터활용", vec![TIGHT]),
        ("디지털정부 및 공공 데이터 활용", vec![TIGHT]),
        ("\"2026년 디지털정부\"", vec![]),
        // Not every two letters that meet are a word.
        ("대학", vec![]),
        ("대학생", vec![]),
        ("학생대표단", vec![LETTERS]),
        ("東京タワー", vec![EXPO]),
        ("タワーexpo", vec![EXPO]),
        ("東京タワーEXPO2025전시장안내", vec![EXPO]),
        ("expo-2025", vec![EXPO]),
        ("expo 2025 전시장", vec![EXPO]),
        ("2025전시장안내", vec![EXPO]),
    ] {
        assert_eq!(titles(&bench, &of(query)).await, expected, "{query}");
        let rule: Query = query.parse().expect("a query");
        let day = "2026-11-25".parse().expect("a day");
        let fits = |title: &&str| rule.matches(&Document::of(&notice("a", title, "")), day);
        let by_rule: Vec<&str> = [SPACED, TIGHT, LETTERS, EXPO].into_iter().filter(fits).collect();
        assert_eq!(by_rule, expected, "{query}");
    }
}

async fn a_revised_notice_is_found_by_its_new_words_alone(bench: Bench) {
    bench
        .poll("a", 10, Announce::Baseline, vec![named("a", "1", "Water off", "")])
        .await;
    bench
        .poll("a", 20, Announce::Tell, vec![named("a", "1", "Water on again", "")])
        .await;
    assert_eq!(titles(&bench, &of("again")).await, ["Water on again"]);
    assert!(titles(&bench, &of("off")).await.is_empty());
    bench
        .poll(
            "a",
            30,
            Announce::Tell,
            vec![named("a", "1", "Water on again", "A text that was owed.")],
        )
        .await;
    assert_eq!(titles(&bench, &of("owed")).await, ["Water on again"]);
}

async fn a_search_goes_on_where_it_stopped(bench: Bench) {
    for hour in 0..4 {
        let page = (0..3)
            .map(|nth| notice("a", &format!("Water {hour}{nth}"), ""))
            .collect();
        bench.poll("a", hour * 3_600, Announce::Baseline, page).await;
    }
    let whole = titles(&bench, &of("water")).await;
    let (mut search, mut seen) = (of("water"), Vec::new());
    loop {
        let found = bench.store.search(&search, 5).await.expect("an answer");
        let Some((place, _)) = found.last() else { break };
        search.behind = Some(*place);
        assert!(found.is_sorted_by_key(|(place, _)| std::cmp::Reverse(*place)));
        seen.extend(found.into_iter().map(|(_, entry)| entry.notice.title));
    }
    assert_eq!((seen.len(), &seen), (12, &whole));
}

async fn a_store_finds_what_a_rule_finds(bench: Bench) {
    const WORDS: [&str; 20] = [
        "water",
        "waters",
        "off",
        "town",
        "2026",
        "1.5",
        "Émile",
        "가나",
        "가나다라",
        "나다",
        "물",
        "단수를",
        "東京都",
        "京都",
        "제2호",
        "2차",
        "가나다라마바사아자차",
        "사아 자차",
        "town2026",
        "ｗａｔｅｒ",
    ];
    let mut dice = Dice(7);
    let text = |dice: &mut Dice, most: usize| -> String {
        let count = dice.roll(most);
        let words: Vec<&str> = (0..count).map(|_| WORDS[dice.roll(WORDS.len())]).collect();
        words.join([" ", ", ", "", "-"][dice.roll(4)])
    };
    let asked = |dice: &mut Dice| match dice.roll(11) {
        0 => format!("\"{}\"", text(dice, 4)),
        1 => format!("{} -{}", text(dice, 3), WORDS[dice.roll(WORDS.len())]),
        2 => format!("{} OR \"{}\"", WORDS[dice.roll(WORDS.len())], text(dice, 3)),
        3 => format!("after:2026-11-02 {}", WORDS[dice.roll(WORDS.len())]),
        4 => format!("before:2026-11-02 -{}", WORDS[dice.roll(WORDS.len())]),
        5 => format!("after:2030 {}", WORDS[dice.roll(WORDS.len())]),
        6 => format!("before:1980 {}", text(dice, 2)),
        7 => format!("before:1960 -{}", WORDS[dice.roll(WORDS.len())]),
        _ => text(dice, 3),
    };
    for page in 0..12_i64 {
        let notices = (0..6).map(|nth| {
            let title = format!("{page}.{nth} {}", text(&mut dice, 4));
            let mut notice = named("a", &format!("{page}.{nth}"), &title, &text(&mut dice, 12));
            notice.published = [
                None,
                Some("2026-11-01"),
                Some("2026-11-02T23:30:00-05:00"),
                Some("2031-01-01"),
                Some("1950-03-01"),
            ][dice.roll(5)]
            .and_then(|day| day.parse().ok());
            notice.summary = notice
                .content
                .is_none()
                .then(|| SafeHtml::clean("<p>물, town</p>", None))
                .flatten();
            notice
        });
        let notices = notices.collect();
        bench.poll("a", page * 60, Announce::Baseline, notices).await;
    }
    let (mut hits, all) = (0, of("-nothing"));
    // Few notices and many are looked for in different ways.
    for held in [72, 2_172] {
        if held > 72 {
            let others = (0..2_100).map(|nth| named("b", &nth.to_string(), &format!("Other {nth}"), ""));
            bench.poll("b", 90, Announce::Baseline, others.collect()).await;
        }
        let everything = bench.store.search(&all, 10_000).await.expect("an answer");
        assert_eq!(everything.len(), held);
        let everything: Vec<_> = everything
            .iter()
            .map(|(place, entry)| (*place, Document::of(&entry.notice), entry.day()))
            .collect();
        for _ in 0..200 {
            let query = asked(&mut dice);
            let Ok(query) = query.parse::<Query>() else { continue };
            let expected: Vec<Place> = everything
                .iter()
                .filter(|(_, document, day)| query.matches(document, *day))
                .map(|(place, ..)| *place)
                .collect();
            let search = Search {
                query: query.clone(),
                ..all.clone()
            };
            let found = bench.store.search(&search, 10_000).await.expect("an answer");
            let found: Vec<Place> = found.into_iter().map(|(place, _)| place).collect();
            hits += found.len();
            assert_eq!(found, expected, "{query}");
        }
    }
    assert!(hits > 500, "{hits} hits say little");
}

async fn a_text_beyond_all_measure_can_be_kept_and_found(bench: Bench) {
    let long = format!("begins {} ends", "단수 안내 water-2026 ".repeat(40_000));
    bench
        .poll("a", 10, Announce::Baseline, vec![notice("a", "Long", &long)])
        .await;
    assert_eq!(titles(&bench, &of("begins water")).await, ["Long"]);
    assert!(
        titles(&bench, &of("ends")).await.is_empty(),
        "only so much of a text is looked at"
    );
}

/// The same throws each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

kept_by_both! {
    notices_are_found_by_words_in_any_place_newest_first,
    words_are_found_however_they_are_spaced,
    a_revised_notice_is_found_by_its_new_words_alone,
    a_search_goes_on_where_it_stopped,
    a_store_finds_what_a_rule_finds,
    a_text_beyond_all_measure_can_be_kept_and_found,
}
