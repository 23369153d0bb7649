//! How many files and connections may be open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the soft limit of open files, which is 1,024 in many places, to the hard one: ten thousand readers are as many files.
pub fn raise_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(refused) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%refused, "the limit of open files stays as it is");
    }
}
