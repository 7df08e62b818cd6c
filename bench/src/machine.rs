//! The machine: what it is, how busy it is, and which core does what.

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use rustix::thread::CpuSet;

/// A share of a core that background work may take while we measure.
const QUIET: f64 = 0.15;

/// Where a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    /// The servers' core.
    Server,
    /// The load generator's core.
    Load,
    /// Wherever the kernel likes.
    Any,
}

impl Core {
    fn index(self) -> Option<usize> {
        match self {
            Self::Server => Some(0),
            Self::Load => Some(1),
            Self::Any => None,
        }
    }
}

/// Says something to the person who waits.
#[expect(clippy::print_stderr, reason = "progress of a command-line tool")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// What `program --version` says its version is; `None` if it does not run here.
pub(crate) fn version_of(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let word =
        text.split_whitespace().find(|word| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()));
    word.map(|word| word.trim_start_matches('v').to_owned())
}

/// Whether processes can be pinned here: two cores and `taskset`.
pub(crate) fn can_pin() -> bool {
    cores() >= 2 && Command::new("taskset").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A command for `program`, pinned where that is possible.
pub(crate) fn pinned(program: impl AsRef<OsStr>, core: Core) -> Command {
    match core.index() {
        Some(index) if can_pin() => {
            let mut command = Command::new("taskset");
            command.arg("-c").arg(index.to_string()).arg(program);
            command
        }
        _ => Command::new(program),
    }
}

/// Pins the calling thread for as long as `work` runs.
pub(crate) fn on_core<T>(core: Core, work: impl FnOnce() -> T) -> T {
    let before = rustix::thread::sched_getaffinity(None);
    if let (Some(index), true) = (core.index(), cores() >= 2) {
        let mut set = CpuSet::new();
        set.set(index);
        // Where this is refused the figures have a wider spread, and say so.
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
    let result = work();
    if let Ok(before) = before {
        let _ = rustix::thread::sched_setaffinity(None, &before);
    }
    result
}

/// Cores this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The load average over one minute.
pub(crate) fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default()
}

/// One line about processor, cores and kernel.
pub(crate) fn describe() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let virtual_machine = if info.contains(" hypervisor") { ", virtual machine" } else { "" };
    format!("{model}, {} cores{virtual_machine}, Linux {}", cores(), kernel.trim())
}

/// Waits until nothing else runs, at most `patience`: what a round left behind must not weigh on the next one.
/// Answers whether it became quiet.
pub(crate) fn settle(patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if busy_cores(Duration::from_millis(200)) < QUIET {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
    }
}

/// How many cores were busy during `window`.
fn busy_cores(window: Duration) -> f64 {
    let before = busy_ticks();
    std::thread::sleep(window);
    let ticks = busy_ticks().saturating_sub(before);
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64 / window.as_secs_f64()
}

/// Clock ticks all cores spent on anything so far.
fn busy_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = stat.lines().next().unwrap_or_default();
    let fields: Vec<u64> = first.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, (idle, iowait,) irq, softirq
    [0, 1, 2, 5, 6].iter().filter_map(|&index| fields.get(index)).sum()
}

/// CPU time a process has used so far, all its threads, without its children.
pub(crate) fn cpu_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    // utime and stime are the 14th and 15th fields of the line, the 12th and 13th behind the name.
    let ticks: u64 =
        behind_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Memory a process keeps resident, in KiB: its own (anonymous) and what it maps from files.
pub(crate) fn resident_kib(pid: u32) -> Resident {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse().ok())
            .unwrap_or(0.0)
    };
    Resident { anonymous: field("RssAnon:"), total: field("VmRSS:") }
}

/// How many mappings a process has, and how many the kernel allows one (`vm.max_map_count`).
pub(crate) fn mappings(pid: u32) -> (usize, usize) {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let most = fs::read_to_string("/proc/sys/vm/max_map_count").unwrap_or_default();
    (maps.lines().count(), most.trim().parse().unwrap_or_default())
}

/// See [`resident_kib`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resident {
    pub(crate) anonymous: f64,
    pub(crate) total: f64,
}
