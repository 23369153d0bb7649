//! What is owed: announcements and deliveries.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    delivery::{Announcement, Delivery, Fate, Incident, News, Occasion, State, Subject},
    notice::{Notice, SourceId},
    store::{
        DeliveryRow, Horizon, Lane, NewDelivery, OutboxCounts, Retry, Settlement, plan,
        stored::{lease_end, limit as sql_limit, micros, state_name},
    },
    subscription::ReceiverId,
};

use super::{
    fault::Fault,
    rendered::Stencils,
    rows::{count, get, maybe_time, plain, small, state as state_of, subject as subject_of, time},
};

/// Owes `subjects`, in this order, to everyone who wants them.
pub(super) async fn announce(
    tx: &Transaction<'_>,
    source: &SourceId,
    subjects: &[Subject],
    held: bool,
) -> Result<(), Fault> {
    if subjects.is_empty() {
        return Ok(());
    }
    let (ids, revisions) = columns(subjects);
    let before = numbers(tx, subjects.len()).await?;
    let announce = tx
        .prepare_cached(
            "INSERT INTO announcements (seq, source, notice, revision, held)
             SELECT $1 + nth, $2, notice, revision, $3
             FROM unnest($4::bytea[], $5::bigint[]) WITH ORDINALITY AS u (notice, revision, nth)",
        )
        .await?;
    tx.execute(&announce, &[&before, &source.as_str(), &held, &ids, &revisions])
        .await?;
    Ok(())
}

/// Owes word of `incident` to everyone who runs this server.
pub(super) async fn announce_incident(tx: &Transaction<'_>, incident: &Incident) -> Result<(), Fault> {
    let number = numbers(tx, 1).await? + 1;
    let announce = tx
        .prepare_cached("INSERT INTO announcements (seq, source, incident, held) VALUES ($1, $2, $3, false)")
        .await?;
    let (source, incident) = (incident.source.as_str(), serde_json::to_string(incident)?);
    tx.execute(&announce, &[&number, &source, &incident]).await?;
    Ok(())
}

/// The number before the next `many` of announcements, which are taken.
async fn numbers(tx: &Transaction<'_>, many: usize) -> Result<i64, Fault> {
    let take = tx
        .prepare_cached("UPDATE counters SET value = value + $1 WHERE name = 'announcements' RETURNING value - $1")
        .await?;
    get(&tx.query_one(&take, &[&sql_limit(many)]).await?, 0)
}

pub(super) async fn bring_back(tx: &Transaction<'_>, horizon: Horizon) -> Result<(), Fault> {
    let (now, deliveries, leases) = (micros(horizon.now), micros(horizon.deliveries), micros(horizon.leases));
    let announcements = tx
        .prepare_cached("UPDATE announcements SET leased_until = $1 WHERE leased_until > $2")
        .await?;
    tx.execute(&announcements, &[&now, &leases]).await?;
    let owed = tx
        .prepare_cached(
            "UPDATE deliveries SET at = $1
             WHERE state IN ('queued', 'leased') AND at > CASE state WHEN 'queued' THEN $2::bigint ELSE $3 END",
        )
        .await?;
    tx.execute(&owed, &[&now, &deliveries, &leases]).await?;
    Ok(())
}

pub(super) async fn release(tx: &Transaction<'_>, source: &SourceId) -> Result<u64, Fault> {
    end_hold(tx, source).await?;
    let release = tx
        .prepare_cached("UPDATE announcements SET held = false WHERE source = $1 AND held")
        .await?;
    Ok(tx.execute(&release, &[&source.as_str()]).await?)
}

pub(super) async fn discard(tx: &Transaction<'_>, source: &SourceId) -> Result<u64, Fault> {
    end_hold(tx, source).await?;
    let discard = tx
        .prepare_cached("DELETE FROM announcements WHERE source = $1 AND held")
        .await?;
    Ok(tx.execute(&discard, &[&source.as_str()]).await?)
}

