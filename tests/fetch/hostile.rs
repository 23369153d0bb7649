//! A walk through everything a server can do wrong, with the toolbox that lies beside this repository.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use gazetted::net::{
    Answer, Client, Fault, HeaderName, HeaderValue, Limit, Miss, Phase, Redirects, Settings, TlsFault, Turn,
};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;

const FOLLOW: Redirects = Redirects::Follow { max: 5 };

/// The hostile server, until dropped.
pub struct Hostile {
    port: u16,
    extra: u16,
    tls: u16,
    _process: Child,
}

impl Hostile {
    /// `None`, after a word about it, when the toolbox or its interpreter is absent.
    pub async fn start() -> Option<Self> {
        let tool = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/hostile_http.py");
        if !tool.exists() {
            println!("skipped: ../shared/tools/hostile_http.py is absent");
            return None;
        }
        for _ in 0..5 {
            let base = free_ports();
            let (port, canary, extra, tls) = (base, base + 1, base + 2, base + 7);
            let spawned = Command::new("python3")
                .arg(&tool)
                .args(["--port", &port.to_string(), "--canary", &format!("127.0.0.66:{canary}")])
                .args(["--extra", &extra.to_string(), "--tls", &tls.to_string()])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn();
            let Ok(mut process) = spawned else {
                println!("skipped: python3 is absent");
                return None;
            };
            let stdout = process.stdout.take().expect("a pipe");
            if let Ok(Some(_ready)) = BufReader::new(stdout).lines().next_line().await {
                return Some(Self {
                    port,
                    extra,
                    tls,
                    _process: process,
                });
            }
        }
        panic!("the hostile server found no free ports");
    }

    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{path}", self.port)).expect("a URL")
    }

    /// The server's own words, by a client without budgets worth the name.
    pub async fn told(&self, path: &str) -> serde_json::Value {
        let settings = Settings {
            allow_networks: loopback(),
            ..Settings::default()
        };
        let client = Client::new(settings).expect("a client");
        let answer = client
            .get(&self.url(path), &[], Redirects::Never)
            .await
            .expect("the server's own page");
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    pub async fn nobody_reached_the_canary(&self) {
        assert_eq!(self.told("/_canary").await["hits"], serde_json::json!([]));
    }
}

/// The first of 11 ports in a row that are free now.
fn free_ports() -> u16 {
    loop {
        let first = TcpListener::bind("127.0.0.1:0")
            .expect("a port")
            .local_addr()
            .expect("an address")
            .port();
        if first < 65_000 && (first..first + 11).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return first;
        }
    }
}

/// The hostile server's own address, and not the canary's.
pub fn loopback() -> Vec<ipnet::IpNet> {
    vec!["127.0.0.1/32".parse().expect("a network")]
}

/// Budgets short enough for a walk, long enough for a server in an interpreter on a busy machine.
fn budgets() -> Settings {
    Settings {
        timeout: Duration::from_secs(12),
        first_byte_timeout: Duration::from_secs(8),
        connect_timeout: Duration::from_secs(3),
        allow_networks: loopback(),
        ..Settings::default()
    }
}

