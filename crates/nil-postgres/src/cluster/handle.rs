//! The running cluster as its owner holds it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{ClusterError, ClusterOptions, DATABASE, Layout, configuration, initialise, lock::Lock, sockets, takeover};
use crate::Progress;
use crate::os_user::OsUser;
use crate::supervisor::{ClusterState, Launch, Shutdown, Supervisor};

/// A running PostgreSQL that belongs to this process alone and ends with it.
///
/// The server is restarted when it dies; [`Cluster::state`] tells. Dropping the value stops the server, and
/// so does the kernel should this process be killed.
pub struct Cluster {
    // Dropped in this order: the lock goes last, when the server is gone.
    supervisor: Supervisor,
    layout: Layout,
    socket_dir: PathBuf,
    /// True for a socket directory outside of the cluster's that nobody asked for by name.
    remove_socket_dir: bool,
    major: u32,
    _lock: Lock,
}

impl Cluster {
    /// Starts the cluster in `options.dir`, making it first if there is none, and returns when it accepts
    /// connections.
    ///
    /// `progress` hears about whatever takes longer than a moment.
    ///
    /// # Errors
    ///
    /// [`ClusterError::AlreadyRunning`] if another process, or another value in this one, runs the cluster. All
    /// other errors name what to change; nothing half-made is left behind.
    pub fn start(options: &ClusterOptions, progress: Progress<'_>) -> Result<Self, ClusterError> {
        let started = Instant::now();
        let user = OsUser::resolve(Some(&options.dir.join("data")), options.os_user.as_deref())?;
        let layout = Layout::prepare(&options.dir, &user)?;
        let lock = Lock::take(&layout)?;
        takeover::clear(&layout, progress)?;
        initialise::ensure_data(&layout, options, &user, progress)?;
        let socket_dir = sockets::prepare(&layout, options.socket_dir.as_deref(), &user)?;
        configuration::write(&layout, options, &user, &socket_dir)?;

        let launch = Launch {
            postgres: options.binaries.postgres(),
            user,
            layout: layout.clone(),
            start_timeout: options.start_timeout,
            stop_timeout: options.stop_timeout,
        };
        let supervisor = Supervisor::start(launch, progress)?;
        tracing::info!(version = options.binaries.version, elapsed = ?started.elapsed(), "PostgreSQL is ready");
        let remove_socket_dir = options.socket_dir.as_ref() != Some(&socket_dir) && socket_dir != layout.run;
        let major = options.binaries.major;
        Ok(Self { supervisor, layout, socket_dir, remove_socket_dir, major, _lock: lock })
    }

    /// How to connect as the user this process runs as, in the form that sqlx and libpq read:
    /// `postgres://nil@localhost/nil?host=<directory of the socket>&…`.
    pub fn connection_url(&self) -> String {
        self.database_url(DATABASE)
    }

    /// The same for another database of this cluster, which need not exist yet.
    pub fn database_url(&self, database: &str) -> String {
        sockets::connection_url(&self.socket_dir, database)
    }

    /// The cluster's directory, absolute.
    pub fn dir(&self) -> &Path {
        &self.layout.dir
    }

    /// The directory of the socket, absolute.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The server's log: at most 8 MiB, with as much before it in `server.log.1` beside it.
    pub fn log_file(&self) -> &Path {
        &self.layout.log
    }

    /// The major version of the server.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// What the server is doing now.
    pub fn state(&self) -> ClusterState {
        self.supervisor.state()
    }

    /// Waits until the state satisfies `wanted`, and returns it; or nothing when `timeout` passed first.
    pub fn wait_for(&self, timeout: Duration, wanted: impl Fn(&ClusterState) -> bool) -> Option<ClusterState> {
        self.supervisor.wait_for(timeout, wanted)
    }

    /// Stops the server and says how that went; a stopped cluster stays stopped.
    ///
    /// The cluster stays locked until the value is dropped.
    pub fn stop(&self) -> Shutdown {
        self.supervisor.stop()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        if self.remove_socket_dir {
            // Empty after an orderly stop; otherwise the next start uses it again.
            let _ = fs::remove_dir(&self.socket_dir);
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cluster").field("dir", &self.layout.dir).field("state", &self.state()).finish()
    }
}
