//! One run of the server: spawn, wait until it is ready, stop.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

use super::log_file;
use crate::cluster::Layout;
use crate::os_user::OsUser;
use crate::processes::{self, POLL};

/// Where PostgreSQL writes its state in `postmaster.pid`, counted from 0.
const STATE_LINE: usize = 7;

/// After the orderly way took too long: time to end without writing data out, and then to be killed.
const IMMEDIATE_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The program could not be run.
    #[error("run {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
    /// It ended before it was ready.
    #[error("it ended with {status}; its log ends:\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// It was not ready in time.
    #[error("it is not ready after {} s; its log ends:\n{log}", timeout.as_secs())]
    Timeout {
        /// How long was waited.
        timeout: Duration,
        /// The last lines of its log.
        log: String,
    },
    /// It was told to stop before it was ready.
    #[error("it was stopped before it was ready")]
    Stopped,
    /// What an earlier run left could not be cleared away.
    #[error("clear away what the earlier run left: {reason}")]
    Leftovers {
        /// What is in the way.
        reason: String,
    },
}

/// How a server was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// In order: sessions ended, everything written out.
    Fast,
    /// Without writing out; the next start recovers.
    Immediate,
    /// By force; the next start recovers.
    Killed,
    /// It was not running any more.
    NotRunning,
}

/// Everything needed to run the server.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) postgres: PathBuf,
    pub(crate) user: OsUser,
    pub(crate) layout: Layout,
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
}

/// A server process that is our child and not yet reaped, so that its number stays its own.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
}

impl Launch {
    /// Starts the server and waits until it is ready, fails, or `stopping` says to give up.
    ///
    /// The server gets a signal to shut down when the calling thread ends.
    pub(super) fn start(&self, stopping: impl Fn() -> bool) -> Result<Server, LaunchError> {
        let log = self.layout.log_file();
        let spawn_error = |source| LaunchError::Spawn { program: self.postgres.clone(), source };
        let output = log_file::open(log).map_err(spawn_error)?;
        let log_start = output.metadata().map_err(spawn_error)?.len();

        let mut command = self.user.command(&self.postgres);
        command.arg("-D").arg(&self.layout.data).arg("-c").arg(self.layout.configuration_setting());
        command.stdout(output.try_clone().map_err(spawn_error)?).stderr(output);
        // Its own group, or Ctrl-C in a terminal would stop the server before us.
        command.process_group(0);
        processes::die_with_this_thread(&mut command, Signal::INT);
        let mut server = Server { child: command.spawn().map_err(spawn_error)? };

        let deadline = Instant::now() + self.start_timeout;
        loop {
            if let Some(status) = server.child.try_wait().map_err(spawn_error)? {
                return Err(LaunchError::Ended { status, log: log_file::tail(log, log_start) });
            }
            if is_ready(&self.layout.data, server.pid()) {
                return Ok(server);
            }
            if stopping() {
                server.stop(self.stop_timeout, &self.layout.data);
                return Err(LaunchError::Stopped);
            }
            if Instant::now() >= deadline {
                let log = log_file::tail(log, log_start);
                server.stop(Duration::ZERO, &self.layout.data);
                return Err(LaunchError::Timeout { timeout: self.start_timeout, log });
            }
            thread::sleep(POLL);
        }
    }
}

impl Server {
    pub(super) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Whether the server ended, without reaping it.
    pub(super) fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        matches!(waitid(WaitId::Pid(self.pid()), options), Ok(Some(_)))
    }

    /// Collects how the server ended, waiting for that if need be.
    pub(super) fn reap(mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    /// Stops the server: in order within `timeout`, else without writing out, else by force.
    pub(super) fn stop(mut self, timeout: Duration, data: &Path) -> Shutdown {
        let ways = [(Signal::INT, timeout, Shutdown::Fast), (Signal::QUIT, IMMEDIATE_TIMEOUT, Shutdown::Immediate)];
        for (signal, timeout, way) in ways {
            processes::signal_all(&[self.pid()], signal);
            if self.ended_within(timeout) {
                return way;
            }
        }
        processes::signal_all(&[self.pid()], Signal::KILL);
        self.ended_within(IMMEDIATE_TIMEOUT);
        if let Err(error) = processes::kill_attached(data, IMMEDIATE_TIMEOUT) {
            tracing::warn!(%error, "looking for PostgreSQL processes failed");
        }
        Shutdown::Killed
    }

    fn ended_within(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            // An error means that there is no such child any more.
            match self.child.try_wait() {
                Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
                Ok(None) => return false,
                Ok(Some(_)) | Err(_) => return true,
            }
        }
    }
}

/// Whether the server itself says so. The file may still be an earlier server's, hence the number.
fn is_ready(data: &Path, pid: Pid) -> bool {
    let Ok(text) = fs::read_to_string(data.join("postmaster.pid")) else { return false };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let ours = lines.first().is_some_and(|line| line.parse() == Ok(pid.as_raw_pid()));
    ours && lines.get(STATE_LINE) == Some(&"ready")
}
