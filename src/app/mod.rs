//! Puts the program together: opens the store, builds the clients and loops, starts them, stops them in order.

mod claim;
mod names;
mod topics;
mod upkeep;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use anyhow::{Context, bail};
use aws_lc_rs::rand;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    channel::email,
    config::{Bounces, Config, StoreSettings},
    dispatch::{self, Dispatch, Ids, Mail, SourceName},
    fetch::Fetcher,
    net,
    ops::{self, Clock, Doorbell, Listener, Pulse},
    poll::{Poller, Season, Watched},
    returns::{self, Returns},
    serve::{self, Serve, Server, SourceInfo},
    store::{self, InstallKey, Store},
    subscription::Tokens,
    upstream::{Subscriber, is_reachable},
};

pub use claim::{Claim, Shift};

/// Opens the store that `settings` name.
///
/// # Errors
///
/// When it can't be opened; the text says what to do.
pub async fn open_store(settings: &StoreSettings) -> anyhow::Result<Arc<dyn Store>> {
    let password = settings.password.as_ref().map(ops::Secret::expose);
    Ok(store::open(&settings.url, password).await?)
}

/// As [`open_store`], for commands that have nothing to do without a store: none is made.
///
/// # Errors
///
/// When there is none, or it can't be opened; the text says what to do.
pub async fn open_existing_store(settings: &StoreSettings) -> anyhow::Result<Arc<dyn Store>> {
    match claim::file_of(settings) {
        Some(file) if !file.exists() => bail!(
            "there is no store at {} yet: `gazetted run` or `gazetted poll` makes it",
            file.display()
        ),
        _ => open_store(settings).await,
    }
}

/// The program, ready to run.
#[derive(Debug)]
pub struct App {
    poller: Arc<Poller>,
    subscriber: Subscriber,
    dispatch: Dispatch,
    bounces: Option<Bounces>,
    server: Server,
}

impl App {
    /// Opens everything that `config` names and enrols its sources and receivers.
    ///
    /// # Errors
    ///
    /// When the store can't be opened or used, or the system's certificates can't be read.
    pub async fn open(mut config: Config, clock: Clock) -> anyhow::Result<Self> {
        if !config.admins.is_empty() && config.email.is_none() {
            warn!(
                "[admin] email can't be written to without a relay in [email]: what is wrong with sources stands here and in \
                 `gazetted status` only"
            );
        }
        let store = open_store(&config.store).await?;
        let key = install_key(store.as_ref()).await?;
        let client = net::Client::new(net_settings(&config))?;
        let (told, shown) = (Doorbell::default(), Doorbell::default());
        let (pushed, hubs) = (Doorbell::default(), Doorbell::default());
        let mail_domain = config
            .email
            .as_ref()
            .map_or("localhost.invalid", |email| email.from.domain());
        let ids = Ids::new(key, mail_domain);

        let receivers = config
            .subscribers
            .iter()
            .chain(config.admins.iter().filter(|_| config.email.is_some()))
            .chain(config.webhooks.iter().map(|hook| &hook.receiver));
        let receivers: Vec<_> = receivers
            .map(|receiver| (receiver.clone(), ids.token_hash(&receiver.id)))
            .collect();
        store.enrol_receivers(&receivers, clock.now()).await?;

        let secrets = config
            .webhooks
            .iter()
            .filter_map(|hook| Some((hook.receiver.id.clone(), hook.secret.clone()?)));
        let bells = Bells {
            shown: shown.clone(),
            pushed: pushed.clone(),
            asked: Doorbell::default(),
            changed: Doorbell::default(),
        };
        let guard = client.guard().clone();
        names::adopt(store.as_ref(), &mut config.sources).await?;
        let server = Server::new(serve(
            &config,
            (Arc::clone(&store), ids.tokens().clone()),
            clock.clone(),
            guard,
            &bells,
        ))?;
        let hub = dispatch::Hub {
            topics: Arc::new(topics::Served(server.clone())),
            others: Arc::new(config.server.hubs.clone()),
            asked: bells.asked,
            changed: bells.changed,
        };
        let dispatch = Dispatch {
            hub,
            store: Arc::clone(&store),
            client: client.clone(),
            mail: mail(&config)?,
            secrets: Arc::new(secrets.collect()),
            site: site(&config),
            sources: Arc::new(source_names(&config)),
            ids,
            clock: clock.clone(),
            told: told.clone(),
        };
        name_exceptions(&config);
        let bounces = config.email.as_ref().and_then(|email| email.bounces.clone());
        let subscriber = subscriber(&config, &client, Arc::clone(&store), clock.clone(), hubs.clone());
        let poller = Poller {
            concurrency: config.fetch.concurrency,
            season: Season::new(&config.sources, config.fetch.per_host_hourly),
            fetcher: Fetcher::new(client, config.fetch),
            sources: config.sources.into(),
            store,
            clock,
            told,
            shown,
            pushed,
            hubs,
        };
        poller.enrol().await?;
        Ok(Self {
            poller: Arc::new(poller),
            subscriber,
            dispatch,
            bounces,
            server,
        })
    }

