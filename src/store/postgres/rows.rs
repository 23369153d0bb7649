//! Between columns and the words.

use jiff::Timestamp;
use tokio_postgres::{Row, types::FromSql};

use crate::{
    delivery::{State, Subject},
    notice::{Entry, Fingerprint, Notice, NoticeId},
    store::{plan::Head, stored},
};

use super::fault::Fault;

/// The columns of [`head`], of the table `notices` called `n`.
pub(super) const HEAD: &str = "n.id, n.seq, n.revision, n.revised, n.withdrawn, n.fingerprint, n.row, n.article_read, \
                               n.has_content, n.published, n.views, n.pinned";

/// The columns of [`entry`], of `notices` called `n` and `revisions` called `r`.
pub(super) const ENTRY: &str = "n.seq, n.source, n.first_seen, n.withdrawn, n.revision, n.pinned, r.revision, \
    CASE WHEN r.revision = n.revision THEN n.revised ELSE r.seen END, \
                                r.body";

/// A column.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, nth: usize) -> Result<T, Fault> {
    Ok(row.try_get(nth)?)
}

/// A column that counts.
pub(super) fn count(row: &Row, nth: usize) -> Result<u64, Fault> {
    Ok(get::<i64>(row, nth)?.cast_unsigned())
}

/// A column that counts and stays small.
pub(super) fn small(row: &Row, nth: usize) -> Result<u32, Fault> {
    u32::try_from(get::<i64>(row, nth)?).map_err(|_| Fault::Broken("a stored count is out of range".into()))
}

/// A column that holds a time.
pub(super) fn time(row: &Row, nth: usize) -> Result<Timestamp, Fault> {
    Ok(Timestamp::from_microsecond(get(row, nth)?)?)
}

/// A column that may hold a time.
pub(super) fn maybe_time(row: &Row, nth: usize) -> Result<Option<Timestamp>, Fault> {
    Ok(get::<Option<i64>>(row, nth)?
        .map(Timestamp::from_microsecond)
        .transpose()?)
}

/// A column that holds a notice's id.
pub(super) fn notice_id(row: &Row, nth: usize) -> Result<NoticeId, Fault> {
    Ok(NoticeId::from_bytes(bytes(row, nth)?))
}

/// Two columns that hold a notice's id and a revision.
pub(super) fn subject(row: &Row, nth: usize) -> Result<Subject, Fault> {
    Ok(Subject {
        notice: notice_id(row, nth)?,
        revision: small(row, nth + 1)?,
    })
}

/// A column that holds so many bytes.
pub(super) fn bytes<const N: usize>(row: &Row, nth: usize) -> Result<[u8; N], Fault> {
    get::<&[u8]>(row, nth)?
        .try_into()
        .map_err(|_| Fault::Broken("a stored key has another length".into()))
}

/// A stored state.
pub(super) fn state(row: &Row, nth: usize) -> Result<State, Fault> {
    stored::state_named(get(row, nth)?).ok_or_else(|| Fault::Broken("a stored delivery has an unknown state".into()))
}

/// Id, place and head of a notice, from the columns [`HEAD`].
pub(super) fn head(row: &Row) -> Result<(NoticeId, i64, Head), Fault> {
    let published: Option<&str> = get(row, 9)?;
    let head = Head {
        revision: small(row, 2)?,
        revised: time(row, 3)?,
        withdrawn: maybe_time(row, 4)?,
        fingerprint: Fingerprint(bytes(row, 5)?),
        row: Fingerprint(bytes(row, 6)?),
        article_read: maybe_time(row, 7)?,
        has_content: get(row, 8)?,
        published: published.map(str::parse).transpose()?,
        views: get::<Option<i64>>(row, 10)?.map(i64::cast_unsigned),
        pinned: get(row, 11)?,
    };
    Ok((notice_id(row, 0)?, get(row, 1)?, head))
}

/// A notice in the version that `r` is, from the columns [`ENTRY`].
pub(super) fn entry(row: &Row) -> Result<Entry, Fault> {
    let mut notice: Notice = serde_json::from_str(get(row, 8)?)?;
    let revision = small(row, 6)?;
    if revision == small(row, 4)? {
        // The views stay those of this version: feeds show them, and must not change with each reader of a board.
        notice.pinned = get(row, 5)?;
    }
    Ok(Entry {
        seq: get(row, 0)?,
        source: get::<&str>(row, 1)?.parse()?,
        notice,
        revision,
        first_seen: time(row, 2)?,
        revised: time(row, 7)?,
        withdrawn: maybe_time(row, 3)?,
    })
}

/// `text` as PostgreSQL takes it: it knows no NUL.
pub(super) fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
