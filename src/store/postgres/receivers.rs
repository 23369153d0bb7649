//! Who is told.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    store::{
        ReceiverRow, plan,
        stored::{limit as sql_limit, micros},
    },
    subscription::{Receiver, ReceiverId},
};

use super::{
    fault::Fault,
    rows::{get, maybe_time, plain},
    strikes,
};

const RECEIVER: &str = "receiver, since, stopped, stopped_at, configured";

pub(super) async fn enrol(
    tx: &Transaction<'_>,
    receivers: &[(Receiver, [u8; 32])],
    now: Timestamp,
) -> Result<(), Fault> {
    // Of two with one id the last counts. In order of id, so that nodes that start together don't wait in a ring.
    let mut wanted: Vec<(Receiver, &[u8])> = receivers
        .iter()
        .map(|(receiver, hash)| (&receiver.id, (receiver, hash.as_slice())))
        .collect::<HashMap<_, _>>()
        .into_values()
        .map(|(receiver, hash)| (receiver.clone(), hash))
        .collect();
    wanted.sort_by(|a, b| a.0.id.cmp(&b.0.id));
    let ids: Vec<&str> = wanted.iter().map(|(receiver, _)| receiver.id.0.as_str()).collect();
    let known = tx
        .prepare_cached(&format!(
            "SELECT {RECEIVER} FROM receivers WHERE configured OR id = ANY($1) ORDER BY id FOR UPDATE"
        ))
        .await?;
    let known = tx.query(&known, &[&ids]).await?;
    let mut before: HashMap<ReceiverId, ReceiverRow> = known
        .iter()
        .map(|row| receiver(row).map(|row| (row.receiver.id.clone(), row)))
        .collect::<Result<_, Fault>>()?;

    let mut elsewhere = Vec::new();
    for (receiver, _) in &mut wanted {
        let Some(was) = before.remove(&receiver.id) else {
            continue;
        };
        receiver.keep_own(&was.receiver);
        if plan::is_elsewhere(&was.receiver, receiver) {
            elsewhere.push(receiver.id.0.clone());
        }
    }
    let elsewhere: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
    let mut gone = Vec::new();
    let stay = tx
        .prepare_cached("UPDATE receivers SET receiver = $2, configured = false WHERE id = $1")
        .await?;
    for (id, row) in before {
        match plan::without_configuration(row.receiver).filter(|_| row.stopped.is_none()) {
            Some(own) => {
                tx.execute(&stay, &[&id.0, &serde_json::to_string(&own)?]).await?;
            }
            None => gone.push(id.0),
        }
    }
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    // Who was stopped is remembered, in case the configuration names them again.
    let remove = tx
        .prepare_cached("DELETE FROM receivers WHERE id = ANY($1) AND stopped IS NULL")
        .await?;
    tx.execute(&remove, &[&gone]).await?;
    cancel_waiting(tx, &gone, "the receiver was removed from the configuration", now).await?;

    let ids: Vec<&str> = wanted.iter().map(|(receiver, _)| receiver.id.0.as_str()).collect();
    let hashes: Vec<&[u8]> = wanted.iter().map(|(_, hash)| *hash).collect();
    let bodies = wanted
        .iter()
        .map(|(receiver, _)| serde_json::to_string(receiver))
        .collect::<Result<Vec<_>, _>>()?;
    let put = tx
        .prepare_cached(
            "INSERT INTO receivers (id, token_hash, receiver, since, configured)
             SELECT u.id, u.hash, u.receiver, c.value + 1, true
             FROM unnest($1::text[], $2::bytea[], $3::text[]) WITH ORDINALITY AS u (id, hash, receiver, nth),
                  counters c WHERE c.name = 'announcements' ORDER BY nth
             ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, receiver = excluded.receiver, configured = true",
        )
        .await?;
    tx.execute(&put, &[&ids, &hashes, &bodies]).await?;
    start(tx, &elsewhere).await?;
    Ok(())
}