    /// Polls.
    pub fn poller(&self) -> &Arc<Poller> {
        &self.poller
    }

    /// The ledger.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.poller.store
    }

    /// Subscribes to hubs.
    pub fn subscriber(&self) -> &Subscriber {
        &self.subscriber
    }

    /// What serves the feeds and pages.
    pub fn server(&self) -> Server {
        self.server.clone()
    }

    /// Takes over what a daemon before us had leased when it died. Only for the one daemon on an SQLite file.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn reclaim_leases(&self) -> anyhow::Result<()> {
        Ok(self.poller.store.reclaim_leases(self.poller.clock.now()).await?)
    }

    /// Sends what is due now, once.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn deliver_due(&self) -> anyhow::Result<()> {
        Ok(dispatch::deliver_due(&self.dispatch).await?)
    }

    /// What reads what comes back of mails until `stop` is cancelled, with its socket open; `None` when nothing does.
    ///
    /// # Errors
    ///
    /// When the socket can't be opened.
    pub async fn returning(
        &self,
        stop: CancellationToken,
    ) -> anyhow::Result<Option<impl Future<Output = ()> + Send + use<>>> {
        let Some(bounces) = &self.bounces else { return Ok(None) };
        let lmtp = match &bounces.lmtp {
            Some(listen) => {
                let listener = Listener::bind(listen).await;
                Some(listener.with_context(|| format!("[email.bounces] can't listen on {listen}"))?)
            }
            None => None,
        };
        let returns = Returns {
            store: Arc::clone(self.store()),
            ids: self.dispatch.ids.clone(),
            domain: bounces.domain.clone(),
            clock: self.dispatch.clock.clone(),
        };
        Ok(Some(returns::run(returns, bounces.maildir.clone(), lmtp, stop)))
    }

    /// Brings back what a clock that was ahead has put too far into the future.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn bring_back(&self) -> anyhow::Result<()> {
        let horizon = upkeep::horizon(self.poller.clock.now(), self.poller.longest_wait());
        Ok(self.poller.store.bring_back(horizon).await?)
    }

    /// Polls, sends and serves until `stop` is cancelled; then lets what is under way end: first the polls, then the sends.
    ///
    /// # Errors
    ///
    /// When a loop ends by itself, which none should.
    pub async fn run(self, listener: Listener, stop: CancellationToken) -> anyhow::Result<()> {
        let sources = self.poller.sources.len();
        let pulses = vec![Pulse::default(), Pulse::default()];
        let upkeep = upkeep::run(
            Arc::clone(&self.poller.store),
            self.poller.clock.clone(),
            self.poller.longest_wait(),
            stop.clone(),
        );
        let returning = self.returning(stop.clone()).await?.map(tokio::spawn);
        let serving = tokio::spawn(serve::run(listener, self.server, stop.clone()));
        let polling = tokio::spawn(self.poller.run(pulses[0].clone(), stop.clone()));
        let sending = tokio::spawn(dispatch::run(self.dispatch, pulses[1].clone(), stop.clone()));
        tokio::spawn(ops::watchdog(pulses, stop.clone()));
        tokio::spawn(upkeep);
        let subscribing = tokio::spawn(self.subscriber.run(stop.clone()));
        ops::ready(&format!("watching {sources} sources"));
        info!(sources, "ready");

        // A loop that ends before it is told to has failed: stop the others, so that systemd starts all of them again.
        let ended = stop.clone();
        let watched = |name: &'static str, task: tokio::task::JoinHandle<anyhow::Result<()>>| {
            let ended = ended.clone();
            async move {
                let outcome = task.await.with_context(|| format!("{name} failed inside the program"));
                let early = !ended.is_cancelled();
                ended.cancel();
                outcome??;
                if early { bail!("{name} ended by itself") } else { Ok(()) }
            }
        };
        let serving = watched("serving", tokio::spawn(async move { Ok(serving.await??) }));
        let polling = watched("polling", tokio::spawn(async move { Ok(polling.await?) }));
        let sending = watched("sending", tokio::spawn(async move { Ok(sending.await?) }));
        let stopping = async {
            stop.cancelled().await;
            ops::stopping();
            info!("stopping: what is under way ends first");
        };
        let (served, polled, sent, ()) = tokio::join!(serving, polling, sending, stopping);
        if let Some(returning) = returning {
            returning
                .await
                .context("reading what comes back failed inside the program")?;
        }
        served.and(polled).and(sent)?;
        subscribing.await?;
        info!("stopped");
        Ok(())
    }
}

/// What makes and judges the links of the installation that has `store`.
///
/// # Errors
///
/// When the store fails.
pub async fn tokens(store: &dyn Store) -> anyhow::Result<Tokens> {
    Ok(Tokens::new(&install_key(store).await?.0))
}

async fn install_key(store: &dyn Store) -> anyhow::Result<InstallKey> {
    let mut fresh = [0; 32];
    rand::fill(&mut fresh).map_err(|_| anyhow::anyhow!("the system gives no randomness"))?;
    Ok(store.install_key(InstallKey(fresh)).await?)
}

