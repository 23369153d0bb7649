//! A town with a notice board, a daemon that watches it, and somebody who is told.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use gazetted::{
    app::App,
    config,
    notice::SourceId,
    ops::{Clock, Listen, Listener},
    poll::Outcome,
    serve,
    store::SourceState,
};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{
    hooks::{self, Hooks},
    smtp::Relay,
};

/// What the board shows.
#[derive(Clone)]
struct Board {
    address: SocketAddr,
    shows: Arc<Mutex<Shows>>,
}

#[derive(Default)]
struct Shows {
    status: u16,
    page: String,
    articles: HashMap<String, (u16, String)>,
    files: HashMap<String, &'static str>,
    refused_heads: bool,
    tag: Option<&'static str>,
    moved: Option<&'static str>,
    asked_at_old: u32,
}

/// The town.
pub struct Town {
    pub app: App,
    pub relay: Relay,
    pub hooks: Hooks,
    board: Board,
    clock: Arc<AtomicI64>,
    text: String,
    folder: TempDir,
    stop: CancellationToken,
    feeds: SocketAddr,
}

/// Lines of the configuration that a scenario changes.
#[derive(Clone, Copy, Default)]
pub struct Settings {
    /// Of the source.
    pub source: &'static str,
    /// Of the subscriber.
    pub subscriber: &'static str,
    /// Of the way mails leave; `#FOLDER` is the town's.
    pub email: &'static str,
}

