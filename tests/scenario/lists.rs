//! Lists of several pages, and lists that are only shown to whoever asks in the right way.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{Html, IntoResponse, Response},
};
use gazetted::{
    app::App,
    config,
    notice::SourceId,
    ops::Clock,
    poll::Outcome,
    store::{Health, Scope},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::town::at;

/// What was asked: the method, the address, the body and the headers.
#[derive(Clone, Debug)]
struct Asked {
    line: String,
    body: String,
    headers: HeaderMap,
}

/// A board that answers what the test wants.
#[derive(Clone)]
struct Archive {
    address: SocketAddr,
    pages: Arc<Mutex<BTreeMap<String, Shown>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone)]
enum Shown {
    Page(String),
    /// The page is shown to whoever brings the cookie.
    To(&'static str, String),
    SetsCookie(&'static str),
    Status(u16),
    Redirect(String),
}

struct Watch {
    archive: Archive,
    app: App,
    #[expect(dead_code, reason = "the store lives in it")]
    folder: TempDir,
}

impl Archive {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let archive = Self {
            address: listener.local_addr().expect("an address"),
            pages: Arc::default(),
            asked: Arc::default(),
        };
        let answering = archive.clone();
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let answer = answering.answer(&method, &uri, headers, &body);
            async move { answer }
        };
        let router = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        archive
    }

    fn answer(&self, method: &Method, uri: &Uri, headers: HeaderMap, body: &[u8]) -> Response {
        let body = String::from_utf8_lossy(body).into_owned();
        let line = format!("{method} {uri}");
        let cookie = headers
            .get("cookie")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let pages = self.pages.lock().expect("a lock");
        let shown = pages
            .get(&format!("{line} {body}"))
            .or_else(|| pages.get(&line))
            .cloned();
        self.asked.lock().expect("a lock").push(Asked { line, body, headers });
        match shown {
            Some(Shown::Page(page)) => Html(page).into_response(),
            Some(Shown::To(wanted, page)) if cookie == wanted => Html(page).into_response(),
            Some(Shown::To(..)) => Html("<h1>Please begin at the front page</h1>").into_response(),
            Some(Shown::SetsCookie(cookie)) => ([("set-cookie", cookie)], Html("<h1>Welcome</h1>")).into_response(),
            Some(Shown::Status(status)) => StatusCode::from_u16(status).expect("a status").into_response(),
            Some(Shown::Redirect(to)) => (StatusCode::FOUND, [("location", to)]).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn shows(&self, asked: &str, shown: Shown) {
        self.pages.lock().expect("a lock").insert(asked.to_owned(), shown);
    }

    /// What was asked since the last time, the robots.txt aside.
    fn asked(&self) -> Vec<Asked> {
        let mut asked = std::mem::take(&mut *self.asked.lock().expect("a lock"));
        asked.retain(|asked| asked.line != "GET /robots.txt");
        asked
    }

    fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

impl Watch {
    /// A daemon that watches the archive's `/list` as these tables of its source say.
    async fn over(archive: &Archive, tables: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!(
            "[store]\nurl = \"sqlite:{folder}/gazetted.db\"\n[fetch]\nallow_networks = [\"127.0.0.0/8\"]\nper_host_interval = \"0s\"\n\
             [[source]]\nid = \"town\"\nurl = \"http://{address}/list\"\n{tables}\n",
            folder = folder.path().display(),
            address = archive.address,
            tables = tables.replace("HOST", &format!("http://{}", archive.address)),
        );
        let config = config::parse(&text, Path::new("town.toml")).unwrap_or_else(|problems| panic!("{problems}"));
        let clock = Clock::shows(|| at("2026-11-23T10:00:00+09:00"));
        Self {
            archive: archive.clone(),
            app: App::open(config, clock).await.expect("a daemon"),
            folder,
        }
    }

    async fn poll(&self) -> Outcome {
        let id: SourceId = "town".parse().expect("an id");
        let polled = self.app.poller().poll_now(&id).await.expect("a store");
        polled.expect("a free source")
    }

    /// Polls, and expects so many new notices and these questions.
    #[track_caller]
    fn polls<'a>(&'a self, new: usize, lines: &'a [&'a str]) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            match self.poll().await {
                Outcome::Learned { committed, .. } => assert_eq!(committed.new.len(), new, "at {place}"),
                Outcome::Unchanged => assert_eq!(0, new, "at {place}"),
                other @ Outcome::Missed { .. } => panic!("{other:?} at {place}"),
            }
            assert_eq!(self.archive.lines(), lines, "at {place}");
        }
    }

    async fn titles(&self) -> Vec<String> {
        let town = Scope::Source("town".parse().expect("an id"));
        let all = self.app.store().newest(&town, 500).await.expect("a store");
        all.into_iter().map(|entry| entry.notice.title).collect()
    }
}

