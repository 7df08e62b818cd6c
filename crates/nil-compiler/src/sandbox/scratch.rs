//! Scratch folders: one a service, one a process below it, gone when their owner is.
//!
//! A service that was killed cannot clean up; the next one finds its folder unlocked and clears it, with
//! whatever still runs in there.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
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
    root: PathBuf,
    folder: Mutex<ServiceFolder>,
}

#[derive(Debug)]
struct ServiceFolder {
    dir: tempfile::TempDir,
    _lock: File,
}

impl ServiceScratch {
    /// Makes the service's folder below `root` and clears those of services that are gone.
    pub(super) fn create(root: &Path) -> Result<Self, SandboxError> {
        let folder = Mutex::new(ServiceFolder::create(root)?);
        Ok(Self { root: root.to_owned(), folder })
    }

    /// Makes the folder of one process. Should somebody have removed the service's folder, it is made again.
    pub(super) fn process_dir(&self) -> Result<ScratchDir, SandboxError> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let made = match make_dir(folder.dir.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::warn!(path = %folder.dir.path().display(), "the scratch folder is gone; making another");
                *folder = ServiceFolder::create(&self.root)?;
                make_dir(folder.dir.path())
            }
            made => made,
        };
        made.map(ScratchDir::new).map_err(|error| SandboxError::scratch(&self.root, error))
    }
}

fn make_dir(service: &Path) -> io::Result<PathBuf> {
    Ok(tempfile::Builder::new().prefix("box-").tempdir_in(service)?.keep())
}

impl ServiceFolder {
    fn create(root: &Path) -> Result<Self, SandboxError> {
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
}

/// The scratch folder of one process.
#[derive(Debug)]
pub(crate) struct ScratchDir {
    /// On this machine's disk: the scratch folder itself, or where the box's own tree hangs.
    path: PathBuf,
    /// The folder as the program has it.
    inside: Option<Inside>,
}

#[derive(Debug)]
struct Inside {
    folder: OwnedFd,
    /// It is a file system of its own, which outlives the box for as long as the descriptor is open.
    own: bool,
}

impl ScratchDir {
    fn new(path: PathBuf) -> Self {
        Self { path, inside: None }
    }

    /// From now on the folder is what `folder` is open on.
    pub(crate) fn moved_inside(&mut self, folder: OwnedFd, own: bool) {
        self.inside = Some(Inside { folder, own });
    }

    /// The folder on this machine's disk.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The open folder, once the box stands.
    pub(super) fn folder(&self) -> Option<BorrowedFd<'_>> {
        self.inside.as_ref().map(|inside| inside.folder.as_fd())
    }

    /// A path that leads to the folder from this process, whatever namespace it is in.
    pub(super) fn way_in(&self) -> PathBuf {
        match &self.inside {
            Some(inside) => format!("/proc/self/fd/{}", inside.folder.as_raw_fd()).into(),
            None => self.path.clone(),
        }
    }

    /// Space of the files in it, in bytes. Stops at `enough`; too many files count as endless.
    pub(crate) fn used_bytes(&self, enough: u64) -> u64 {
        match &self.inside {
            Some(Inside { folder, own: true }) => rustix::fs::fstatvfs(folder).map_or(0, |system| {
                let used = system.f_blocks.saturating_sub(system.f_bfree).saturating_mul(system.f_frsize);
                if system.f_ffree == 0 { u64::MAX } else { used }
            }),
            _ => space_below(&self.path, enough),
        }
    }

    /// Removes everything in the folder, not the folder.
    pub(crate) fn empty(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.way_in())? {
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

/// Disk space of the files below `path`.
fn space_below(path: &Path, enough: u64) -> u64 {
    let (mut bytes, mut files) = (0_u64, 0_usize);
    let mut open = vec![path.to_owned()];
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

    impl ServiceScratch {
        fn path(&self) -> PathBuf {
            self.folder.lock().expect("not poisoned").dir.path().to_owned()
        }
    }

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
        assert!(living.path().exists() && second.path().exists());
    }

    #[test]
    fn a_removed_service_folder_is_made_again() {
        let root = root();
        let service = ServiceScratch::create(root.path()).expect("a service folder");
        let first = service.path();
        fs::remove_dir_all(&first).expect("removed by somebody");
        let scratch = service.process_dir().expect("a process folder all the same");
        assert!(scratch.path().exists());
        assert_ne!(service.path(), first);
        fs::remove_dir_all(root.path()).expect("removed with its root");
        assert!(service.process_dir().expect("a process folder all the same").path().exists());
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
        let scratch = service.process_dir().expect("a process folder");
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
