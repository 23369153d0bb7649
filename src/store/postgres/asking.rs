//! What strangers ask for in the name of an address, and what its owner makes of it.

use deadpool_postgres::Transaction;
use jiff::Timestamp;

use crate::{
    store::{
        Asking, AskingLimits, Kept, Lane,
        stored::{DAY, HOUR, limit as sql_limit, micros, span},
    },
    subscription::{ReceiverId, Request},
};

use super::{fault::Fault, receivers, rows::get, strikes};

/// Since when nothing that is announced now is of the past.
const SINCE: &str = "(SELECT value + 1 FROM counters WHERE name = 'announcements')";

pub(super) async fn ask(tx: &Transaction<'_>, asking: &Asking, limits: &AskingLimits) -> Result<bool, Fault> {
    // One at a time: what is counted must not grow meanwhile.
    tx.execute("LOCK TABLE asked_mails IN SHARE ROW EXCLUSIVE MODE", &[])
        .await?;
    if is_never_again(tx, &asking.address).await? || is_too_many(tx, asking, limits).await? {
        return Ok(false);
    }
    let now = micros(asking.now);
    tx.execute(
        "INSERT INTO asked_mails (at, mailbox, domain, network) VALUES ($1, $2, $3, $4)",
        &[&now, &asking.mailbox.as_slice(), &asking.domain, &asking.network],
    )
    .await?;
    let body = asking.request.as_ref().map(serde_json::to_string).transpose()?;
    tx.execute(
        "INSERT INTO requests (id, receiver, token_hash, address, at, body) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &asking.id,
            &asking.receiver.id.0,
            &asking.token_hash.as_slice(),
            &asking.address.as_slice(),
            &now,
            &body,
        ],
    )
    .await?;
    tx.execute(
        &format!("INSERT INTO receivers (id, token_hash, receiver, since) VALUES ($1, $2, $3, {SINCE})"),
        &[
            &asking.receiver.id.0,
            &asking.unsubscribe_hash.as_slice(),
            &serde_json::to_string(&asking.receiver)?,
        ],
    )
    .await?;
    tx.execute(
        "INSERT INTO deliveries (lane, receiver, destination, key, occasion, state, at, queued)
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, $6)",
        &[
            &Lane::Mail.prefix(),
            &asking.receiver.id.0,
            &Lane::Mail.destination(&asking.receiver.id),
            &asking.occasion.key(),
            &serde_json::to_string(&asking.occasion)?,
            &now,
        ],
    )
    .await?;
    Ok(true)
}

pub(super) async fn request(tx: &Transaction<'_>, token_hash: &[u8; 32]) -> Result<Option<Request>, Fault> {
    let row = tx
        .query_opt(
            "SELECT body FROM requests WHERE token_hash = $1",
            &[&token_hash.as_slice()],
        )
        .await?;
    let body: Option<String> = row.as_ref().map(|row| get(row, 0)).transpose()?.flatten();
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}

pub(super) async fn forget(tx: &Transaction<'_>, before: Timestamp, now: Timestamp) -> Result<(), Fault> {
    let day_ago = micros(now).saturating_sub(span(DAY));
    tx.execute("DELETE FROM asked_mails WHERE at <= $1", &[&day_ago])
        .await?;
    let old = tx
        .query("SELECT id FROM requests WHERE at <= $1", &[&micros(before)])
        .await?;
    for row in &old {
        end(tx, get(row, 0)?).await?;
    }
    Ok(())
}

