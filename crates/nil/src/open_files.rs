//! Room for connections: every one is an open file, and login sessions start with a low limit.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises this process's limit of open files to what the machine allows it; children inherit that.
pub(crate) fn allow_as_many_as_possible() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}
