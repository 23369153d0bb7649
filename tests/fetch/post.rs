//! Telling: one POST, one look at the reply.

use std::time::{Duration, Instant};

use gazetted::net::{Answer, HeaderName, HeaderValue, Miss, Phase};
use url::Url;

use crate::board::{Board, Reply, answer, ok};
use crate::client;

const PATIENCE: Duration = Duration::from_millis(700);

async fn post(reply: Reply) -> (Result<Answer, Miss>, Board) {
    let board = Board::start(move |_| reply.clone()).await;
    let url = Url::parse(&board.url("/hook")).expect("a URL");
    let headers = [(HeaderName::from_static("webhook-id"), HeaderValue::from_static("msg_1"))];
    let start = Instant::now();
    let outcome = client().post(&url, &headers, b"{}".to_vec(), PATIENCE).await;
    assert!(start.elapsed() < PATIENCE * 3);
    (outcome, board)
}

#[tokio::test]
async fn any_status_is_an_answer_and_a_redirect_is_not_followed() {
    for status in ["200 X", "204 X", "302 X", "307 X", "410 X", "500 X", "999 X"] {
        let (outcome, board) = post(answer(status, "Location: /elsewhere\r\nRetry-After: 5\r\n", "")).await;
        let answer = outcome.expect("an answer");
        assert_eq!(answer.status, status[..3].parse::<u16>().expect("a number"));
        assert_eq!(
            gazetted::net::retry_after(&answer.headers),
            Some(Duration::from_secs(5))
        );
        assert_eq!(board.asked().len(), 1);
        assert!(
            board.asked()[0].starts_with("post /hook http/1.1\r\n"),
            "{:?}",
            board.asked()
        );
        assert!(
            board.asked()[0].contains("\r\nwebhook-id: msg_1\r\n"),
            "{:?}",
            board.asked()
        );
        assert!(!board.asked()[0].contains("accept-encoding"), "{:?}", board.asked());
    }
}

#[tokio::test]
async fn no_more_than_4_kib_of_a_reply_are_read_and_nothing_is_unpacked() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".to_vec();
    let (outcome, board) = post(Reply::Endless(head, vec![b'x'; 1_000], Duration::ZERO)).await;
    assert_eq!(outcome.expect("an answer").body, [b'x'; 4_096]);
    board.hung_up().await;
    assert_eq!(post(ok("", "short")).await.0.expect("an answer").body, b"short");
}

#[tokio::test]
async fn a_reply_that_stalls_or_breaks_after_its_status_is_still_an_answer() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    for reply in [
        Reply::Stall(head.into()),
        Reply::Bytes(head.into()),
        Reply::Endless(head.into(), Vec::new(), PATIENCE),
    ] {
        let answer = post(reply).await.0.expect("an answer");
        assert_eq!((answer.status, &answer.body[..]), (200, &b"half"[..]));
    }
}

#[tokio::test]
async fn no_status_in_time_is_a_miss() {
    let drip = Reply::Endless(
        b"HTTP/1.1 200 OK\r\n".to_vec(),
        b"X: y\r\n".to_vec(),
        Duration::from_millis(50),
    );
    for reply in [Reply::Stall(Vec::new()), drip] {
        let (outcome, board) = post(reply).await;
        assert!(
            matches!(
                outcome,
                Err(Miss::Timeout {
                    phase: Phase::Whole,
                    after: PATIENCE,
                    ..
                })
            ),
            "{outcome:?}"
        );
        board.hung_up().await;
    }
}