pub(super) async fn lease_announcement(
    tx: &Transaction<'_>,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Announcement>, Fault> {
    let take = tx
        .prepare_cached(
            "WITH oldest AS (
                 SELECT seq FROM announcements WHERE NOT held AND leased_until <= $1
                 ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED)
             UPDATE announcements a SET fence = a.fence + 1, leased_until = $2 FROM oldest WHERE a.seq = oldest.seq
             RETURNING a.seq, a.notice, a.revision, a.incident, a.source, a.after, a.fence",
        )
        .await?;
    let row = tx.query_opt(&take, &[&micros(now), &lease_end(now, lease)]).await?;
    row.map(|row| {
        let news = match get::<Option<&str>>(&row, 3)? {
            Some(incident) => News::Incident(serde_json::from_str(incident)?),
            None => News::Notice(subject_of(&row, 1)?),
        };
        Ok(Announcement {
            seq: get(&row, 0)?,
            news,
            source: get::<&str>(&row, 4)?.parse()?,
            cursor: get::<Option<String>>(&row, 5)?.map(ReceiverId),
            fence: get(&row, 6)?,
        })
    })
    .transpose()
}

pub(super) async fn fan_out(
    tx: &Transaction<'_>,
    announcement: &Announcement,
    deliveries: &[NewDelivery],
    cursor: Option<&ReceiverId>,
    now: Timestamp,
    lease: Duration,
) -> Result<(), Fault> {
    let (seq, fence) = (announcement.seq, announcement.fence);
    let current = match cursor {
        Some(cursor) => {
            let go_on = tx
                .prepare_cached("UPDATE announcements SET after = $3, leased_until = $4 WHERE seq = $1 AND fence = $2")
                .await?;
            tx.execute(&go_on, &[&seq, &fence, &cursor.0, &lease_end(now, lease)])
                .await?
        }
        None => {
            let end = tx
                .prepare_cached("DELETE FROM announcements WHERE seq = $1 AND fence = $2")
                .await?;
            tx.execute(&end, &[&seq, &fence]).await?
        }
    };
    if current == 0 {
        return Err(Fault::LeaseLost);
    }
    let ids: Vec<&str> = deliveries.iter().map(|delivery| delivery.receiver.0.as_str()).collect();
    let wanted = tx
        .prepare_cached(
            "SELECT id FROM receivers
             WHERE id = ANY($1) AND since <= $2 AND stopped IS NULL AND coalesce(resumes, 0) <= $3",
        )
        .await?;
    let rows = tx.query(&wanted, &[&ids, &seq, &micros(now)]).await?;
    let wanted = rows
        .iter()
        .map(|row| get::<String>(row, 0))
        .collect::<Result<HashSet<_>, _>>()?;
    let deliveries: Vec<&NewDelivery> = deliveries
        .iter()
        .filter(|delivery| wanted.contains(&delivery.receiver.0))
        .collect();
    queue(tx, &deliveries, now).await
}

pub(super) async fn lease_deliveries(
    tx: &Transaction<'_>,
    lane: Lane,
    now: Timestamp,
    lease: Duration,
    limit: usize,
    except: &[String],
) -> Result<Vec<Delivery>, Fault> {
    let due = tx
        .prepare_cached(
            "SELECT d.id, d.lane = 'hub:' OR r.id IS NOT NULL AND r.stopped IS NULL
             FROM deliveries d LEFT JOIN receivers r ON r.id = d.receiver
             WHERE d.lane = $1 AND d.at <= $2 AND d.state IN ('queued', 'leased') AND d.destination <> ALL($4)
             ORDER BY d.at, d.id LIMIT $3
             FOR UPDATE OF d SKIP LOCKED",
        )
        .await?;
    let cancel = tx
        .prepare_cached(
            "UPDATE deliveries d SET state = 'cancelled', at = $2, rendered = NULL,
                    why = coalesce((SELECT r.stopped FROM receivers r WHERE r.id = d.receiver), 'the receiver is gone')
             WHERE d.id = ANY($1)",
        )
        .await?;
    let until = lease_end(now, lease).max(micros(now) + 1);
    let mut leased = Vec::new();
    loop {
        let wanted = sql_limit(limit - leased.len());
        let rows = tx
            .query(&due, &[&lane.prefix(), &micros(now), &wanted, &except])
            .await?;
        let (mut active, mut inactive) = (Vec::new(), Vec::new());
        for row in &rows {
            let list = if get(row, 1)? { &mut active } else { &mut inactive };
            list.push(get::<i64>(row, 0)?);
        }
        leased.extend(take(tx, &active, until).await?);
        // Cancelled ones have taken places that others may have.
        if inactive.is_empty() {
            return Ok(leased);
        }
        tx.execute(&cancel, &[&inactive, &micros(now)]).await?;
    }
}

