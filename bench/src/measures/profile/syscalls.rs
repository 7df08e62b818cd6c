//! System calls of a running process, counted by `strace`.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal};

/// How long `strace` may take to attach to all threads, and to let go of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often one system call was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) name: String,
    pub(super) count: u64,
    pub(super) failed: u64,
}

/// A process being watched; let go of when dropped.
#[derive(Debug)]
pub(super) struct Watch {
    strace: Child,
    summary: PathBuf,
}

impl Watch {
    /// Begins, with all threads there are.
    pub(super) fn start(pid: u32, dir: &Path) -> anyhow::Result<Self> {
        let summary = dir.join("strace.txt");
        let mut command = Command::new("strace");
        command.args(["-c", "-f", "-p", &pid.to_string(), "-o"]).arg(&summary);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let strace = command.spawn().context("strace cannot be run (`apt-get install strace`)")?;
        let mut watch = Self { strace, summary };
        let deadline = Instant::now() + PATIENCE;
        while !traced(pid) {
            anyhow::ensure!(watch.strace.try_wait()?.is_none(), "strace may not watch the server here");
            anyhow::ensure!(Instant::now() < deadline, "strace does not begin");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(watch)
    }

    /// Ends, and answers what was counted, most frequent first.
    pub(super) fn finish(mut self) -> anyhow::Result<Vec<Calls>> {
        self.interrupt();
        let deadline = Instant::now() + PATIENCE;
        while self.strace.try_wait()?.is_none() {
            anyhow::ensure!(Instant::now() < deadline, "strace does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        let text = std::fs::read_to_string(&self.summary).context("strace left no summary")?;
        let mut calls = parse(&text);
        calls.sort_by_key(|call| std::cmp::Reverse(call.count));
        anyhow::ensure!(!calls.is_empty(), "strace counted nothing");
        Ok(calls)
    }

    /// It lets go of the process before it ends.
    fn interrupt(&self) {
        if let Some(pid) = i32::try_from(self.strace.id()).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, Signal::INT);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.strace.try_wait().is_ok_and(|status| status.is_none()) {
            self.interrupt();
            let _ = self.strace.wait();
        }
    }
}

/// Whether every thread of the process is being watched.
fn traced(pid: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    threads.flatten().all(|thread| {
        std::fs::read_to_string(thread.path().join("status"))
            .is_ok_and(|status| status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0")))
    })
}

/// Columns: share, seconds, microseconds a call, calls, failures (or nothing), name.
fn parse(text: &str) -> Vec<Calls> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (count, failed, name) = match fields[..] {
            [_, _, _, count, name] => (count, "0", name),
            [_, _, _, count, failed, name] => (count, failed, name),
            _ => return None,
        };
        let (count, failed) = (count.parse().ok()?, failed.parse().ok()?);
        (name != "total").then(|| Calls { name: name.to_owned(), count, failed })
    };
    text.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read() {
        let text = "% time     seconds  usecs/call     calls    errors syscall\n\
                    ------ ----------- ----------- --------- --------- ----------------\n \
                    61.20    0.120000          12     10000           sendto\n \
                    38.80    0.080000           8     10000      4000 recvfrom\n\
                    ------ ----------- ----------- --------- --------- ----------------\n\
                    100.00    0.200000          10     20000      4000 total\n";
        let expected = [("sendto", 10_000, 0), ("recvfrom", 10_000, 4_000)].map(|(name, count, failed)| Calls {
            name: name.to_owned(),
            count,
            failed,
        });
        assert_eq!(parse(text), expected);
    }
}
