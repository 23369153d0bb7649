//! Notices and their versions. Whole lists go over the wire at once.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use jiff::Timestamp;

use crate::{
    delivery::Subject,
    notice::{Change, Entry, Known, Notice, NoticeId, Revision, SourceId, day_of},
    store::{
        Absent, Announce, Committed, Learned, Place, Revisions, RowFacts,
        plan::{self, Head, Text},
        reach,
        stored::{limit as sql_limit, micros},
    },
};

use super::{
    fault::Fault,
    outbox, pushes,
    rows::{ENTRY, HEAD, entry as entry_of, get, head as head_of, notice_id, subject as subject_of, time},
    search, sources,
};

pub(super) async fn known(tx: &Transaction<'_>, ids: &[NoticeId]) -> Result<HashMap<NoticeId, Known>, Fault> {
    let kept = aliases(tx, ids).await?;
    let wanted: Vec<NoticeId> = ids.iter().map(|id| *kept.get(id).unwrap_or(id)).collect();
    let found = find(tx, &wanted).await?;
    let known = ids.iter().zip(wanted).filter_map(|(asked, id)| {
        let (_, head) = found.get(&id)?;
        let known = Known {
            id,
            fingerprint: head.fingerprint,
            row: head.row,
            article_read: head.article_read,
            has_content: head.has_content,
            published: head.published,
        };
        Some((*asked, known))
    });
    Ok(known.collect())
}

pub(super) async fn commit(tx: &Transaction<'_>, learned: &Learned) -> Result<Committed, Fault> {
    if !sources::is_leased(tx, learned.source(), learned.lease.fence).await? {
        return Err(Fault::LeaseLost);
    }
    let changes = plan::in_order(&learned.changes);
    let ids: Vec<NoticeId> = changes.iter().map(|(change, _)| change.notice().id).collect();
    let found = find(tx, &ids).await?;
    let stored = texts(tx, &found, &changes).await?;

    move_to(tx, &learned.aliases).await?;
    let mut committed = Committed::default();
    let mut new = Vec::new();
    let mut altered = Altered::default();
    let mut told = Vec::new();
    for (change, facts) in changes {
        let notice = change.notice();
        let Some((seq, head)) = found.get(&notice.id) else {
            new.push((notice, facts, plan::first(notice, facts, learned.now)));
            told.push(Subject {
                notice: notice.id,
                revision: 1,
            });
            continue;
        };
        let (next, text) = plan::next(
            head,
            stored.get(&notice.id).cloned(),
            change,
            facts,
            learned.revisions,
            learned.now,
        );
        altered.shows |= plan::shows(head, &text);
        if let Text::Revised(_) = text {
            committed.revised.push(notice.id);
            if learned.revisions == Revisions::Notify {
                told.push(Subject {
                    notice: notice.id,
                    revision: next.revision,
                });
            }
        }
        altered.take(*seq, head, next, text)?;
    }
    committed.new = insert(tx, learned.source(), &new, learned.now).await?;
    altered.write(tx).await?;
    let inserted = i64::try_from(committed.new.len()).unwrap_or(i64::MAX);
    committed.withdrawn = note_absent(tx, learned).await?;
    let shows = altered.shows || inserted > 0 || committed.withdrawn > 0;
    if learned.announce != Announce::Baseline {
        told.retain(|subject| subject.revision > 1 || committed.new.contains(&subject.notice));
        outbox::announce(tx, learned.source(), &told, learned.announce == Announce::Hold).await?;
        committed.announced = told.len() as u64;
    }
    if let Some(incident) = &learned.incident {
        outbox::announce_incident(tx, incident).await?;
    }
    if let Some(push) = learned.push {
        pushes::forget(tx, push).await?;
    }
    sources::settle(tx, &learned.state, learned.source(), inserted, shows).await?;
    Ok(committed)
}