pub(super) async fn next_due_delivery(
    tx: &Transaction<'_>,
    lane: Lane,
    except: &[String],
) -> Result<Option<Timestamp>, Fault> {
    let next = tx
        .prepare_cached(
            "SELECT min(at) FROM deliveries
             WHERE lane = $1 AND state IN ('queued', 'leased') AND destination <> ALL($2)",
        )
        .await?;
    maybe_time(&tx.query_one(&next, &[&lane.prefix(), &except]).await?, 0)
}

pub(super) async fn settle(tx: &Transaction<'_>, settlements: &[Settlement]) -> Result<u64, Fault> {
    let mut seen = HashSet::new();
    let (mut ids, mut fences, mut states) = (Vec::new(), Vec::new(), Vec::new());
    let (mut times, mut whys, mut ambiguous) = (Vec::new(), Vec::new(), Vec::new());
    let mut untried = Vec::new();
    // A delivery ends a lease once: of two settlements the first counts.
    for settlement in settlements.iter().filter(|one| seen.insert((one.id, one.fence))) {
        let (state, at, why, cut_off) = match &settlement.fate {
            Fate::Sent => (State::Sent, settlement.now, None, false),
            Fate::Again { at, why, ambiguous } => (State::Queued, *at, Some(plain(why)), *ambiguous),
            Fate::Untried { at } => (State::Queued, *at, None, false),
            Fate::Dropped { why } => (State::Cancelled, settlement.now, Some(plain(why)), false),
            Fate::Dead { why, ambiguous } => (State::Dead, settlement.now, Some(plain(why)), *ambiguous),
        };
        untried.push(matches!(settlement.fate, Fate::Untried { .. }));
        ids.push(settlement.id);
        fences.push(settlement.fence);
        states.push(state_name(state));
        times.push(micros(at));
        whys.push(why);
        ambiguous.push(i64::from(cut_off));
    }
    let end = tx
        .prepare_cached(
            "UPDATE deliveries d SET state = u.state, at = u.at, ambiguous = d.ambiguous + u.ambiguous,
                    why = CASE WHEN u.untried THEN d.why ELSE u.why END,
                    attempts = CASE WHEN u.untried THEN greatest(d.attempts - 1, 0) ELSE d.attempts END,
                    rendered = CASE u.state WHEN 'sent' THEN NULL ELSE d.rendered END
             FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::boolean[])
                  AS u (id, fence, state, at, why, ambiguous, untried)
             WHERE d.id = u.id AND d.fence = u.fence AND d.state = 'leased'",
        )
        .await?;
    Ok(tx
        .execute(&end, &[&ids, &fences, &states, &times, &whys, &ambiguous, &untried])
        .await?)
}

pub(super) async fn deliveries(
    tx: &Transaction<'_>,
    state: Option<State>,
    limit: usize,
) -> Result<Vec<DeliveryRow>, Fault> {
    const ROW: &str = "SELECT id, receiver, state, attempts, ambiguous, at, queued, why, occasion FROM deliveries";
    let limit = sql_limit(limit);
    let rows = match state {
        Some(state) => {
            let some = tx
                .prepare_cached(&format!("{ROW} WHERE state = $1 ORDER BY id DESC LIMIT $2"))
                .await?;
            tx.query(&some, &[&state_name(state), &limit]).await?
        }
        None => {
            let all = tx.prepare_cached(&format!("{ROW} ORDER BY id DESC LIMIT $1")).await?;
            tx.query(&all, &[&limit]).await?
        }
    };
    let ids = rows.iter().map(|row| get(row, 0)).collect::<Result<Vec<i64>, _>>()?;
    let mut titles = titles(tx, &ids).await?;
    rows.iter()
        .map(|row| {
            let occasion = serde_json::from_str(get(row, 8)?)?;
            let of_notices = titles.remove(&get(row, 0)?);
            let title = plan::own_title(&occasion).or(of_notices);
            delivery_row(row, title.unwrap_or_default())
        })
        .collect()
}

