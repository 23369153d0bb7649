//! Promises about when a source is asked.

use std::time::Duration;

use crate::town::{Settings, Town};

const HOUR: Duration = Duration::from_secs(3_600);

const WIDE: Settings = Settings {
    email: "",
    source: "interval = \"6h\"\nmean_interval = \"1h\"\n",
    subscriber: "",
};

#[tokio::test]
async fn a_board_that_speaks_in_the_morning_is_asked_more_often_then() {
    let town = Town::with(WIDE).await;
    for day in 0..7 {
        // Asked at ten, when there is news, at eight in the evening and at nine.
        let row = format!("News of day {day} | 2026.11.{} | /n{day}", 23 + day);
        for hours in [10, 13, 1] {
            town.board_shows([row.as_str(), "Hall opens | 2026.11.22 | /0"]);
            town.poll().await;
            town.later(hours * HOUR);
        }
    }
    let town = town.restart().await;
    let wait = async || {
        town.poll().await;
        town.state().await.next_poll.duration_since(town.now()).unsigned_abs()
    };
    town.later(23 * HOUR);
    let in_the_morning = wait().await;
    town.later(13 * HOUR);
    let at_night = wait().await;
    assert!(2 * in_the_morning < at_night, "{in_the_morning:?} and {at_night:?}");
    assert!(at_night <= 6 * HOUR, "interval is the longest wait");
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_interval() {
    let town = Town::with(WIDE).await;
    town.board_shows(["Water off on Monday | 2026.11.09 | /1"]);
    town.poll().await;
    town.earlier(10 * HOUR);
    let town = town.restart().await;
    let wait = town.state().await.next_poll.duration_since(town.now()).unsigned_abs();
    assert!(wait <= 6 * HOUR, "{wait:?}");
}
