//! The key that authenticates entries: 32 random bytes in a file of their own.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use rand::{TryRngCore, rngs::OsRng};

use crate::{CacheError, CodeCacheConfig};

/// The MAC key. Neither printed nor compared.
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// Reads the key of `config`, or makes it on first use.
    pub(crate) fn load_or_create(config: &CodeCacheConfig) -> Result<Self, CacheError> {
        let file = &config.key_file;
        load_or_create(file).map(Self).map_err(|source| CacheError::Key { file: file.clone(), source })
    }

    /// A MAC in progress.
    pub(super) fn mac(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.0)
    }
}

fn load_or_create(path: &Path) -> io::Result<[u8; 32]> {
    match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
        other => other,
    }
}

fn read(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.mode() & 0o077 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others can read or write it; chmod 600 it"));
    }
    if metadata.len() != 32 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not have 32 bytes"));
    }
    let mut key = [0; 32];
    file.read_exact(&mut key)?;
    Ok(key)
}

/// Two servers may start at once: the first link wins and both read the same key.
fn create(path: &Path) -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    OsRng.try_fill_bytes(&mut key).map_err(io::Error::other)?;
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let temporary = tempfile::Builder::new()
        .prefix(".nil-key")
        .make_in(dir, |path| OpenOptions::new().write(true).create_new(true).mode(0o600).open(path))?;
    temporary.as_file().write_all(&key)?;
    temporary.as_file().sync_all()?;
    match temporary.persist_noclobber(path) {
        Ok(_) => Ok(key),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(error.error),
    }
}
