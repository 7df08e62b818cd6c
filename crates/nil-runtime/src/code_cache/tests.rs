use std::{fs, path::Path, time::Duration};

use nil_core::Abi;
use wasmtime::Engine;

use super::{CodeCache, CodeMetadata, EntryKey, directory::failure};
use crate::{AbiDescription, CacheError, CodeCacheConfig};

fn metadata(export: &str) -> CodeMetadata {
    CodeMetadata {
        abi: AbiDescription {
            abi: Abi::Scalar,
            export: export.to_owned(),
            params: Vec::new(),
            results: Vec::new(),
            language: None,
        },
        memory_bytes: 65_536,
        boot: None,
        script: None,
    }
}

fn key(name: u8) -> EntryKey {
    EntryKey::new(&Engine::default(), &[name; 32])
}

fn cache(dir: &Path, max_bytes: u64) -> CodeCache {
    let config = CodeCacheConfig { max_bytes, ..CodeCacheConfig::new(dir.join("code"), dir.join("key")) };
    CodeCache::open(&config).expect("a cache")
}

/// Native code with a hole of zeros in it, as real code has.
fn code(fill: u8) -> Vec<u8> {
    let mut code = vec![fill; 10_000];
    code.extend(vec![0; 50_000]);
    code.extend([fill; 100]);
    code
}

#[test]
fn modules_and_settings_each_have_their_own_key() {
    let mut config = wasmtime::Config::new();
    config.epoch_interruption(true);
    let other = Engine::new(&config).expect("an engine");
    let keys = [key(1), key(2), EntryKey::new(&other, &[1; 32])];
    assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
    assert_eq!(key(1), key(1), "the same on every start");
    assert_eq!(key(1).to_string().len(), 64 + ".nilcode".len());
}

#[test]
fn an_entry_comes_back_as_it_was_put() {
    let dir = tempfile::tempdir().expect("a directory");
    let cache = cache(dir.path(), 1 << 30);
    assert!(cache.get(&key(1)).is_none());
    cache.put(&key(1), &code(7), &metadata("f")).expect("space");
    let (file, found) = cache.get(&key(1)).expect("the entry");
    assert_eq!(found, metadata("f"));
    assert!(file.metadata().expect("its size").len() > 60_100);
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.stored, stats.discarded), (1, 1, 1, 0));
}

#[test]
fn every_flipped_byte_is_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let cache = cache(dir.path(), 1 << 30);
    cache.put(&key(1), &code(7), &metadata("f")).expect("space");
    let path = dir.path().join("code").join(key(1).to_string());
    let whole = fs::read(&path).expect("the entry");
    // In the code, in the hole, and everywhere in metadata and footer.
    let positions = [0, 4_095, 9_999, 10_000, 30_000, 60_050].into_iter().chain(60_100..whole.len());
    for position in positions {
        let mut changed = whole.clone();
        changed[position] ^= 0x10;
        fs::write(&path, changed).expect("space");
        assert!(cache.get(&key(1)).is_none(), "a change at {position} was not found");
        assert!(!path.exists(), "a bad entry is discarded");
    }
}

#[test]
fn truncated_extended_and_empty_entries_are_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let cache = cache(dir.path(), 1 << 30);
    cache.put(&key(1), &code(7), &metadata("f")).expect("space");
    let path = dir.path().join("code").join(key(1).to_string());
    let whole = fs::read(&path).expect("the entry");
    for length in [0, 1, 35, 36, 37, 5_000, 60_100, whole.len() - 1] {
        fs::write(&path, &whole[..length]).expect("space");
        assert!(cache.get(&key(1)).is_none(), "{length} bytes were accepted");
    }
    fs::write(&path, [&whole[..], &[0; 4_096]].concat()).expect("space");
    assert!(cache.get(&key(1)).is_none(), "an extended entry was accepted");
}

#[test]
fn entries_of_another_name_or_another_key_are_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let cache = cache(dir.path(), 1 << 30);
    cache.put(&key(1), &code(7), &metadata("f")).expect("space");
    let path = |name| dir.path().join("code").join(key(name).to_string());
    fs::copy(path(1), path(2)).expect("space");
    assert!(cache.get(&key(2)).is_none(), "an entry was accepted under another's name");

    let other = tempfile::tempdir().expect("a directory");
    let foreign = self::cache(other.path(), 1 << 30);
    let sealed = cache.sealed(&key(1)).expect("the entry");
    assert!(!foreign.accept(&key(1), &sealed).expect("space"), "a foreign entry was accepted");
    assert!(foreign.get(&key(1)).is_none());
    fs::copy(dir.path().join("key"), other.path().join("key")).expect("space");
    let shared = self::cache(other.path(), 1 << 30);
    assert!(shared.accept(&key(1), &sealed).expect("space"), "an entry under the shared key was refused");
    assert_eq!(shared.get(&key(1)).expect("the entry").1, metadata("f"));
}

#[test]
fn the_least_recently_used_go_first() {
    let dir = tempfile::tempdir().expect("a directory");
    // Each entry has 16 KiB that are not zeros.
    let cache = cache(dir.path(), 50 << 10);
    for name in 1..=3 {
        cache.put(&key(name), &code(name), &metadata("f")).expect("space");
        let file = fs::File::open(dir.path().join("code").join(key(name).to_string())).expect("the entry");
        let age = Duration::from_secs(1_000 - u64::from(name));
        file.set_modified(std::time::SystemTime::now() - age).expect("a time of use");
    }
    assert!(cache.get(&key(1)).is_some(), "used again, so it is no longer the oldest");
    cache.put(&key(4), &code(4), &metadata("f")).expect("space");
    assert!(cache.get(&key(2)).is_none(), "the oldest went");
    assert!(cache.get(&key(1)).is_some() && cache.get(&key(4)).is_some());
    assert!(cache.stats().evicted >= 1);
}

#[test]
fn abandoned_temporary_files_go_at_start() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(cache(dir.path(), 1 << 30));
    let abandoned = dir.path().join("code/.new-dead");
    let fresh = dir.path().join("code/.new-alive");
    for path in [&abandoned, &fresh] {
        fs::write(path, "x").expect("space");
    }
    let old = std::time::SystemTime::now() - Duration::from_secs(7_200);
    fs::File::open(&abandoned).and_then(|file| file.set_modified(old)).expect("an old file");
    drop(cache(dir.path(), 1 << 30));
    assert!(!abandoned.exists() && fresh.exists());
}

#[test]
fn a_key_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    drop(cache(dir.path(), 1 << 30));
    let file = dir.path().join("key");
    assert_eq!(fs::metadata(&file).expect("the key").permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
    let config = CodeCacheConfig::new(dir.path().join("code"), &file);
    assert!(matches!(CodeCache::open(&config), Err(CacheError::Key { .. })));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
    fs::write(&file, "short").expect("space");
    assert!(matches!(CodeCache::open(&config), Err(CacheError::Key { .. })));
}

#[test]
fn a_full_disk_is_told_apart() {
    const ENOSPC: i32 = 28;
    const EDQUOT: i32 = 122;
    let error = |code| failure(Path::new("/cache"), std::io::Error::from_raw_os_error(code));
    assert!(matches!(error(ENOSPC), CacheError::Full { .. }));
    assert!(matches!(error(EDQUOT), CacheError::Full { .. }));
    assert!(matches!(error(5), CacheError::Write { .. }));
}
