//! What is owed: announcements and deliveries.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    delivery::{Announcement, Delivery, Fate, Incident, News, Occasion, State, Subject},
    notice::SourceId,
    store::{DeliveryRow, Horizon, Lane, NewDelivery, OutboxCounts, Retry, Settlement, plan},
    subscription::ReceiverId,
};

use crate::store::stored::{lease_end, limit as sql_limit, micros, state_name};

use super::{
    fault::Fault,
    rendered::Stencils,
    rows::{maybe_time, notice_id, state as state_of, time},
};

/// Owes `subject` to everyone who wants it.
pub(super) fn announce(db: &Connection, source: &SourceId, subject: Subject, held: bool) -> Result<(), Fault> {
    db.prepare_cached("INSERT INTO announcements (source, notice, revision, held) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            source.as_str(),
            subject.notice.as_bytes(),
            subject.revision,
            held
        ])?;
    Ok(())
}

/// Owes word of `incident` to everyone who runs this server.
pub(super) fn announce_incident(db: &Connection, incident: &Incident) -> Result<(), Fault> {
    db.prepare_cached("INSERT INTO announcements (source, incident, held) VALUES (?1, ?2, 0)")?
        .execute(params![incident.source.as_str(), serde_json::to_string(incident)?])?;
    Ok(())
}

/// Ends every lease: nobody works under one.
pub(super) fn reclaim(db: &Connection, now: Timestamp) -> Result<(), Fault> {
    db.prepare_cached("UPDATE announcements SET leased_until = 0 WHERE leased_until > 0")?
        .execute([])?;
    db.prepare_cached("UPDATE deliveries SET at = ?1 WHERE state = 'leased' AND at > ?1")?
        .execute([now.as_microsecond()])?;
    Ok(())
}

pub(super) fn bring_back(db: &Connection, horizon: Horizon) -> Result<(), Fault> {
    let (now, deliveries, leases) = (micros(horizon.now), micros(horizon.deliveries), micros(horizon.leases));
    db.prepare_cached("UPDATE announcements SET leased_until = ?1 WHERE leased_until > ?2")?
        .execute([now, leases])?;
    db.prepare_cached(
        "UPDATE deliveries SET at = ?1
         WHERE state IN ('queued', 'leased') AND at > CASE state WHEN 'queued' THEN ?2 ELSE ?3 END",
    )?
    .execute([now, deliveries, leases])?;
    Ok(())
}

pub(super) fn release(db: &Connection, source: &SourceId) -> Result<u64, Fault> {
    let released = db
        .prepare_cached("UPDATE announcements SET held = 0 WHERE source = ?1 AND held = 1")?
        .execute([source.as_str()])?;
    end_hold(db, source)?;
    Ok(released as u64)
}

pub(super) fn discard(db: &Connection, source: &SourceId) -> Result<u64, Fault> {
    let discarded = db
        .prepare_cached("DELETE FROM announcements WHERE source = ?1 AND held = 1")?
        .execute([source.as_str()])?;
    end_hold(db, source)?;
    Ok(discarded as u64)
}

