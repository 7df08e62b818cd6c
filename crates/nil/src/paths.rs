//! Where `nil` keeps things on this machine when nobody says otherwise. Creates nothing.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// The folder of ours in a directory shared with other programs.
const OURS: &str = "projectnil";

/// The home of `nil up`: what must survive. `given` is `--home` or `NIL_HOME`.
///
/// # Errors
/// When it was not given and the user has no home directory.
pub(crate) fn home(given: Option<&Path>) -> Result<PathBuf, Failure> {
    match given {
        Some(dir) => Ok(dir.to_owned()),
        None if is_root() => Ok(Path::new("/var/lib").join(OURS)),
        None => user_dir("XDG_DATA_HOME", ".local/share", "--home or NIL_HOME"),
    }
}

/// The cache: what can be fetched or made again. `given` is `--cache` or `NIL_CACHE`.
///
/// # Errors
/// When it was not given and the user has no home directory.
pub(crate) fn cache(given: Option<&Path>) -> Result<PathBuf, Failure> {
    match given {
        Some(dir) => Ok(dir.to_owned()),
        None if is_root() => Ok(Path::new("/var/cache").join(OURS)),
        None => user_dir("XDG_CACHE_HOME", ".cache", "--cache or NIL_CACHE"),
    }
}

/// This program, as it was when it started: its file may have been replaced by an upgrade since.
pub(crate) const PROGRAM: &str = "/proc/self/exe";

/// Where toolchains are installed inside the cache.
#[must_use]
pub(crate) fn toolchains(cache: &Path) -> PathBuf {
    cache.join("toolchains")
}

/// Root's own directories are closed to the users that PostgreSQL and the toolchains run as.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The XDG rule: the variable if it holds an absolute path, else a fixed place in the home directory.
fn user_dir(variable: &str, fallback: &str, option: &str) -> Result<PathBuf, Failure> {
    let base = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    base.or_else(|| env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(fallback)))
        .map(|base| base.join(OURS))
        .ok_or_else(|| Failure::usage("this user has no home directory", format!("say where with {option}")))
}
