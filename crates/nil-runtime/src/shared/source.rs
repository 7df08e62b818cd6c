//! Where shared runtimes come from when a function asks for one this process does not have yet.

use std::error::Error;

/// A store of shared runtimes, by digest.
pub trait SharedRuntimeSource: Send + Sync {
    /// The module whose SHA-256 is `digest`; `None` if there is no such runtime. May block.
    ///
    /// # Errors
    /// When the store cannot be asked.
    fn fetch(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>>;
}