pub(super) async fn retry(tx: &Transaction<'_>, which: &Retry, now: Timestamp) -> Result<u64, Fault> {
    const AGAIN: &str = "UPDATE deliveries SET state = 'queued', at = $1, queued = $1, attempts = 0";
    Ok(match which {
        Retry::AllDead => {
            let all = tx.prepare_cached(&format!("{AGAIN} WHERE state = 'dead'")).await?;
            tx.execute(&all, &[&micros(now)]).await?
        }
        Retry::These(ids) => {
            let these = tx
                .prepare_cached(&format!("{AGAIN} WHERE state IN ('dead', 'queued') AND id = ANY($2)"))
                .await?;
            tx.execute(&these, &[&micros(now), ids]).await?
        }
    })
}

pub(super) async fn counts(tx: &Transaction<'_>) -> Result<OutboxCounts, Fault> {
    let mut counts = OutboxCounts::default();
    let by_hold = tx
        .prepare_cached("SELECT held, count(*) FROM announcements GROUP BY held")
        .await?;
    for row in tx.query(&by_hold, &[]).await? {
        if get(&row, 0)? {
            counts.announcements_held = count(&row, 1)?;
        } else {
            counts.announcements_open = count(&row, 1)?;
        }
    }
    let by_state = tx
        .prepare_cached("SELECT state, count(*) FROM deliveries GROUP BY state")
        .await?;
    for row in tx.query(&by_state, &[]).await? {
        *counts.of(state_of(&row, 0)?) = count(&row, 1)?;
    }
    let ambiguous = tx
        .prepare_cached("SELECT coalesce(sum(ambiguous), 0)::bigint FROM deliveries WHERE ambiguous > 0")
        .await?;
    counts.ambiguous = count(&tx.query_one(&ambiguous, &[]).await?, 0)?;
    Ok(counts)
}

/// A flood that was dealt with waits for nobody.
async fn end_hold(tx: &Transaction<'_>, source: &SourceId) -> Result<(), Fault> {
    let end = tx
        .prepare_cached("UPDATE sources SET health = 'ok' WHERE id = $1 AND health = 'held'")
        .await?;
    tx.execute(&end, &[&source.as_str()]).await?;
    Ok(())
}

/// Queues deliveries, or adds their subjects to those that there are.
async fn queue(tx: &Transaction<'_>, deliveries: &[&NewDelivery], now: Timestamp) -> Result<(), Fault> {
    let mut waiting: Vec<_> = deliveries
        .iter()
        .filter_map(|delivery| {
            Some((
                *delivery,
                Lane::of(&delivery.receiver)?,
                plan::occasions(delivery.occasion.clone()),
            ))
        })
        .collect();
    while !waiting.is_empty() {
        let mut round = Vec::with_capacity(waiting.len());
        for (delivery, lane, mut occasions) in waiting {
            let occasion = occasions
                .next()
                .ok_or_else(|| Fault::Broken("a receiver has too many digests of one window".into()))?;
            round.push((delivery, lane, occasion, occasions));
        }
        let receivers: Vec<&str> = round.iter().map(|one| one.0.receiver.0.as_str()).collect();
        let keys: Vec<String> = round.iter().map(|one| one.2.key()).collect();
        let mut inserted = insert(tx, &round, &receivers, &keys, now).await?;
        let there = if inserted.len() == round.len() {
            HashMap::new()
        } else {
            lock(tx, &receivers, &keys).await?
        };
        let mut told = Vec::with_capacity(round.len());
        waiting = Vec::new();
        for ((delivery, lane, occasion, later), key) in round.into_iter().zip(keys) {
            let place = (delivery.receiver.0.clone(), key);
            if let Some(id) = inserted.remove(&place) {
                told.extend(delivery.subject.map(|subject| (id, subject)));
                continue;
            }
            let (Occasion::Digest(_), Some(subject)) = (occasion, delivery.subject) else {
                continue;
            };
            match there.get(&place) {
                Some((_, _, subjects)) if subjects.contains(&subject) => {}
                Some((id, true, _)) => told.push((*id, subject)),
                Some(_) => waiting.push((delivery, lane, later)),
                None => {}
            }
        }
        tell(tx, &told).await?;
    }
    Ok(())
}

