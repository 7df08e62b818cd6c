//! The directory of entries: atomic writes, bounded size, least recently used out first.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use parking_lot::Mutex;

use super::{
    CodeMetadata, EntryKey,
    seal::{self, OpenError},
    secret::Secret,
    sparse,
};
use crate::{CacheError, CodeCacheConfig};

/// How fresh an entry's time of use is kept: writing it for every load would cost a system call each.
const USE_GRANULARITY: Duration = Duration::from_secs(60);

/// Temporary files older than this belong to nobody: their writer was killed.
const ABANDONED_AFTER: Duration = Duration::from_secs(3_600);

/// Counters since start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CodeCacheStats {
    /// Loads served from an entry.
    pub hits: u64,
    /// Loads that found no entry.
    pub misses: u64,
    /// Entries discarded because they were damaged, foreign or unusable.
    pub discarded: u64,
    /// Entries written.
    pub stored: u64,
    /// Entries removed to make room.
    pub evicted: u64,
    /// Entries that could not be written.
    pub failed: u64,
}

/// The local code cache.
pub(crate) struct CodeCache {
    dir: PathBuf,
    max_bytes: u64,
    secret: Secret,
    /// Bytes in the directory as far as this process knows; other processes may share it.
    used_bytes: Mutex<u64>,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    discarded: AtomicU64,
    stored: AtomicU64,
    evicted: AtomicU64,
    failed: AtomicU64,
}

impl CodeCache {
    /// Opens the directory and the key of `config`, creating both on first use.
    pub(crate) fn open(config: &CodeCacheConfig) -> Result<Self, CacheError> {
        let secret = Secret::load_or_create(config)?;
        let scan = || -> io::Result<u64> {
            DirBuilder::new().recursive(true).mode(0o700).create(&config.dir)?;
            remove_abandoned(&config.dir)?;
            Ok(entries(&config.dir)?.iter().map(|entry| entry.bytes).sum())
        };
        let used = scan().map_err(|source| CacheError::Directory { dir: config.dir.clone(), source })?;
        Ok(Self {
            dir: config.dir.clone(),
            max_bytes: config.max_bytes,
            secret,
            used_bytes: Mutex::new(used),
            counters: Counters::default(),
        })
    }

    /// The verified entry for `key`: its file, to be mapped, and its metadata.
    pub(crate) fn get(&self, key: &EntryKey) -> Option<(File, CodeMetadata)> {
        let Ok(file) = File::open(self.path(key)) else {
            self.counters.misses.fetch_add(1, Relaxed);
            return None;
        };
        match seal::open(&self.secret, key, &file) {
            Ok(metadata) => {
                self.counters.hits.fetch_add(1, Relaxed);
                mark_used(&file);
                Some((file, metadata))
            }
            Err(OpenError::Io(error)) => {
                tracing::warn!(%error, %key, "a code cache entry cannot be read");
                self.counters.misses.fetch_add(1, Relaxed);
                None
            }
            Err(error) => {
                tracing::warn!(%error, %key, "a code cache entry is discarded and rebuilt");
                self.discard(key);
                None
            }
        }
    }

    /// Stores native code under `key`.
    pub(crate) fn put(&self, key: &EntryKey, native: &[u8], metadata: &CodeMetadata) -> Result<(), CacheError> {
        let result = seal::seal(&self.secret, key, native, metadata).and_then(|sealed| self.write(key, &sealed));
        match result {
            Ok(()) => {
                self.counters.stored.fetch_add(1, Relaxed);
                Ok(())
            }
            Err(source) => {
                self.counters.failed.fetch_add(1, Relaxed);
                Err(failure(&self.dir, source))
            }
        }
    }

    /// Removes a useless entry.
    pub(crate) fn discard(&self, key: &EntryKey) {
        self.counters.discarded.fetch_add(1, Relaxed);
        // Someone else may have removed it already.
        let _ = fs::remove_file(self.path(key));
    }

    /// The entry for `key` as another server may take it, if there is one.
    pub(crate) fn sealed(&self, key: &EntryKey) -> Option<Vec<u8>> {
        fs::read(self.path(key)).ok()
    }

    /// Takes an entry another server sealed, after verifying it.
    pub(crate) fn accept(&self, key: &EntryKey, sealed: &[u8]) -> Result<bool, CacheError> {
        self.write(key, sealed).map_err(|source| failure(&self.dir, source))?;
        // Verified where it will be read from: what is checked is what is loaded.
        Ok(self.get(key).is_some())
    }

    /// Counters since start.
    pub(crate) fn stats(&self) -> CodeCacheStats {
        let counters = &self.counters;
        CodeCacheStats {
            hits: counters.hits.load(Relaxed),
            misses: counters.misses.load(Relaxed),
            discarded: counters.discarded.load(Relaxed),
            stored: counters.stored.load(Relaxed),
            evicted: counters.evicted.load(Relaxed),
            failed: counters.failed.load(Relaxed),
        }
    }

    fn path(&self, key: &EntryKey) -> PathBuf {
        self.dir.join(key.to_string())
    }

    fn write(&self, key: &EntryKey, sealed: &[u8]) -> io::Result<()> {
        // Readable by nobody else (tempfile's default), and complete before it has its name. Not synced: what a
        // crash tears, the MAC detects.
        let file = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(&self.dir)?;
        let written = sparse::write(file.as_file(), sealed)?;
        self.make_room(written);
        file.persist(self.path(key)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Evicts the least recently used entries when `bytes` more would be too many.
    fn make_room(&self, bytes: u64) {
        let mut used = self.used_bytes.lock();
        *used += bytes;
        if *used <= self.max_bytes {
            return;
        }
        // Counted anew: other processes write here too.
        let Ok(mut entries) = entries(&self.dir) else { return };
        *used = bytes + entries.iter().map(|entry| entry.bytes).sum::<u64>();
        entries.sort_by_key(|entry| entry.used);
        // A tenth more than needed, so that the next writes need no scan.
        let target = self.max_bytes - self.max_bytes / 10;
        for entry in &entries {
            if *used <= target {
                break;
            }
            // A mapped entry stays usable until it is unmapped.
            if fs::remove_file(&entry.path).is_ok() {
                *used = used.saturating_sub(entry.bytes);
                self.counters.evicted.fetch_add(1, Relaxed);
            }
        }
    }
}

const TEMPORARY_PREFIX: &str = ".new-";

/// Why an entry could not be written to `dir`.
pub(super) fn failure(dir: &Path, source: io::Error) -> CacheError {
    let dir = dir.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => CacheError::Full { dir },
        _ => CacheError::Write { dir, source },
    }
}

struct Entry {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

fn entries(dir: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // Entries vanish while others evict.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() && entry.path().extension().is_some_and(|extension| extension == "nilcode") {
            found.push(Entry { path: entry.path(), bytes: metadata.blocks() * 512, used: metadata.modified()? });
        }
    }
    Ok(found)
}

fn remove_abandoned(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX);
        let age = entry.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
        if temporary && age.is_some_and(|age| age > ABANDONED_AFTER) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// The time of use is the file's modification time; access times are often not kept.
fn mark_used(file: &File) {
    let stale = file.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
    if stale.is_some_and(|age| age > USE_GRANULARITY) {
        // Only the order of eviction suffers when it fails.
        let _ = file.set_modified(SystemTime::now());
    }
}
