//! Rules that many sources share, as they are written: like rules that one has alone. For serde's `with`.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) fn serialize<S: Serializer, R: Serialize>(rules: &Arc<R>, serializer: S) -> Result<S::Ok, S::Error> {
    rules.as_ref().serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>, R: Deserialize<'de>>(written: D) -> Result<Arc<R>, D::Error> {
    R::deserialize(written).map(Arc::new)
}

/// Rules that may be missing.
pub(super) mod optional {
    use super::{Arc, Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::source) fn serialize<S: Serializer, R: Serialize>(
        rules: &Option<Arc<R>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        rules.as_deref().serialize(serializer)
    }

    pub(in crate::source) fn deserialize<'de, D: Deserializer<'de>, R: Deserialize<'de>>(
        written: D,
    ) -> Result<Option<Arc<R>>, D::Error> {
        Ok(Option::<R>::deserialize(written)?.map(Arc::new))
    }
}
