//! PostgreSQL clusters for tests: the one all tests of a process share, and private ones to break.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::OnceLock;

use anyhow::Context;
use nil_postgres::{Binaries, Cluster, ClusterOptions, Durability};

use crate::janitor::Janitor;
use crate::settings;

/// Tests run side by side, each with a pool or two.
const MAX_CONNECTIONS: &str = "400";

/// Its directory may be in memory.
const MAX_WAL_SIZE: &str = "256MB";

/// A PostgreSQL cluster that is gone when it is dropped or the process ends.
///
/// Tests that only need a database take a [`crate::TestDatabase`], which is much cheaper. This is for those that
/// kill or stop the server.
#[derive(Debug)]
pub struct TestCluster {
    // In this order: the server goes before its directory.
    cluster: Cluster,
    _janitor: Janitor,
}

impl TestCluster {
    /// Starts a cluster of its own; takes a second or two, and blocks.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn start() -> Self {
        match Self::try_start() {
            Ok(cluster) => cluster,
            Err(error) => panic!("failed to start PostgreSQL for the tests: {error:#}"),
        }
    }

    fn try_start() -> anyhow::Result<Self> {
        let binaries = Binaries::locate(&settings::locate_options(), &quiet)?;
        let janitor = Janitor::hire().context("make a directory for the cluster")?;
        // As root PostgreSQL runs as another user, who has to get there.
        fs::set_permissions(janitor.dir(), Permissions::from_mode(0o711)).context("open the directory")?;
        let mut options = ClusterOptions::new(binaries, janitor.dir());
        options.durability = Durability::Disposable;
        options.settings.insert("max_connections".to_owned(), MAX_CONNECTIONS.to_owned());
        options.settings.insert("max_wal_size".to_owned(), MAX_WAL_SIZE.to_owned());
        let cluster = Cluster::start(&options, &quiet)?;
        Ok(Self { cluster, _janitor: janitor })
    }

    /// The one cluster that all tests of this process share, started by the first who asks; blocks.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<TestCluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// The cluster itself, to stop it, look at its state or connect to its `nil` database.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

/// The test runner shows what a test prints only if it fails; nobody is there to watch progress.
fn quiet(_: &str) {}
