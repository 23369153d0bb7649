//! The index of words: a vector of the tokens of [`search`](crate::search) as they are, with their places.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;
use jiff::civil::Date;

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
    rows::{ENTRY, entry as entry_of, get},
};

/// The place of a notice, as [`Place::of`] makes it.
const PLACE: &str = "(least(greatest(n.sort / 1000000 + 4294967296, 0), 8589934591) << 30) | (n.seq & 1073741823)";

/// Makes notices, each at its place, be found by their words, and by no earlier ones.
pub(super) async fn index(tx: &Transaction<'_>, notices: &[(Place, &Notice)]) -> Result<(), Fault> {
    if notices.is_empty() {
        return Ok(());
    }
    let places: Vec<i64> = notices.iter().map(|(place, _)| place.0).collect();
    let vectors: Vec<String> = notices
        .iter()
        .map(|(_, notice)| vector(&search::written(notice)))
        .collect();
    let index = tx
        .prepare_cached(
            "INSERT INTO words (place, tokens)
             SELECT u.place, u.tokens::tsvector FROM unnest($1::bigint[], $2::text[]) AS u (place, tokens)
             ON CONFLICT (place) DO UPDATE SET tokens = excluded.tokens",
        )
        .await?;
    tx.execute(&index, &[&places, &vectors]).await?;
    Ok(())
}

pub(super) async fn search(tx: &Transaction<'_>, search: &Search, limit: usize) -> Result<Vec<(Place, Entry)>, Fault> {
    let sources: Vec<&str> = search.sources.iter().map(|source| source.as_str()).collect();
    let query = &search.query;
    let [first, end] = reach(tx, query).await?;
    let held = tx
        .prepare_cached("SELECT coalesce(sum(notices), 0)::bigint FROM sources WHERE id = ANY($1)")
        .await?;
    let held: i64 = get(&tx.query_one(&held, &[&sources]).await?, 0)?;
    let of_sources = format!(
        "SELECT n.seq, ({PLACE}) AS place FROM notices n
         WHERE n.source = ANY($4) AND ($5::bigint IS NULL OR n.day >= $5) AND ($6::bigint IS NULL OR n.day < $6)"
    );
    let chosen = match held {
        ..=reach::FEW => format!(
            "of_sources AS MATERIALIZED ({of_sources}),
             chosen AS (SELECT w.place FROM of_sources n JOIN words w ON w.place = n.place"
        ),
        _ => format!("chosen AS (SELECT w.place FROM words w JOIN ({of_sources}) n ON n.seq = (w.place & {PLACE_SEQ})"),
    };
    let found = tx
        .prepare_cached(&format!(
            "WITH {chosen}
                 WHERE ($1::text IS NULL OR w.tokens @@ $1::text::tsquery) AND w.place >= $2 AND w.place < $3
                 ORDER BY w.place DESC LIMIT $7)
             SELECT {ENTRY}, c.place FROM chosen c JOIN notices n ON n.seq = (c.place & {PLACE_SEQ})
             JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
             ORDER BY c.place DESC"
        ))
        .await?;
    let rows = tx
        .query(
            &found,
            &[
                &matching(query),
                &first.0,
                &search.behind.map_or(end, |behind| behind.min(end)).0,
                &sources,
                &query.after().map(reach::number),
                &query.before().map(reach::number),
                &sql_limit(limit),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((Place(get(row, 9)?), entry_of(row)?)))
        .collect()
}

/// The first place at which the days of `query` stand, and the one behind the last.
async fn reach(tx: &Transaction<'_>, query: &Query) -> Result<[Place; 2], Fault> {
    let sort = async |told: String, day: Date| -> Result<Option<i64>, Fault> {
        let sort = tx.prepare_cached(&told).await?;
        get(&tx.query_one(&sort, &[&reach::number(day)]).await?, 0)
    };
    let mut reach = [Place(i64::MIN), Place(i64::MAX)];
    if let Some(day) = query.after() {
        let late = format!("SELECT min(sort) FROM notices WHERE {LATE} AND day >= $1");
        reach[0] = reach::first(day, sort(late, day).await?);
    }
    if let Some(day) = query.before() {
        let early = format!("SELECT max(sort) FROM notices WHERE {EARLY} AND day < $1");
        reach[1] = reach::end(day, sort(early, day).await?);
    }
    Ok(reach)
}

/// `'water':1,5 'off':2`, as a tsvector is written, of `tokens` in their places. They hold letters and digits alone.
fn vector(tokens: &str) -> String {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (token, place) in tokens.split(' ').zip(1..) {
        if token != GAP {
            let place: usize = place;
            places.entry(token).or_default().push(place.to_string());
        }
    }
    let told = places
        .into_iter()
        .map(|(token, places)| format!("'{token}':{}", places.join(",")));
    told.collect::<Vec<_>>().join(" ")
}

/// The clauses as a tsquery is written; nothing when none is asked for.
fn matching(query: &Query) -> Option<String> {
    let clauses = query.clauses().iter().map(clause);
    let told = clauses.collect::<Vec<_>>().join(" & ");
    (!told.is_empty()).then_some(told)
}

fn clause(clause: &Clause) -> String {
    let not = if clause.wanted { "" } else { "!" };
    format!(
        "{not}({})",
        clause.words().iter().map(word).collect::<Vec<_>>().join(" | ")
    )
}

fn word(word: &Word) -> String {
    let parts = word.parts().iter().map(|part| {
        let spellings: Vec<String> = part.iter().map(phrase).collect();
        format!("({})", spellings.join(" | "))
    });
    format!("({})", parts.collect::<Vec<_>>().join(" & "))
}

fn phrase(phrase: &Phrase) -> String {
    let open = if phrase.open { ":*" } else { "" };
    let tokens: Vec<String> = phrase.tokens.iter().map(|token| format!("'{token}'")).collect();
    format!("({}{open})", tokens.join(" <-> "))
}
