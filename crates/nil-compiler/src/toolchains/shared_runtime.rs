//! What languages have in common whose functions share one runtime module: our own program packs their files, as a
//! resident worker, and the server runs them. What the runtime consists of is the language's.

use std::{ffi::OsString, io, sync::Arc};

use super::StartError;
use crate::{
    install::Installation,
    sandbox::Sandbox,
    toolchain::{SharedRuntime, Toolchain},
    workers::{PoolOptions, ResidentToolchain, WorkerSpec},
};

/// The worker is one process with one thread that works.
const PROCESSES: usize = 2;

/// The worker writes no files.
const SCRATCH_BYTES: u64 = 1 << 20;

/// Far above what a panic says.
const STDERR_BYTES: u64 = 1 << 20;

/// Starts the worker of a language over what `runtime` makes of the installation.
pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: PoolOptions,
    runtime: impl FnOnce(&Installation) -> io::Result<SharedRuntime>,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let in_use = installation.hold().map_err(StartError::unusable(installation))?;
    let runtime = runtime(installation).map_err(StartError::unusable(installation))?;
    let mut args = options.own_arguments.clone();
    args.extend([installation.language.as_str(), runtime.digest.as_str()].map(OsString::from));
    let spec = WorkerSpec {
        program: options.own_program.clone(),
        args,
        // The worker reads nothing but its input, and is this very program.
        read_only: Vec::new(),
        processes: PROCESSES,
        scratch_bytes: SCRATCH_BYTES,
        stderr_bytes: STDERR_BYTES,
    };
    let toolchain = ResidentToolchain::start(installation.info(), sandbox.clone(), spec, options);
    Ok(Arc::new(toolchain.holding(in_use).with_runtime(runtime)))
}
