//! The box around every toolchain process: the one place that starts one.
//!
//! [`Sandbox::start`] is for programs that stay, [`Sandbox::run`] for programs that end; both take a [`BoxSpec`].
//! Either way a box is put up by a launcher, which is this program once more ([`inside`]): namespaces, a file tree
//! of its own, another user, Landlock, a filter of system calls, limits. Each is used as far as the machine has it,
//! and what that is worth is found out by trying to break it ([`self_test`]). Memory, processes, scratch space and
//! time are watched from outside as well ([`crate::process::watch`]), and end the whole box.
//!
//! Decision 0009 has the reasons and the figures.

mod cgroup;
mod confine;
mod control;
mod error;
mod files;
mod inside;
mod launch;
mod launcher;
mod plan;
mod run;
mod scratch;
mod self_test;
mod spec;

#[cfg(test)]
mod tests;

pub use error::SandboxError;
pub use files::FetchError;
pub use launch::{Sandbox, SandboxOptions};
pub use run::{Captured, Completed, Ending};
pub use self_test::{Layer, LayerState, SelfTest, Verdict};
pub use spec::{BoxLimits, BoxSpec, Run};

pub(crate) use cgroup::Cgroup;
pub(crate) use inside::launcher_main;
pub(crate) use scratch::ScratchDir;
pub(crate) use self_test::probe_main;
