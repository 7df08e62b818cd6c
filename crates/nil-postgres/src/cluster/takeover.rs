//! Ending what an earlier run left behind, once the lock proves that nobody supervises it.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::process::{Pid, Signal};

use super::{ClusterError, Layout};
use crate::Progress;
use crate::processes;

/// A server whose supervisor was killed is already shutting down; it gets this long to finish properly.
const ORDERLY: Duration = Duration::from_secs(20);

/// After SIGKILL only the kernel is in the way.
const KILLED: Duration = Duration::from_secs(10);

/// Leaves no PostgreSQL process in the data directory and no `postmaster.pid` that would stop a new one.
pub(super) fn clear(layout: &Layout, progress: Progress<'_>) -> Result<(), ClusterError> {
    let data = &layout.data;
    let running = processes::attached_to(data).map_err(ClusterError::file(data))?;
    let postmaster = postmaster_pid(layout)?;
    if let Some(pid) = postmaster.filter(|pid| running.contains(pid)) {
        progress("waiting for the PostgreSQL of an earlier run to stop");
        processes::signal_all(&[pid], Signal::INT);
        processes::wait_until_detached(data, ORDERLY).map_err(ClusterError::file(data))?;
    }
    if !processes::kill_attached(data, KILLED).map_err(ClusterError::file(data))? {
        let left = processes::attached_to(data).map_err(ClusterError::file(data))?;
        let pids = left.into_iter().map(Pid::as_raw_pid).collect();
        return Err(ClusterError::Orphans { data: data.clone(), pids });
    }
    forget_foreign_postmaster(layout)
}

/// Removes a `postmaster.pid` whose number now belongs to a process that is not PostgreSQL's.
///
/// PostgreSQL cannot tell and would refuse to start. A number that belongs to nobody it handles by
/// itself, and then also checks the old shared memory, so that file is left to it.
pub(crate) fn forget_foreign_postmaster(layout: &Layout) -> Result<(), ClusterError> {
    let Some(pid) = postmaster_pid(layout)? else { return Ok(()) };
    // A process we may not signal exists all the same.
    let exists = rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH);
    let attached = processes::attached_to(&layout.data).map_err(ClusterError::file(&layout.data))?;
    if exists && attached.is_empty() {
        tracing::info!(pid = pid.as_raw_pid(), "removing a stale postmaster.pid");
        let path = layout.data.join("postmaster.pid");
        fs::remove_file(&path).map_err(ClusterError::file(path))?;
    }
    Ok(())
}

fn postmaster_pid(layout: &Layout) -> Result<Option<Pid>, ClusterError> {
    let path = layout.data.join("postmaster.pid");
    match fs::read_to_string(&path) {
        // Stand-alone servers write their number negated.
        Ok(text) => Ok(text.lines().next().and_then(|line| line.trim().parse::<i32>().ok()).and_then(|pid| {
            let pid = pid.checked_abs()?;
            Pid::from_raw(pid)
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ClusterError::file(path)(error)),
    }
}
