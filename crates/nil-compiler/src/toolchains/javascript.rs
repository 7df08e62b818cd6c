//! JavaScript and TypeScript: our own worker strips types and follows imports; QuickJS, built for WebAssembly and fetched
//! from npm, runs what comes out, in the server. Both languages share one runtime.

use std::{ffi::OsString, io, sync::Arc};

use nil_core::{Language, RuntimeDescription, ScriptEngine};
use sha2::{Digest, Sha256};

use super::StartError;
use crate::{
    install::{Installation, Recipe, RecipeFile},
    sandbox::Sandbox,
    script::runtime_module,
    toolchain::{SharedRuntime, Toolchain},
    workers::{PoolOptions, ResidentToolchain, WorkerSpec},
};

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../toolchains/javascript/", $name)))
    };
}

const FILES: &[RecipeFile] = &[file!(".npmrc"), file!("package-lock.json"), file!("package.json"), file!("prelude.js")];

const PRELUDE: &str = include_str!("../../../../toolchains/javascript/prelude.js");

/// The interpreter, in an installation.
const INTERPRETER: &str = "node_modules/quickjs-wasi/quickjs.wasm";

/// SHA-256 of the interpreter: the lock file pins the package, this pins what is used of it.
const INTERPRETER_DIGEST: &str = "d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9";

pub(super) const JAVASCRIPT: Recipe = Recipe {
    language: Language::JavaScript,
    files: FILES,
    packages: &["quickjs-wasi"],
    entry: INTERPRETER,
    needs_node: false,
};

pub(super) const TYPESCRIPT: Recipe = Recipe { language: Language::TypeScript, ..JAVASCRIPT };

/// The worker is one process with one thread that works.
const PROCESSES: usize = 2;

/// The worker writes no files.
const SCRATCH_BYTES: u64 = 1 << 20;

/// Far above what a panic says.
const STDERR_BYTES: u64 = 1 << 20;

pub(super) async fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    let unusable = |source| StartError::Installation { installation: installation.clone(), source };
    let in_use = installation.hold().map_err(unusable)?;
    let runtime = runtime(installation).map_err(unusable)?;
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

/// The shared runtime: the installed interpreter with our prelude.
fn runtime(installation: &Installation) -> io::Result<SharedRuntime> {
    let interpreter = std::fs::read(installation.dir.join(INTERPRETER))?;
    if hex(&interpreter) != INTERPRETER_DIGEST {
        return Err(io::Error::other("its interpreter is not the one it was made for"));
    }
    let description = RuntimeDescription { engine: ScriptEngine::Quickjs, version: installation.version.clone() };
    let wasm = runtime_module(&interpreter, &description, PRELUDE);
    Ok(SharedRuntime { digest: hex(&wasm), version: installation.version.clone(), wasm })
}

/// SHA-256 in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
