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
mod box_main;
mod install;
mod process;
mod sandbox;
mod script;
mod service;
mod source_check;
mod toolchain;
mod toolchains;
mod workers;

/// Test programs are their own launchers, as `nil` is: before the harness starts, and with it threads.
#[cfg(test)]
#[ctor::ctor]
fn be_a_launcher() {
    if let Some(code) = box_main() {
        std::process::exit(code);
    }
}

pub use box_main::{LAUNCHER_ARGUMENT, PROBE_ARGUMENT, box_main};
pub use install::{InstallError, InstallStep, Installation, NodeError, ToolchainState, check, install};
pub use process::Exit;
pub use sandbox::{
    BoxLimits, BoxSpec, Captured, Completed, Ending, FetchError, Layer, LayerState, Run, Sandbox, SandboxError,
    SandboxOptions, SelfTest, Verdict,
};
pub use script::{Certainty, Guess, guess_dialect, script_worker_main};
pub use service::{CompilerService, Drained, Held, JobSource, LeaseRequest, Leased, ServiceOptions};
pub use toolchain::{BoxFuture, CompileFailure, CompileRequest, Compiled, Limit, SharedRuntime, Toolchain};
pub use toolchains::{StartError, comes_by_itself, start};
pub use workers::{PoolOptions, SCRIPT_WORKER};
