//! Our hub: what is asked of it, who is told of which feed, and what was distributed.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use url::Url;

use crate::{
    delivery::Occasion,
    notice::SourceId,
    store::{
        Lane, Rates, Verified,
        stored::{HOUR, MOST_ASKED, PUT_OFF, lease_end, limit as sql_limit, micros, span},
    },
    subscription::ReceiverId,
    websub::{Intent, Mode, Subscription},
};

use super::{
    fault::Fault,
    rows::{maybe_time, time},
};

pub(super) fn ask(db: &Connection, intent: &Intent, most: usize) -> Result<bool, Fault> {
    let (id, host) = (intent.id(), intent.host.as_str());
    let (others, all): (i64, i64) = db
        .prepare_cached(
            "SELECT (SELECT count(*) FROM hub_subscriptions WHERE host = ?1 AND id <> ?2 AND until > ?3)
                  + (SELECT count(*) FROM hub_intents WHERE host = ?1 AND id <> ?2),
                    (SELECT count(*) FROM hub_intents)",
        )?
        .query_one(params![host, id.0, micros(intent.asked)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if others >= sql_limit(most) || all >= MOST_ASKED {
        return Ok(false);
    }
    db.prepare_cached(
        "INSERT INTO hub_intents (id, host, callback, due, tries, version, body) VALUES (?1, ?2, ?3, ?4, 0, 1, ?5)
         ON CONFLICT (id) DO UPDATE SET due = min(due, excluded.due), tries = 0, version = version + 1, body = excluded.body",
    )?
    .execute(params![
        id.0,
        host,
        intent.callback.as_str(),
        micros(intent.asked),
        serde_json::to_string(intent)?
    ])?;
    Ok(true)
}

pub(super) fn lease(
    db: &Connection,
    now: Timestamp,
    lease: Duration,
    rates: Rates,
    limit: usize,
) -> Result<Vec<Intent>, Fault> {
    let hour_ago = micros(now).saturating_sub(span(HOUR));
    db.prepare_cached("DELETE FROM hub_checks WHERE at <= ?1")?
        .execute([hour_ago])?;
    db.prepare_cached("DELETE FROM hub_subscriptions WHERE until <= ?1")?
        .execute([micros(now)])?;
    let mut due =
        db.prepare_cached("SELECT id, host, callback FROM hub_intents WHERE due <= ?1 ORDER BY due, id LIMIT ?2")?;
    let due: Vec<(String, String, String)> = due
        .query_map(params![micros(now), sql_limit(limit)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut asked =
        db.prepare_cached("SELECT count(*), coalesce(sum(callback = ?2), 0) FROM hub_checks WHERE host = ?1")?;
    let mut put_off = db.prepare_cached("UPDATE hub_intents SET due = ?2 WHERE id = ?1")?;
    let mut take = db.prepare_cached(
        "UPDATE hub_intents SET due = ?2, tries = tries + 1, version = version + 1 WHERE id = ?1
         RETURNING body, tries, version",
    )?;
    let mut note = db.prepare_cached("INSERT INTO hub_checks (callback, host, at) VALUES (?1, ?2, ?3)")?;
    let mut leased = Vec::new();
    for (id, host, callback) in due {
        let (of_host, of_callback): (u64, u64) = asked.query_one(params![host, callback], |row| {
            Ok((
                row.get::<_, i64>(0)?.cast_unsigned(),
                row.get::<_, i64>(1)?.cast_unsigned(),
            ))
        })?;
        if of_host >= rates.per_host || of_callback >= rates.per_callback {
            put_off.execute(params![id, lease_end(now, PUT_OFF)])?;
            continue;
        }
        note.execute(params![callback, host, micros(now)])?;
        let (body, tries, version): (String, u32, i64) = take.query_one(params![id, lease_end(now, lease)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        leased.push(Intent {
            tries,
            version,
            ..serde_json::from_str(&body)?
        });
    }
    Ok(leased)
}

pub(super) fn next_due(db: &Connection) -> Result<Option<Timestamp>, Fault> {
    let mut next = db.prepare_cached("SELECT due FROM hub_intents ORDER BY due LIMIT 1")?;
    maybe_time(next.query_row([], |row| row.get(0)).optional()?)
}

pub(super) fn settle(db: &Connection, intent: &Intent, verified: Verified, now: Timestamp) -> Result<(), Fault> {
    let id = intent.id();
    let kept = match verified {
        Verified::Again { at } => db
            .prepare_cached("UPDATE hub_intents SET due = ?3 WHERE id = ?1 AND version = ?2")?
            .execute(params![id.0, intent.version, micros(at)])?,
        Verified::Meant { .. } | Verified::Refused => db
            .prepare_cached("DELETE FROM hub_intents WHERE id = ?1 AND version = ?2")?
            .execute(params![id.0, intent.version])?,
    };
    let (1, Verified::Meant { version }) = (kept, verified) else {
        return Ok(());
    };
    if intent.mode == Mode::Unsubscribe {
        return end(db, &id);
    }
    // While nobody wanted it, nothing was distributed.
    db.prepare_cached(
        "INSERT INTO hub_topics (topic, version) VALUES (?1, ?2) ON CONFLICT (topic) DO UPDATE SET version = excluded.version
         WHERE NOT EXISTS (SELECT 1 FROM hub_subscriptions s WHERE s.topic = excluded.topic AND s.until > ?3)",
    )?
    .execute(params![intent.topic, version, micros(now)])?;
    let subscription = intent.confirmed(now);
    db.prepare_cached(
        "INSERT INTO hub_subscriptions (id, host, callback, topic, secret, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, until = excluded.until",
    )?
    .execute(params![
        id.0,
        subscription.host,
        subscription.callback.as_str(),
        subscription.topic,
        subscription.secret,
        micros(subscription.until)
    ])?;
    Ok(())
}

pub(super) fn topics(db: &Connection, now: Timestamp) -> Result<Vec<(String, i64)>, Fault> {
    let mut topics = db.prepare_cached(
        "SELECT t.topic, t.version FROM hub_topics t
         WHERE EXISTS (SELECT 1 FROM hub_subscriptions s WHERE s.topic = t.topic AND s.until > ?1) ORDER BY t.topic",
    )?;
    topics
        .query_and_then([micros(now)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

pub(super) fn distribute(db: &Connection, topic: &str, was: i64, version: i64, now: Timestamp) -> Result<u64, Fault> {
    let is_newer = db
        .prepare_cached("UPDATE hub_topics SET version = ?3 WHERE topic = ?1 AND version = ?2 AND version <> ?3")?
        .execute(params![topic, was, version])?;
    if is_newer == 0 {
        return Ok(0);
    }
    db.prepare_cached(
        "DELETE FROM deliveries WHERE lane = ?1 AND state <> 'leased' AND receiver IN
             (SELECT id FROM hub_subscriptions WHERE topic = ?2)",
    )?
    .execute(params![Lane::Hub.prefix(), topic])?;
    let occasion = Occasion::Topic(version);
    let owed = db
        .prepare_cached(
            "INSERT INTO deliveries (lane, receiver, destination, key, occasion, state, at, queued)
             SELECT ?1, id, id, ?2, ?3, 'queued', ?4, ?4 FROM hub_subscriptions WHERE topic = ?5 AND until > ?4
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            Lane::Hub.prefix(),
            occasion.key(),
            serde_json::to_string(&occasion)?,
            micros(now),
            topic
        ])?;
    Ok(owed as u64)
}

pub(super) fn subscription(db: &Connection, id: &ReceiverId) -> Result<Option<Subscription>, Fault> {
    let mut one =
        db.prepare_cached("SELECT callback, topic, secret, until, host FROM hub_subscriptions WHERE id = ?1")?;
    let mut found = one.query_and_then([&id.0], of_row)?;
    found.next().transpose()
}

pub(super) fn end(db: &Connection, id: &ReceiverId) -> Result<(), Fault> {
    db.prepare_cached("DELETE FROM hub_subscriptions WHERE id = ?1")?
        .execute([&id.0])?;
    db.prepare_cached("DELETE FROM deliveries WHERE receiver = ?1 AND state <> 'leased'")?
        .execute([&id.0])?;
    Ok(())
}

pub(super) fn told(db: &Connection, hub: &Url) -> Result<HashMap<SourceId, i64>, Fault> {
    let mut known = db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    let known: Option<Vec<u8>> = known
        .query_row([format!("pinged {hub}")], |row| row.get(0))
        .optional()?;
    Ok(known
        .map(|json| serde_json::from_slice(&json))
        .transpose()?
        .unwrap_or_default())
}

pub(super) fn tell(
    db: &Connection,
    hub: &Url,
    versions: &HashMap<SourceId, i64>,
    pings: &[Occasion],
    now: Timestamp,
) -> Result<(), Fault> {
    db.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute(params![format!("pinged {hub}"), serde_json::to_vec(versions)?])?;
    let mut owe = db.prepare_cached(
        "INSERT INTO deliveries (lane, receiver, destination, key, occasion, state, at, queued) VALUES (?1, ?2, ?2, ?3, ?4, 'queued', ?5, ?5)
         ON CONFLICT DO NOTHING",
    )?;
    for ping in pings {
        owe.execute(params![
            Lane::Hub.prefix(),
            format!("{}{hub}", Lane::Hub.prefix()),
            ping.key(),
            serde_json::to_string(ping)?,
            micros(now)
        ])?;
    }
    Ok(())
}

fn of_row(row: &Row<'_>) -> Result<Subscription, Fault> {
    let callback: String = row.get(0)?;
    Ok(Subscription {
        callback: Url::parse(&callback).map_err(|_| Fault::Broken("a stored callback can't be read".into()))?,
        topic: row.get(1)?,
        secret: row.get(2)?,
        until: time(row.get(3)?)?,
        host: row.get(4)?,
    })
}
