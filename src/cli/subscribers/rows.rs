//! Subscribers as CSV: what `export` writes, what listmonk writes, and what people write by hand.

use std::{collections::HashMap, io::Write};

use anyhow::bail;
use jiff::tz::TimeZone;

use crate::{
    store::ReceiverRow,
    subscription::{Address, Cadence, Channel, USUAL_HOUR, Wish},
};

/// The columns that `export` writes.
const COLUMNS: [&str; 11] = [
    "email", "sources", "tags", "include", "exclude", "query", "digest", "hour", "timezone", "language", "status",
];

/// What says that a row may be written to: ours, and listmonk's word.
const WELCOME: [&str; 5] = ["", "active", "paused", "enabled", "confirmed"];

/// Somebody in a file.
#[derive(Debug)]
pub(super) struct Person {
    /// The line that they first stand on.
    pub(super) line: u64,
    pub(super) address: Address,
    pub(super) language: String,
    pub(super) zone: String,
    pub(super) wishes: Vec<Wish>,
}

impl Person {
    pub(super) fn new(address: Address) -> Self {
        Self {
            line: 0,
            address,
            language: "en".to_owned(),
            zone: "UTC".to_owned(),
            wishes: Vec::new(),
        }
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Each address once, in the order of the file.
    pub(super) people: Vec<Person>,
    /// The lines that can't be taken, each with the reason.
    pub(super) skipped: Vec<(u64, String)>,
}

/// Reads a file whose first line names its columns. What a row does not say is `usual`, in `usual_language` and `usual_zone`;
/// `check` says what is wrong with what it does say.
///
/// # Errors
///
/// When there is no column `email`, or it is no CSV at all.
pub(super) fn read(
    text: &[u8],
    usual: &Wish,
    (usual_language, usual_zone): (&str, &str),
    check: impl Fn(&Wish) -> Result<(), String>,
) -> anyhow::Result<Read> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let columns: HashMap<String, usize> = reader
        .headers()?
        .iter()
        .enumerate()
        .map(|(nth, name)| (name.trim().to_lowercase(), nth))
        .collect();
    if !columns.contains_key("email") {
        bail!("its first line names no column \"email\"");
    }
    let (mut read, mut places) = (Read::default(), HashMap::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                read.skipped.push((line, "it can't be read".to_owned()));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |name: &str| columns.get(name).and_then(|nth| record.get(*nth)).map_or("", str::trim);
        let wish = wish(&cell, usual).and_then(|wish| check(&wish).map(|()| wish));
        let told = (cell("email").parse::<Address>().map_err(|why| why.to_string()), wish);
        let (address, wish) = match told {
            (Ok(address), Ok(wish)) => (address, wish),
            (Err(why), _) => {
                read.skipped.push((line, why));
                continue;
            }
            (Ok(address), Err(why)) => {
                read.skipped.push((line, format!("{address}: {why}")));
                continue;
            }
        };
        let status = cell("status").to_lowercase();
        if !WELCOME.contains(&status.as_str()) {
            read.skipped
                .push((line, format!("{address}: its status is {status:?}")));
            continue;
        }
        let or = |told: &str, usual: &str| {
            if told.is_empty() {
                usual.to_owned()
            } else {
                told.to_owned()
            }
        };
        let zone = or(cell("timezone"), usual_zone);
        if TimeZone::get(&zone).is_err() {
            read.skipped
                .push((line, format!("{address}: there is no time zone {zone:?}")));
            continue;
        }
        let place = *places.entry(address.as_str().to_lowercase()).or_insert_with(|| {
            read.people.push(Person {
                line,
                language: or(cell("language"), usual_language),
                zone,
                ..Person::new(address.clone())
            });
            read.people.len() - 1
        });
        let wishes = &mut read.people[place].wishes;
        if wishes.contains(&wish) {
            read.skipped
                .push((line, format!("{address}: this stands in the file twice")));
        } else {
            wishes.push(wish);
        }
    }
    Ok(read)
}

/// Writes what [`read`] reads.
pub(super) struct Writer<W: Write>(csv::Writer<W>);

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> anyhow::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        Ok(Self(writer))
    }

    /// A line for each subscription of the reader in `row`.
    pub(super) fn put(&mut self, address: &Address, row: &ReceiverRow, status: &str) -> anyhow::Result<()> {
        let language = match &row.receiver.channel {
            Channel::Mail { language, .. } => language.as_str(),
            Channel::Webhook { .. } => "",
        };
        for Wish { rule, cadence, .. } in &row.receiver.wishes {
            let sources: Vec<&str> = rule.sources.iter().map(|id| id.as_str()).collect();
            let hour = cadence.hour().map(|hour| hour.to_string()).unwrap_or_default();
            self.0.write_record([
                address.as_str(),
                &sources.join(","),
                &rule.tags.join(","),
                &rule.include.join(","),
                &rule.exclude.join(","),
                &rule.query.as_ref().map(ToString::to_string).unwrap_or_default(),
                cadence.word(),
                &hour,
                &row.receiver.zone,
                language,
                status,
            ])?;
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> anyhow::Result<()> {
        Ok(self.0.flush()?)
    }
}

/// What the row behind `cell` subscribes to.
fn wish<'r>(cell: &impl Fn(&str) -> &'r str, usual: &Wish) -> Result<Wish, String> {
    let list = |name: &str| {
        let items = cell(name).split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut wish = usual.clone();
    let rule = &mut wish.rule;
    let sources = list("sources");
    if !sources.is_empty() {
        let read = sources
            .iter()
            .map(|id| id.parse().map_err(|_| format!("there is no source {id}")));
        rule.sources = read.collect::<Result<_, _>>()?;
    }
    for (name, words) in [
        ("tags", &mut rule.tags),
        ("include", &mut rule.include),
        ("exclude", &mut rule.exclude),
    ] {
        let told = list(name);
        if !told.is_empty() {
            *words = told;
        }
    }
    if !cell("query").is_empty() {
        rule.query = Some(cell("query").parse().map_err(|why| format!("its query: {why}"))?);
    }
    let hour = match cell("hour") {
        "" => usual.cadence.hour().unwrap_or(USUAL_HOUR),
        hour => hour
            .parse()
            .ok()
            .filter(|hour| (0..24).contains(hour))
            .ok_or_else(|| format!("{hour:?} is no hour"))?,
    };
    wish.cadence = match cell("digest") {
        "" => usual.cadence,
        word => Cadence::named(word, hour).ok_or_else(|| format!("{word:?} is no way of how often"))?,
    };
    Ok(wish)
}