/// A page with a pinned row, the notices with these numbers, and what is below them.
fn page(numbers: impl IntoIterator<Item = u32>, below: &str) -> Shown {
    let row = |n| format!("<li><a href='/view?no={n}'>Notice {n}</a></li>");
    let rows: String = numbers.into_iter().map(row).collect();
    Shown::Page(format!(
        "<ul><li class=top><a href='/view?no=1'>Rules of this board</a></li>{rows}</ul>{below}"
    ))
}

const ROWS: &str = "[source.board]\nrow = \"li\"\ntitle = \"a\"\npinned = \"li.top\"\n";

#[tokio::test]
async fn pages_are_turned_by_their_number_while_all_is_new() {
    let archive = Archive::start().await;
    let watch = Watch::over(&archive, &format!("{ROWS}page_parameter = \"p\"\npages = 3")).await;
    archive.shows("GET /list", page(8..10, ""));
    archive.shows("GET /list?p=2", page(6..8, ""));
    archive.shows("GET /list?p=3", page(4..6, ""));
    archive.shows("GET /list?p=4", page(2..4, ""));
    // The first look reads as many pages as are allowed; the pinned row is one notice.
    watch.polls(7, &["GET /list", "GET /list?p=2", "GET /list?p=3"]).await;
    watch.polls(0, &["GET /list"]).await;
    archive.shows("GET /list", page([9, 10], ""));
    watch.polls(1, &["GET /list"]).await;
    // More than a page of news since: nothing of it is lost, and the known page is the last one read.
    archive.shows("GET /list", page([14, 13], ""));
    archive.shows("GET /list?p=2", page([12, 11], ""));
    archive.shows("GET /list?p=3", page([10, 9], ""));
    watch.polls(4, &["GET /list", "GET /list?p=2", "GET /list?p=3"]).await;
    assert_eq!(watch.titles().await.len(), 12);
}

#[tokio::test]
async fn an_answer_that_shows_the_same_rows_is_not_read_again() {
    let archive = Archive::start().await;
    let watch = Watch::over(&archive, ROWS).await;
    archive.shows("GET /list", page([8, 7], "<p>10:00, 17 visitors"));
    assert!(matches!(watch.poll().await, Outcome::Learned { .. }));
    assert_eq!(watch.poll().await, Outcome::Unchanged, "the very same bytes");
    archive.shows("GET /list", page([8, 7], "<p>10:05, 23 visitors"));
    assert_eq!(watch.poll().await, Outcome::Unchanged, "the same rows");
    archive.shows("GET /list", page([9, 8, 7], "<p>10:05, 23 visitors"));
    assert!(matches!(watch.poll().await, Outcome::Learned { committed, .. } if committed.new.len() == 1));
    archive.shows("GET /list", page([], ""));
    assert!(matches!(watch.poll().await, Outcome::Learned { .. }), "rows have gone");
    archive.shows("GET /list", Shown::Page("<p>Closed".to_owned()));
    for _ in 0..2 {
        assert!(
            matches!(watch.poll().await, Outcome::Missed { .. }),
            "no rows are no same rows"
        );
    }
}

