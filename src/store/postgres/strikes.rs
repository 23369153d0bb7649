//! What came back of mails.

use deadpool_postgres::Transaction;
use jiff::Timestamp;

use crate::{
    delivery::{Blame, Strike, strike::SUSPENDED},
    store::{StrikeCounts, Struck, stored::micros},
    subscription::ReceiverId,
};

use super::{
    fault::Fault,
    rows::{count, get, plain, time},
};

/// Most strikes of one receiver that are looked at.
const MOST: i64 = 200;

pub(super) async fn strike(
    tx: &Transaction<'_>,
    delivery: i64,
    blame: Blame,
    why: &str,
    now: Timestamp,
) -> Result<Option<Struck>, Fault> {
    let whose = tx
        .prepare_cached("SELECT receiver FROM deliveries WHERE id = $1")
        .await?;
    let Some(row) = tx.query_opt(&whose, &[&delivery]).await? else {
        return Ok(None);
    };
    let receiver: String = get(&row, 0)?;
    let record = tx
        .prepare_cached(
            "INSERT INTO strikes (delivery, blame, receiver, at, why) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .await?;
    let recorded = tx
        .execute(
            &record,
            &[&delivery, &blame.as_str(), &receiver, &micros(now), &plain(why)],
        )
        .await?;
    let standing = tx
        .prepare_cached(
            "SELECT blame, at, why FROM strikes WHERE receiver = $1 AND NOT forgiven ORDER BY at DESC LIMIT $2",
        )
        .await?;
    let rows = tx.query(&standing, &[&receiver, &MOST]).await?;
    let strikes = rows
        .iter()
        .map(|row| {
            Ok(Strike {
                blame: Blame::named(get(row, 0)?)
                    .ok_or_else(|| Fault::Broken("a strike is of an unknown kind".into()))?,
                at: time(row, 1)?,
                why: get(row, 2)?,
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok(Some(Struck {
        receiver: ReceiverId(receiver),
        is_new: recorded > 0,
        strikes,
    }))
}

/// Lets what came back of mails to `receivers` count no more. It is not forgotten: word of it that comes again is no news.
pub(super) async fn forgive(tx: &Transaction<'_>, receivers: &[&str]) -> Result<(), Fault> {
    let forgive = tx
        .prepare_cached("UPDATE strikes SET forgiven = true WHERE receiver = ANY($1) AND NOT forgiven")
        .await?;
    tx.execute(&forgive, &[&receivers]).await?;
    Ok(())
}

pub(super) async fn counts(tx: &Transaction<'_>) -> Result<StrikeCounts, Fault> {
    let mut counts = StrikeCounts::default();
    let by_blame = tx
        .prepare_cached("SELECT blame, count(*) FROM strikes GROUP BY blame")
        .await?;
    for row in tx.query(&by_blame, &[]).await? {
        if let Some(blame) = Blame::named(get(&row, 0)?) {
            *counts.of(blame) = count(&row, 1)?;
        }
    }
    let suspended = tx
        .prepare_cached("SELECT count(*) FROM receivers WHERE stopped IS NOT NULL AND starts_with(stopped, $1)")
        .await?;
    counts.suspended = count(&tx.query_one(&suspended, &[&SUSPENDED]).await?, 0)?;
    Ok(counts)
}
