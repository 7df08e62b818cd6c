//! The box around every toolchain process: the one place that starts one.
//!
//! Layers today: cleared environment, own scratch folder as working directory, another user where this
//! process is root, own session, `no_new_privs`, rlimits, no inherited descriptors, death with this process;
//! memory, process count, scratch space and wall-clock time are watched from outside
//! ([`crate::process::watch`]) and end the whole tree.
//!
//! Not yet: namespaces, Landlock, seccomp, a network that is not there. They belong into [`confine`] and
//! [`Sandbox`], and nothing outside this room changes for them.

mod confine;
mod error;
mod identity;
mod launch;
mod launcher;
mod scratch;

#[cfg(test)]
mod tests;

pub use error::SandboxError;
pub use identity::Identity;
pub use launch::{Sandbox, SandboxOptions};

pub(crate) use confine::ResourceLimits;
pub(crate) use launch::ProcessSpec;
pub(crate) use scratch::ScratchDir;
