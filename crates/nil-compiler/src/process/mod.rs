//! Running toolchain processes: a handle that leaves nothing behind, what they use, and who belongs to them.
//!
//! Starting them is the [`crate::sandbox`]'s; this room only watches and ends what was started.

mod handle;
mod remains;
mod tree;
mod watch;

pub use handle::Exit;

pub(crate) use handle::{Pipes, Process};
pub(crate) use remains::kill_marked;
pub(crate) use watch::{Breach, WatchLimits, watch};
