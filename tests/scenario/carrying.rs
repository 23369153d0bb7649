//! Many mails over one connection, where the relay is shown whom the next one is for while it still has to answer for the one before.

use std::{collections::HashMap, fmt::Write, time::Duration};

use gazetted::{
    delivery::State,
    subscription::{Address, Receiver, Wish},
};

use crate::{
    support::smtp::Mood,
    town::{Settings, Town},
};

const READERS: usize = 500;

/// Every so many of them are gone.
const GONE: usize = 100;

/// A town in which a notice is owed to many readers.
async fn with_readers() -> Town {
    let town = Town::with(Settings {
        email: "connections = 1",
        ..Settings::default()
    })
    .await;
    town.board_shows(["Water off on Monday | 2026.11.20 | /view.do?id=1"]);
    town.poll_and_send().await;
    let mut enrol = String::new();
    for number in 0..READERS {
        let who = if number % GONE == GONE / 2 { "gone" } else { "reader" };
        let address: Address = format!("{who}-{number}@town-{number}.example.net")
            .parse()
            .expect("an address");
        let receiver = Receiver {
            wishes: vec![Wish {
                number: 1,
                ..Wish::default()
            }],
            ..Receiver::reader(address, "en")
        };
        let id = receiver.id.clone();
        let receiver = serde_json::to_string(&receiver).expect("JSON");
        writeln!(
            enrol,
            "INSERT INTO receivers (id, token_hash, since, receiver) VALUES ('{}', randomblob(32), 0, '{receiver}');",
            id.0
        )
        .expect("text");
    }
    town.behind_its_back(&enrol);
    town.board_shows([
        "Library closed | 2026.11.23 | /view.do?id=2",
        "Water off on Monday | 2026.11.20 | /view.do?id=1",
    ]);
    town.poll().await;
    town
}

/// How many mails each of the many readers has got.
fn copies(town: &Town) -> HashMap<String, usize> {
    let mut copies = HashMap::new();
    for mail in town.relay.mails() {
        if mail.to.ends_with(".example.net") {
            *copies.entry(mail.to).or_default() += 1;
        }
    }
    copies
}

#[tokio::test]
async fn everybody_gets_one_and_the_next_envelope_comes_with_the_end_of_the_one_before() {
    let town = with_readers().await;
    town.send().await;
    let copies = copies(&town);
    assert_eq!((copies.len(), copies.values().sum::<usize>()), (READERS, READERS));
    assert!(town.relay.ahead() > READERS / 4, "{}", town.relay.ahead());
}

#[tokio::test]
async fn a_relay_that_takes_one_message_over_each_connection_gets_each_once() {
    let town = with_readers().await;
    town.relay.is(Mood::OneEach);
    town.send().await;
    let copies = copies(&town);
    assert_eq!((copies.len(), copies.values().sum::<usize>()), (READERS, READERS));
}

#[tokio::test]
async fn where_the_answer_is_cut_off_only_that_mail_is_sent_again() {
    let town = with_readers().await;
    town.relay.is(Mood::CutAfterDot);
    town.send().await;
    town.later(Duration::from_secs(3_600));
    town.send().await;
    let mails = town.relay.mails();
    let twice: Vec<String> = copies(&town)
        .into_iter()
        .filter_map(|(to, copies)| (copies > 1).then_some(to))
        .collect();
    let [twice] = &twice[..] else { panic!("{twice:?}") };
    assert_eq!(copies(&town).len(), READERS);
    let same: Vec<_> = mails.iter().filter(|mail| mail.to == *twice).collect();
    assert_eq!(same[0], same[1]);
}

#[tokio::test]
async fn who_is_refused_holds_up_nobody_behind() {
    for (mood, state) in [(Mood::Picky, State::Dead), (Mood::PickyAfterDot, State::Queued)] {
        let town = with_readers().await;
        town.relay.is(mood);
        town.send().await;
        let copies = copies(&town);
        assert_eq!(copies.len(), READERS - READERS / GONE, "{mood:?}");
        assert!(
            copies
                .iter()
                .all(|(to, copies)| !to.starts_with("gone") && *copies == 1)
        );
        let store = town.app.store();
        let refused = store.deliveries(Some(state), 100).await.expect("a store");
        assert_eq!(refused.len(), READERS / GONE, "{mood:?}");
        assert!(refused.iter().all(|row| row.receiver.0.contains("gone")), "{refused:?}");
    }
}
