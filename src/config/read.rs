//! Which keys there are, section by section.

use std::{
    collections::{HashMap, HashSet},
    net::{IpAddr, Ipv6Addr},
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::IpNet;
use jiff::tz::TimeZone;
use toml::de::DeTable;
use url::Url;

use super::{
    Bounces, Config, Email, Problem, Problems, Server, StoreSettings, Subscribe, Webhook, dkim,
    pieces::Pieces,
    section::{Found, Mistakes, Section},
    shared::Shared,
    sources,
    value::{self, DURATION},
};
use crate::{
    channel::{
        chat,
        email::{Relay, Templates, UnusableTemplates},
    },
    dispatch, fetch, net,
    notice::SourceId,
    ops::Listen,
    poll::{Pace, Watched},
    search::Query,
    serve::SavedSearch,
    store::AskingLimits,
    subscription::{Address, Cadence, Channel, Hears, Receiver, ReceiverId, Rule, USUAL_HOUR, WebhookFormat, Wish},
};

/// So many mails a day reach a mailbox whose owner has not asked for them.
const PER_MAILBOX: usize = 3;

const ADDRESS: &str = "an address such as \"https://www.example.org/notices\"";
const SEARCH: &str = "a search such as \"water OR gas -sewer tag:roads\"; see docs/search.md";
/// Connections to the relay where the configuration does not say.
const CONNECTIONS: usize = 8;

const WORDS: &str = "a list of texts such as [\"water\", \"road\"]";

pub(super) fn config(text: &str, path: &Path) -> Result<Config, Problems> {
    match in_pieces(text) {
        Some(config) => Ok(config),
        None => at_once(text, path),
    }
}

/// Reads source by source; `None` where anything is wrong or written in an unusual way.
fn in_pieces(text: &str) -> Option<Config> {
    let pieces = Pieces::of(text);
    let table = DeTable::parse(&pieces.rest).ok()?;
    let mistakes = Mistakes::default();
    let root = Section::root(&table, &mistakes);
    let shared = Shared::default();
    let config = whole(&root, |pace| {
        let sources = pieces.sources.iter().map(|piece| alone(piece, pace, &shared));
        sources
            .collect::<Option<Vec<Watched>>>()
            .filter(|sources| sources::are_distinct(sources))
    });
    config.filter(|_| mistakes.into_inner().is_empty())
}

/// A source that is all that is in `text`.
fn alone(text: &str, pace: Pace, shared: &Shared) -> Option<Watched> {
    let table = DeTable::parse(text).ok()?;
    let mistakes = Mistakes::default();
    let root = Section::root(&table, &mistakes);
    let watched = root
        .sections("source")
        .iter()
        .find_map(|section| sources::source(section, pace, shared));
    root.end();
    watched.filter(|_| mistakes.into_inner().is_empty())
}

/// Reads everything, so that all mistakes are found.
fn at_once(text: &str, path: &Path) -> Result<Config, Problems> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let of = |problems| Problems::of(path.to_owned(), text.to_owned(), problems);
    if !errors.is_empty() {
        let spell = |error: &toml::de::Error| Problem {
            key: String::new(),
            what: format!("this is not TOML: {}", error.message().replace('\n', "; ")),
            help: None,
            span: error.span(),
            secret: true,
        };
        return Err(of(errors.iter().map(spell).collect()));
    }
    let mistakes = Mistakes::default();
    let root = Section::root(&table, &mistakes);
    let shared = Shared::default();
    let config = whole(&root, |pace| {
        let sections = root.sections("source");
        let sources = sections
            .iter()
            .filter_map(|section| sources::source(section, pace, &shared));
        let sources: Vec<Watched> = sources.collect();
        unique(
            &root,
            "source",
            sources.iter().map(|watched| watched.source.id.to_string()),
        );
        sources::distinct(&sections);
        Some(sources)
    });
    match (config, mistakes.into_inner()) {
        (Some(config), problems) if problems.is_empty() => Ok(config),
        (_, problems) => Err(of(problems)),
    }
}

