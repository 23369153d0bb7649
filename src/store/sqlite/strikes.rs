//! What came back of mails.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    delivery::{Blame, Strike, strike::SUSPENDED},
    store::{StrikeCounts, Struck, stored::micros},
    subscription::ReceiverId,
};

use super::{fault::Fault, rows::time};

/// Most strikes of one receiver that are looked at.
const MOST: i64 = 200;

pub(super) fn strike(
    db: &Connection,
    delivery: i64,
    blame: Blame,
    why: &str,
    now: Timestamp,
) -> Result<Option<Struck>, Fault> {
    let receiver: Option<String> = db
        .prepare_cached("SELECT receiver FROM deliveries WHERE id = ?1")?
        .query_one([delivery], |row| row.get(0))
        .optional()?;
    let Some(receiver) = receiver else { return Ok(None) };
    let recorded = db
        .prepare_cached(
            "INSERT INTO strikes (delivery, blame, receiver, at, why) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![delivery, blame.as_str(), receiver, micros(now), why])?;
    let strikes = db
        .prepare_cached(
            "SELECT blame, at, why FROM strikes WHERE receiver = ?1 AND forgiven = 0 ORDER BY at DESC LIMIT ?2",
        )?
        .query_and_then(params![receiver, MOST], |row| {
            let blame: String = row.get(0)?;
            Ok(Strike {
                blame: Blame::named(&blame).ok_or_else(|| Fault::Broken("a strike is of an unknown kind".into()))?,
                at: time(row.get(1)?)?,
                why: row.get(2)?,
            })
        })?
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok(Some(Struck {
        receiver: ReceiverId(receiver),
        is_new: recorded > 0,
        strikes,
    }))
}

/// Lets what came back of mails to `receiver` count no more. It is not forgotten: word of it that comes again is no news.
pub(super) fn forgive(db: &Connection, receiver: &ReceiverId) -> Result<(), Fault> {
    db.prepare_cached("UPDATE strikes SET forgiven = 1 WHERE receiver = ?1 AND forgiven = 0")?
        .execute([&receiver.0])?;
    Ok(())
}

pub(super) fn counts(db: &Connection) -> Result<StrikeCounts, Fault> {
    let mut counts = StrikeCounts::default();
    let mut by_blame = db.prepare_cached("SELECT blame, count(*) FROM strikes GROUP BY blame")?;
    let mut rows = by_blame.query([])?;
    while let Some(row) = rows.next()? {
        let (blame, count): (String, i64) = (row.get(0)?, row.get(1)?);
        if let Some(blame) = Blame::named(&blame) {
            *counts.of(blame) = count.cast_unsigned();
        }
    }
    counts.suspended = db
        .prepare_cached("SELECT count(*) FROM receivers WHERE stopped IS NOT NULL AND substr(stopped, 1, ?2) = ?1")?
        .query_one(params![SUSPENDED, SUSPENDED.len() as i64], |row| row.get::<_, i64>(0))?
        .cast_unsigned();
    Ok(counts)
}
