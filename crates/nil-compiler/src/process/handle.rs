//! A running toolchain process. Dropping the handle ends the process and everything it started.

use std::{fmt, io, process::Child};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    remains::Remains,
    tree::{self, ProcStat},
};
use crate::sandbox::ScratchDir;

/// A toolchain process in its box.
#[derive(Debug)]
pub(crate) struct Process {
    /// `None` only while it is dropped.
    remains: Option<Remains>,
    pid: Pid,
}

/// The three pipes of a fresh process.
#[derive(Debug)]
pub(crate) struct Pipes {
    pub(crate) stdin: ChildStdin,
    pub(crate) stdout: ChildStdout,
    pub(crate) stderr: ChildStderr,
}

/// What a process tree uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) memory_bytes: u64,
    pub(super) processes: usize,
}

impl Process {
    /// Takes over a child that was spawned with three pipes as the leader of its own session. `alive` is let go
    /// once the child and all it started are gone.
    ///
    /// # Errors
    /// When a pipe is missing or cannot be registered with the runtime; the child is ended then.
    pub(crate) fn adopt(mut child: Child, scratch: ScratchDir, alive: TaskTrackerToken) -> io::Result<(Self, Pipes)> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let remains = Remains::new(child, scratch, alive);
        let process = Self { pid: remains.pid(), remains: Some(remains) };
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(io::Error::other("the process was spawned without its three pipes"));
        };
        let pipes = Pipes {
            stdin: ChildStdin::from_std(stdin)?,
            stdout: ChildStdout::from_std(stdout)?,
            stderr: ChildStderr::from_std(stderr)?,
        };
        Ok((process, pipes))
    }

    pub(crate) fn id(&self) -> i32 {
        self.pid.as_raw_pid()
    }

    /// How the process ended, if it has. It stays unreaped, so its number stays its own.
    pub(crate) fn exit(&self) -> Option<Exit> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        let status = waitid(WaitId::Pid(self.pid), options).ok().flatten()?;
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Some(Exit::Code(code)),
            (None, Some(signal)) => Some(Exit::Signal(signal)),
            (None, None) => None,
        }
    }

    /// Resident memory of the process itself, in bytes; 0 once it is gone. One small read.
    pub(crate) fn memory_bytes(&self) -> u64 {
        tree::stat(self.id()).map_or(0, |stat| stat.rss_bytes)
    }

    /// Processor time of the process itself, in seconds.
    pub(crate) fn cpu_seconds(&self) -> u64 {
        tree::stat(self.id()).map_or(0, |stat| stat.cpu_seconds)
    }

    /// Bytes below the scratch folder; counting stops once `enough` is passed.
    pub(super) fn scratch_bytes(&self, enough: u64) -> u64 {
        self.remains.as_ref().map_or(0, |remains| remains.scratch().used_bytes(enough))
    }

    /// Removes whatever the last job left in the scratch folder.
    pub(crate) fn empty_scratch(&self) -> io::Result<()> {
        self.remains.as_ref().map_or(Ok(()), |remains| remains.scratch().empty())
    }

    /// Adds up the members found in `snapshot` and remembers them for the end.
    pub(super) fn usage(&mut self, snapshot: &[ProcStat]) -> Usage {
        let leader = self.id();
        let Some(remains) = &mut self.remains else { return Usage::default() };
        let members = tree::members(snapshot, leader, remains.known());
        remains.remember(&members);
        Usage { memory_bytes: members.iter().map(|member| member.rss_bytes).sum(), processes: members.len() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Some(remains) = self.remains.take() else { return };
        match tokio::runtime::Handle::try_current() {
            // Should the runtime be shutting down, the closure is dropped unrun, and `remains` with it.
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(remains))),
            Err(_) => drop(remains),
        }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "it exited with code {code}"),
            Self::Signal(9) => {
                f.write_str("it was killed by the system (signal 9), most likely because the machine ran out of memory")
            }
            Self::Signal(signal) => write!(f, "it ended by signal {signal}"),
        }
    }
}