pub(super) async fn newest(tx: &Transaction<'_>, sources: &[&str], limit: usize) -> Result<Vec<Entry>, Fault> {
    // The newest of each source, by its index, then the newest of these.
    let newest = tx
        .prepare_cached(&format!(
            "WITH chosen AS (
                 SELECT n.seq, n.sort FROM (SELECT DISTINCT unnest($1::text[]) AS id) s
                 CROSS JOIN LATERAL (SELECT m.seq, m.sort FROM notices m WHERE m.source = s.id COLLATE \"C\"
                                     ORDER BY m.sort DESC, m.seq DESC LIMIT $2) n
                 ORDER BY n.sort DESC, n.seq DESC LIMIT $2)
             SELECT {ENTRY} FROM chosen c
             JOIN notices n ON n.seq = c.seq JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
             ORDER BY c.sort DESC, c.seq DESC"
        ))
        .await?;
    let rows = tx.query(&newest, &[&sources, &sql_limit(limit)]).await?;
    rows.iter().map(entry_of).collect()
}

pub(super) async fn newest_seq(tx: &Transaction<'_>) -> Result<i64, Fault> {
    let newest = tx.prepare_cached("SELECT coalesce(max(seq), 0) FROM notices").await?;
    get(&tx.query_one(&newest, &[]).await?, 0)
}

pub(super) async fn after(
    tx: &Transaction<'_>,
    sources: &[&str],
    after: i64,
    limit: usize,
) -> Result<Vec<Entry>, Fault> {
    let later = tx
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM notices n JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
             WHERE n.seq > $2 AND n.source = ANY($1) ORDER BY n.seq LIMIT $3"
        ))
        .await?;
    let rows = tx.query(&later, &[&sources, &after, &sql_limit(limit)]).await?;
    rows.iter().map(entry_of).collect()
}

pub(super) async fn entry(tx: &Transaction<'_>, id: NoticeId) -> Result<Option<(Entry, Vec<Revision>)>, Fault> {
    let versions = tx
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM notices n JOIN revisions r ON r.notice = n.seq WHERE n.id = $1 ORDER BY r.revision"
        ))
        .await?;
    let rows = tx.query(&versions, &[&id.as_bytes().as_slice()]).await?;
    let mut versions: Vec<Entry> = rows.iter().map(entry_of).collect::<Result<_, _>>()?;
    let newest = versions.pop();
    let earlier = versions
        .into_iter()
        .map(|version| Revision {
            revision: version.revision,
            notice: version.notice,
            seen: version.revised,
        })
        .collect();
    Ok(newest.map(|newest| (newest, earlier)))
}

pub(super) async fn subjects(tx: &Transaction<'_>, subjects: &[Subject]) -> Result<Vec<(Subject, Entry)>, Fault> {
    let ids: Vec<&[u8]> = subjects
        .iter()
        .map(|subject| subject.notice.as_bytes().as_slice())
        .collect();
    let revisions: Vec<i64> = subjects.iter().map(|subject| subject.revision.into()).collect();
    let told = tx
        .prepare_cached(&format!(
            "SELECT {ENTRY}, n.id, r.revision
             FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS u (id, revision, nth)
             JOIN notices n ON n.id = u.id JOIN revisions r ON r.notice = n.seq AND r.revision = u.revision
             ORDER BY u.nth"
        ))
        .await?;
    let rows = tx.query(&told, &[&ids, &revisions]).await?;
    rows.iter()
        .map(|row| Ok((subject_of(row, 9)?, entry_of(row)?)))
        .collect()
}

pub(super) async fn entries_of(tx: &Transaction<'_>, ids: &[NoticeId]) -> Result<Vec<Entry>, Fault> {
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
    let newest = tx
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM notices n JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
             WHERE n.id = ANY($1)"
        ))
        .await?;
    tx.query(&newest, &[&ids]).await?.iter().map(entry_of).collect()
}

pub(super) async fn absent(
    tx: &Transaction<'_>,
    source: &SourceId,
    shown: &[NoticeId],
) -> Result<Vec<NoticeId>, Fault> {
    let ids: Vec<&[u8]> = shown.iter().map(|id| id.as_bytes().as_slice()).collect();
    let absent = tx
        .prepare_cached(
            "WITH ends AS (SELECT min(sort) AS oldest, max(sort) AS newest FROM notices WHERE id = ANY($2))
             SELECT n.id FROM notices n, ends
             WHERE n.source = $1 AND n.sort > ends.oldest AND n.sort < ends.newest AND n.withdrawn IS NULL
               AND n.id <> ALL($2)",
        )
        .await?;
    let rows = tx.query(&absent, &[&source.as_str(), &ids]).await?;
    rows.iter().map(|row| notice_id(row, 0)).collect()
}

