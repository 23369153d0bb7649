//! Promises of the stream of events.

use std::time::Duration;

use gazetted::serve::Limits;
use http_body_util::{BodyExt, Empty};
use hyper::{
    Request,
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;

use crate::town::{NEWS, TOWN, Town, digital_government, notice};

/// Somebody who listens.
struct Listener {
    body: Incoming,
    heard: Vec<u8>,
}

/// An event: its id, and its data.
type Event = (i64, serde_json::Value);

impl Listener {
    async fn at(town: &Town, path: &str, last: Option<i64>) -> Result<Self, u16> {
        let stream = tokio::net::TcpStream::connect(town.address).await.expect("a server");
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("a connection");
        tokio::spawn(connection);
        let mut request = Request::get(path).header("host", "notices.example.org");
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let request = request.body(Empty::<Bytes>::new()).expect("a request");
        let answer = sender.send_request(request).await.expect("an answer");
        if answer.status() != 200 {
            return Err(answer.status().as_u16());
        }
        assert_eq!(answer.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let mut listener = Self {
            body: answer.into_body(),
            heard: Vec::new(),
        };
        assert_eq!(listener.block().await.as_deref(), Some("retry: 3000"));
        Ok(listener)
    }

    /// The next lines up to an empty one; `None` when the stream has ended.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.heard.windows(2).position(|two| two == b"\n\n") {
                let block = self.heard.drain(..end + 2).take(end).collect();
                return Some(String::from_utf8(block).expect("UTF-8"));
            }
            let frame = tokio::time::timeout(Duration::from_secs(20), self.body.frame());
            let frame = frame.await.expect("something is said")?.ok()?;
            self.heard.extend(frame.into_data().expect("bytes"));
        }
    }

    async fn event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            if block == ":" {
                continue;
            }
            let [id, kind, data] = block.lines().collect::<Vec<_>>()[..] else {
                panic!("{block}");
            };
            assert_eq!(kind, "event: notice");
            let id = id.strip_prefix("id: ").and_then(|id| id.parse().ok()).expect("an id");
            let data = data
                .strip_prefix("data: ")
                .and_then(|data| serde_json::from_str(data).ok());
            return Some((id, data.expect("JSON")));
        }
    }

    async fn title(&mut self) -> String {
        let (_, data) = self.event().await.expect("an event");
        data["title"].as_str().expect("a title").to_owned()
    }
}

#[tokio::test]
async fn a_new_notice_is_told_to_who_listens() {
    let town = Town::opens().await;
    town.posts(TOWN, [notice(TOWN, "0", "Before")]).await;
    let mut all = Listener::at(&town, "/events", None).await.expect("a stream");
    let mut of_source = Listener::at(&town, "/events?source=town", None)
        .await
        .expect("a stream");
    let mut of_tag = Listener::at(&town, "/events?tag=government", None)
        .await
        .expect("a stream");
    town.posts(NEWS, [digital_government()]).await;
    town.posts(TOWN, [notice(TOWN, "1", "단수\n안내")]).await;
    let (id, told) = all.event().await.expect("an event");
    assert!(
        told["title"]
            .as_str()
            .is_some_and(|title| title.starts_with("Republic of Korea"))
    );
    assert_eq!(told["source"], "mois-news");
    assert_eq!(told["date_published"], "2020-11-10T00:00:00+09:00");
    assert!(
        told["page"]
            .as_str()
            .is_some_and(|page| page.starts_with("https://notices.example.org/notices/"))
    );
    let (next, told) = all.event().await.expect("an event");
    assert!(next > id);
    assert_eq!(told["title"], "단수 안내");
    assert_eq!(of_source.title().await, "단수 안내");
    assert!(of_tag.title().await.starts_with("Republic of Korea"));
    town.closes().await;
}

#[tokio::test]
async fn who_was_away_goes_on_where_they_were() {
    let town = Town::opens().await;
    let numbered =
        |from: usize, to: usize| (from..to).map(|nth| notice(TOWN, &nth.to_string(), &format!("News {nth}")));
    let mut first = Listener::at(&town, "/events", None).await.expect("a stream");
    town.posts(TOWN, numbered(0, 1)).await;
    let (last, _) = first.event().await.expect("an event");
    drop(first);
    // A page is inserted from its end, so the first of these comes last.
    town.posts(TOWN, numbered(1, 121)).await;
    let mut again = Listener::at(&town, "/events", Some(last)).await.expect("a stream");
    let mut titles = Vec::new();
    for _ in 1..121 {
        titles.push(again.title().await);
    }
    town.posts(TOWN, numbered(121, 122)).await;
    assert_eq!(again.title().await, "News 121");
    let expected: Vec<String> = (1..121).rev().map(|nth| format!("News {nth}")).collect();
    assert_eq!(titles, expected);
    let mut by_address = Listener::at(&town, &format!("/events?lastEventId={last}"), None)
        .await
        .expect("a stream");
    assert_eq!(by_address.title().await, "News 120");
    town.closes().await;
}

#[tokio::test]
async fn a_stream_makes_up_for_so_much_and_ends_and_goes_on_from_there() {
    let town = Town::opens().await;
    let many = (0..1_100).map(|nth| notice(TOWN, &nth.to_string(), &format!("News {nth}")));
    town.posts(TOWN, many).await;
    let mut listener = Listener::at(&town, "/events", Some(0)).await.expect("a stream");
    let mut last = 0;
    let mut heard = 0;
    while let Some((id, _)) = listener.event().await {
        (last, heard) = (id, heard + 1);
    }
    assert_eq!(heard, 1_000);
    let mut listener = Listener::at(&town, "/events", Some(last)).await.expect("a stream");
    for _ in 0..100 {
        listener.event().await.expect("the rest");
    }
    town.closes().await;
}

#[tokio::test]
async fn streams_of_nothing_are_refused_and_so_are_too_many() {
    let town = Town::with(Limits {
        streams: 3,
        ..Limits::default()
    })
    .await;
    assert_eq!(
        Listener::at(&town, "/events?source=nobody", None).await.err(),
        Some(404)
    );
    assert_eq!(Listener::at(&town, "/events?tag=nothing", None).await.err(), Some(404));
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(Listener::at(&town, "/events", None).await.expect("a stream"));
    }
    assert_eq!(Listener::at(&town, "/events", None).await.err(), Some(503));
    assert_eq!(town.get("/healthz").await.code, 200);
    streams.pop();
    let again = async {
        // The place is given back when the server sees that its peer has gone.
        while Listener::at(&town, "/events", None).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again)
        .await
        .expect("a place");
    town.closes().await;
}

#[tokio::test]
async fn streams_end_when_the_server_does() {
    let town = Town::opens().await;
    let mut listener = Listener::at(&town, "/events", None).await.expect("a stream");
    let begin = std::time::Instant::now();
    town.closes().await;
    assert_eq!(listener.block().await, None);
    assert!(begin.elapsed() < Duration::from_secs(5));
}
