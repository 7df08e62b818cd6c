//! The files of a cluster's directory, and who may see them.
//!
//! As root only `data/` and the socket's directory belong to the user PostgreSQL runs as. The configuration, the
//! log and the lock stay root's, so that user can never make root write through a link.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::ClusterError;
use crate::os_user::OsUser;

/// Where everything of one cluster lies.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) dir: PathBuf,
    /// PostgreSQL's data directory.
    pub(crate) data: PathBuf,
    pub(super) lock: PathBuf,
    pub(super) log: PathBuf,
    pub(super) configuration: PathBuf,
    pub(super) hba: PathBuf,
    pub(super) ident: PathBuf,
    /// Where the socket goes unless that is too long.
    pub(super) run: PathBuf,
}

impl Layout {
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            data: dir.join("data"),
            lock: dir.join("lock"),
            log: dir.join("server.log"),
            configuration: dir.join("postgresql.conf"),
            hba: dir.join("pg_hba.conf"),
            ident: dir.join("pg_ident.conf"),
            run: dir.join("run"),
        }
    }

    /// Creates the cluster's directory where it is missing, and makes sure that `user` can get there.
    /// The result has only absolute paths.
    pub(super) fn prepare(dir: &Path, user: &OsUser) -> Result<Self, ClusterError> {
        let unusable = || ClusterError::Path { dir: dir.to_owned() };
        if dir.to_str().is_none_or(|path| path.chars().any(char::is_control)) {
            return Err(unusable());
        }
        let absolute = std::path::absolute(dir).map_err(ClusterError::file(dir))?;
        // Before anything is made in vain. The directory itself is ours to open, what it lies in is not.
        if let Some(existing) = absolute.ancestors().skip(1).find(|ancestor| ancestor.exists()) {
            check_reach(existing, user)?;
        }
        // Passing through is all that the other user needs, and only as root is there another user.
        let mode = if user.switch { 0o711 } else { 0o700 };
        create_dirs(dir, mode).map_err(ClusterError::file(dir))?;
        let dir = dir.canonicalize().map_err(ClusterError::file(dir))?;
        if dir.to_str().is_none_or(|path| path.chars().any(char::is_control)) {
            return Err(unusable());
        }
        if user.first_blocked(&dir).map_err(ClusterError::file(&dir))?.is_some_and(|blocked| blocked == dir) {
            let found = fs::metadata(&dir).map_err(ClusterError::file(&dir))?.permissions().mode();
            fs::set_permissions(&dir, Permissions::from_mode(found | 0o111)).map_err(ClusterError::file(&dir))?;
        }
        check_reach(&dir, user)?;
        Ok(Self::new(&dir))
    }

    /// The file the server's output goes to.
    pub(crate) fn log_file(&self) -> &Path {
        &self.log
    }

    /// The setting that makes the server read the generated configuration.
    pub(crate) fn configuration_setting(&self) -> OsString {
        let mut setting = OsString::from("config_file=");
        setting.push(&self.configuration);
        setting
    }

    /// The major version of the data, or nothing if there is none yet.
    pub(crate) fn data_major(&self) -> io::Result<Option<u32>> {
        match fs::read_to_string(self.data.join("PG_VERSION")) {
            Ok(text) => {
                let major = text.trim().parse();
                major.map(Some).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("is `{}`", text.trim())))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes existing data usable for `user`: its owner, and the 0700 that PostgreSQL insists on.
    pub(super) fn adopt_data(&self, user: &OsUser) -> Result<(), ClusterError> {
        let found = fs::metadata(&self.data).map_err(ClusterError::file(&self.data))?;
        if found.uid() != user.uid {
            if !user.switch {
                return Err(ClusterError::NotOwner { data: self.data.clone(), owner: found.uid() });
            }
            // Restored from a copy by root, or root asked for another user.
            user.own_recursively(&self.data).map_err(ClusterError::file(&self.data))?;
        }
        fs::set_permissions(&self.data, Permissions::from_mode(0o700)).map_err(ClusterError::file(&self.data))
    }
}

fn check_reach(dir: &Path, user: &OsUser) -> Result<(), ClusterError> {
    match user.first_blocked(dir).map_err(ClusterError::file(dir))? {
        Some(blocked) => Err(ClusterError::Unreachable { blocked, user: user.name.clone() }),
        None => Ok(()),
    }
}

/// Creates missing directories with exactly `mode`, whatever the umask.
fn create_dirs(dir: &Path, mode: u32) -> io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    for dir in missing.into_iter().rev().filter(|dir| !dir.as_os_str().is_empty()) {
        fs::create_dir(dir)?;
        fs::set_permissions(dir, Permissions::from_mode(mode))?;
    }
    Ok(())
}