pub(super) fn lease_announcement(
    db: &Connection,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Announcement>, Fault> {
    let mut take = db.prepare_cached(
        "UPDATE announcements SET fence = fence + 1, leased_until = ?2
         WHERE seq = (SELECT seq FROM announcements WHERE held = 0 AND leased_until <= ?1 ORDER BY seq LIMIT 1)
         RETURNING seq, notice, revision, incident, source, after, fence",
    )?;
    let mut rows = take.query(params![micros(now), lease_end(now, lease)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let source: String = row.get(4)?;
    let news = match row.get::<_, Option<String>>(3)? {
        Some(incident) => News::Incident(serde_json::from_str(&incident)?),
        None => News::Notice(Subject {
            notice: notice_id(row.get(1)?),
            revision: row.get(2)?,
        }),
    };
    let announcement = Announcement {
        seq: row.get(0)?,
        news,
        source: source.parse()?,
        cursor: row.get::<_, Option<String>>(5)?.map(ReceiverId),
        fence: row.get(6)?,
    };
    Ok(Some(announcement))
}

pub(super) fn fan_out(
    db: &Connection,
    announcement: &Announcement,
    deliveries: &[NewDelivery],
    cursor: Option<&ReceiverId>,
    now: Timestamp,
    lease: Duration,
) -> Result<(), Fault> {
    let (seq, fence) = (announcement.seq, announcement.fence);
    let current = match cursor {
        Some(cursor) => db
            .prepare_cached("UPDATE announcements SET after = ?3, leased_until = ?4 WHERE seq = ?1 AND fence = ?2")?
            .execute(params![seq, fence, cursor.0, lease_end(now, lease)])?,
        None => db
            .prepare_cached("DELETE FROM announcements WHERE seq = ?1 AND fence = ?2")?
            .execute(params![seq, fence])?,
    };
    if current == 0 {
        return Err(Fault::LeaseLost);
    }
    let mut wanted = db.prepare_cached(
        "SELECT 1 FROM receivers WHERE id = ?1 AND since <= ?2 AND stopped IS NULL AND coalesce(resumes, 0) <= ?3",
    )?;
    for delivery in deliveries {
        if wanted.exists(params![delivery.receiver.0, announcement.seq, micros(now)])? {
            queue(db, delivery, now)?;
        }
    }
    Ok(())
}

pub(super) fn lease_deliveries(
    db: &Connection,
    lane: Lane,
    now: Timestamp,
    lease: Duration,
    limit: usize,
    except: &str,
) -> Result<Vec<Delivery>, Fault> {
    let mut due = db.prepare_cached(
        "SELECT d.id, d.lane = 'hub:' OR r.id IS NOT NULL AND r.stopped IS NULL, coalesce(r.stopped, 'the receiver is gone')
         FROM deliveries d LEFT JOIN receivers r ON r.id = d.receiver
         WHERE d.lane = ?1 AND d.at <= ?2 AND d.state IN ('queued', 'leased')
           AND d.destination NOT IN (SELECT value FROM json_each(?4)) ORDER BY d.at, d.id LIMIT ?3",
    )?;
    let until = lease_end(now, lease).max(micros(now) + 1);
    let (mut leased, mut stencils) = (Vec::new(), Stencils::of(db));
    loop {
        let wanted = limit - leased.len();
        let rows: Vec<(i64, bool, String)> = due
            .query_map(params![lane.prefix(), micros(now), sql_limit(wanted), except], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        let active = rows.iter().filter(|row| row.1).count();
        for (id, is_active, why) in &rows {
            if *is_active {
                leased.push(take(db, *id, until, &mut stencils)?);
            } else {
                db.prepare_cached(
                    "UPDATE deliveries SET state = 'cancelled', at = ?2, why = ?3, rendered = NULL WHERE id = ?1",
                )?
                .execute(params![id, micros(now), why])?;
            }
        }
        // Cancelled ones have taken places that others may have.
        if active == rows.len() {
            return Ok(leased);
        }
    }
}

pub(super) fn next_due_delivery(db: &Connection, lane: Lane, except: &str) -> Result<Option<Timestamp>, Fault> {
    let next = db
        .prepare_cached(
            "SELECT at FROM deliveries WHERE lane = ?1 AND state IN ('queued', 'leased')
               AND destination NOT IN (SELECT value FROM json_each(?2)) ORDER BY at, id LIMIT 1",
        )?
        .query_one(params![lane.prefix(), except], |row| row.get(0))
        .optional()?;
    maybe_time(next)
}

pub(super) fn settle(db: &Connection, settlements: &[Settlement]) -> Result<u64, Fault> {
    let mut end = db.prepare_cached(
        "UPDATE deliveries SET state = ?3, at = ?4, why = ?5, ambiguous = ambiguous + ?6,
                rendered = CASE ?3 WHEN 'sent' THEN NULL ELSE rendered END
         WHERE id = ?1 AND fence = ?2 AND state = 'leased'",
    )?;
    let mut give_back = db.prepare_cached(
        "UPDATE deliveries SET state = 'queued', at = ?3, attempts = max(attempts - 1, 0)
         WHERE id = ?1 AND fence = ?2 AND state = 'leased'",
    )?;
    let mut recorded = 0;
    for Settlement { id, fence, fate, now } in settlements {
        let (state, at, why, ambiguous) = match fate {
            Fate::Untried { at } => {
                recorded += give_back.execute(params![id, fence, micros(*at)])? as u64;
                continue;
            }
            Fate::Sent => (State::Sent, now, None, false),
            Fate::Again { at, why, ambiguous } => (State::Queued, at, Some(why), *ambiguous),
            Fate::Dropped { why } => (State::Cancelled, now, Some(why), false),
            Fate::Dead { why, ambiguous } => (State::Dead, now, Some(why), *ambiguous),
        };
        recorded += end.execute(params![id, fence, state_name(state), micros(*at), why, ambiguous])? as u64;
    }
    Ok(recorded)
}

pub(super) fn deliveries(db: &Connection, state: Option<State>, limit: usize) -> Result<Vec<DeliveryRow>, Fault> {
    const ROW: &str = "SELECT id, receiver, state, attempts, ambiguous, at, queued, why, occasion FROM deliveries";
    let limit = sql_limit(limit);
    let rows: Vec<(DeliveryRow, Occasion)> = match state {
        Some(state) => db
            .prepare_cached(&format!("{ROW} WHERE state = ?1 ORDER BY id DESC LIMIT ?2"))?
            .query_and_then(params![state_name(state), limit], delivery_row)?
            .collect::<Result<_, Fault>>()?,
        None => db
            .prepare_cached(&format!("{ROW} ORDER BY id DESC LIMIT ?1"))?
            .query_and_then([limit], delivery_row)?
            .collect::<Result<_, Fault>>()?,
    };
    rows.into_iter()
        .map(|(row, occasion)| {
            let title = match plan::own_title(&occasion) {
                Some(title) => title,
                None => title(db, row.id)?,
            };
            Ok(DeliveryRow { title, ..row })
        })
        .collect()
}

pub(super) fn retry(db: &Connection, which: &Retry, now: Timestamp) -> Result<u64, Fault> {
    const AGAIN: &str = "UPDATE deliveries SET state = 'queued', at = ?1, queued = ?1, attempts = 0";
    let queued = match which {
        Retry::AllDead => db
            .prepare_cached(&format!("{AGAIN} WHERE state = 'dead'"))?
            .execute([micros(now)])?,
        Retry::These(ids) => db
            .prepare_cached(&format!(
                "{AGAIN} WHERE state IN ('dead', 'queued') AND id IN (SELECT value FROM json_each(?2))"
            ))?
            .execute(params![micros(now), serde_json::to_string(ids)?])?,
    };
    Ok(queued as u64)
}

pub(super) fn counts(db: &Connection) -> Result<OutboxCounts, Fault> {
    let mut counts = OutboxCounts::default();
    let mut by_hold = db.prepare_cached("SELECT held, count(*) FROM announcements GROUP BY held")?;
    let mut rows = by_hold.query([])?;
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>(1)?.cast_unsigned();
        if row.get(0)? {
            counts.announcements_held = count;
        } else {
            counts.announcements_open = count;
        }
    }
    let mut by_state = db.prepare_cached("SELECT state, count(*) FROM deliveries GROUP BY state")?;
    let mut rows = by_state.query([])?;
    while let Some(row) = rows.next()? {
        let state: String = row.get(0)?;
        *counts.of(state_of(&state)?) = row.get::<_, i64>(1)?.cast_unsigned();
    }
    counts.ambiguous = db
        .prepare_cached("SELECT coalesce(sum(ambiguous), 0) FROM deliveries WHERE ambiguous > 0")?
        .query_one([], |row| row.get::<_, i64>(0))?
        .cast_unsigned();
    Ok(counts)
}

/// A flood that was dealt with waits for nobody.
fn end_hold(db: &Connection, source: &SourceId) -> Result<(), Fault> {
    db.prepare_cached("UPDATE sources SET health = 'ok' WHERE id = ?1 AND health = 'held'")?
        .execute([source.as_str()])?;
    Ok(())
}

/// Queues one delivery, or adds its subject to the one that there is.
fn queue(db: &Connection, new: &NewDelivery, now: Timestamp) -> Result<(), Fault> {
    let mut insert = db.prepare_cached(
        "INSERT INTO deliveries (lane, receiver, destination, key, occasion, state, at, queued)
         VALUES (?1, ?2, ?7, ?3, ?4, 'queued', ?5, ?6) ON CONFLICT DO NOTHING",
    )?;
    let mut there = db.prepare_cached(
        "SELECT id, state = 'queued' AND attempts = 0 AND rendered IS NULL FROM deliveries
        WHERE receiver = ?1 AND key = ?2",
    )?;
    let mut holds =
        db.prepare_cached("SELECT 1 FROM delivery_subjects WHERE delivery = ?1 AND notice = ?2 AND revision = ?3")?;
    let Some(lane) = Lane::of(&new.receiver) else {
        return Ok(());
    };
    for occasion in plan::occasions(new.occasion.clone()) {
        let key = occasion.key();
        let inserted = insert.execute(params![
            lane.prefix(),
            new.receiver.0,
            key,
            serde_json::to_string(&occasion)?,
            micros(new.due),
            micros(now),
            lane.destination(&new.receiver),
        ])?;
        if inserted > 0 {
            return match new.subject {
                Some(subject) => tell(db, db.last_insert_rowid(), subject),
                None => Ok(()),
            };
        }
        let (Occasion::Digest(_), Some(subject)) = (occasion, new.subject) else {
            return Ok(());
        };
        let (id, is_open): (i64, bool) =
            there.query_one(params![new.receiver.0, key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if holds.exists(params![id, subject.notice.as_bytes(), subject.revision])? {
            return Ok(());
        }
        if is_open {
            return tell(db, id, subject);
        }
    }
    Err(Fault::Broken("a receiver has too many digests of one window".into()))
}

fn tell(db: &Connection, delivery: i64, subject: Subject) -> Result<(), Fault> {
    db.prepare_cached("INSERT INTO delivery_subjects (delivery, notice, revision) VALUES (?1, ?2, ?3)")?
        .execute(params![delivery, subject.notice.as_bytes(), subject.revision])?;
    Ok(())
}

fn take(db: &Connection, id: i64, until: i64, stencils: &mut Stencils<'_>) -> Result<Delivery, Fault> {
    let mut take = db.prepare_cached(
        "UPDATE deliveries SET state = 'leased', at = ?2, attempts = attempts + 1, fence = fence + 1 WHERE id = ?1
         RETURNING receiver, occasion, attempts, rendered, fence, queued, stencil",
    )?;
    let mut rows = take.query(params![id, until])?;
    let row = rows
        .next()?
        .ok_or_else(|| Fault::Broken("a delivery vanished while it was leased".into()))?;
    let occasion: String = row.get(1)?;
    Ok(Delivery {
        id,
        receiver: ReceiverId(row.get(0)?),
        occasion: serde_json::from_str(&occasion)?,
        subjects: subjects(db, id)?,
        attempt: row.get(2)?,
        rendered: match row.get(3)? {
            Some(bytes) => Some(stencils.rendered(bytes, row.get(6)?)?),
            None => None,
        },
        fence: row.get(4)?,
        lease_until: time(until)?,
        queued: time(row.get(5)?)?,
    })
}

fn subjects(db: &Connection, delivery: i64) -> Result<Vec<Subject>, Fault> {
    db.prepare_cached("SELECT notice, revision FROM delivery_subjects WHERE delivery = ?1 ORDER BY seq")?
        .query_and_then([delivery], |row| {
            Ok(Subject {
                notice: notice_id(row.get(0)?),
                revision: row.get(1)?,
            })
        })?
        .collect()
}

fn delivery_row(row: &Row<'_>) -> Result<(DeliveryRow, Occasion), Fault> {
    let (state, occasion): (String, String) = (row.get(2)?, row.get(8)?);
    let delivery = DeliveryRow {
        id: row.get(0)?,
        receiver: ReceiverId(row.get(1)?),
        title: String::new(),
        state: state_of(&state)?,
        attempts: row.get(3)?,
        ambiguous: row.get(4)?,
        at: time(row.get(5)?)?,
        queued: time(row.get(6)?)?,
        why: row.get(7)?,
    };
    Ok((delivery, serde_json::from_str(&occasion)?))
}

fn title(db: &Connection, delivery: i64) -> Result<String, Fault> {
    let subjects = subjects(db, delivery)?;
    let title = match subjects.first() {
        Some(first) if subjects.len() == 1 => db
            .prepare_cached(
                "SELECT r.body ->> '$.title' FROM notices n JOIN revisions r ON r.notice = n.seq
                 WHERE n.id = ?1 AND r.revision = ?2",
            )?
            .query_one(params![first.notice.as_bytes(), first.revision], |row| row.get(0))
            .optional()?,
        _ => None,
    };
    Ok(plan::delivery_title(title, &subjects))
}
