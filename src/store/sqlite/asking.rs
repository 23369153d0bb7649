//! What strangers ask for in the name of an address, and what its owner makes of it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    store::{
        Asking, AskingLimits, Kept, Lane,
        stored::{DAY, HOUR, limit as sql_limit, micros, span},
    },
    subscription::{ReceiverId, Request},
};

use super::{fault::Fault, receivers, strikes};

/// Since when nothing that is announced now is of the past.
const SINCE: &str = "(SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'announcements')";

pub(super) fn ask(db: &Connection, asking: &Asking, limits: &AskingLimits) -> Result<bool, Fault> {
    if is_never_again(db, &asking.address)? || is_too_many(db, asking, limits)? {
        return Ok(false);
    }
    let now = micros(asking.now);
    db.prepare_cached("INSERT INTO asked_mails (at, mailbox, domain, network) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![now, asking.mailbox, asking.domain, asking.network])?;
    let body = asking.request.as_ref().map(serde_json::to_string).transpose()?;
    db.prepare_cached(
        "INSERT INTO requests (id, receiver, token_hash, address, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        asking.id,
        asking.receiver.id.0,
        asking.token_hash,
        asking.address,
        now,
        body
    ])?;
    db.prepare_cached(&format!(
        "INSERT INTO receivers (id, token_hash, receiver, since) VALUES (?1, ?2, ?3, {SINCE})"
    ))?
    .execute(params![
        asking.receiver.id.0,
        asking.unsubscribe_hash,
        serde_json::to_string(&asking.receiver)?
    ])?;
    db.prepare_cached(
        "INSERT INTO deliveries (lane, receiver, destination, key, occasion, state, at, queued)
         VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?6)",
    )?
    .execute(params![
        Lane::Mail.prefix(),
        asking.receiver.id.0,
        Lane::Mail.destination(&asking.receiver.id),
        asking.occasion.key(),
        serde_json::to_string(&asking.occasion)?,
        now
    ])?;
    Ok(true)
}

pub(super) fn request(db: &Connection, token_hash: &[u8; 32]) -> Result<Option<Request>, Fault> {
    let body: Option<Option<String>> = db
        .prepare_cached("SELECT body FROM requests WHERE token_hash = ?1")?
        .query_row([token_hash], |row| row.get(0))
        .optional()?;
    Ok(body.flatten().map(|body| serde_json::from_str(&body)).transpose()?)
}

pub(super) fn forget(db: &Connection, before: Timestamp, now: Timestamp) -> Result<(), Fault> {
    db.prepare_cached("DELETE FROM asked_mails WHERE at <= ?1")?
        .execute([micros(now).saturating_sub(span(DAY))])?;
    let mut old = db.prepare_cached("SELECT id FROM requests WHERE at <= ?1")?;
    let old: Vec<String> = old
        .query_map([micros(before)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    old.iter().try_for_each(|id| end(db, id).map(|_| ()))
}

pub(super) fn keep(db: &Connection, kept: &Kept) -> Result<bool, Fault> {
    let reader = &kept.reader;
    let row = receivers::one(db, &reader.id)?;
    if row.as_ref().map(|row| row.receiver.edition) != kept.was {
        return Ok(false);
    }
    if let Some(request) = &kept.fulfils
        && !end(db, request)?
    {
        return Ok(false);
    }
    // Only a confirmation brings somebody back who had left.
    let is_back = kept.fulfils.is_some() && row.is_some_and(|row| row.stopped.is_some());
    if is_back {
        strikes::forgive(db, &reader.id)?;
    }
    let resumes = reader.paused_until.map(micros);
    let body = serde_json::to_string(reader)?;
    db.prepare_cached(&format!(
        "INSERT INTO receivers (id, token_hash, receiver, resumes, since) VALUES (?1, ?2, ?3, ?4, {SINCE})
         ON CONFLICT (id) DO UPDATE SET receiver = excluded.receiver, resumes = excluded.resumes,
             stopped = CASE ?5 WHEN 1 THEN NULL ELSE stopped END, stopped_at = CASE ?5 WHEN 1 THEN NULL ELSE stopped_at END,
             since = CASE ?5 WHEN 1 THEN excluded.since ELSE since END"
    ))?
    .execute(params![reader.id.0, kept.token_hash, body, resumes, is_back])?;
    db.prepare_cached("UPDATE deliveries SET rendered = NULL, attempts = 0 WHERE receiver = ?1 AND state = 'queued'")?
        .execute([&reader.id.0])?;
    if resumes.is_some_and(|at| at > micros(kept.now)) {
        receivers::cancel_waiting(db, &reader.id, "its reader has paused", kept.now)?;
    }
    Ok(true)
}

pub(super) fn erase(db: &Connection, id: &ReceiverId, address: &[u8; 32], never: bool) -> Result<(), Fault> {
    let mut asked = db.prepare_cached("SELECT id FROM requests WHERE address = ?1")?;
    let asked: Vec<String> = asked
        .query_map([address], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for request in &asked {
        end(db, request)?;
    }
    forget_receiver(db, id)?;
    if never {
        db.prepare_cached("INSERT INTO never_again (address) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([address])?;
    }
    Ok(())
}

pub(super) fn is_never_again(db: &Connection, address: &[u8; 32]) -> Result<bool, Fault> {
    Ok(db
        .prepare_cached("SELECT 1 FROM never_again WHERE address = ?1")?
        .exists([address])?)
}

fn is_too_many(db: &Connection, asking: &Asking, limits: &AskingLimits) -> Result<bool, Fault> {
    let (day, hour) = (
        micros(asking.now).saturating_sub(span(DAY)),
        micros(asking.now).saturating_sub(span(HOUR)),
    );
    let of_mailbox: i64 = db
        .prepare_cached("SELECT count(*) FROM asked_mails WHERE mailbox = ?1 AND at > ?2")?
        .query_one(params![asking.mailbox, day], |row| row.get(0))?;
    if of_mailbox >= sql_limit(limits.per_mailbox) {
        return Ok(true);
    }
    let (all, of_domain, of_network): (i64, i64, i64) = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(domain = ?2), 0), coalesce(sum(network = ?3), 0) FROM asked_mails WHERE at > ?1",
        )?
        .query_one(params![hour, asking.domain, asking.network], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    Ok(all >= sql_limit(limits.per_hour)
        || of_domain >= sql_limit(limits.per_domain)
        || of_network >= sql_limit(limits.per_network))
}

/// Ends a request; `false` when there is none.
fn end(db: &Connection, request: &str) -> Result<bool, Fault> {
    let receiver: Option<String> = db
        .prepare_cached("DELETE FROM requests WHERE id = ?1 RETURNING receiver")?
        .query_row([request], |row| row.get(0))
        .optional()?;
    match receiver {
        Some(receiver) => forget_receiver(db, &ReceiverId(receiver)).map(|()| true),
        None => Ok(false),
    }
}

fn forget_receiver(db: &Connection, id: &ReceiverId) -> Result<(), Fault> {
    db.prepare_cached(
        "DELETE FROM delivery_subjects WHERE delivery IN (SELECT id FROM deliveries WHERE receiver = ?1)",
    )?
    .execute([&id.0])?;
    for forget in [
        "DELETE FROM strikes WHERE receiver = ?1",
        "DELETE FROM deliveries WHERE receiver = ?1",
        "DELETE FROM receivers WHERE id = ?1",
    ] {
        db.prepare_cached(forget)?.execute([&id.0])?;
    }
    Ok(())
}
