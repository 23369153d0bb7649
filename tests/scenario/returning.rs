//! What becomes of readers whose mails come back.

use std::{path::Path, time::Duration};

use gazetted::{app::App, subscription::ReceiverId};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};
use tokio_util::sync::CancellationToken;

use crate::town::{Settings, Town};

const WATER: &str = "Water off on Monday | 2026.11.20 | /view.do?id=1";
const LIBRARY: &str = "Library closed | 2026.11.23 | /view.do?id=2";
const ROAD: &str = "Road works | 2026.11.24 | /view.do?id=3";
const POOL: &str = "Pool open | 2026.11.25 | /view.do?id=4";

/// A town that has mailed two notices and reads what comes back.
async fn that_mailed_twice() -> Town {
    let town = Town::with(Settings {
        email: "[email.bounces]\nmaildir = \"#FOLDER/back\"\nlmtp = \"unix:#FOLDER/lmtp.sock\"",
        ..Settings::default()
    })
    .await;
    town.board_shows([WATER]);
    town.poll_and_send().await;
    town.board_shows([LIBRARY, WATER]);
    town.poll_and_send().await;
    town.board_shows([ROAD, LIBRARY, WATER]);
    town.poll_and_send().await;
    assert_eq!(town.mailed(), ["Library closed", "Road works"]);
    town
}

fn report(to: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.net\r\nTo: {to}\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n\
         --x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\nAction: failed\r\nStatus: {status}\r\n--x--\r\n"
    )
}

async fn stopped(town: &Town) -> Option<String> {
    let id = ReceiverId("mail:reader@example.net".into());
    let row = town.app.store().receiver(&id).await.expect("a store");
    row.expect("a reader").stopped
}

/// Delivers a message by LMTP: the answer to its recipient, and that to the message.
async fn deliver(town: &Town, to: &str, message: &str) -> Vec<String> {
    let stream = loop {
        match UnixStream::connect(town.folder().join("lmtp.sock")).await {
            Ok(stream) => break stream,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let mut stream = BufReader::new(stream);
    let mut answers = Vec::new();
    let body = format!("{}\r\n.\r\n", message.replace("\r\n.", "\r\n.."));
    for line in [
        "",
        "LHLO mx\r\n",
        "MAIL FROM:<>\r\n",
        &format!("RCPT TO:<{to}>\r\n"),
        "DATA\r\n",
        &body,
    ] {
        stream.write_all(line.as_bytes()).await.expect("a listener");
        let mut answer = String::new();
        while {
            answer.clear();
            stream.read_line(&mut answer).await.expect("an answer");
            answer.as_bytes().get(3) == Some(&b'-')
        } {}
        answers.push(answer[..3].to_owned());
        if answers.len() > 3 && !answer.starts_with(['2', '3']) {
            break;
        }
    }
    answers.split_off(3)
}

/// Runs the daemon while `work` goes on.
async fn while_running<T>(app: &App, work: impl Future<Output = T>) -> T {
    let stop = CancellationToken::new();
    let reading = tokio::spawn(
        app.returning(stop.clone())
            .await
            .expect("a socket")
            .expect("it is configured"),
    );
    let done = work.await;
    stop.cancel();
    reading.await.expect("an end");
    done
}

#[tokio::test]
async fn two_mails_that_find_no_mailbox_suspend_an_address_until_it_comes_back() {
    let town = that_mailed_twice().await;
    let back: Vec<String> = town.relay.mails().iter().map(|mail| mail.from.clone()).collect();
    assert!(
        back[0] != back[1]
            && back
                .iter()
                .all(|path| path.starts_with("bounce+") && path.ends_with("@example.org"))
    );
    while_running(&town.app, async {
        let first = report(&back[0], "5.1.1");
        for _ in 0..2 {
            assert_eq!(
                deliver(&town, &back[0].to_uppercase(), &first).await,
                ["250", "354", "250"]
            );
        }
        assert_eq!(stopped(&town).await, None, "one mail, however often word of it comes");
        assert_eq!(
            deliver(&town, &back[1], &report(&back[1], "5.1.1")).await,
            ["250", "354", "250"]
        );
    })
    .await;
    assert!(
        stopped(&town)
            .await
            .is_some_and(|why| why.starts_with("suspended: 2 mails found no mailbox"))
    );
    town.board_shows([POOL, ROAD, LIBRARY, WATER]);
    town.poll_and_send().await;
    assert_eq!(town.mailed().len(), 2);
    let id = ReceiverId("mail:reader@example.net".into());
    assert!(town.app.store().resume_receiver(&id).await.expect("a store"));
    assert_eq!(stopped(&town).await, None);
}

#[tokio::test]
async fn what_was_made_up_is_refused_and_what_a_machine_replies_changes_nothing() {
    let town = that_mailed_twice().await;
    let back = town.relay.mails()[0].from.clone();
    while_running(&town.app, async {
        let forged = back.replacen(char::is_alphanumeric, "x", 9);
        assert_eq!(deliver(&town, &forged, &report(&forged, "5.1.1")).await, ["550"]);
        let vacation = "From: reader@example.net\r\nAuto-Submitted: auto-replied\r\n\r\n550 5.1.1 I am away";
        assert_eq!(deliver(&town, &back, vacation).await, ["250", "354", "250"]);
    })
    .await;
    assert_eq!(town.app.store().strike_counts().await.expect("a store").hard, 0);
}

#[tokio::test]
async fn a_complaint_and_a_letter_to_leave_end_the_mails_at_once() {
    for by_letter in [true, false] {
        let town = that_mailed_twice().await;
        let mail = &town.relay.mails()[0];
        let leave = mail.header("List-Unsubscribe");
        let leave = leave
            .split(['<', '>'])
            .find_map(|part| part.strip_prefix("mailto:"))
            .expect("an address");
        let leave = leave.split('?').next().expect("an address").to_owned();
        let message = if by_letter {
            format!("From: reader@example.net\r\nTo: {leave}\r\nSubject: unsubscribe\r\n\r\n")
        } else {
            format!(
                "From: fbl@example.net\r\nTo: complaints@example.org\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n\
                 --x\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nOriginal-Mail-From: <{}>\r\n--x--\r\n",
                mail.from
            )
        };
        into_maildir(&town.folder().join("back"), "1.a", &message);
        while_running(&town.app, async {
            while stopped(&town).await.is_none() || !is_read(&town.folder().join("back"), "1.a") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        town.board_shows([POOL, ROAD, LIBRARY, WATER]);
        town.poll_and_send().await;
        assert_eq!(town.mailed().len(), 2);
    }
}

fn into_maildir(folder: &Path, name: &str, message: &str) {
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(folder.join(part)).expect("a folder");
    }
    std::fs::write(folder.join("tmp").join(name), message).expect("a file");
    std::fs::rename(folder.join("tmp").join(name), folder.join("new").join(name)).expect("a file");
}

fn is_read(folder: &Path, name: &str) -> bool {
    folder.join("cur").join(format!("{name}:2,S")).exists() && !folder.join("new").join(name).exists()
}