#[tokio::test]
async fn a_link_leads_to_the_next_page_and_never_to_another_host() {
    let archive = Archive::start().await;
    let watch = Watch::over(&archive, &format!("{ROWS}next = \"a.next\"\npages = 9")).await;
    archive.shows("GET /list", page([9, 8], "<a class=next href='list?from=8'>Older</a>"));
    archive.shows(
        "GET /list?from=8",
        page([7, 6], "<a class=next href='/list?from=6'>Older</a>"),
    );
    archive.shows(
        "GET /list?from=6",
        page([5, 4], "<a class=next href='http://other.example/list'>Older</a>"),
    );
    watch
        .polls(7, &["GET /list", "GET /list?from=8", "GET /list?from=6"])
        .await;
}

#[tokio::test]
async fn a_board_that_shows_the_same_page_for_ever_is_asked_twice() {
    let archive = Archive::start().await;
    let watch = Watch::over(&archive, &format!("{ROWS}page_parameter = \"p\"\npages = 50")).await;
    archive.shows("GET /list", page([9, 8], ""));
    archive.shows("GET /list?p=2", page([9, 8], ""));
    watch.polls(3, &["GET /list", "GET /list?p=2"]).await;
}

#[tokio::test]
async fn a_further_page_that_can_not_be_had_is_asked_for_again_before_anything_is_taken() {
    let archive = Archive::start().await;
    let watch = Watch::over(&archive, &format!("{ROWS}page_parameter = \"p\"\npages = 3")).await;
    archive.shows("GET /list", page([2, 3], ""));
    watch.polls(3, &["GET /list", "GET /list?p=2"]).await;
    archive.shows("GET /list", page([7, 6], ""));
    archive.shows("GET /list?p=2", Shown::Status(500));
    for _ in 0..3 {
        assert!(matches!(watch.poll().await, Outcome::Missed { .. }));
        assert_eq!(watch.titles().await.len(), 3);
    }
    // Patience has an end: the first page is worth more than nothing.
    archive.asked();
    watch.polls(2, &["GET /list", "GET /list?p=2"]).await;
    let states = watch.app.store().source_states().await.expect("a store");
    assert_eq!(states[0].health, Health::Ok);
}

#[tokio::test]
async fn the_pages_of_an_api_are_turned_by_offsets() {
    let archive = Archive::start().await;
    let tables = "[source.json]\nitems = \"list\"\ntitle = \"t\"\nid = \"n\"\npage_parameter = \"offset\"\npage_step = 2\npages = 3";
    let watch = Watch::over(&archive, tables).await;
    let list = |numbers: [u32; 2]| {
        let items = numbers.map(|n| format!("{{\"t\": \"Notice {n}\", \"n\": {n}}}"));
        Shown::Page(format!("{{\"list\": [{}]}}", items.join(", ")))
    };
    archive.shows("GET /list", list([9, 8]));
    archive.shows("GET /list?offset=2", list([7, 6]));
    archive.shows("GET /list?offset=4", Shown::Page("{\"list\": []}".to_owned()));
    watch
        .polls(4, &["GET /list", "GET /list?offset=2", "GET /list?offset=4"])
        .await;
}