pub(super) async fn keep(tx: &Transaction<'_>, kept: &Kept) -> Result<bool, Fault> {
    let reader = &kept.reader;
    tx.execute("SELECT 1 FROM receivers WHERE id = $1 FOR UPDATE", &[&reader.id.0])
        .await?;
    let row = receivers::one(tx, &reader.id).await?;
    if row.as_ref().map(|row| row.receiver.edition) != kept.was {
        return Ok(false);
    }
    if let Some(request) = &kept.fulfils
        && !end(tx, request).await?
    {
        return Ok(false);
    }
    // Only a confirmation brings somebody back who had left.
    let is_back = kept.fulfils.is_some() && row.is_some_and(|row| row.stopped.is_some());
    if is_back {
        strikes::forgive(tx, &[&reader.id.0]).await?;
    }
    let resumes = reader.paused_until.map(micros);
    let body = serde_json::to_string(reader)?;
    tx.execute(
        &format!(
            "INSERT INTO receivers (id, token_hash, receiver, resumes, since) VALUES ($1, $2, $3, $4, {SINCE})
             ON CONFLICT (id) DO UPDATE SET receiver = excluded.receiver, resumes = excluded.resumes,
                 stopped = CASE WHEN $5 THEN NULL ELSE receivers.stopped END,
                 stopped_at = CASE WHEN $5 THEN NULL ELSE receivers.stopped_at END,
                 since = CASE WHEN $5 THEN excluded.since ELSE receivers.since END"
        ),
        &[&reader.id.0, &kept.token_hash.as_slice(), &body, &resumes, &is_back],
    )
    .await?;
    tx.execute(
        "UPDATE deliveries SET rendered = NULL, attempts = 0 WHERE receiver = $1 AND state = 'queued'",
        &[&reader.id.0],
    )
    .await?;
    if resumes.is_some_and(|at| at > micros(kept.now)) {
        receivers::cancel_waiting(tx, &[&reader.id.0], "its reader has paused", kept.now).await?;
    }
    Ok(true)
}

pub(super) async fn erase(tx: &Transaction<'_>, id: &ReceiverId, address: &[u8; 32], never: bool) -> Result<(), Fault> {
    let asked = tx
        .query("SELECT id FROM requests WHERE address = $1", &[&address.as_slice()])
        .await?;
    for row in &asked {
        end(tx, get(row, 0)?).await?;
    }
    forget_receiver(tx, id).await?;
    if never {
        tx.execute(
            "INSERT INTO never_again (address) VALUES ($1) ON CONFLICT DO NOTHING",
            &[&address.as_slice()],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn is_never_again(tx: &Transaction<'_>, address: &[u8; 32]) -> Result<bool, Fault> {
    let row = tx
        .query_opt("SELECT 1 FROM never_again WHERE address = $1", &[&address.as_slice()])
        .await?;
    Ok(row.is_some())
}

async fn is_too_many(tx: &Transaction<'_>, asking: &Asking, limits: &AskingLimits) -> Result<bool, Fault> {
    let (day, hour) = (
        micros(asking.now).saturating_sub(span(DAY)),
        micros(asking.now).saturating_sub(span(HOUR)),
    );
    let counted = tx
        .query_one(
            "SELECT count(*) FILTER (WHERE mailbox = $2), count(*) FILTER (WHERE at > $5),
                    count(*) FILTER (WHERE at > $5 AND domain = $3), count(*) FILTER (WHERE at > $5 AND network = $4)
             FROM asked_mails WHERE at > $1",
            &[&day, &asking.mailbox.as_slice(), &asking.domain, &asking.network, &hour],
        )
        .await?;
    let most = [
        limits.per_mailbox,
        limits.per_hour,
        limits.per_domain,
        limits.per_network,
    ];
    for (nth, most) in most.into_iter().enumerate() {
        if get::<i64>(&counted, nth)? >= sql_limit(most) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Ends a request; `false` when there is none.
async fn end(tx: &Transaction<'_>, request: &str) -> Result<bool, Fault> {
    let ended = tx
        .query_opt("DELETE FROM requests WHERE id = $1 RETURNING receiver", &[&request])
        .await?;
    match ended {
        Some(row) => forget_receiver(tx, &ReceiverId(get(&row, 0)?)).await.map(|()| true),
        None => Ok(false),
    }
}

async fn forget_receiver(tx: &Transaction<'_>, id: &ReceiverId) -> Result<(), Fault> {
    for forget in [
        "DELETE FROM strikes WHERE receiver = $1",
        "DELETE FROM delivery_subjects WHERE delivery IN (SELECT id FROM deliveries WHERE receiver = $1)",
        "DELETE FROM deliveries WHERE receiver = $1",
        "DELETE FROM receivers WHERE id = $1",
    ] {
        tx.execute(forget, &[&id.0]).await?;
    }
    Ok(())
}
