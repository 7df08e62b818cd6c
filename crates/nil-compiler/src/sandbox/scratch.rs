//! Scratch folders: one a service, one a process below it, gone when their owner is.
//!
//! A service that was killed cannot clean up; the next one finds its folder unlocked and clears it, with
//! whatever still runs in there.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};

use super::error::SandboxError;

/// Others may pass through the folders above a process's own (it may be another user), but neither look around
/// nor open the folder to lock it.
const PASS_ONLY: u32 = 0o711;

/// More files than this count as too much, whatever their size.
const MOST_FILES: usize = 10_000;

/// A service's folder, locked for as long as it lives. The lock is on the folder itself, which also keeps
/// `systemd-tmpfiles` from cleaning it up in the middle of a long service.
#[derive(Debug)]
pub(super) struct ServiceScratch {
    dir: tempfile::TempDir,
    _lock: File,
}

impl ServiceScratch {
    /// Makes the service's folder below `root` and clears those of services that are gone.
    pub(super) fn create(root: &Path) -> Result<Self, SandboxError> {
        secure_root(root)?;
        // Everything below happens under the root's lock, so a folder that is being made is never mistaken
        // for one that was left behind.
        let root_lock = File::open(root).map_err(|error| SandboxError::scratch(root, error))?;
        flock(&root_lock, FlockOperation::LockExclusive).map_err(|error| SandboxError::scratch(root, error))?;
        clear_abandoned(root);
        let made = || -> io::Result<Self> {
            let dir = tempfile::Builder::new().prefix("service-").tempdir_in(root)?;
            fs::set_permissions(dir.path(), Permissions::from_mode(PASS_ONLY))?;
            let lock = File::open(dir.path())?;
            flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
            Ok(Self { dir, _lock: lock })
        };
        made().map_err(|error| SandboxError::scratch(root, error))
    }

    /// Makes the folder of one process, owned by `owner` where that differs from this process.
    pub(super) fn process_dir(&self, owner: Option<u32>) -> io::Result<ScratchDir> {
        let dir = tempfile::Builder::new().prefix("box-").tempdir_in(self.dir.path())?;
        if let Some(id) = owner {
            std::os::unix::fs::chown(dir.path(), Some(id), Some(id))?;
        }
        Ok(ScratchDir { path: dir.keep() })
    }
}

/// The scratch folder of one process.
#[derive(Debug)]
pub(crate) struct ScratchDir {
    path: PathBuf,
}

impl ScratchDir {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Disk space of the files below, in bytes. Stops at `enough`; too many files count as endless.
    pub(crate) fn used_bytes(&self, enough: u64) -> u64 {
        let (mut bytes, mut files) = (0_u64, 0_usize);
        let mut open = vec![self.path.clone()];
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
                let Ok(metadata) = entry.metadata() else { continue };
                files += 1;
                // Blocks, not length: a sparse file takes no space.
                bytes = bytes.saturating_add(metadata.blocks().saturating_mul(512));
                if files > MOST_FILES {
                    return u64::MAX;
                }
                if bytes > enough {
                    return bytes;
                }
                if metadata.is_dir() {
                    open.push(entry.path());
                }
            }
        }
        bytes
    }

    /// Removes everything in the folder, not the folder.
    pub(crate) fn empty(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                remove_tree(&entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes the folder; a second call does nothing.
    pub(crate) fn remove(&self) {
        if let Err(error) = remove_tree(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove a scratch folder");
        }
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Folders whose owner took his own permissions away are opened first. Symbolic links are never followed.
fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_folders(path);
            fs::remove_dir_all(path)
        }
        result => result,
    }
}

fn open_folders(path: &Path) {
    let mut open = vec![path.to_owned()];
    while let Some(dir) = open.pop() {
        if fs::symlink_metadata(&dir).is_ok_and(|metadata| metadata.is_dir()) {
            let _ = fs::set_permissions(&dir, Permissions::from_mode(0o700));
            open.extend(fs::read_dir(&dir).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
    }
}

/// The default root lies in a folder everybody may write to: what is found there must be ours.
fn secure_root(root: &Path) -> Result<(), SandboxError> {
    if let Err(error) = DirBuilder::new().recursive(true).mode(PASS_ONLY).create(root) {
        return Err(SandboxError::scratch(root, error));
    }
    let metadata = fs::symlink_metadata(root).map_err(|error| SandboxError::scratch(root, error))?;
    if !metadata.is_dir() {
        return Err(SandboxError::scratch(root, "it is not a folder"));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(SandboxError::scratch(root, "it belongs to another user"));
    }
    fs::set_permissions(root, Permissions::from_mode(PASS_ONLY)).map_err(|error| SandboxError::scratch(root, error))
}

fn clear_abandoned(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().starts_with("service-") {
            continue;
        }
        let held =
            File::open(&path).is_ok_and(|folder| flock(&folder, FlockOperation::NonBlockingLockExclusive).is_err());
        if !held {
            tracing::info!(path = %path.display(), "clearing the scratch folder of a service that is gone");
            crate::process::kill_marked(&path);
            if let Err(error) = remove_tree(&path) {
                tracing::warn!(path = %path.display(), %error, "cannot remove an abandoned scratch folder");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[test]
    fn an_abandoned_folder_is_cleared_and_a_held_one_stays() {
        let root = root();
        let living = ServiceScratch::create(root.path()).expect("first service");
        let abandoned = root.path().join("service-abandoned");
        fs::create_dir_all(abandoned.join("box-1/closed")).expect("folders");
        fs::set_permissions(abandoned.join("box-1/closed"), Permissions::from_mode(0o000)).expect("chmod");
        let second = ServiceScratch::create(root.path()).expect("second service");
        assert!(!abandoned.exists());
        assert!(living.dir.path().exists() && second.dir.path().exists());
    }

    #[test]
    fn a_root_that_is_no_folder_is_refused() {
        let root = root();
        let link = root.path().join("link");
        std::os::unix::fs::symlink(root.path(), &link).expect("symlink");
        let refused = ServiceScratch::create(&link).expect_err("a symbolic link may lead anywhere");
        assert!(refused.to_string().contains("not a folder"), "{refused}");
    }

    #[test]
    fn used_space_counts_blocks_and_emptying_keeps_the_folder() {
        let root = root();
        let service = ServiceScratch::create(root.path()).expect("a service folder");
        let scratch = service.process_dir(None).expect("a process folder");
        fs::create_dir(scratch.path().join("sub")).expect("folder");
        fs::write(scratch.path().join("sub/file"), vec![1; 100_000]).expect("write");
        File::create(scratch.path().join("sparse")).and_then(|file| file.set_len(1 << 40)).expect("sparse file");
        let used = scratch.used_bytes(u64::MAX);
        assert!((100_000..1_000_000).contains(&used), "{used}");
        scratch.empty().expect("emptied");
        assert!(scratch.path().exists());
        assert_eq!(scratch.used_bytes(u64::MAX), 0);
    }
}
