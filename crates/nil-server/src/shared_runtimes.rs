//! Shared runtimes for the runtime crate, out of the database.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use nil_runtime::SharedRuntimeSource;
use nil_store::Store;
use tokio::runtime::Handle;

/// A compiler sends its runtime before its first module, but two servers may take the two reports at the same time.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the table is looked at meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// The table `runtimes`.
pub(crate) struct StoredRuntimes {
    store: Store,
    handle: Handle,
}

impl StoredRuntimes {
    /// Must be called on the reactor whose connections `store` uses.
    pub(crate) fn new(store: Store) -> Self {
        Self { store, handle: Handle::current() }
    }
}

impl SharedRuntimeSource for StoredRuntimes {
    /// Blocks; runtimes are asked for where modules are loaded and published, which is never on the reactor.
    fn fetch(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.handle.block_on(self.store.shared_runtime(digest))?;
            if found.is_some() || Instant::now() >= deadline {
                return Ok(found);
            }
            std::thread::sleep(PAUSE);
        }
    }
}
