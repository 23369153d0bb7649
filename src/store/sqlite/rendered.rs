//! What was made of deliveries at their first attempt.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use rusqlite::{Connection, params};

use crate::{
    delivery::{Rendered, Stencil},
    store::{Rendering, stored},
};

use super::fault::Fault;

pub(super) fn keep(db: &Connection, renderings: &[Rendering]) -> Result<Vec<i64>, Fault> {
    let mut put = db.prepare_cached("INSERT INTO stencils (first, last, body) VALUES (?1, ?2, ?3)")?;
    let mut numbered = Vec::new();
    for shared in stored::shared(renderings) {
        let (first, last) = shared.deliveries;
        let number = put.insert(params![first, last, serde_json::to_string(&*shared.stencil)?])?;
        numbered.push((shared, number));
    }
    let mut keep = db.prepare_cached(
        "UPDATE deliveries SET rendered = coalesce(rendered, ?3), stencil = CASE WHEN rendered IS NULL THEN ?4 ELSE stencil END
         WHERE id = ?1 AND fence = ?2 AND state = 'leased'",
    )?;
    let mut kept = Vec::with_capacity(renderings.len());
    for Rendering { id, fence, rendered } in renderings {
        let (bytes, stencil) = stored::rendering(rendered, &numbered)?;
        if keep.execute(params![id, fence, &bytes[..], stencil])? > 0 {
            kept.push(*id);
        }
    }
    Ok(kept)
}

pub(super) fn drop_stencils(db: &Connection) -> Result<(), Fault> {
    db.prepare_cached(
        "DELETE FROM stencils WHERE NOT EXISTS (
             SELECT 1 FROM deliveries d
             WHERE d.id BETWEEN stencils.first AND stencils.last AND d.stencil = stencils.id AND d.rendered IS NOT NULL)",
    )?
    .execute([])?;
    Ok(())
}

/// The stencils that one operation has read.
pub(super) struct Stencils<'db> {
    db: &'db Connection,
    read: HashMap<i64, Arc<Stencil>>,
}

impl<'db> Stencils<'db> {
    pub(super) fn of(db: &'db Connection) -> Self {
        Self {
            db,
            read: HashMap::new(),
        }
    }

    /// What is stored as `bytes`, with the stencil of this number.
    pub(super) fn rendered(&mut self, bytes: Vec<u8>, stencil: Option<i64>) -> Result<Rendered, Fault> {
        let stencil = stencil.map(|number| self.stencil(number)).transpose()?;
        Ok(stored::rendered(bytes, stencil)?)
    }

    fn stencil(&mut self, number: i64) -> Result<Arc<Stencil>, Fault> {
        let unread = match self.read.entry(number) {
            Entry::Occupied(read) => return Ok(Arc::clone(read.get())),
            Entry::Vacant(unread) => unread,
        };
        let body: String = self
            .db
            .prepare_cached("SELECT body FROM stencils WHERE id = ?1")?
            .query_one([number], |row| row.get(0))?;
        Ok(Arc::clone(unread.insert(Arc::new(serde_json::from_str(&body)?))))
    }
}
