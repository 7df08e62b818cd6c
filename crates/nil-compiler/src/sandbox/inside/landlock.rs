//! Landlock: the same file tree again, as the kernel's access rules. Beside a tree of its own it is the second wall;
//! without one it is the only one.

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use super::mounts::{DEVICES, Tree, wanted};
use crate::sandbox::plan::{Means, Plan};

/// The newest version asked for; an older kernel gives what it has.
const NEWEST: ABI = ABI::V10;

/// Restricts this process for good. Reports the version of the interface.
pub(super) fn apply(plan: &Plan, tree: &Tree) -> Result<String, String> {
    if plan.without.contains(&Means::Landlock) {
        return Err("switched off".to_owned());
    }
    restrict(plan, tree).unwrap_or_else(|error| Err(format!("it cannot be set up: {error}")))
}

fn restrict(plan: &Plan, tree: &Tree) -> Result<Result<String, String>, RulesetError> {
    let read = AccessFs::from_read(NEWEST);
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        // No rule follows: no port may be bound or connected to.
        .handle_access(AccessNet::from_all(NEWEST))?
        // Nor may signals and abstract sockets leave the box.
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(wanted(plan).chain([tree.program.clone()]), read))?
        .add_rules(path_beneath_rules(proc_paths(tree), AccessFs::ReadFile | AccessFs::ReadDir))?
        .add_rules(path_beneath_rules(DEVICES, AccessFs::ReadFile | AccessFs::WriteFile))?
        // What is built here is not run here.
        .add_rules(path_beneath_rules([&tree.scratch], AccessFs::from_all(NEWEST) & !AccessFs::Execute))?
        .restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Err("the kernel has it but does not use it; add `landlock` to its `lsm=` list".to_owned())
        }
        (RulesetStatus::NotEnforced, _) => Err("the kernel does not have it; it needs Linux 5.13".to_owned()),
        (_, LandlockStatus::Available { effective_abi, .. }) => Ok(format!("version {}", effective_abi as i32)),
        (_, _) => Ok("in part".to_owned()),
    })
}

/// All of a `/proc` of its own; of the machine's only what programs ask about themselves and the machine's size.
fn proc_paths(tree: &Tree) -> Vec<PathBuf> {
    match tree.proc {
        Ok(_) => vec!["/proc".into()],
        Err(_) => ["/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat"].map(PathBuf::from).into(),
    }
}
