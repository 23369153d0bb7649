//! What is known of sources, and who may poll them.

use std::{
    collections::{HashMap, HashSet},
    iter,
    time::Duration,
};

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::{
    notice::SourceId,
    rhythm::History,
    source::{Rows, Validators},
    store::{
        Course, Health, Horizon, SourceLease, SourceState, Standing,
        stored::{lease_end, limit as sql_limit, micros, span},
    },
};

use super::{
    fault::Fault,
    rows::{count, get, maybe_time, plain, small, time},
};

const STATE: &str = "s.id, s.etag, s.last_modified, s.next_poll, s.last_poll, s.last_good, s.last_new, s.failures, \
                     s.last_error, s.health, s.baseline_done, s.wait, s.waiting, s.version, s.notices, s.fence, \
                     (SELECT count(*) FROM announcements a WHERE a.source = s.id AND a.held), \
                     s.gone, s.last_full, s.definition, s.rhythm, s.moved, s.last_answer, s.last_rows, s.wishes, s.hub, \
                     (SELECT count(*) FROM pushes p WHERE p.source = s.id), s.recognised, \
                     s.articles_due";

/// What comes before all sources in the order of `due` and `id`.
const BEFORE_ALL: (i64, String) = (i64::MIN, String::new());

pub(super) async fn enrol(tx: &Transaction<'_>, due: &[(SourceId, Timestamp)], latest: Timestamp) -> Result<(), Fault> {
    let ids: Vec<&str> = due.iter().map(|(id, _)| id.as_str()).collect();
    let times: Vec<i64> = due.iter().map(|(_, at)| micros(*at)).collect();
    let make = tx
        .prepare_cached(
            "INSERT INTO sources (id, next_poll)
            SELECT * FROM unnest($1::text[], $2::bigint[]) AS u (id, at) ORDER BY id
             ON CONFLICT DO NOTHING",
        )
        .await?;
    tx.execute(&make, &[&ids, &times]).await?;
    // A lease that ends later than any source may wait is of a clock that has jumped.
    let bring_back = tx
        .prepare_cached(
            "UPDATE sources SET next_poll = least(next_poll, $2),
                    leased_until = CASE WHEN leased_until > $2 THEN $2 ELSE leased_until END
             WHERE id = ANY($1) AND (next_poll > $2 OR leased_until > $2)",
        )
        .await?;
    tx.execute(&bring_back, &[&ids, &micros(latest)]).await?;
    Ok(())
}

pub(super) async fn lease_due(
    tx: &Transaction<'_>,
    among: &HashSet<SourceId>,
    now: Timestamp,
    lease: Duration,
    limit: usize,
) -> Result<Vec<SourceLease>, Fault> {
    let due = tx
        .prepare_cached(
            "SELECT id, due FROM sources WHERE due <= $1 AND (due, id) > ($2, $3)
             ORDER BY due, id LIMIT $4 FOR UPDATE SKIP LOCKED",
        )
        .await?;
    let mut chosen: Vec<String> = Vec::new();
    let mut after = BEFORE_ALL;
    while chosen.len() < limit {
        let more = sql_limit(limit - chosen.len());
        let rows = tx.query(&due, &[&micros(now), &after.0, &after.1, &more]).await?;
        let Some(last) = rows.last() else {
            break;
        };
        after = (get(last, 1)?, get(last, 0)?);
        for row in &rows {
            let id: String = get(row, 0)?;
            if among.contains(id.as_str()) {
                chosen.push(id);
            }
        }
    }
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let take = tx
        .prepare_cached(&format!(
            "UPDATE sources s SET fence = s.fence + 1, leased_until = $2 WHERE s.id = ANY($1) RETURNING {STATE}"
        ))
        .await?;
    let rows = tx.query(&take, &[&chosen, &lease_end(now, lease)]).await?;
    let mut leases = rows.iter().map(source_lease).collect::<Result<Vec<_>, _>>()?;
    leases.sort_by(|a, b| (a.state.next_poll, &a.state.id).cmp(&(b.state.next_poll, &b.state.id)));
    Ok(leases)
}

