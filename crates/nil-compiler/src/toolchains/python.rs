//! Python: CPython for WebAssembly out of the package `componentize-py`, linked into one module when it is installed. Our
//! own worker packs a function's files; the interpreter runs them in the server. All functions share one runtime.

use std::{fs, io, sync::Arc};

use nil_core::{Language, RuntimeDescription, ScriptEngine};

use super::{StartError, shared_runtime};
use crate::{
    dylink::{Link, link},
    install::{Archive, Build, BuiltRecipe, Installation, Package, RecipeFile, nothing},
    sandbox::Sandbox,
    script::runtime_module_with_library,
    toolchain::{SharedRuntime, Toolchain},
    workers::PoolOptions,
};

mod library;
mod parts;

const PRELUDE: &str = include_str!("../../../../toolchains/python/prelude.py");

const FILES: &[RecipeFile] = &[("prelude.py", PRELUDE)];

/// What the package holds is WebAssembly, so the archive for one kind of machine serves all of them.
const COMPONENTIZE_PY: Package = Package {
    name: "componentize-py",
    version: "0.20.0",
    archives: &[Archive {
        machine: None,
        url: "https://files.pythonhosted.org/packages/36/84/7c238ac3b836fcafbea923cb08331351eea58bcec295fdebbcf043890d5e/componentize_py-0.20.0-cp39-abi3-manylinux_2_28_x86_64.whl",
        sha256: "2e33ed37307e762012a6a0ef463f928eb6efe3fc7942640e4ac55d956283bdef",
    }],
    programs: &[],
};

/// Changed when what is linked from the same package comes out different.
const LINKED: &[&str] = &["link 2"];

pub(super) const RECIPE: BuiltRecipe = BuiltRecipe {
    language: Language::Python,
    files: FILES,
    packages: &[COMPONENTIZE_PY],
    settings: &[LINKED],
    machine: nothing,
    build: |build| Box::pin(self::build(build)),
};

/// What is installed.
const INTERPRETER: &str = "python.wasm";
const LIBRARY: &str = "python314.zip";

/// The version that is in the package.
const VERSION: &str = "CPython 3.14.0";

/// What the server calls.
const EXPORTS: &[&str] = &[
    "malloc",
    "Py_InitializeEx",
    "Py_CompileStringExFlags",
    "PyEval_EvalCode",
    "PyImport_AddModule",
    "PyModule_GetDict",
    "PyDict_GetItemString",
    "PyBytes_FromStringAndSize",
    "PyBytes_AsString",
    "PyBytes_Size",
    "PyObject_CallOneArg",
    "Py_DecRef",
    "PyErr_Print",
    "PyErr_Clear",
];

/// What the C library asks of WASI preview 2 before it can have a socket.
const DENIED: &[&str] = &["create-tcp-socket", "create-udp-socket", "resolve-addresses"];
/// What it asks of an adapter between both versions of WASI, for the sockets it does not get.
const ZERO: &[&str] = &["instance-network", "adapter_open_badfd", "adapter_close_badfd"];

/// Room for the C stack and for the heap's first objects, in bytes.
const STACK_BYTES: u32 = 1 << 20;
const HEAP_BYTES: u32 = 1 << 20;

async fn build(build: &Build<'_>) -> Result<(), String> {
    build.say("the Python runtime");
    let package = build.package(&COMPONENTIZE_PY);
    let dir = build.dir.to_owned();
    let work = move || -> Result<(), String> {
        let parts = parts::read(&package)?;
        let libraries: Vec<(&str, &[u8])> = parts.libraries.iter().map(|(name, wasm)| (*name, &wasm[..])).collect();
        let linked = link(&Link {
            libraries: &libraries,
            host: "wasi_snapshot_preview1",
            exports: EXPORTS,
            denied: DENIED,
            zero: ZERO,
            stack_bytes: STACK_BYTES,
            heap_bytes: HEAP_BYTES,
        })
        .map_err(|error| error.to_string())?;
        let library = library::pack(&parts.library).map_err(|error| format!("the standard library: {error}"))?;
        let write = |name, bytes: &[u8]| fs::write(dir.join(name), bytes).map_err(|error| error.to_string());
        write(INTERPRETER, &linked)?;
        write(LIBRARY, &library)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}

pub(super) fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    shared_runtime::start(installation, sandbox, options, runtime)
}

/// The shared runtime: the linked interpreter with its library and our prelude.
fn runtime(installation: &Installation) -> io::Result<SharedRuntime> {
    let interpreter = fs::read(installation.dir.join(INTERPRETER))?;
    let library = fs::read(installation.dir.join(LIBRARY))?;
    let version = format!("{VERSION} ({})", installation.version);
    let description = RuntimeDescription { engine: ScriptEngine::Cpython, version: version.clone() };
    let wasm = runtime_module_with_library(&interpreter, &description, PRELUDE, &library);
    Ok(SharedRuntime::new(version, wasm))
}
