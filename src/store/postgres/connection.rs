//! How the server is reached: address, TLS, the pool, the schema.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::{ClientConfig, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::{
    Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::{StoreError, migrate};

use super::fault::Fault;

/// Most connections of one process.
const CONNECTIONS: usize = 8;

/// How long a connection may take, and how long a free one is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a step is tried that another node takes at the same time.
const TRIES: u32 = 5;

/// A pool of connections to the database that `url` names, its schema brought up to date.
pub(super) async fn open(url: &str, password: Option<&str>) -> Result<Pool, StoreError> {
    let mut config = configure(url)?;
    if let (None, Some(password)) = (config.get_password(), password) {
        config.password(password);
    }
    let place = place(&config);
    let pool = pool(config)?;
    let unreachable = |fault: Fault| {
        StoreError::Unusable(format!(
            "PostgreSQL at {place} can't be used ({fault}): check the store's url, \
            the user's rights, and that the server runs"
        ))
    };
    let client = pool.get().await.map_err(|error| unreachable(error.into()))?;
    let encoding: String = client
        .query_one("SELECT current_setting('server_encoding')", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| unreachable(error.into()))?;
    if encoding != "UTF8" {
        return Err(StoreError::Unusable(format!(
            "the database at {place} is encoded in {encoding}: make one with ENCODING 'UTF8'"
        )));
    }
    drop(client);
    let mut tries = 0;
    loop {
        match bring_up_to_date(&pool, &place).await {
            Ok(()) => return Ok(pool),
            Err(Step::Refused(refusal)) => return Err(refusal),
            Err(Step::Failed(fault)) if (fault.may_pass() || fault.is_race()) && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(50) * tries).await;
            }
            Err(Step::Failed(fault)) => return Err(unreachable(fault)),
        }
    }
}

fn configure(url: &str) -> Result<Config, StoreError> {
    // We always check the certificate, so the stronger words ask for what `require` does here.
    let url = url
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    // The parser's own text may quote the password.
    let mut config: Config = url.parse().map_err(|_| {
        StoreError::Unusable(
            "the store's url can't be read: expected postgres://USER@HOST:PORT/DATABASE, with ?sslmode=require for TLS"
                .into(),
        )
    })?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if config.get_application_name().is_none() {
        config.application_name("gazetted");
    }
    config.keepalives_idle(Duration::from_secs(60));
    config.tcp_user_timeout(Duration::from_secs(30));
    Ok(config)
}

/// Where the server is, for people; never the password.
fn place(config: &Config) -> String {
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    hosts.join(", ")
}

fn pool(config: Config) -> Result<Pool, StoreError> {
    let settings = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = if needs_tls(&config) {
        Manager::from_config(config, MakeRustlsConnect::new(tls()?), settings)
    } else {
        Manager::from_config(config, NoTls, settings)
    };
    // What is answered must be on the disk, even where the server's default says otherwise.
    let durable = Hook::async_fn(|client, _| {
        Box::pin(async move {
            client
                .batch_execute(
                    "SELECT set_config('synchronous_commit', 'on', false)
                    WHERE current_setting('synchronous_commit') = 'off'",
                )
                .await
                .map_err(HookError::Backend)
        })
    });
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .wait_timeout(Some(PATIENCE * 3))
        .create_timeout(Some(PATIENCE * 2))
        .runtime(Runtime::Tokio1)
        .post_create(durable)
        .build()
        .map_err(|error| StoreError::Unusable(format!("the pool of connections can't be made: {error}")))
}

/// On this machine TLS protects nothing, and Debian's servers offer it with a certificate that nobody signed.
fn needs_tls(config: &Config) -> bool {
    let here = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    match config.get_ssl_mode() {
        SslMode::Disable => false,
        SslMode::Prefer => !here,
        _ => true,
    }
}

fn tls() -> Result<ClientConfig, StoreError> {
    let unusable = |error: rustls::Error| StoreError::Unusable(format!("TLS to PostgreSQL can't be set up: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_platform_verifier()
        .map_err(unusable)?;
    Ok(builder.with_no_client_auth())
}

enum Step {
    Refused(StoreError),
    Failed(Fault),
}

impl<E: Into<Fault>> From<E> for Step {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes the steps that are missing. The version's row is locked meanwhile, so nodes that start together take turns.
async fn bring_up_to_date(pool: &Pool, place: &str) -> Result<(), Step> {
    let mut client = pool.get().await?;
    let there = client
        .query_one("SELECT to_regclass('schema_version') IS NOT NULL", &[])
        .await?
        .try_get::<_, bool>(0)?;
    if !there {
        let transaction = client.transaction().await?;
        transaction
            .batch_execute(
                "CREATE TABLE schema_version (one boolean PRIMARY KEY CHECK (one), version bigint NOT NULL);
                 INSERT INTO schema_version VALUES (true, 0)",
            )
            .await?;
        transaction.commit().await?;
    }
    loop {
        let transaction = client.transaction().await?;
        let version: i64 = transaction
            .query_one("SELECT version FROM schema_version FOR UPDATE", &[])
            .await?
            .try_get(0)?;
        let next = migrate::missing(migrate::POSTGRES, version, &format!("the database at {place}"))
            .map_err(Step::Refused)?
            .next();
        let Some((version, step)) = next else { return Ok(()) };
        transaction.batch_execute(step).await?;
        transaction
            .execute("UPDATE schema_version SET version = $1", &[&version])
            .await?;
        transaction.commit().await?;
    }
}