/// What `root` says, beside its `sources`; they are polled as they are told to.
fn whole(root: &Section<'_>, sources: impl FnOnce(Pace) -> Option<Vec<Watched>>) -> Option<Config> {
    let server = server(&root.section("server"));
    let store = store(&root.section("store"));
    let (net, fetch) = fetching(&root.section("fetch"));
    let poll = root.section("poll");
    let pace = sources::pace(&poll, Pace::default());
    poll.end();
    let mut sources = sources(pace)?;
    sources.shrink_to_fit();
    let known = Known::of(&sources);
    let searches = each(root, "search", |section| search(section, &known));
    let admin = root.section("admin");
    let admins = admins(&admin);
    admin.end();
    let email = root.optional_section("email").and_then(|section| email(&section));
    let subscribe = subscribe(&root.section("subscribe"));
    let subscribers = each(root, "subscriber", |section| subscriber(section, &known));
    let webhooks = each(root, "webhook", |section| webhook(section, &known));
    unique(
        root,
        "search",
        searches.iter().map(|saved: &SavedSearch| saved.id.clone()),
    );
    unique(
        root,
        "subscriber",
        subscribers.iter().map(|receiver: &Receiver| receiver.id.to_string()),
    );
    unique(
        root,
        "webhook",
        webhooks.iter().map(|hook: &Webhook| hook.receiver.id.to_string()),
    );
    if !subscribers.is_empty() && !root.has("email") {
        root.missing(
            "[email]",
            "the relay and the sender; there are subscribers but no way to write to them",
        );
    }
    root.end();
    Some(Config {
        server: server?,
        store: store?,
        net,
        fetch,
        sources,
        searches,
        admins,
        email,
        subscribe,
        subscribers,
        webhooks,
    })
}

fn server(section: &Section<'_>) -> Option<Server> {
    let listen = section
        .read(
            "listen",
            "\"127.0.0.1:8080\" or \"unix:/run/gazetted/http.sock\"",
            value::listen,
        )
        .unwrap_or_else(|| Listen::Tcp(([127, 0, 0, 1], 8080).into()));
    let public_url = section.read("public_url", ADDRESS, |v| {
        let mut url = value::web_address(v)?;
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err("this has more than a host and a path".to_owned());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(url)
    });
    let title = section
        .read("title", "a text", value::line)
        .unwrap_or_else(|| "Notices".to_owned());
    let rights = section.read("rights", sources::RIGHTS, value::line);
    let trusted_proxies = section
        .read("trusted_proxies", "a list of networks such as [\"10.0.0.0/8\"]", |v| {
            value::list(v, value::network)
        })
        .unwrap_or_else(|| {
            [[127, 0, 0, 0].into(), Ipv6Addr::LOCALHOST.into()]
                .map(own_network)
                .into()
        });
    let hubs = section
        .read(
            "hubs",
            "a list of addresses such as [\"https://hub.example.org/\"]",
            |v| value::list(v, value::web_address),
        )
        .unwrap_or_default();
    section.end();
    let own = match &listen {
        Listen::Tcp(address) => Url::parse(&format!("http://{address}/")).ok(),
        Listen::Unix(_) => Url::parse("http://localhost/").ok(),
    };
    Some(Server {
        public_url: public_url.or(own)?,
        listen,
        title,
        rights,
        trusted_proxies,
        hubs,
    })
}

/// The network of this machine itself that `address` lies in.
fn own_network(address: IpAddr) -> IpNet {
    let prefix = if address.is_ipv4() { 8 } else { 128 };
    IpNet::new(address, prefix).unwrap_or_else(|_| address.into())
}

fn subscribe(section: &Section<'_>) -> Subscribe {
    let domains = |key| {
        section
            .read(key, "a list of domains such as [\"example.org\"]", |v| {
                value::list(v, value::domain)
            })
            .unwrap_or_default()
    };
    let most = |key, usual| section.read(key, "a number from 1", value::positive).unwrap_or(usual);
    let subscribe = Subscribe {
        enabled: section.read("enabled", "true or false", value::flag).unwrap_or(true),
        allow_domains: domains("allow_domains"),
        deny_domains: domains("deny_domains"),
        limits: AskingLimits {
            per_mailbox: PER_MAILBOX,
            per_network: most("per_network", 10),
            per_domain: most("per_domain", 100),
            per_hour: most("per_hour", 300),
        },
    };
    section.end();
    subscribe
}

