//! The first process of a box: builds the file tree, starts the program, reaps whatever is orphaned, and reports how
//! the program ended. With its end everything in the box ends.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::{fd::OwnedFd, unix::fs::OpenOptionsExt},
    path::Path,
};

use nix::{
    sys::wait::{WaitPidFlag, WaitStatus, waitpid},
    unistd::{ForkResult, Pid, fork},
};
use rustix::{
    fs::Mode,
    process::{DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal, umask},
};

use super::{
    mounts::{self, Tree},
    namespaces::Entered,
    outer::Ended,
    program, user,
};
use crate::sandbox::{
    control::Control,
    plan::{Answer, Plan},
};

/// Builds the box and stays until the program has ended. The exit code says nothing; the report does.
pub(super) fn run(
    plan: &Plan,
    control: Control,
    stdio: [OwnedFd; 3],
    mut report: io::PipeWriter,
    entered: &Entered,
    owner: Option<u32>,
) -> i32 {
    match start(plan, &control, stdio, entered, owner) {
        Ok(child) => {
            // Only the program's side holds it now: when it is executed, the service sees the end.
            drop(control);
            let _ = report.write_all(&reap_until(child).to_bytes());
            0
        }
        Err(error) => {
            let failed = Answer::Failed { step: "put up the box".to_owned(), error: error.to_string(), program: false };
            let _ = control.send(&failed, &[]);
            1
        }
    }
}

fn start(
    plan: &Plan,
    control: &Control,
    stdio: [OwnedFd; 3],
    entered: &Entered,
    owner: Option<u32>,
) -> io::Result<Pid> {
    // Should the outer process be gone already, the service has closed the control socket, and the program never
    // starts.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // What this process holds in memory is nobody's in the box.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    if entered.report().is_ok() {
        rustix::system::sethostname(b"box")?;
    }
    // Whatever the service's is: the program is somebody else and must get through the folders made here.
    umask(Mode::WGRP | Mode::WOTH);
    let tree = mounts::build(plan, entered, owner);
    let scratch = open_folder(&tree.scratch)?;
    #[expect(unsafe_code, reason = "somebody has to stay as process 1 while the program runs")]
    // SAFETY: this process has one thread, so the child finds every lock free.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => {
            user::give_up_capabilities()?;
            Ok(child)
        }
        ForkResult::Child => {
            std::process::exit(program::run(plan, control, stdio, &inside(tree, scratch), entered, owner))
        }
    }
}

fn inside(tree: Tree, scratch: File) -> program::Inside {
    program::Inside { tree, scratch }
}

fn open_folder(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(nix::libc::O_DIRECTORY | nix::libc::O_NOFOLLOW).open(path)
}

/// Process 1 is the parent of every orphan; unreaped ones would use up the box's processes.
fn reap_until(program: Pid) -> Ended {
    loop {
        match waitpid(None, None::<WaitPidFlag>) {
            Ok(WaitStatus::Exited(pid, code)) if pid == program => return Ended::Code(code),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == program => return Ended::Signal(signal as i32),
            Err(nix::Error::ECHILD) => return Ended::Signal(Signal::KILL.as_raw()),
            _ => {}
        }
    }
}
