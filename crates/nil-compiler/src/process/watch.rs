//! The watchdog over one busy process tree: memory, number of processes, scratch space.
//!
//! `RLIMIT_AS` cannot cap a JavaScript engine (a WebAssembly memory alone reserves gigabytes of address
//! space), so resident memory is sampled. A tree can overshoot by what it touches between two looks.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::{handle::Process, tree};

/// Between two looks at the leader: one small read. At 2 GB/s of page faults the overshoot is 50 MB.
const LOOK: Duration = Duration::from_millis(25);

/// Every tenth look reads all of `/proc` and the scratch folder: a few milliseconds of work.
const LOOKS_PER_SURVEY: u32 = 10;

/// What a process tree may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WatchLimits {
    /// Resident memory of all processes together, in bytes.
    pub(crate) memory_bytes: u64,
    /// Processes, the leader included.
    pub(crate) processes: usize,
    /// Files below the scratch folder, in bytes.
    pub(crate) scratch_bytes: u64,
}

/// Which limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    Memory,
    Processes,
    Scratch,
}

/// Watches until a limit is passed; never returns otherwise. Does not end the process: the caller does.
pub(crate) async fn watch(process: &mut Process, limits: &WatchLimits) -> Breach {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count: u32 = 0;
    loop {
        looks.tick().await;
        if process.memory_bytes() > limits.memory_bytes {
            return Breach::Memory;
        }
        count = count.wrapping_add(1);
        if !count.is_multiple_of(LOOKS_PER_SURVEY) {
            continue;
        }
        let Ok(snapshot) = tokio::task::spawn_blocking(tree::snapshot).await else { continue };
        let usage = process.usage(&snapshot);
        if usage.memory_bytes > limits.memory_bytes {
            return Breach::Memory;
        }
        if usage.processes > limits.processes {
            return Breach::Processes;
        }
        if process.scratch_bytes(limits.scratch_bytes) > limits.scratch_bytes {
            return Breach::Scratch;
        }
    }
}
