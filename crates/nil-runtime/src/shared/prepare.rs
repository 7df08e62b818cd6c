//! Makes a shared runtime ready: image, native code, linked for evaluating and for calling.

use nil_core::{Abi, ScriptEngine};
use wasmtime::{InstancePre, Module};

use super::{Interpreter, image, module};
use crate::{
    MachineError, PublishError, PublishLimits, Rejection, Runtime,
    abi::Exports,
    code_cache::{CodeMetadata, EntryKey},
    detect::AbiDescription,
    engine::Purpose,
    host::HostState,
    load,
    publish::digest,
    validate,
};

/// Changed when the image of the same runtime would come out different.
const FORMAT: &[u8] = b"nil shared runtime 2";

/// A runtime that functions can be evaluated in and called on.
pub(crate) struct Prepared {
    /// For evaluating a function at publication: what must not be frozen stops it.
    pub evaluate: InstancePre<HostState>,
    /// For calls.
    pub call: InstancePre<HostState>,
    pub interpreter: Interpreter,
    /// SHA-256 of its image.
    pub image_digest: [u8; 32],
}

/// The runtime from the code cache, if it was prepared on this machine before.
pub(super) fn from_cache(runtime: &Runtime, wanted: &[u8; 32]) -> Option<Prepared> {
    let key = key(runtime, wanted);
    let cache = runtime.code_cache()?;
    let (file, metadata) = cache.get(&key)?;
    let linked = load::map(runtime.engine(), file).and_then(|module| link(runtime, &module, metadata));
    match linked {
        Ok(prepared) => Some(prepared),
        Err(error) => {
            tracing::warn!(%error, "a cached shared runtime does not load; it is prepared again");
            cache.discard(&key);
            None
        }
    }
}

/// Validates, initialises and compiles a runtime, and puts it into the code cache.
pub(super) fn prepare(
    runtime: &Runtime,
    wanted: &[u8; 32],
    wasm: &[u8],
    limits: &PublishLimits,
) -> Result<Prepared, PublishError> {
    let started = std::time::Instant::now();
    let check = |wasm| -> Result<u64, Rejection> {
        Ok(validate::check(wasm, limits, runtime.max_table_elements())?.memory_bytes)
    };
    check(wasm)?;
    let module = module::read(wasm)?;
    let (image, boot) = image::make(runtime, wasm, &module, limits)?;
    let memory_bytes = check(&image)?;
    let native = runtime.compile_native(Purpose::Serve, &image, limits)?;
    let abi = AbiDescription {
        abi: match module.description.engine {
            ScriptEngine::Quickjs => Abi::JavaScript,
            ScriptEngine::Cpython => Abi::Python,
        },
        export: String::new(),
        params: Vec::new(),
        results: Vec::new(),
        language: None,
    };
    let boot = boot.of_image(digest(&image));
    let metadata = CodeMetadata { abi, memory_bytes, boot: Some(boot), script: None };
    if let Some(cache) = runtime.code_cache()
        && let Err(error) = cache.put(&key(runtime, wanted), &native, &metadata)
    {
        tracing::warn!(error = &error as &dyn std::error::Error, "a shared runtime is not cached");
    }
    let linked = load::deserialize(runtime.engine(), &native)
        .and_then(|code| link(runtime, &code, metadata).map_err(|source| MachineError::Engine { source }))?;
    tracing::info!(
        version = module.description.version,
        ms = started.elapsed().as_millis() as u64,
        native_bytes = native.len(),
        image_bytes = image.len(),
        "prepared a shared runtime"
    );
    Ok(linked)
}

fn link(runtime: &Runtime, module: &Module, metadata: CodeMetadata) -> wasmtime::Result<Prepared> {
    let missing = || wasmtime::Error::msg("the module is not the runtime it says it is");
    let boot = metadata.boot.ok_or_else(missing)?;
    let linkers = runtime.shared().linkers(boot.engine());
    Ok(Prepared {
        evaluate: linkers.evaluate.instantiate_pre(module)?,
        call: linkers.call.instantiate_pre(module)?,
        image_digest: *boot.image_digest(),
        interpreter: Interpreter::new(&Exports(module), boot).ok_or_else(missing)?,
    })
}

fn key(runtime: &Runtime, wanted: &[u8; 32]) -> EntryKey {
    EntryKey::new(runtime.engine(), &digest(&[FORMAT, wanted].concat()))
}