fn store(section: &Section<'_>) -> Option<StoreSettings> {
    let allowed = "\"sqlite:/var/lib/gazetted/gazetted.db\" or \"postgres://user@host/database\"";
    let found = section.get("url");
    let url = match found.as_ref().map(|found| store_url(found)) {
        None => "sqlite:gazetted.db".to_owned(),
        Some(Ok(url)) => url,
        Some(Err((what, true))) => {
            section.secret_mistake(
                found.as_ref()?,
                what,
                "write it as password = { file = \"…\" } in [store]",
            );
            return None;
        }
        Some(Err((what, false))) => {
            section.mistake(found.as_ref()?, what, allowed);
            return None;
        }
    };
    let password = value::secret(section, "password");
    section.end();
    Some(StoreSettings { url, password })
}

/// The store's address, or what is wrong with it and whether it holds a secret.
fn store_url(found: &Found<'_>) -> Result<String, (&'static str, bool)> {
    let text = found.value.as_str().ok_or(("this is not a text", false))?;
    match text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(text.to_owned()),
        Some(("postgres" | "postgresql", _)) => match Url::parse(text) {
            Ok(url) if url.password().is_some() => Err(("a password does not belong in the address", true)),
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err(("this is no address", false)),
        },
        _ => Err(("there is no such store", false)),
    }
}

/// A web or mail address, as a comment of the User-Agent (RFC 9110 §10.1.5).
fn contact(v: &toml::de::DeValue<'_>) -> Result<String, String> {
    let contact = value::line(v)?;
    let is_address = contact.contains('@') || contact.starts_with("https://") || contact.starts_with("http://");
    let is_plain = contact
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'(' | b')' | b'\\'));
    match is_address && is_plain && contact.len() <= 200 {
        true => Ok(contact),
        false => Err(format!("{contact:?} is neither a web nor a mail address")),
    }
}

fn fetching(section: &Section<'_>) -> (net::Settings, fetch::Settings) {
    let mut net = net::Settings::default();
    let mut fetch = fetch::Settings::default();
    if let Some(timeout) = section.read("timeout", DURATION, value::positive_duration) {
        net.timeout = timeout;
    }
    if let Some(size) = section.read("max_body", "a size such as \"10 MiB\"", value::size) {
        net.max_body = size;
    }
    if let Some(networks) = section.read("allow_networks", "a list of networks such as [\"10.0.0.0/8\"]", |v| {
        value::list(v, value::network)
    }) {
        net.allow_networks = networks;
    }
    if let Some(n) = section.read("concurrency", "a number from 1", value::positive) {
        fetch.concurrency = n;
    }
    if let Some(n) = section.read("per_host_concurrency", "a number from 1", value::positive) {
        fetch.per_host_concurrency = n;
    }
    if let Some(wait) = section.read("per_host_interval", DURATION, value::duration) {
        fetch.per_host_interval = wait;
    }
    if let Some(n) = section.read("per_host_hourly", "a number from 1", value::positive) {
        fetch.per_host_hourly = n;
    }
    if let Some(contact) = section.read("contact", "an address such as \"mailto:notices@example.org\"", contact) {
        net.user_agent.push_str(&format!(" (+{contact})"));
    }
    section.end();
    (net, fetch)
}

