//! The index of words: a vector of the tokens of [`search`](crate::search) as they are, with their places.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;

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
    rows::{ENTRY, entry as entry_of, get},
};

/// Makes notices, each at its place, be found by their words, and by no earlier ones.
pub(super) async fn index(tx: &Transaction<'_>, notices: &[(Place, &Notice)]) -> Result<(), Fault> {
    if notices.is_empty() {
        return Ok(());
    }
    let places: Vec<i64> = notices.iter().map(|(place, _)| place.0).collect();
    let vectors: Vec<String> = notices
        .iter()
        .map(|(_, notice)| vector(&Document::of(notice)))
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
    let day = "coalesce(left(n.published, 10), to_char(to_timestamp(n.first_seen / 1000000) AT TIME ZONE 'UTC', \
               'YYYY-MM-DD'))";
    let found = tx
        .prepare_cached(&format!(
            "WITH chosen AS (
                 SELECT w.place FROM words w JOIN notices n ON n.seq = (w.place & {PLACE_SEQ})
                 WHERE ($1::text IS NULL OR w.tokens @@ $1::text::tsquery) AND w.place < $2 AND n.source = ANY($3)
                   AND ($4::text IS NULL OR {day} >= $4) AND ($5::text IS NULL OR {day} < $5)
                 ORDER BY w.place DESC LIMIT $6)
             SELECT {ENTRY}, c.place FROM chosen c JOIN notices n ON n.seq = (c.place & {PLACE_SEQ})
             JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
             ORDER BY c.place DESC"
        ))
        .await?;
    let sources: Vec<&str> = search.sources.iter().map(|source| source.as_str()).collect();
    let rows = tx
        .query(
            &found,
            &[
                &matching(&search.query),
                &search.behind.map_or(i64::MAX, |place| place.0),
                &sources,
                &search.query.after().map(|day| day.to_string()),
                &search.query.before().map(|day| day.to_string()),
                &sql_limit(limit),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((Place(get(row, 9)?), entry_of(row)?)))
        .collect()
}

/// `'water':1,5 'off':2`, as a tsvector is written. Tokens hold letters and digits alone.
fn vector(document: &Document) -> String {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (token, place) in document.tokens().iter().zip(1..) {
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
