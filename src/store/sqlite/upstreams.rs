//! Our subscriptions at hubs.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    notice::SourceId,
    source::Hub,
    store::stored::{limit as sql_limit, micros},
    websub::{Standing, Upstream},
};

use super::{fault::Fault, rows::maybe_time};

pub(super) fn hubs(db: &Connection) -> Result<Vec<(SourceId, Hub)>, Fault> {
    let mut named = db.prepare_cached("SELECT id, hub FROM sources WHERE hub IS NOT NULL")?;
    named
        .query_and_then([], |row| {
            let (id, hub): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((id.parse()?, serde_json::from_str(&hub)?))
        })?
        .collect()
}

pub(super) fn all(db: &Connection, of: Option<&SourceId>) -> Result<Vec<Upstream>, Fault> {
    let mut all =
        db.prepare_cached("SELECT body, version FROM upstreams WHERE ?1 IS NULL OR source = ?1 ORDER BY token")?;
    all.query_and_then([of.map(SourceId::as_str)], upstream)?.collect()
}

pub(super) fn one(db: &Connection, token: &str) -> Result<Option<Upstream>, Fault> {
    let mut one = db.prepare_cached("SELECT body, version FROM upstreams WHERE token = ?1")?;
    let mut found = one.query_and_then([token], upstream)?;
    found.next().transpose()
}

pub(super) fn open(db: &Connection, upstream: &Upstream) -> Result<bool, Fault> {
    let opened = db
        .prepare_cached(
            "INSERT INTO upstreams (token, source, leaving, due, version, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            upstream.token,
            upstream.source.as_str(),
            upstream.standing == Standing::Leaving,
            micros(upstream.due),
            upstream.version,
            serde_json::to_string(upstream)?
        ])?;
    Ok(opened > 0)
}

pub(super) fn change(db: &Connection, upstream: &Upstream) -> Result<bool, Fault> {
    let changed = db
        .prepare_cached(
            "UPDATE upstreams SET leaving = ?3, due = ?4, body = ?5, version = version + 1 WHERE token = ?1 AND version = ?2",
        )?
        .execute(params![
            upstream.token,
            upstream.version,
            upstream.standing == Standing::Leaving,
            micros(upstream.due),
            serde_json::to_string(upstream)?
        ])?;
    Ok(changed > 0)
}

pub(super) fn close(db: &Connection, token: &str) -> Result<(), Fault> {
    db.prepare_cached("DELETE FROM upstreams WHERE token = ?1")?
        .execute([token])?;
    Ok(())
}

pub(super) fn due(db: &Connection, now: Timestamp, limit: usize) -> Result<Vec<Upstream>, Fault> {
    let mut due =
        db.prepare_cached("SELECT body, version FROM upstreams WHERE due <= ?1 ORDER BY due, token LIMIT ?2")?;
    due.query_and_then(params![micros(now), sql_limit(limit)], upstream)?
        .collect()
}

pub(super) fn next_due(db: &Connection) -> Result<Option<Timestamp>, Fault> {
    let mut next = db.prepare_cached("SELECT due FROM upstreams ORDER BY due LIMIT 1")?;
    maybe_time(next.query_row([], |row| row.get(0)).optional()?)
}

fn upstream(row: &Row<'_>) -> Result<Upstream, Fault> {
    let body: String = row.get(0)?;
    Ok(Upstream {
        version: row.get(1)?,
        ..serde_json::from_str(&body)?
    })
}
