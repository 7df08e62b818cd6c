//! JavaScript and TypeScript: our own worker strips types and follows imports; QuickJS, built for WebAssembly and fetched
//! from npm, runs what comes out, in the server. Both languages share one runtime.

use std::{io, sync::Arc};

use nil_core::{Language, RuntimeDescription, ScriptEngine};

use super::{StartError, shared_runtime};
use crate::{
    install::{Installation, Recipe, RecipeFile},
    sandbox::Sandbox,
    script::runtime_module,
    toolchain::{SharedRuntime, Toolchain, hex_digest},
    workers::PoolOptions,
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

pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    shared_runtime::start(installation, sandbox, options, runtime)
}

/// The shared runtime: the installed interpreter with our prelude.
fn runtime(installation: &Installation) -> io::Result<SharedRuntime> {
    let interpreter = std::fs::read(installation.dir.join(INTERPRETER))?;
    if hex_digest(&interpreter) != INTERPRETER_DIGEST {
        return Err(io::Error::other("its interpreter is not the one it was made for"));
    }
    let description = RuntimeDescription { engine: ScriptEngine::Quickjs, version: installation.version.clone() };
    let wasm = runtime_module(&interpreter, &description, PRELUDE);
    Ok(SharedRuntime::new(installation.version.clone(), wasm))
}