impl Town {
    /// A town whose board is empty and whose daemon has not looked at it yet.
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let board = Board::start().await;
        let (relay, hooks) = (Relay::start().await, Hooks::start().await);
        let folder = tempfile::tempdir().expect("a folder");
        let text = configuration(&board, &relay, &hooks, folder.path(), settings);
        let clock = Arc::new(AtomicI64::new(at("2026-11-23T10:00:00+09:00").as_microsecond()));
        let (app, stop, feeds) = open(&text, &clock).await;
        Self {
            app,
            relay,
            hooks,
            board,
            clock,
            text,
            folder,
            stop,
            feeds,
        }
    }

    /// Stops the daemon as a power cut would, and starts it again on the same store.
    pub async fn restart(self) -> Self {
        self.stop.cancel();
        drop(self.app);
        let (app, stop, feeds) = open(&self.text, &self.clock).await;
        app.reclaim_leases().await.expect("a store");
        Self {
            app,
            stop,
            feeds,
            ..self
        }
    }

    /// As [`Self::restart`], with a line of the configuration changed.
    pub async fn reconfigured(self, line: &str, into: &str) -> Self {
        assert!(self.text.contains(line), "{line}");
        let text = self.text.replace(line, into);
        Self { text, ..self }.restart().await
    }

    /// There is a second board, of the parish, that shows the same.
    pub async fn with_parish(self) -> Self {
        let from = self.text.find("[[source]]").expect("a source");
        let end = self.text.find("[email]").expect("a relay");
        let parish = self.text[from..end]
            .replace("id = \"town\"", "id = \"parish\"")
            .replace("name = \"Town\"", "name = \"Parish\"")
            .replace("/list.do", "/list.do?of=parish");
        self.reconfigured("[email]", &format!("{parish}\n[email]")).await
    }

    /// The board has this ETag, whatever it shows, and answers 304 to whoever knows it.
    pub fn board_has_tag(&self, tag: &'static str) {
        self.board.shows.lock().expect("a lock").tag = Some(tag);
    }

    /// The list is at `path`, and its old address says that this is for good; or it is at its old address.
    pub fn board_is_at(&self, path: Option<&'static str>) {
        self.board.shows.lock().expect("a lock").moved = path;
    }

    /// How often the list was asked for at its old address since it moved.
    pub fn asked_at_old_address(&self) -> u32 {
        self.board.shows.lock().expect("a lock").asked_at_old
    }

    /// The board answers 501 to HEAD.
    pub fn board_knows_no_head(&self) {
        self.board.shows.lock().expect("a lock").refused_heads = true;
    }

    /// The board shows rows written as `title | date | link`; a title that begins with `*` is pinned.
    pub fn board_shows<const N: usize>(&self, rows: [&str; N]) {
        self.board_shows_all(&rows);
    }

    pub fn board_shows_all(&self, rows: &[impl AsRef<str>]) {
        let rows: String = rows.iter().map(|row| table_row(row.as_ref())).collect();
        self.board_answers(
            200,
            &format!(
                "<!doctype html><meta charset=utf-8><h1>Town</h1><table class=board><tbody>{rows}</tbody></table>"
            ),
        );
    }

    pub fn board_answers(&self, status: u16, page: &str) {
        let mut shows = self.board.shows.lock().expect("a lock");
        (shows.status, shows.page) = (status, page.to_owned());
    }

    /// The page behind `link` has this text.
    pub fn article(&self, link: &str, status: u16, text: &str) {
        let page = format!(
            "<!doctype html><meta charset=utf-8><nav>furniture</nav><div class=view><p>{text}</p></div><ul class=files><li><a href=/f/1.pdf>plan.pdf</a></ul>"
        );
        self.board
            .shows
            .lock()
            .expect("a lock")
            .articles
            .insert(link.to_owned(), (status, page));
    }

    /// The page behind `link`, whole.
    pub fn article_page(&self, link: &str, page: &str) {
        let mut shows = self.board.shows.lock().expect("a lock");
        shows.articles.insert(link.to_owned(), (200, page.to_owned()));
    }

    /// The file behind `link` is called `name` by its server, and "Download" by the page behind `article`.
    pub fn file(&self, article: &str, link: &str, name: &'static str) {
        let page = format!(
            "<!doctype html><meta charset=utf-8><div class=view><p>See the file.</p></div><ul class=files><li><a href='{link}'>Download</a></ul>"
        );
        let mut shows = self.board.shows.lock().expect("a lock");
        shows.articles.insert(article.to_owned(), (200, page));
        shows.files.insert(link.to_owned(), name);
    }

    /// One poll.
    pub async fn poll(&self) -> Outcome {
        self.poll_board("town").await
    }

    pub async fn poll_board(&self, id: &str) -> Outcome {
        let id: SourceId = id.parse().expect("an id");
        self.app
            .poller()
            .poll_now(&id)
            .await
            .expect("a store")
            .expect("a free source")
    }

    /// A poll, and everything that is due is sent.
    pub async fn poll_and_send(&self) {
        self.poll().await;
        self.send().await;
    }

    pub async fn send(&self) {
        self.app.deliver_due().await.expect("a store");
    }

    /// Runs SQL behind the daemon's back.
    pub fn behind_its_back(&self, sql: &str) {
        rusqlite::Connection::open(self.folder.path().join("gazetted.db"))
            .and_then(|db| db.execute_batch(sql))
            .expect("SQL");
    }

    /// Sends until everything that was asked by forms is decided and nothing more comes of it.
    pub async fn settles(&self) {
        self.app.server().decides().await;
        self.send().await;
    }

    /// No part of `text` is anywhere in the store's file.
    pub fn nothing_is_known_of(&self, text: &str) {
        let db = rusqlite::Connection::open(self.folder.path().join("gazetted.db")).expect("a store");
        let tables = ["receivers", "requests", "deliveries", "asked_mails", "never_again"];
        for table in tables {
            let mut rows = db.prepare(&format!("SELECT * FROM {table}")).expect("a table");
            let columns = rows.column_count();
            let mut rows = rows.query([]).expect("rows");
            while let Some(row) = rows.next().expect("a row") {
                for column in 0..columns {
                    let value: rusqlite::types::Value = row.get(column).expect("a value");
                    assert!(!format!("{value:?}").contains(text), "{table}: {value:?}");
                }
            }
        }
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.clock.load(Ordering::SeqCst)).expect("a time")
    }

    pub fn later(&self, time: Duration) {
        self.clock.fetch_add(time.as_micros() as i64, Ordering::SeqCst);
    }

    /// The clock shows this.
    pub fn at(&self, time: &str) {
        self.clock.store(at(time).as_microsecond(), Ordering::SeqCst);
    }

    pub fn earlier(&self, time: Duration) {
        self.clock.fetch_sub(time.as_micros() as i64, Ordering::SeqCst);
    }

    pub async fn state(&self) -> SourceState {
        self.app.store().source_states().await.expect("a store").remove(0)
    }

    /// The subjects of the mails that arrived, without the source's name.
    pub fn mailed(&self) -> Vec<String> {
        self.relay
            .mails()
            .iter()
            .map(|mail| mail.subject().replace(" (Town)", ""))
            .collect()
    }

    /// The titles that were posted to the webhook and taken.
    pub fn posted(&self) -> Vec<String> {
        let taken = |post: &hooks::Post| post.answered == 200;
        self.hooks
            .posts()
            .iter()
            .filter(|post| taken(post))
            .filter_map(|post| Some(post.json()["data"]["title"].as_str()?.to_owned()))
            .collect()
    }

    /// What the webhook was told of the source, each as type and state.
    pub fn alarmed(&self) -> Vec<String> {
        let posts = self.hooks.posts();
        let told = posts.iter().map(hooks::Post::json);
        told.filter(|told| told["data"]["state"].is_string())
            .map(|told| format!("{} {}", told["type"], told["data"]["state"]).replace('"', ""))
            .collect()
    }

    /// The feed as JSON.
    pub async fn feed(&self) -> serde_json::Value {
        serde_json::from_slice(&self.get("/feeds/town.json").await).expect("JSON")
    }

    /// The titles in the feed, newest first.
    pub async fn fed(&self) -> Vec<String> {
        let feed = self.feed().await;
        feed["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| item["title"].as_str().expect("a title").to_owned())
            .collect()
    }

    /// What the daemon answers to a GET.
    pub async fn get(&self, path: &str) -> Vec<u8> {
        // The server looks for changes once a second at most; a ring makes it look now.
        self.app.server().doorbell().ring();
        tokio::task::yield_now().await;
        let answer = self.ask("GET", path).await;
        assert_eq!(answer.0, 200, "{path}");
        answer.1
    }

    /// What the daemon answers to a form.
    pub async fn posts_form(&self, path: &str, form: &str) -> (u16, Vec<u8>) {
        self.posts_form_with(path, form, &[]).await
    }

    /// Posts a form as whoever says `more` of themselves.
    pub async fn posts_form_with(&self, path: &str, form: &str, more: &[(&str, &str)]) -> (u16, Vec<u8>) {
        let headers = [&[("content-type", "application/x-www-form-urlencoded")], more].concat();
        crate::support::ask(self.feeds, "POST", path, &headers, form.as_bytes().to_vec()).await
    }

    pub async fn ask(&self, method: &str, path: &str) -> (u16, Vec<u8>) {
        use http_body_util::{BodyExt, Full};
        let stream = tokio::net::TcpStream::connect(self.feeds).await.expect("a server");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream))
            .await
            .expect("a connection");
        tokio::spawn(connection);
        let body = if method == "POST" {
            "List-Unsubscribe=One-Click"
        } else {
            ""
        };
        let request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.feeds.to_string())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(hyper::body::Bytes::from(body)))
            .expect("a request");
        let answer = sender.send_request(request).await.expect("an answer");
        let status = answer.status().as_u16();
        (
            status,
            answer.into_body().collect().await.expect("a body").to_bytes().to_vec(),
        )
    }
}

