//! What the server is doing, for whoever wants to know or wait.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a cluster's server is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterState {
    /// Starting for the first time.
    Starting,
    /// Accepting connections.
    Running {
        /// Process id of the postmaster.
        pid: u32,
    },
    /// It died; a new start is under way or about to be.
    Restarting {
        /// Starts that failed since it last ran.
        failures: u32,
        /// Why it died, or why the last start failed.
        reason: String,
    },
    /// Stopped for good.
    Stopped,
}

/// The state shared between the supervisor's thread and everybody else.
#[derive(Debug)]
pub(super) struct SharedState {
    current: Mutex<ClusterState>,
    changed: Condvar,
}

impl SharedState {
    pub(super) fn new() -> Self {
        Self { current: Mutex::new(ClusterState::Starting), changed: Condvar::new() }
    }

    pub(super) fn get(&self) -> ClusterState {
        self.lock().clone()
    }

    pub(super) fn set(&self, state: ClusterState) {
        *self.lock() = state;
        self.changed.notify_all();
    }

    pub(super) fn wait_for(&self, timeout: Duration, wanted: impl Fn(&ClusterState) -> bool) -> Option<ClusterState> {
        let deadline = Instant::now() + timeout;
        let mut current = self.lock();
        loop {
            if wanted(&current) {
                return Some(current.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            current = self.changed.wait_timeout(current, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A state is replaced as a whole, so it is sound whatever happened to the thread that wrote it.
    fn lock(&self) -> MutexGuard<'_, ClusterState> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
