//! Notices and their versions.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    delivery::Subject,
    notice::{Change, Entry, Known, Notice, NoticeId, Revision, SourceId, day_of},
    store::{
        Absent, Announce, Committed, Learned, Revisions, RowFacts,
        plan::{self, Head, Text},
        reach,
    },
};

use crate::store::stored::{limit as sql_limit, micros};

use super::{
    fault::Fault,
    outbox, pushes,
    rows::{ENTRY, HEAD, entry as entry_of, head as head_of, notice_id},
    search, sources,
    writer::apart,
};

pub(super) fn known(db: &Connection, ids: &[NoticeId]) -> Result<HashMap<NoticeId, Known>, Fault> {
    let mut known = HashMap::with_capacity(ids.len());
    for id in ids {
        let kept = alias(db, *id)?.unwrap_or(*id);
        if let Some((_, head)) = find(db, kept)? {
            known.insert(
                *id,
                Known {
                    id: kept,
                    fingerprint: head.fingerprint,
                    row: head.row,
                    article_read: head.article_read,
                    has_content: head.has_content,
                    published: head.published,
                },
            );
        }
    }
    Ok(known)
}

pub(super) fn commit(db: &Connection, learned: &Learned) -> Result<Committed, Fault> {
    for (alias, notice) in &learned.aliases {
        db.prepare_cached("INSERT OR REPLACE INTO aliases (alias, notice) VALUES (?1, ?2)")?
            .execute([alias.as_bytes(), notice.as_bytes()])?;
    }
    let mut committed = Committed::default();
    let mut shows = false;
    for (change, facts) in plan::in_order(&learned.changes) {
        let id = change.notice().id;
        let Some((seq, head)) = find(db, id)? else {
            insert(db, learned, change.notice(), facts)?;
            shows = true;
            committed.new.push(id);
            announce(
                db,
                learned,
                Subject {
                    notice: id,
                    revision: 1,
                },
                &mut committed,
            )?;
            continue;
        };
        let (next, text) = alter(db, seq, &head, change, facts, learned)?;
        shows |= plan::shows(&head, &text);
        if let Text::Revised(_) = text {
            committed.revised.push(id);
            if learned.revisions == Revisions::Notify {
                let revision = next.revision;
                announce(db, learned, Subject { notice: id, revision }, &mut committed)?;
            }
        }
    }
    committed.withdrawn = note_absent(db, learned)?;
    shows |= committed.withdrawn > 0;
    let inserted = i64::try_from(committed.new.len()).unwrap_or(i64::MAX);
    if let Some(incident) = &learned.incident {
        outbox::announce_incident(db, incident)?;
    }
    if let Some(push) = learned.push {
        pushes::forget(db, push)?;
    }
    match sources::settle(db, learned, inserted, shows)? {
        true => Ok(committed),
        // All of it is undone.
        false => Err(Fault::LeaseLost),
    }
}

/// As [`commit`] of what is no news: undone as a whole where it fails, as it is a statement alone or [`apart`].
pub(super) fn commit_rest(db: &Connection, learned: &Learned) -> Result<Committed, Fault> {
    if !learned.is_as_leased() || has_missing(db, learned.source())? {
        return apart(db, |db| commit(db, learned));
    }
    match sources::settle_course(db, learned)? {
        true => Ok(Committed::default()),
        false => Err(Fault::LeaseLost),
    }
}

pub(super) fn newest(db: &Connection, sources: &str, limit: usize) -> Result<Vec<Entry>, Fault> {
    // The newest of each source, by its index, then the newest of these.
    let mut newest = db.prepare_cached(&format!(
        "WITH chosen AS MATERIALIZED (
             SELECT n.seq, n.sort FROM (SELECT DISTINCT value AS id FROM json_each(?1)) s
             JOIN notices n ON n.seq IN
                 (SELECT m.seq FROM notices m WHERE m.source = s.id ORDER BY m.sort DESC, m.seq DESC LIMIT ?2)
             ORDER BY n.sort DESC, n.seq DESC LIMIT ?2)
         SELECT {ENTRY} FROM chosen c
         JOIN notices n ON n.seq = c.seq JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
         ORDER BY c.sort DESC, c.seq DESC"
    ))?;
    newest
        .query_and_then(params![sources, sql_limit(limit)], entry_of)?
        .collect()
}

pub(super) fn newest_seq(db: &Connection) -> Result<i64, Fault> {
    let mut newest = db.prepare_cached("SELECT coalesce(max(seq), 0) FROM notices")?;
    Ok(newest.query_one([], |row| row.get(0))?)
}