impl Board {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let board = Self {
            address: listener.local_addr().expect("an address"),
            shows: Arc::default(),
        };
        let router = Router::new().fallback(get(show)).with_state(board.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        board
    }
}

async fn show(State(board): State<Board>, method: Method, headers: HeaderMap, uri: axum::http::Uri) -> Response {
    let mut shows = board.shows.lock().expect("a lock");
    if let ("/list.do", Some(path)) = (uri.path(), shows.moved) {
        shows.asked_at_old += 1;
        return (StatusCode::MOVED_PERMANENTLY, [("location", path)]).into_response();
    }
    if shows.moved == Some(uri.path()) {
        return (
            StatusCode::from_u16(shows.status).expect("a status"),
            Html(shows.page.clone()),
        )
            .into_response();
    }
    if method == Method::HEAD && shows.refused_heads {
        return StatusCode::NOT_IMPLEMENTED.into_response();
    }
    if let ("/list.do", Some(tag)) = (uri.path(), shows.tag) {
        let known = headers.get("if-none-match").is_some_and(|known| known == tag);
        let status = if known {
            StatusCode::NOT_MODIFIED
        } else {
            StatusCode::OK
        };
        return (status, [("etag", tag)], Html(shows.page.clone())).into_response();
    }
    let (status, page) = match uri.path() {
        "/list.do" => (shows.status, shows.page.clone()),
        _ => {
            let asked = uri.path_and_query().map_or("", |path| path.as_str());
            // Boards don't mind what else is in a link.
            let id = uri
                .query()
                .and_then(|query| query.split('&').find(|pair| pair.starts_with("id=")));
            let bare = id.map(|id| format!("/view.do?{id}")).unwrap_or_default();
            let found = shows.articles.get(asked).or_else(|| shows.articles.get(&bare));
            found.cloned().unwrap_or((404, String::new()))
        }
    };
    if let Some(name) = uri.path_and_query().and_then(|path| shows.files.get(path.as_str())) {
        let called = format!("attachment; filename*=UTF-8''{name}");
        return (
            [
                ("content-disposition", called.as_str()),
                ("content-type", "application/octet-stream"),
            ],
            "file",
        )
            .into_response();
    }
    (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), Html(page)).into_response()
}

