//! Who is told.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::{
    store::{ReceiverRow, plan},
    subscription::{Receiver, ReceiverId},
};

use crate::store::stored::{limit as sql_limit, micros};

use super::{fault::Fault, rows::maybe_time, strikes};

const RECEIVER: &str = "receiver, since, stopped, stopped_at, configured";

pub(super) fn enrol(db: &Connection, receivers: &[(Receiver, [u8; 32])], now: Timestamp) -> Result<(), Fault> {
    let mut configured = db.prepare_cached(&format!("SELECT {RECEIVER} FROM receivers WHERE configured = 1"))?;
    let mut before: HashMap<ReceiverId, ReceiverRow> = configured
        .query_and_then([], receiver)?
        .map(|row| row.map(|row| (row.receiver.id.clone(), row)))
        .collect::<Result<_, Fault>>()?;
    let mut put = db.prepare_cached(
        "INSERT INTO receivers (id, token_hash, receiver, since, configured)
         VALUES (?1, ?2, ?3, (SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'announcements'), 1)
         ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, receiver = excluded.receiver, configured = 1",
    )?;
    for (wanted, token_hash) in receivers {
        let was = match before.remove(&wanted.id) {
            Some(was) => Some(was),
            None => one(db, &wanted.id)?,
        };
        let mut wanted = wanted.clone();
        if let Some(was) = &was {
            wanted.keep_own(&was.receiver);
        }
        put.execute(params![wanted.id.0, token_hash, serde_json::to_string(&wanted)?])?;
        if was.is_some_and(|was| plan::is_elsewhere(&was.receiver, &wanted)) {
            resume(db, &wanted.id)?;
        }
    }
    for (id, row) in before {
        // Who was stopped is remembered, in case the configuration names them again.
        if row.stopped.is_none()
            && let Some(own) = plan::without_configuration(row.receiver)
        {
            db.prepare_cached("UPDATE receivers SET receiver = ?2, configured = 0 WHERE id = ?1")?
                .execute(params![id.0, serde_json::to_string(&own)?])?;
            continue;
        }
        db.prepare_cached("DELETE FROM receivers WHERE id = ?1 AND stopped IS NULL")?
            .execute([&id.0])?;
        cancel_waiting(db, &id, "the receiver was removed from the configuration", now)?;
    }
    Ok(())
}

pub(super) fn page(db: &Connection, after: Option<&ReceiverId>, limit: usize) -> Result<Vec<ReceiverRow>, Fault> {
    let mut page = db.prepare_cached(&format!(
        "SELECT {RECEIVER} FROM receivers WHERE id > ?1 ORDER BY id LIMIT ?2"
    ))?;
    let after = after.map_or("", |id| id.0.as_str());
    page.query_and_then(params![after, sql_limit(limit)], receiver)?
        .collect()
}

pub(super) fn one(db: &Connection, id: &ReceiverId) -> Result<Option<ReceiverRow>, Fault> {
    let mut one = db.prepare_cached(&format!("SELECT {RECEIVER} FROM receivers WHERE id = ?1"))?;
    let mut rows = one.query([&id.0])?;
    rows.next()?.map(receiver).transpose()
}

pub(super) fn named(db: &Connection, ids: &str) -> Result<Vec<ReceiverRow>, Fault> {
    let mut named = db.prepare_cached(&format!(
        "SELECT {RECEIVER} FROM receivers WHERE id IN (SELECT value FROM json_each(?1))"
    ))?;
    named.query_and_then([ids], receiver)?.collect()
}

pub(super) fn by_token(db: &Connection, hash: &[u8; 32]) -> Result<Option<ReceiverRow>, Fault> {
    let mut one = db.prepare_cached(&format!("SELECT {RECEIVER} FROM receivers WHERE token_hash = ?1"))?;
    let mut rows = one.query([hash])?;
    rows.next()?.map(receiver).transpose()
}

pub(super) fn stop(db: &Connection, id: &ReceiverId, why: &str, now: Timestamp) -> Result<bool, Fault> {
    let found = db
        .prepare_cached(
            "UPDATE receivers SET stopped = coalesce(stopped, ?2), stopped_at = coalesce(stopped_at, ?3) WHERE id = ?1",
        )?
        .execute(params![id.0, why, micros(now)])?;
    cancel_waiting(db, id, why, now)?;
    Ok(found > 0)
}

pub(super) fn resume(db: &Connection, id: &ReceiverId) -> Result<bool, Fault> {
    let found = db
        .prepare_cached("UPDATE receivers SET stopped = NULL, stopped_at = NULL WHERE id = ?1")?
        .execute([&id.0])?;
    strikes::forgive(db, id)?;
    Ok(found > 0)
}

pub(super) fn cancel_waiting(db: &Connection, id: &ReceiverId, why: &str, now: Timestamp) -> Result<(), Fault> {
    db.prepare_cached(
        "UPDATE deliveries SET state = 'cancelled', at = ?2, why = ?3, rendered = NULL
         WHERE receiver = ?1 AND +state = 'queued'",
    )?
    .execute(params![id.0, micros(now), why])?;
    Ok(())
}

pub(super) fn receiver(row: &Row<'_>) -> Result<ReceiverRow, Fault> {
    let receiver: String = row.get(0)?;
    Ok(ReceiverRow {
        receiver: serde_json::from_str(&receiver)?,
        since: row.get(1)?,
        stopped: row.get(2)?,
        stopped_at: maybe_time(row.get(3)?)?,
        configured: row.get(4)?,
    })
}
