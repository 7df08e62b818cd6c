//! Archives that toolchains are made of, pinned by their checksums: fetched once, unpacked once, and shared by every
//! toolchain that is built from them.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::{InstallError, InstallStep, npm::UNFINISHED, npm::open_for_readers};

/// Nothing for this long means that nothing more will come.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Folders of packages begin so; what follows is name, version and checksum.
pub(super) const PREFIX: &str = "package-";

/// One archive in one version, whatever the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// One for every kind of machine, or one for all of them.
    pub(crate) archives: &'static [Archive],
    /// Files in it that are programs: not every archive says so.
    pub(crate) programs: &'static [&'static str],
}

/// Where an archive is, and what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Archive {
    /// As `std::env::consts::ARCH` names it; `None` for any.
    pub(crate) machine: Option<&'static str>,
    /// Ends in `.whl`, `.zip` or `.tar.gz`.
    pub(crate) url: &'static str,
    /// SHA-256, in hexadecimal.
    pub(crate) sha256: &'static str,
}

impl Package {
    /// The archive for this machine.
    pub(crate) fn archive(&self) -> Option<&'static Archive> {
        self.archives.iter().find(|archive| archive.machine.is_none_or(|machine| machine == std::env::consts::ARCH))
    }

    /// The name of its folder below the root, for this machine.
    pub(crate) fn folder(&self) -> String {
        let sha256 = self.archive().map_or("none", |archive| &archive.sha256[..12]);
        format!("{PREFIX}{}-{}-{sha256}", self.name, self.version)
    }

    fn failed(&self, why: impl ToString) -> InstallError {
        InstallError::Package { name: self.name, version: self.version, why: why.to_string() }
    }
}

/// The folder of `package` below `root`, fetched and unpacked if it is not there yet. The caller holds the install
/// lock.
pub(super) async fn provide(
    package: &Package,
    root: &Path,
    progress: &(dyn Fn(InstallStep) + Send + Sync),
) -> Result<PathBuf, InstallError> {
    let target = root.join(package.folder());
    if target.is_dir() {
        return Ok(target);
    }
    let archive = package.archive().ok_or_else(|| {
        package.failed(format!("there is none for this kind of machine ({})", std::env::consts::ARCH))
    })?;
    let files = |source| InstallError::Files { path: root.to_owned(), source };
    let file = tempfile::tempfile_in(root).map_err(files)?;
    let mut file = fetch(package, archive, file, progress).await?;
    progress(InstallStep::Unpacking { name: package.name });
    let (package, root) = (*package, root.to_owned());
    tokio::task::spawn_blocking(move || {
        let files = |source| InstallError::Files { path: root.clone(), source };
        let stage = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&root).map_err(files)?;
        file.seek(SeekFrom::Start(0)).map_err(files)?;
        unpack(archive.url, file, stage.path()).map_err(|why| package.failed(why))?;
        for program in package.programs {
            let path = stage.path().join(program);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(|error| package.failed(error))?;
        }
        open_for_readers(stage.path()).map_err(files)?;
        fs::rename(stage.path(), &target).map_err(files)?;
        // Its old name is free again: nothing is left to remove.
        let _ = stage.keep();
        Ok(target)
    })
    .await
    .map_err(|error| package.failed(error))?
}

/// Fetches an archive into `file` and checks it.
async fn fetch(
    package: &Package,
    archive: &Archive,
    mut file: File,
    progress: &(dyn Fn(InstallStep) + Send + Sync),
) -> Result<File, InstallError> {
    // Only fails when a provider is installed already, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .user_agent(concat!("nil/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
        .map_err(|error| package.failed(chain(&error)))?;
    let say = |fetched: u64, total: Option<u64>| {
        progress(InstallStep::FetchingPackage {
            name: package.name,
            fetched_mb: fetched >> 20,
            total_mb: total.map(|it| it >> 20),
        });
    };
    say(0, None);
    let answer = client.get(archive.url).send().await.and_then(reqwest::Response::error_for_status);
    let mut answer = answer.map_err(|error| package.failed(chain(&error)))?;
    let (total, mut fetched, mut said) = (answer.content_length(), 0, 0);
    let mut hasher = Sha256::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| package.failed(chain(&error)))? {
        hasher.update(&piece);
        file.write_all(&piece).map_err(|error| package.failed(error))?;
        fetched += piece.len() as u64;
        if fetched >> 20 > said {
            said = fetched >> 20;
            say(fetched, total);
        }
    }
    let found: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if found == archive.sha256 {
        Ok(file)
    } else {
        Err(package.failed(format!("what came from {} is not what was pinned: its SHA-256 is {found}", archive.url)))
    }
}

/// An error with what caused it: an HTTP client's own words alone say little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn unpack(url: &str, file: File, into: &Path) -> Result<(), String> {
    if url.ends_with(".tar.gz") {
        return unpack_tar(file, into).map_err(|error| error.to_string());
    }
    let mut archive = zip::ZipArchive::new(io::BufReader::new(file)).map_err(|error| error.to_string())?;
    archive.extract(into).map_err(|error| error.to_string())
}

fn unpack_tar(file: impl Read, into: &Path) -> io::Result<()> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(io::BufReader::new(file)));
    archive.set_preserve_mtime(false);
    archive.unpack(into)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAR: Package = Package {
        name: "words",
        version: "1.0",
        archives: &[Archive { machine: None, url: "https://localhost:1/words.tar.gz", sha256: "00112233445566778899" }],
        programs: &[],
    };

    #[test]
    fn a_tar_is_unpacked() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_size(5);
        header.set_mode(0o644);
        builder.append_data(&mut header, "words-1.0/a.txt", &b"hello"[..]).expect("appended");
        let bytes = builder.into_inner().expect("a tar").finish().expect("compressed");
        unpack_tar(&bytes[..], home.path()).expect("unpacked");
        assert_eq!(fs::read(home.path().join("words-1.0/a.txt")).expect("a file"), b"hello");
    }

    #[tokio::test]
    async fn what_is_not_there_is_named() {
        let home = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(TAR.folder(), "package-words-1.0-001122334455");
        let error = provide(&TAR, home.path(), &|_| ()).await.expect_err("nobody listens there").to_string();
        assert!(error.contains("`words` 1.0"), "{error}");
        assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 0);
    }

    #[tokio::test]
    async fn what_is_for_other_machines_is_refused() {
        let home = tempfile::tempdir().expect("a temporary folder");
        const OTHER: Package = Package {
            archives: &[Archive { machine: Some("vax"), url: "https://localhost:1/words.whl", sha256: "" }],
            ..TAR
        };
        let error = provide(&OTHER, home.path(), &|_| ()).await.expect_err("this is no VAX").to_string();
        assert!(error.contains("none for this kind of machine"), "{error}");
    }
}
