//! Which operating system user PostgreSQL runs as, and whether that user can reach a directory.
//!
//! PostgreSQL refuses to run as root and needs a user with a name, so root drops to an existing account and
//! everyone else runs it as themselves. Accounts are never created here.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{Uid, User};

/// Environment variables that a custom build of PostgreSQL may need to find its libraries and locale data;
/// everything else, `PG*` above all, stays away from the server.
const KEPT_VARIABLES: [&str; 3] = ["LD_LIBRARY_PATH", "LOCALE_ARCHIVE", "TZDIR"];

/// Accounts that root drops to, in order. `postgres` exists wherever a distribution's server package is
/// installed and is meant for this; `nobody` exists nearly everywhere but may be shared with other services.
const ACCOUNTS_FOR_ROOT: [&str; 2] = ["postgres", "nobody"];

/// Why no operating system user could be chosen to run PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum OsUserError {
    /// The account database could not be read.
    #[error("look up the account {account}")]
    Lookup {
        /// Name or number that was looked up.
        account: String,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
    /// The named account does not exist, or is root.
    #[error("run PostgreSQL as {name}: no such account, or it is root; name an existing unprivileged account")]
    Unusable {
        /// The account that was asked for.
        name: String,
    },
    /// The user id we run as has no entry in the account database, which `initdb` and peer
    /// authentication both require.
    #[error("find a name for user id {uid}: PostgreSQL needs one; add the id to /etc/passwd or run as a named user")]
    Nameless {
        /// The user id without a name.
        uid: u32,
    },
    /// We run as root and neither `postgres` nor `nobody` exists.
    #[error(
        "find an unprivileged account for PostgreSQL, which refuses to run as root: neither `postgres` nor `nobody` \
         exists; create one (`useradd --system postgres`) or run as a normal user"
    )]
    NoAccount,
    /// Another account was asked for by somebody who is not root.
    #[error("run PostgreSQL as {name}: only root can switch users; leave the account out or run as {name}")]
    NotRoot {
        /// The account that was asked for.
        name: String,
    },
}

/// The account that PostgreSQL's programs run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OsUser {
    pub(crate) name: String,
    pub(crate) uid: u32,
    gid: u32,
    /// True when we are root and have to become this user.
    pub(crate) switch: bool,
}

impl OsUser {
    /// Chooses the account: the current user; or, as root, the requested one, the owner of the existing
    /// `data` directory, or the first of the usual accounts that exists.
    pub(crate) fn resolve(data: Option<&Path>, requested: Option<&str>) -> Result<Self, OsUserError> {
        let current = Uid::effective();
        if !current.is_root() {
            let user = Self::by_uid(current.as_raw(), false)?;
            return match requested {
                Some(name) if name != user.name => Err(OsUserError::NotRoot { name: name.to_owned() }),
                _ => Ok(user),
            };
        }
        if let Some(name) = requested {
            let user = Self::by_name(name)?.filter(|user| user.uid != 0);
            return user.ok_or_else(|| OsUserError::Unusable { name: name.to_owned() });
        }
        // Data made by a normal user stays that user's, so that both can start the same cluster.
        if let Some(owner) =
            data.and_then(|data| fs::metadata(data).ok()).map(|data| data.uid()).filter(|uid| *uid != 0)
        {
            return Self::by_uid(owner, true);
        }
        for name in ACCOUNTS_FOR_ROOT {
            if let Some(user) = Self::by_name(name)?.filter(|user| user.uid != 0) {
                return Ok(user);
            }
        }
        Err(OsUserError::NoAccount)
    }

    /// The name of the user this process runs as.
    pub(crate) fn current_name() -> Result<String, OsUserError> {
        Self::by_uid(Uid::effective().as_raw(), false).map(|user| user.name)
    }

    fn by_uid(uid: u32, switch: bool) -> Result<Self, OsUserError> {
        let found = User::from_uid(Uid::from_raw(uid))
            .map_err(|errno| OsUserError::Lookup { account: uid.to_string(), source: errno.into() })?;
        found.map(|user| Self::from_entry(user, switch)).ok_or(OsUserError::Nameless { uid })
    }

    fn by_name(name: &str) -> Result<Option<Self>, OsUserError> {
        let found = User::from_name(name)
            .map_err(|errno| OsUserError::Lookup { account: name.to_owned(), source: errno.into() })?;
        Ok(found.map(|user| Self::from_entry(user, true)))
    }

    fn from_entry(user: User, switch: bool) -> Self {
        Self { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw(), switch }
    }

    /// A command that runs as this user with a nearly empty environment and without input.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").env("PATH", "/usr/local/bin:/usr/bin:/bin").stdin(Stdio::null());
        for name in KEPT_VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        // Somewhere every user may be: the caller's directory need not be readable for this user.
        command.current_dir("/");
        command
    }

    /// Gives `path` itself (not what is in it, nor what it links to) to this user.
    pub(crate) fn own(&self, path: &Path) -> io::Result<()> {
        if self.switch { lchown(path, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }

    /// Gives `path` and everything below it to this user, without following links.
    pub(crate) fn own_recursively(&self, path: &Path) -> io::Result<()> {
        if !self.switch {
            return Ok(());
        }
        self.own(path)?;
        if fs::symlink_metadata(path)?.is_dir() {
            for entry in fs::read_dir(path)? {
                self.own_recursively(&entry?.path())?;
            }
        }
        Ok(())
    }

    /// The first directory on the way to `dir`, itself included, that this user may not enter.
    pub(crate) fn first_blocked(&self, dir: &Path) -> io::Result<Option<PathBuf>> {
        if !self.switch || self.can_enter(dir)? {
            return Ok(None);
        }
        let mut on_the_way: Vec<&Path> = dir.ancestors().collect();
        on_the_way.reverse();
        for ancestor in on_the_way {
            if !self.can_enter(ancestor)? {
                return Ok(Some(ancestor.to_owned()));
            }
        }
        Ok(None)
    }

    /// Asks the kernel rather than the mode bits, which know nothing of access control lists: a child
    /// that became this user changes into the directory.
    fn can_enter(&self, dir: &Path) -> io::Result<bool> {
        let mut command = self.command(Path::new("/bin/sh"));
        command.args(["-c", ":"]).current_dir(dir);
        match command.status() {
            Ok(_) => Ok(true),
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::ACCESS.raw_os_error()) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
