//! A notice keeps its id.

use std::collections::HashSet;

use gazetted::source::{self, Draft, Kind, Parsed, When};

use crate::town::{self, board, ids, look, page, page_at, read, row, source, titles};

fn ten(link: impl Fn(u32) -> String) -> String {
    board((1..=10).map(|n| row(&link(n), &format!("Notice number {n}"), "2020.11.10")))
}

fn seen(link: impl Fn(u32) -> String) -> Vec<String> {
    ids(&look(ten(link)))
}

#[test]
fn what_changes_between_polls_does_not_change_it() {
    let first = seen(|n| format!("view.do?bbsId=B1&nttId={n}"));
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), 10);
    let later = [
        seen(|n| format!("view.do;jsessionid=AB{n}C?bbsId=B1&nttId={n}&_t=3")),
        seen(|n| format!("view.do?bbsId=B1&nttId={n}&sid=8f3k2j9q{n}")),
        seen(|n| format!("view.do?PHPSESSID=abc&nttId={n}&bbsId=B1")),
        seen(|n| format!("view.do?bbsId=B1&nttId={n}&key2=0cc175b9c0f1b6a831c399e269772661")),
        seen(|n| format!("view.do?bbsId=B1&nttId={n}&pageIndex=4&searchKeyword=")),
        seen(|n| format!("view.do?bbsId=B1&nttId={n}&rnum={}&hit={}", 11 - n, n * 7)),
        seen(|n| format!("http://town.example/board/VIEW.do?nttId={n}&bbsId=B1#view")),
        seen(|n| format!("  view.do?bbsId=B1&nttId={n}&utm_source=list ")),
    ];
    for again in later {
        assert_eq!(again, first);
    }
}

#[test]
fn bills_of_two_sessions_of_a_parliament_are_two() {
    let bill = |session: u32, bill: u32| {
        row(
            &format!("bill.do?session={session}&bill={bill}"),
            "Water bill",
            "2020.11.10",
        )
    };
    let notices = look(board((1..=3).flat_map(|n| [bill(58, n), bill(59, n)])));
    let links: HashSet<_> = notices.iter().filter_map(|notice| notice.link.as_ref()).collect();
    assert_eq!((notices.len(), links.len()), (6, 6));
}

#[test]
fn pages_named_by_a_word_are_told_apart_by_it() {
    let page = |name: &str| {
        row(
            &format!("index.php?menu=3&no=5&subpage={name}"),
            "Water off",
            "2020.11.10",
        )
    };
    assert_eq!(look(board([page("north"), page("south"), page("east")])).len(), 3);
}

#[test]
fn it_does_not_depend_on_the_neighbours() {
    let link = |n: u32| format!("view.do?bbsId=B1&nttId={n}&auth=92eb5ffee6ae2fec3ad71c777531578f&page=1");
    let all = seen(link);
    let alone = look(board([row(&link(7), "Notice number 7", "2020.11.10")]));
    assert_eq!(alone[0].id.to_string(), all[6]);
}

#[test]
fn the_board_can_move_to_another_host() {
    let source = source(Kind::Board(town::town_rules().into()));
    let html = || ten(|n| format!("view.do?nttId={n}"));
    let before = read(&source, &page(html())).expect("a board").notices;
    let moved = page_at("https://new.town.example/board/list.do?bbsId=B1", "text/html", html());
    let after = read(&source, &moved).expect("a board").notices;
    assert_eq!(ids(&before), ids(&after));
}

#[test]
fn a_pinned_row_repeated_is_one_notice() {
    let pinned = row("view.do?nttId=1&pin=1", "Water off", "2020.11.10").replace(">1</td>", "><b class=pin>!</b></td>");
    let pinned = pinned.replace("&amp;pin=1", "");
    let notices = look(board([
        pinned,
        row("view.do?nttId=2", "Power off", "2020.11.11"),
        row("view.do?nttId=1&rnum=2", "Water off", "2020.11.10"),
    ]));
    assert_eq!(titles(&notices), ["Water off", "Power off"]);
    assert!(notices[0].pinned && !notices[1].pinned);
    let alone = look(board([row("view.do?nttId=1", "Water off", "2020.11.10")]));
    assert_eq!(alone[0].id, notices[0].id);
}

