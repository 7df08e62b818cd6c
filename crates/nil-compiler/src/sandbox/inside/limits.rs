//! Limits that the kernel keeps on each process, and what else a program must not inherit.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::namespaces::Entered;
use crate::sandbox::plan::Plan;

/// The first Linux that counts the processes of a user for each user namespace by itself.
const COUNTS_BY_NAMESPACE: (u32, u32) = (5, 14);

/// Sets the limits of this process and all it will start.
pub(super) fn limit_self(plan: &Plan, own_user: bool, entered: &Entered) -> io::Result<()> {
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, plan.open_files)?;
    // Above the limit on all files, so that whoever passes this one has passed that one, and it can be seen.
    limit(Resource::Fsize, plan.scratch_bytes.saturating_add(2 << 20))?;
    limit(Resource::Cpu, plan.cpu_seconds)?;
    limit(Resource::Memlock, 0)?;
    limit(Resource::Msgqueue, 0)?;
    // Where others count as well, this limit would be theirs too: the watchdog has to do.
    if own_user || (*entered == Entered::AsUser && linux() >= COUNTS_BY_NAMESPACE) {
        limit(Resource::Nproc, plan.threads)?;
    }
    Ok(())
}

fn linux() -> (u32, u32) {
    let system = rustix::system::uname();
    let release = system.release().to_string_lossy();
    let mut numbers = release.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