/// Counts in which notices are missing; how many are withdrawn now.
async fn note_absent(tx: &Transaction<'_>, learned: &Learned) -> Result<u64, Fault> {
    let source = learned.source().as_str();
    let patience = match &learned.absent {
        Absent::Unknown => return Ok(0),
        Absent::Same { patience } => {
            let count = tx
                .prepare_cached("UPDATE notices SET missing = missing + 1 WHERE source = $1 AND missing > 0")
                .await?;
            tx.execute(&count, &[&source]).await?;
            patience
        }
        Absent::These { notices, patience } => {
            let ids: Vec<&[u8]> = notices.iter().map(|id| id.as_bytes().as_slice()).collect();
            let back = tx
                .prepare_cached("UPDATE notices SET missing = 0 WHERE source = $1 AND missing > 0 AND id <> ALL($2)")
                .await?;
            tx.execute(&back, &[&source, &ids]).await?;
            let count = tx
                .prepare_cached("UPDATE notices SET missing = missing + 1 WHERE id = ANY($1)")
                .await?;
            tx.execute(&count, &[&ids]).await?;
            patience
        }
    };
    let withdraw = tx
        .prepare_cached(
            "UPDATE notices SET withdrawn = $2, missing = 0
             WHERE source = $1 AND missing > 0 AND missing >= $3 AND withdrawn IS NULL",
        )
        .await?;
    let patience = i64::from(*patience);
    Ok(tx
        .execute(&withdraw, &[&source, &micros(learned.now), &patience])
        .await?)
}

/// The notices that a source shows under these ids instead of their own.
async fn aliases(tx: &Transaction<'_>, ids: &[NoticeId]) -> Result<HashMap<NoticeId, NoticeId>, Fault> {
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
    let find = tx
        .prepare_cached("SELECT alias, notice FROM aliases WHERE alias = ANY($1)")
        .await?;
    let rows = tx.query(&find, &[&ids]).await?;
    rows.iter()
        .map(|row| Ok((notice_id(row, 0)?, notice_id(row, 1)?)))
        .collect()
}

/// Notes under which ids a source shows notices from now on; the aliases that they had end.
async fn move_to(tx: &Transaction<'_>, aliases: &[(NoticeId, NoticeId)]) -> Result<(), Fault> {
    if aliases.is_empty() {
        return Ok(());
    }
    let new: Vec<&[u8]> = aliases.iter().map(|(alias, _)| alias.as_bytes().as_slice()).collect();
    let kept: Vec<&[u8]> = aliases.iter().map(|(_, notice)| notice.as_bytes().as_slice()).collect();
    let end = tx
        .prepare_cached("DELETE FROM aliases WHERE alias = ANY($1) OR notice = ANY($2)")
        .await?;
    tx.execute(&end, &[&new, &kept]).await?;
    let note = tx
        .prepare_cached("INSERT INTO aliases (alias, notice) SELECT * FROM unnest($1::bytea[], $2::bytea[])")
        .await?;
    tx.execute(&note, &[&new, &kept]).await?;
    Ok(())
}

async fn find(tx: &Transaction<'_>, ids: &[NoticeId]) -> Result<HashMap<NoticeId, (i64, Head)>, Fault> {
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
    let find = tx
        .prepare_cached(&format!("SELECT {HEAD} FROM notices n WHERE n.id = ANY($1)"))
        .await?;
    let rows = tx.query(&find, &[&ids]).await?;
    rows.iter()
        .map(|row| head_of(row).map(|(id, seq, head)| (id, (seq, head))))
        .collect()
}