/// What a path must end in. Pages that lie only in what they say are whole pages here.
fn expected(path: &str) -> fn(&Result<Answer, Miss>) -> bool {
    macro_rules! is {
        ($pattern:pat) => {
            |outcome| matches!(outcome, $pattern)
        };
    }
    match path.split('?').next().unwrap_or(path) {
        "/drip" | "/hang-mid-body" => is!(Err(Miss::Timeout {
            phase: Phase::Whole,
            ..
        })),
        "/drip-headers" | "/hang" | "/1xx-flood" => is!(Err(Miss::Timeout {
            phase: Phase::Headers,
            ..
        })),
        "/never-ending" | "/cl-huge" | "/evil/big-attachment" | "/evil/one-line" | "/evil/many-items" => {
            is!(Err(Miss::TooLarge {
                limit: Limit::Body(_),
                ..
            }))
        }
        "/never-ending-headers" | "/huge-header" | "/many-headers" | "/set-cookie-flood" => {
            is!(Err(Miss::TooLarge {
                limit: Limit::Headers,
                ..
            }))
        }
        "/reset" | "/reset-mid" => is!(Err(Miss::Broken {
            fault: Fault::Reset | Fault::Ended,
            ..
        })),
        "/cl-long" | "/chunk-truncated" => is!(Err(Miss::Broken {
            fault: Fault::Ended,
            ..
        })),
        "/cl-conflict" | "/cl-negative" | "/http09" | "/status-garbage" | "/chunk-bad-size" | "/chunk-overflow"
        | "/header-ctl" => is!(Err(Miss::Broken {
            fault: Fault::NotHttp,
            ..
        })),
        "/chunk-ext-flood" | "/trailer-flood" => is!(Err(Miss::Broken { .. } | Miss::TooLarge { .. })),
        "/status-999" => is!(Err(Miss::Status { status: 999, .. })),
        "/204" => is!(Err(Miss::Status { status: 204, .. })),
        "/206-unasked" => is!(Err(Miss::Status { status: 206, .. })),
        "/alpn-h2c-upgrade" => is!(Err(Miss::Status { status: 101, .. } | Miss::Broken { .. })),
        "/bomb/br"
        | "/bomb/layers"
        | "/bomb/gzip-nested"
        | "/enc/lie"
        | "/enc/unknown"
        | "/enc/gzip-truncated"
        | "/enc/gzip-badcrc" => is!(Err(Miss::Encoding { .. })),
        "/bomb/gzip" | "/bomb/deflate" | "/bomb/zstd" => is!(Err(Miss::TooLarge { .. })),
        "/redir/self" | "/redir/pingpong" | "/redir/pingpong2" | "/redir/chain/6" => {
            is!(Err(Miss::Redirect {
                turn: Turn::TooOften(5),
                ..
            }))
        }
        "/redir/no-location" | "/redir/bad-location" => is!(Err(Miss::Redirect {
            turn: Turn::Nowhere,
            ..
        })),
        "/redir/cross-host" => is!(Err(Miss::Refused { .. })),
        "/redir/401" => is!(Err(Miss::Status { status: 401, .. })),
        "/gone-410" => is!(Err(Miss::Status { status: 410, .. })),
        "/flaky" => is!(Err(Miss::Status { status: 500, .. })),
        "/cond/304-always" => is!(Err(Miss::Status { status: 304, .. })),
        "/cond/304-body" => is!(Err(Miss::Status { status: 304, .. })),
        "/ra/seconds" => |outcome| waits(outcome, 7..=7),
        "/ra/date" => |outcome| waits(outcome, 8..=9),
        "/ra/huge" => |outcome| waits(outcome, 86_400..=86_400),
        "/ra/past" | "/ra/negative" | "/ra/garbage" => {
            is!(Err(Miss::Status {
                status: 429 | 503,
                retry_after: None,
                ..
            }))
        }
        "/robots.txt" if path.contains("huge") => is!(Err(Miss::TooLarge { .. })),
        "/status/404" => is!(Err(Miss::Status { status: 404, .. })),
        "/status/503" => is!(Err(Miss::Status { status: 503, .. })),
        _ => is!(Ok(Answer { status: 200, .. })),
    }
}

fn waits(outcome: &Result<Answer, Miss>, seconds: std::ops::RangeInclusive<u64>) -> bool {
    matches!(outcome, Err(Miss::Status { retry_after: Some(wait), .. }) if seconds.contains(&wait.as_secs()))
}

/// Paths that stand for the index's families.
fn members(path: &str) -> Vec<String> {
    match path {
        "/redir/chain/*" => ["/redir/chain/5", "/redir/chain/6"].map(str::to_owned).into(),
        "/status/*" => ["/status/404", "/status/503"].map(str::to_owned).into(),
        "/b/*" => vec!["/b/x/view.do?nttId=100001".into()],
        "/robots.txt" => ["/robots.txt", "/robots.txt?mode=huge"].map(str::to_owned).into(),
        // Walked with the targets.
        "/redir/ssrf/*" => Vec::new(),
        path => vec![path.into()],
    }
}

// With threads to spare: unoptimised, reading a flood of 1xx keeps one busy for seconds at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_hostile_path_ends_as_it_must_and_soon() {
    let Some(hostile) = Hostile::start().await else { return };
    let index = hostile.told("/?json").await;
    let mut paths: Vec<String> = index
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["path"].as_str())
        .filter(|path| !path.starts_with("/_"))
        .flat_map(members)
        .collect();
    // The server has one thread: what keeps it from answering others comes last.
    paths.sort_by_key(|path| path == "/1xx-flood");
    assert!(paths.len() > 150, "only {} paths", paths.len());
    // The server packs its bombs when they are first asked for, and on a busy machine takes longer than the budget.
    let patient = Client::new(Settings {
        timeout: Duration::from_secs(120),
        first_byte_timeout: Duration::from_secs(120),
        ..budgets()
    })
    .expect("a client");
    for path in paths.iter().filter(|path| path.starts_with("/bomb/")) {
        let _ = patient.get(&hostile.url(path), &[], FOLLOW).await;
    }
    let client = Client::new(budgets()).expect("a client");
    let (start, walked) = (Instant::now(), paths.len());
    let wrong: Vec<String> = futures_util::stream::iter(paths)
        .map(|path| {
            let (client, url) = (client.clone(), hostile.url(&path));
            async move {
                let start = Instant::now();
                let outcome = client.get(&url, &[], FOLLOW).await;
                let took = start.elapsed();
                let bounded = !matches!(&outcome, Ok(answer) if answer.body.len() > budgets().max_body);
                let good = expected(&path)(&outcome) && bounded && took < budgets().timeout + Duration::from_secs(1);
                let outcome = outcome.map(|answer| (answer.status, answer.body.len()));
                println!("{path}: {outcome:?} in {took:.1?}");
                (!good).then(|| format!("{path}: {outcome:?} in {took:.1?}"))
            }
        })
        .buffer_unordered(24)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    println!("walked {walked} paths in {:.1?}", start.elapsed());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(start.elapsed() < Duration::from_secs(60));
    hostile.nobody_reached_the_canary().await;
}

