//! Our hub: what is asked of it, who is told of which feed, and what was distributed.

use std::{collections::HashMap, time::Duration};

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use url::Url;

use crate::{
    delivery::Occasion,
    notice::SourceId,
    store::{
        Lane, Rates, Verified,
        stored::{HOUR, MOST_ASKED, PUT_OFF, lease_end, limit as sql_limit, micros, span},
    },
    subscription::ReceiverId,
    websub::{Intent, Mode, Subscription},
};

use super::{
    fault::Fault,
    rows::{count, get, plain, small, time},
};

pub(super) async fn ask(tx: &Transaction<'_>, intent: &Intent, most: usize) -> Result<bool, Fault> {
    let (id, host) = (intent.id(), intent.host.as_str());
    let others = tx
        .prepare_cached(
            "SELECT (SELECT count(*) FROM hub_subscriptions WHERE host = $1 AND id <> $2 AND until > $3)
                  + (SELECT count(*) FROM hub_intents WHERE host = $1 AND id <> $2),
                    (SELECT count(*) FROM hub_intents)",
        )
        .await?;
    let row = tx.query_one(&others, &[&host, &id.0, &micros(intent.asked)]).await?;
    if get::<i64>(&row, 0)? >= sql_limit(most) || get::<i64>(&row, 1)? >= MOST_ASKED {
        return Ok(false);
    }
    let ask = tx
        .prepare_cached(
            "INSERT INTO hub_intents AS i (id, host, callback, due, tries, version, body) VALUES ($1, $2, $3, $4, 0, 1, $5)
             ON CONFLICT (id) DO UPDATE SET due = least(i.due, excluded.due), tries = 0, version = i.version + 1,
                    body = excluded.body",
        )
        .await?;
    let body = serde_json::to_string(intent)?;
    tx.execute(
        &ask,
        &[&id.0, &host, &intent.callback.as_str(), &micros(intent.asked), &body],
    )
    .await?;
    Ok(true)
}

pub(super) async fn lease(
    tx: &Transaction<'_>,
    now: Timestamp,
    lease: Duration,
    rates: Rates,
    limit: usize,
) -> Result<Vec<Intent>, Fault> {
    let hour_ago = micros(now).saturating_sub(span(HOUR));
    let forget = tx.prepare_cached("DELETE FROM hub_checks WHERE at <= $1").await?;
    tx.execute(&forget, &[&hour_ago]).await?;
    let end = tx
        .prepare_cached("DELETE FROM hub_subscriptions WHERE until <= $1")
        .await?;
    tx.execute(&end, &[&micros(now)]).await?;
    let due = tx
        .prepare_cached(
            "SELECT id, host, callback FROM hub_intents WHERE due <= $1 ORDER BY due, id LIMIT $2 FOR UPDATE SKIP LOCKED",
        )
        .await?;
    let asked = tx
        .prepare_cached("SELECT count(*), count(*) FILTER (WHERE callback = $2) FROM hub_checks WHERE host = $1")
        .await?;
    let put_off = tx
        .prepare_cached("UPDATE hub_intents SET due = $2 WHERE id = $1")
        .await?;
    let take = tx
        .prepare_cached(
            "UPDATE hub_intents SET due = $2, tries = tries + 1, version = version + 1 WHERE id = $1
             RETURNING body, tries, version",
        )
        .await?;
    let note = tx
        .prepare_cached("INSERT INTO hub_checks (callback, host, at) VALUES ($1, $2, $3)")
        .await?;
    let mut leased = Vec::new();
    for row in tx.query(&due, &[&micros(now), &sql_limit(limit)]).await? {
        let (id, host, callback): (&str, &str, &str) = (get(&row, 0)?, get(&row, 1)?, get(&row, 2)?);
        let so_far = tx.query_one(&asked, &[&host, &callback]).await?;
        if count(&so_far, 0)? >= rates.per_host || count(&so_far, 1)? >= rates.per_callback {
            tx.execute(&put_off, &[&id, &lease_end(now, PUT_OFF)]).await?;
            continue;
        }
        tx.execute(&note, &[&callback, &host, &micros(now)]).await?;
        let taken = tx.query_one(&take, &[&id, &lease_end(now, lease)]).await?;
        leased.push(Intent {
            tries: small(&taken, 1)?,
            version: get(&taken, 2)?,
            ..serde_json::from_str(get(&taken, 0)?)?
        });
    }
    Ok(leased)
}

pub(super) async fn next_due(tx: &Transaction<'_>) -> Result<Option<Timestamp>, Fault> {
    let next = tx
        .prepare_cached("SELECT due FROM hub_intents ORDER BY due LIMIT 1")
        .await?;
    let row = tx.query_opt(&next, &[]).await?;
    row.map(|row| time(&row, 0)).transpose()
}

