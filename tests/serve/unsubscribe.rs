//! One click, and no mail any more.

use aws_lc_rs::digest;
use gazetted::subscription::{Address, Receiver, ReceiverId, Wish};

use super::town::{Town, now_at};

const TOKEN: &str = "mfrggzdfmztwq2lknnwg23tpobyxe43u";
const PATH: &str = "/unsubscribe/mfrggzdfmztwq2lknnwg23tpobyxe43u";

async fn subscribed(town: &Town) -> ReceiverId {
    let address: Address = "reader@example.net".parse().expect("an address");
    let receiver = Receiver {
        wishes: vec![Wish::default()],
        ..Receiver::reader(address, "en")
    };
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, TOKEN.as_bytes()).as_ref());
    let id = receiver.id.clone();
    town.store
        .enrol_receivers(&[(receiver, hash)], now_at(0))
        .await
        .expect("enrolled");
    id
}

async fn is_stopped(town: &Town, id: &ReceiverId) -> bool {
    let row = town.store.receiver(id).await.expect("the store").expect("a receiver");
    row.stopped.is_some()
}

#[tokio::test]
async fn looking_changes_nothing() {
    let town = Town::opens().await;
    let id = subscribed(&town).await;
    for method in ["GET", "HEAD", "GET"] {
        let answer = town.ask(method, PATH, &[], b"").await;
        assert_eq!(answer.code, 200);
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("x-robots-tag").contains("noindex"));
    }
    assert!(!is_stopped(&town, &id).await);
    let page = town.get(PATH).await;
    assert!(
        page.text().contains("<form method=\"post\">") && !page.text().contains("reader@"),
        "{}",
        page.text()
    );
    town.closes().await;
}

#[tokio::test]
async fn one_click_is_enough_however_it_is_sent_and_as_often_as_it_is_sent() {
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=x", multipart),
    ] {
        let town = Town::opens().await;
        let id = subscribed(&town).await;
        for _ in 0..3 {
            let headers = [("Content-Type", kind), ("Origin", "https://mail.example.com")];
            let answer = town.ask("POST", PATH, &headers, body.as_bytes()).await;
            assert_eq!(
                (answer.code, answer.header("location"), answer.header("set-cookie")),
                (200, "", ""),
                "{kind}"
            );
            assert!(is_stopped(&town, &id).await, "{kind}");
        }
        town.closes().await;
    }
}

#[tokio::test]
async fn a_wrong_token_is_like_any_wrong_address() {
    let town = Town::opens().await;
    let id = subscribed(&town).await;
    for path in [
        "/unsubscribe/mfrggzdfmztwq2lknnwg23tpobyxe43v",
        "/unsubscribe/x",
        "/unsubscribe/%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00",
        "/unsubscribe/MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U%27--",
    ] {
        for method in ["GET", "POST"] {
            let answer = town.ask(method, path, &[], b"").await;
            assert_eq!(answer.code, 404, "{method} {path}");
            assert!(answer.text().contains("This link is not good any more"));
        }
    }
    assert!(!is_stopped(&town, &id).await);
    assert!(
        !town.get("/metrics").await.text().contains("mfrggz"),
        "tokens are not counted by name"
    );
    town.closes().await;
}