pub(super) async fn page(
    tx: &Transaction<'_>,
    after: Option<&ReceiverId>,
    limit: usize,
) -> Result<Vec<ReceiverRow>, Fault> {
    let page = tx
        .prepare_cached(&format!(
            "SELECT {RECEIVER} FROM receivers WHERE id > $1 ORDER BY id LIMIT $2"
        ))
        .await?;
    let after = after.map_or("", |id| id.0.as_str());
    let rows = tx.query(&page, &[&after, &sql_limit(limit)]).await?;
    rows.iter().map(receiver).collect()
}

pub(super) async fn one(tx: &Transaction<'_>, id: &ReceiverId) -> Result<Option<ReceiverRow>, Fault> {
    let one = tx
        .prepare_cached(&format!("SELECT {RECEIVER} FROM receivers WHERE id = $1"))
        .await?;
    let row = tx.query_opt(&one, &[&id.0]).await?;
    row.as_ref().map(receiver).transpose()
}

pub(super) async fn named(tx: &Transaction<'_>, ids: &[ReceiverId]) -> Result<Vec<ReceiverRow>, Fault> {
    let named = tx
        .prepare_cached(&format!("SELECT {RECEIVER} FROM receivers WHERE id = ANY($1)"))
        .await?;
    let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
    let rows = tx.query(&named, &[&ids]).await?;
    rows.iter().map(receiver).collect()
}

pub(super) async fn by_token(tx: &Transaction<'_>, hash: &[u8; 32]) -> Result<Option<ReceiverRow>, Fault> {
    let one = tx
        .prepare_cached(&format!("SELECT {RECEIVER} FROM receivers WHERE token_hash = $1"))
        .await?;
    let row = tx.query_opt(&one, &[&hash.as_slice()]).await?;
    row.as_ref().map(receiver).transpose()
}

pub(super) async fn stop(tx: &Transaction<'_>, id: &ReceiverId, why: &str, now: Timestamp) -> Result<bool, Fault> {
    let stop = tx
        .prepare_cached(
            "UPDATE receivers SET stopped = coalesce(stopped, $2), stopped_at = coalesce(stopped_at, $3) WHERE id = $1",
        )
        .await?;
    let found = tx.execute(&stop, &[&id.0, &plain(why), &micros(now)]).await?;
    cancel_waiting(tx, &[&id.0], why, now).await?;
    Ok(found > 0)
}

pub(super) async fn resume(tx: &Transaction<'_>, id: &ReceiverId) -> Result<bool, Fault> {
    Ok(start(tx, &[&id.0]).await? > 0)
}

async fn start(tx: &Transaction<'_>, ids: &[&str]) -> Result<u64, Fault> {
    let start = tx
        .prepare_cached("UPDATE receivers SET stopped = NULL, stopped_at = NULL WHERE id = ANY($1)")
        .await?;
    strikes::forgive(tx, ids).await?;
    Ok(tx.execute(&start, &[&ids]).await?)
}

pub(super) async fn cancel_waiting(tx: &Transaction<'_>, ids: &[&str], why: &str, now: Timestamp) -> Result<(), Fault> {
    let cancel = tx
        .prepare_cached(
            "UPDATE deliveries SET state = 'cancelled', at = $2, why = $3, rendered = NULL
             WHERE receiver = ANY($1) AND state = 'queued'",
        )
        .await?;
    tx.execute(&cancel, &[&ids, &micros(now), &plain(why)]).await?;
    Ok(())
}

pub(super) fn receiver(row: &Row) -> Result<ReceiverRow, Fault> {
    Ok(ReceiverRow {
        receiver: serde_json::from_str(get(row, 0)?)?,
        since: get(row, 1)?,
        stopped: get(row, 2)?,
        stopped_at: maybe_time(row, 3)?,
        configured: get(row, 4)?,
    })
}
