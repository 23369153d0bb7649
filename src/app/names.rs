//! Sources that have another name now.

use std::collections::HashSet;

use tracing::info;

use crate::{
    notice::SourceId,
    poll::Watched,
    store::{Store, StoreError},
};

/// Gives each of `sources` what is known of it under other names. What was once called otherwise keeps that as an alias, whether
/// the configuration still says so or not: whoever has an old address, or is subscribed to it, has it for good.
///
/// # Errors
///
/// When the store fails.
pub(super) async fn adopt(store: &dyn Store, sources: &mut [Watched]) -> Result<(), StoreError> {
    for watched in sources.iter() {
        for old in &watched.aliases {
            if store.adopt(&watched.source.id, old).await? {
                info!(source = %watched.source.id, %old, "a source has another name");
            }
        }
    }
    let renamed = store.renamed().await?;
    if renamed.is_empty() {
        return Ok(());
    }
    let mut taken: HashSet<SourceId> = sources.iter().flat_map(Watched::names).cloned().collect();
    for (old, new) in renamed {
        let now = sources.iter_mut().find(|watched| watched.source.id == new);
        if let Some(now) = now
            && taken.insert(old.clone())
        {
            now.aliases.push(old);
        }
    }
    Ok(())
}
