//! Processes as `/proc` shows them: who started whom, who is still there, and how to end one.

use std::{fs, path::Path};

use rustix::process::{Pid, Signal, kill_process};

/// One process, told apart from a later one with the same number by the time it started.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TestProcess {
    /// Its number.
    pub pid: u32,
    /// Its command line, arguments separated by spaces; its short name where it has none.
    pub command: String,
    /// Clock ticks since the machine started.
    started: u64,
}

/// What one line of `/proc/<pid>/stat` says.
struct Stat {
    name: String,
    state: char,
    parent: u32,
    started: u64,
}

impl TestProcess {
    /// The process with this number, unless it is gone or only waits to be reaped.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = stat(pid).filter(|stat| !matches!(stat.state, 'Z' | 'X'))?;
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&bytes).replace('\0', " ");
        let command = if line.trim().is_empty() { stat.name } else { line.trim().to_owned() };
        Some(Self { pid, command, started: stat.started })
    }

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now.started == self.started)
    }

    /// Ends it without giving it a say.
    pub fn kill9(&self) {
        self.signal(Signal::KILL);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid.filter(|_| self.is_alive()) {
            // Gone in between is as good.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Everything that `root` started, directly or not, and that was not orphaned since.
pub(crate) fn descendants(root: u32) -> Vec<TestProcess> {
    let parents: Vec<(u32, u32)> = all().filter_map(|pid| Some((pid, stat(pid)?.parent))).collect();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.into_iter().skip(1).filter_map(TestProcess::of).collect()
}

/// Everything that works in `dir` or names it on its command line.
pub(crate) fn working_in(dir: &Path) -> Vec<TestProcess> {
    let text = dir.display().to_string();
    let works_there = |process: &TestProcess| {
        let cwd = fs::read_link(format!("/proc/{}/cwd", process.pid));
        process.command.contains(&text) || cwd.is_ok_and(|cwd| cwd.starts_with(dir))
    };
    all().filter_map(TestProcess::of).filter(works_there).collect()
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything, parentheses too.
    let (head, tail) = text.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = tail.split_whitespace().collect();
    Some(Stat {
        name,
        // Fields 3, 4 and 22 of proc_pid_stat(5).
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}
