//! Resident compiler processes: kept warm, one job at a time, replaced before they can do harm.
//!
//! The protocol is one JSON object a line and the same for every language; what a worker runs is described by
//! a [`WorkerSpec`]. One worker serves many users' sources, so it is trusted to forget: a language whose
//! compiler executes the source itself does not belong here.

mod drain;
mod exchange;
mod lines;
mod pool;
mod protocol;
mod resident;
mod spec;
mod worker;

#[cfg(test)]
mod tests;

pub use spec::{PoolOptions, SCRIPT_WORKER};

pub(crate) use resident::{ResidentToolchain, bounded, printable};
pub(crate) use spec::WorkerSpec;
