//! A running toolchain process. Dropping the handle ends the process and everything it started.

use std::{fmt, io, os::fd::OwnedFd, process::Child, time::Duration};

use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};
use tokio::{
    io::{Interest, unix::AsyncFd},
    process::{ChildStderr, ChildStdin, ChildStdout},
};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    remains::Remains,
    tree::{self, ProcStat},
};
use crate::{
    sandbox::{BoxLimits, Cgroup, ScratchDir},
    toolchain::Limit,
};

/// Signals of a limit on processor time and on the size of a file.
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;

/// Between two looks at a process whose end the system does not announce.
const LOOK_FOR_END: Duration = Duration::from_millis(5);

/// A toolchain process in its box. What the service started is the box's outer process, which ends as the program
/// does; the program itself is its grandchild.
#[derive(Debug)]
pub(crate) struct Process {
    /// `None` only while it is dropped.
    remains: Option<Remains>,
    pid: Pid,
    /// The program, as this service numbers it; before it is known, the outer process.
    program: i32,
}

/// The three pipes of a fresh process.
#[derive(Debug)]
pub(crate) struct Pipes {
    pub(crate) stdin: ChildStdin,
    pub(crate) stdout: ChildStdout,
    pub(crate) stderr: ChildStderr,
}

impl Pipes {
    /// Our ends of three pipes.
    ///
    /// # Errors
    /// When one cannot be registered with the runtime.
    pub(crate) fn new(stdin: OwnedFd, stdout: OwnedFd, stderr: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            stdin: ChildStdin::from_std(stdin.into())?,
            stdout: ChildStdout::from_std(stdout.into())?,
            stderr: ChildStderr::from_std(stderr.into())?,
        })
    }
}

/// What a process tree uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) memory_bytes: u64,
    pub(super) processes: usize,
}

impl Process {
    /// Takes over the outer process of a box, the leader of its own session. `alive` is let go once the box and
    /// all that was started in it are gone.
    pub(crate) fn adopt(child: Child, scratch: ScratchDir, group: Option<Cgroup>, alive: TaskTrackerToken) -> Self {
        let remains = Remains::new(child, scratch, group, alive);
        let pid = remains.pid();
        Self { pid, program: pid.as_raw_pid(), remains: Some(remains) }
    }

    /// Puts the box into its control group, if it has one. Before anything is started in it.
    pub(crate) fn join_group(&self) -> io::Result<()> {
        self.remains.as_ref().and_then(Remains::group).map_or(Ok(()), |group| group.add(self.id()))
    }

    /// The box stands: its scratch folder is open as `folder`, and there is a process in it that becomes the program.
    /// Whoever runs as `user` belongs to it.
    pub(crate) fn stands(&mut self, folder: OwnedFd, own: bool, user: Option<u32>) {
        if let Some(remains) = &mut self.remains {
            remains.scratch_mut().moved_inside(folder, own);
            remains.belongs_to(user);
        }
        let snapshot = tree::snapshot();
        let child_of = |parent| snapshot.iter().find(|process| process.parent == parent).map(|process| process.pid);
        if let Some(program) = child_of(self.id()).and_then(child_of) {
            self.program = program;
        }
    }

    /// The number of the outer process; the program's own is nobody's business.
    pub(crate) fn id(&self) -> i32 {
        self.pid.as_raw_pid()
    }

    /// Waits until the program has ended.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + 'static {
        let pid = self.pid;
        async move {
            let opened = pidfd_open(pid, PidfdFlags::NONBLOCK).map_err(io::Error::from);
            #[expect(unsafe_code, reason = "the library asks for a promise about the descriptor")]
            // SAFETY: an owned descriptor is the same, and open, for as long as it is owned.
            let register = |pidfd: OwnedFd| unsafe { AsyncFd::register_with_interest(pidfd, Interest::READABLE) };
            match opened.and_then(|pidfd| Ok(register(pidfd)?)) {
                Ok(pidfd) => drop(pidfd.readable().await),
                // Linux before 5.3, or no descriptor left.
                Err(_) => {
                    while exit_of(pid).is_none() {
                        tokio::time::sleep(LOOK_FOR_END).await;
                    }
                }
            }
        }
    }

    /// Ends whatever is alive in the box, and waits for that. Blocks for some milliseconds. The scratch folder stays.
    pub(crate) fn end(&mut self) {
        if let Some(remains) = &mut self.remains {
            remains.kill();
        }
    }

    /// The limit that made the program end like this, if it was one that the kernel keeps.
    pub(crate) fn limit_behind(&self, exit: Exit, limits: &BoxLimits) -> Option<Limit> {
        let BoxLimits { memory_bytes, scratch_bytes, cpu_seconds, .. } = *limits;
        let is_failure = exit != Exit::Code(0);
        let group = self.remains.as_ref().and_then(Remains::group);
        if is_failure && group.is_some_and(Cgroup::ran_out_of_memory) {
            return Some(Limit::Memory { memory_bytes });
        }
        match exit {
            Exit::Signal(SIGXCPU) => Some(Limit::Time { timeout_ms: cpu_seconds * 1000 }),
            Exit::Signal(SIGXFSZ) => Some(Limit::Scratch { scratch_bytes }),
            _ if is_failure && self.scratch_bytes(scratch_bytes) > scratch_bytes => {
                Some(Limit::Scratch { scratch_bytes })
            }
            _ => None,
        }
    }

    /// The scratch folder.
    pub(crate) fn scratch(&self) -> &ScratchDir {
        self.remains.as_ref().map(Remains::scratch).expect("it is there until this is dropped")
    }

    /// How the program ended, if it has. The outer process stays unreaped, so its number stays its own.
    pub(crate) fn exit(&self) -> Option<Exit> {
        exit_of(self.pid)
    }

    /// Resident memory of the program itself, in bytes; 0 once it is gone. One small read.
    pub(crate) fn memory_bytes(&self) -> u64 {
        tree::stat(self.program).map_or(0, |stat| stat.rss_bytes)
    }

    /// Processor time of the program itself, in seconds.
    pub(crate) fn cpu_seconds(&self) -> u64 {
        tree::stat(self.program).map_or(0, |stat| stat.cpu_seconds)
    }

    /// Bytes below the scratch folder; counting stops once `enough` is passed.
    pub(super) fn scratch_bytes(&self, enough: u64) -> u64 {
        self.remains.as_ref().map_or(0, |remains| remains.scratch().used_bytes(enough))
    }

    /// Adds up the members found in `snapshot` and remembers them for the end.
    pub(super) fn usage(&mut self, snapshot: &[ProcStat]) -> Usage {
        let leader = self.id();
        let Some(remains) = &mut self.remains else { return Usage::default() };
        let mut members = remains.members(snapshot);
        remains.remember(&members);
        // The outer process and the first in the box are ours, not the program's.
        let program = self.program;
        members.retain(|member| {
            let is_ours = member.pid == leader || (member.parent == leader && member.pid != program);
            !is_ours
        });
        Usage { memory_bytes: members.iter().map(|member| member.rss_bytes).sum(), processes: members.len() }
    }
}

fn exit_of(pid: Pid) -> Option<Exit> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let status = waitid(WaitId::Pid(pid), options).ok().flatten()?;
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Some(Exit::Code(code)),
        (None, Some(signal)) => Some(Exit::Signal(signal)),
        (None, None) => None,
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
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
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
