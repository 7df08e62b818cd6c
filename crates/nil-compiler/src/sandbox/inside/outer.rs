//! The outer process: takes the plan, leaves the service's namespaces, waits for the program's end and ends alike.

use std::{
    fs::OpenOptions,
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
};

use nix::{
    sys::{
        signal::{SigHandler, Signal, raise, signal},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, fork},
};

use super::{first, namespaces, user};
use crate::sandbox::{
    control::Control,
    plan::{Means, Plan},
};

/// Exit code when the box could not be put up; why was told over the control socket.
const EXIT_NO_BOX: i32 = 125;

/// Puts up a box as the service on the other end of standard input says, runs its program in there, and ends as the
/// program did. The exit code for `main`.
///
/// For the hidden subcommand of the program that a [`Sandbox`](crate::Sandbox) starts as its launcher: call it
/// before anything else is started, while there is one thread.
#[must_use]
pub(crate) fn launcher_main() -> i32 {
    let Ok(control) = take_control() else { return EXIT_NO_BOX };
    match launch(control) {
        Ok(first) => first.end_alike(),
        // The closed socket says it.
        Err(_) => EXIT_NO_BOX,
    }
}

/// Standard input is the control socket; afterwards it is nothing.
fn take_control() -> io::Result<Control> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let nothing = OpenOptions::new().read(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    Ok(Control::new(socket))
}

/// The first process of the box, as its parent sees it.
struct First {
    pid: Pid,
    status: io::PipeReader,
}

/// The control socket ends here on the parent's side, or the service would not see when the program has taken over.
fn launch(control: Control) -> io::Result<First> {
    let (plan, stdio) = control.receive::<Plan>()?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let stdio: [OwnedFd; 3] = stdio.try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
    // Its number is unique as long as the box lives, and so is the user made from it.
    let owner = if plan.without.contains(&Means::User) { None } else { user::choose(std::process::id()) };
    let entered = namespaces::enter(&plan);
    let (status, report) = io::pipe()?;
    #[expect(unsafe_code, reason = "`fork` is the way into a PID namespace")]
    // SAFETY: this process has one thread, so the child finds every lock free.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => {
            drop((report, stdio, control));
            user::give_up_capabilities()?;
            Ok(First { pid: child, status })
        }
        ForkResult::Child => {
            drop(status);
            std::process::exit(first::run(&plan, control, stdio, report, &entered, owner));
        }
    }
}

impl First {
    /// Waits for the end of the box and ends the same way.
    fn end_alike(mut self) -> i32 {
        while let Ok(WaitStatus::StillAlive) | Err(nix::Error::EINTR) = waitpid(self.pid, None::<WaitPidFlag>) {}
        let mut status = [0; 8];
        match self.status.read_exact(&mut status) {
            Ok(()) => match Ended::from_bytes(status) {
                Ended::Code(code) => code,
                Ended::Signal(number) => end_by(number),
            },
            // It was killed before it could say; that only happens to everything at once.
            Err(_) => end_by(nix::libc::SIGKILL),
        }
    }
}

/// How the program ended, as the first process says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Code(i32),
    Signal(i32),
}

impl Ended {
    pub(super) fn to_bytes(self) -> [u8; 8] {
        let (kind, number) = match self {
            Self::Code(code) => (0, code),
            Self::Signal(number) => (1, number),
        };
        (i64::from(kind) << 32 | i64::from(number)).to_ne_bytes()
    }

    fn from_bytes(bytes: [u8; 8]) -> Self {
        let both = i64::from_ne_bytes(bytes);
        let number = (both & i64::from(u32::MAX)) as i32;
        if both >> 32 == 0 { Self::Code(number) } else { Self::Signal(number) }
    }
}

/// No core file is written: the limit on them is zero.
fn end_by(number: i32) -> i32 {
    if let Ok(which) = Signal::try_from(number) {
        #[expect(unsafe_code, reason = "a signal's action is the process's; setting it has no safe form")]
        // SAFETY: the default action is no handler of ours.
        let _ = unsafe { signal(which, SigHandler::SigDfl) };
        let _ = raise(which);
    }
    // Signals that do not end a process, or could not be sent.
    128 + number
}

#[cfg(test)]
mod tests {
    use super::Ended;

    #[test]
    fn endings_survive_the_pipe() {
        for ended in [Ended::Code(0), Ended::Code(255), Ended::Signal(9), Ended::Signal(31)] {
            assert_eq!(Ended::from_bytes(ended.to_bytes()), ended);
        }
    }
}
