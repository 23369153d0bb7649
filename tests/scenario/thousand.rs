//! A thousand polls of a board on which nearly everything moves at each visit, and little happens.

use std::{collections::HashSet, time::Duration};

use crate::town::{Settings, Town};

/// A notice as the board has it.
struct Row {
    number: u32,
    title: String,
    text: String,
    /// The poll in which it was posted.
    posted: usize,
    files: u32,
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

const POLLS: usize = 1_000;

/// Polls between two notices.
const EVERY: usize = 37;

/// The board at one visit: session ids, counters, icons, hours ago, pinned copies, tokens.
fn shows(town: &Town, rows: &[Row], now: usize, dice: &mut Dice) {
    let session = dice.roll();
    let line = |row: &Row, pinned: bool, dice: &mut Dice| {
        let age = (now - row.posted) / 4;
        // The first poll is at ten in the morning, and four are an hour.
        let day = 23 + (row.posted + 40) / 96;
        let date = match age {
            0 => "방금".to_owned(),
            hours @ 1..24 => format!("{hours}시간 전"),
            _ if day > 30 => format!("2026.12.{:02}", day - 30),
            _ => format!("2026.11.{day:02}"),
        };
        let icon = if age < 24 { " <img src=/new.gif alt=NEW>" } else { "" };
        let pin = if pinned { "<i class=pin></i>" } else { "" };
        let link = format!(
            "/view.do;jsessionid={session:X}?id={}&amp;_={}",
            row.number,
            dice.roll()
        );
        let (title, comments, views) = (&row.title, dice.roll() % 9, now * 3 + row.number as usize);
        format!(
            "<tr><td class=num>{pin}</td><td class=subject><a href='{link}'>{title}</a>{icon} <span class=cmt>[{comments}]</span></td>\
             <td class=hit>{views}</td><td class=date>{date}</td></tr>"
        )
    };
    let mut table = String::new();
    for pinned in rows.iter().filter(|row| row.number % 9 == 0).take(2) {
        table.push_str(&line(pinned, true, dice));
    }
    for listed in rows.iter().rev().take(10) {
        table.push_str(&line(listed, false, dice));
    }
    let visitors = dice.roll();
    let list = format!("<p>{visitors} visitors</p><table class=board><tbody>{table}</tbody></table>");
    town.board_answers(200, &format!("<!doctype html><meta charset=utf-8>{list}"));
    for listed in rows {
        let file = |n: u32, dice: &mut Dice| format!("<li><a href='/f/{n}.pdf?t={}'>plan {n}.pdf</a>", dice.roll());
        let files: String = (1..=listed.files).map(|n| file(n, dice)).collect();
        let (visitors, text, token) = (dice.roll(), &listed.text, dice.roll());
        let article = format!(
            "<!doctype html><meta charset=utf-8><nav>{visitors}</nav><div class=view><p>{text}</p>\
             <p><img src='/chart.png?token={token}' alt=chart></p></div><ul class=files>{files}</ul>"
        );
        town.article_page(&format!("/view.do?id={}", listed.number), &article);
    }
}

#[tokio::test]
async fn a_thousand_polls_tell_the_new_notices_and_three_edits_and_nothing_else() {
    let town = Town::with(Settings {
        source: "language = \"ko\"\non_revision = \"notify\"\n#ARTICLE",
        ..Settings::default()
    })
    .await;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let notice = |number: u32, posted: usize| Row {
        number,
        title: format!("공지 제{number}호"),
        text: format!("본문 {number}: 자세한 내용은 붙임을 참고하시기 바랍니다."),
        posted,
        files: 1,
    };
    let mut rows: Vec<Row> = (1..=12).map(|number| notice(number, 0)).collect();
    let mut expected: Vec<String> = Vec::new();
    for poll in 0..POLLS {
        if poll > 0 && poll % EVERY == 0 {
            let number = rows.len() as u32 + 1;
            rows.push(notice(number, poll));
            expected.push(format!("공지 제{number}호"));
        }
        let newest = rows.last_mut().expect("a row");
        match poll {
            300 => newest.title.push_str(" (정정)"),
            520 => newest.text.push_str(" 접수 기한은 연장되었습니다."),
            840 => newest.files = 2,
            _ => {}
        }
        if [300, 520, 840].contains(&poll) {
            expected.push(format!("Revised: {}", newest.title));
        }
        shows(&town, &rows, poll, &mut dice);
        town.poll_and_send().await;
        town.later(Duration::from_secs(900));
        assert_eq!(town.state().await.last_error, None, "poll {poll}");
    }
    let mut mailed = town.mailed();
    mailed.sort();
    expected.sort();
    assert_eq!(mailed, expected);
    let feed = town.feed().await;
    let items = feed["items"].as_array().expect("items");
    let ids: HashSet<String> = items.iter().map(|item| item["id"].to_string()).collect();
    assert_eq!(ids.len(), items.len());
    // Two of the twelve were never on the page.
    assert_eq!(town.state().await.notices as usize, rows.len() - 2);
}
