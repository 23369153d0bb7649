//! What is known of sources, and who may poll them.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::{
    notice::SourceId,
    rhythm::History,
    source::{Rows, Validators},
    store::{Course, Health, Horizon, Learned, SourceLease, SourceState, Standing},
};

use crate::store::stored::{lease_end, micros, span};

use super::{
    fault::Fault,
    rows::{maybe_time, time},
};

const STATE: &str = "s.id, s.etag, s.last_modified, s.next_poll, s.last_poll, s.last_good, s.last_new, s.failures, \
                     s.last_error, s.health, s.baseline_done, s.wait, s.waiting, s.version, s.notices, s.fence, \
                     (SELECT count(*) FROM announcements a WHERE a.source = s.id AND a.held = 1), \
                     s.gone, s.last_full, s.definition, s.rhythm, s.moved, s.last_answer, s.last_rows, s.wishes, s.hub, \
                     (SELECT count(*) FROM pushes p WHERE p.source = s.id), s.recognised, \
                     s.articles_due";

pub(super) fn enrol(db: &Connection, due: &[(SourceId, Timestamp)], latest: Timestamp) -> Result<(), Fault> {
    let mut make = db.prepare_cached("INSERT INTO sources (id, next_poll) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    // A lease that ends later than any source may wait is of a clock that has jumped.
    let mut bring_back = db.prepare_cached(
        "UPDATE sources SET next_poll = min(next_poll, ?2), leased_until = min(leased_until, ?2)
         WHERE id = ?1 AND (next_poll > ?2 OR leased_until > ?2)",
    )?;
    for (id, at) in due {
        make.execute(params![id.as_str(), micros(*at)])?;
        bring_back.execute(params![id.as_str(), micros(latest)])?;
    }
    Ok(())
}

pub(super) fn lease_due(
    db: &Connection,
    among: &HashSet<SourceId>,
    now: Timestamp,
    lease: Duration,
    limit: usize,
) -> Result<Vec<SourceLease>, Fault> {
    let mut chosen: Vec<String> = Vec::new();
    let mut due = db.prepare_cached("SELECT id FROM sources WHERE due <= ?1 ORDER BY due, id")?;
    let mut rows = due.query([micros(now)])?;
    while chosen.len() < limit
        && let Some(row) = rows.next()?
    {
        let id: String = row.get(0)?;
        if among.contains(id.as_str()) {
            chosen.push(id);
        }
    }
    chosen.iter().map(|id| take(db, id, now, lease)).collect()
}

pub(super) fn lease(
    db: &Connection,
    id: &SourceId,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<SourceLease>, Fault> {
    let free = db
        .prepare_cached("SELECT 1 FROM sources WHERE id = ?1 AND (leased_until IS NULL OR leased_until <= ?2)")?
        .exists(params![id.as_str(), micros(now)])?;
    free.then(|| take(db, id.as_str(), now, lease)).transpose()
}

pub(super) fn next_due(db: &Connection, among: &HashSet<SourceId>) -> Result<Option<Timestamp>, Fault> {
    let mut in_order = db.prepare_cached("SELECT id, due FROM sources ORDER BY due, id")?;
    let mut rows = in_order.query([])?;
    while let Some(row) = rows.next()? {
        if among.contains(row.get::<_, String>(0)?.as_str()) {
            return maybe_time(row.get(1)?);
        }
    }
    Ok(None)
}

pub(super) fn states(db: &Connection) -> Result<Vec<SourceState>, Fault> {
    let mut all = db.prepare_cached(&format!("SELECT {STATE} FROM sources s ORDER BY s.id"))?;
    all.query_and_then([], state)?.collect()
}

pub(super) fn courses(db: &Connection) -> Result<Vec<Course>, Fault> {
    let mut all = db.prepare_cached("SELECT id, next_poll, failures, definition, rhythm FROM sources")?;
    let course = |row: &Row<'_>| {
        Ok(Course {
            id: row.get::<_, String>(0)?.parse()?,
            next_poll: time(row.get(1)?)?,
            failures: row.get(2)?,
            definition: row.get(3)?,
            rhythm: History::from_bytes(&row.get::<_, Vec<u8>>(4)?),
        })
    };
    all.query_and_then([], course)?.collect()
}

pub(super) fn unwell(db: &Connection) -> Result<Vec<(SourceId, Health)>, Fault> {
    let mut all = db.prepare_cached("SELECT id, health FROM sources WHERE health <> 'ok'")?;
    let one = |row: &Row<'_>| Ok((row.get::<_, String>(0)?.parse()?, health(&row.get::<_, String>(1)?)?));
    all.query_and_then([], one)?.collect()
}

pub(super) fn standings(db: &Connection) -> Result<HashMap<SourceId, Standing>, Fault> {
    let mut all = db.prepare_cached("SELECT id, version, next_poll FROM sources")?;
    let standing = |row: &Row<'_>| {
        let standing = Standing {
            version: row.get(1)?,
            next_poll: time(row.get(2)?)?,
        };
        Ok((row.get::<_, String>(0)?.parse()?, standing))
    };
    all.query_and_then([], standing)?.collect()
}

