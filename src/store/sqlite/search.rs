//! The index of words: an FTS5 table that keeps no text, with the tokens of [`search`](crate::search) as they are.
//!
//! Its rows are numbered by place, so that it is read from the newest notice on and no further than is asked for.

use jiff::civil::Date;
use rusqlite::{Connection, params};

use crate::{
    notice::{Entry, Notice},
    search::{self, Clause, GAP, Phrase, Query, Word},
    store::{
        Place, Search,
        reach::{self, EARLY, LATE},
        stored::{PLACE_SEQ, limit as sql_limit},
    },
};

use super::{
    fault::Fault,
    rows::{ENTRY, entry as entry_of, time},
};

/// The place of a notice, as [`Place::of`] makes it.
const PLACE: &str = "(min(max(n.sort / 1000000 + 4294967296, 0), 8589934591) << 30) | (n.seq & 1073741823)";

/// Makes `notice`, which stands at `seq`, be found by its words, and by no earlier ones.
pub(super) fn index(db: &Connection, seq: i64, notice: &Notice) -> Result<(), Fault> {
    let order = db
        .prepare_cached("SELECT sort FROM notices WHERE seq = ?1")?
        .query_one([seq], |row| row.get(0))?;
    let place = Place::of(time(order)?, seq).0;
    db.prepare_cached("DELETE FROM words WHERE rowid = ?1")?
        .execute([place])?;
    db.prepare_cached("INSERT INTO words (rowid, tokens) VALUES (?1, ?2)")?
        .execute(params![place, search::written(notice)])?;
    Ok(())
}

pub(super) fn search(db: &Connection, search: &Search, limit: usize) -> Result<Vec<(Place, Entry)>, Fault> {
    let sources = serde_json::to_string(&search.sources)?;
    let query = &search.query;
    let [first, end] = reach(db, query)?;
    let held: i64 = db
        .prepare_cached("SELECT coalesce(sum(notices), 0) FROM sources WHERE id IN (SELECT value FROM json_each(?1))")?
        .query_one([&sources], |row| row.get(0))?;
    // The plus keeps FTS5 from being asked for each place by itself.
    let among = match held {
        ..=reach::FEW => format!(
            "AND +w.rowid IN (SELECT {PLACE} FROM notices n WHERE n.source IN (SELECT value FROM json_each(?4)))"
        ),
        _ => String::new(),
    };
    let mut found = db.prepare_cached(&format!(
        "SELECT {ENTRY}, w.rowid FROM words w
         CROSS JOIN notices n ON n.seq = w.rowid & {PLACE_SEQ}
         CROSS JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
         WHERE w.words MATCH ?1 AND w.rowid >= ?2 AND w.rowid < ?3 {among}
           AND n.source IN (SELECT value FROM json_each(?4))
           AND (?5 IS NULL OR n.day >= ?5) AND (?6 IS NULL OR n.day < ?6)
         ORDER BY w.rowid DESC LIMIT ?7"
    ))?;
    found
        .query_and_then(
            params![
                matching(query),
                first.0,
                search.behind.map_or(end, |behind| behind.min(end)).0,
                sources,
                query.after().map(reach::number),
                query.before().map(reach::number),
                sql_limit(limit),
            ],
            |row| Ok((Place(row.get(9)?), entry_of(row)?)),
        )?
        .collect()
}

/// The first place at which the days of `query` stand, and the one behind the last.
fn reach(db: &Connection, query: &Query) -> Result<[Place; 2], Fault> {
    let sort = |told: String, day: Date| -> Result<Option<i64>, Fault> {
        let mut sort = db.prepare_cached(&told)?;
        Ok(sort.query_one([reach::number(day)], |row| row.get(0))?)
    };
    let mut reach = [Place(i64::MIN), Place(i64::MAX)];
    if let Some(day) = query.after() {
        let late = format!("SELECT min(sort) FROM notices WHERE {LATE} AND day >= ?1");
        reach[0] = reach::first(day, sort(late, day)?);
    }
    if let Some(day) = query.before() {
        let early = format!("SELECT max(sort) FROM notices WHERE {EARLY} AND day < ?1");
        reach[1] = reach::end(day, sort(early, day)?);
    }
    Ok(reach)
}

/// The clauses as FTS5 takes them. Every notice holds a gap, so what is asked for without any word is something too.
fn matching(query: &Query) -> String {
    let (wanted, unwanted): (Vec<&Clause>, Vec<&Clause>) = query.clauses().iter().partition(|clause| clause.wanted);
    let one_of = |clauses: &[&Clause]| {
        let words = clauses.iter().flat_map(|clause| clause.words()).map(word);
        format!("({})", words.collect::<Vec<_>>().join(" OR "))
    };
    let mut told = match wanted[..] {
        [] => format!("\"{GAP}\""),
        _ => wanted
            .iter()
            .map(|clause| one_of(&[*clause]))
            .collect::<Vec<_>>()
            .join(" AND "),
    };
    if !unwanted.is_empty() {
        told = format!("({told}) NOT {}", one_of(&unwanted));
    }
    told
}

fn word(word: &Word) -> String {
    let parts = word.parts().iter().map(|part| {
        let spellings: Vec<String> = part.iter().map(phrase).collect();
        format!("({})", spellings.join(" OR "))
    });
    format!("({})", parts.collect::<Vec<_>>().join(" AND "))
}

/// Tokens hold letters and digits alone.
fn phrase(phrase: &Phrase) -> String {
    format!("\"{}\"{}", phrase.tokens.join(" "), if phrase.open { " *" } else { "" })
}