/// The stored texts of the notices whose change can't be told by their heads.
async fn texts(
    tx: &Transaction<'_>,
    found: &HashMap<NoticeId, (i64, Head)>,
    changes: &[&(Change, RowFacts)],
) -> Result<HashMap<NoticeId, Notice>, Fault> {
    let wanted: Vec<i64> = changes
        .iter()
        .filter_map(|(change, _)| {
            let (seq, head) = found.get(&change.notice().id)?;
            plan::needs_text(head, change).then_some(*seq)
        })
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let texts = tx
        .prepare_cached(
            "SELECT n.id, r.body FROM notices n JOIN revisions r ON r.notice = n.seq AND r.revision = n.revision
             WHERE n.seq = ANY($1)",
        )
        .await?;
    let rows = tx.query(&texts, &[&wanted]).await?;
    rows.iter()
        .map(|row| Ok((notice_id(row, 0)?, serde_json::from_str(get(row, 1)?)?)))
        .collect()
}

/// Inserts notices in this order; those that were there already are not in the answer.
async fn insert(
    tx: &Transaction<'_>,
    source: &SourceId,
    new: &[(&Notice, &RowFacts, Head)],
    now: Timestamp,
) -> Result<Vec<NoticeId>, Fault> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&[u8]> = new.iter().map(|(notice, ..)| notice.id.as_bytes().as_slice()).collect();
    let sorts: Vec<i64> = new.iter().map(|(_, facts, _)| micros(facts.order)).collect();
    let bodies = new
        .iter()
        .map(|(notice, ..)| serde_json::to_string(notice))
        .collect::<Result<Vec<_>, _>>()?;
    let heads = Heads::of(new.iter().map(|(.., head)| head));
    let insert = tx
        .prepare_cached(
            "WITH inserted AS (
                 INSERT INTO notices (id, source, sort, first_seen, revision, revised, fingerprint, row, article_read,
                                      has_content, published, views, pinned, day)
                 SELECT id, $1, sort, $2, 1, $2, fingerprint, row, article_read, has_content, published, views, pinned,
                        coalesce(day, $14)
                 FROM unnest($3::bytea[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bigint[], $8::boolean[],
                 $9::text[],
                             $10::bigint[], $11::boolean[], $13::bigint[]) WITH ORDINALITY
                      AS u (id, sort, fingerprint, row, article_read, has_content, published, views, pinned, day, nth)
                 ORDER BY nth ON CONFLICT (id) DO NOTHING RETURNING id, seq),
             kept AS (
                 INSERT INTO revisions (notice, revision, seen, body)
                 SELECT i.seq, 1, $2, u.body FROM inserted i
                 JOIN unnest($3::bytea[], $12::text[]) AS u (id, body) USING (id))
             SELECT id, seq FROM inserted ORDER BY seq",
        )
        .await?;
    let rows = tx
        .query(
            &insert,
            &[
                &source.as_str(),
                &micros(now),
                &ids,
                &sorts,
                &heads.fingerprints,
                &heads.rows,
                &heads.article_read,
                &heads.has_content,
                &heads.published,
                &heads.views,
                &heads.pinned,
                &bodies,
                &heads.days,
                &reach::number(day_of(None, now)),
            ],
        )
        .await?;
    let placed = rows.iter().map(|row| Ok((notice_id(row, 0)?, get(row, 1)?)));
    let placed: Vec<(NoticeId, i64)> = placed.collect::<Result<_, Fault>>()?;
    let by_id: HashMap<NoticeId, (&Notice, Timestamp)> = new
        .iter()
        .map(|(notice, facts, _)| (notice.id, (*notice, facts.order)))
        .collect();
    let words = placed.iter().filter_map(|(id, seq)| {
        let (notice, order) = by_id.get(id)?;
        Some((Place::of(*order, *seq), *notice))
    });
    search::index(tx, &words.collect::<Vec<_>>()).await?;
    Ok(placed.into_iter().map(|(id, _)| id).collect())
}

/// Columns of heads, as lists.
#[derive(Default)]
struct Heads {
    revisions: Vec<i64>,
    revised: Vec<i64>,
    withdrawn: Vec<Option<i64>>,
    fingerprints: Vec<Vec<u8>>,
    rows: Vec<Vec<u8>>,
    article_read: Vec<Option<i64>>,
    has_content: Vec<bool>,
    published: Vec<Option<String>>,
    views: Vec<Option<i64>>,
    pinned: Vec<bool>,
    days: Vec<Option<i64>>,
}