/// Records the state after a poll and ends the lease; `false` when the lease is not held any more. `inserted` notices are more than
/// before. To be called after what is held was recorded: a flood that was released meanwhile holds the source no more.
pub(super) fn settle(db: &Connection, learned: &Learned, inserted: i64, shows: bool) -> Result<bool, Fault> {
    if !settle_course(db, learned)? {
        return Ok(false);
    }
    let state = &learned.state;
    db.prepare_cached(
        "UPDATE sources SET last_new = ?2, failures = ?3, last_error = ?4, baseline_done = ?6,
                health = CASE WHEN ?5 = 'held' AND NOT EXISTS (SELECT 1 FROM announcements WHERE source = ?1 AND held = 1)
                     THEN 'ok' ELSE ?5 END,
                waiting = ?7, notices = notices + ?8, version = version + ?9, gone = ?10, last_full = ?11, definition = ?12,
                moved = ?13, last_answer = ?14, last_rows = ?15, wishes = ?16, hub = ?17, recognised = ?18, articles_due = ?19
         WHERE id = ?1",
    )?
    .execute(params![
        learned.source().as_str(),
        state.last_new.map(micros),
        state.failures,
        state.last_error,
        state.health.as_str(),
        state.baseline_done,
        serde_json::to_string(&state.waiting)?,
        inserted,
        i64::from(shows),
        state.gone,
        state.last_full.map(micros),
        state.definition,
        state.moved.as_ref().map(serde_json::to_string).transpose()?,
        state.last_answer,
        state.last_rows.to_bytes(),
        serde_json::to_string(&state.wishes)?,
        state.hub.as_ref().map(serde_json::to_string).transpose()?,
        state.recognised.as_ref().map(serde_json::to_string).transpose()?,
        state.articles_due.map(micros),
    ])?;
    Ok(true)
}

/// As [`settle`], where the state is that of the lease but for when the source was asked and is asked next. One statement.
pub(super) fn settle_course(db: &Connection, learned: &Learned) -> Result<bool, Fault> {
    let state = &learned.state;
    let mut settle = db.prepare_cached(
        "UPDATE sources SET etag = ?2, last_modified = ?3, next_poll = ?4, last_poll = ?5, last_good = ?6, wait = ?7, rhythm = ?8,
                leased_until = NULL
         WHERE id = ?1 AND fence = ?9 AND leased_until IS NOT NULL",
    )?;
    let settled = settle.execute(params![
        learned.source().as_str(),
        state.validators.etag,
        state.validators.last_modified,
        micros(next_poll(db, learned)?),
        state.last_poll.map(micros),
        state.last_good.map(micros),
        span(state.wait),
        state.rhythm.to_bytes(),
        learned.lease.fence,
    ])?;
    Ok(settled > 0)
}

