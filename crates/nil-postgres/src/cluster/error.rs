//! What can go wrong while making or starting a cluster.

use std::io;
use std::path::PathBuf;

use crate::{LaunchError, OsUserError};

/// Why a cluster could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Another process runs this cluster.
    #[error("use {}: {} runs it already; stop that one first or choose another directory", dir.display(), holder(*pid))]
    AlreadyRunning {
        /// The cluster's directory.
        dir: PathBuf,
        /// The process that holds the lock; unknown for the first instant after it took it.
        pid: Option<u32>,
    },
    /// The path cannot be written into PostgreSQL's configuration or a connection URL.
    #[error("use {}: the path must be UTF-8 without control characters", dir.display())]
    Path {
        /// The cluster's directory.
        dir: PathBuf,
    },
    /// The user PostgreSQL runs as cannot get to the cluster's directory.
    #[error(
        "let the user {user}, which runs PostgreSQL because we are root, enter {}: allow it \
         (`chmod o+x {}`), or choose a directory elsewhere, for example under /var/lib", blocked.display(), blocked.display()
    )]
    Unreachable {
        /// The first directory on the way that the user may not enter.
        blocked: PathBuf,
        /// The user PostgreSQL runs as.
        user: String,
    },
    /// The data belongs to another user, and we are not root.
    #[error("use the data in {}: it belongs to user id {owner}; run as that user or as root, or choose another directory", data.display())]
    NotOwner {
        /// The data directory.
        data: PathBuf,
        /// Its owner's user id.
        owner: u32,
    },
    /// There are files where the data should be, but no PostgreSQL data.
    #[error("use {}: it has no PG_VERSION, so it is not PostgreSQL's data; move it away or choose another directory", data.display())]
    NotData {
        /// The data directory.
        data: PathBuf,
    },
    /// The data was made by another major version than the given programs.
    #[error("open the data in {} with PostgreSQL {programs}: PostgreSQL {data_major} made it; use that version's programs", data.display())]
    WrongMajor {
        /// The data directory.
        data: PathBuf,
        /// The major version that made the data.
        data_major: u32,
        /// The major version of the programs.
        programs: u32,
    },
    /// A setting's name is not one.
    #[error(
        "set `{name}`: a setting's name has lower-case letters, digits, `_` and `.`, its value no control characters"
    )]
    Setting {
        /// The name that was given.
        name: String,
    },
    /// No directory for the socket is both short enough and ours.
    #[error("find a directory for the socket: {}; name a short private one", reasons.join("; "))]
    Sockets {
        /// One reason for each directory that was considered.
        reasons: Vec<String>,
    },
    /// PostgreSQL processes of an earlier run could not be ended.
    #[error("end the PostgreSQL processes {pids:?} that still use {}: they do not go; end them yourself", data.display())]
    Orphans {
        /// The data directory.
        data: PathBuf,
        /// Their process ids.
        pids: Vec<i32>,
    },
    /// The data directory could not be made.
    #[error("make the data directory with {program}: {output}")]
    Initialise {
        /// `initdb` or `postgres --single`.
        program: &'static str,
        /// How it ended, and the end of what it printed.
        output: String,
    },
    /// The server did not start.
    #[error("start PostgreSQL: {0}")]
    Launch(#[from] LaunchError),
    /// There is no user to run PostgreSQL as.
    #[error(transparent)]
    User(#[from] OsUserError),
    /// A file or directory of the cluster could not be used.
    #[error("use {}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
}

impl ClusterError {
    /// For `map_err` on operations about one path.
    pub(super) fn file<E: Into<io::Error>>(path: impl Into<PathBuf>) -> impl FnOnce(E) -> Self {
        let path = path.into();
        move |source| Self::File { path, source: source.into() }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