type Place = (String, String);

async fn insert<T>(
    tx: &Transaction<'_>,
    round: &[(&NewDelivery, Lane, Occasion, T)],
    receivers: &[&str],
    keys: &[String],
    now: Timestamp,
) -> Result<HashMap<Place, i64>, Fault> {
    let lanes: Vec<&str> = round.iter().map(|one| one.1.prefix()).collect();
    let destinations: Vec<&str> = round.iter().map(|one| one.1.destination(&one.0.receiver)).collect();
    let times: Vec<i64> = round.iter().map(|one| micros(one.0.due)).collect();
    let occasions = round
        .iter()
        .map(|one| serde_json::to_string(&one.2))
        .collect::<Result<Vec<_>, _>>()?;
    let insert = tx
        .prepare_cached(
            "INSERT INTO deliveries (lane, receiver, destination, key, occasion, state, at, queued)
             SELECT lane, receiver, destination, key, occasion, 'queued', at, $1
             FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[]) WITH ORDINALITY
                  AS u (lane, receiver, key, occasion, at, destination, nth) ORDER BY nth
             ON CONFLICT (receiver, key) DO NOTHING RETURNING receiver, key, id",
        )
        .await?;
    let rows = tx
        .query(
            &insert,
            &[
                &micros(now),
                &lanes,
                &receivers,
                &keys,
                &occasions,
                &times,
                &destinations,
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok(((get(row, 0)?, get(row, 1)?), get(row, 2)?)))
        .collect()
}

/// The deliveries at these places: id, whether a subject may still be added, what they tell. They can't be leased until
/// the transaction ends.
async fn lock(
    tx: &Transaction<'_>,
    receivers: &[&str],
    keys: &[String],
) -> Result<HashMap<Place, (i64, bool, Vec<Subject>)>, Fault> {
    let lock = tx
        .prepare_cached(
            "SELECT d.receiver, d.key, d.id, d.state = 'queued' AND d.attempts = 0 AND d.rendered IS NULL
             FROM deliveries d JOIN unnest($1::text[], $2::text[]) AS u (receiver, key)
                  ON d.receiver = u.receiver COLLATE \"C\" AND d.key = u.key COLLATE \"C\"
             ORDER BY d.id FOR UPDATE OF d",
        )
        .await?;
    let rows = tx.query(&lock, &[&receivers, &keys]).await?;
    let ids = rows.iter().map(|row| get(row, 2)).collect::<Result<Vec<i64>, _>>()?;
    let mut told = subjects(tx, &ids).await?;
    rows.iter()
        .map(|row| {
            let id = get(row, 2)?;
            let subjects = told.remove(&id).unwrap_or_default();
            Ok(((get(row, 0)?, get(row, 1)?), (id, get(row, 3)?, subjects)))
        })
        .collect()
}

async fn tell(tx: &Transaction<'_>, told: &[(i64, Subject)]) -> Result<(), Fault> {
    if told.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = told.iter().map(|(id, _)| *id).collect();
    let subjects: Vec<Subject> = told.iter().map(|(_, subject)| *subject).collect();
    let (notices, revisions) = columns(&subjects);
    let tell = tx
        .prepare_cached(
            "INSERT INTO delivery_subjects (delivery, notice, revision)
             SELECT delivery, notice, revision
             FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) WITH ORDINALITY AS u (delivery, notice, revision, nth)
             ORDER BY nth ON CONFLICT DO NOTHING",
        )
        .await?;
    tx.execute(&tell, &[&ids, &notices, &revisions]).await?;
    Ok(())
}

