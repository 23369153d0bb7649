//! What hubs have pushed and no poll has read yet.

use rusqlite::{Connection, params};

use crate::{
    notice::SourceId,
    store::stored::{limit as sql_limit, micros},
    websub::Push,
};

use super::{fault::Fault, rows::time};

pub(super) fn keep(db: &Connection, source: &SourceId, push: &Push, most: usize) -> Result<bool, Fault> {
    let kept = db
        .prepare_cached(
            "INSERT INTO pushes (source, at, content_type, body) SELECT ?1, ?2, ?3, ?4
             WHERE (SELECT count(*) FROM pushes WHERE source = ?1) < ?5",
        )?
        .execute(params![
            source.as_str(),
            micros(push.at),
            push.content_type,
            push.body,
            sql_limit(most)
        ])?;
    db.prepare_cached("UPDATE sources SET next_poll = ?2 WHERE id = ?1 AND next_poll > ?2")?
        .execute(params![source.as_str(), micros(push.at)])?;
    Ok(kept > 0)
}

pub(super) fn oldest(db: &Connection, source: &SourceId) -> Result<Option<Push>, Fault> {
    let mut oldest =
        db.prepare_cached("SELECT seq, at, content_type, body FROM pushes WHERE source = ?1 ORDER BY seq LIMIT 1")?;
    let mut found = oldest.query_and_then([source.as_str()], |row| {
        Ok(Push {
            seq: row.get(0)?,
            at: time(row.get(1)?)?,
            content_type: row.get(2)?,
            body: row.get(3)?,
        })
    })?;
    found.next().transpose()
}

pub(super) fn forget(db: &Connection, seq: i64) -> Result<(), Fault> {
    db.prepare_cached("DELETE FROM pushes WHERE seq = ?1")?.execute([seq])?;
    Ok(())
}
