//! The last process: takes on the user, the limits and the filters of the box, tells the service that it stands,
//! and becomes the program when it is told to.

use std::{
    fs::File,
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::Command,
};

use rustix::{
    fs::Mode,
    process::{Signal, set_parent_process_death_signal, setsid, umask},
};

use super::{filter, landlock, limits, mounts::Tree, namespaces::Entered, user};
use crate::sandbox::{
    control::Control,
    plan::{Answer, Go, Means, Plan, Standing},
};

/// Exit code when the program could not be started; why was told over the control socket.
const EXIT_NOT_STARTED: i32 = 126;

/// What the first process has prepared.
pub(super) struct Inside {
    pub(super) tree: Tree,
    pub(super) scratch: File,
}

/// Becomes the program. Returns only if it cannot, with the exit code.
pub(super) fn run(
    plan: &Plan,
    control: &Control,
    stdio: [OwnedFd; 3],
    inside: &Inside,
    entered: &Entered,
    owner: Option<u32>,
) -> i32 {
    let failed = |step: &str, error: io::Error, program| {
        let _ = control.send(&Answer::Failed { step: step.to_owned(), error: error.to_string(), program }, &[]);
        EXIT_NOT_STARTED
    };
    let standing = match confine(plan, inside, entered, owner) {
        Ok(standing) => standing,
        Err(error) => return failed("confine the program", error, false),
    };
    if let Err(error) = control.send(&Answer::Ready(standing), &[inside.scratch.as_fd()]) {
        return failed("tell that the box stands", error, false);
    }
    match control.receive::<Go>() {
        Ok(Some(_)) => failed("start the program", execute(plan, stdio, &inside.tree), true),
        // The service does not want it any more.
        Ok(None) | Err(_) => EXIT_NOT_STARTED,
    }
}

/// Everything that holds from here on, in the one order in which it can be done.
fn confine(plan: &Plan, inside: &Inside, entered: &Entered, owner: Option<u32>) -> io::Result<Standing> {
    let tree = &inside.tree;
    setsid()?;
    limits::limit_self(plan, owner.is_some() && *entered != Entered::AsUser, entered)?;
    let as_user = user::become_user(plan, owner, entered)?;
    // After the change of user, which clears it.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    umask(Mode::RWXG | Mode::RWXO);
    std::env::set_current_dir(&tree.scratch)?;
    rustix::thread::set_no_new_privs(true)?;
    let landlock = landlock::apply(plan, tree);
    // Last: it forbids some of the above.
    let filter = filter::apply(plan, tree);
    Ok(Standing {
        own_scratch: tree.own.is_ok(),
        own_user: owner.filter(|owner| entered.report().is_err() && as_user.is_ok() && user::is_unique(*owner)),
        means: vec![
            (Means::Namespaces, entered.report()),
            (Means::Mounts, tree.own.clone()),
            (Means::Proc, tree.proc.clone()),
            (Means::User, as_user),
            (Means::Landlock, landlock),
            (Means::Seccomp, filter),
        ],
    })
}

fn execute(plan: &Plan, stdio: [OwnedFd; 3], tree: &Tree) -> io::Error {
    let [stdin, stdout, stderr] = stdio;
    Command::new(&tree.program)
        .args(&plan.args)
        .env_clear()
        // `TMPDIR` doubles as the mark by which a process that slipped away is recognised as ours where there is no
        // PID namespace.
        .env("TMPDIR", &tree.scratch)
        .env("HOME", &tree.scratch)
        .envs(plan.env.iter().map(|(name, value)| (name, value)))
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .exec()
}