#[tokio::test]
async fn no_forbidden_target_is_reached_directly_or_by_a_redirect() {
    let Some(hostile) = Hostile::start().await else { return };
    let targets = hostile.told("/ssrf-targets.json").await;
    let targets: BTreeMap<&str, &str> = targets
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| Some((row["name"].as_str()?, row["url"].as_str()?)))
        .collect();
    assert!(targets.len() > 60, "only {} targets", targets.len());
    let open = Client::new(budgets()).expect("a client");
    let closed = Client::new(Settings {
        allow_networks: Vec::new(),
        ..budgets()
    })
    .expect("a client");
    let tried = futures_util::stream::iter(targets)
        .map(|(name, target)| {
            let (open, closed) = (open.clone(), closed.clone());
            let redirect = hostile.url(&format!("/redir/ssrf/{name}"));
            async move {
                let followed = open.get(&redirect, &[], FOLLOW).await;
                // As a client reads it: against a base, since some are no URL alone.
                let target = redirect.join(target).ok();
                let direct = match &target {
                    None => None,
                    Some(target) => Some(closed.get(target, &[], FOLLOW).await),
                };
                let posted = match &target {
                    None => None,
                    Some(target) => Some(closed.post(target, &[], b"x".to_vec(), budgets().timeout).await),
                };
                (name.to_owned(), target, [Some(followed), direct, posted])
            }
        })
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await;
    for (name, target, outcomes) in tried {
        let is_name = target.as_ref().and_then(Url::domain).is_some();
        for outcome in outcomes.into_iter().flatten() {
            let good = match &outcome {
                Err(Miss::Refused { .. }) => true,
                Err(Miss::Redirect {
                    turn: Turn::Nowhere, ..
                }) => target.is_none(),
                // A name this machine cannot resolve, or its own name where nobody listens.
                Err(Miss::Dns { .. } | Miss::Connect { .. }) => is_name,
                _ => false,
            };
            assert!(good, "{name} {target:?}: {outcome:?}");
        }
    }
    hostile.nobody_reached_the_canary().await;
}

#[tokio::test]
async fn broken_servers_below_http_end_as_they_must() {
    let Some(hostile) = Hostile::start().await else { return };
    let client = Client::new(budgets()).expect("a client");
    let get = |scheme: &str, port: u16| {
        let url = Url::parse(&format!("{scheme}://127.0.0.1:{port}/ok")).expect("a URL");
        let client = client.clone();
        async move { client.get(&url, &[], FOLLOW).await.map(|answer| answer.status) }
    };
    let (extra, tls) = (hostile.extra, hostile.tls);
    let silent = get("http", extra).await;
    assert!(
        matches!(
            silent,
            Err(Miss::Timeout {
                phase: Phase::Headers,
                ..
            })
        ),
        "{silent:?}"
    );
    for port in [extra + 1, extra + 4] {
        let closed = get("http", port).await;
        assert!(
            matches!(closed, Err(Miss::Broken { .. } | Miss::Connect { .. })),
            "{closed:?}"
        );
    }
    for port in [extra + 2, extra + 3] {
        let noise = get("http", port).await;
        assert!(matches!(noise, Err(Miss::Broken { .. })), "{noise:?}");
    }
    // The one for another name is self-signed first of all.
    for (port, faults) in [
        (tls, [TlsFault::SelfSigned, TlsFault::UnknownIssuer]),
        (tls + 1, [TlsFault::Expired, TlsFault::UnknownIssuer]),
        (tls + 2, [TlsFault::SelfSigned, TlsFault::WrongName]),
    ] {
        let untrusted = get("https", port).await;
        let named = matches!(&untrusted, Err(Miss::Tls { fault, .. }) if faults.contains(fault));
        assert!(named, "{untrusted:?}");
    }
    let stalled = get("https", tls + 3).await;
    assert!(
        matches!(
            stalled,
            Err(Miss::Timeout {
                phase: Phase::Connecting,
                ..
            })
        ),
        "{stalled:?}"
    );
    // The server waits for the end of a line, which the random bytes of a handshake hold or not.
    let plain = get("https", hostile.port).await;
    assert!(
        matches!(
            plain,
            Err(Miss::Tls { .. } | Miss::Connect { .. } | Miss::Timeout { .. })
        ),
        "{plain:?}"
    );
}

#[tokio::test]
async fn its_conditional_pages_are_read_once_and_then_unchanged() {
    let Some(hostile) = Hostile::start().await else { return };
    let client = Client::new(budgets()).expect("a client");
    for (path, answered, asked) in [
        ("/cond/etag", "etag", "if-none-match"),
        ("/cond/weak", "etag", "if-none-match"),
        ("/cond/lm", "last-modified", "if-modified-since"),
    ] {
        let url = hostile.url(path);
        let first = client.get(&url, &[], FOLLOW).await.expect("a page");
        let validator: HeaderValue = first.headers[answered].clone();
        let again = client
            .get(&url, &[(HeaderName::from_static(asked), validator)], FOLLOW)
            .await
            .expect("an answer");
        assert_eq!((first.status, again.status, again.body.len()), (200, 304, 0), "{path}");
    }
}
