//! The index of words: an FTS5 table that keeps no text, with the tokens of [`search`](crate::search) as they are.
//!
//! Its rows are numbered by place, so that it is read from the newest notice on and no further than is asked for.

use rusqlite::{Connection, params};

use crate::{
    notice::{Entry, Notice},
    search::{Clause, Document, GAP, Phrase, Query, Word},
    store::{
        Place, Search,
        stored::{PLACE_SEQ, limit as sql_limit},
    },
};

use super::{
    fault::Fault,
    rows::{ENTRY, entry as entry_of, time},
};

/// Makes `notice`, which stands at `seq`, be found by its words, and by no earlier ones.
pub(super) fn index(db: &Connection, seq: i64, notice: &Notice) -> Result<(), Fault> {
    let order = db
        .prepare_cached("SELECT sort FROM notices WHERE seq = ?1")?
        .query_one([seq], |row| row.get(0))?;
    let place = Place::of(time(order)?, seq).0;
    db.prepare_cached("DELETE FROM words WHERE rowid = ?1")?
        .execute([place])?;
    db.prepare_cached("INSERT INTO words (rowid, tokens) VALUES (?1, ?2)")?
        .execute(params![place, Document::of(notice).tokens().join(" ")])?;
    Ok(())
}

pub(super) fn search(db: &Connection, search: &Search, limit: usize) -> Result<Vec<(Place, Entry)>, Fault> {
    let sources = serde_json::to_string(&search.sources)?;
    let day = "coalesce(substr(n.published, 1, 10), date(n.first_seen / 1000000, 'unixepoch'))";
    let mut found = db.prepare_cached(&format!(
        "SELECT {ENTRY}, w.rowid FROM words w
         CROSS JOIN notices n ON n.seq = w.rowid & {PLACE_SEQ}
         CROSS JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
         WHERE w.words MATCH ?1 AND w.rowid < ?2 AND n.source IN (SELECT value FROM json_each(?3))
           AND (?4 IS NULL OR {day} >= ?4) AND (?5 IS NULL OR {day} < ?5)
         ORDER BY w.rowid DESC LIMIT ?6"
    ))?;
    found
        .query_and_then(
            params![
                matching(&search.query),
                search.behind.map_or(i64::MAX, |place| place.0),
                sources,
                search.query.after().map(|day| day.to_string()),
                search.query.before().map(|day| day.to_string()),
                sql_limit(limit),
            ],
            |row| Ok((Place(row.get(9)?), entry_of(row)?)),
        )?
        .collect()
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
