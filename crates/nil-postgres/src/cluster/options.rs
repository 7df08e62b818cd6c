//! What a caller chooses about a cluster.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::Binaries;

/// What a crash of the operating system may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Nothing that was committed.
    #[default]
    Durable,
    /// The whole cluster; made for tests, which throw it away. A crash of PostgreSQL alone still costs nothing.
    Disposable,
}

/// What to start, and where.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The programs to run; found with [`Binaries::locate`] for the same directory.
    pub binaries: Binaries,
    /// The cluster's own directory, created if missing. It holds `data/`, `server.log`, the generated
    /// configuration, `lock` and, unless its path is too long, the socket in `run/`.
    pub dir: PathBuf,
    /// Directory for the socket instead of `run/` or a short one chosen automatically. The socket's path may
    /// have at most 100 bytes; a longer directory is replaced.
    pub socket_dir: Option<PathBuf>,
    /// The account PostgreSQL shall run as, if root wants another than the usual one.
    pub os_user: Option<String>,
    /// What a crash of the operating system may cost.
    pub durability: Durability,
    /// PostgreSQL settings by name, over our defaults. `ALTER SYSTEM` goes over both.
    pub settings: BTreeMap<String, String>,
    /// How long the server may take until it accepts connections, crash recovery included.
    pub start_timeout: Duration,
    /// How long the server may take to end sessions and write everything out before it is stopped without
    /// that, which costs a recovery at the next start but no data.
    pub stop_timeout: Duration,
}

impl ClusterOptions {
    /// A durable cluster with our default settings.
    pub fn new(binaries: Binaries, dir: impl Into<PathBuf>) -> Self {
        Self {
            binaries,
            dir: dir.into(),
            socket_dir: None,
            os_user: None,
            durability: Durability::Durable,
            settings: BTreeMap::new(),
            // Replaying a full gigabyte of write-ahead log takes a slow disk about this long.
            start_timeout: Duration::from_secs(120),
            stop_timeout: Duration::from_secs(30),
        }
    }
}
