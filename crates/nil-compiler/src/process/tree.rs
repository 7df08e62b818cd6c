//! Reads `/proc`: which processes belong to a toolchain process, and what they use.
//!
//! Membership is what an unprivileged observer can see: process group, session, descent. A process that
//! leaves all three between two looks is found by its [`user`], where the box has one to itself, else by
//! [`carries_marker`]; one that also rewrites its environment is beyond that, and is what a PID namespace is for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::ffi::OsStrExt,
    path::Path,
};

/// Kernel clock ticks a second in `/proc/<pid>/stat`: fixed at 100 for user space on every Linux ABI.
const TICKS_PER_SECOND: u64 = 100;

/// One line of `/proc/<pid>/stat`, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProcStat {
    pub(super) pid: i32,
    pub(super) parent: i32,
    group: i32,
    session: i32,
    state: u8,
    pub(super) rss_bytes: u64,
    pub(super) cpu_seconds: u64,
    started_ticks: u64,
}

/// A process that cannot be confused with a later one of the same number.
pub(super) type ProcId = (i32, u64);

impl ProcStat {
    pub(super) fn id(&self) -> ProcId {
        (self.pid, self.started_ticks)
    }

    /// Dead, merely not yet reaped by its parent.
    pub(super) fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

/// Reads one process; `None` when it is gone.
pub(super) fn stat(pid: i32) -> Option<ProcStat> {
    parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads every process that is visible.
pub(super) fn snapshot() -> Vec<ProcStat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| stat(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// The living processes of `leader`: its group, its session, their descendants, and `known` ones from before.
pub(super) fn members(snapshot: &[ProcStat], leader: i32, known: &BTreeSet<ProcId>) -> Vec<ProcStat> {
    let mut children: BTreeMap<i32, Vec<&ProcStat>> = BTreeMap::new();
    for process in snapshot {
        children.entry(process.parent).or_default().push(process);
    }
    let mut found: BTreeMap<i32, ProcStat> = BTreeMap::new();
    let mut open: Vec<&ProcStat> = snapshot
        .iter()
        .filter(|process| {
            process.pid == leader
                || process.group == leader
                || process.session == leader
                || known.contains(&process.id())
        })
        .collect();
    while let Some(process) = open.pop() {
        if found.insert(process.pid, *process).is_none() {
            open.extend(children.get(&process.pid).into_iter().flatten());
        }
    }
    found.into_values().filter(|process| !process.is_dead()).collect()
}

/// The user that a process runs as; `None` when it is gone. Everybody may read it, whoever the process belongs to.
pub(super) fn user(pid: i32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    users.split_ascii_whitespace().next()?.parse().ok()
}

/// Whether a process was started with `TMPDIR` at or below `scratch`, which every process in a box inherits.
/// False as well when its environment may not be read.
pub(super) fn carries_marker(pid: i32, scratch: &Path) -> bool {
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { return false };
    environment.split(|byte| *byte == 0).any(|variable| {
        variable
            .strip_prefix(b"TMPDIR=")
            .is_some_and(|value| Path::new(std::ffi::OsStr::from_bytes(value)).starts_with(scratch))
    })
}

fn parse(pid: i32, line: &str) -> Option<ProcStat> {
    // The name in parentheses may itself hold spaces and parentheses: count from the last one.
    let fields: Vec<&str> = line.get(line.rfind(')')? + 1..)?.split_ascii_whitespace().collect();
    let number = |field: usize| -> Option<u64> { fields.get(field - 3)?.parse().ok() };
    let id = |field: usize| -> Option<i32> { fields.get(field - 3)?.parse().ok() };
    Some(ProcStat {
        pid,
        state: fields.first()?.bytes().next()?,
        parent: id(4)?,
        group: id(5)?,
        session: id(6)?,
        cpu_seconds: (number(14)? + number(15)?) / TICKS_PER_SECOND,
        started_ticks: number(22)?,
        rss_bytes: number(24)?.saturating_mul(rustix::param::page_size() as u64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, group: i32, session: i32) -> ProcStat {
        ProcStat { pid, parent, group, session, state: b'S', rss_bytes: 0, cpu_seconds: 0, started_ticks: 7 }
    }

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let line =
            "42 (a) (b c) S 7 42 41 0 -1 4194304 0 0 0 0 150 50 0 0 20 0 11 0 9000 1000000 25 18446744073709551615";
        let stat = parse(42, line).expect("a well-formed line");
        assert_eq!((stat.parent, stat.group, stat.session), (7, 42, 41));
        assert_eq!(stat.cpu_seconds, 2);
        assert_eq!(stat.id(), (42, 9000));
        assert_eq!(stat.rss_bytes, 25 * rustix::param::page_size() as u64);
    }

    #[test]
    fn members_follow_group_session_descent_and_memory() {
        let all = [
            process(10, 1, 10, 10),  // leader
            process(11, 10, 10, 10), // same group
            process(12, 11, 12, 12), // own session, still a descendant
            process(13, 1, 13, 13),  // escaped, but seen before
            process(14, 13, 14, 14), // child of the escaped one
            process(20, 1, 20, 20),  // a stranger
        ];
        let pids: Vec<i32> = members(&all, 10, &BTreeSet::from([(13, 7)])).iter().map(|member| member.pid).collect();
        assert_eq!(pids, [10, 11, 12, 13, 14]);
    }

    #[test]
    fn a_reused_number_is_not_a_known_process() {
        assert!(members(&[process(13, 1, 13, 13)], 10, &BTreeSet::from([(13, 6)])).is_empty());
    }
}
