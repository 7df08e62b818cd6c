//! What a toolchain process does to itself between `fork` and `exec`. Only system calls happen here: the
//! child is a copy of a threaded process, where locks (the allocator's among them) may be held for ever.

use std::{io, mem::MaybeUninit, os::unix::process::CommandExt, process::Command};

use rustix::{
    fs::{Mode, OFlags, RawDir, openat},
    io::{FdFlags, fcntl_setfd},
    process::{Pid, Resource, Rlimit, Signal, getppid, setrlimit, setsid, umask},
};

/// Limits the kernel enforces on each process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ResourceLimits {
    /// Open descriptors.
    pub(crate) open_files: u64,
    /// Size of any one file, in bytes.
    pub(crate) file_bytes: u64,
    /// Processor time over the life of the process, in seconds.
    pub(crate) cpu_seconds: u64,
}

/// Makes `command` confine itself once it is forked.
pub(super) fn confine(command: &mut Command, limits: ResourceLimits) {
    let parent = Pid::from_raw(std::process::id().cast_signed());
    #[expect(unsafe_code, reason = "`pre_exec` is the only way to act in the child before `exec`")]
    // SAFETY: the closure only makes system calls on its own stack: no allocation, no lock, no panic.
    unsafe {
        command.pre_exec(move || confine_self(parent, limits));
    }
}

fn confine_self(parent: Option<Pid>, limits: ResourceLimits) -> io::Result<()> {
    setsid()?;
    // After any change of user, which would clear it. The launcher thread is the parent that counts.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != parent {
        return Err(io::Error::from(rustix::io::Errno::SRCH));
    }
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, limits.open_files)?;
    limit(Resource::Fsize, limits.file_bytes)?;
    limit(Resource::Cpu, limits.cpu_seconds)?;
    umask(Mode::RWXG | Mode::RWXO);
    rustix::thread::set_no_new_privs(true)?;
    close_inherited()
}

/// Rust opens everything close-on-exec; what the service itself inherited from its starter may not be.
fn close_inherited() -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = openat(rustix::fs::CWD, c"/proc/self/fd", flags, Mode::empty())?;
    let mut buffer = [MaybeUninit::<u8>::uninit(); 2048];
    let mut entries = RawDir::new(&directory, &mut buffer);
    while let Some(entry) = entries.next() {
        let name = entry?;
        let Some(number) = descriptor(name.file_name().to_bytes()) else { continue };
        if number > 2 {
            #[expect(unsafe_code, reason = "a descriptor number from /proc has no owner in this program")]
            // SAFETY: the kernel just listed the descriptor, this process has one thread, and a flag is all
            // that changes.
            let descriptor = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
            fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
        }
    }
    Ok(())
}

/// Reads a descriptor number without allocating; `None` for `.` and `..`.
fn descriptor(name: &[u8]) -> Option<i32> {
    name.iter().try_fold(0_i32, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(i32::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::descriptor;

    #[test]
    fn descriptor_names_are_numbers() {
        assert_eq!(descriptor(b"0"), Some(0));
        assert_eq!(descriptor(b"117"), Some(117));
        assert_eq!(descriptor(b".."), None);
        assert_eq!(descriptor(b"99999999999"), None);
    }
}