/// Leases these deliveries, in this order.
async fn take(tx: &Transaction<'_>, ids: &[i64], until: i64) -> Result<Vec<Delivery>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let take = tx
        .prepare_cached(
            "UPDATE deliveries SET state = 'leased', at = $2, attempts = attempts + 1, fence = fence + 1
            WHERE id = ANY($1)
             RETURNING id, receiver, occasion, attempts, rendered, fence, at, queued, stencil",
        )
        .await?;
    let rows = tx.query(&take, &[&ids, &until]).await?;
    let mut told = subjects(tx, ids).await?;
    let stencils: Vec<Option<i64>> = rows.iter().map(|row| get(row, 8)).collect::<Result<_, _>>()?;
    let stencils = Stencils::named(tx, &stencils.into_iter().flatten().collect::<Vec<_>>()).await?;
    let mut leased = rows
        .iter()
        .map(|row| {
            let id = get(row, 0)?;
            let delivery = Delivery {
                id,
                receiver: ReceiverId(get(row, 1)?),
                occasion: serde_json::from_str(get(row, 2)?)?,
                subjects: told.remove(&id).unwrap_or_default(),
                attempt: small(row, 3)?,
                rendered: match get(row, 4)? {
                    Some(bytes) => Some(stencils.rendered(bytes, get(row, 8)?)?),
                    None => None,
                },
                fence: get(row, 5)?,
                lease_until: time(row, 6)?,
                queued: time(row, 7)?,
            };
            Ok((id, delivery))
        })
        .collect::<Result<HashMap<i64, Delivery>, Fault>>()?;
    Ok(ids.iter().filter_map(|id| leased.remove(id)).collect())
}

async fn subjects(tx: &Transaction<'_>, deliveries: &[i64]) -> Result<HashMap<i64, Vec<Subject>>, Fault> {
    let all = tx
        .prepare_cached(
            "SELECT delivery, notice, revision FROM delivery_subjects WHERE delivery = ANY($1) ORDER BY delivery, seq",
        )
        .await?;
    let mut subjects: HashMap<i64, Vec<Subject>> = HashMap::with_capacity(deliveries.len());
    for row in tx.query(&all, &[&deliveries]).await? {
        subjects.entry(get(&row, 0)?).or_default().push(subject_of(&row, 1)?);
    }
    Ok(subjects)
}

async fn titles(tx: &Transaction<'_>, deliveries: &[i64]) -> Result<HashMap<i64, String>, Fault> {
    let subjects = subjects(tx, deliveries).await?;
    let alone: Vec<(i64, Subject)> = subjects
        .iter()
        .filter_map(|(id, subjects)| match subjects.as_slice() {
            [only] => Some((*id, *only)),
            _ => None,
        })
        .collect();
    let ids: Vec<i64> = alone.iter().map(|(id, _)| *id).collect();
    let told: Vec<Subject> = alone.iter().map(|(_, subject)| *subject).collect();
    let (notices, revisions) = columns(&told);
    let bodies = tx
        .prepare_cached(
            "SELECT u.id, r.body FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) AS u (id, notice, revision)
             JOIN notices n ON n.id = u.notice JOIN revisions r ON r.notice = n.seq AND r.revision = u.revision",
        )
        .await?;
    let mut titles = HashMap::with_capacity(alone.len());
    for row in tx.query(&bodies, &[&ids, &notices, &revisions]).await? {
        // Not by a JSON operator: PostgreSQL's refuse texts that hold an escaped NUL.
        let notice: Notice = serde_json::from_str(get(&row, 1)?)?;
        titles.insert(get::<i64>(&row, 0)?, notice.title);
    }
    let all = subjects.iter().map(|(id, subjects)| {
        let title = titles.remove(id);
        (*id, plan::delivery_title(title, subjects))
    });
    Ok(all.collect())
}

fn delivery_row(row: &Row, title: String) -> Result<DeliveryRow, Fault> {
    Ok(DeliveryRow {
        id: get(row, 0)?,
        receiver: ReceiverId(get(row, 1)?),
        title,
        state: state_of(row, 2)?,
        attempts: small(row, 3)?,
        ambiguous: small(row, 4)?,
        at: time(row, 5)?,
        queued: time(row, 6)?,
        why: get(row, 7)?,
    })
}

fn columns(subjects: &[Subject]) -> (Vec<&[u8]>, Vec<i64>) {
    subjects
        .iter()
        .map(|subject| (subject.notice.as_bytes().as_slice(), i64::from(subject.revision)))
        .unzip()
}
