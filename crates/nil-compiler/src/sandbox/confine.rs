//! What the launcher of a box does between `fork` and `exec`. Only system calls happen here: the child is a copy of
//! a threaded process, where locks (the allocator's among them) may be held for ever. Everything else waits until
//! it is a process of its own.

use std::{io, mem::MaybeUninit, os::unix::process::CommandExt, process::Command};

use rustix::{
    fs::{Mode, OFlags, RawDir, openat},
    io::{FdFlags, fcntl_setfd},
    process::{Pid, Signal, getppid, setsid},
};

/// Makes `command` lead a session of its own, die with the thread that starts it, and inherit no descriptor but its
/// standard ones.
pub(super) fn confine(command: &mut Command) {
    let parent = Pid::from_raw(std::process::id().cast_signed());
    #[expect(unsafe_code, reason = "`pre_exec` is the only way to act in the child before `exec`")]
    // SAFETY: the closure only makes system calls on its own stack: no allocation, no lock, no panic.
    unsafe {
        command.pre_exec(move || confine_self(parent));
    }
}

fn confine_self(parent: Option<Pid>) -> io::Result<()> {
    setsid()?;
    // The launcher thread is the parent that counts.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != parent {
        return Err(io::Error::from(rustix::io::Errno::SRCH));
    }
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