/// The admin named the sources', webhooks' and hubs' addresses, so the ports in them are allowed.
pub(crate) fn net_settings(config: &Config) -> net::Settings {
    let mut settings = config.net.clone();
    let hooks = config.webhooks.iter().filter_map(|hook| match &hook.receiver.channel {
        crate::subscription::Channel::Webhook { url, .. } => url.port(),
        crate::subscription::Channel::Mail { .. } => None,
    });
    let ports: BTreeSet<u16> = config
        .sources
        .iter()
        .filter_map(|watched| watched.source.url.port())
        .chain(hooks)
        .chain(config.server.hubs.iter().filter_map(url::Url::port))
        .collect();
    settings.allow_ports.extend(ports.into_iter().map(|port| port..=port));
    settings
}

/// Says which sources are asked in a way that a colleague should know of.
fn name_exceptions(config: &Config) {
    for Watched { source, manner, .. } in &config.sources {
        for exception in manner.exceptions() {
            warn!(source = %source.id, "{exception}");
        }
    }
}

fn subscriber(
    config: &Config,
    client: &net::Client,
    store: Arc<dyn Store>,
    clock: Clock,
    hubs: Doorbell,
) -> Subscriber {
    let public_url = &config.server.public_url;
    let pushed = config.sources.iter().filter(|watched| watched.pace.push);
    Subscriber {
        store,
        client: client.clone(),
        clock,
        callback: is_reachable(public_url, client.guard()).then(|| public_url.clone()),
        sources: Arc::new(pushed.map(|watched| watched.source.id.clone()).collect()),
        hubs,
    }
}

fn mail(config: &Config) -> anyhow::Result<Option<Mail>> {
    let Some(email) = &config.email else { return Ok(None) };
    let relay = email.relay.clone().with_system_certificates()?;
    Ok(Some(Mail {
        relay,
        sender: sender(email),
        templates: email.templates.clone(),
        signers: Arc::clone(&email.signers),
        connections: email.connections,
        pace: email.pace,
    }))
}

/// What this server calls itself.
pub(crate) fn site(config: &Config) -> email::Site {
    email::Site {
        title: config.server.title.clone(),
        public_url: config.server.public_url.clone(),
    }
}

/// Who writes mails.
pub(crate) fn sender(email: &crate::config::Email) -> email::Sender {
    email::Sender {
        name: email.from_name.clone(),
        address: email.from.clone(),
        returns: email.bounces.as_ref().map(|bounces| bounces.domain.clone()),
    }
}

/// What people are offered by mail.
pub fn mailing(config: &Config) -> Option<serve::Mailing> {
    let email = config.email.as_ref().filter(|_| config.subscribe.enabled)?;
    Some(serve::Mailing {
        sender: email.from.clone(),
        allow_domains: config.subscribe.allow_domains.clone(),
        deny_domains: config.subscribe.deny_domains.clone(),
        limits: config.subscribe.limits,
    })
}

/// What the sources are called.
pub(crate) fn source_names(config: &Config) -> HashMap<crate::notice::SourceId, SourceName> {
    let name = |source: &crate::source::Source| SourceName {
        name: source.name.clone(),
        tags: source.tags.clone(),
        language: source.language.clone(),
        zone: source.zone.clone(),
    };
    config
        .sources
        .iter()
        .map(|watched| (watched.source.id.clone(), name(&watched.source)))
        .collect()
}

/// What the server rings, and what rings at it.
struct Bells {
    shown: Doorbell,
    pushed: Doorbell,
    asked: Doorbell,
    changed: Doorbell,
}

fn serve(
    config: &Config,
    (store, tokens): (Arc<dyn Store>, Tokens),
    clock: Clock,
    guard: net::Guard,
    bells: &Bells,
) -> Serve {
    let mut registry = Registry::with_prefix("gazetted");
    let metrics = serve::Metrics::register(&mut registry);
    let info = |watched: &crate::poll::Watched| SourceInfo {
        id: watched.source.id.clone(),
        aliases: watched.aliases.clone(),
        name: watched.source.name.clone(),
        page: watched.source.page(),
        language: watched.source.language.clone(),
        zone: watched.source.zone.clone(),
        tags: watched.source.tags.clone(),
        interval: watched.pace.interval,
        rights: watched.rights.clone(),
        corrections: watched.corrections,
        legal_note: watched.legal_note.clone(),
        max_body: watched.manner.way.max_body.unwrap_or(config.net.max_body),
    };
    Serve {
        store,
        site: serve::Site {
            rights: config.server.rights.clone(),
            title: config.server.title.clone(),
            public_url: config.server.public_url.clone(),
        },
        sources: Arc::new(config.sources.iter().map(info).collect()),
        searches: Arc::new(config.searches.clone()),
        metrics,
        registry: Arc::new(registry),
        doorbell: bells.shown.clone(),
        hubs: config.server.hubs.clone(),
        guard,
        asked: bells.asked.clone(),
        changed: bells.changed.clone(),
        pushed: bells.pushed.clone(),
        mailing: mailing(config).map(Arc::new),
        tokens,
        trusted_proxies: config.server.trusted_proxies.clone(),
        clock,
        limits: serve::Limits::default(),
    }
}