pub(super) async fn lease(
    tx: &Transaction<'_>,
    id: &SourceId,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<SourceLease>, Fault> {
    let take = tx
        .prepare_cached(&format!(
            "UPDATE sources s SET fence = s.fence + 1, leased_until = $3
             WHERE s.id = $1 AND (s.leased_until IS NULL OR s.leased_until <= $2) RETURNING {STATE}"
        ))
        .await?;
    let row = tx
        .query_opt(&take, &[&id.as_str(), &micros(now), &lease_end(now, lease)])
        .await?;
    row.as_ref().map(source_lease).transpose()
}

pub(super) async fn next_due(tx: &Transaction<'_>, among: &HashSet<SourceId>) -> Result<Option<Timestamp>, Fault> {
    let in_order = tx
        .prepare_cached("SELECT id, due FROM sources WHERE (due, id) > ($1, $2) ORDER BY due, id LIMIT $3")
        .await?;
    let mut after = BEFORE_ALL;
    // Nearly always the first is ours; others only where a source has left the configuration.
    for at_once in [1].into_iter().chain(iter::repeat(100_i64)) {
        let rows = tx.query(&in_order, &[&after.0, &after.1, &at_once]).await?;
        for row in &rows {
            if among.contains(get::<&str>(row, 0)?) {
                return maybe_time(row, 1);
            }
        }
        match rows.last() {
            Some(last) => after = (get(last, 1)?, get(last, 0)?),
            None => break,
        }
    }
    Ok(None)
}

pub(super) async fn states(tx: &Transaction<'_>) -> Result<Vec<SourceState>, Fault> {
    let all = tx
        .prepare_cached(&format!("SELECT {STATE} FROM sources s ORDER BY s.id"))
        .await?;
    tx.query(&all, &[]).await?.iter().map(state).collect()
}

pub(super) async fn courses(tx: &Transaction<'_>) -> Result<Vec<Course>, Fault> {
    let all = tx
        .prepare_cached("SELECT id, next_poll, failures, definition, rhythm FROM sources")
        .await?;
    let course = |row: &Row| {
        Ok(Course {
            id: get::<&str>(row, 0)?.parse()?,
            next_poll: time(row, 1)?,
            failures: small(row, 2)?,
            definition: get(row, 3)?,
            rhythm: History::from_bytes(get(row, 4)?),
        })
    };
    tx.query(&all, &[]).await?.iter().map(course).collect()
}

pub(super) async fn unwell(tx: &Transaction<'_>) -> Result<Vec<(SourceId, Health)>, Fault> {
    let all = tx
        .prepare_cached("SELECT id, health FROM sources WHERE health <> 'ok'")
        .await?;
    let one = |row: &Row| Ok((get::<&str>(row, 0)?.parse()?, health(get(row, 1)?)?));
    tx.query(&all, &[]).await?.iter().map(one).collect()
}

pub(super) async fn standings(tx: &Transaction<'_>) -> Result<HashMap<SourceId, Standing>, Fault> {
    let all = tx.prepare_cached("SELECT id, version, next_poll FROM sources").await?;
    let standing = |row: &Row| {
        let standing = Standing {
            version: get(row, 1)?,
            next_poll: time(row, 2)?,
        };
        Ok((get::<&str>(row, 0)?.parse()?, standing))
    };
    tx.query(&all, &[]).await?.iter().map(standing).collect()
}

/// Whether `fence` is that of the lease which is held. The source stays locked until the transaction ends.
pub(super) async fn is_leased(tx: &Transaction<'_>, id: &SourceId, fence: i64) -> Result<bool, Fault> {
    let held = tx
        .prepare_cached("SELECT 1 FROM sources WHERE id = $1 AND fence = $2 AND leased_until IS NOT NULL FOR UPDATE")
        .await?;
    Ok(tx.query_opt(&held, &[&id.as_str(), &fence]).await?.is_some())
}

/// Records the state after a poll and ends the lease. `inserted` notices are more than before. To be called after what is
/// held was recorded: a flood that was released meanwhile holds the source no more.
pub(super) async fn settle(
    tx: &Transaction<'_>,
    state: &SourceState,
    id: &SourceId,
    inserted: i64,
    shows: bool,
) -> Result<(), Fault> {
    let settle = tx
        .prepare_cached(
            "UPDATE sources SET etag = $2, last_modified = $3,
                    next_poll = CASE WHEN EXISTS (SELECT 1 FROM pushes WHERE source = $1) THEN least($4::bigint, $5::bigint) ELSE $4::bigint END, last_poll = $5, last_good = $6,
            last_new = $7,
                    failures = $8, last_error = $9, baseline_done = $11,
                    health = CASE WHEN $10 = 'held' AND NOT EXISTS (SELECT 1 FROM announcements WHERE source = $1 AND held)
                         THEN 'ok' ELSE $10 END,
                    wait = $12, waiting = $13,
                    notices = notices + $14, version = version + $15, leased_until = NULL,
                    gone = $16, last_full = $17, definition = $18, rhythm = $19, moved = $20, last_answer = $21, last_rows = $22,
                    wishes = $23, hub = $24, recognised = $25, articles_due = $26
             WHERE id = $1",
        )
        .await?;
    tx.execute(
        &settle,
        &[
            &id.as_str(),
            &state.validators.etag.as_deref().map(plain),
            &state.validators.last_modified.as_deref().map(plain),
            &micros(state.next_poll),
            &state.last_poll.map(micros),
            &state.last_good.map(micros),
            &state.last_new.map(micros),
            &i64::from(state.failures),
            &state.last_error.as_deref().map(plain),
            &state.health.as_str(),
            &state.baseline_done,
            &span(state.wait),
            &serde_json::to_string(&state.waiting)?,
            &inserted,
            &i64::from(shows),
            &i64::from(state.gone),
            &state.last_full.map(micros),
            &state.definition,
            &state.rhythm.to_bytes(),
            &state.moved.as_ref().map(serde_json::to_string).transpose()?,
            &state.last_answer,
            &state.last_rows.to_bytes(),
            &serde_json::to_string(&state.wishes)?,
            &state.hub.as_ref().map(serde_json::to_string).transpose()?,
            &state.recognised.as_ref().map(serde_json::to_string).transpose()?,
            &state.articles_due.map(micros),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn bring_back(tx: &Transaction<'_>, horizon: Horizon) -> Result<(), Fault> {
    let polls = tx
        .prepare_cached("UPDATE sources SET next_poll = $1 WHERE next_poll > $1 AND health <> 'gone'")
        .await?;
    tx.execute(&polls, &[&micros(horizon.polls)]).await?;
    let leases = tx
        .prepare_cached("UPDATE sources SET leased_until = $1 WHERE leased_until > $2")
        .await?;
    tx.execute(&leases, &[&micros(horizon.now), &micros(horizon.leases)])
        .await?;
    Ok(())
}

fn health(word: &str) -> Result<Health, Fault> {
    Health::named(word).ok_or_else(|| Fault::Broken("a stored source has an unknown health".into()))
}

fn source_lease(row: &Row) -> Result<SourceLease, Fault> {
    Ok(SourceLease {
        state: state(row)?,
        fence: get(row, 15)?,
    })
}

fn state(row: &Row) -> Result<SourceState, Fault> {
    Ok(SourceState {
        id: get::<&str>(row, 0)?.parse()?,
        validators: Validators {
            etag: get(row, 1)?,
            last_modified: get(row, 2)?,
        },
        next_poll: time(row, 3)?,
        last_poll: maybe_time(row, 4)?,
        last_good: maybe_time(row, 5)?,
        last_new: maybe_time(row, 6)?,
        failures: small(row, 7)?,
        last_error: get(row, 8)?,
        health: health(get(row, 9)?)?,
        baseline_done: get(row, 10)?,
        wait: Duration::from_micros(count(row, 11)?),
        waiting: serde_json::from_str(get(row, 12)?)?,
        version: get(row, 13)?,
        notices: count(row, 14)?,
        held: count(row, 16)?,
        gone: small(row, 17)?,
        last_full: maybe_time(row, 18)?,
        definition: get(row, 19)?,
        rhythm: History::from_bytes(get(row, 20)?),
        moved: get::<Option<&str>>(row, 21)?.map(serde_json::from_str).transpose()?,
        last_answer: get(row, 22)?,
        last_rows: Rows::from_bytes(get(row, 23)?),
        wishes: serde_json::from_str(get(row, 24)?)?,
        hub: get::<Option<&str>>(row, 25)?.map(serde_json::from_str).transpose()?,
        pushes: count(row, 26)?,
        recognised: get::<Option<&str>>(row, 27)?.and_then(|text| serde_json::from_str(text).ok()),
        articles_due: maybe_time(row, 28)?,
    })
}
