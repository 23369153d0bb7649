//! What was made of deliveries at their first attempt.

use std::{collections::HashMap, sync::Arc};

use deadpool_postgres::Transaction;

use crate::{
    delivery::{Rendered, Stencil},
    store::{Rendering, stored},
};

use super::{fault::Fault, rows::get};

pub(super) async fn keep(tx: &Transaction<'_>, renderings: &[Rendering]) -> Result<Vec<i64>, Fault> {
    let put = tx
        .prepare_cached("INSERT INTO stencils (first, last, body) VALUES ($1, $2, $3) RETURNING id")
        .await?;
    let mut numbered = Vec::new();
    for shared in stored::shared(renderings) {
        let (first, last) = shared.deliveries;
        let body = serde_json::to_string(&*shared.stencil)?;
        let number = get(&tx.query_one(&put, &[&first, &last, &body]).await?, 0)?;
        numbered.push((shared, number));
    }
    let (mut ids, mut fences) = (Vec::new(), Vec::new());
    let (mut bytes, mut stencils) = (Vec::new(), Vec::new());
    for one in renderings {
        let (text, stencil) = stored::rendering(&one.rendered, &numbered)?;
        ids.push(one.id);
        fences.push(one.fence);
        bytes.push(text.to_vec());
        stencils.push(stencil);
    }
    let keep = tx
        .prepare_cached(
            "UPDATE deliveries d SET rendered = coalesce(d.rendered, u.bytes),
                    stencil = CASE WHEN d.rendered IS NULL THEN u.stencil ELSE d.stencil END
             FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[]) AS u (id, fence, bytes, stencil)
             WHERE d.id = u.id AND d.fence = u.fence AND d.state = 'leased' RETURNING d.id",
        )
        .await?;
    let rows = tx.query(&keep, &[&ids, &fences, &bytes, &stencils]).await?;
    rows.iter().map(|row| get(row, 0)).collect()
}

pub(super) async fn drop_stencils(tx: &Transaction<'_>) -> Result<(), Fault> {
    let drop = tx
        .prepare_cached(
            "DELETE FROM stencils s WHERE NOT EXISTS (
                 SELECT 1 FROM deliveries d
                 WHERE d.id BETWEEN s.first AND s.last AND d.stencil = s.id AND d.rendered IS NOT NULL)",
        )
        .await?;
    tx.execute(&drop, &[]).await?;
    Ok(())
}

/// Stencils by their numbers.
pub(super) struct Stencils(HashMap<i64, Arc<Stencil>>);

impl Stencils {
    pub(super) async fn named(tx: &Transaction<'_>, numbers: &[i64]) -> Result<Self, Fault> {
        if numbers.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let named = tx
            .prepare_cached("SELECT id, body FROM stencils WHERE id = ANY($1)")
            .await?;
        let rows = tx.query(&named, &[&numbers]).await?;
        let read = rows.iter().map(|row| {
            let stencil = serde_json::from_str(get(row, 1)?)?;
            Ok((get(row, 0)?, Arc::new(stencil)))
        });
        Ok(Self(read.collect::<Result<_, Fault>>()?))
    }

    /// What is stored as `bytes`, with the stencil of this number.
    pub(super) fn rendered(&self, bytes: Vec<u8>, stencil: Option<i64>) -> Result<Rendered, Fault> {
        let stencil = match stencil {
            None => None,
            Some(number) => {
                let stencil = self.0.get(&number).cloned();
                Some(stencil.ok_or_else(|| Fault::Broken("a mail's stencil is missing".into()))?)
            }
        };
        Ok(stored::rendered(bytes, stencil)?)
    }
}