fn email(section: &Section<'_>) -> Option<Email> {
    const RELAY: &str = "\"smtps://user@mail.example.org:465\", \"smtp://host\" or \"smtp://host?tls=required\"";
    let found = section.get("smtp");
    let smtp = match found
        .as_ref()
        .map(|found| found.value.as_str().and_then(|text| Url::parse(text).ok()))
    {
        None => {
            section.missing("smtp", RELAY);
            None
        }
        Some(Some(url)) if url.password().is_some() => {
            section.secret_mistake(
                found.as_ref()?,
                "a password does not belong in the address",
                "write it as password = { file = \"…\" }",
            );
            None
        }
        Some(Some(url)) => Some(url),
        Some(None) => {
            section.mistake(found.as_ref()?, "this is no address of a mail relay", RELAY);
            None
        }
    };
    let from = section.require("from", "\"City notices <notices@example.org>\"", value::mailbox);
    let password = value::secret(section, "password");
    // A password that can't be read is a mistake already, and not the lack of one.
    let is_read = password.is_some() == section.has("password");
    let relay = smtp.zip(found).filter(|_| is_read).and_then(|(url, found)| {
        Relay::new(&url, password)
            .map_err(|unusable| section.mistake(&found, &unusable.to_string(), RELAY))
            .ok()
    });
    let templates = templates(section);
    let signers = dkim::signers(section);
    if let Some(attach) = section.get("attach")
        && attach.value.as_bool() != Some(false)
    {
        section.mistake(
            &attach,
            "this version attaches no files: each mail of the outbox would hold them",
            "false; mails link to the files",
        );
    }
    let number = |key| section.read(key, "a number from 1", value::positive);
    let connections = number("connections").unwrap_or(CONNECTIONS);
    let a_second = |key| number(key).map(|rate| u32::try_from(rate).unwrap_or(u32::MAX));
    let pace = dispatch::Pace {
        rate: a_second("rate"),
        per_domain_concurrency: number("per_domain_concurrency").unwrap_or(connections.div_ceil(2)),
        per_domain_rate: a_second("per_domain_rate"),
    };
    let own = from.as_ref().map(|(_, from)| from.domain().to_owned());
    let bounces = section
        .optional_section("bounces")
        .and_then(|section| bounces(&section, own));
    section.end();
    let (from_name, from) = from?;
    Some(Email {
        relay: relay?,
        from_name,
        from,
        templates: templates?,
        signers: signers?.into(),
        connections,
        pace,
        bounces,
    })
}

/// The templates of the folder that is named, else the built-in ones.
fn templates(section: &Section<'_>) -> Option<Templates> {
    let folder = section.get("templates");
    let made = match &folder {
        None => Templates::built_in(),
        Some(found) => match value::line(found.value) {
            Ok(path) => Templates::with_folder(Path::new(&path)),
            Err(what) => Err(UnusableTemplates(vec![what])),
        },
    };
    match (made, folder) {
        (Ok(templates), _) => Some(templates),
        (Err(UnusableTemplates(wrong)), Some(found)) => {
            for what in wrong {
                section.mistake(&found, &what, "a folder with templates; see docs/mail.md");
            }
            None
        }
        (Err(_), None) => None,
    }
}

fn bounces(section: &Section<'_>, own: Option<String>) -> Option<Bounces> {
    let domain = section.read("domain", "a domain such as \"notices.example.org\"", |v| {
        let domain = value::line(v)?;
        match format!("bounce@{domain}").parse::<Address>() {
            Ok(address) => Ok(address.domain().to_owned()),
            Err(_) => Err(format!("{domain:?} is no domain")),
        }
    });
    let maildir = section.read("maildir", "an absolute path of a folder", |v| {
        let path = PathBuf::from(value::line(v)?);
        match path.is_absolute() {
            true => Ok(path),
            false => Err("this path does not begin with /".to_owned()),
        }
    });
    let places = "\"unix:/run/gazetted/lmtp.sock\" or \"127.0.0.1:2424\"";
    let lmtp = section.read("lmtp", places, |v| match value::listen(v)? {
        Listen::Tcp(address) if !address.ip().is_loopback() => {
            Err("whoever reaches this can stop mails: it must be of this machine".to_owned())
        }
        listen => Ok(listen),
    });
    if maildir.is_none() && lmtp.is_none() && !section.has("maildir") && !section.has("lmtp") {
        section.missing("maildir", "a Maildir, or lmtp; else nobody reads what comes back");
    }
    section.end();
    Some(Bounces {
        domain: domain.or(own)?,
        maildir,
        lmtp,
    })
}

