//! The sources that are watched, each found by its id in the same time however many there are.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Definition, Watched};
use crate::notice::SourceId;

/// The sources that are watched. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Watchlist {
    watched: Arc<Vec<Watched>>,
    definitions: Arc<Vec<Definition>>,
    places: Arc<HashMap<SourceId, usize>>,
    ids: Arc<HashSet<SourceId>>,
}

impl Watchlist {
    /// All of them, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Watched> {
        self.watched.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.watched.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.watched.is_empty()
    }

    /// The one with this id.
    pub fn get(&self, id: &SourceId) -> Option<&Watched> {
        self.watched.get(*self.places.get(id)?)
    }

    /// How the one with this id is read.
    pub fn definition(&self, id: &SourceId) -> Option<Definition> {
        self.definitions.get(*self.places.get(id)?).copied()
    }

    /// Their ids.
    pub fn ids(&self) -> &Arc<HashSet<SourceId>> {
        &self.ids
    }
}

impl From<Vec<Watched>> for Watchlist {
    fn from(sources: Vec<Watched>) -> Self {
        let ids = || sources.iter().map(|watched| watched.source.id.clone());
        Self {
            places: Arc::new(ids().zip(0..).collect()),
            ids: Arc::new(ids().collect()),
            definitions: Arc::new(sources.iter().map(Watched::definition).collect()),
            watched: Arc::new(sources),
        }
    }
}
