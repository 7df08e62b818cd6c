//! Leaves the service's namespaces. All of them or none: half a box is told apart by what is missing, not by chance.

use std::{fs, io};

use nix::{
    sched::{CloneFlags, unshare},
    unistd::{getegid, geteuid},
};

use crate::sandbox::plan::{Means, Plan};

/// The user and group inside a user namespace: any but 0, which some programs take for power they do not have.
pub(super) const INNER_ID: u32 = 1000;

/// Which namespaces the box has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entered {
    /// Its own, as root of the machine.
    AsRoot,
    /// Its own, in a user namespace where this user is [`INNER_ID`].
    AsUser,
    /// Those of the service, for this reason.
    Not(String),
}

impl Entered {
    pub(super) fn report(&self) -> Result<String, String> {
        match self {
            Self::AsRoot => Ok("mount, PID, network, IPC and UTS".to_owned()),
            Self::AsUser => Ok("user, mount, PID, network, IPC and UTS".to_owned()),
            Self::Not(why) => Err(why.clone()),
        }
    }
}

fn wanted() -> CloneFlags {
    CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
}

/// Enters new namespaces; children of this process are in the PID namespace, this process itself is not.
pub(super) fn enter(plan: &Plan) -> Entered {
    if plan.without.contains(&Means::Namespaces) {
        return Entered::Not("switched off".to_owned());
    }
    let as_root = if geteuid().is_root() { unshare(wanted()) } else { Err(nix::Error::EPERM) };
    if as_root.is_ok() {
        return Entered::AsRoot;
    }
    match enter_user_namespace() {
        Ok(()) => Entered::AsUser,
        Err(error) => Entered::Not(format!(
            "the machine does not allow them ({error}); allow unprivileged user namespaces, or, in a container, \
             give it CAP_SYS_ADMIN or a profile that allows `unshare`"
        )),
    }
}

fn enter_user_namespace() -> io::Result<()> {
    let (uid, gid) = (geteuid(), getegid());
    unshare(wanted() | CloneFlags::CLONE_NEWUSER)?;
    // Without a helper a process may map one user and one group: its own.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{INNER_ID} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{INNER_ID} {gid} 1"))
}
