//! Removes installations that newer ones have replaced: each holds about 100 MB. One that a service runs, or
//! that another version of this program may just be about to run, stays.

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use nil_core::Language;
use rustix::fs::{FlockOperation, flock};

use super::{
    installation::{Installation, MARKER},
    recipe::Recipe,
};

/// Two versions of this program may share a folder for a while without taking it from each other all the time.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// Keeps an installation from being removed, across processes, until dropped.
#[derive(Debug)]
pub(crate) struct InUse {
    _marker: File,
}

impl Installation {
    /// Marks the installation as in use.
    pub(crate) fn hold(&self) -> io::Result<InUse> {
        let marker = File::open(self.dir.join(MARKER))?;
        flock(&marker, FlockOperation::NonBlockingLockShared)?;
        Ok(InUse { _marker: marker })
    }
}

/// Removes other installations of the recipe's language that nobody uses. The caller holds the install lock.
pub(super) fn remove_superseded(recipe: &Recipe, root: &Path, now: SystemTime) {
    remove_others(recipe.language, &root.join(recipe.folder()), root, now);
}

/// Removes installations of `language` other than `current` that nobody uses. The caller holds the install lock.
pub(super) fn remove_others(language: Language, current: &Path, root: &Path, now: SystemTime) {
    let prefix = format!("{language}-");
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&prefix) && entry.path() != current && is_superseded(&entry.path(), now) {
            match fs::remove_dir_all(entry.path()) {
                Ok(()) => tracing::info!(name, "removed a superseded toolchain"),
                Err(error) => tracing::warn!(name, %error, "cannot remove a superseded toolchain"),
            }
        }
    }
}

fn is_superseded(dir: &Path, now: SystemTime) -> bool {
    let Ok(marker) = File::open(dir.join(MARKER)) else { return false };
    let age =
        marker.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| now.duration_since(at).ok());
    age.is_some_and(|age| age > KEPT_FOR) && flock(&marker, FlockOperation::NonBlockingLockExclusive).is_ok()
}