#[tokio::test]
async fn a_list_behind_a_form_is_asked_for_as_a_browser_would() {
    let archive = Archive::start().await;
    let tables = format!(
        "{ROWS}page_parameter = \"p\"\npages = 2\n[source.request]\nmethod = \"POST\"\nform = {{ board = \"공지 1\", p = 1 }}\n\
         headers = {{ X-Requested-With = \"XMLHttpRequest\", Accept = \"text/html\", Cookie = {{ env = \"CARGO_PKG_NAME\" }} }}\n\
         referer = \"HOST/front\"\nprime = \"HOST/front\""
    );
    let watch = Watch::over(&archive, &tables).await;
    archive.shows("GET /front", Shown::SetsCookie("session=s1; HttpOnly"));
    let of = |shown| match shown {
        Shown::Page(page) => Shown::To("gazetted; session=s1", page),
        other => other,
    };
    archive.shows("POST /list board=%EA%B3%B5%EC%A7%80+1&p=1", of(page([9, 8], "")));
    archive.shows("POST /list board=%EA%B3%B5%EC%A7%80+1&p=2", of(page([7, 6], "")));
    let polled = watch.poll().await;
    let asked = archive.asked();
    assert!(matches!(polled, Outcome::Learned { .. }), "{polled:?} {asked:?}");
    assert_eq!(watch.titles().await.len(), 5);
    let lines: Vec<&str> = asked.iter().map(|asked| &*asked.line).collect();
    assert_eq!(lines, ["GET /front", "POST /list", "POST /list"]);
    assert_eq!(asked[0].body, "");
    let header = |name: &str| asked[1].headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(header("x-requested-with"), Some("XMLHttpRequest"));
    assert_eq!(
        asked[1].headers.get_all("accept").iter().collect::<Vec<_>>(),
        ["text/html"]
    );
    assert_eq!(header("referer"), Some(&*format!("http://{}/front", archive.address)));
    // The next poll begins anew.
    watch.poll().await;
    let again = archive.asked();
    assert_eq!(
        again[0].headers.get("cookie").and_then(|value| value.to_str().ok()),
        Some("gazetted")
    );
}

#[tokio::test]
async fn a_form_that_is_not_posted_becomes_a_part_of_the_address() {
    let archive = Archive::start().await;
    let tables = format!("{ROWS}[source.request]\nmethod = \"GET\"\nform = {{ q = \"a b\", open = true }}");
    let watch = Watch::over(&archive, &tables).await;
    archive.shows("GET /list?open=true&q=a+b", page([9, 8], ""));
    archive.shows("GET /list?q=a+b&open=true", page([9, 8], ""));
    assert!(matches!(watch.poll().await, Outcome::Learned { .. }));
}

#[tokio::test]
async fn a_form_and_its_headers_stay_with_their_origin() {
    let (archive, other) = (Archive::start().await, Archive::start().await);
    let tables = format!("{ROWS}[source.request]\nform = {{ key = \"k\" }}\nheaders = {{ X-Api-Key = \"hunter2\" }}");
    let watch = Watch::over(&archive, &tables).await;
    archive.shows("POST /list", Shown::Redirect(format!("http://{}/away", other.address)));
    other.shows("GET /away", page([9, 8], ""));
    watch.poll().await;
    for asked in other.asked() {
        assert_eq!((&*asked.line, &*asked.body), ("GET /away", ""));
        assert!(!asked.headers.contains_key("x-api-key"));
    }
}

/// A notice's own page with a file that has no name, and one of another host.
fn article(title: &str, other: SocketAddr) -> Shown {
    Shown::Page(format!(
        "<h1>{title}</h1><div class=text>What it is about.</div><ul class=files><li><a href='/down?n=1'>Plan</a></li>\
         <li><a href='http://{other}/down?n=2'>Map</a></li></ul>"
    ))
}

