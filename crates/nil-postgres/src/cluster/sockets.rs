//! Where the server's socket goes: a private directory whose path is short enough for the kernel.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{ClusterError, Layout, PORT, ROLE};
use crate::os_user::OsUser;

/// The kernel takes 107 bytes; some clients' libraries fewer.
const LONGEST_PATH: usize = 100;

/// Makes the directory for the socket: the wanted one or `run/`, or else a short one with a name made from
/// the cluster's directory, so that it is the same at every start.
pub(super) fn prepare(layout: &Layout, wanted: Option<&Path>, user: &OsUser) -> Result<PathBuf, ClusterError> {
    // Nothing of ours survives in it, and root may have run PostgreSQL as another user before.
    match fs::remove_dir_all(&layout.run) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(ClusterError::file(&layout.run)(error)),
        _ => {}
    }
    let mut reasons = Vec::new();
    for dir in candidates(layout, wanted, user) {
        match try_prepare(&dir, user) {
            Ok(()) => return Ok(dir),
            Err(reason) => reasons.push(format!("{}: {reason}", dir.display())),
        }
    }
    Err(ClusterError::Sockets { reasons })
}

fn candidates(layout: &Layout, wanted: Option<&Path>, user: &OsUser) -> Vec<PathBuf> {
    let digest = Sha256::digest(layout.dir.as_os_str().as_bytes());
    let name = format!("nil-{}", hex::encode(&digest[..8]));
    let wanted = wanted.and_then(|dir| std::path::absolute(dir).ok());
    let mut parents = Vec::new();
    if user.switch {
        parents.push(PathBuf::from("/run"));
    } else if let Some(runtime) = std::env::var_os("XDG_RUNTIME_DIR") {
        parents.push(PathBuf::from(runtime));
    }
    parents.extend([std::env::temp_dir(), PathBuf::from("/tmp")]);
    let short = parents.into_iter().filter(|parent| parent.is_absolute()).map(|parent| parent.join(&name));
    [wanted.unwrap_or_else(|| layout.run.clone())].into_iter().chain(short).collect()
}

fn try_prepare(dir: &Path, user: &OsUser) -> Result<(), String> {
    let length = socket_path(dir).as_os_str().len();
    if length > LONGEST_PATH {
        return Err(format!("the socket's path would have {length} bytes, more than {LONGEST_PATH}"));
    }
    if dir.to_str().is_none_or(|path| path.chars().any(char::is_control)) {
        return Err("the path must be UTF-8 without control characters".to_owned());
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => user.own(dir).map_err(|error| error.to_string())?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_private(dir, user)?,
        Err(error) => return Err(error.to_string()),
    }
    match user.first_blocked(dir) {
        Ok(None) => remove_old_socket(dir).map_err(|error| error.to_string()),
        Ok(Some(blocked)) => Err(format!("the user {} may not enter {}", user.name, blocked.display())),
        Err(error) => Err(error.to_string()),
    }
}

/// Somebody else may have made a directory in `/tmp` first, to be in between; and a directory that has another
/// purpose is not ours to close.
fn check_private(dir: &Path, user: &OsUser) -> Result<(), String> {
    let found = fs::symlink_metadata(dir).map_err(|error| error.to_string())?;
    if found.is_dir() && found.uid() == user.uid && found.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(format!("exists and is not a private directory (mode 0700) of the user {}", user.name))
}

/// The lock beside a socket names a process, whose number may be somebody else's by now; the cluster's lock is
/// held, so no server can be using either.
fn remove_old_socket(dir: &Path) -> io::Result<()> {
    let socket = socket_path(dir);
    let mut lock = socket.clone().into_os_string();
    lock.push(".lock");
    for file in [socket, PathBuf::from(lock)] {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn socket_path(dir: &Path) -> PathBuf {
    dir.join(format!(".s.PGSQL.{PORT}"))
}

/// How to reach `database` of the server in `dir`, in the form that sqlx and libpq both read.
pub(super) fn connection_url(dir: &Path, database: &str) -> String {
    let mut url = format!("postgres://{ROLE}@localhost/");
    percent_encode(database.as_bytes(), &mut url);
    url.push_str("?host=");
    percent_encode(dir.as_os_str().as_bytes(), &mut url);
    // Given in full, so that no PG* variable of the environment changes where this leads.
    let _ = write!(url, "&port={PORT}&sslmode=disable");
    url
}

fn percent_encode(bytes: &[u8], url: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            url.push(char::from(*byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}