pub(super) async fn settle(
    tx: &Transaction<'_>,
    intent: &Intent,
    verified: Verified,
    now: Timestamp,
) -> Result<(), Fault> {
    let id = intent.id();
    let kept = match verified {
        Verified::Again { at } => {
            let again = tx
                .prepare_cached("UPDATE hub_intents SET due = $3 WHERE id = $1 AND version = $2")
                .await?;
            tx.execute(&again, &[&id.0, &intent.version, &micros(at)]).await?
        }
        Verified::Meant { .. } | Verified::Refused => {
            let forget = tx
                .prepare_cached("DELETE FROM hub_intents WHERE id = $1 AND version = $2")
                .await?;
            tx.execute(&forget, &[&id.0, &intent.version]).await?
        }
    };
    let (1, Verified::Meant { version }) = (kept, verified) else {
        return Ok(());
    };
    if intent.mode == Mode::Unsubscribe {
        return end(tx, &id).await;
    }
    // While nobody wanted it, nothing was distributed.
    let begin = tx
        .prepare_cached(
            "INSERT INTO hub_topics (topic, version) VALUES ($1, $2)
             ON CONFLICT (topic) DO UPDATE SET version = excluded.version
             WHERE NOT EXISTS (SELECT 1 FROM hub_subscriptions s WHERE s.topic = excluded.topic AND s.until > $3)",
        )
        .await?;
    tx.execute(&begin, &[&intent.topic, &version, &micros(now)]).await?;
    let subscription = intent.confirmed(now);
    let keep = tx
        .prepare_cached(
            "INSERT INTO hub_subscriptions (id, host, callback, topic, secret, until) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, until = excluded.until",
        )
        .await?;
    tx.execute(
        &keep,
        &[
            &id.0,
            &subscription.host,
            &subscription.callback.as_str(),
            &subscription.topic,
            &subscription.secret.as_deref().map(plain),
            &micros(subscription.until),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn topics(tx: &Transaction<'_>, now: Timestamp) -> Result<Vec<(String, i64)>, Fault> {
    let topics = tx
        .prepare_cached(
            "SELECT t.topic, t.version FROM hub_topics t
             WHERE EXISTS (SELECT 1 FROM hub_subscriptions s WHERE s.topic = t.topic AND s.until > $1) ORDER BY t.topic",
        )
        .await?;
    let rows = tx.query(&topics, &[&micros(now)]).await?;
    rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
}

pub(super) async fn distribute(
    tx: &Transaction<'_>,
    topic: &str,
    was: i64,
    version: i64,
    now: Timestamp,
) -> Result<u64, Fault> {
    let newer = tx
        .prepare_cached("UPDATE hub_topics SET version = $3 WHERE topic = $1 AND version = $2 AND version <> $3")
        .await?;
    if tx.execute(&newer, &[&topic, &was, &version]).await? == 0 {
        return Ok(0);
    }
    let replace = tx
        .prepare_cached(
            "DELETE FROM deliveries WHERE lane = $1 AND state <> 'leased' AND receiver IN
                 (SELECT id FROM hub_subscriptions WHERE topic = $2)",
        )
        .await?;
    tx.execute(&replace, &[&Lane::Hub.prefix(), &topic]).await?;
    let occasion = Occasion::Topic(version);
    let owe = tx
        .prepare_cached(
            "INSERT INTO deliveries (lane, receiver, destination, key, occasion, state, at, queued)
             SELECT $1, id, id, $2, $3, 'queued', $4, $4 FROM hub_subscriptions WHERE topic = $5 AND until > $4 ORDER BY id
             ON CONFLICT DO NOTHING",
        )
        .await?;
    let json = serde_json::to_string(&occasion)?;
    let owed = tx
        .execute(
            &owe,
            &[&Lane::Hub.prefix(), &occasion.key(), &json, &micros(now), &topic],
        )
        .await?;
    Ok(owed)
}

pub(super) async fn subscription(tx: &Transaction<'_>, id: &ReceiverId) -> Result<Option<Subscription>, Fault> {
    let one = tx
        .prepare_cached("SELECT callback, topic, secret, until, host FROM hub_subscriptions WHERE id = $1")
        .await?;
    let row = tx.query_opt(&one, &[&id.0]).await?;
    row.map(|row| {
        Ok(Subscription {
            callback: Url::parse(get(&row, 0)?).map_err(|_| Fault::Broken("a stored callback can't be read".into()))?,
            topic: get(&row, 1)?,
            secret: get(&row, 2)?,
            until: time(&row, 3)?,
            host: get(&row, 4)?,
        })
    })
    .transpose()
}

pub(super) async fn end(tx: &Transaction<'_>, id: &ReceiverId) -> Result<(), Fault> {
    let end = tx.prepare_cached("DELETE FROM hub_subscriptions WHERE id = $1").await?;
    tx.execute(&end, &[&id.0]).await?;
    let forgive = tx
        .prepare_cached("DELETE FROM deliveries WHERE receiver = $1 AND state <> 'leased'")
        .await?;
    tx.execute(&forgive, &[&id.0]).await?;
    Ok(())
}

pub(super) async fn told(tx: &Transaction<'_>, hub: &Url) -> Result<HashMap<SourceId, i64>, Fault> {
    let known = tx.prepare_cached("SELECT value FROM meta WHERE name = $1").await?;
    let row = tx.query_opt(&known, &[&format!("pinged {hub}")]).await?;
    match row {
        Some(row) => Ok(serde_json::from_slice(get(&row, 0)?)?),
        None => Ok(HashMap::new()),
    }
}

pub(super) async fn tell(
    tx: &Transaction<'_>,
    hub: &Url,
    versions: &HashMap<SourceId, i64>,
    pings: &[Occasion],
    now: Timestamp,
) -> Result<(), Fault> {
    let note = tx
        .prepare_cached(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .await?;
    tx.execute(&note, &[&format!("pinged {hub}"), &serde_json::to_vec(versions)?])
        .await?;
    let owe = tx
        .prepare_cached(
            "INSERT INTO deliveries (lane, receiver, destination, key, occasion, state, at, queued)
             VALUES ($1, $2, $2, $3, $4, 'queued', $5, $5) ON CONFLICT DO NOTHING",
        )
        .await?;
    for ping in pings {
        let receiver = format!("{}{hub}", Lane::Hub.prefix());
        let json = serde_json::to_string(ping)?;
        tx.execute(
            &owe,
            &[&Lane::Hub.prefix(), &receiver, &ping.key(), &json, &micros(now)],
        )
        .await?;
    }
    Ok(())
}
