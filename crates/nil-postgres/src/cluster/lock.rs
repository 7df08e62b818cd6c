//! One process at a time: an advisory lock on a file, which the kernel releases however its holder ends.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::{ClusterError, Layout};

/// The lock on a cluster's directory, held until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    pub(super) fn take(layout: &Layout) -> Result<Self, ClusterError> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        let mut file = options.open(&layout.lock).map_err(ClusterError::file(&layout.lock))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                // The number is information for people; what counts is that the lock is taken.
                let pid = file.read_to_string(&mut holder).ok().and_then(|_| holder.trim().parse().ok());
                return Err(ClusterError::AlreadyRunning { dir: layout.dir.clone(), pid });
            }
            Err(errno) => return Err(ClusterError::file(&layout.lock)(errno)),
        }
        let mut lock = Self { file };
        lock.write(&format!("{}\n", std::process::id())).map_err(ClusterError::file(&layout.lock))?;
        Ok(lock)
    }

    /// Another handle on the same open file, as a forked child gets it.
    #[cfg(test)]
    pub(super) fn copy(&self) -> File {
        self.file.try_clone().unwrap()
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only so that nobody reads the number of a process that no longer holds it; the file stays, since
        // removing it would let two processes lock two different files of one name.
        let _ = self.file.set_len(0);
        // Closing the file is not enough while another thread is between fork and exec: its child has a copy.
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}
