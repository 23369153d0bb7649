//! `gazetted check --deep`: what can be tried without asking anybody.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, bail};
use jiff::tz::TimeZone;

use super::{check::count, terminal::say};
use crate::{
    app,
    channel::email,
    config::{Config, Email},
    poll::Watched,
    source::{
        Kind, article, board, json,
        pick::{Field, Pattern, Template},
    },
};

/// How many there are of everything that was compiled when the configuration was read.
#[derive(Default)]
struct Tally {
    selectors: usize,
    expressions: usize,
    paths: usize,
    templates: usize,
    date_formats: usize,
}

pub(super) fn check(config: &Config) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    for watched in &config.sources {
        tally.take(watched);
    }
    say(format_args!(
        "Compiled: {}, {}, {}, {}, {}.",
        count(tally.selectors, "selector"),
        count(tally.expressions, "regular expression"),
        count(tally.paths, "JSONPath"),
        count(tally.templates, "template"),
        count(tally.date_formats, "date format"),
    ))?;
    say(format_args!("Readable: {}.", count(secrets(config), "secret")))?;
    let zones: BTreeSet<&str> = config
        .sources
        .iter()
        .filter_map(|watched| watched.source.zone.iana_name())
        .chain(config.subscribers.iter().map(|receiver| receiver.zone.as_str()))
        .collect();
    for zone in &zones {
        TimeZone::get(zone).with_context(|| format!("there is no time zone {zone:?}"))?;
    }
    say(format_args!("Known: {}.", count(zones.len(), "time zone")))?;
    store_has_a_place(config)?;
    if let Some(email) = &config.email {
        say(format_args!(
            "A sample mail has {} bytes.",
            sample(config, email)?.len()
        ))?;
    }
    if !config
        .server
        .public_url
        .domain()
        .is_some_and(|domain| domain.contains('.'))
    {
        say(format_args!(
            "note: readers elsewhere can't follow links to {}; see [server] public_url",
            config.server.public_url
        ))?;
    }
    Ok(())
}

impl Tally {
    fn take(&mut self, watched: &Watched) {
        match &watched.source.kind {
            Kind::Board(rules) => self.board(rules),
            Kind::Json(rules) => self.json(rules),
            Kind::Auto | Kind::Feed => {}
        }
        if let Some(rules) = &watched.source.article {
            self.article(rules);
        }
    }

    fn board(&mut self, rules: &board::Rules) {
        let css = [&rules.title_without, &rules.date_above];
        self.selectors += 1 + css.into_iter().flatten().count();
        rules.fields().for_each(|(_, field)| self.field(field));
        rules.next.iter().for_each(|field| self.field(field));
        self.aids(
            [&rules.title_pattern, &rules.link_pattern, &rules.attachment_pattern],
            [&rules.link_template, &rules.attachment_template],
        );
    }

    fn article(&mut self, rules: &article::Rules) {
        rules.fields().for_each(|(_, field)| self.field(field));
        self.aids([&rules.attachment_pattern], [&rules.attachment_template]);
    }

    fn json(&mut self, rules: &json::Rules) {
        self.selectors += rules.script.iter().count();
        self.paths += 1 + rules.paths().count();
        match &rules.link {
            Some(json::Link::At(_)) => self.paths += 1,
            Some(json::Link::Made { gaps, .. }) => {
                self.templates += 1;
                self.paths += gaps.len();
            }
            None => {}
        }
    }

    fn field(&mut self, field: &Field) {
        self.selectors += 1;
        if let Some(hand) = field.hand() {
            self.selectors += hand.also.len();
            self.expressions += hand.matching.iter().count();
            self.templates += hand.template.iter().count();
            self.date_formats += hand.date_format.iter().count();
        }
    }

    fn aids<const P: usize, const T: usize>(
        &mut self,
        patterns: [&Option<Pattern>; P],
        templates: [&Option<Template>; T],
    ) {
        self.expressions += patterns.into_iter().flatten().count();
        self.templates += templates.into_iter().flatten().count();
    }
}

/// Secrets were read with the configuration; one that can't be had is a mistake there.
fn secrets(config: &Config) -> usize {
    let headers: usize = config.sources.iter().map(|watched| watched.manner.headers.len()).sum();
    let hooks = config.webhooks.iter().filter(|hook| hook.secret.is_some()).count();
    let email = config.email.iter().filter(|email| email.relay.logs_in()).count();
    headers + hooks + email + config.store.password.iter().count()
}

fn store_has_a_place(config: &Config) -> anyhow::Result<()> {
    let Some(path) = config.store.url.strip_prefix("sqlite:") else {
        return Ok(());
    };
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) => bail!(
            "store.url: there is no folder {}; make it, or name another",
            folder.display()
        ),
        None => Ok(()),
    }
}

/// A mail about a made-up notice.
fn sample(config: &Config, email: &Email) -> anyhow::Result<Vec<u8>> {
    email.relay.clone().with_system_certificates().context("email.smtp")?;
    let (site, sender) = (app::site(config), app::sender(email));
    email::sample(&email.templates, &site, &sender).context("a sample mail can't be written")
}
