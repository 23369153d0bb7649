//! What came when: the notices of a span of time as they were at its end, and the newest corrections.
//!
//! CROSS JOIN has SQLite begin with the few later revisions, where it would begin with all notices.

use rusqlite::{Connection, params};

use crate::{
    notice::Entry,
    store::{
        Around, Span,
        stored::{limit as sql_limit, micros},
    },
};

use super::{
    fault::Fault,
    rows::{ENTRY, entry as entry_of, maybe_time},
};

/// The notices of sources ?1 that were first seen or revised from ?2 on and before ?3.
const CHOSEN: &str = "chosen AS (
    SELECT n.seq FROM (SELECT DISTINCT value AS id FROM json_each(?1)) s JOIN notices n ON n.source = s.id
    WHERE n.first_seen >= ?2 AND n.first_seen < ?3
    UNION
    SELECT n.seq FROM revisions r CROSS JOIN notices n ON n.seq = r.notice
    WHERE r.revision > 1 AND r.seen >= ?2 AND r.seen < ?3 AND n.source IN (SELECT value FROM json_each(?1)))";

pub(super) fn past(db: &Connection, sources: &str, span: Span, skip: usize, limit: usize) -> Result<Vec<Entry>, Fault> {
    let mut past = db.prepare_cached(&format!(
        "WITH {CHOSEN}, page AS MATERIALIZED (SELECT seq FROM chosen ORDER BY seq LIMIT ?5 OFFSET ?4)
         SELECT {ENTRY} FROM page p JOIN notices n ON n.seq = p.seq
         JOIN revisions r ON r.notice = n.seq AND r.revision =
             (SELECT max(x.revision) FROM revisions x WHERE x.notice = n.seq AND x.seen < ?3)
         ORDER BY n.seq"
    ))?;
    let (from, until) = (micros(span.from), micros(span.until));
    past.query_and_then(
        params![sources, from, until, sql_limit(skip), sql_limit(limit)],
        entry_of,
    )?
    .collect()
}

pub(super) fn around(db: &Connection, sources: &str, span: Span) -> Result<Around, Fault> {
    let mut around = db.prepare_cached(
        "WITH named AS MATERIALIZED (SELECT DISTINCT value AS id FROM json_each(?1))
         SELECT (SELECT count(*) FROM named s JOIN notices n ON n.source = s.id
                 WHERE n.first_seen >= ?2 AND n.first_seen < ?3)
                + (SELECT count(DISTINCT n.seq) FROM revisions r CROSS JOIN notices n ON n.seq = r.notice
                   WHERE r.revision > 1 AND r.seen >= ?2 AND r.seen < ?3 AND n.source IN (SELECT id FROM named)
                     AND NOT (n.first_seen >= ?2 AND n.first_seen < ?3)),
             (SELECT max((SELECT max(n.first_seen) FROM notices n WHERE n.source = s.id AND n.first_seen < ?2)) FROM named s),
             (SELECT r.seen FROM revisions r CROSS JOIN notices n ON n.seq = r.notice
              WHERE r.revision > 1 AND r.seen < ?2 AND n.source IN (SELECT id FROM named) ORDER BY r.seen DESC LIMIT 1),
             (SELECT min((SELECT min(n.first_seen) FROM notices n WHERE n.source = s.id AND n.first_seen >= ?3)) FROM named s),
             (SELECT r.seen FROM revisions r CROSS JOIN notices n ON n.seq = r.notice
              WHERE r.revision > 1 AND r.seen >= ?3 AND n.source IN (SELECT id FROM named) ORDER BY r.seen LIMIT 1)",
    )?;
    let (within, before, after) = around.query_row(params![sources, micros(span.from), micros(span.until)], |row| {
        let before: [Option<i64>; 2] = [row.get(1)?, row.get(2)?];
        let after: [Option<i64>; 2] = [row.get(3)?, row.get(4)?];
        Ok((row.get::<_, i64>(0)?, before, after))
    })?;
    Ok(Around {
        within: within.cast_unsigned(),
        before: maybe_time(before.into_iter().flatten().max())?,
        after: maybe_time(after.into_iter().flatten().min())?,
    })
}

pub(super) fn corrected(db: &Connection, sources: &str, limit: usize) -> Result<Vec<Entry>, Fault> {
    let mut corrected = db.prepare_cached(&format!(
        "WITH chosen AS MATERIALIZED (
             SELECT n.seq, n.revised FROM (SELECT DISTINCT value AS id FROM json_each(?1)) s
             JOIN notices n ON n.seq IN
                 (SELECT m.seq FROM notices m WHERE m.source = s.id AND m.revision > 1
                  ORDER BY m.revised DESC, m.seq DESC LIMIT ?2)
             ORDER BY n.revised DESC, n.seq DESC LIMIT ?2)
         SELECT {ENTRY} FROM chosen c
         JOIN notices n ON n.seq = c.seq JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
         ORDER BY c.revised DESC, c.seq DESC"
    ))?;
    corrected
        .query_and_then(params![sources, sql_limit(limit)], entry_of)?
        .collect()
}