#[test]
fn two_notices_under_one_id_are_both_kept_in_any_order() {
    let older = || row("view.do?nttId=1", "Water off", "2020.11.09");
    let newer = || row("view.do?nttId=1", "Power off", "2020.11.10");
    let one = look(board([newer(), older()]));
    let other = look(board([older(), newer()]));
    assert_eq!(one.len(), 2);
    assert_eq!(
        ids(&one).into_iter().collect::<HashSet<_>>(),
        ids(&other).into_iter().collect::<HashSet<_>>()
    );
    // The older one keeps the id that it had before the newer one came.
    assert_eq!(look(board([older()]))[0].id, one[1].id);
}

#[test]
fn an_edit_changes_the_fingerprint_and_a_counter_does_not() {
    let before = look(board([row("view.do?nttId=1", "Water off", "2020.11.10")]));
    let counted = look(board([
        row("view.do?nttId=1", "Water  off", "2020.11.10").replace("77", "4321")
    ]));
    let edited = look(board([row("view.do?nttId=1", "Water off (corrected)", "2020.11.10")]));
    assert_eq!(before[0].fingerprint(), counted[0].fingerprint());
    assert_eq!(before[0].row_fingerprint(), counted[0].row_fingerprint());
    assert_eq!(before[0].id, edited[0].id);
    assert_ne!(before[0].fingerprint(), edited[0].fingerprint());
    assert_ne!(before[0].row_fingerprint(), edited[0].row_fingerprint());
}

#[test]
fn a_row_without_a_link_is_known_by_its_title_and_day() {
    let html = |title: &str, date: &str| board([row("", title, date)]);
    let first = look(html("Water off", "2020.11.10"));
    assert_eq!(first[0].link, None);
    assert_eq!(ids(&first), ids(&look(html(" Water\u{200b} off ", "2020-11-10"))));
    assert_ne!(ids(&first), ids(&look(html("Water off", "2020.12.10"))));
    assert_eq!(
        ids(&look(html("Power off", "3시간 전"))),
        ids(&look(html("Power off", "4시간 전")))
    );
}

#[test]
fn invisible_characters_in_a_title_change_nothing() {
    let one = look(board([row("", "Pub\u{200b}lic No\u{feff}tice", "2020.11.10")]));
    let other = look(board([row("", "Public\u{200d} Notice", "2020.11.10")]));
    assert_eq!(ids(&one), ids(&other));
    assert_eq!(one[0].fingerprint(), other[0].fingerprint());
}

fn entry(guid: Option<&str>, link: Option<&str>, title: &str) -> Draft {
    Draft {
        guid: guid.map(str::to_owned),
        link: link.map(str::to_owned),
        title: Some(title.to_owned()),
        published: Some(When::Text("2020-11-10".to_owned())),
        ..Draft::default()
    }
}

fn fed(drafts: Vec<Draft>) -> Vec<gazetted::notice::Notice> {
    let parsed = Parsed {
        drafts,
        ..Parsed::default()
    };
    source::believe(&source(Kind::Feed), &page(""), parsed).notices
}

#[test]
fn an_entry_of_a_feed_is_known_by_its_guid_then_its_link_then_its_title() {
    let by_guid = fed(vec![
        entry(Some("g1"), Some("/a"), "A"),
        entry(Some("g2"), Some("/a"), "B"),
    ]);
    assert_eq!(
        by_guid.iter().map(|notice| notice.key.as_str()).collect::<Vec<_>>(),
        ["g1", "g2"]
    );
    assert_eq!(by_guid[0].guid.as_deref(), Some("g1"));
    let renamed = fed(vec![entry(Some("g1"), Some("/moved"), "A, corrected")]);
    assert_eq!(renamed[0].id, by_guid[0].id);
    assert_eq!(fed(vec![entry(None, Some("/a?sid=x1y2z3w4"), "A")])[0].key, "/a");
    let by_title = fed(vec![entry(None, None, "A"), entry(None, None, "B")]);
    assert_ne!(by_title[0].id, by_title[1].id);
}

#[test]
fn a_guid_that_all_entries_share_is_none() {
    let notices = fed((0..6)
        .map(|n| entry(Some("0"), Some(&format!("/{n}")), &format!("Title {n}")))
        .collect());
    assert_eq!(
        notices.iter().map(|notice| notice.key.clone()).collect::<Vec<_>>(),
        (0..6).map(|n| format!("/{n}")).collect::<Vec<_>>()
    );
}