fn subscriber(section: &Section<'_>, known: &Known) -> Option<Receiver> {
    let address = section.require("email", "\"reader@example.net\"", value::parsed::<Address>);
    let rule = rule(section, known);
    let hour = section
        .read("digest_hour", "an hour from 0 to 23", value::hour)
        .unwrap_or(USUAL_HOUR);
    let cadence = section
        .read("digest", "\"immediate\", \"hourly\", \"daily\" or \"weekly\"", |v| {
            cadence(v, hour)
        })
        .unwrap_or_default();
    let language = section
        .read("language", "\"en\" or \"ko\"", language)
        .unwrap_or_else(|| "en".to_owned());
    let zone = section
        .read("timezone", "a time zone such as \"Asia/Seoul\"", value::zone)
        .unwrap_or(TimeZone::UTC);
    section.end();
    let address = address?;
    let zone = zone.iana_name().unwrap_or("UTC").to_owned();
    Some(Receiver {
        wishes: vec![Wish {
            number: Wish::CONFIGURED,
            rule,
            cadence,
        }],
        zone,
        ..Receiver::reader(address, &language)
    })
}

fn admins(section: &Section<'_>) -> Vec<Receiver> {
    let language = section
        .read("language", "\"en\" or \"ko\"", language)
        .unwrap_or_else(|| "en".to_owned());
    let addresses: Vec<Address> = section
        .read("email", "a list of mail addresses", |v| value::list(v, value::parsed))
        .unwrap_or_default();
    let admin = |address: Address| {
        let language = language.clone();
        Receiver {
            wishes: vec![Wish::default()],
            hears: Hears::Incidents,
            ..Receiver::new(ReceiverId::admin(&address), Channel::Mail { address, language })
        }
    };
    addresses.into_iter().map(admin).collect()
}

fn webhook(section: &Section<'_>, known: &Known) -> Option<Webhook> {
    let id = section.require("id", "a short name such as \"intranet\"", value::parsed::<SourceId>);
    let url = section.require("url", ADDRESS, value::web_address);
    let formats =
        "\"standard\", \"slack\", \"discord\", \"teams\", \"mattermost\", \"telegram\", \"ntfy\" or \"matrix\"";
    let format = section.read("format", formats, |v| named(v)).unwrap_or_default();
    let secret = value::secret(section, "secret");
    if let (WebhookFormat::Standard, Some(secret), Some(found)) = (format, &secret, section.get("secret"))
        && !is_signing_secret(secret.expose())
    {
        section.secret_mistake(
            &found,
            "this is no signing secret",
            "expected \"whsec_\" followed by 24 to 64 bytes in base64",
        );
    }
    let needs_secret = match format {
        WebhookFormat::Standard => Some("{ env = \"NAME\" }; receivers check the signature with it"),
        WebhookFormat::Telegram => Some("{ env = \"NAME\" }, the token of the bot"),
        WebhookFormat::Matrix => Some("{ env = \"NAME\" }, the access token of the user that writes"),
        WebhookFormat::Slack
        | WebhookFormat::Discord
        | WebhookFormat::Teams
        | WebhookFormat::Mattermost
        | WebhookFormat::Ntfy => None,
    };
    if let Some(what) = needs_secret.filter(|_| !section.has("secret")) {
        section.missing("secret", what);
    }
    if let (WebhookFormat::Ntfy, Some(url), Some(found)) = (format, &url, section.get("url"))
        && chat::topic(url).is_none()
    {
        section.secret_mistake(
            &found,
            "this names no topic",
            "expected the topic's address, such as \"https://ntfy.sh/topic\"",
        );
    }
    let rule = rule(section, known);
    section.end();
    let channel = Channel::Webhook { url: url?, format };
    let id = ReceiverId::hook(id?.as_str());
    let receiver = Receiver {
        wishes: vec![Wish {
            rule,
            ..Wish::default()
        }],
        // What becomes of a source is for programs; a chat room is told of notices.
        hears: match format {
            WebhookFormat::Standard => Hears::Both,
            _ => Hears::Notices,
        },
        ..Receiver::new(id, channel)
    };
    Some(Webhook { receiver, secret })
}

/// One `[[search]]`. Its id is spelled as those of sources are, as it stands in addresses too.
fn search(section: &Section<'_>, known: &Known) -> Option<SavedSearch> {
    let id = section.require("id", "a short name such as \"water\"", value::parsed::<SourceId>);
    let name = section.read("name", "a text", value::line);
    let query = section.require("q", SEARCH, |v| known.query(v));
    section.end();
    let id = id?.to_string();
    Some(SavedSearch {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        query: query?,
    })
}

