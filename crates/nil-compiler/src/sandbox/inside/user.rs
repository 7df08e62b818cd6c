//! As whom the program runs, and with which capabilities: none.

use std::{fs, io};

use nix::unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
};

use super::namespaces::Entered;
use crate::sandbox::plan::{Means, Plan};

/// First of 4,194,304 numbers, one for each process number there can be: beyond those that distributions and
/// container managers hand out, below those that are negative somewhere.
const FIRST_OWN: u32 = 2_000_000_000;

/// First of 500 numbers for user namespaces of 65,536 ids, where the range above does not exist.
const FIRST_SMALL: u32 = 65_000;

/// The user and group of the box with this process number; `None` to stay as one is.
pub(super) fn choose(process: u32) -> Option<u32> {
    if !geteuid().is_root() {
        return None;
    }
    let maps = ["/proc/self/uid_map", "/proc/self/gid_map"].map(|path| fs::read_to_string(path).unwrap_or_default());
    [FIRST_OWN + process, FIRST_SMALL + process % 500].into_iter().find(|id| maps.iter().all(|map| covers(map, *id)))
}

/// Whether no other box can have this user at the same time.
pub(super) fn is_unique(id: u32) -> bool {
    id >= FIRST_OWN
}

/// Whether a line of `inside outside count` covers `id`.
fn covers(map: &str, id: u32) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u64> = line.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect();
        matches!(numbers[..], [first, _, count] if (first..first + count).contains(&u64::from(id)))
    })
}

/// Becomes `owner`, if that is possible, and gives up every capability. Reports the user.
pub(super) fn become_user(plan: &Plan, owner: Option<u32>, entered: &Entered) -> io::Result<Result<String, String>> {
    let switched_off = plan.without.contains(&Means::User);
    clear_bounding_set();
    let report = match owner {
        _ if *entered == Entered::AsUser => Ok("the service's user, who is somebody else in the box".to_owned()),
        _ if switched_off => Err("switched off".to_owned()),
        None if !geteuid().is_root() => Err("the service is not root, and there is no user namespace".to_owned()),
        None => Err("this user namespace has one user only; map at least 65,536 ids".to_owned()),
        Some(id) => change_to(id).map(|()| format!("user and group {id}")).map_err(|error| {
            format!("root cannot become another user ({error}); grant CAP_SETUID and CAP_SETGID, or do not run as root")
        }),
    };
    give_up_capabilities()?;
    Ok(report)
}

fn change_to(id: u32) -> nix::Result<()> {
    setgroups(&[])?;
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    setresgid(gid, gid, gid)?;
    setresuid(uid, uid, uid)
}

/// Not even a file's capabilities may come back. Without the right to do it there is nothing to do.
fn clear_bounding_set() {
    for capability in CapabilitySet::all().iter() {
        let _ = remove_capability_from_bounding_set(capability);
    }
}

/// Gives up every capability of this process.
pub(super) fn give_up_capabilities() -> io::Result<()> {
    let _ = clear_ambient_capability_set();
    let none = CapabilitySet::empty();
    Ok(set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_map_covers_what_lies_in_its_ranges() {
        assert!(covers("         0          0 4294967295\n", FIRST_OWN + 4_194_303));
        assert!(covers("0 100000 65536\n", FIRST_SMALL + 499));
        assert!(!covers("0 100000 65536\n", FIRST_OWN));
        assert!(!covers("0 1000 1\n", FIRST_SMALL));
        assert!(!covers("", FIRST_SMALL));
    }
}
