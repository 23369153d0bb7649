//! What came when: the notices of a span of time as they were at its end, and the newest corrections.

use deadpool_postgres::Transaction;

use crate::{
    notice::Entry,
    store::{
        Around, Span,
        stored::{limit as sql_limit, micros},
    },
};

use super::{
    fault::Fault,
    rows::{ENTRY, count, entry as entry_of, maybe_time},
};

/// The notices of sources $1 that were first seen or revised from $2 on and before $3.
const CHOSEN: &str = "chosen AS (
    SELECT n.seq FROM notices n WHERE n.source = ANY($1) AND n.first_seen >= $2 AND n.first_seen < $3
    UNION
    SELECT n.seq FROM revisions r JOIN notices n ON n.seq = r.notice
    WHERE r.revision > 1 AND r.seen >= $2 AND r.seen < $3 AND n.source = ANY($1))";

pub(super) async fn past(
    tx: &Transaction<'_>,
    sources: &[&str],
    span: Span,
    skip: usize,
    limit: usize,
) -> Result<Vec<Entry>, Fault> {
    let past = tx
        .prepare_cached(&format!(
            "WITH {CHOSEN}, page AS (SELECT seq FROM chosen ORDER BY seq LIMIT $5 OFFSET $4)
             SELECT {ENTRY} FROM page p JOIN notices n ON n.seq = p.seq
             JOIN revisions r ON r.notice = n.seq AND r.revision =
                 (SELECT max(x.revision) FROM revisions x WHERE x.notice = n.seq AND x.seen < $3)
             ORDER BY n.seq"
        ))
        .await?;
    let (from, until) = (micros(span.from), micros(span.until));
    let rows = tx
        .query(&past, &[&sources, &from, &until, &sql_limit(skip), &sql_limit(limit)])
        .await?;
    rows.iter().map(entry_of).collect()
}

pub(super) async fn around(tx: &Transaction<'_>, sources: &[&str], span: Span) -> Result<Around, Fault> {
    let around = tx
        .prepare_cached(
            "WITH named AS (SELECT DISTINCT unnest($1::text[]) COLLATE \"C\" AS id)
             SELECT (SELECT count(*) FROM notices n
                     WHERE n.source = ANY($1) AND n.first_seen >= $2 AND n.first_seen < $3)
                    + (SELECT count(DISTINCT n.seq) FROM revisions r JOIN notices n ON n.seq = r.notice
                       WHERE r.revision > 1 AND r.seen >= $2 AND r.seen < $3 AND n.source = ANY($1)
                         AND NOT (n.first_seen >= $2 AND n.first_seen < $3)),
                 greatest((SELECT max(n.first_seen) FROM named s CROSS JOIN LATERAL
                              (SELECT max(m.first_seen) AS first_seen FROM notices m
                               WHERE m.source = s.id AND m.first_seen < $2) n),
                          (SELECT r.seen FROM revisions r JOIN notices n ON n.seq = r.notice
                           WHERE r.revision > 1 AND r.seen < $2 AND n.source = ANY($1) ORDER BY r.seen DESC LIMIT 1)),
                 least((SELECT min(n.first_seen) FROM named s CROSS JOIN LATERAL
                           (SELECT min(m.first_seen) AS first_seen FROM notices m
                            WHERE m.source = s.id AND m.first_seen >= $3) n),
                       (SELECT r.seen FROM revisions r JOIN notices n ON n.seq = r.notice
                        WHERE r.revision > 1 AND r.seen >= $3 AND n.source = ANY($1) ORDER BY r.seen LIMIT 1))",
        )
        .await?;
    let row = tx
        .query_one(&around, &[&sources, &micros(span.from), &micros(span.until)])
        .await?;
    Ok(Around {
        within: count(&row, 0)?,
        before: maybe_time(&row, 1)?,
        after: maybe_time(&row, 2)?,
    })
}

pub(super) async fn corrected(tx: &Transaction<'_>, sources: &[&str], limit: usize) -> Result<Vec<Entry>, Fault> {
    let corrected = tx
        .prepare_cached(&format!(
            "WITH chosen AS (
                 SELECT n.seq, n.revised FROM (SELECT DISTINCT unnest($1::text[]) AS id) s
                 CROSS JOIN LATERAL (SELECT m.seq, m.revised FROM notices m
                                     WHERE m.source = s.id COLLATE \"C\" AND m.revision > 1
                                     ORDER BY m.revised DESC, m.seq DESC LIMIT $2) n
                 ORDER BY n.revised DESC, n.seq DESC LIMIT $2)
             SELECT {ENTRY} FROM chosen c
             JOIN notices n ON n.seq = c.seq JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
             ORDER BY c.revised DESC, c.seq DESC"
        ))
        .await?;
    let rows = tx.query(&corrected, &[&sources, &sql_limit(limit)]).await?;
    rows.iter().map(entry_of).collect()
}
