//! Sources that have another name now.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    notice::{NoticeId, SourceId},
    store::{Waiting, plan},
};

use super::{fault::Fault, rows::notice_id};

/// Makes what is known of `old` be known of `new`; `false` when nothing is.
pub(super) fn adopt(db: &Connection, new: &SourceId, old: &SourceId) -> Result<bool, Fault> {
    let names = [new.as_str(), old.as_str()];
    let waiting: Option<String> = db
        .prepare_cached("SELECT waiting FROM sources WHERE id = ?1")?
        .query_one([old.as_str()], |row| row.get(0))
        .optional()?;
    let Some(waiting) = waiting else { return Ok(false) };

    for (seq, id, key) in notices(db, old)? {
        let shown = NoticeId::of(new, &key);
        let is_twin = db
            .prepare_cached("SELECT 1 FROM notices WHERE id = ?1")?
            .exists([shown.as_bytes()])?;
        // The source was known under its new name before it was known for the same: what it has shown since stays as it is.
        if is_twin {
            continue;
        }
        db.prepare_cached("INSERT OR REPLACE INTO aliases (alias, notice) VALUES (?1, ?2)")?
            .execute([shown.as_bytes(), id.as_bytes()])?;
        db.prepare_cached("UPDATE notices SET source = ?2 WHERE seq = ?1")?
            .execute(params![seq, new.as_str()])?;
    }
    let waiting: HashMap<String, Waiting> = serde_json::from_str(&waiting)?;
    let waiting = serde_json::to_string(&plan::renamed(waiting, new))?;
    db.prepare_cached("UPDATE sources SET waiting = ?2 WHERE id = ?1")?
        .execute(params![old.as_str(), waiting])?;
    let is_known = db
        .prepare_cached("SELECT 1 FROM sources WHERE id = ?1")?
        .exists([new.as_str()])?;
    if is_known {
        db.prepare_cached("DELETE FROM sources WHERE id = ?1")?
            .execute([old.as_str()])?;
    } else {
        // Whoever polls it under its old name has lost the lease.
        db.prepare_cached("UPDATE sources SET id = ?1, leased_until = NULL, fence = fence + 1 WHERE id = ?2")?
            .execute(names)?;
    }
    db.prepare_cached(
        "UPDATE sources SET version = version + 1, notices = (SELECT count(*) FROM notices WHERE source = ?1)
         WHERE id = ?1",
    )?
    .execute([new.as_str()])?;
    for table in ["announcements", "pushes"] {
        db.prepare_cached(&format!("UPDATE {table} SET source = ?1 WHERE source = ?2"))?
            .execute(names)?;
    }
    // Its hub is asked again, for the new name.
    db.prepare_cached("DELETE FROM upstreams WHERE source = ?1")?
        .execute([old.as_str()])?;
    note(db, new, old)?;
    rename_in_rules(db, new, old)?;
    Ok(true)
}

/// What sources were called, each with what it is called now.
pub(super) fn renamed(db: &Connection) -> Result<HashMap<SourceId, SourceId>, Fault> {
    let mut renamed = db.prepare_cached("SELECT old, new FROM renamed")?;
    let names = |row: &Row<'_>| Ok((row.get::<_, String>(0)?.parse()?, row.get::<_, String>(1)?.parse()?));
    renamed.query_and_then([], names)?.collect()
}

fn note(db: &Connection, new: &SourceId, old: &SourceId) -> Result<(), Fault> {
    let names = [new.as_str(), old.as_str()];
    db.prepare_cached("UPDATE renamed SET new = ?1 WHERE new = ?2")?
        .execute(names)?;
    db.prepare_cached("INSERT OR REPLACE INTO renamed (new, old) VALUES (?1, ?2)")?
        .execute(names)?;
    db.prepare_cached("DELETE FROM renamed WHERE old = ?1")?
        .execute([new.as_str()])?;
    Ok(())
}

/// Place, id and newest key of each notice.
fn notices(db: &Connection, source: &SourceId) -> Result<Vec<(i64, NoticeId, String)>, Fault> {
    let mut notices = db.prepare_cached(
        "SELECT n.seq, n.id, json_extract(r.body, '$.key') FROM notices n
         JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision WHERE n.source = ?1 ORDER BY n.seq",
    )?;
    let rows = notices.query_map([source.as_str()], |row| {
        Ok((row.get(0)?, notice_id(row.get(1)?), row.get(2)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Who wanted, or asked for, the notices of `old` wants those of `new`.
fn rename_in_rules(db: &Connection, new: &SourceId, old: &SourceId) -> Result<(), Fault> {
    let naming = |table: &str, body: &str| -> Result<Vec<(String, String)>, Fault> {
        let mut naming = db.prepare_cached(&format!("SELECT id, {body} FROM {table} WHERE instr({body}, ?1) > 0"))?;
        let rows = naming.query_map([old.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    for (id, receiver) in naming("receivers", "receiver")? {
        if let Some(receiver) = plan::following(&serde_json::from_str(&receiver)?, new, old) {
            db.prepare_cached("UPDATE receivers SET receiver = ?2 WHERE id = ?1")?
                .execute(params![id, serde_json::to_string(&receiver)?])?;
        }
    }
    for (id, request) in naming("requests", "body")? {
        if let Some(request) = plan::asking(&serde_json::from_str(&request)?, new, old) {
            db.prepare_cached("UPDATE requests SET body = ?2 WHERE id = ?1")?
                .execute(params![id, serde_json::to_string(&request)?])?;
        }
    }
    Ok(())
}
