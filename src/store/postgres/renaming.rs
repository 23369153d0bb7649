//! Sources that have another name now.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use crate::{
    notice::{NoticeId, SourceId},
    store::{Waiting, plan},
};

use super::{
    fault::Fault,
    rows::{get, notice_id},
};

/// Makes what is known of `old` be known of `new`; `false` when nothing is.
pub(super) async fn adopt(tx: &Transaction<'_>, new: &SourceId, old: &SourceId) -> Result<bool, Fault> {
    let names: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&new.as_str(), &old.as_str()];
    // Nodes that start together take turns here.
    let of_old = tx
        .prepare_cached("SELECT waiting FROM sources WHERE id = $1 FOR UPDATE")
        .await?;
    let Some(row) = tx.query_opt(&of_old, &[&old.as_str()]).await? else {
        return Ok(false);
    };
    let waiting: HashMap<String, Waiting> = serde_json::from_str(get(&row, 0)?)?;
    let waiting = serde_json::to_string(&plan::renamed(waiting, new))?;
    move_notices(tx, new, old).await?;
    let is_known = tx.prepare_cached("SELECT 1 FROM sources WHERE id = $1").await?;
    if tx.query_opt(&is_known, &[&new.as_str()]).await?.is_some() {
        let forget = tx.prepare_cached("DELETE FROM sources WHERE id = $1").await?;
        tx.execute(&forget, &[&old.as_str()]).await?;
    } else {
        // Whoever polls it under its old name has lost the lease.
        let rename = tx
            .prepare_cached(
                "UPDATE sources SET id = $1, leased_until = NULL, fence = fence + 1, waiting = $3 WHERE id = $2",
            )
            .await?;
        tx.execute(&rename, &[&new.as_str(), &old.as_str(), &waiting]).await?;
    }
    let count = tx
        .prepare_cached(
            "UPDATE sources SET version = version + 1, notices = (SELECT count(*) FROM notices WHERE source = $1)
             WHERE id = $1",
        )
        .await?;
    tx.execute(&count, &[&new.as_str()]).await?;
    for table in ["announcements", "pushes"] {
        let follow = tx
            .prepare_cached(&format!("UPDATE {table} SET source = $1 WHERE source = $2"))
            .await?;
        tx.execute(&follow, &names).await?;
    }
    // Its hub is asked again, for the new name.
    let leave = tx.prepare_cached("DELETE FROM upstreams WHERE source = $1").await?;
    tx.execute(&leave, &[&old.as_str()]).await?;
    note(tx, new, old).await?;
    rename_in_rules(tx, new, old).await?;
    Ok(true)
}

/// What sources were called, each with what it is called now.
pub(super) async fn renamed(tx: &Transaction<'_>) -> Result<HashMap<SourceId, SourceId>, Fault> {
    let renamed = tx.prepare_cached("SELECT old, new FROM renamed").await?;
    let names = |row: &Row| Ok((get::<&str>(row, 0)?.parse()?, get::<&str>(row, 1)?.parse()?));
    tx.query(&renamed, &[]).await?.iter().map(names).collect()
}

async fn note(tx: &Transaction<'_>, new: &SourceId, old: &SourceId) -> Result<(), Fault> {
    let follow = tx.prepare_cached("UPDATE renamed SET new = $1 WHERE new = $2").await?;
    tx.execute(&follow, &[&new.as_str(), &old.as_str()]).await?;
    let note = tx
        .prepare_cached(
            "INSERT INTO renamed (new, old) VALUES ($1, $2) ON CONFLICT (old) DO UPDATE SET new = excluded.new",
        )
        .await?;
    tx.execute(&note, &[&new.as_str(), &old.as_str()]).await?;
    let current = tx.prepare_cached("DELETE FROM renamed WHERE old = $1").await?;
    tx.execute(&current, &[&new.as_str()]).await?;
    Ok(())
}

async fn move_notices(tx: &Transaction<'_>, new: &SourceId, old: &SourceId) -> Result<(), Fault> {
    let notices = tx
        .prepare_cached(
            "SELECT n.id, r.body::json ->> 'key' FROM notices n
             JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision WHERE n.source = $1",
        )
        .await?;
    let mut shown: Vec<Vec<u8>> = Vec::new();
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for row in tx.query(&notices, &[&old.as_str()]).await? {
        shown.push(NoticeId::of(new, get(&row, 1)?).as_bytes().to_vec());
        kept.push(notice_id(&row, 0)?.as_bytes().to_vec());
    }
    // The source was known under its new name before it was known for the same: what it has shown since stays as it is.
    let follow = tx
        .prepare_cached(
            "WITH moved AS (
                 SELECT u.alias, u.notice FROM unnest($1::bytea[], $2::bytea[]) AS u (alias, notice)
                 WHERE NOT EXISTS (SELECT 1 FROM notices n WHERE n.id = u.alias)),
             ended AS (DELETE FROM aliases WHERE notice IN (SELECT notice FROM moved) AND alias NOT IN (SELECT alias FROM moved)),
             followed AS (UPDATE notices SET source = $3 WHERE id IN (SELECT notice FROM moved))
             SELECT alias, notice FROM moved",
        )
        .await?;
    let moved = tx.query(&follow, &[&shown, &kept, &new.as_str()]).await?;
    let shown: Vec<&[u8]> = moved.iter().map(|row| get(row, 0)).collect::<Result<_, _>>()?;
    let kept: Vec<&[u8]> = moved.iter().map(|row| get(row, 1)).collect::<Result<_, _>>()?;
    let note = tx
        .prepare_cached(
            "INSERT INTO aliases (alias, notice) SELECT * FROM unnest($1::bytea[], $2::bytea[])
             ON CONFLICT (alias) DO UPDATE SET notice = excluded.notice",
        )
        .await?;
    tx.execute(&note, &[&shown, &kept]).await?;
    Ok(())
}

/// Who wanted, or asked for, the notices of `old` wants those of `new`.
async fn rename_in_rules(tx: &Transaction<'_>, new: &SourceId, old: &SourceId) -> Result<(), Fault> {
    for (id, receiver) in naming(tx, old, "receivers", "receiver").await? {
        if let Some(receiver) = plan::following(&serde_json::from_str(&receiver)?, new, old) {
            let change = tx
                .prepare_cached("UPDATE receivers SET receiver = $2 WHERE id = $1")
                .await?;
            tx.execute(&change, &[&id, &serde_json::to_string(&receiver)?]).await?;
        }
    }
    for (id, request) in naming(tx, old, "requests", "body").await? {
        if let Some(request) = plan::asking(&serde_json::from_str(&request)?, new, old) {
            let change = tx.prepare_cached("UPDATE requests SET body = $2 WHERE id = $1").await?;
            tx.execute(&change, &[&id, &serde_json::to_string(&request)?]).await?;
        }
    }
    Ok(())
}

/// Id and `body` of the rows of `table` that may name `source`.
async fn naming(
    tx: &Transaction<'_>,
    source: &SourceId,
    table: &str,
    body: &str,
) -> Result<Vec<(String, String)>, Fault> {
    let naming = tx
        .prepare_cached(&format!(
            "SELECT id, {body} FROM {table} WHERE strpos({body}, $1) > 0 ORDER BY id FOR UPDATE"
        ))
        .await?;
    let rows = tx.query(&naming, &[&source.as_str()]).await?;
    rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
}
