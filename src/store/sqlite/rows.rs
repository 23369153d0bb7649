//! Between columns and the words.

use jiff::Timestamp;
use rusqlite::Row;
use serde::Serialize;

use crate::{
    delivery::State,
    notice::{Entry, Fingerprint, Notice, NoticeId},
    store::{StoreError, plan::Head, stored},
};

use super::fault::Fault;

/// A stored time.
pub(super) fn time(micros: i64) -> Result<Timestamp, Fault> {
    Ok(Timestamp::from_microsecond(micros)?)
}

/// A stored time that may be missing.
pub(super) fn maybe_time(micros: Option<i64>) -> Result<Option<Timestamp>, Fault> {
    micros.map(time).transpose()
}

/// A list as `json_each` takes it.
pub(super) fn json<T: Serialize>(list: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(list).map_err(|error| Fault::from(error).told("writing a list"))
}

/// A stored state.
pub(super) fn state(name: &str) -> Result<State, Fault> {
    stored::state_named(name).ok_or_else(|| Fault::Broken("a stored delivery has an unknown state".into()))
}

/// The columns of [`head`], of the table `notices` called `n`.
pub(super) const HEAD: &str = "n.seq, n.revision, n.revised, n.withdrawn, n.fingerprint, n.row, n.article_read, \
                               n.has_content, n.published, n.views, n.pinned";

/// Place and head of a notice, from the columns [`HEAD`].
pub(super) fn head(row: &Row<'_>) -> Result<(i64, Head), Fault> {
    let published: Option<String> = row.get(8)?;
    let head = Head {
        revision: row.get(1)?,
        revised: time(row.get(2)?)?,
        withdrawn: maybe_time(row.get(3)?)?,
        fingerprint: Fingerprint(row.get(4)?),
        row: Fingerprint(row.get(5)?),
        article_read: maybe_time(row.get(6)?)?,
        has_content: row.get(7)?,
        published: published.map(|text| text.parse()).transpose()?,
        views: row.get::<_, Option<i64>>(9)?.map(i64::cast_unsigned),
        pinned: row.get(10)?,
    };
    Ok((row.get(0)?, head))
}

/// The columns of [`entry`], of `notices` called `n` and `revisions` called `r`.
pub(super) const ENTRY: &str = "n.seq, n.source, n.first_seen, n.withdrawn, n.revision, n.pinned, r.revision, \
    CASE WHEN r.revision = n.revision THEN n.revised ELSE r.seen END, \
                                r.body";

/// A notice in the version that `r` is, from the columns [`ENTRY`].
pub(super) fn entry(row: &Row<'_>) -> Result<Entry, Fault> {
    let body: String = row.get(8)?;
    let mut notice: Notice = serde_json::from_str(&body)?;
    let revision: u32 = row.get(6)?;
    if revision == row.get::<_, u32>(4)? {
        // The views stay those of this version: feeds show them, and must not change with each reader of a board.
        notice.pinned = row.get(5)?;
    }
    let source: String = row.get(1)?;
    Ok(Entry {
        seq: row.get(0)?,
        source: source.parse()?,
        notice,
        revision,
        first_seen: time(row.get(2)?)?,
        revised: time(row.get(7)?)?,
        withdrawn: maybe_time(row.get(3)?)?,
    })
}

/// A stored notice id.
pub(super) fn notice_id(bytes: [u8; 16]) -> NoticeId {
    NoticeId::from_bytes(bytes)
}
