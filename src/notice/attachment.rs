//! A file that belongs to a notice.

use serde::{Deserialize, Serialize};
use url::Url;

/// A file that belongs to a notice. Only its address is kept; the file is never fetched for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The name that people see, one line, never empty.
    pub name: String,
    /// Where it can be fetched, absolute.
    pub url: Url,
    /// Media type, when the source says it or the name's ending tells.
    pub media_type: Option<String>,
    /// Size in bytes, when the source says it.
    pub length: Option<u64>,
}