pub(super) fn after(db: &Connection, sources: &str, after: i64, limit: usize) -> Result<Vec<Entry>, Fault> {
    let mut later = db.prepare_cached(&format!(
        "SELECT {ENTRY} FROM notices n JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
         WHERE n.seq > ?2 AND +n.source IN (SELECT value FROM json_each(?1)) ORDER BY n.seq LIMIT ?3"
    ))?;
    later
        .query_and_then(params![sources, after, sql_limit(limit)], entry_of)?
        .collect()
}

pub(super) fn entry(db: &Connection, id: NoticeId) -> Result<Option<(Entry, Vec<Revision>)>, Fault> {
    let mut versions = db.prepare_cached(&format!(
        "SELECT {ENTRY} FROM notices n JOIN revisions r ON r.notice = n.seq WHERE n.id = ?1 ORDER BY r.revision"
    ))?;
    let mut versions: Vec<Entry> = versions
        .query_and_then([id.as_bytes()], entry_of)?
        .collect::<Result<_, Fault>>()?;
    let newest = versions.pop();
    let earlier = versions
        .into_iter()
        .map(|version| Revision {
            revision: version.revision,
            notice: version.notice,
            seen: version.revised,
        })
        .collect();
    Ok(newest.map(|newest| (newest, earlier)))
}

pub(super) fn subjects(db: &Connection, subjects: &[Subject]) -> Result<Vec<(Subject, Entry)>, Fault> {
    let mut one = db.prepare_cached(&format!(
        "SELECT {ENTRY} FROM notices n JOIN revisions r ON r.notice = n.seq WHERE n.id = ?1 AND r.revision = ?2"
    ))?;
    let mut found = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let mut rows = one.query(params![subject.notice.as_bytes(), subject.revision])?;
        if let Some(row) = rows.next()? {
            found.push((*subject, entry_of(row)?));
        }
    }
    Ok(found)
}

pub(super) fn entries_of(db: &Connection, ids: &[NoticeId]) -> Result<Vec<Entry>, Fault> {
    let mut one = db.prepare_cached(&format!(
        "SELECT {ENTRY} FROM notices n JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision WHERE n.id = ?1"
    ))?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let mut rows = one.query([id.as_bytes()])?;
        if let Some(row) = rows.next()? {
            found.push(entry_of(row)?);
        }
    }
    Ok(found)
}

