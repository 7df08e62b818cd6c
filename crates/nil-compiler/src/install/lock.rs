//! One installation at a time below one root, across processes. The kernel lets go when a process dies.

use std::{fs::File, io, path::Path, time::Duration};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

/// Between two tries. Waiting this way, unlike in `flock` itself, can be abandoned.
const TRY_EVERY: Duration = Duration::from_millis(100);

/// Held until dropped.
#[derive(Debug)]
pub(super) struct InstallLock {
    _file: File,
}

impl InstallLock {
    /// Takes the lock, calling `on_wait` once if somebody else has it.
    pub(super) async fn acquire(root: &Path, on_wait: impl FnOnce()) -> io::Result<Self> {
        let file = File::options().create(true).truncate(false).write(true).open(root.join(".lock"))?;
        let mut on_wait = Some(on_wait);
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { _file: file }),
                Err(Errno::WOULDBLOCK) => {
                    if let Some(on_wait) = on_wait.take() {
                        on_wait();
                    }
                    tokio::time::sleep(TRY_EVERY).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
