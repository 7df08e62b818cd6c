//! Compiles source to WebAssembly: toolchains on disk, resident compiler processes, and the loop that takes
//! jobs from a queue.
//!
//! - [`install()`], [`check`]: put a pinned toolchain on this machine, or say what is missing.
//! - [`Sandbox`]: the box around every toolchain process; nothing starts a toolchain without it.
//! - [`start`]: a warm [`Toolchain`] over an installation.
//! - [`CompilerService`]: leases jobs from a [`JobSource`], compiles, reports.
//!
//! Architecture invariant: this crate knows no database and no queue. [`JobSource`] is all it asks of one, and
//! the `nil` binary brings the two together. It hands over WebAssembly only and never makes native code.

mod backoff;
mod install;
mod process;
mod sandbox;
mod script;
mod service;
mod source_check;
mod toolchain;
mod toolchains;
mod workers;

pub use install::{InstallError, InstallStep, Installation, NodeError, ToolchainState, check, install};
pub use sandbox::{Identity, Sandbox, SandboxError, SandboxOptions};
pub use script::script_worker_main;
pub use service::{CompilerService, Drained, Held, JobSource, LeaseRequest, Leased, ServiceOptions};
pub use toolchain::{BoxFuture, CompileFailure, CompileRequest, Compiled, Limit, SharedRuntime, Toolchain};
pub use toolchains::{StartError, start};
pub use workers::{PoolOptions, SCRIPT_WORKER};