impl Heads {
    fn of<'a>(heads: impl Iterator<Item = &'a Head>) -> Self {
        let mut columns = Self::default();
        for head in heads {
            columns.push(head);
        }
        columns
    }

    fn push(&mut self, head: &Head) {
        self.revisions.push(head.revision.into());
        self.revised.push(micros(head.revised));
        self.withdrawn.push(head.withdrawn.map(micros));
        self.fingerprints.push(head.fingerprint.0.into());
        self.rows.push(head.row.0.into());
        self.article_read.push(head.article_read.map(micros));
        self.has_content.push(head.has_content);
        self.published
            .push(head.published.map(|published| published.to_string()));
        self.views.push(head.views.map(u64::cast_signed));
        self.pinned.push(head.pinned);
        self.days
            .push(head.published.map(|published| reach::number(published.day())));
    }
}

/// What is to be written of notices that were there already; nothing of those that are as they were.
#[derive(Default)]
struct Altered {
    shows: bool,
    seqs: Vec<i64>,
    heads: Heads,
    versions: Vec<(i64, i64, i64, String)>,
    texts: Vec<(i64, Notice)>,
}

impl Altered {
    fn take(&mut self, seq: i64, before: &Head, next: Head, text: Text) -> Result<(), Fault> {
        if let Text::Arrived(notice) | Text::Revised(notice) = text {
            self.versions.push((
                seq,
                next.revision.into(),
                micros(next.revised),
                serde_json::to_string(&notice)?,
            ));
            self.texts.push((seq, notice));
        }
        if next != *before {
            self.seqs.push(seq);
            self.heads.push(&next);
        }
        Ok(())
    }

    async fn write(&self, tx: &Transaction<'_>) -> Result<(), Fault> {
        if !self.seqs.is_empty() {
            let update = tx
                .prepare_cached(
                    "UPDATE notices n SET revision = u.revision, revised = u.revised, withdrawn = u.withdrawn,
                            fingerprint = u.fingerprint, row = u.row, article_read = u.article_read,
                            has_content = u.has_content, published = u.published, views = u.views, pinned = u.pinned,
                            day = coalesce(u.day, n.day)
                     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[],
                                 $7::bigint[], $8::boolean[], $9::text[], $10::bigint[], $11::boolean[], $12::bigint[])
                          AS u (seq, revision, revised, withdrawn, fingerprint, row, article_read, has_content,
                          published,
                                views, pinned, day)
                     WHERE n.seq = u.seq",
                )
                .await?;
            let heads = &self.heads;
            tx.execute(
                &update,
                &[
                    &self.seqs,
                    &heads.revisions,
                    &heads.revised,
                    &heads.withdrawn,
                    &heads.fingerprints,
                    &heads.rows,
                    &heads.article_read,
                    &heads.has_content,
                    &heads.published,
                    &heads.views,
                    &heads.pinned,
                    &heads.days,
                ],
            )
            .await?;
        }
        if !self.versions.is_empty() {
            let keep = tx
                .prepare_cached(
                    "INSERT INTO revisions (notice, revision, seen, body)
                     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])
                     ON CONFLICT (notice, revision) DO UPDATE SET body = excluded.body",
                )
                .await?;
            let seqs: Vec<i64> = self.versions.iter().map(|version| version.0).collect();
            let revisions: Vec<i64> = self.versions.iter().map(|version| version.1).collect();
            let seen: Vec<i64> = self.versions.iter().map(|version| version.2).collect();
            let bodies: Vec<&str> = self.versions.iter().map(|version| version.3.as_str()).collect();
            tx.execute(&keep, &[&seqs, &revisions, &seen, &bodies]).await?;
            let orders = tx
                .prepare_cached("SELECT seq, sort FROM notices WHERE seq = ANY($1)")
                .await?;
            let orders = tx.query(&orders, &[&seqs]).await?;
            let orders = orders.iter().map(|row| Ok((get(row, 0)?, time(row, 1)?)));
            let orders: HashMap<i64, Timestamp> = orders.collect::<Result<_, Fault>>()?;
            let words = self.texts.iter().filter_map(|(seq, notice)| {
                let order = orders.get(seq)?;
                Some((Place::of(*order, *seq), notice))
            });
            search::index(tx, &words.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }
}
