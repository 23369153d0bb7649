//! What hubs have pushed and no poll has read yet.

use deadpool_postgres::Transaction;

use crate::{
    notice::SourceId,
    store::stored::{limit as sql_limit, micros},
    websub::Push,
};

use super::{
    fault::Fault,
    rows::{get, plain, time},
};

pub(super) async fn keep(tx: &Transaction<'_>, source: &SourceId, push: &Push, most: usize) -> Result<bool, Fault> {
    // Locks the source: its polls decide by its pushes when it is due.
    let make_due = tx
        .prepare_cached("UPDATE sources SET next_poll = least(next_poll, $2) WHERE id = $1")
        .await?;
    tx.execute(&make_due, &[&source.as_str(), &micros(push.at)]).await?;
    let keep = tx
        .prepare_cached(
            "INSERT INTO pushes (source, at, content_type, body) SELECT $1, $2, $3, $4
             WHERE (SELECT count(*) FROM pushes WHERE source = $1) < $5",
        )
        .await?;
    let content_type = push.content_type.as_deref().map(plain);
    let kept = tx
        .execute(
            &keep,
            &[
                &source.as_str(),
                &micros(push.at),
                &content_type,
                &push.body,
                &sql_limit(most),
            ],
        )
        .await?;
    Ok(kept > 0)
}

pub(super) async fn oldest(tx: &Transaction<'_>, source: &SourceId) -> Result<Option<Push>, Fault> {
    let oldest = tx
        .prepare_cached("SELECT seq, at, content_type, body FROM pushes WHERE source = $1 ORDER BY seq LIMIT 1")
        .await?;
    let row = tx.query_opt(&oldest, &[&source.as_str()]).await?;
    row.map(|row| {
        Ok(Push {
            seq: get(&row, 0)?,
            at: time(&row, 1)?,
            content_type: get(&row, 2)?,
            body: get(&row, 3)?,
        })
    })
    .transpose()
}

pub(super) async fn forget(tx: &Transaction<'_>, seq: i64) -> Result<(), Fault> {
    let forget = tx.prepare_cached("DELETE FROM pushes WHERE seq = $1").await?;
    tx.execute(&forget, &[&seq]).await?;
    Ok(())
}
