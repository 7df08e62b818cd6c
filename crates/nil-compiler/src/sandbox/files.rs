//! Files in and out of a box. In: before the program starts, when nobody is there to play tricks. Out: after
//! everything in the box is dead, and still by descriptor only: never through a link, only what is a file, and never
//! more than was asked for.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Component, Path},
};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};

use super::scratch::ScratchDir;

/// Why a file cannot be fetched from a box.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nothing of that name is there, or a link is in the way.
    #[error("the compiler left no file `{path}`")]
    Missing {
        /// Its name.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A folder, a pipe, a device.
    #[error("what the compiler left at `{path}` is not a file")]
    NotAFile {
        /// Its name.
        path: String,
    },
    /// More than was asked for.
    #[error("the file `{path}` has more than {most_bytes} bytes")]
    TooLarge {
        /// Its name.
        path: String,
        /// The most that was asked for.
        most_bytes: u64,
    },
}

/// Puts files into the scratch folder, as the program's own.
pub(super) fn put(scratch: &ScratchDir, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    let folder = scratch.way_in();
    let owner = fs::metadata(&folder)?;
    let own = |path: &Path| {
        let is = fs::symlink_metadata(path)?;
        if is.uid() == owner.uid() {
            Ok(())
        } else {
            std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid()))
        }
    };
    for (name, content) in files {
        let relative = Path::new(name);
        let plain = relative.components().all(|component| matches!(component, Component::Normal(_)));
        if name.is_empty() || !plain {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("`{}` is no relative path", name.escape_debug()),
            ));
        }
        let mut path = folder.clone();
        let mut components = relative.components().peekable();
        while let Some(component) = components.next() {
            path.push(component);
            if components.peek().is_none() {
                fs::write(&path, content)?;
            } else if !path.is_dir() {
                fs::create_dir(&path)?;
            }
            own(&path)?;
        }
    }
    Ok(())
}

/// Reads a file that the program left.
pub(super) fn fetch(scratch: &ScratchDir, name: &str, most_bytes: u64) -> Result<Vec<u8>, FetchError> {
    let path = || name.to_owned();
    let missing = |source: io::Error| FetchError::Missing { path: path(), source };
    let folder = scratch.folder().ok_or_else(|| missing(io::ErrorKind::NotFound.into()))?;
    // Without waiting: a pipe would have no writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let within =
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    let file = openat2(folder, name, flags, Mode::empty(), within).map_err(|error| missing(error.into()))?;
    let file = File::from(file);
    let metadata = file.metadata().map_err(missing)?;
    if !metadata.is_file() {
        return Err(FetchError::NotAFile { path: path() });
    }
    if metadata.len() > most_bytes {
        return Err(FetchError::TooLarge { path: path(), most_bytes });
    }
    let mut content = Vec::with_capacity(metadata.len() as usize);
    file.take(metadata.len()).read_to_end(&mut content).map_err(missing)?;
    Ok(content)
}
