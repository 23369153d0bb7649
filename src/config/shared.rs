//! What many sources have in common, kept once: the rules of a thousand boards of one make, and the usual way of asking.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use serde::Serialize;

use crate::{
    fetch::Manner,
    source::{article, board, json},
};

/// What sources share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) boards: Alike<board::Rules>,
    pub(super) apis: Alike<json::Rules>,
    pub(super) articles: Alike<article::Rules>,
    /// Of those that say nothing of how they are asked.
    pub(super) manner: Arc<Manner>,
}

/// Rules by how they are written.
pub(super) struct Alike<R>(RefCell<HashMap<String, Arc<R>>>);

impl<R> Default for Alike<R> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<R: Serialize> Alike<R> {
    /// `rules`, or equal ones that were there before.
    pub(super) fn one(&self, rules: R) -> Arc<R> {
        match serde_json::to_string(&rules) {
            Ok(written) => Arc::clone(self.0.borrow_mut().entry(written).or_insert_with(|| Arc::new(rules))),
            Err(_) => Arc::new(rules),
        }
    }
}
