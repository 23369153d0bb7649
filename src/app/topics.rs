//! The feeds that are served, as the hub distributes them.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::{
    dispatch::{Feed, Topics},
    notice::SourceId,
    serve::Server,
};

/// The feeds of a server.
#[derive(Debug)]
pub(super) struct Served(pub(super) Server);

#[async_trait]
impl Topics for Served {
    async fn feed(&self, topic: &str) -> Result<Option<Feed>, String> {
        let served = self.0.topic(topic).await?;
        Ok(served.map(|topic| Feed {
            content_type: topic.content_type,
            link: topic.link,
            body: topic.body,
        }))
    }

    async fn versions(&self) -> Option<HashMap<SourceId, i64>> {
        self.0.versions().await
    }

    fn version(&self, topic: &str, versions: &HashMap<SourceId, i64>) -> Option<i64> {
        self.0.version(topic, versions)
    }

    fn showing(&self, sources: &[SourceId]) -> Vec<String> {
        self.0.showing(sources)
    }
}