#[tokio::test]
async fn what_a_list_leads_to_is_asked_for_with_its_secrets_on_its_own_origin_alone() {
    let (archive, other) = (Archive::start().await, Archive::start().await);
    let tables = format!(
        "{ROWS}next = \"a.next\"\npages = 3\n[source.article]\ncontent = \".text\"\nattachments = \".files a\"\n\
         [source.request]\nheaders = {{ X-Api-Key = \"hunter2\", Cookie = \"own=1\", Accept = \"text/list\" }}\n\
         prime = \"HOST/front\"\ncookies = true"
    );
    let watch = Watch::over(&archive, &tables).await;
    archive.shows("GET /front", Shown::SetsCookie("session=s1"));
    archive.shows(
        "GET /list",
        page(
            [2],
            &format!(
                "<li><a href='http://{}/view?no=3'>Notice 3</a></li><a class=next href='/list?p=2'>Older</a>",
                other.address
            ),
        ),
    );
    archive.shows("GET /list?p=2", page([4], ""));
    archive.shows("GET /view?no=2", article("Notice 2", other.address));
    archive.shows(
        "GET /view?no=4",
        Shown::Redirect(format!("http://{}/view?no=4", other.address)),
    );
    other.shows("GET /view?no=3", article("Notice 3", archive.address));
    other.shows("GET /view?no=4", article("Notice 4", other.address));
    let polled = watch.poll().await;
    assert!(matches!(polled, Outcome::Learned { .. }), "{polled:?}");
    let header = |asked: &Asked, name: &str| {
        let value = asked.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let at_home = archive.asked();
    let lines: Vec<&str> = at_home.iter().map(|asked| &*asked.line).collect();
    for line in [
        "GET /front",
        "GET /list",
        "GET /list?p=2",
        "GET /view?no=2",
        "GET /view?no=4",
        "HEAD /down?n=1",
    ] {
        assert!(lines.contains(&line), "{lines:?}");
    }
    for asked in &at_home {
        let session = if asked.line == "GET /front" {
            "own=1"
        } else {
            "own=1; session=s1"
        };
        assert_eq!(header(asked, "x-api-key"), "hunter2", "{}", asked.line);
        assert_eq!(header(asked, "cookie"), session, "{}", asked.line);
        // An article is no list.
        let is_list = asked.line.contains("/list") || asked.line.contains("/front");
        assert_eq!(header(asked, "accept") == "text/list", is_list, "{}", asked.line);
    }
    let away = other.asked();
    let lines: Vec<&str> = away.iter().map(|asked| &*asked.line).collect();
    for line in ["GET /view?no=3", "GET /view?no=4", "HEAD /down?n=2"] {
        assert!(lines.contains(&line), "{lines:?}");
    }
    for asked in &away {
        assert!(
            !asked.headers.contains_key("x-api-key") && !asked.headers.contains_key("cookie"),
            "{}",
            asked.line
        );
    }
}

#[tokio::test]
async fn the_further_pages_of_a_list_that_is_elsewhere_see_none_of_its_secrets() {
    let (archive, other) = (Archive::start().await, Archive::start().await);
    let tables = format!(
        "{ROWS}next = \"a.next\"\npages = 3\n[source.request]\nheaders = {{ X-Api-Key = \"hunter2\", Cookie = \"own=1\" }}"
    );
    let watch = Watch::over(&archive, &tables).await;
    archive.shows("GET /list", Shown::Redirect(format!("http://{}/list", other.address)));
    other.shows("GET /list", page([4], "<a class=next href='/list?p=2'>Older</a>"));
    other.shows("GET /list?p=2", page([3], ""));
    assert!(matches!(watch.poll().await, Outcome::Learned { .. }));
    let away = other.asked();
    let lines: Vec<&str> = away.iter().map(|asked| &*asked.line).collect();
    assert_eq!(lines, ["GET /list", "GET /list?p=2"]);
    for asked in &away {
        assert!(
            !asked.headers.contains_key("x-api-key") && !asked.headers.contains_key("cookie"),
            "{}",
            asked.line
        );
    }
}

#[tokio::test]
async fn a_list_behind_json_is_asked_for_as_its_script_would() {
    for json in [
        "{ board = \"공지\", page = { number = 1, size = 2 } }",
        "'{\"board\":\"공지\",\"page\":{\"number\":1,\"size\":2}}'",
    ] {
        let archive = Archive::start().await;
        let tables = format!("{ROWS}page_parameter = \"page.number\"\npages = 2\n[source.request]\njson = {json}");
        let watch = Watch::over(&archive, &tables).await;
        archive.shows(
            r#"POST /list {"board":"공지","page":{"number":1,"size":2}}"#,
            page([9, 8], ""),
        );
        archive.shows(
            r#"POST /list {"board":"공지","page":{"number":2,"size":2}}"#,
            page([7, 6], ""),
        );
        let polled = watch.poll().await;
        let asked = archive.asked();
        assert!(matches!(polled, Outcome::Learned { .. }), "{polled:?} {asked:?}");
        assert_eq!(watch.titles().await.len(), 5);
        let media_type = asked[0]
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        assert_eq!(media_type, Some("application/json"));
    }
}
