//! A real PostgreSQL for tests: the server that `GAZETTED_TEST_POSTGRES` names, or a cluster of our own that ends with
//! the test process, even when that is killed.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
};

/// Runs a cluster until its input ends, which it does when the process that holds the other end is gone.
const CLUSTER: &str = r#"
trap '' INT TERM HUP
dir=$(mktemp -d "${TMPDIR:-/tmp}/gazetted-pg.XXXXXX") || exit 1
log=$dir/log
cd "$dir"
if "$BIN/initdb" -D "$dir/data" -U gazetted --auth=trust --encoding=UTF8 --locale=C --no-sync >"$log" 2>&1 &&
    "$BIN/pg_ctl" -D "$dir/data" -w -l "$log" \
        -o "-k '$dir' -c listen_addresses= -c fsync=off -c max_connections=400" start >/dev/null 2>&1
then
    echo "ready $dir"
    cat >/dev/null
    "$BIN/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
else
    echo "failed $(tail -n 3 "$log" | tr '\n' ' ')"
fi
cd /
rm -rf "$dir"
"#;

/// A database of one test's own.
pub struct Database {
    /// How it is reached.
    pub url: String,
    name: String,
    server: Server,
}

impl Database {
    /// Makes an empty database.
    pub async fn fresh() -> Self {
        let server = server().clone();
        let mut random = [0; 8];
        aws_lc_rs::rand::fill(&mut random).expect("random numbers");
        let name = format!("gazetted_test_{:016x}", u64::from_ne_bytes(random));
        run(
            &server.url("postgres"),
            &format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"),
        )
        .await;
        Self {
            url: server.url(&name),
            name,
            server,
        }
    }

    /// Runs SQL on it, as an intruder or an accident would.
    pub async fn run(&self, sql: &str) {
        run(&self.url, sql).await;
    }
}

impl Drop for Database {
    /// A server that is not ours is left as it was.
    fn drop(&mut self) {
        let Server::Named(_) = self.server else { return };
        let (url, sql) = (
            self.server.url("postgres"),
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
        );
        let dropping = thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(run(&url, &sql));
        });
        let _ = dropping.join();
    }
}

async fn run(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .expect("a connection to the test's PostgreSQL");
    let connection = tokio::spawn(connection);
    client
        .batch_execute(sql)
        .await
        .expect("SQL that the test's PostgreSQL takes");
    drop(client);
    let _ = connection.await;
}

#[derive(Clone)]
enum Server {
    /// A cluster of ours, by the folder of its socket.
    Own(String),
    /// The one that was named, by its address.
    Named(String),
}

impl Server {
    fn url(&self, database: &str) -> String {
        match self {
            Self::Own(folder) => format!("postgres:///{database}?host={folder}&user=gazetted"),
            Self::Named(url) => {
                let mut url = url::Url::parse(url).expect("GAZETTED_TEST_POSTGRES is an address");
                url.set_path(database);
                url.into()
            }
        }
    }
}

/// The server that all tests of this process share.
fn server() -> &'static Server {
    // Keeps the cluster's input open as long as the process lives.
    static SERVER: OnceLock<(Server, Option<Child>)> = OnceLock::new();
    &SERVER
        .get_or_init(|| match env::var("GAZETTED_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => (Server::Named(url), None),
            _ => {
                let (folder, cluster) = start();
                (Server::Own(folder), Some(cluster))
            }
        })
        .0
}

fn start() -> (String, Child) {
    let programs = programs().expect(
        "these tests need PostgreSQL: `./test` installs it (the Debian package `postgresql`), or name a server in \
         GAZETTED_TEST_POSTGRES",
    );
    let mut cluster = as_someone()
        .env("BIN", programs)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let mut said = String::new();
    BufReader::new(cluster.stdout.take().expect("its output"))
        .read_line(&mut said)
        .expect("what it says");
    let folder = said
        .trim()
        .strip_prefix("ready ")
        .unwrap_or_else(|| panic!("PostgreSQL does not start: {said}"));
    (folder.to_owned(), cluster)
}

/// A shell that runs the cluster; as another user when this one is root, whom PostgreSQL refuses to serve.
fn as_someone() -> Command {
    if asked("id", &["-u"]).is_none_or(|id| id != "0") {
        let mut shell = Command::new("sh");
        shell.args(["-c", CLUSTER]);
        return shell;
    }
    let user = ["postgres", "nobody"]
        .into_iter()
        .find(|user| asked("id", &["-u", user]).is_some())
        .expect("a user other than root: `postgres` or `nobody`");
    let group = asked("id", &["-g", user]).expect("its group");
    let mut shell = Command::new("setpriv");
    shell.args([
        "--reuid",
        user,
        "--regid",
        &group,
        "--clear-groups",
        "sh",
        "-c",
        CLUSTER,
    ]);
    shell
}

/// Where `initdb` and `pg_ctl` are: the newest of Debian's, or on the path.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")));
    let mut debian: Vec<PathBuf> = debian.filter(|bin| bin.join("initdb").exists()).collect();
    debian.sort_by_key(|bin| {
        let version = bin
            .parent()
            .and_then(|folder| folder.file_name()?.to_str()?.parse::<u32>().ok());
        version.unwrap_or(0)
    });
    let path = env::var_os("PATH").unwrap_or_default();
    debian
        .pop()
        .or_else(|| env::split_paths(&path).find(|folder| folder.join("initdb").exists()))
}

fn asked(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