fn rule(section: &Section<'_>, known: &Known) -> Rule {
    let words = |key| {
        section
            .read(key, WORDS, |v| value::list(v, value::line))
            .unwrap_or_default()
    };
    let sources = section
        .read("sources", "a list of source ids", |v| {
            value::list(v, |v| known.source(v))
        })
        .unwrap_or_default();
    let tags = section
        .read("tags", "a list of tags", |v| value::list(v, |v| known.tag(v)))
        .unwrap_or_default();
    Rule {
        sources,
        tags,
        include: words("include"),
        exclude: words("exclude"),
        query: section.read("query", SEARCH, |v| known.query(v)),
    }
}

/// What subscriptions may refer to.
struct Known {
    /// By each of its names.
    sources: HashMap<SourceId, SourceId>,
    tags: HashSet<String>,
}

impl Known {
    fn of(sources: &[Watched]) -> Self {
        Self {
            sources: sources
                .iter()
                .flat_map(|watched| {
                    let id = &watched.source.id;
                    watched.names().map(|name| (name.clone(), id.clone()))
                })
                .collect(),
            tags: sources
                .iter()
                .flat_map(|watched| watched.source.tags.iter().cloned())
                .collect(),
        }
    }

    fn source(&self, v: &toml::de::DeValue<'_>) -> Result<SourceId, String> {
        let id: SourceId = value::parsed(v)?;
        let known = self.sources.get(&id).cloned();
        known.ok_or_else(|| format!("there is no source {id}"))
    }

    fn query(&self, v: &toml::de::DeValue<'_>) -> Result<Query, String> {
        let query: Query = value::parsed(v)?;
        Ok(query.renamed(|id| self.sources.get(id).cloned()))
    }

    fn tag(&self, v: &toml::de::DeValue<'_>) -> Result<String, String> {
        let tag = value::line(v)?;
        if self.tags.contains(&tag) {
            Ok(tag)
        } else {
            Err(format!("no source has the tag {tag:?}"))
        }
    }
}

fn each<'a, T>(root: &Section<'a>, key: &'static str, read: impl Fn(&Section<'a>) -> Option<T>) -> Vec<T> {
    root.sections(key).iter().filter_map(read).collect()
}

fn unique(root: &Section<'_>, key: &'static str, ids: impl Iterator<Item = String>) {
    let mut seen = HashSet::new();
    for (nth, id) in ids.enumerate() {
        let place = root
            .get(key)
            .and_then(|found| found.value.as_array()?.get(nth).map(|element| element.span()));
        if !seen.insert(id.clone())
            && let (Some(span), Some(found)) = (place, root.get(key))
        {
            let name = id.split_once(':').map_or(id.as_str(), |(_, name)| name);
            let twice = Found {
                value: found.value,
                span,
                path: key.to_owned(),
            };
            root.secret_mistake(
                &twice,
                &format!("{name} is there twice"),
                "give each its own, or put the two together",
            );
        }
    }
}

fn cadence(v: &toml::de::DeValue<'_>, hour: i8) -> Result<Cadence, String> {
    let word = value::text(v)?;
    Cadence::named(&word, hour).ok_or_else(|| format!("there is no {word:?}"))
}

pub(super) fn named<T: serde::de::DeserializeOwned>(v: &toml::de::DeValue<'_>) -> Result<T, String> {
    let name = value::text(v)?;
    serde_json::from_value(serde_json::Value::String(name.clone())).map_err(|_| format!("there is no {name:?}"))
}

pub(super) fn language(v: &toml::de::DeValue<'_>) -> Result<String, String> {
    let tag = value::line(v)?;
    let fits = tag.len() <= 35
        && tag
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if fits {
        Ok(tag)
    } else {
        Err(format!("{tag:?} is no language tag"))
    }
}

fn is_signing_secret(secret: &str) -> bool {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let bytes = secret
        .strip_prefix("whsec_")
        .and_then(|text| BASE64_STANDARD.decode(text).ok());
    bytes.is_some_and(|bytes| (24..=64).contains(&bytes.len()))
}

/// The longest wait that is taken for a poll interval.
pub(super) const LONGEST_INTERVAL: Duration = Duration::from_secs(31 * 86_400);
