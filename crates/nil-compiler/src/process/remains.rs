//! Ends a toolchain process with everything it started, reaps it and removes its scratch folder.
//!
//! Blocking by nature (`wait`, `/proc`, file removal): callers on the runtime move it to a blocking thread.

use std::{
    collections::BTreeSet,
    path::Path,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::tree::{self, ProcId, ProcStat};
use crate::sandbox::{Cgroup, ScratchDir};

/// A killed process is gone within milliseconds unless the kernel holds it in a disk or network wait.
const DEATH_DEADLINE: Duration = Duration::from_secs(5);

/// Pause between two looks at processes that were just killed.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What has to be cleared away once a toolchain process is no longer wanted. Dropping it clears.
#[derive(Debug)]
pub(crate) struct Remains {
    child: Child,
    scratch: ScratchDir,
    /// Removed after everybody in it is gone: after `clear`, which is the drop of this.
    group: Option<Cgroup>,
    /// Members seen while it ran, so that one which slipped out of group and descent is still found.
    known: BTreeSet<ProcId>,
    /// The user that nobody but the processes of the box is, where those must be told by it.
    user: Option<u32>,
    killed: bool,
    _alive: TaskTrackerToken,
}

impl Remains {
    pub(super) fn new(child: Child, scratch: ScratchDir, group: Option<Cgroup>, alive: TaskTrackerToken) -> Self {
        Self { child, scratch, group, known: BTreeSet::new(), user: None, killed: false, _alive: alive }
    }

    pub(super) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(super) fn scratch(&self) -> &ScratchDir {
        &self.scratch
    }

    pub(super) fn scratch_mut(&mut self) -> &mut ScratchDir {
        &mut self.scratch
    }

    pub(super) fn group(&self) -> Option<&Cgroup> {
        self.group.as_ref()
    }

    pub(super) fn remember(&mut self, members: &[ProcStat]) {
        self.known.extend(members.iter().map(ProcStat::id));
    }

    pub(super) fn belongs_to(&mut self, user: Option<u32>) {
        self.user = user;
    }

    /// The living processes of the box, as far as they can be told from others.
    pub(super) fn members(&self, snapshot: &[ProcStat]) -> Vec<ProcStat> {
        let mut members = tree::members(snapshot, self.pid().as_raw_pid(), &self.known);
        if let Some(user) = self.user {
            add(snapshot, &mut members, |process| tree::user(process.pid) == Some(user));
        }
        members
    }

    /// Kills the group and every member and waits for their death. A second call does nothing.
    pub(super) fn kill(&mut self) {
        if std::mem::replace(&mut self.killed, true) {
            return;
        }
        let leader = self.pid();
        // The leader is not reaped before the end, so its number cannot have become somebody else's.
        let _ = kill_process_group(leader, Signal::KILL);
        let deadline = Instant::now() + DEATH_DEADLINE;
        let scratch = self.scratch.path().to_owned();
        kill_until_gone(deadline, |snapshot| {
            let mut members = self.members(snapshot);
            add_marked(snapshot, &scratch, &mut members);
            self.known.extend(members.iter().map(ProcStat::id));
            members
        });
    }

    /// Kills, reaps the leader, removes the scratch folder.
    fn clear(&mut self) {
        self.kill();
        let leader = self.pid();
        let deadline = Instant::now() + DEATH_DEADLINE;
        if !reap(&mut self.child, deadline) {
            tracing::error!(
                pid = leader.as_raw_pid(),
                "a killed toolchain process does not end; it is left to the system"
            );
        }
        self.scratch.remove();
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Kills what a former service left running in `scratch`: only its boxes have their `TMPDIR` there.
pub(crate) fn kill_marked(scratch: &Path) {
    kill_until_gone(Instant::now() + DEATH_DEADLINE, |snapshot| {
        let mut marked = Vec::new();
        add_marked(snapshot, scratch, &mut marked);
        marked
    });
}

fn add_marked(snapshot: &[ProcStat], scratch: &Path, members: &mut Vec<ProcStat>) {
    add(snapshot, members, |process| tree::carries_marker(process.pid, scratch));
}

/// Adds the living processes that are members as well.
fn add(snapshot: &[ProcStat], members: &mut Vec<ProcStat>, is_member: impl Fn(&ProcStat) -> bool) {
    for process in snapshot {
        let known = members.iter().any(|member| member.pid == process.pid);
        if !known && !process.is_dead() && is_member(process) {
            members.push(*process);
        }
    }
}

/// A process may fork while it is being killed, so one look is not enough.
fn kill_until_gone(deadline: Instant, mut find: impl FnMut(&[ProcStat]) -> Vec<ProcStat>) {
    let mut killed = BTreeSet::new();
    loop {
        let members = find(&tree::snapshot());
        for member in &members {
            if let Some(pid) = Pid::from_raw(member.pid) {
                let _ = kill_process(pid, Signal::KILL);
                killed.insert(member.pid);
            }
        }
        if members.is_empty() || Instant::now() >= deadline {
            break;
        }
        thread::sleep(LOOK_AGAIN);
    }
    reap_adopted(&killed);
}

/// Where this process is PID 1, as in a container, orphans become its children and stay zombies unless it
/// reaps them. Everywhere else they are not its children and the call says so.
fn reap_adopted(killed: &BTreeSet<i32>) {
    if std::process::id() == 1 {
        for pid in killed.iter().filter_map(|pid| Pid::from_raw(*pid)) {
            let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
}

/// False if the process does not end.
fn reap(child: &mut Child, deadline: Instant) -> bool {
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) if Instant::now() < deadline => thread::sleep(LOOK_AGAIN),
            Ok(None) | Err(_) => return false,
        }
    }
}
