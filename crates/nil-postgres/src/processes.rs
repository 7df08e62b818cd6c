//! PostgreSQL processes as the kernel sees them: tying a child's life to ours, finding the processes that
//! still work in a data directory, ending them.
//!
//! A process counts as PostgreSQL's only if its working directory is the data directory *and* it is called
//! `postgres`; a number read from a file is never trusted by itself, since numbers are reused.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// How often conditions without a wake-up (a file's content, a process's end) are looked at.
pub(crate) const POLL: Duration = Duration::from_millis(10);

/// Makes the kernel send `signal` to the child when the calling *thread* ends, however it ends.
///
/// The thread that spawns the command must therefore live as long as the child should.
#[expect(unsafe_code, reason = "running code between fork and exec is the only way to set the death signal")]
pub(crate) fn die_with_this_thread(command: &mut Command, signal: Signal) {
    let parent = rustix::process::getpid();
    let before_exec = move || {
        rustix::process::set_parent_process_death_signal(Some(signal))?;
        // The parent may have died before the line above took effect.
        if rustix::process::getppid() != Some(parent) {
            return Err(rustix::io::Errno::SRCH.into());
        }
        Ok(())
    };
    // SAFETY: the closure makes two system calls and allocates nothing, so it is sound after a fork of a
    // multi-threaded process. The standard library runs it after switching users, which matters because
    // the kernel forgets the death signal on a change of credentials.
    unsafe { command.pre_exec(before_exec) };
}

/// The PostgreSQL processes, postmaster and backends alike, that work in `data`.
pub(crate) fn attached_to(data: &Path) -> io::Result<Vec<Pid>> {
    let data = match fs::metadata(data) {
        Ok(data) => data,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(pid) = number.and_then(Pid::from_raw) else { continue };
        // Whatever cannot be read has ended meanwhile or belongs to somebody else.
        let Ok(name) = fs::read_to_string(entry.path().join("comm")) else { continue };
        let Ok(cwd) = fs::metadata(entry.path().join("cwd")) else { continue };
        if name.trim_end() == "postgres" && cwd.dev() == data.dev() && cwd.ino() == data.ino() {
            found.push(pid);
        }
    }
    Ok(found)
}

/// Sends `signal` to every process of `pids` that still exists.
pub(crate) fn signal_all(pids: &[Pid], signal: Signal) {
    for pid in pids {
        // Not found means it has ended, which is what was wanted; anything else shows up as a process
        // that is still attached when the caller looks again.
        let _ = rustix::process::kill_process(*pid, signal);
    }
}

/// Waits until no PostgreSQL process works in `data` any more; false when `timeout` passed first.
pub(crate) fn wait_until_detached(data: &Path, timeout: Duration) -> io::Result<bool> {
    let deadline = Instant::now() + timeout;
    while !attached_to(data)?.is_empty() {
        if Instant::now() >= deadline {
            return Ok(false);
        }
        thread::sleep(POLL);
    }
    Ok(true)
}

/// Ends backends whose postmaster is gone, and waits for their end; false when some outlived `timeout`.
///
/// They hold the shared memory that a new postmaster insists on being free, and crash recovery follows
/// in any case, so there is nothing to gain from asking politely.
pub(crate) fn kill_attached(data: &Path, timeout: Duration) -> io::Result<bool> {
    signal_all(&attached_to(data)?, Signal::KILL);
    wait_until_detached(data, timeout)
}