/// When the source is due: at once, when its hub has pushed what nobody has read.
fn next_poll(db: &Connection, learned: &Learned) -> Result<Timestamp, Fault> {
    let (state, source) = (&learned.state, learned.source().as_str());
    let mut pushed = db.prepare_cached("SELECT 1 FROM pushes WHERE source = ?1")?;
    Ok(match pushed.exists([source])? {
        true => state.next_poll.min(state.last_poll.unwrap_or(state.next_poll)),
        false => state.next_poll,
    })
}

fn take(db: &Connection, id: &str, now: Timestamp, lease: Duration) -> Result<SourceLease, Fault> {
    db.prepare_cached("UPDATE sources SET fence = fence + 1, leased_until = ?2 WHERE id = ?1")?
        .execute(params![id, lease_end(now, lease)])?;
    let mut one = db.prepare_cached(&format!("SELECT {STATE} FROM sources s WHERE s.id = ?1"))?;
    let mut rows = one.query([id])?;
    let row = rows
        .next()?
        .ok_or_else(|| Fault::Broken("a source vanished while it was leased".into()))?;
    Ok(SourceLease {
        state: state(row)?,
        fence: row.get(15)?,
    })
}

fn state(row: &Row<'_>) -> Result<SourceState, Fault> {
    let (id, health, waiting): (String, String, String) = (row.get(0)?, row.get(9)?, row.get(12)?);
    let (moved, hub): (Option<String>, Option<String>) = (row.get(21)?, row.get(25)?);
    let recognised: Option<String> = row.get(27)?;
    let wishes: String = row.get(24)?;
    Ok(SourceState {
        id: id.parse()?,
        validators: Validators {
            etag: row.get(1)?,
            last_modified: row.get(2)?,
        },
        next_poll: time(row.get(3)?)?,
        last_poll: maybe_time(row.get(4)?)?,
        last_good: maybe_time(row.get(5)?)?,
        last_new: maybe_time(row.get(6)?)?,
        failures: row.get(7)?,
        last_error: row.get(8)?,
        health: self::health(&health)?,
        baseline_done: row.get(10)?,
        wait: Duration::from_micros(row.get::<_, i64>(11)?.cast_unsigned()),
        waiting: serde_json::from_str(&waiting)?,
        version: row.get(13)?,
        notices: row.get::<_, i64>(14)?.cast_unsigned(),
        held: row.get::<_, i64>(16)?.cast_unsigned(),
        gone: row.get(17)?,
        last_full: maybe_time(row.get(18)?)?,
        definition: row.get(19)?,
        rhythm: History::from_bytes(&row.get::<_, Vec<u8>>(20)?),
        moved: moved.as_deref().map(serde_json::from_str).transpose()?,
        last_answer: row.get(22)?,
        last_rows: Rows::from_bytes(&row.get::<_, Vec<u8>>(23)?),
        wishes: serde_json::from_str(&wishes)?,
        hub: hub.as_deref().map(serde_json::from_str).transpose()?,
        pushes: row.get::<_, i64>(26)?.cast_unsigned(),
        recognised: recognised.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        articles_due: maybe_time(row.get(28)?)?,
    })
}

fn health(word: &str) -> Result<Health, Fault> {
    Health::named(word).ok_or_else(|| Fault::Broken("a stored source has an unknown health".into()))
}

pub(super) fn bring_back(db: &Connection, horizon: Horizon) -> Result<(), Fault> {
    db.prepare_cached("UPDATE sources SET next_poll = ?1 WHERE next_poll > ?1 AND health <> 'gone'")?
        .execute([micros(horizon.polls)])?;
    db.prepare_cached("UPDATE sources SET leased_until = ?1 WHERE leased_until > ?2")?
        .execute([micros(horizon.now), micros(horizon.leases)])?;
    Ok(())
}

/// Ends every lease: nobody works under one.
pub(super) fn reclaim(db: &Connection) -> Result<(), Fault> {
    db.prepare_cached("UPDATE sources SET leased_until = NULL WHERE leased_until IS NOT NULL")?
        .execute([])?;
    Ok(())
}
