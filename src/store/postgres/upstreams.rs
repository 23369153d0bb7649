//! Our subscriptions at hubs.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    notice::SourceId,
    source::Hub,
    store::stored::{limit as sql_limit, micros},
    websub::{Standing, Upstream},
};

use super::{
    fault::Fault,
    rows::{get, time},
};

pub(super) async fn hubs(tx: &Transaction<'_>) -> Result<Vec<(SourceId, Hub)>, Fault> {
    let named = tx
        .prepare_cached("SELECT id, hub FROM sources WHERE hub IS NOT NULL")
        .await?;
    let rows = tx.query(&named, &[]).await?;
    rows.iter()
        .map(|row| Ok((get::<&str>(row, 0)?.parse()?, serde_json::from_str(get(row, 1)?)?)))
        .collect()
}

pub(super) async fn all(tx: &Transaction<'_>, of: Option<&SourceId>) -> Result<Vec<Upstream>, Fault> {
    let all = tx
        .prepare_cached("SELECT body, version FROM upstreams WHERE $1::text IS NULL OR source = $1 ORDER BY token")
        .await?;
    let rows = tx.query(&all, &[&of.map(SourceId::as_str)]).await?;
    rows.iter().map(upstream).collect()
}

pub(super) async fn one(tx: &Transaction<'_>, token: &str) -> Result<Option<Upstream>, Fault> {
    let one = tx
        .prepare_cached("SELECT body, version FROM upstreams WHERE token = $1")
        .await?;
    tx.query_opt(&one, &[&token]).await?.as_ref().map(upstream).transpose()
}

pub(super) async fn open(tx: &Transaction<'_>, upstream: &Upstream) -> Result<bool, Fault> {
    let open = tx
        .prepare_cached(
            "INSERT INTO upstreams (token, source, leaving, due, version, body) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
        )
        .await?;
    let opened = tx
        .execute(
            &open,
            &[
                &upstream.token,
                &upstream.source.as_str(),
                &(upstream.standing == Standing::Leaving),
                &micros(upstream.due),
                &upstream.version,
                &serde_json::to_string(upstream)?,
            ],
        )
        .await?;
    Ok(opened > 0)
}

pub(super) async fn change(tx: &Transaction<'_>, upstream: &Upstream) -> Result<bool, Fault> {
    let change = tx
        .prepare_cached(
            "UPDATE upstreams SET leaving = $3, due = $4, body = $5, version = version + 1 WHERE token = $1 AND version = $2",
        )
        .await?;
    let changed = tx
        .execute(
            &change,
            &[
                &upstream.token,
                &upstream.version,
                &(upstream.standing == Standing::Leaving),
                &micros(upstream.due),
                &serde_json::to_string(upstream)?,
            ],
        )
        .await?;
    Ok(changed > 0)
}

pub(super) async fn close(tx: &Transaction<'_>, token: &str) -> Result<(), Fault> {
    let close = tx.prepare_cached("DELETE FROM upstreams WHERE token = $1").await?;
    tx.execute(&close, &[&token]).await?;
    Ok(())
}

pub(super) async fn due(tx: &Transaction<'_>, now: Timestamp, limit: usize) -> Result<Vec<Upstream>, Fault> {
    let due = tx
        .prepare_cached("SELECT body, version FROM upstreams WHERE due <= $1 ORDER BY due, token LIMIT $2")
        .await?;
    let rows = tx.query(&due, &[&micros(now), &sql_limit(limit)]).await?;
    rows.iter().map(upstream).collect()
}

pub(super) async fn next_due(tx: &Transaction<'_>) -> Result<Option<Timestamp>, Fault> {
    let next = tx
        .prepare_cached("SELECT due FROM upstreams ORDER BY due LIMIT 1")
        .await?;
    let row = tx.query_opt(&next, &[]).await?;
    row.map(|row| time(&row, 0)).transpose()
}

fn upstream(row: &Row) -> Result<Upstream, Fault> {
    Ok(Upstream {
        version: get(row, 1)?,
        ..serde_json::from_str(get(row, 0)?)?
    })
}