pub(super) fn absent(db: &Connection, source: &SourceId, shown: &str) -> Result<Vec<NoticeId>, Fault> {
    let mut absent = db.prepare_cached(
        "WITH shown AS MATERIALIZED (SELECT n.id, n.sort FROM json_each(?2) s JOIN notices n ON n.id = unhex(s.value)),
              ends AS (SELECT min(sort) AS oldest, max(sort) AS newest FROM shown)
         SELECT n.id FROM notices n, ends
         WHERE n.source = ?1 AND n.sort > ends.oldest AND n.sort < ends.newest AND n.withdrawn IS NULL
           AND n.id NOT IN (SELECT id FROM shown)",
    )?;
    let rows = absent.query_map(params![source.as_str(), shown], |row| Ok(notice_id(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Counts in which notices are missing; how many are withdrawn now.
fn note_absent(db: &Connection, learned: &Learned) -> Result<u64, Fault> {
    let source = learned.source().as_str();
    let (ids, patience) = match &learned.absent {
        Absent::Unknown => return Ok(0),
        Absent::Same { patience } => {
            if !has_missing(db, learned.source())? {
                return Ok(0);
            }
            db.prepare_cached("UPDATE notices SET missing = missing + 1 WHERE source = ?1 AND missing > 0")?
                .execute([source])?;
            (None, patience)
        }
        Absent::These { notices, patience } => (Some(hex(notices)?), patience),
    };
    if let Some(ids) = ids {
        db.prepare_cached(
            "UPDATE notices SET missing = 0
             WHERE source = ?1 AND missing > 0 AND id NOT IN (SELECT unhex(value) FROM json_each(?2))",
        )?
        .execute([source, ids.as_str()])?;
        db.prepare_cached(
            "UPDATE notices SET missing = missing + 1 WHERE id IN (SELECT unhex(value) FROM json_each(?1))",
        )?
        .execute([ids.as_str()])?;
    }
    let withdrawn = db
        .prepare_cached(
            "UPDATE notices SET withdrawn = ?2, missing = 0
             WHERE source = ?1 AND missing > 0 AND missing >= ?3 AND withdrawn IS NULL",
        )?
        .execute(params![source, micros(learned.now), patience])?;
    Ok(withdrawn as u64)
}

fn has_missing(db: &Connection, source: &SourceId) -> Result<bool, Fault> {
    let mut missing = db.prepare_cached("SELECT 1 FROM notices WHERE source = ?1 AND missing > 0 LIMIT 1")?;
    Ok(missing.exists([source.as_str()])?)
}

/// Ids as a JSON list of hexadecimal texts.
pub(super) fn hex(ids: &[NoticeId]) -> Result<String, Fault> {
    let hex = |id: &NoticeId| -> String { id.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect() };
    Ok(serde_json::to_string(&ids.iter().map(hex).collect::<Vec<_>>())?)
}

/// The id of the notice that a source shows under another.
fn alias(db: &Connection, id: NoticeId) -> Result<Option<NoticeId>, Fault> {
    let found = db
        .prepare_cached("SELECT notice FROM aliases WHERE alias = ?1")?
        .query_one([id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.map(notice_id))
}

fn find(db: &Connection, id: NoticeId) -> Result<Option<(i64, Head)>, Fault> {
    let mut one = db.prepare_cached(&format!("SELECT {HEAD} FROM notices n WHERE n.id = ?1"))?;
    let mut rows = one.query([id.as_bytes()])?;
    rows.next()?.map(head_of).transpose()
}

fn insert(db: &Connection, learned: &Learned, notice: &Notice, facts: &RowFacts) -> Result<(), Fault> {
    let head = plan::first(notice, facts, learned.now);
    db.prepare_cached(
        "INSERT INTO notices (id, source, sort, first_seen, revision, revised, fingerprint, row, article_read,
        has_content,
                              published, views, pinned, day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        notice.id.as_bytes(),
        learned.source().as_str(),
        micros(facts.order),
        micros(learned.now),
        head.revision,
        micros(head.revised),
        head.fingerprint.0,
        head.row.0,
        head.article_read.map(micros),
        head.has_content,
        head.published.map(|published| published.to_string()),
        head.views.map(u64::cast_signed),
        head.pinned,
        reach::number(day_of(head.published, learned.now)),
    ])?;
    let seq = db.last_insert_rowid();
    keep_version(db, seq, head.revision, learned.now, notice)?;
    search::index(db, seq, notice)
}

/// Writes what `change` makes of a stored notice, and nothing when that is nothing.
fn alter(
    db: &Connection,
    seq: i64,
    head: &Head,
    change: &Change,
    facts: &RowFacts,
    learned: &Learned,
) -> Result<(Head, Text), Fault> {
    let now = learned.now;
    let stored = if plan::needs_text(head, change) {
        text(db, seq, head.revision)?
    } else {
        None
    };
    let (next, text) = plan::next(head, stored, change, facts, learned.revisions, now);
    match &text {
        Text::Same => {}
        Text::Arrived(notice) => {
            db.prepare_cached("UPDATE revisions SET body = ?3 WHERE notice = ?1 AND revision = ?2")?
                .execute(params![seq, next.revision, serde_json::to_string(notice)?])?;
        }
        Text::Revised(notice) => keep_version(db, seq, next.revision, now, notice)?,
    }
    if let Text::Arrived(notice) | Text::Revised(notice) = &text {
        search::index(db, seq, notice)?;
    }
    if next != *head {
        db.prepare_cached(
            "UPDATE notices SET revision = ?2, revised = ?3, withdrawn = ?4, fingerprint = ?5, row = ?6,
            article_read = ?7,
                    has_content = ?8, published = ?9, views = ?10, pinned = ?11, day = coalesce(?12, day)
             WHERE seq = ?1",
        )?
        .execute(params![
            seq,
            next.revision,
            micros(next.revised),
            next.withdrawn.map(micros),
            next.fingerprint.0,
            next.row.0,
            next.article_read.map(micros),
            next.has_content,
            next.published.map(|published| published.to_string()),
            next.views.map(u64::cast_signed),
            next.pinned,
            next.published.map(|published| reach::number(published.day())),
        ])?;
    }
    Ok((next, text))
}

fn text(db: &Connection, seq: i64, revision: u32) -> Result<Option<Notice>, Fault> {
    let body: Option<String> = db
        .prepare_cached("SELECT body FROM revisions WHERE notice = ?1 AND revision = ?2")?
        .query_one(params![seq, revision], |row| row.get(0))
        .optional()?;
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}

fn keep_version(db: &Connection, seq: i64, revision: u32, seen: Timestamp, notice: &Notice) -> Result<(), Fault> {
    db.prepare_cached("INSERT INTO revisions (notice, revision, seen, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![seq, revision, micros(seen), serde_json::to_string(notice)?])?;
    Ok(())
}

fn announce(db: &Connection, learned: &Learned, subject: Subject, committed: &mut Committed) -> Result<(), Fault> {
    if learned.announce != Announce::Baseline {
        outbox::announce(db, learned.source(), subject, learned.announce == Announce::Hold)?;
        committed.announced += 1;
    }
    Ok(())
}