fn table_row(row: &str) -> String {
    let mut cells = row.split(" | ");
    let (title, date, link) = (
        cells.next().unwrap_or_default(),
        cells.next().unwrap_or_default(),
        cells.next().unwrap_or_default(),
    );
    let (pin, title) = match title.strip_prefix('*') {
        Some(title) => ("<i class=pin></i>", title),
        None => ("", title),
    };
    format!(
        "<tr><td class=num>{pin}</td><td class=subject><a href='{link}'>{title}</a></td><td class=date>{date}</td></tr>"
    )
}

async fn open(text: &str, clock: &Arc<AtomicI64>) -> (App, CancellationToken, SocketAddr) {
    let config = config::parse(text, Path::new("town.toml")).unwrap_or_else(|problems| panic!("{problems}"));
    let shown = Arc::clone(clock);
    let clock = Clock::shows(move || Timestamp::from_microsecond(shown.load(Ordering::SeqCst)).expect("a time"));
    let app = App::open(config, clock).await.expect("a daemon");
    let listener = Listener::open(&Listen::Tcp(([127, 0, 0, 1], 0).into()))
        .await
        .expect("a port");
    let feeds = listener.address().expect("an address");
    let stop = CancellationToken::new();
    tokio::spawn(serve::run(listener, app.server(), stop.clone()));
    (app, stop, feeds)
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn configuration(board: &Board, relay: &Relay, hooks: &Hooks, folder: &Path, settings: Settings) -> String {
    format!(
        r#"
[server]
public_url = "https://notices.example.org/"

[store]
url = "sqlite:{folder}/gazetted.db"

[fetch]
allow_networks = ["127.0.0.0/8"]
per_host_interval = "0s"

[[source]]
id = "town"
name = "Town"
url = "http://{board}/list.do"
kind = "board"
timezone = "Asia/Seoul"
{source}

[source.board]
row = "table.board tbody tr"
title = "td.subject a"
link = "td.subject a @href"
date = "td.date"
pinned = "td.num i.pin"
{article}

[email]
smtp = "smtp://{relay}"
from = "Notices <notices@example.org>"
{email}

[[subscriber]]
email = "reader@example.net"
{subscriber}

[[webhook]]
id = "intranet"
url = "http://{hooks}/hook"
secret = "{secret}"
"#,
        folder = folder.display(),
        board = board.address,
        relay = relay.address,
        hooks = hooks.address,
        source = settings.source.replace("#ARTICLE", ""),
        article = if settings.source.contains("#ARTICLE") {
            "\n[source.article]\ncontent = \".view\"\nattachments = \".files a\""
        } else {
            ""
        },
        subscriber = settings.subscriber,
        email = settings.email.replace("#FOLDER", &folder.display().to_string()),
        secret = hooks::SECRET,
    )
}
